"""A phrase of a text, and the other places where the same units are on."""

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from rnnviz.jobs import indexing
from rnnviz.pictures.phrases import LONGEST
from rnnviz.ui.pages.characters import code as codegen
from rnnviz.ui.pages.characters import match_payload, questions, tables
from rnnviz.ui.pages.characters.match_payload import Pattern, Request, rows
from rnnviz.ui.selection import state
from rnnviz.ui.selection.fields import many
from rnnviz.ui.shell import components, frame, networks, predictions
from rnnviz.ui.widgets import character_networks, character_text, controls, widget_files
from rnnviz.ui.widgets.character_networks import subject_of
from rnnviz.ui.widgets.matches import table

if TYPE_CHECKING:
    from rnnviz.matching.search import Bits

NAME: Final = "characters.match"
"""The widget's name, and its key."""

EVERY: Final = 1.5
"""Seconds from one search to the next while the index is being made."""

_KEPT: Final = "characters.pattern"
"""In the link: first character, the one after the last, level, and 1 for units that are off around it."""

_USUAL: Final = {"python": ("a set of methods", "return"), "shakespeare": ("the",)}
"""The phrase selected at first: the first of these that the text has."""


def show() -> None:
    """The network, the text with the phrase, and the places."""
    with frame.row():
        network = character_networks.picker()
        states = ("h", "c") if networks.character_model(network).spec.cell == "lstm" else ("h",)
        signal = "h"
        if len(states) > 1:
            signal = controls.choice("State", {name: name for name in states}, key="characters.state", default="c")
        character_text.box(network)
    text = character_text.text_of(network)
    request = Request(network, text, signal)
    _forget(text)
    payload, pattern = match_payload.payload(request), _pattern(request)
    begin = _start(request, pattern)
    data = {**payload, "start": begin}
    components.phrase(data, key=NAME, on_chosen=lambda sent: take(sent, request))
    widget_files.offer(
        "phrase", NAME, "A phrase, and the units that are on in it", data,
        numbers=lambda: tables.phrase(request, pattern),
        code=lambda: codegen.match(request, pattern, match_payload.told(request)),
    )  # fmt: skip
    missing = _missing(network)
    if missing:
        _list_own(request, pattern, missing)
    else:
        _list_library(request, pattern)
    predictions.show(lambda: questions.ask_match(request, pattern))
    frame.explain("characters", "match")


def _start(request: Request, pattern: Pattern) -> dict[str, object]:
    """Where the widget begins; anew if it was mounted anew, or another text has other phrases."""
    of = hashlib.sha256(request.text.encode("utf-8", "replace")).hexdigest()[:8]
    now: dict[str, Any] = {
        "of": of,
        "span": [pattern.begin, pattern.end],
        "level": pattern.level,
        "alone": pattern.alone,
    }
    if NAME not in st.session_state or frame.start(NAME, **now).get("of") != of:
        frame.restart(NAME)
    return frame.start(NAME, **now)


def take(sent: object, request: Request) -> None:
    """Keep the phrase and the meaning of "on" that the widget reports, which can be anything."""
    match sent:
        case {"span": [int(begin), int(end)], "level": int(level), "alone": bool(alone)}:
            if 0 <= begin < end <= len(request.text) and end - begin <= LONGEST and 1 <= level <= 3:
                state.choose(_KEPT, _written(Pattern(begin, end, level, alone)), _written(_first(request)))
                return
    state.tell(f"a phrase must be 1 to {LONGEST} characters of the text, with a level of 1 to 3; nothing was changed")


def _written(pattern: Pattern) -> str:
    return f"{pattern.begin}.{pattern.end}.{pattern.level}.{int(pattern.alone)}"


def _forget(text: str) -> None:
    """Forget the phrase if the text has changed since, unless a link brought both: it is another phrase there."""
    arrival = (state.arrivals(), text)
    before = st.session_state.get("characters.matched", arrival)
    st.session_state["characters.matched"] = arrival
    if before[0] == arrival[0] and before[1] != text:
        state.choose(_KEPT, "", "")
        state.write_link()


def _pattern(request: Request) -> Pattern:
    """The selection of the link, if it is a phrase of this text."""
    kept = state.view(_KEPT)
    if kept and not re.fullmatch(r"([0-9]{1,5}\.){3}[01]", kept):
        controls.unreadable(_KEPT, "a first character, the one after the last, a level and 0 or 1, like 4.9.2.0", "")
    parts = (kept or "").split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        return _first(request)
    begin, end, level, alone = map(int, parts)
    fits = 0 <= begin < end <= len(request.text) and end - begin <= LONGEST and 1 <= level <= 3
    return Pattern(begin, end, level, bool(alone)) if fits else _first(request)


