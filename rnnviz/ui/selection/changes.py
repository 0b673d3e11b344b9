"""A changed Selection, in which everything that depends on the change fits."""

import re
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from rnnviz import checkpoints
from rnnviz.checkpoints import Checkpoint
from rnnviz.names import SIGNALS
from rnnviz.properties import offered
from rnnviz.spec import Edit, ModelSpec
from rnnviz.spec.acts import Act, read_all
from rnnviz.text import folds
from rnnviz.ui.selection import (
    INPUTS,
    Input,
    Selection,
    cells_of,
    checkpoint_of,
    goes_on,
    most_columns,
    readable,
    rows_in,
    shapes,
    step_count,
    tokens_in,
)
from rnnviz.ui.selection.fields import HIDDEN_SIZE, MODEL, OWN, check, many, misplaced, quoted
from rnnviz.ui.selection.trained import example_of, refusal

STATES_LIMIT: Final = 512_000
"""The most hidden states of one pass: steps x hidden_size x num_layers x directions."""


def changed(selection: Selection, **changes: Any) -> Selection:
    """The selection with some fields changed and everything that depends on them made to fit.

    ``layer``, ``direction`` and ``t`` move to the nearest that exists and ``hidden_size`` to the largest that there is
    room for; ``units``, a ``span`` and interventions that do not exist are dropped. Edits are dropped if their tensor
    got another shape, or if their row of the input is now another row of numbers or another word. Of two edits of one
    place the later counts.

    A trained network brings its sizes and kind of input, and where no text is given, an example of what it was trained
    on. It stays if the change asks for another cell of its family; a change of size or start makes it untrained.

    Args:
        **changes: Fields of ``Selection`` and, given flat, of its ``ModelSpec``.

    Raises:
        TypeError: If there is no field of that name, or a value has another type than it.
        ValueError: If a value is outside its limits or a text cannot be read, or not by the trained network on show.
    """
    for name, value in changes.items():
        check(name, value)
    own = {name: changes[name] for name in OWN if name in changes}
    model = _changed_model(selection.model, changes)
    own |= {kind: readable(kind, own[kind], most_columns(model)) for kind in INPUTS if kind in own}
    new = replace(selection, model=model, **own)
    if model.trained and model.trained != selection.model.trained:
        new = with_example(new, {"input", *own})
    elif model.trained and set(INPUTS) & set(own) and (wrong := unreadable(new)):
        raise ValueError(wrong)
    if "after" in own and (wrong := no_start(new)):
        raise ValueError(wrong)
    if new.input != selection.input and "second" not in own:
        new = replace(new, second="")  # it was of the other kind
    return fitted(new, selection)


def _changed_model(model: ModelSpec, changes: Mapping[str, Any]) -> ModelSpec:
    """The model with its changes; one whose sizes differ from its trained network's, or that has none, is untrained."""
    asked = {name: changes[name] for name in MODEL if name in changes}
    new = replace(model, **asked)
    if not new.trained:
        return new
    cells = cells_of(new.trained)
    if "trained" in asked:
        cell = new.cell if new.cell in cells else cells[0]
        return checkpoints.load(f"{new.trained}-{cell}").model
    if set(asked) - {"cell"} or new.cell not in cells or changes.get("input", "") not in ("", _kind(new)):
        return replace(new, trained="")
    return checkpoints.load(f"{new.trained}-{new.cell}").model


def with_example(selection: Selection, given: Container[str]) -> Selection:
    """A selection whose trained network reads an example of its training data, unless ``given`` names a text."""
    known = checkpoint_of(selection.model)
    if known is None or _kind(selection.model) in given:
        return selection
    example: dict[str, Any] = {_kind(known.model): example_of(known)}
    return replace(selection, input=_kind(known.model), **example)


def unreadable(selection: Selection) -> str | None:
    """Why a trained network cannot read the text of a selection; None if it can."""
    known = checkpoint_of(selection.model)
    if known is None:
        return None
    if known.splits == "numbers":
        wanted, got = known.model.input_size, rows_in(selection.numbers).shape[1]
        wrong = f"The trained network needs {many(wanted, 'number')} per row; got {got}." if wanted != got else None
        return wrong or _too_long(known, len(rows_in(selection.numbers)))
    try:
        tokens = tokens_in(selection)
    except ValueError as error:
        return str(error)
    strange = known.unreadable(tokens)
    return refusal(known, strange) if strange else _too_long(known, len(tokens))


def _too_long(known: Checkpoint, count: int) -> str | None:
    """That a text has too many steps for the units of a network from a file; None if it has not."""
    model = known.model
    most = STATES_LIMIT // (model.hidden_size * model.num_layers * len(model.directions))
    if count <= most or "opened" not in known.card:
        return None
    return f"The text must have at most {most:,} steps for this network, {STATES_LIMIT:,} states in all; got {count:,}."


def _kind(model: ModelSpec) -> Input:
    known = checkpoint_of(model)
    return "numbers" if known and known.splits == "numbers" else "words"


def fitted(new: Selection, old: Selection) -> Selection:
    """A selection with everything made to fit; edits stay or go by what has changed since ``old``."""
    new = _of_trained(new) if new.model.trained else new
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
    if no_start(new):
        new = replace(new, after="")
    if new.interventions:
        kept = (act.written for act in read_all(new.interventions) if not unfit(act, new))
        new = replace(new, interventions=";".join(kept))
    return replace(new, edits=_surviving_edits(new, old)) if new.edits else new


