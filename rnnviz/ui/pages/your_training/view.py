"""The views of a record: followed while it is written, alone or beside another one."""

from typing import Final

import streamlit as st

from rnnviz import records
from rnnviz.names import ARROWS
from rnnviz.record import Record
from rnnviz.ui.pages.your_training import choosing, drawing, film, findings, opened, panes, status
from rnnviz.ui.pages.your_training.choosing import BESIDE, RECORD, Chosen
from rnnviz.ui.pages.your_training.drawing import Place
from rnnviz.ui.selection import state
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets import controls

VIEWS: Final = {
    "Gradient by step": "steps",
    "Norm and loss": "norms",
    "Units and gates": "states",
    "Findings": "findings",
}
FUNCTIONS: Final = {"steps": drawing.STEPS, "norms": drawing.NORMS, "states": drawing.STATES}

EVERY: Final = 2.0
"""Seconds from one look at a record that is written to the next."""

_PLACE: Final = "your_training.place"


def show() -> None:
    """The records that are chosen, the view, and its figures."""
    name = choosing.chosen(RECORD)
    if not name:
        _begin()
        return
    choosing.pick()
    first = _read(name)
    if first is None:
        return
    other = choosing.chosen(BESIDE)
    second = _read(other) if other and other != name else None
    with frame.row("center"):
        view = controls.choice("View", VIEWS, key="your_training.view")
        place = _place(first.record) if view in ("steps", "states") else drawing.places(first.record)[0]
    if view != "steps":
        film.end()
    followed = [one.name for one in (first, second) if one is not None]
    polls = _polls([one for one in (first, second) if one is not None])

    def watch() -> None:
        shown = [one for one in map(_read, followed) if one is not None]
        if len(shown) == len(followed):
            _told(shown)
            _draw(view, shown, place)
        if _polls(shown) != polls:
            st.rerun()

    st.fragment(watch, run_every=polls)()
    frame.explain("your_training", view)


def _begin() -> None:
    """What to do to have a record, and a sample."""
    frame.explain("your_training", "first")
    sample = records.shipped_names()[0]
    st.button("Open a sample", type="primary", on_click=state.enter, args=(RECORD, sample, ""))
    opened.box(RECORD)


def _read(name: str) -> Chosen | None:
    """The record, or in its place why there is none."""
    try:
        return choosing.read(name)
    except (ValueError, OSError) as error:
        st.error(frame.plain(str(error)))
        return None


def _polls(shown: list[Chosen]) -> float | None:
    """The seconds to the next look; None if nothing changes by itself."""
    if film.is_playing():
        return film.EVERY
    return EVERY if any(one.follows and one.record.stage == "going on" for one in shown) else None


def _told(shown: list[Chosen]) -> None:
    """A line for each record: whether its training goes on, and how much was found."""
    for one in shown:
        icon, sentences = status.told(one)
        name = f"**{frame.plain(one.label)}.** " if len(shown) > 1 else ""
        st.markdown(f":material/{icon}: {name}{frame.plain(f'{sentences} {findings.counted(one)}.')}")


def _draw(view: str, shown: list[Chosen], place: Place) -> None:
    if view == "findings":
        columns = frame.pair("your_training_findings", (1, 1)) if len(shown) > 1 else [st.container()]
        for k, (one, column) in enumerate(zip(shown, columns, strict=True)):
            with column:
                findings.show(one, f"your_training.findings_{k}")
        return
    if not all(len(one.record.update) for one in shown):
        frame.note("The first update has not been recorded yet.")
        return
    rows = {}
    if view == "steps":
        updates = shown[0].record.update
        at = int(updates[film.row(updates)])
        rows = {one.name: film.row_at(one.record.update, at) for one in shown}
    panes.show(shown, place, FUNCTIONS[view], rows)


def _place(record: Record) -> Place:
    """Layer and direction, if there is a choice."""
    found = drawing.places(record)
    if len(found) == 1:
        return found[0]
    kept = state.view(_PLACE)
    ever = [kept] if kept else []  # another record may have it
    return controls.choice("Layer", named_places(record, found), key=_PLACE, listed=True, ever=ever)


def named_places(record: Record, found: list[Place]) -> dict[str, Place]:
    """The places by names that differ also as a link has them."""
    named: dict[str, Place] = {}
    taken = {""}
    for k, place in enumerate(found):
        module = drawing.module_of(record, place)
        parts = [quoted(place.path)[1:-1] if place.path else "the model itself"]
        parts += [f"layer {place.layer}"] if module.num_layers > 1 else []
        parts += [f"{place.direction} {ARROWS[place.direction]}"] if module.bidirectional else []
        name = ", ".join(parts)
        name = f"{name} ({k + 1})" if controls.slug(name) in taken else name
        taken.add(controls.slug(name))
        named[name] = place
    return named
