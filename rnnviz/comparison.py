"""RNN, GRU and LSTM beside each other, and the remedies, by what was measured here: read off the files that ship."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from rnnviz import checkpoints
from rnnviz.memory_grid import REGIMES, MemoryTask, Variant, cell_spec, grid_specs, shipped_of, window_specs
from rnnviz.page_registry import (
    ATTENTION,
    CHARACTERS,
    CLIPPING,
    GATES,
    GRADIENTS,
    HIDDEN_STATES,
    MEMORY,
    STEP_THROUGH,
    Page,
)
from rnnviz.parameters import parameter_count
from rnnviz.places import ASSETS
from rnnviz.spec import ModelSpec, TaskSpec

INPUT: Final = 16
HIDDEN: Final = 64
SEEDS: Final = range(20)
STEPS: Final = (20, 100)

STARTS: Final[Mapping[str, ModelSpec]] = {
    "RNN": ModelSpec("rnn", INPUT, HIDDEN, output_size=0),
    "RNN, orthogonal $W_{hh}$": ModelSpec("rnn", INPUT, HIDDEN, output_size=0, recurrent="orthogonal"),
    "GRU": ModelSpec("gru", INPUT, HIDDEN, output_size=0),
    "LSTM": ModelSpec("lstm", INPUT, HIDDEN, output_size=0),
    "LSTM, forget bias 3": ModelSpec("lstm", INPUT, HIDDEN, output_size=0, forget_bias=3.0),
}
"""The cells and their initializations, in the order of the columns."""

MEASURED: Final = ASSETS / "comparison.json"
"""What ``python -m benchmarks.comparing --write`` has measured, by the column: shares left, and times of a step."""

_NONE: Final = "–"
_VARIANTS: Final = (Variant("rnn"), None, Variant("gru"), Variant("lstm"), Variant("lstm", 3.0))
_FAMILIES: Final = ("rnn", None, "gru", "lstm", None)
_TASKS: Final[Mapping[MemoryTask, str]] = {
    "latch": "Latch", "adding": "Adding", "order": "Temporal order", "copy": "Copy",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A row of a table: what was measured, how it came out, and the view that shows it.

    Attributes:
        cells: One a column.
        page, query: Of the view, if there is one, and the parameters of its link.
    """

    name: str
    cells: tuple[str, ...]
    page: Page | None
    query: str


def cells() -> list[Row]:
    """The cells beside each other, with their initializations.

    >>> from rnnviz import comparison
    >>> comparison.cells()[0].cells
    ('5,248', '5,248', '15,744', '20,992', '20,992')
    """
    counts = tuple(f"{parameter_count(spec):,}" for spec in STARTS.values())
    known = measured()
    times = tuple(f"{known[name]['time']:.1f}" for name in STARTS)
    rows = [
        Row(f"Parameters ({INPUT} inputs, {HIDDEN} units)", counts, STEP_THROUGH, "cell=lstm"),
        Row("Time of a step in torch, relative to the RNN", times, STEP_THROUGH, "cell=lstm&picture=cell"),
    ]
    for steps in STEPS:
        left = tuple(power(known[name][f"left_{steps}"]) for name in STARTS)
        name = f"Norm of the gradient with respect to the input {steps} steps back, relative to the last input"
        rows.append(Row(name, left, GRADIENTS, _LENGTH))
    for name, label in _TASKS.items():
        rows.append(
            Row(
                f"{label}: longest distance learned, in steps",
                _reached(name),
                MEMORY,
                f"views=memory.task:{slug(label)}",
            )
        )
    return [*rows, *_sequences()]


def remedies() -> list[Row]:
    """What is done against vanishing and exploding gradients, and what it did here; one cell, a sentence."""
    return [
        Row("Initialization", (_initialized(),), GRADIENTS, _LENGTH),
        Row("Open gates", (_opened(),), GATES, "cell=lstm&forget_bias=3&input=words"),
        Row("Gradient clipping", (_clipped(),), CLIPPING, "views=clipping.view:learning-rates"),
        Row("Truncation", (_windows(),), MEMORY, "views=memory.view:truncated-backpropagation"),
        Row("Layer normalization", (_normalized(),), None, ""),
        Row("A view of every step", (_attention(),), ATTENTION, "views=attention.view:against-length"),
    ]


def slug(label: str) -> str:
    """A label as links write it."""
    return label.lower().replace(" ", "-")


@cache
def measured() -> Mapping[str, Mapping[str, float]]:
    """By the column: the time of a step beside the RNN's, and log10 of the median share of the gradient left."""
    found: Mapping[str, Mapping[str, float]] = json.loads(MEASURED.read_text(encoding="utf-8"))["columns"]
    return found


def power(exponent: float) -> str:
    """A number by its log10, as tables write it.

    >>> from rnnviz.comparison import power
    >>> power(-7.86), power(-0.07)
    ('1.4 · 10⁻⁸', '0.85')
    """
    if exponent > -2:
        return f"{10**exponent:.2g}"
    whole = math.floor(exponent)
    digits = str(whole).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{10 ** (exponent - whole):.1f} · 10{digits}"


_LENGTH: Final = f"input=words&input_size={INPUT}&hidden_size={HIDDEN}&views=gradients.view:against-length"