def unfit(act: Act, selection: Selection) -> str:
    """Why an intervention cannot be made in a selection's network on its input; empty if it can."""
    model, count = selection.model, step_count(selection)
    places = (
        ("signal", act.signal, SIGNALS[model.cell]),
        ("direction", act.direction, model.directions),
    )
    for name, got, known in places:
        if got not in known:
            return f"{act.written}: the {name} must be one of {', '.join(known)} for this network; got {got}"
    limits = (
        ("layer", (act.layer,), model.num_layers),
        ("unit", act.units, model.hidden_size),
        ("step", (*act.steps, *_spans(act.along)), count),
        ("component", _component(act.along), min(model.hidden_size, count - 1)),
    )
    for name, numbers, size in limits:
        if numbers and max(numbers) >= size:
            return f"{act.written}: the {name} must be in 0..{size - 1} here; got {max(numbers)}"
    return _no_probe(act, selection)


def _no_probe(act: Act, selection: Selection) -> str:
    """Why there is no such probe of a network; empty if there is, or another direction is meant."""
    if not act.along.startswith("probe"):
        return ""
    known, name = checkpoint_of(selection.model), act.along.split(".")[1]
    there = () if known is None else offered(known)
    if name in there:
        return ""
    wanted = f"one of {', '.join(there)}" if there else "that of a network with held-out sequences"
    return f"{act.written}: the probe must be {wanted} here; got {name}"


def _spans(along: str) -> tuple[int, ...]:
    """The steps that a difference of means names."""
    return tuple(map(int, re.findall("[0-9]+", along))) if along.startswith("means") else ()


def _component(along: str) -> tuple[int, ...]:
    return (int(along[2:]),) if along.startswith("pc") else ()


def no_start(selection: Selection) -> str | None:
    """Why a network cannot go on from the state after the text before; None if it can, or there is no such text."""
    if not selection.after:
        return None
    if not goes_on(selection.model):
        return (
            "after must be empty for this network: only one from a file that reads tokens in one direction starts from "
            f"the state after another text; got {quoted(selection.after)}"
        )
    return unreadable(replace(selection, words=selection.after))


def _of_trained(selection: Selection) -> Selection:
    """With the sizes and the kind of input of its trained network, or untrained if that cannot read the text."""
    trained, cell = selection.model.trained, selection.model.cell
    cells = cells_of(trained)
    model = checkpoints.load(f"{trained}-{cell if cell in cells else cells[0]}").model
    fitting = replace(selection, model=model, input=_kind(model))
    return replace(fitting, model=replace(model, trained="")) if unreadable(fitting) else fitting


def _surviving_edits(new: Selection, old: Selection) -> tuple[Edit, ...]:
    before, now = shapes(old), shapes(new)

    def survives(edit: Edit) -> bool:
        if misplaced(edit, now):
            return False
        if edit not in old.edits:
            return True
        if edit.name == "x":
            return before["x"][1] == now["x"][1] and _same_row(new, old, edit.index[0])
        return before.get(edit.name) == now[edit.name]

    places = {(edit.name, edit.index): edit for edit in new.edits if survives(edit)}
    return tuple(places.values())


def _same_row(new: Selection, old: Selection, t: int) -> bool:
    """Whether step t still reads what it read before, so that a number typed over it stays valid."""
    if (new.input, new.model.trained) != (old.input, old.model.trained) or t >= step_count(old):
        return False
    if new.input == "numbers":
        return np.array_equal(rows_in(new.numbers)[t], rows_in(old.numbers)[t])
    read = checkpoint_of(new.model)
    before, now = tokens_in(old)[t : t + 1], tokens_in(new)[t : t + 1]
    return read.folded(before) == read.folded(now) if read else folds(before) == folds(now)


def largest_hidden_size(selection: Selection) -> int:
    """The most hidden units that there is room for with the selection's steps and layers."""
    model = selection.model
    if model.trained:
        return model.hidden_size
    states = step_count(selection) * model.num_layers * len(model.directions)
    return min(HIDDEN_SIZE.high, STATES_LIMIT // states)


def misfits(wanted: Selection, got: Selection) -> list[str]:
    """What was wanted and had to be made to fit: a message a field."""
    if wanted.model.trained and (wrong := _trained_misfit(wanted, got)):
        return [wrong]
    found, model = [], got.model
    count, ways = step_count(got), len(model.directions)
    if wanted.model.hidden_size != model.hidden_size:
        found.append(
            f"hidden_size must be at most {model.hidden_size} with {many(count, 'step')}, "
            f"{many(model.num_layers, 'layer')} and {many(ways, 'direction')}; got {wanted.model.hidden_size}"
        )
    if wanted.after != got.after and (wrong := no_start(replace(got, after=wanted.after))):
        found.append(wrong)
    if wanted.interventions != got.interventions:
        refused = [wrong for act in read_all(wanted.interventions) if (wrong := unfit(act, got))]
        more = f" (and {many(len(refused) - 1, 'more')})" if len(refused) > 1 else ""
        found += [f"interventions: {refused[0]}{more}"] if refused else []
    if wanted.layer != got.layer:
        found.append(f"layer must be in 0..{model.num_layers - 1} for this network; got {wanted.layer}")
    if wanted.direction != got.direction:
        found.append(f"direction must be forward for a network of one direction; got {wanted.direction}")
    if wanted.t != got.t:
        found.append(f"t must be in 0..{count - 1} for this input; got {wanted.t}")
    return found


def _trained_misfit(wanted: Selection, got: Selection) -> str | None:
    """What was asked of a trained network that it has otherwise, or that it cannot read the text."""
    trained = wanted.model.trained
    if not got.model.trained:
        fitting = replace(wanted, model=replace(got.model, trained=trained))
        return f"{unreadable(fitting)} An untrained network of the same sizes is used instead of {trained}."
    for name in MODEL:
        expected, asked = getattr(got.model, name), getattr(wanted.model, name)
        if expected != asked:
            return f"{name} must be {expected} for the trained network {trained}; got {asked}"
    return None
