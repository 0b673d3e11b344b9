"""The Selection of each visitor: kept in the session, changed by controls, written into the link."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from rnnviz.ui.changes import changed, misfits
from rnnviz.ui.link import from_params, to_params
from rnnviz.ui.selection import DEFAULT, INPUTS, MODEL_FIELDS, OWN_FIELDS, Input, Selection


def current() -> Selection:
    """What this visitor is looking at, from the link when the session begins or its history is walked.

    Returns
    -------
    Selection
    """
    return _visit().selection


def update(**changes: Any) -> Selection:
    """Change what this visitor is looking at.

    Parameters
    ----------
    **changes
        As for ``changes.changed``.

    Returns
    -------
    Selection

    Raises
    ------
    TypeError, ValueError
        As from ``changes.changed``.
    """
    visit = _visit()
    new = changed(visit.selection, **changes)
    visit.messages += _dropped(visit.selection, new) if "edits" not in changes else []
    wanted = replace(new.model, hidden_size=changes.get("hidden_size", visit.selection.model.hidden_size))
    visit.messages += misfits(replace(new, model=wanted), new)
    visit.selection = new
    for kind in set(INPUTS) & set(changes):
        visit.drafts.pop(kind, None)
    return new


def try_update(**changes: Any) -> None:
    """Change what this visitor is looking at if that can be done, else say why not on the next run of a page.

    For what a browser sends, which can be anything.

    Parameters
    ----------
    **changes
        As for ``changes.changed``.
    """
    try:
        update(**changes)
    except (TypeError, ValueError) as error:
        tell(str(error))


def tell(message: str) -> None:
    """Keep a message for ``messages``.

    Parameters
    ----------
    message : str
        Plain text.
    """
    _visit().messages.append(message)


def submit_text(kind: Input, text: str) -> None:
    """Take a typed text: look at it from now on if it can be read, else keep it as a draft.

    Parameters
    ----------
    kind : {"numbers", "words"}
    text : str
    """
    try:
        update(**{kind: text})
    except ValueError as error:
        _visit().drafts[kind] = (text, str(error))


def draft(kind: Input) -> str:
    """What the text box of a kind of input should show: the last that was typed, readable or not.

    Parameters
    ----------
    kind : {"numbers", "words"}

    Returns
    -------
    str
    """
    visit = _visit()
    text: str = visit.drafts[kind][0] if kind in visit.drafts else getattr(visit.selection, kind)
    return text


def problem(kind: Input) -> str | None:
    """Why the text in the box cannot be read, if so, as plain text that may quote it.

    Parameters
    ----------
    kind : {"numbers", "words"}

    Returns
    -------
    str or None
    """
    return _visit().drafts.get(kind, (None, None))[1]


def messages() -> list[str]:
    """What was wrong with the link, had to be made smaller or was refused, since this was last asked.

    Returns
    -------
    list of str
        As plain text that may quote the link.
    """
    visit = _visit()
    told, visit.messages = visit.messages, []
    return told


def arrivals() -> int:
    """How often this visitor has come by a link or through the browser's history: what is on show begins anew then.

    Returns
    -------
    int
    """
    return _visit().arrivals


def write_link() -> None:
    """Make the browser's address a link to what this visitor is looking at."""
    visit = _visit()
    params = to_params(visit.selection)
    if st.query_params.to_dict() != params:
        st.query_params.from_dict(params)
    visit.remember(_address())


_KEY: Final = "rnnviz.visit"
_Address = tuple[str, tuple[tuple[str, str], ...]]
"""A page and the parameters of a link to it."""


@dataclass
class _Visit:
    """What a session keeps."""

    selection: Selection = DEFAULT
    drafts: dict[Input, tuple[str, str]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    address: _Address | None = None
    arrivals: int = 0
    seen: dict[_Address, Selection] = field(default_factory=dict)

    def remember(self, address: _Address) -> None:
        """Note what is looked at under an address, for the way back: a link may hold less than a selection."""
        self.address = address
        self.seen.pop(address, None)
        self.seen[address] = self.selection
        if len(self.seen) > 100:
            del self.seen[next(iter(self.seen))]

    def follow(self, selection: Selection) -> None:
        """Look at what a link means; a draft stays unless the link has another text in its place."""
        for kind in INPUTS:
            if getattr(selection, kind) != getattr(self.selection, kind):
                self.drafts.pop(kind, None)
        self.selection = selection
        self.arrivals += 1


def _dropped(old: Selection, new: Selection) -> list[str]:
    """What became of numbers that were typed over and have no place any more."""
    gone = [edit for edit in old.edits if edit not in new.edits]
    if not gone:
        return []
    places = ", ".join(f"{edit.name}[{', '.join(map(str, edit.index))}] = {edit.value:g}" for edit in gone[:5])
    more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
    return [f"Typed over and dropped, since the network or the input has another shape now: {places}{more}"]


def _visit() -> _Visit:
    visit: _Visit = st.session_state.setdefault(_KEY, _Visit())
    address = _address()
    if address != visit.address:
        _arrive(visit, address)
    return visit


def _arrive(visit: _Visit, address: _Address) -> None:
    """Follow the link, if the visitor went by it.

    Rerun requests carry the address as the browser knew it when they were sent, which may be older than the last that
    was written; and going to another page by a plain link empties it. Neither means anything. What counts is the first
    address of a session, a step through the browser's history, and parameters in a link to another page.
    """
    page, params = address
    if visit.address is not None and not _walked_history():
        if page == visit.address[0]:
            return
        if params == visit.address[1] or not any(name in (*MODEL_FIELDS, *OWN_FIELDS) for name, _ in params):
            visit.remember(address)
            return
    if visit.address is not None and _walked_history() and address in visit.seen:
        visit.follow(visit.seen[address])
    else:
        selection, problems = from_params(dict(params))
        visit.follow(selection)
        visit.messages += problems
    visit.address = address


def _address() -> _Address:
    context = get_script_run_ctx()
    return context.page_script_hash if context else "", tuple(sorted(st.query_params.to_dict().items()))


def _walked_history() -> bool:
    """Whether the browser's back or forward button asked for this run."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
