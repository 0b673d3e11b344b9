"""The figures of gradients: curves of several networks, what shrinks them, which step affects which, and the words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from rnnviz import analysis, names, pictures
from rnnviz.caching import cached
from rnnviz.palette import Theme
from rnnviz.spec.described import sizes
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw
from rnnviz.ui.pages.gradients import lines as gradient_lines
from rnnviz.ui.pages.gradients.lines import (
    LENGTHS,
    OWN,
    Line,
    curve_of,
    edits_of,
    has_place,
    lengths_for,
    reads_tokens,
    rows_within,
    seeds_for,
    spec_of,
    with_signal,
)
from rnnviz.ui.selection import (
    Selection,
    described,
    initial,
    inputs,
    network,
    step_count,
    unknown_steps,
    unknown_words,
    with_cell,
    without_viewpoint,
)
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.costly import is_costly

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.reach import By, Of, StepGradients

Name = Literal["time", "length", "singular", "jacobian", "triangle"]


_TRIANGLE: Final = 6e9  # multiplications that take about a quarter of a second
_WORDS: Final = 3e9
_JACOBIANS: Final = 1.5e9
_SENT: Final = 30_000  # norms that are sent at once: as float32 in base64 160 kB


@dataclass(frozen=True)
class Request:
    """The request for a figure.

    Attributes:
        lines: The networks to draw.
        by: What the gradient is taken with respect to.
        of: The loss.
        at: Its step; None for every step.
    """

    name: Name
    theme: Theme = "light"
    lines: tuple[Line, ...] = (OWN,)
    by: "By" = "h"
    of: "Of" = "projection"
    at: int | None = None


def relevant(selection: Selection) -> Selection:
    """The selection with defaults in all fields that no gradient depends on."""
    return replace(without_viewpoint(selection), layer=selection.layer, direction=selection.direction)


@cached(64, costly=is_costly)
def figure_of(selection: Selection, request: Request) -> "Figure":
    """The figure of a request, computed."""
    draw = {
        "time": _over_time,
        "length": _against_length,
        "singular": _singular,
        "jacobian": _jacobian,
        "triangle": _triangle,
    }
    return draw[request.name](selection, request)


def drawing(selection: Selection, request: Request, *, is_lost: bool = False) -> Drawing:
    """The call that draws a figure; over time, ``is_lost`` says whether a state is not finite."""
    match request.name:
        case "time":
            where = {"direction": selection.direction} if selection.direction != "forward" else {}
            lost = {"began": Raw("min(lost)")} if is_lost else {}
            return Drawing(
                "step_gradient_curves", Raw("curves"), signal=request.by, at=request.at, **where,
                **_tokens_named(selection), **lost, caption=_time_said(selection, request),
            ).marking(*unknown_words(selection))  # fmt: skip
        case "length":
            caption = _length_said(selection, request)
            return Drawing("length_gradient_curves", Raw("curves"), Raw("lengths"), caption=caption)
        case "singular":
            _, caption = plain_rnn(selection)
            return Drawing("singular_value_bars", Raw("singular"), Raw("radius"), caption=caption)
        case "jacobian":
            caption = _jacobian_said(selection)
            return Drawing("jacobian_curves", Raw("parts"), largest=Raw("found.largest"), caption=caption)
    tokens, caption = _tokens_named(selection), _triangle_said(selection, request)
    drawn = Drawing("contribution_heatmap", Raw("norms"), Raw("rows"), **tokens, t=request.at, caption=caption)
    return drawn.marking(*unknown_words(selection))


# --- Several networks ---


def _over_time(selection: Selection, request: Request) -> "Figure":
    found = found_over_time(selection, request)
    curves = [curve_of(selection, line, np.stack([one.norms for one in each])) for line, each in found.items()]
    lost = {"began": step} if (step := first_lost(found)) is not None else {}
    drawn = drawing(selection, request, is_lost=bool(lost))
    return drawn.figure(curves, **_tokens_told(selection), **lost, theme=request.theme)


def found_over_time(selection: Selection, request: Request) -> "dict[Line, list[StepGradients]]":
    """The gradients of each network at every step, for one or several seeds."""
    lines = with_signal(selection, request.lines, request.by)
    return {line: gradient_lines.step_gradients(selection, line, request.by, request.of, request.at) for line in lines}


def first_lost(found: "Mapping[Line, Sequence[StepGradients]]") -> int | None:
    """The first step at which the state of one of the networks is not finite, if there is one."""
    return min((each[0].began for each in found.values() if each[0].began is not None), default=None)


def _time_said(selection: Selection, request: Request) -> list[str]:
    """What the caption of norms over time says of the networks and the loss."""
    lines = with_signal(selection, request.lines, request.by)
    where = f", at t = {request.at}" if request.at is not None else ", summed over all steps"
    network_said = f"{sizes(network(selection))}{_place(selection, request.by)}"
    seeds = _seeds(selection, lines, seeds_for(selection))
    said = [f"{network_said}{seeds}.", f"L is {_loss(selection, request.of)}{where}; float64."]
    return [*said, *_start_said(selection, lines)]


def _against_length(selection: Selection, request: Request) -> "Figure":
    ratios = [gradient_lines.length_ratios(selection, line) for line in request.lines]
    curves = [curve_of(selection, line, each) for line, each in zip(request.lines, ratios, strict=True)]
    lengths, _ = lengths_for(selection)
    return drawing(selection, request).figure(curves, lengths, theme=request.theme)


def _length_said(selection: Selection, request: Request) -> list[str]:
    """What the caption of norms against length says of the networks, what they read and the loss."""
    model, (lengths, count) = network(selection), lengths_for(selection)
    kind = "random tokens of its vocabulary" if reads_tokens(selection) else "random normal inputs"
    said = [
        f"{sizes(model)}{_seeds(selection, request.lines, count)}; {kind}.",
        f"L is {_loss(selection, 'projection')}, at the last of T steps; float64.",
    ]
    if model.bidirectional:
        said.append("Forward direction only.")
    said += _start_said(selection, request.lines)
    if lengths[-1] < LENGTHS[-1]:
        said.append(f"Longer sequences than {lengths[-1]} would take too long for a network of this size.")
    return said


def _start_said(selection: Selection, lines: Sequence[Line]) -> tuple[str, ...]:
    """Where the initial state comes from, if it is not zero, of which of the networks that are drawn."""
    if OWN not in lines:
        return ()
    return described.start_sentence(selection, *(["All other networks start from zeros."] if len(lines) > 1 else []))


def _seeds(selection: Selection, lines: Sequence[Line], count: int) -> str:
    """The seeds of what is drawn, for a caption; empty if all networks are trained."""
    trained = [bool(spec_of(selection, line).trained) for line in lines]
    if all(trained):
        return ""
    first, begin = network(selection).seed, "; untrained:" if any(trained) else ","
    band = f"; band: seeds {first} to {first + count - 1}" if count > 1 else ""
    return f"{begin} seed {first}{band}"


# --- Why ---


def plain_rnn(selection: Selection) -> tuple[Selection, list[str]]:
    """The plain RNN in place of a gated network, and what the caption says of it."""
    plain = with_cell(selection, "rnn")
    return plain, [f"{'A plain RNN instead of your network: ' if plain is not selection else ''}{_whole(plain)}."]


def _singular(selection: Selection, request: Request) -> "Figure":
    from rnnviz.cells import weights_of

    plain, _ = plain_rnn(selection)
    module = networks.recording(without_viewpoint(plain)).network.rnn
    weight = weights_of(module, plain.layer, plain.direction).weight_hh.numpy()
    numbers = analysis.singular_values(weight), analysis.spectral_radius(weight)
    return drawing(selection, request).figure(*numbers, theme=request.theme)


def _jacobian(selection: Selection, request: Request) -> "Figure":
    from rnnviz import figures
    from rnnviz.reach import jacobian_products

    plain, _ = plain_rnn(selection)
    recording, most = networks.recording(without_viewpoint(plain)), jacobian_steps(plain)
    found = jacobian_products(
        recording.network.rnn, recording.trace, layer=plain.layer, direction=plain.direction, steps=most
    )
    parts = {name: getattr(found, name) for name in figures.JACOBIAN_PARTS}
    return drawing(selection, request).figure(parts, largest=found.largest, theme=request.theme)


def jacobian_steps(plain: Selection) -> int:
    """The most steps of products that can be computed at once."""
    return min(200, max(20, int(_JACOBIANS / network(plain).hidden_size ** 3)))


def _jacobian_said(selection: Selection) -> list[str]:
    """What the caption of the products says of the network and where they begin."""
    plain, said = plain_rnn(selection)
    most = jacobian_steps(plain)
    left_out = f", at most {most} steps" if step_count(plain) - 1 > most else ""
    return [*said, f"From the last step back{left_out}."]


# --- Which loss reaches which step ---


def rows_for(count: int, most: int = 100) -> tuple[int, ...]:
    """The steps whose losses are shown, the last among them."""
    stride = -(-count // most)
    return tuple(range(count - 1, -1, -stride)[::-1])


def _triangle(selection: Selection, request: Request) -> "Figure":
    from rnnviz.reach import loss_rows

    x, rows = inputs(selection), triangle_rows(selection)
    norms = loss_rows(
        network(selection), x, rows, of=request.of, layer=selection.layer, direction=selection.direction,
        edits=edits_of(selection, OWN), hx=initial(selection),
    )  # fmt: skip
    return drawing(selection, request).figure(norms, rows, **_tokens_told(selection), theme=request.theme)


def triangle_rows(selection: Selection) -> tuple[int, ...]:
    """The steps of the losses that can be shown together."""
    return rows_for(step_count(selection), min(100, max(5, rows_within(selection, _TRIANGLE))))


def _triangle_said(selection: Selection, request: Request) -> list[str]:
    """What the caption of the triangle says of the network and the losses."""
    from rnnviz.figures.picture import ordinal

    rows = triangle_rows(selection)
    said = [f"{_whole(selection)}{_place(selection, 'h')}.", f"Lₜ is {_loss(selection, request.of)}; float64."]
    if len(rows) < step_count(selection):
        said[1] += f" Only every {ordinal(rows[1] - rows[0])} loss is drawn."
    return [*said, *described.start_sentence(selection)]


# --- On the input ---


def block_of(selection: Selection, t: int) -> tuple[int, int]:
    """The steps whose losses the browser gets at once: all, or a block around one of them."""
    count = len(inputs(selection))
    most = max(1, min(_SENT // count, rows_within(selection, _WORDS)))
    first = t // most * most
    return first, min(count, first + most)


@cached(16, costly=is_costly)
def word_payload(selection: Selection, of: "Of", block: tuple[int, int]) -> dict[str, object]:
    """The gradient of every output step in a block by every input, for ``packing.message``."""
    from rnnviz.reach import loss_rows

    x, edits, hx = inputs(selection), edits_of(selection, OWN), initial(selection)
    norms = loss_rows(network(selection), x, range(*block), by="x", of=of, edits=edits, hx=hx)
    tokens = networks.recording(without_viewpoint(selection)).tokens
    caption, unknown = words_caption(selection, of), unknown_steps(selection)
    return dict(pictures.word_gradients(tokens, norms, caption=caption, first=block[0], unknown=unknown).data)


def words_caption(selection: Selection, of: "Of") -> str:
    """The network, and what its output is."""
    line = described.line(network(selection), len(selection.edits))
    return f"{line}. L is {_loss(selection, of)}, t the output step; float64."


# --- What is said ---


def _loss(selection: Selection, of: "Of") -> str:
    if of == "projection":
        return "p · hₜ, p random of length 1"
    return "the output yₜ" if network(selection).output_size == 1 else "the largest of the outputs yₜ"


def _whole(selection: Selection) -> str:
    """A network in a line, as figures take it."""
    return described.marked_up(described.line(network(selection), len(selection.edits)))


def _place(selection: Selection, by: str) -> str:
    return f", layer {selection.layer} {names.ARROWS[selection.direction]}" if has_place(selection, by) else ""


def _tokens_told(selection: Selection) -> dict[Literal["tokens", "read"], tuple[str, ...]]:
    """The tokens as labels of the steps, if an axis has room for them; else for the table alone."""
    tokens = networks.recording(without_viewpoint(selection)).tokens
    return {"tokens" if selection.input == "words" or len(tokens) <= 12 else "read": tokens}


def _tokens_named(selection: Selection) -> dict[str, Raw]:
    """The same, as a script names them."""
    return {name: Raw("tokens") for name in _tokens_told(selection)}