_OF_THE_NORM: Final = "of the norm of the gradient with respect to the input over 100 steps"


def _reached(name: MemoryTask) -> tuple[str, ...]:
    """The longest distance at which every seed of a variant learned the task, of those that were tried."""
    outcomes = {(one.task.length, one.model.cell, one.model.forget_bias): shipped_of(one) for one in grid_specs(name)}
    tried = REGIMES[name].usual
    cells = []
    for variant in _VARIANTS:
        if variant is None:
            cells.append(_NONE)
            continue
        found = [outcomes[length, variant.cell, variant.forget_bias] for length in tried]
        solved = [one.spec.task.length for one in found if one and one.solved == len(one.spec.seeds)]
        cells.append(f"{max(solved)} of {tried[-1]}" if solved else f"none of {', '.join(map(str, tried))}")
    return tuple(cells)


def _sequences() -> list[Row]:
    """Accuracy and bits of the networks that ship in all three cells."""
    from rnnviz import characters

    brackets = tuple(
        _NONE if cell is None else f"{100 * checkpoints.load(f'brackets-{cell}').card['accuracy']:.2f} %"
        for cell in _FAMILIES
    )
    bits = tuple(_NONE if cell is None else f"{characters.card(f'python-{cell}')['test']:.2f}" for cell in _FAMILIES)
    return [
        Row("Count brackets: accuracy on held-out texts", brackets, HIDDEN_STATES, "trained=brackets"),
        Row("Python source: bits per character of held-out files", bits, CHARACTERS, ""),
    ]


def _initialized() -> str:
    orthogonal, plain = _left("RNN, orthogonal $W_{hh}$"), _left("RNN")
    return f"With an orthogonal $W_{{hh}}$ an RNN keeps {orthogonal} {_OF_THE_NORM}, with the default {plain}."


def _left(column: str) -> str:
    return power(measured()[column]["left_100"])


def _normalized() -> str:
    """Of an RNN whose sums are normalized in every step.

    Source: Ba, Kiros and Hinton (2016), arXiv 1607.06450, section 3.1.
    """
    left = power(json.loads(MEASURED.read_text(encoding="utf-8"))["normalized"]["left_100"])
    return (
        f"With the sum inside tanh normalized over the units an RNN keeps {left} {_OF_THE_NORM}, without it "
        f"{_left('RNN')}. torch's recurrent modules have no such option."
    )


def _opened() -> str:
    farthest = REGIMES["latch"].usual[-1]
    spec = TaskSpec("latch", farthest)
    strong, plain = (shipped_of(cell_spec(spec, Variant("lstm", bias))) for bias in (3.0, None))
    if strong is None or plain is None:
        raise LookupError(f"the outcomes that ship must have the LSTMs over {farthest} steps; got none")
    return (
        "With a forget bias of 3 the norm of an LSTM's gradient with respect to the input is "
        f"{_left('LSTM, forget bias 3')} times as large 100 steps back as at the last step, with the default "
        f"initialization {_left('LSTM')} times. It learned the task “Latch” over a distance of {farthest} in "
        f"{strong.solved} of {len(strong.last)} trainings, with the default in {plain.solved}."
    )


def _clipped() -> str:
    """What clipping gains where the recurrence explodes, and where only the rate is too high."""
    from rnnviz import clipping

    irnn, gru = (clipping.shipped_rates(name) for name in ("IRNN", "GRU"))
    at, seeds = irnn.medians("clipped").argmin(), irnn.clipped.shape[1]
    learned, bare = irnn.learned("clipped")[at], irnn.learned("unclipped").max()
    without, with_it = (gru.medians(arm).min() for arm in clipping.ARMS)
    return (
        f"With clipping, at a learning rate of {irnn.rates[at]:g}, a ReLU RNN whose recurrent weights begin as "
        f"the identity learned to add with {learned} of {seeds} seeds in {irnn.spec.steps:,} updates. Without it, no "
        f"rate brought more than {bare} of {seeds} there. For a GRU clipping widened the range of rates that train and "
        f"moved it to higher ones, and gained nothing else: its lowest median loss is {without:.2g} without and "
        f"{with_it:.2g} with it."
    )


def _windows() -> str:
    outcomes = [(spec.window, found) for spec in window_specs("latch") if (found := shipped_of(spec))]
    windows = sorted({window for window, _ in outcomes if window})
    shares = {window: [found for one, found in outcomes if one == window] for window in windows}
    solved = {window: sum(one.solved for one in found) for window, found in shares.items()}
    runs = sum(len(one.spec.seeds) for one in shares[windows[0]])
    first, last = windows[0], windows[-1]
    return (
        f"Of {runs} trainings on “Latch” over a distance of 10, {solved[first]} reached the goal with a window of "
        f"{first} step and {solved[last]} with one of {last}. No gradient comes from before the window."
    )


def _attention() -> str:
    from rnnviz.attention import cards

    length = 30
    without, with_it = (
        next(100 * one["accuracy"] for one in cards.card(f"reverse-{kind}")["lengths"] if one["length"] == length)
        for kind in ("none", "dot")
    )
    return (
        f"A network reverses {without:.0f} % of all sequences of {length} digits without an error if one vector holds "
        f"them, and {with_it:.0f} % with attention: the gradient reaches each input in one step."
    )
