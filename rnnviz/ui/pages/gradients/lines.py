"""The networks that the page of gradients draws side by side, what they read, and the gradients of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from rnnviz.caching import cached
from rnnviz.names import CELL_LABELS, CELLS, GATES, SIGNALS, Cell
from rnnviz.parameters import parameter_table
from rnnviz.spec import Edit, ModelSpec
from rnnviz.ui.selection import (
    Selection,
    cells_of,
    checkpoint_of,
    described,
    initial,
    inputs,
    network,
    shapes,
    with_cell,
)
from rnnviz.ui.selection.fields import HIDDEN_SIZE
from rnnviz.ui.shell.costly import is_costly

if TYPE_CHECKING:
    from rnnviz.figures import GradientCurve
    from rnnviz.reach import By, Of, StepGradients

Kind = Literal["own", "before", "started", "trained"]

LENGTHS: Final = (1, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 500)
"""The results of all lengths are divided by that of the first."""


@dataclass(frozen=True)
class Line:
    """A network to draw beside others.

    Attributes:
        kind: The selection's own, as it is; the same before its training; an untrained one of the same sizes and seed,
            started like torch except for the fields here; or the one trained for the same with another cell.
        cell: That of the last two kinds.
        orthogonal: W_hh is an orthogonal matrix times this.
        dash: The line's pattern.
    """

    kind: Kind = "own"
    cell: Cell | None = None
    forget_bias: float | None = None
    orthogonal: float | None = None
    dash: str = "solid"


OWN: Final = Line()

_HOLDS: Final = 3.0
"""A bias of the forget gate with which an LSTM keeps most of its gradient."""

EVER: Final = (
    "Before training",
    *(f"{label}, trained" for label in CELL_LABELS.values()),
    *(f"LSTM, forget bias {bias}" for bias in (1, 3)),
)
"""What ``offered`` has for some networks only."""


def offered(selection: Selection) -> dict[str, Line]:
    """The networks that can be drawn side by side, by their buttons' labels, without an orthogonal start."""
    trained = selection.model.trained
    plain, with_bias = ("solid", "dash") if _is_plain(selection) else ("dash", "dashdot")
    lines = {"This network": OWN}
    if trained:
        others = [cell for cell in cells_of(trained) if cell != selection.model.cell]
        lines |= {"Before training": Line("before", dash=plain)} if _start_is_known(selection) else {}
        lines |= {f"{CELL_LABELS[cell]}, trained": Line("trained", cell) for cell in others}
    if is_large(selection):
        return {name: line for name, line in lines.items() if line.kind in ("own", "trained")}
    lines |= {CELL_LABELS[cell]: Line("started", cell, dash=plain) for cell in CELLS}
    if selection.model.bias:
        lines |= {
            f"LSTM, forget bias {bias:g}": Line("started", "lstm", forget_bias=bias, dash=dash)
            for bias, dash in ((1.0, with_bias), (_HOLDS, "dot"))
        }
    return lines


def is_large(selection: Selection) -> bool:
    """Whether the network has more units than an untrained one may have, so that none of its size is drawn beside it.

    Several of that size would take many seconds.
    """
    return selection.model.hidden_size > HIDDEN_SIZE.high


def usual(selection: Selection) -> list[str]:
    """What of ``offered`` is drawn at first: all that was trained, and the network before; else what may vanish."""
    is_known = _start_is_known(selection)
    kinds = {"own", "before", "trained"} if is_known else {"own", "started"}
    biases = {None} if selection.model.trained else {None, _HOLDS}
    return [name for name, line in offered(selection).items() if line.kind in kinds and line.forget_bias in biases]


def _start_is_known(selection: Selection) -> bool:
    """Whether the selection's network is a trained one whose training began as torch starts it."""
    known = checkpoint_of(selection.model)
    return known is not None and known.task is not None


def orthogonal(selection: Selection, scale: float) -> Line:
    """A plain RNN whose W_hh is an orthogonal matrix times a scale."""
    return Line("started", "rnn", orthogonal=scale, dash="dash" if _is_plain(selection) else "dashdot")


def _is_plain(selection: Selection) -> bool:
    """Whether the selection's network is just as torch starts it, like those beside it, with solid lines."""
    return not (selection.model.trained or selection.model.initialisation or edits_of(selection, OWN))


