"""Predictions on the page of interventions: of each view one about runs that the view does not show."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from rnnviz import names
from rnnviz.properties import PROPERTIES
from rnnviz.spec.acts import Act
from rnnviz.ui.pages.interventions import grid, probe, probing, running, units
from rnnviz.ui.pages.interventions.held import relevant
from rnnviz.ui.pages.interventions.running import edits_of
from rnnviz.ui.selection import Selection, network, step_count, steps, without_viewpoint
from rnnviz.ui.selection.visit import let_go
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, between, leader, number, seeded
from rnnviz.written import visible

_OPTIONS: Final = ("Yes", "No: something of the steps before is left")
_SAME, _OTHER = 1e-4, 1e-2
"""Below the first a difference is rounding, above the second it is seen."""

_PATCHES, _DRAWS = 4, 6
"""Steps to choose from, and how often they are drawn: of the questions only one with a clear answer is asked."""

_SEEN: Final = 0.01
"""The least effect that a question is about."""

_MOST_SECONDS: Final = 2.0
_LOST: Final = (0.02, 0.2)
_APART: Final = (-0.1, 0.1)
"""Edges between the options for an accuracy that is lost, and for one beside another."""


def ask(selection: Selection, view: str, shown: str) -> Questions:
    """The questions of a view.

    Args:
        view: Its part of the prose.
        shown: The signal or the property on show; empty where the view has nothing to show.
    """
    if view == grid.PART:
        return ask_patches(selection)
    if view == units.PART:
        return ask_units(selection, shown) if shown else ""
    if view == probe.PART:
        return ask_probe(selection, shown) if shown else ""
    return ask_zeros(selection)


# --- Reach in ---


def ask_zeros(selection: Selection) -> Questions:
    """Whether a network starts anew if its states are set to 0 at a step."""
    seen, model = without_viewpoint(selection), selection.model
    if model.num_layers > 1 or model.bidirectional or seen.after or networks.recording(seen).hx:
        return ""
    if step_count(seen) < 3:
        return "this question needs an input of three or more steps."
    asked = [_anew(seen, ("h",))]
    if model.cell == "lstm":
        asked.append(_anew(seen, ("h", "c")))
    return tuple(asked)


def _anew(seen: Selection, signals: tuple[str, ...]) -> Question:
    k = step_count(seen) // 2 - 1
    text = (
        f"At t = {k}, {' and '.join(signals)} of all units {'are' if len(signals) > 1 else 'is'} clamped at 0. Compare "
        f"with a run that begins at t = {k + 1} with zero states. Are the hidden states h the same from t = {k + 1}?"
    )
    return Question(("interventions", seen, signals), text, _OPTIONS, partial(_compared, seen, signals, k))


def _compared(seen: Selection, signals: tuple[str, ...], k: int) -> Answer:
    apart = float(np.abs(difference(seen, signals, k)).max())
    right = (0,) if apart < _SAME else (1,) if apart > _OTHER else ()
    why = (
        "c passes from step to step beside h, so what c holds is still there."
        if seen.model.cell == "lstm" and "c" not in signals
        else "These states are all that a step receives from the steps before, and a network begins with zeros."
    )
    rounding = ", which is rounding" if right == (0,) and apart else ""
    return Answer(right, f"The largest difference of h is {number(apart, 2)}{rounding}.", why)


def difference(seen: Selection, signals: tuple[str, ...], k: int) -> np.ndarray:
    """The h after states were clamped at step k, minus that on the rest of the input alone: (step, unit)."""
    from rnnviz.stepping import record

    now = networks.recording(seen)
    acts = [Act("clamp", signal, 0.0, steps=(k, k)) for signal in signals]
    after = now.intervened(edits_of(seen, acts)).trace.panel("h")
    edits = [edit for edit in now.edits if edit.name != "x"]  # those of x are in x already
    alone = record(network(seen), now.x[k + 1 :], now.tokens[k + 1 :], edits).trace.panel("h")
    found: np.ndarray = after[k + 1 :] - alone
    return found


# --- Patch grid ---


def ask_patches(selection: Selection) -> Questions:
    """After which patch the last output moves most, of the network on the other text, patched from that on the page."""
    seen = replace(running.asked(selection), interventions="", layer=selection.layer, direction=selection.direction)
    try:
        swapped = running.swapped(seen)
        known = running.outputs_of(swapped, running.top_of(running.before(swapped)))
    except ValueError:  # said beside the box of the other text
        return ""
    count = min(step_count(seen), step_count(swapped))
    quick = running.seconds(seen.model, step_count(swapped)) * _PATCHES * _DRAWS <= _MOST_SECONDS
    if known is None or seen.text == swapped.text or count < _PATCHES or not quick:
        return ""
    random = seeded("patches", swapped)
    drawn = [tuple(sorted(random.permutation(count)[:_PATCHES].tolist())) for _ in range(_DRAWS)]
    return tuple(_strongest(swapped, places) for places in dict.fromkeys(drawn))


def _strongest(swapped: Selection, places: tuple[int, ...]) -> Question:
    model, labels = swapped.model, steps(swapped)
    where = f" of layer {swapped.layer}" if model.num_layers > 1 else ""
    where += f", {swapped.direction} {names.ARROWS[swapped.direction]}," if model.bidirectional else ""
    when = "last output" if running.only_at_end(swapped) else "output, on average over all steps,"
    text = (
        f"Swap the two texts: the network reads the other text, and h{where} of all units is patched from the text on "
        f"the page, at one step. At which of these steps does the patch move the {when} most?"
    )
    options = tuple(f"t = {t}: {visible(labels[t])}" for t in places)
    return Question(("interventions", swapped, places), text, options, partial(_moved, swapped, places))


def _moved(swapped: Selection, places: tuple[int, ...]) -> Answer:
    plain = running.before(swapped)
    before = running.outputs_of(swapped, running.top_of(plain))
    if before is None:
        raise ValueError("the network must have an output layer; there is none")
    acts = [Act("patch", "h", 0.0, "start", swapped.layer, swapped.direction, steps=(t, t)) for t in places]
    runs = plain.alone([edits_of(swapped, [act]) for act in acts], let_go)
    at: grid.At = "last" if running.only_at_end(swapped) else "all"
    found = [grid.of_one(swapped, before, states, at) for states in runs]
    what = "total variation" if before.is_share else "largest change"
    said = ", ".join(f"{number(moved, 2)} at t = {t}" for moved, t in zip(found, places, strict=True))
    return Answer(
        leader(found) if max(found) >= _SEEN else (),
        f"The patch moves it by {said} ({what}).",
        "A patch brings in what the states hold of the other text up to its step. It matters where that differs from "
        "what is there, and as long as the steps after it keep it.",
    )


# --- Each unit ---


def ask_units(selection: Selection, signal: str) -> Questions:
    """What is lost without the units that lose least alone."""
    seen = replace(relevant(selection), layer=selection.layer, direction=selection.direction)
    few = len(units.units_of(seen)) // 2
    if not few:
        return ""
    text = (
        f"The {few} units with the smallest losses, at the end of the bars, are ablated together: {signal} of all of "
        "them is 0 at every step. How much accuracy is lost?"
    )
    options = ("Less than 2 points", "2 to 20 points", "More than 20 points")
    return (Question(("interventions", seen, signal, "together"), text, options, partial(_together, seen, signal)),)


def _together(seen: Selection, signal: str) -> Answer:
    found = units.losses(seen, signal)
    least = np.argsort(-found.mean, kind="stable")[len(found.units) - len(found.units) // 2 :]
    lost, alone = (
        units.lost_together(seen, signal, tuple(found.units[k] for k in least)),
        float(found.mean[least].sum()),
    )
    return Answer(
        between(lost, _LOST),
        f"Together they lose {_points(lost)}. The losses of each alone have the sum {_points(alone)}.",
        "Where several units carry the same, each can be missed alone, but not all of them at once.",
    )


def _points(share: float) -> str:
    return f"{number(100 * share, 3)} points"


# --- Probe ---


def ask_probe(selection: Selection, name: str) -> Questions:
    """How good a probe of the same property is without training, from each of the network's states."""
    seen = relevant(selection)
    return tuple(_untrained(seen, name, place) for place in sorted(probing.places(seen), key=_apart_from(selection)))


def _apart_from(selection: Selection) -> Callable[[probing.Place], bool]:
    return lambda place: place[1:] != (selection.layer, selection.direction)


def _untrained(seen: Selection, name: str, place: probing.Place) -> Question:
    text = (
        "A network of the same sizes with default initialization, without any training, reads the same sequences. A "
        f"probe of “{PROPERTIES[name]}” is trained on its {probing.named(place, seen)}. How good is it, compared with "
        "the probe of the trained network?"
    )
    options = ("More than 10 points worse", "Within 10 points of it", "More than 10 points better")
    return Question(("interventions", seen, name, place), text, options, partial(_beside, seen, name, place))


def _beside(seen: Selection, name: str, place: probing.Place) -> Answer:
    trained = probing.probes(seen, name)[place].accuracy
    plain = probing.untrained(seen, name, place).accuracy
    return Answer(
        between(plain - trained, _APART),
        f"Its accuracy is {plain:.1%}; after training it is {trained:.1%}.",
        "Random recurrent weights also leave traces of the inputs in the states. Only what a probe gains over such a "
        "network was learned in training, and what the task does not need may be lost in training.",
    )
