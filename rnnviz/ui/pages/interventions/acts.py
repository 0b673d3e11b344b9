"""The list of interventions that a visitor makes: added, removed one by one, undone."""

import re
from collections.abc import Sequence
from typing import Final

import streamlit as st

from rnnviz import written
from rnnviz.names import ARROWS, LABELS
from rnnviz.properties import PROPERTIES
from rnnviz.spec.acts import Act, read_all
from rnnviz.text import MAX_TOKENS as MOST_TOKENS
from rnnviz.ui.pages.interventions import running
from rnnviz.ui.selection import Selection, state
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import frame

_BEFORE: Final = "interventions.before"
"""In the session: the lists of before, for undoing."""

_MOST_BEFORE: Final = 50

_ABLATED: Final = {
    "zero": "0",
    "mean": "its mean over the other text",
    "resample": "its values at random steps of the other text",
}
_PATCHED: Final = {
    "start": "the same step of the other text",
    "end": "the same step, counted from the end, of the other text",
    "unchanged": "what it is without interventions",
}


def in_words(act: Act, tokens: tuple[str, ...] = ()) -> str:
    """An intervention as a sentence without its full stop."""
    units = "all units" if not act.units else f"unit{'s' * (len(act.units) > 1)} {', '.join(map(str, act.units))}"
    where = f"{LABELS[act.signal]} {act.signal}, {units}{_place(act)}"
    return f"{act.kind.capitalize()} {where}{_when(act, tokens)}{_what(act)}"


def _place(act: Act) -> str:
    layer = f", layer {act.layer}" if act.layer else ""
    return f"{layer}, {act.direction} {ARROWS[act.direction]}" if act.direction == "reverse" else layer


def _when(act: Act, tokens: tuple[str, ...]) -> str:
    if not act.steps:
        return ", at every step"
    first, last = act.steps
    if first == last:
        named = f" “{tokens[first]}”" if first < len(tokens) and tokens[first].strip() else ""
        return f", at t = {first}{named}"
    return f", at t = {first} to {last}"


def _what(act: Act) -> str:
    if act.kind == "ablate":
        return f": {_ABLATED[act.how]}"
    if act.kind == "patch":
        return f": {_PATCHED[act.how]}"
    if act.kind == "clamp":
        return f": to {written.number(act.value)}"
    size = written.number(act.value)
    return f": {size} × {along_in_words(act.along)}" if act.along else f": add {size}"


def along_in_words(along: str) -> str:
    """A direction of steering."""
    if along.startswith("pc"):
        return f"component {along[2:]} of the states"
    if along.startswith("probe"):
        _, name, label = along.split(".")
        return f"the probe’s direction of {PROPERTIES.get(name, name)} towards “{label}”"
    first, last, begin, end = re.findall("[0-9]+", along)
    return f"(mean of t = {first} to {last} minus mean of t = {begin} to {end})"


def add(act: Act) -> None:
    """Make one more intervention; what does not fit is said, and nothing is changed."""
    chosen = state.current()
    try:
        running.edit_of(chosen, act)
    except ValueError as error:
        state.tell(str(error))
        return
    _put(";".join(filter(None, (chosen.interventions, act.written))))


def replace_all(act: Act) -> None:
    """Make this intervention alone; a list that it takes the place of is named, since it was made by hand."""
    lost = len(read_all(state.current().interventions))
    try:
        running.edit_of(state.current(), act)
    except ValueError as error:
        state.tell(str(error))
        return
    _put(act.written)
    if lost > 1:
        state.tell(f"this intervention replaced {lost}; “Undo” restores them")


def _put(written: str) -> None:
    before = state.current().interventions
    state.try_update(interventions=written)
    if state.current().interventions != before:
        lists = st.session_state.setdefault(_BEFORE, [])
        lists.append(before)
        del lists[:-_MOST_BEFORE]
        frame.begin_anew()


def remove(number: int) -> None:
    """Make an intervention no longer, by its number in the list."""
    kept = [act.written for k, act in enumerate(read_all(state.current().interventions)) if k != number]
    _put(";".join(kept))


def clear() -> None:
    """Make none of them any longer."""
    _put("")


def undo() -> None:
    """Make those of before the last change."""
    lists = st.session_state.get(_BEFORE, [])
    if lists:
        state.try_update(interventions=lists.pop())
        frame.begin_anew()


