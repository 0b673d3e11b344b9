"""A changed Selection, with everything made to fit that depends on the change."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from rnnviz.spec import Edit
from rnnviz.text import fold
from rnnviz.ui.selection import (
    INPUTS,
    MODEL_FIELDS,
    OWN_FIELDS,
    Selection,
    check,
    largest_hidden_size,
    readable,
    rows_in,
    shapes,
    shown,
    step_count,
    words_in,
)


def changed(selection: Selection, **changes: Any) -> Selection:
    """The selection with some fields changed and everything that depends on them made to fit.

    ``layer``, ``direction`` and ``t`` move to the nearest that exists and ``hidden_size`` to the largest that there is
    room for; ``units`` and a ``span`` that do not exist are dropped. Edits are dropped if their tensor got another
    shape, or if the row of the input that they changed is now
    another number row or word; all others stay. Of two edits of one place the later counts.

    Parameters
    ----------
    selection : Selection
    **changes
        Fields of ``Selection`` and, given flat, of its ``ModelSpec``.

    Returns
    -------
    Selection

    Raises
    ------
    TypeError
        If there is no field of that name, or a value has another type than it.
    ValueError
        If a value is outside ``LIMITS`` or a text cannot be read.
    """
    for name, value in changes.items():
        check(name, value)
    own = {name: changes[name] for name in OWN_FIELDS if name in changes}
    own |= {kind: readable(kind, own[kind]) for kind in INPUTS if kind in own}
    model = replace(selection.model, **{name: changes[name] for name in MODEL_FIELDS if name in changes})
    return fitted(replace(selection, model=model, **own), selection)


def fitted(new: Selection, old: Selection) -> Selection:
    """A selection with everything made to fit.

    Parameters
    ----------
    new : Selection
    old : Selection
        What it was before: its edits stay by what changed since.

    Returns
    -------
    Selection
    """
    model = replace(new.model, hidden_size=min(new.model.hidden_size, largest_hidden_size(new)))
    new = replace(
        new,
        model=model,
        layer=min(new.layer, model.num_layers - 1),
        direction=new.direction if new.direction in model.directions else "forward",
        t=min(new.t, step_count(new) - 1),
        units=tuple(unit for unit in new.units if unit < model.hidden_size),
        span=new.span if all(step < step_count(new) for step in new.span) else (),
    )
    return replace(new, edits=_surviving_edits(new, old)) if new.edits else new


def _surviving_edits(new: Selection, old: Selection) -> tuple[Edit, ...]:
    before, now = shapes(old), shapes(new)

    def survives(edit: Edit) -> bool:
        if _misplaced(edit, now):
            return False
        if edit not in old.edits:
            return True
        if edit.name == "x":
            return before["x"][1] == now["x"][1] and _same_row(new, old, edit.index[0])
        return before.get(edit.name) == now[edit.name]

    places = {(edit.name, edit.index): edit for edit in new.edits if survives(edit)}
    return tuple(places.values())


def _same_row(new: Selection, old: Selection, t: int) -> bool:
    """Whether step t reads what was typed before, so that a number typed over it still stands in its place."""
    if new.input != old.input or t >= step_count(old):
        return False
    if new.input == "numbers":
        return np.array_equal(rows_in(new.numbers)[t], rows_in(old.numbers)[t])
    return fold(words_in(new.words)[t]) == fold(words_in(old.words)[t])


def misfits(wanted: Selection, got: Selection) -> list[str]:
    """What was wanted and had to be made to fit.

    Parameters
    ----------
    wanted, got : Selection

    Returns
    -------
    list of str
        A message a field.
    """
    found, model = [], got.model
    count, ways = step_count(got), len(model.directions)
    if wanted.model.hidden_size != model.hidden_size:
        found.append(
            f"hidden_size must be at most {model.hidden_size} with {many(count, 'step')}, "
            f"{many(model.num_layers, 'layer')} and {many(ways, 'direction')}; got {wanted.model.hidden_size}"
        )
    if wanted.layer != got.layer:
        found.append(f"layer must be in 0..{model.num_layers - 1} for this network; got {wanted.layer}")
    if wanted.direction != got.direction:
        found.append(f"direction must be forward for a network of one direction; got {wanted.direction}")
    if wanted.t != got.t:
        found.append(f"t must be in 0..{count - 1} for this input; got {wanted.t}")
    return found


def many(count: int, noun: str) -> str:
    """A count with its noun in the singular or plural."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def check_edit(edit: Edit, known: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse an edit that cannot be made.

    Parameters
    ----------
    edit : Edit
    known : mapping of str to tuple of int
        As from ``selection.shapes``.

    Raises
    ------
    ValueError
        If there is no such place, or the number is not finite or too large.
    """
    if wrong := _misplaced(edit, known):
        raise ValueError(wrong)
    check("edits", (edit,))


def _misplaced(edit: Edit, known: Mapping[str, tuple[int, ...]]) -> str | None:
    """Why there is no such place, if so."""
    if edit.name not in known:
        return f"edits must be of x or a parameter of this network; got {shown(edit.name)}"
    shape = known[edit.name]
    if len(edit.index) != len(shape) or not all(map(_within, edit.index, shape)):
        rows = " x ".join(map(str, shape))
        return f"edits: {edit.name} has shape {rows} and places from 0; got {shown(list(edit.index))}"
    return None


def _within(k: object, size: int) -> bool:
    return isinstance(k, int) and 0 <= k < size
