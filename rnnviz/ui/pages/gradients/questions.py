"""Predictions on the page "Gradients": how much of a gradient comes back to the first step."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.ui.pages.gradients.figures import triangle_rows
from rnnviz.ui.pages.gradients.lines import OWN, Line, edits_of, initial_of, input_of, is_large, random_inputs, spec_of
from rnnviz.ui.selection import Selection, step_count, steps, without_viewpoint
from rnnviz.ui.shell.question import Answer, Question, Questions, between, leader, number, of_layer, seeded, share
from rnnviz.written import visible

if TYPE_CHECKING:
    from rnnviz.reach import By, Of

FAR: Final = (1e-6, 1e-3, 1.0)
NEAR: Final = (0.01, 0.1, 1.0)
"""Edges between the options for how much is left, over many steps and over few."""

FEW: Final = 30
"""Below so many steps, the nearer edges are used."""

LONG: Final = 100
"""Steps of random input, if the question is not about typed input."""

BIASES: Final = (1.5, 2.0, 5.0)
"""Forget biases; over many steps, a question is about one of them."""

OTHERS: Final[dict[str, Line]] = {
    **{
        f"An LSTM of the same sizes with an initial forget bias of {bias:g}": Line("started", "lstm", forget_bias=bias)
        for bias in BIASES
    },
    "A plain RNN of the same sizes whose W_hh is an orthogonal matrix × 0.8": Line("started", "rnn", orthogonal=0.8),
    "A plain RNN of the same sizes whose W_hh is an orthogonal matrix × 1.2": Line("started", "rnn", orthogonal=1.2),
}
"""Networks that the page draws only on request."""

_FAR: Final = ("Less than a millionth", "A millionth to a thousandth", "A thousandth to all of it", "More: it grows")
_NEAR: Final = ("Less than 1 %", "1 to 10 %", "10 to 100 %", "More: it grows")
_WORDS: Final = 4

WINDOWS: Final = (1, 2, 4, 8)
"""Steps that a truncated backpropagation goes back."""

TITLED: Final = 9
"""What lies more than so many steps back has its share in the title of the picture; the windows are shorter."""

LEFT_OUT: Final = (0.01, 0.1, 0.5)
"""Edges between the options for the share that a truncation leaves out."""

_LEFT_OUT: Final = ("Less than 1 %", "1 to 10 %", "10 to 50 %", "More than half")


def ask(selection: Selection, view: str, of: "Of" = "projection") -> Questions:
    """How much of a gradient is left at the first step, or where it is largest, where the page does not show it.

    Args:
        view: One of "time", "length", "why", "triangle", "words".
        of: The losses of the triangle.
    """
    seen = replace(without_viewpoint(selection), layer=selection.layer)
    if is_large(selection):  # others of its size would take many seconds
        return (_twice(seen),)
    is_long = step_count(selection) < 3 or view == "length"
    bias = BIASES[int(seeded("forget bias", seen).integers(len(BIASES)))] if is_long else BIASES[-1]
    biases = (None, bias) if selection.model.bias and view != "why" else (None,)  # why is about plain RNNs
    lines = {name: line for name, line in OTHERS.items() if line.forget_bias in biases}
    if is_long:
        return tuple(_over_length(seen, name, line) for name, line in lines.items())
    if view == "triangle":
        return (*([] if selection.model.bidirectional else _truncated(seen, of)), _twice(seen))
    others = [_over_time(seen, name, line) for name, line in lines.items()]
    own = [_turned(seen)] if view == "words" and step_count(selection) > _WORDS else []
    return (*own, *others)


def _over_time(seen: Selection, name: str, line: Line) -> Question:
    layer = of_layer(seen, seen.layer)
    count = step_count(seen)
    text = (
        f"{name} reads these {count} steps. The loss is a random projection of the last h. How much of its gradient "
        f"with respect to h{layer} is left at the first step?"
    )
    options = _NEAR if count < FEW else _FAR
    return Question(("gradients", seen, line, "time"), text, options, partial(_back, seen, line))


def _back(seen: Selection, line: Line) -> Answer:
    from rnnviz.reach import step_gradients

    spec, x = spec_of(seen, line), input_of(seen, line)
    edits, hx = edits_of(seen, line), initial_of(seen, line)
    norms = step_gradients(spec, x, at=len(x) - 1, layer=seen.layer, edits=edits, hx=hx).norms
    return _ratio(float(norms[0]), float(norms[-1]), len(x) - 1, NEAR if len(x) < FEW else FAR)


def _over_length(seen: Selection, name: str, line: Line) -> Question:
    text = (
        f"{name} reads {LONG} random inputs. The loss is a random projection of the last h. How large is its gradient "
        "with respect to the first input, compared with that of a loss right after this input?"
    )
    return Question(("gradients", seen, line, "length"), text, _FAR, partial(_far, seen, line))


def _far(seen: Selection, line: Line) -> Answer:
    from rnnviz.reach import length_gradients

    spec = replace(spec_of(seen, line), bidirectional=False, output_size=0)
    x, hx = random_inputs(seen, line, spec.seed), initial_of(seen, line)
    left = float(length_gradients(spec, x, (1, LONG), hx=hx)[1])
    return _ratio(left, 1.0, LONG - 1, FAR)


def _ratio(first: float, last: float, count: int, edges: tuple[float, ...]) -> Answer:
    left = first / last if last else np.nan
    factor = left ** (1 / count) if left > 0 else 0.0
    return Answer(
        between(left, edges),
        f"{number(left)} of it is left after {count} steps back: a factor of {number(factor)} per step, the mean over "
        "all of them. The factor of a fit that leaves out the first steps back can be another.",
        "Each step back multiplies by W_hh and by the slopes or gates. Over many steps, a factor slightly different "
        "from 1 has a large effect.",
    )


def _twice(seen: Selection) -> Question:
    count = step_count(seen)
    text = (
        f"This network reads its {count} steps twice, without a break. The loss is a random projection of the last h. "
        f"How much of its gradient with respect to h{of_layer(seen, seen.layer)} is left at the very first step?"
    )
    options = _NEAR if 2 * count < FEW else _FAR
    return Question(("gradients", seen, "twice"), text, options, partial(_back_twice, seen))


def _back_twice(seen: Selection) -> Answer:
    x = np.concatenate([input_of(seen, OWN)] * 2)
    norms = _norms(seen, x, "h")
    return _ratio(float(norms[0]), float(norms[-1]), len(x) - 1, NEAR if len(x) < FEW else FAR)


def _truncated(seen: Selection, of: "Of") -> list[Question]:
    """What truncations leave out of the picture, in an order that tells nothing."""
    windows = np.array([window for window in WINDOWS if window < step_count(seen) - 1])
    return [_cut(seen, of, window) for window in seeded("windows", seen).permutation(windows).tolist()]


def _cut(seen: Selection, of: "Of", window: int) -> Question:
    output = "its output y" if seen.model.output_size == 1 else "the largest of its outputs y"
    loss = "a random projection of its h" if of == "projection" else output
    text = (
        f"The loss of each step is {loss}. In truncated backpropagation the gradient goes back {_steps(window)} from "
        f"each loss. How much of the sum of all norms ‖∂Lₜ/∂hₖ‖{of_layer(seen, seen.layer)} does it leave out?"
    )
    return Question(("gradients", seen, "cut", of, window), text, _LEFT_OUT, partial(_left_out, seen, of, window))


def _steps(count: int) -> str:
    return f"{count} step{'s' * (count != 1)}"


def _left_out(seen: Selection, of: "Of", window: int) -> Answer:
    from rnnviz.reach import loss_rows

    rows = triangle_rows(seen)
    edits, hx = edits_of(seen, OWN), initial_of(seen, OWN)
    norms = loss_rows(spec_of(seen, OWN), input_of(seen, OWN), rows, of=of, layer=seen.layer, edits=edits, hx=hx)
    back = np.array(rows)[:, None] - np.arange(norms.shape[1])  # (loss, state)
    with np.errstate(invalid="ignore", divide="ignore"):
        found, titled = (float(norms[back > steps].sum() / norms.sum()) for steps in (window, TITLED))
    right = between(found, LEFT_OUT)
    is_told = right == (len(LEFT_OUT),) == between(titled, LEFT_OUT, 0.0)
    return Answer(
        () if is_told else right,
        f"States more than {_steps(window)} before their loss have {share(found)} of the sum.",
        "If the norms fall fast with each step back, nearly all of the sum is near the diagonal, and a truncation "
        "changes little. If they hardly fall, or grow, most of the sum lies beyond.",
    )


def _turned(seen: Selection) -> Question:
    count = step_count(seen)
    places = sorted(seeded("gradients", seen).permutation(count)[:_WORDS].tolist())
    text = (
        "The network reads the same inputs in reverse order, the last one first. The loss is a random projection of "
        "the h after all of them. For which of these inputs is its gradient largest?"
    )
    labels = steps(seen)
    options = tuple(f"t = {t} in the picture: {visible(labels[t])}" for t in places)
    return Question(("gradients", seen, "turned"), text, options, partial(_nearest, seen, tuple(places)))


def _nearest(seen: Selection, places: tuple[int, ...]) -> Answer:
    norms = _norms(seen, input_of(seen, OWN)[::-1].copy(), "x")[::-1]
    found = [float(norms[t]) for t in places]
    said = ", ".join(
        f"{number(norm)} at the input that is t = {t} in the picture" for t, norm in zip(places, found, strict=True)
    )
    return Answer(
        leader(found),
        f"‖∂L/∂x‖ is {said}.",
        "Each step back multiplies the gradient, usually by less than 1, so the latest input has the largest, unless "
        "training or the initialization makes the network keep early inputs.",
    )


def _norms(seen: Selection, x: np.ndarray, by: "By") -> np.ndarray:
    """The gradients of a random projection of the last h in the selection's own network, on another input: (time,)."""
    from rnnviz.reach import step_gradients

    edits, hx, layer = edits_of(seen, OWN), initial_of(seen, OWN), seen.layer if by == "h" else 0
    return step_gradients(spec_of(seen, OWN), x, by=by, at=len(x) - 1, edits=edits, hx=hx, layer=layer).norms
