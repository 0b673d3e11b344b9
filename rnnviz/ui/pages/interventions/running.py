"""The network of a selection with its interventions: the recording before and after, and what comes out of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.answers import Answer, classes_of
from rnnviz.caching import cached
from rnnviz.checkpoints.classifiers import pooling_of
from rnnviz.checkpoints.reviews import model_of
from rnnviz.names import sigmoid_gates
from rnnviz.spec.acts import Act, read_all
from rnnviz.tasks import task
from rnnviz.ui import selection
from rnnviz.ui.pages.interventions import directions
from rnnviz.ui.selection import Selection, checkpoint_of, without_viewpoint
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.costly import is_costly
from rnnviz.widgets.packing import largest

if TYPE_CHECKING:
    from rnnviz.interventions import Intervention
    from rnnviz.spec import ModelSpec
    from rnnviz.stepping import Recording

OTHER: Final = "interventions.other"
"""The box of the other text, from which states are patched."""


@dataclass(frozen=True, eq=False)
class Outputs:
    """What comes out at each step.

    Attributes:
        names: Of the outputs.
        values: Of shape (time, output): probabilities, or numbers where the output is one. NaN where there is none.
        is_share: Whether they are probabilities.
    """

    names: tuple[str, ...]
    values: np.ndarray
    is_share: bool


def asked(chosen: Selection) -> Selection:
    """The selection with defaults in all fields that its network with interventions does not depend on."""
    other = tuple(pair for pair in chosen.entries if pair[0] == OTHER)
    return replace(without_viewpoint(chosen), interventions=chosen.interventions, entries=other)


def other_of(chosen: Selection) -> str:
    """The other text; if none was typed, that on the page with its second half first, which has as many steps."""
    return dict(chosen.entries).get(OTHER) or turned(chosen)


def turned(chosen: Selection) -> str:
    """The text on the page with its second half first: of its rows, its words, or the characters of a single word."""
    between = "\n" if chosen.input == "numbers" else " "
    parts = chosen.text.split(between)
    if len(parts) == 1:
        parts, between = list(chosen.text), ""
    half = len(parts) // 2
    return between.join((*parts[half:], *parts[:half]))


def source(chosen: Selection) -> "Recording":
    """The network on the other text, without interventions.

    Raises:
        ValueError: If the network cannot read it.
    """
    if other_of(chosen) == chosen.text:
        return networks.recording(without_viewpoint(chosen))
    return networks.recording(_on_other(chosen))


def swapped(chosen: Selection) -> Selection:
    """The network on the other text, whose other text is that on the page.

    Raises:
        ValueError: If the network cannot read the other text.
    """
    there = replace(_on_other(chosen), interventions="", layer=chosen.layer, direction=chosen.direction)
    return replace(there, entries=((OTHER, chosen.text),))


def _on_other(chosen: Selection) -> Selection:
    from rnnviz.ui.selection.changes import changed

    plain = without_viewpoint(replace(chosen, edits=tuple(edit for edit in chosen.edits if edit.name != "x")))
    return changed(plain, **{chosen.input: other_of(chosen)})


def limits_of(seen: Selection, signal: str) -> tuple[float, float]:
    """The values of a signal that colours stand for, whatever an intervention sets.

    They are those that the cell can produce; of a number without such a bound, twice the largest without interventions.
    """
    low, high = range_of(seen.model, signal)
    if np.isfinite(high):
        return low, high
    values = before(seen).trace.panel(signal, layer=seen.layer, direction=seen.direction)
    most = 2 * largest(values)
    return max(low, -most), most


def outside(seen: Selection) -> list[str]:
    """Sentences on signals that interventions have set to what the cell cannot produce, each with its extreme."""
    trace, said = after(seen).trace, []
    places = dict.fromkeys((act.signal, act.layer, act.direction) for act in read_all(seen.interventions))
    for signal, layer, direction in places:
        low, high = range_of(seen.model, signal)
        values = trace.panel(signal, layer=layer, direction=direction)
        found = values[np.isfinite(values)]
        extreme = max(found.tolist(), key=lambda value: max(low - value, value - high), default=low)
        if not low <= extreme <= high:
            limits = f"values from {low:g} to {high:g}" if np.isfinite(high) else f"no value below {low:g}"
            said.append(
                f"{signal} reaches {extreme:.4g}. By itself this cell produces {limits} of {signal}, so this never "
                "occurs in the network.".replace("-", "\N{MINUS SIGN}")
            )
    return said


def range_of(model: "ModelSpec", signal: str) -> tuple[float, float]:
    """The values that a cell can produce, from a state of zeros; a cell state may grow without bound."""
    if signal == "c":
        return -np.inf, np.inf
    if signal in sigmoid_gates(model.cell):
        return 0.0, 1.0
    return (0.0, np.inf) if model.cell == "rnn" and model.nonlinearity == "relu" else (-1.0, 1.0)


def edits_of(chosen: Selection, acts: Sequence[Act]) -> "list[Intervention]":
    """The interventions that acts mean here, in their order.

    Raises:
        ValueError: If one of them cannot be made: what was expected and what was got.
    """
    return [edit_of(chosen, act) for act in acts]


def edit_of(chosen: Selection, act: Act) -> "Intervention":
    """The intervention that an act means in the network of a selection on its input.

    Raises:
        ValueError: As from ``edits_of``.
    """
    from rnnviz.interventions import ablate, clamp, patch, steer
    from rnnviz.interventions.acts import Intervention

    count = selection.step_count(chosen)
    place = {"layer": act.layer, "direction": act.direction}
    steps = range(act.steps[0], act.steps[1] + 1) if act.steps else range(count)
    units = act.units or None
    if act.kind == "clamp":
        return clamp(act.signal, act.value, units, steps=steps, **place)  # type: ignore[arg-type]
    if act.kind == "ablate":
        of = None if act.how == "zero" else source(chosen).trace
        return ablate(act.signal, units, to=act.how, of=of, steps=steps, **place)  # type: ignore[arg-type]
    if act.kind == "patch":
        given = before(chosen) if act.how == "unchanged" else source(chosen)
        taken = from_steps(act, count, len(given.tokens))
        return patch(act.signal, given.trace, units, steps=steps, from_steps=taken, **place)  # type: ignore[arg-type]
    if act.along:
        return steer(directions.along(chosen, act), act.value, signal=act.signal, steps=steps, **place)  # type: ignore[arg-type]
    return Intervention(act.signal, act.value, units, tuple(steps), adds=True, **place)  # type: ignore[arg-type]


def from_steps(act: Act, count: int, others: int) -> list[int]:
    """The steps of the other text that a patch takes.

    Raises:
        ValueError: If the other text has no such steps.
    """
    first, last = act.steps or (0, count - 1)
    moved = others - count if act.how == "end" else 0
    if not 0 <= first + moved <= last + moved < others:
        least = last + 1 if act.how == "start" else count - first
        raise ValueError(
            f"The other text must have at least {least} steps for this patch (from its {act.how}); it has {others}. "
            "Choose other steps or another text."
        )
    return list(range(first + moved, last + moved + 1))


@cached(32, costly=is_costly)
def after(seen: Selection) -> "Recording":
    """The network with its interventions on its input; of a selection from ``asked``.

    Raises:
        ValueError: As from ``edits_of``.
    """
    before = networks.recording(without_viewpoint(seen))
    return before.intervened(edits_of(seen, read_all(seen.interventions)))


def before(seen: Selection) -> "Recording":
    """The network on its input without interventions."""
    return networks.recording(without_viewpoint(seen))


def seconds(model: "ModelSpec", steps: int) -> float:
    """About what one of many copies of a network takes on one core: products, and what is done with each unit."""
    each = 4 * model.hidden_size**2 / 1e10 + model.hidden_size / 5e6
    return steps * each * model.num_layers * len(model.directions)


# --- What comes out ---


def answers_of(seen: Selection, found: "Recording") -> tuple[Answer, ...]:
    """What a trained network outputs in words, of a recording before or after."""
    return networks.outputs_of(without_viewpoint(seen), found)


def top_of(found: "Recording") -> np.ndarray:
    """The states of the top layer, both directions side by side: (time, direction * unit)."""
    return np.concatenate(list(found.trace["h"][-1, :, 0]), axis=-1)


def outputs_of(seen: Selection, states: np.ndarray) -> Outputs | None:
    """What comes out of the top layer's states (…, time, direction * unit), its values (…, time, output).

    A network that predicts of the whole text alone has its output at the last step. None if the network has no output
    layer, or one with too many outputs, or it needs more than these states.
    """
    known = checkpoint_of(seen.model)
    if known is not None and selection.translator_of(seen.model):
        return None
    layer = before(seen).output_layer
    if known is not None and (reviewer := model_of(known.name)):
        logits = None if layer is None else states @ layer.weight.T + layer.bias
        return _of_review(reviewer, states, logits)
    if layer is None:
        return None
    pooling = "ends" if known is None else pooling_of(known)
    if pooling in ("mean", "max"):
        states = states.mean(-2, keepdims=True) if pooling == "mean" else states.max(-2, keepdims=True)
    logits = states @ layer.weight.T + layer.bias
    if pooling in ("mean", "max"):
        gap = np.full((*logits.shape[:-2], selection.step_count(seen) - 1, logits.shape[-1]), np.nan)
        logits = np.concatenate([gap, logits], axis=-2)
    if at_end_alone(seen):
        logits = np.where(np.arange(logits.shape[-2])[:, None] < logits.shape[-2] - 1, np.nan, logits)
    names = () if known is None else classes_of(known)
    if logits.shape[-1] == 1 and len(names) == 2:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=-1)
    if len(names) != logits.shape[-1]:
        numbered = tuple(f"output {k}" for k in range(logits.shape[-1]))
        return Outputs(numbered if len(numbered) > 1 else ("output",), logits, is_share=False)
    return Outputs(names, _softmax(logits), is_share=True)


def at_end_alone(chosen: Selection) -> bool:
    """Whether the training asked for an output at the last step alone."""
    known = checkpoint_of(chosen.model)
    return known is not None and known.task is not None and task(known.task).asked == 1


def only_at_end(chosen: Selection) -> bool:
    """Whether there is an output at the last step alone: by its training, or by what makes it of all states."""
    known = checkpoint_of(chosen.model)
    return known is not None and (
        at_end_alone(chosen) or model_of(known.name) is not None or pooling_of(known) in ("mean", "max")
    )


def _of_review(name: str, states: np.ndarray, logits: np.ndarray | None) -> Outputs:
    model = networks.sentiment_model(name)
    flat = states.reshape(-1, *states.shape[-2:])
    given = [None] * len(flat) if logits is None else list(logits.reshape(-1, *logits.shape[-2:]))
    positive = [model.concluded(one, own) for one, own in zip(flat, given, strict=True)]
    values = np.full((len(flat), states.shape[-2], 2), np.nan)
    values[:, -1, 1] = positive
    values[:, -1, 0] = 1 - values[:, -1, 1]
    return Outputs(("negative", "positive"), values.reshape(*states.shape[:-1], 2), is_share=True)


def _softmax(logits: np.ndarray) -> np.ndarray:
    wide = logits.astype(np.float64)
    shares = np.exp(wide - wide.max(-1, keepdims=True))
    found: np.ndarray = shares / shares.sum(-1, keepdims=True)
    return found


def distance(one: np.ndarray, other: np.ndarray, *, is_share: bool) -> np.ndarray:
    """How far apart outputs of shape (…, output) are: the total variation of probabilities, else the largest change.

    The total variation is half the sum of the changes: 0 where nothing changes, 1 if all the probability has moved.
    """
    apart = np.abs(other - one)
    found: np.ndarray = apart.sum(-1) / 2 if is_share else apart.max(-1)
    return found