def distinct(selection: Selection, lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines without those that repeat another."""
    found: dict[tuple[ModelSpec, tuple[Edit, ...]], Line] = {}
    for line in lines:
        found.setdefault((spec_of(selection, line), edits_of(selection, line)), line)
    return tuple(found.values())


def spec_of(selection: Selection, line: Line) -> ModelSpec:
    """The network that a line is of."""
    own = network(selection)
    if line.kind == "own":
        return own
    if line.kind == "before":
        return replace(own, trained="")
    cell = line.cell or own.cell
    if line.kind == "trained":
        return network(with_cell(selection, cell))
    kind: Literal["default", "orthogonal"] = "default" if line.orthogonal is None else "orthogonal"
    start = replace(own, trained="", cell=cell, forget_bias=line.forget_bias)
    return replace(start, recurrent=kind, recurrent_scale=line.orthogonal or 1.0)


def edits_of(selection: Selection, line: Line) -> tuple[Edit, ...]:
    """The weights that were typed over, which only the selection's own network has."""
    return tuple(edit for edit in selection.edits if edit.name != "x") if line == OWN else ()


def input_of(selection: Selection, line: Line) -> np.ndarray:
    """What the network of a line reads, (time, feature): its own embedding's rows if it is a trained one."""
    return inputs(with_cell(selection, line.cell) if line.kind == "trained" and line.cell else selection)


def initial_of(selection: Selection, line: Line) -> tuple[np.ndarray, ...]:
    """The initial states, which only the selection's own network can have; all others begin from zeros."""
    return initial(selection) if line == OWN else ()


def curve_of(selection: Selection, line: Line, norms: np.ndarray) -> "GradientCurve":
    """The norms of a line, (seed, step), with the description of its network."""
    from rnnviz.figures import GradientCurve

    spec = spec_of(selection, line)
    untrained = "untrained" if selection.model.trained and not spec.trained else ""
    parts = (untrained, described.marked_up(described.start(spec, len(edits_of(selection, line)))))
    start = ", ".join(part for part in parts if part)
    if line == OWN:
        start = f"{start} (this network)".strip()
    return GradientCurve(spec.cell, start, norms, line.dash, strong=line == OWN)


# --- Gradients ---


@cached(128, costly=is_costly)
def step_gradients(selection: Selection, line: Line, by: "By", of: "Of", at: int | None) -> "list[StepGradients]":
    """The gradients of one network at every step, for one or several seeds."""
    from rnnviz.reach import step_gradients as of_one

    spec, x = spec_of(selection, line), input_of(selection, line)
    layer, direction, edits = selection.layer, selection.direction, edits_of(selection, line)
    specs = [replace(spec, seed=spec.seed + k) for k in range(seeds_for(selection))]
    hx = initial_of(selection, line)
    return [of_one(one, x, by=by, of=of, at=at, layer=layer, direction=direction, edits=edits, hx=hx) for one in specs]


@cached(64, costly=is_costly)
def length_ratios(selection: Selection, line: Line) -> np.ndarray:
    """What is left of the gradient at the first of T random inputs, (seed, length)."""
    from rnnviz.reach import length_gradients

    spec, edits = one_way(selection, line)
    lengths, count = lengths_for(selection)
    specs = [replace(spec, seed=spec.seed + k) for k in range(count)]
    drawn = [random_inputs(selection, line, one.seed) for one in specs]
    hx = initial_of(selection, line)
    return np.stack([length_gradients(*both, lengths, edits=edits, hx=hx) for both in zip(specs, drawn, strict=True)])


def with_length(selection: Selection, lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines of networks whose forward direction can be run alone.

    That of a trained one with several layers cannot: its second layer reads both directions of the first.
    """
    specs = {line: spec_of(selection, line) for line in lines}
    return tuple(
        line for line, spec in specs.items() if not (spec.trained and spec.bidirectional and spec.num_layers > 1)
    )


def one_way(selection: Selection, line: Line) -> tuple[ModelSpec, list[Edit]]:
    """The forward direction of a line's network, and those of its edits that apply to it."""
    spec = spec_of(selection, line)
    spec = replace(spec, bidirectional=False, output_size=0) if spec.bidirectional else spec
    known = {row.name: row.shape for row in parameter_table(spec)}
    return spec, [edit for edit in edits_of(selection, line) if known.get(edit.name) == shapes(selection)[edit.name]]


def random_inputs(selection: Selection, line: Line, seed: int) -> np.ndarray:
    """Random inputs of shape (time, feature) for the longest length: like the network's training data, else normal."""
    spec, random = spec_of(selection, line), np.random.default_rng([seed, 2])
    known = checkpoint_of(spec) or checkpoint_of(network(selection))
    if known is None or not known.vocabulary:
        return random.standard_normal((LENGTHS[-1], spec.input_size))
    return known.vectors(random.choice(known.tokens, LENGTHS[-1]).tolist())


def reads_tokens(selection: Selection) -> bool:
    """Whether random inputs are tokens that the selection's network was trained on."""
    known = checkpoint_of(network(selection))
    return known is not None and bool(known.vocabulary)


# --- How much can be computed at once ---


def seeds_for(selection: Selection) -> int:
    """The number of seeds: as many as leave the page quick; one beside trained networks, which exist once."""
    if selection.model.trained:
        return 1
    states = states_of(selection)
    return 5 if states <= 8_000 else 3 if states <= 35_000 else 1


def lengths_for(selection: Selection) -> tuple[tuple[int, ...], int]:
    """The lengths, and the number of seeds, that can be computed at once."""
    units, longest = network(selection).hidden_size, 2e8 / _products(network(selection))
    seeds = 1 if selection.model.trained or units > 128 else 2 if units >= 64 else 3
    return tuple(length for length in LENGTHS if length <= longest), seeds


def rows_within(selection: Selection, products: float) -> int:
    """How many losses' gradients can be stepped back together in so many multiplications."""
    model = network(selection)
    step = len(GATES[model.cell]) * _products(model) * len(model.directions)
    return max(1, int(products / (len(inputs(selection)) * step)))


def _products(model: ModelSpec) -> int:
    """Multiplications a step and gate: W_hh of every layer, and W_ih between them."""
    return model.hidden_size**2 * (2 * model.num_layers - 1)


def states_of(selection: Selection) -> int:
    """The number of hidden states of a pass."""
    model = network(selection)
    return len(inputs(selection)) * model.hidden_size * model.num_layers * len(model.directions)


def has_place(selection: Selection, by: str) -> bool:
    """Whether a gradient is that of one layer and direction of several."""
    model = network(selection)
    return by != "x" and (model.num_layers > 1 or model.bidirectional)


def with_signal(selection: Selection, lines: Sequence[Line], by: str) -> list[Line]:
    """The lines of networks that have a signal."""
    return [line for line in lines if by == "x" or by in SIGNALS[spec_of(selection, line).cell]]