def _first(request: Request) -> Pattern:
    phrase = next((one for one in _USUAL[subject_of(request.network)] if one in request.text), request.text[:6])
    begin = request.text.index(phrase)
    return Pattern(begin, begin + len(phrase))


# --- The places ---


def _missing(network: str) -> str:
    """Why this machine has no text to search with this network; empty if it has one."""
    if subject_of(network) != "python":
        return "This machine has no play to search"
    try:
        match_payload.searched_text()
    except (ValueError, OSError) as error:
        return f"The library cannot be searched ({error})"
    return ""


def _list_own(request: Request, pattern: Pattern, why: str) -> None:
    """List the places of the text itself, and say why not those of the library."""
    st.caption(frame.plain(f"{why}, so only the text above is searched."))
    _list(request, pattern, match_payload.own_bits(request), request.text)


def _list_library(request: Request, pattern: Pattern) -> None:
    """List the places in the library, or in the part that has been read."""
    try:
        bits = match_payload.whole_index(request.network, request.signal)
    except LookupError:
        _follow(request, pattern)
    except ValueError as error:
        _follow(request, pattern, f"{error}")
    else:
        _list(request, pattern, bits, None)


def _follow(request: Request, pattern: Pattern, damage: str = "") -> None:
    """Have the index made, and search its finished part until it is whole."""
    made = indexing.progress(request.network, request.signal)
    if made is None or made.state == "done":  # or it was, and the file is not there any more
        indexing.begin(request.network, request.signal)
    if damage:
        st.caption(frame.plain(f"The index on this machine cannot be used: {damage}."))

    def watch() -> None:
        made = indexing.progress(request.network, request.signal)
        if made is None or made.state == "done":
            st.rerun()
        if made.state == "failed":
            st.error(frame.plain(f"The index of the standard library could not be made: {made.message}"))
            st.button("Read it again", on_click=indexing.begin, args=(request.network, request.signal))
            _list_own(request, pattern, "There is no index of the standard library")
            return
        text = match_payload.searched_text()
        read = 64 * made.read
        said = f"{read:,} of {len(text.text):,} characters" if read else "waiting for its turn"
        st.progress(
            min(1.0, read / len(text.text)),
            f"The network is reading the standard library once to make it searchable: {said}. "
            "The part that it has read is already searched.",
        )
        bits = match_payload.index_so_far(request.network, request.signal, made.partial, made.read) if read else None
        if bits is not None:
            _list(request, pattern, bits, None)

    st.fragment(watch, run_every=EVERY)()


def _list(request: Request, pattern: Pattern, bits: "Bits", text: str | None) -> None:
    told = match_payload.units_of(request, pattern)
    units = told.on
    if not units:
        frame.note(_none(pattern))
        return
    length = pattern.end - pattern.begin
    found = match_payload.search(request, pattern, bits.read, bits, of_library=text is None)
    listed = rows(found, bits, units, pattern, text)
    where = f"{found.searched:,} characters of the text above" if text is not None else _library(found.searched)
    which = "The unit of this pattern is" if len(units) == 1 else f"All {len(units)} units of this pattern are"
    long = f"{length} {'character' if length == 1 else 'characters'}"
    st.markdown(
        f"**{which} on for {long} at {many(found.complete, 'place')}** of {where}{_without(len(told.always))}. The "
        f"table lists the best different ones; “alike” counts equal texts among the {len(found.places):,} best."
    )
    st.html(table(listed, len(units)))


def _none(pattern: Pattern) -> str:
    """A note that no unit is on, and what the visitor can do."""
    ways = [
        ("a lower threshold", pattern.level > 1),
        ("a shorter phrase", pattern.end - pattern.begin > 1),
        ("“off just before and after” unchecked", pattern.alone),
    ]
    offered = " or ".join(way for way, is_open in ways if is_open) or "another phrase"
    which = "at each character of this phrase" + (" and off just before and after it" if pattern.alone else "")
    return f"No unit is on {which}. Try {offered}."


def _without(count: int) -> str:
    which = "unit that is" if count == 1 else "units that are"
    return (
        f"; {count} {which} on almost everywhere in the text above {'is' if count == 1 else 'are'} left out"
        if count
        else ""
    )


def _library(searched: int) -> str:
    text = match_payload.searched_text()
    share = min(1.0, text.held_out / len(text.text))
    return (
        f"{searched:,} characters of {text.said.partition(' characters of ')[2]}, {share:.0%} of which no network here "
        "was trained on"
    )