def beside(acts: Sequence[Act]) -> list[str]:
    """What an intervention does to numbers that an earlier one has changed; empty where there are none."""
    said = []
    for number, act in enumerate(acts):
        same = _still_there(act, acts[:number])
        numbers = f"number{'s' * (len(same) > 1)} {' and '.join(filter(None, [', '.join(same[:-1]), *same[-1:]]))}"
        what = "adds to what {} set" if act.kind == "steer" else "replaces what {} set, where both act"
        said.append(f" ({what.format(numbers)})" if same else "")
    return said


def _still_there(act: Act, before: Sequence[Act]) -> list[str]:
    """The numbers of earlier interventions on the same numbers, back to one that has replaced all of these."""
    found: list[str] = []
    for k in range(len(before) - 1, -1, -1):
        if _meet(act, before[k]):
            found.insert(0, str(k + 1))
            if before[k].kind != "steer" and _covers(before[k], act):
                break
    return found


def _covers(other: Act, act: Act) -> bool:
    """Whether an intervention changes all numbers that another one does."""
    units = not other.units or bool(act.units and set(act.units) <= set(other.units))
    (first, last), (begin, end) = (one.steps or (0, MOST_TOKENS) for one in (act, other))
    return units and begin <= first and last <= end


def _meet(act: Act, other: Act) -> bool:
    """Whether two interventions change some of the same numbers."""
    if (act.signal, act.layer, act.direction) != (other.signal, other.layer, other.direction):
        return False
    units = not act.units or not other.units or bool(set(act.units) & set(other.units))
    (first, last), (begin, end) = (one.steps or (0, MOST_TOKENS) for one in (act, other))
    return units and first <= end and begin <= last


def show(selection: Selection, tokens: tuple[str, ...], outside: Sequence[str] = ()) -> None:
    """The list, each with a button that removes it, and the button that undoes.

    Args:
        outside: Sentences on numbers that the cell cannot produce by itself.
    """
    acts = read_all(selection.interventions)
    notes = beside(acts)
    with frame.on_slide("interventions_list"):
        for number, act in enumerate(acts):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                said = f"{in_words(act, tokens)}{notes[number]}"
                st.markdown(frame.plain(f"{number + 1}. {said}"), width="content")
                st.button(
                    "Remove", key=f"interventions.remove_{number}", type="tertiary", on_click=remove, args=(number,),
                    help=f"Remove intervention {number + 1}: {act.written}",
                )  # fmt: skip
        for sentence in outside:
            st.warning(frame.plain(sentence))
        if not acts:
            st.caption("No intervention yet: before and after are the same. Choose one above and press “Add”.")
        with st.container(horizontal=True, gap="small"):
            if st.session_state.get(_BEFORE):
                st.button("Undo", key="interventions.undo", type="tertiary", on_click=undo)
            if len(acts) > 1:
                st.button("Remove all", key="interventions.clear", type="tertiary", on_click=clear)


# --- Units and steps that are typed ---


def units_in(text: str, size: int) -> tuple[int, ...]:
    """Units as they are typed: ``3 5 9-12``; none for all.

    Raises:
        ValueError: If it is anything else.
    """
    return _numbers_in("Units", text, size, "3 5 9-12")


def steps_in(text: str, count: int) -> tuple[int, ...]:
    """The first and the last step of a range that is typed as units are: ``4``, ``4-9`` or ``4 5 6``; none for all.

    Raises:
        ValueError: If it is anything else, or steps are missing in between.
    """
    found = _numbers_in("Steps", text, count, "4-9")
    if not found:
        return ()
    first, last = min(found), max(found)
    if len(found) <= last - first:
        raise ValueError(
            f"Steps must be one range without gaps, like 4-9; leave the box empty for all. Got {quoted(text)}."
        )
    return first, last


def _numbers_in(name: str, text: str, count: int, like: str) -> tuple[int, ...]:
    """Whole numbers and ranges below ``count``, with blanks, commas or semicolons between them."""
    found: list[int] = []
    joined = re.sub(r"(?<=[0-9])\s*[-–]\s*(?=[0-9])", "-", text.strip())
    for piece in re.split(r"[\s,;]+", joined) if joined else []:
        ends = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", piece)
        last = int(ends[2] or ends[1]) if ends else -1
        if ends is None or not int(ends[1]) <= last < count:
            wanted = f"whole numbers from 0 to {count - 1}, like {like}"
            raise ValueError(f"{name} must be {wanted}; leave the box empty for all. Got {quoted(piece)}.")
        found.extend(range(int(ends[1]), last + 1))
    return tuple(dict.fromkeys(found))
