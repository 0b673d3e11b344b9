"""What the page of gradients shows: curves of several networks and seeds, each computed when asked for and kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from rnnviz import analysis, names
from rnnviz.names import Cell
from rnnviz.palette import Theme
from rnnviz.parameters import parameter_table
from rnnviz.spec import Edit, ModelSpec
from rnnviz.ui import cache
from rnnviz.ui.components import pack
from rnnviz.ui.selection import Selection, inputs, network, network_of, shapes, with_cell
from rnnviz.ui.step_view import palette_data

if TYPE_CHECKING:
    from rnnviz.figures import Figure, GradientCurve
    from rnnviz.reach import Of, StepGradients
    from rnnviz.trace import Trace

Name = Literal["time", "length", "singular", "jacobian", "triangle"]

LENGTHS: Final = (1, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 500)
SHORT_LENGTHS: Final = (1, 10, 20, 50, 100, 150, 200)
"""For networks too large for more. The first is what the others are divided by."""

LOSSES: Final = {"projection": "p · hₜ, p random of length 1", "read-out": "the sum of the outputs yₜ"}


@dataclass(frozen=True)
class Line:
    """A network to draw beside others of the same sizes and seed, started as torch does but for what is said here.

    Attributes
    ----------
    cell : {"rnn", "lstm", "gru"} or None
        None for the selection's own network, just as it is.
    forget_bias : float or None
    orthogonal : float or None
        W_hh is an orthogonal matrix times this.
    dash : str
        Of the line.
    """

    cell: Cell | None = None
    forget_bias: float | None = None
    orthogonal: float | None = None
    dash: str = "solid"


@dataclass(frozen=True)
class Asked:
    """A figure that is asked for.

    Attributes
    ----------
    name : str
    theme : {"light", "dark"}
    lines : tuple of Line
        The networks to draw.
    signal : str
        What the gradient is by.
    of : {"projection", "read-out"}
        The loss.
    at : int or None
        Its step; None for every step.
    """

    name: Name
    theme: Theme = "light"
    lines: tuple[Line, ...] = ()
    signal: str = "h"
    of: "Of" = "projection"
    at: int | None = None


def relevant(selection: Selection) -> Selection:
    """The selection with all at its default that no gradient depends on."""
    return replace(network_of(selection), layer=selection.layer, direction=selection.direction)


def figure_of(selection: Selection, asked: Asked) -> "Figure":
    """The figure itself, computed."""
    draw = {"time": _over_time, "length": _against_length, "triangle": _triangle}
    if asked.name in draw:
        return draw[asked.name](selection, asked)
    return (_singular if asked.name == "singular" else _jacobian)(selection, asked.theme)


# --- Over time ---


def seeds_for(selection: Selection) -> int:
    """How many seeds are drawn: as many as leave the page quick."""
    states = _states(selection)
    return 5 if states <= 7_000 else 3 if states <= 20_000 else 1


def step_gradients(selection: Selection, line: Line, signal: str, of: "Of", at: int | None) -> "list[StepGradients]":
    """The gradients of one network at every step, for one or several seeds."""
    from rnnviz.reach import step_gradients as of_one

    spec, x = _spec(selection, line), inputs(selection)
    return [
        of_one(
            replace(spec, seed=spec.seed + k), x, signal=signal, of=of, at=at, layer=selection.layer,
            direction=selection.direction, edits=_edits(selection, line),
        )
        for k in range(seeds_for(selection))
    ]  # fmt: skip


def _over_time(selection: Selection, asked: Asked) -> "Figure":
    from rnnviz import figures

    kinds = [line for line in asked.lines if asked.signal in ("x", *names.SIGNALS[_spec(selection, line).cell])]
    found = [cache.step_gradients(selection, line, asked.signal, asked.of, asked.at) for line in kinds]
    curves = [
        _curve(selection, line, np.stack([one.norms for one in each])) for line, each in zip(kinds, found, strict=True)
    ]
    began = [one.began for each in found for one in each[:1] if one.began is not None]
    count = seeds_for(selection)
    first = selection.model.seed
    seeds = f"; band: seeds {first} to {first + count - 1}" if count > 1 else ""
    where = f", at t = {asked.at}" if asked.at is not None else ", added up over all steps"
    said = [
        f"{_sizes(network(selection))}{_place(selection, asked.signal)}, seed {first}{seeds}.",
        f"L is {LOSSES[asked.of]}{where}; float64.",
    ]
    return figures.step_gradient_curves(
        curves, signal=asked.signal, at=asked.at, direction=selection.direction, tokens=_tokens(selection),
        began=min(began, default=None), said=said, theme=asked.theme,
    )  # fmt: skip


# --- Against length ---


def lengths_for(selection: Selection) -> tuple[tuple[int, ...], int]:
    """The lengths, and how many seeds, that can be computed at once."""
    units = selection.model.hidden_size * selection.model.num_layers
    if units <= 32:
        return LENGTHS, 3
    return (LENGTHS, 2) if units <= 64 else (LENGTHS, 1) if units <= 128 else (SHORT_LENGTHS, 1)


def length_ratios(selection: Selection, line: Line) -> np.ndarray:
    """What is left of the gradient at the first of T random inputs, (seed, length)."""
    from rnnviz.reach import length_gradients

    spec = replace(_spec(selection, line), bidirectional=False, output_size=0)
    known = {row.name: row.shape for row in parameter_table(spec)}
    edits = [edit for edit in _edits(selection, line) if known.get(edit.name) == shapes(selection)[edit.name]]
    lengths, count = lengths_for(selection)
    return np.stack([length_gradients(replace(spec, seed=spec.seed + k), lengths, edits=edits) for k in range(count)])


def _against_length(selection: Selection, asked: Asked) -> "Figure":
    from rnnviz import figures

    curves = [_curve(selection, line, cache.length_ratios(selection, line)) for line in asked.lines]
    (lengths, count), model = lengths_for(selection), network(selection)
    seeds = (
        f"seed {model.seed}; band: seeds {model.seed} to {model.seed + count - 1}"
        if count > 1
        else f"seed {model.seed}"
    )
    alone = " Forward direction alone." if model.bidirectional else ""
    said = [
        f"{_sizes(model)}, {seeds}, random normal inputs.{alone}",
        f"L is {LOSSES['projection']}, at the last of T steps; float64.",
    ]
    return figures.length_gradient_curves(curves, lengths, said=said, theme=asked.theme)


# --- Why ---


def _plain(selection: Selection) -> tuple[Selection, str]:
    """The plain RNN of the same sizes and seed, and what is to be said of that."""
    plain = with_cell(selection, "rnn")
    return plain, "" if selection.model.cell == "rnn" else "In place of the gated cell, a plain "


def _singular(selection: Selection, theme: Theme) -> "Figure":
    from rnnviz import figures

    plain, instead = _plain(selection)
    weight = cache.recording(network_of(plain)).walk(plain.layer, plain.direction).weights["weight_hh"]
    said = [f"{instead}{described_whole(plain)}."]
    return figures.singular_value_bars(
        analysis.singular_values(weight), analysis.spectral_radius(weight), said=said, theme=theme
    )


def _jacobian(selection: Selection, theme: Theme) -> "Figure":
    from rnnviz import figures
    from rnnviz.reach import jacobian_products

    plain, instead = _plain(selection)
    recording = cache.recording(network_of(plain))
    units = plain.model.hidden_size
    trace = _last_read(recording.trace, plain.direction, 200 if units <= 64 else 100 if units <= 128 else 40)
    found = jacobian_products(recording.network.rnn, trace, layer=plain.layer, direction=plain.direction)
    parts = {name: getattr(found, name) for name in figures.JACOBIAN_PARTS}
    said = [f"{instead}{described_whole(plain)}, from the last step read back."]
    return figures.jacobian_curves(parts, largest=found.largest, said=said, theme=theme)


def _last_read(trace: "Trace", direction: str, most: int) -> "Trace":
    """The end of a trace in the order of reading: the Jacobian over more steps would take too long."""
    keep = slice(-most - 1, None) if direction == "forward" else slice(0, most + 1)
    values = {"h": trace["h"][:, :, :, keep]}
    return replace(
        trace, values=values, tokens=(trace.tokens[0][keep],), lengths=np.array([values["h"].shape[3]]), grads={}
    )


# --- Which loss reaches which step ---


def rows_for(count: int, most: int = 100) -> tuple[int, ...]:
    """The steps whose losses are looked at, the last among them."""
    stride = -(-count // most)
    return tuple(range(count - 1, -1, -stride)[::-1])


def _triangle(selection: Selection, asked: Asked) -> "Figure":
    from rnnviz import figures
    from rnnviz.reach import state_rows

    x = inputs(selection)
    work = _states(selection) * len(names.GATES[selection.model.cell])
    rows = rows_for(len(x), max(10, min(100, 6_000_000 // work)))
    norms = state_rows(
        network(selection), x, rows, of=asked.of, layer=selection.layer, direction=selection.direction,
        edits=_edits(selection, Line()),
    )  # fmt: skip
    said = [f"{described_whole(selection)}{_place(selection, 'h')}.", f"Lₜ is {LOSSES[asked.of]}; float64."]
    if len(rows) < len(x):
        said[1] += f" Every {rows[1] - rows[0]}th loss."
    return figures.contribution_heatmap(
        norms, rows, tokens=_tokens(selection), t=asked.at, said=said, theme=asked.theme
    )


# --- On words ---


def block_of(selection: Selection) -> tuple[int, int]:
    """The steps whose losses the browser is given at once: all, or a block about the selected one."""
    count, model = len(inputs(selection)), selection.model
    most = min(40_000 // count, 40_000_000 // (count * model.hidden_size**2 * model.num_layers) + 1)
    first = selection.t // most * most
    return first, min(count, first + most)


def word_payload(selection: Selection, of: "Of", block: tuple[int, int]) -> dict[str, object]:
    """The gradient of every output step in a block by every input, packed for the browser."""
    from rnnviz.reach import input_rows

    x, plain = inputs(selection), described_whole(selection).replace("<sub>hh</sub>", "_hh")
    norms = input_rows(network(selection), x, range(*block), of=of, edits=_edits(selection, Line()))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(norms > 0, np.log10(norms), np.where(np.isnan(norms), np.nan, -1000.0))
    return {
        "tokens": list(cache.recording(network_of(selection)).tokens),
        "logs": pack(logs),
        "first": block[0],
        "caption": f"{plain}. L is {LOSSES[of]}, t the output step; float64.",
        "palette": palette_data(),
    }


# --- What is said of a network ---


def lines_of(selection: Selection, lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without those that would be the selection's own network once more."""
    if _edits(selection, Line()) or Line() not in lines:
        return tuple(lines)
    own = network(selection)
    return tuple(line for line in lines if line == Line() or _spec(selection, line) != own)


