"""Which records are looked at: one that the server offers, one that ships or one from a file, and one beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from rnnviz import records
from rnnviz.record import Record
from rnnviz.ui.pages.your_training import opened
from rnnviz.ui.selection import state
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import frame

RECORD: Final = "your_training.record"
BESIDE: Final = "your_training.beside"

_NONE: Final = ""


@dataclass(frozen=True, eq=False)
class Chosen:
    """A record that is looked at.

    Attributes:
        name: What stands for it in links.
        label: Its name for people.
        version: Changes with what the record holds.
        follows: Whether it may be written again.
    """

    name: str
    label: str
    record: Record
    version: object
    follows: bool

    @property
    def cache_key(self) -> tuple[str, object]:
        """What stands for the record in keys of caches, instead of its numbers."""
        return self.name, self.version

    @property
    def is_shipped(self) -> bool:
        """Whether it is one of our own."""
        return not self.follows and not opened.DIGEST.fullmatch(self.name)


def names() -> tuple[str, ...]:
    """What can be chosen: what the server offers, what this visitor has opened, what ships."""
    return tuple(dict.fromkeys((*records.offered_names(), *opened.opened(), *records.shipped_names())))


def usual() -> str:
    """What is shown to a visitor who has chosen nothing: what the server offers that was written last, if anything."""
    return min(records.offered_names(), key=records.age, default=_NONE)


def chosen(entry: str) -> str:
    """The name of the record that is chosen for ``RECORD`` or ``BESIDE``; empty for none.

    One that the server does not have is reported, and the default is shown.
    """
    kept, default = state.entry(entry), usual() if entry == RECORD else _NONE
    if kept is None:
        if default:  # the link says which it is: another one may be written last when it is followed
            state.enter(entry, default, _NONE)
        return default
    if kept in names() or opened.DIGEST.fullmatch(kept):
        return kept
    state.tell(f"{entry} must be one of {', '.join(names())}; got {quoted(kept)}: the default is shown")
    state.enter(entry, _NONE, _NONE)
    state.begin_again()
    raise AssertionError  # begin_again ends the run


def pick() -> None:
    """The lists of both records, and the box for a file."""
    known = names()
    first = chosen(RECORD)
    with frame.row():
        _list("Record", [one for one in dict.fromkeys((first, *known)) if one], RECORD)
        others = [one for one in known if one != first]
        _list("Beside it", [_NONE, *others], BESIDE)
        with st.popover("Upload a record"):
            opened.box(RECORD)


def read(name: str) -> Chosen:
    """The record of a name; ValueError if it cannot be read, or its file is not open in this visit."""
    if (own := opened.opened().get(name)) is not None:
        return Chosen(name, label(name), own[1], None, follows=False)
    if opened.DIGEST.fullmatch(name):
        digest = name.partition("-")[2]
        raise ValueError(
            "This link shows a record from a file. Upload that file here; then the view of the link is shown. Its "
            f"SHA-256 digest begins with {digest}."
        )
    version = records.version(name)
    record = records.load(name)
    opened.check(record)
    return Chosen(name, label(name), record, version, follows=name in records.offered_names())


def label(name: str) -> str:
    """The name of a record for people."""
    if own := opened.opened().get(name):
        return f"{_short(own[0])} (your file)"
    if opened.DIGEST.fullmatch(name):
        return "From a file that is not open"
    return _short(name) if name in records.offered_names() else f"{name} (sample)"


def _short(name: str, most: int = 60) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    return printable if len(printable) <= most else f"{printable[: most // 2]}…{printable[-most // 2 :]}"


def _list(name: str, options: Sequence[str], entry: str) -> None:
    widget = f"list_{entry}"
    now = chosen(entry)
    st.session_state[widget] = now if now in options else options[0]
    st.selectbox(
        name, options, key=widget, width=330, format_func=lambda one: label(one) if one else "None",
        on_change=lambda: state.enter(entry, st.session_state[widget], _NONE),
    )  # fmt: skip