def described_whole(selection: Selection) -> str:
    """A network in a line: cell, sizes, start, seed."""
    model = network(selection)
    start = _said_of_start(selection, Line())
    return f"{names.CELL_LABELS[model.cell]}{', ' if start else ''}{start}, {_sizes(model)}, seed {model.seed}"


def _curve(selection: Selection, line: Line, norms: np.ndarray) -> "GradientCurve":
    from rnnviz.figures import GradientCurve

    start = _said_of_start(selection, line)
    if line == Line():
        start = f"{start} (this network)".strip()
    return GradientCurve(_spec(selection, line).cell, start, norms, line.dash, strong=line == Line())


def _said_of_start(selection: Selection, line: Line) -> str:
    spec, edits = _spec(selection, line), _edits(selection, line)
    relu = "ReLU" if spec.cell == "rnn" and spec.nonlinearity == "relu" else ""
    typed = f"{len(edits)} typed over" if edits else ""
    return ", ".join(part for part in (relu, spec.initialisation.replace("W_hh", "W<sub>hh</sub>"), typed) if part)


def _sizes(model: ModelSpec) -> str:
    layers = f", {model.num_layers} layers" if model.num_layers > 1 else ""
    both = ", both directions" if model.bidirectional else ""
    return f"{model.input_size} → {model.hidden_size} units{layers}{both}"


def _place(selection: Selection, signal: str) -> str:
    model = selection.model
    if signal == "x" or (model.num_layers == 1 and not model.bidirectional):
        return ""
    return f", layer {selection.layer} {names.ARROWS[selection.direction]}"


def _tokens(selection: Selection) -> tuple[str, ...] | None:
    tokens = cache.recording(network_of(selection)).tokens
    return tokens if selection.input == "words" or len(tokens) <= 12 else None


def _states(selection: Selection) -> int:
    model = selection.model
    return len(inputs(selection)) * model.hidden_size * model.num_layers * len(model.directions)


def _spec(selection: Selection, line: Line) -> ModelSpec:
    """The network that a line is of."""
    own = network(selection)
    if line.cell is None:
        return own
    return replace(
        own, cell=line.cell, forget_bias=line.forget_bias, recurrent_scale=line.orthogonal or 1.0,
        recurrent="default" if line.orthogonal is None else "orthogonal",
    )  # fmt: skip


def _edits(selection: Selection, line: Line) -> tuple[Edit, ...]:
    """The weights that were typed over, which only the selection's own network has."""
    return tuple(edit for edit in selection.edits if edit.name != "x") if line == Line() else ()
