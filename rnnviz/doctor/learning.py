"""How gradients pass through a layer, and what its gates and units do."""

from typing import Final

import numpy as np

from rnnviz.analysis import factor_per_step
from rnnviz.doctor.finding import MODEL, Finding, digits, late, middle
from rnnviz.record import QUANTILES, LayerRecord

LONG: Final = 10
"""Steps from which half of them are several, through which a gradient has to pass."""

LONG_MEMORY: Final = 50
"""Steps over which an LSTM needs a forget gate that is nearly open."""

LEFT: Final = 1e-3
"""The share of the largest gradient of any step that still teaches something."""

GROWN: Final = 1e3
"""How many times the gradient of the last step another one must be to have exploded."""

MOSTLY: Final = 0.9

ROWS: Final = 3
"""The last rows, by which a unit is dead."""


def vanishing(layer: LayerRecord) -> Finding | None:
    """Whether a loss at the last step teaches less than half of the steps before it."""
    steps, curve = middle(layer["steps"]), _curve(layer)
    if not (steps >= LONG and middle(layer["at_last"]) >= MOSTLY and len(curve) and curve.max() > 0):
        return None
    weak = np.flatnonzero(curve < LEFT * curve.max())
    reach = len(curve) if not len(weak) else int(len(curve) - 1 - weak[-1])
    if reach >= steps / 2:
        return None
    factor = factor_per_step(curve[::-1]).factor
    sentence = f"The gradient vanishes: of {steps:.0f} steps, learning reaches the last {reach}."
    if np.isfinite(factor):
        sentence += f" Going back, each step keeps about {factor:.0%} of it."
    remedy = {
        "rnn": "Use an LSTM or a GRU, or start W_hh as an orthogonal matrix.",
        "lstm": "Start the forget bias at 1 or more, so that the cell state keeps more at each step.",
        "gru": "Start the bias of the update gate at 1 or more, so that the state keeps more at each step.",
    }[layer.cell]
    return Finding("vanishing", sentence, {"steps": steps, "reach": reach, "factor": factor}, remedy, _where(layer))


def exploding(layer: LayerRecord) -> Finding | None:
    """Whether the gradient grows far beyond that of the last step on its way back."""
    norms = layer["grad_norm"]
    if not norms.size:
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        ends = np.array([[_last(curve) for curve in row[:, 0]] for row in norms])  # (row, layer)
        grown = np.nan_to_num(norms[:, :, 0] / ends[..., None], nan=0.0, posinf=0.0)
    grown[~(layer["at_last"] >= MOSTLY)] = 0  # where other steps have a loss of their own, the last one tells nothing
    most = float(grown.max(initial=0.0))
    if most < GROWN:
        return None
    updates = float((grown.max((1, 2)) >= GROWN).mean())
    return Finding(
        "exploding",
        f"The gradient explodes: at an early step it is {digits(most)} times that of the last step.",
        {"factor": most, "share_of_rows": updates, "singular_value": float(np.nanmax(layer["singular_value"]))},
        "Clip the gradient's norm (torch.nn.utils.clip_grad_norm_), and start W_hh as an orthogonal matrix.",
        _where(layer),
    )


def saturated(layer: LayerRecord) -> Finding | None:
    """Whether gates, or the states of a plain RNN, are nearly always at an end of their range."""
    if layer.cell == "rnn":
        share = middle(late(layer["saturated"])) if layer.nonlinearity == "tanh" else float("nan")
        what = "of the numbers of h are beyond ±0.95"
    else:
        # A forget gate that is always open is a long memory, which may be what it is for.
        counted = [k for k, gate in enumerate(layer.gates) if gate != "f"]
        share = middle(late(layer["shut"] + layer["open"])[..., counted])
        what = (
            f"of the numbers of the gates {' and '.join(layer.gates[k] for k in counted)} are below 0.05 or above 0.95"
        )
    if not share > 0.7:
        return None
    return Finding(
        "saturated",
        f"The layer is saturated: {share:.0%} {what}, where the slope is nearly 0.",
        {"share": share},
        "Scale the input to about mean 0 and standard deviation 1, or start with smaller weights.",
        _where(layer),
    )


def dead_units(layer: LayerRecord) -> Finding | None:
    """Whether many units never change."""
    if not layer["dead"].size:
        return None
    last = np.median(np.nan_to_num(layer["dead"][-ROWS:]), 0)  # of one row, a batch may wake or silence some by chance
    share = float(last.max(initial=0.0))
    if share < 0.25:
        return None
    is_relu = layer.cell == "rnn" and layer.nonlinearity == "relu"
    what = "always 0" if is_relu else "the same number at every step of every sequence"
    remedy = "Lower the learning rate, " + ("or use tanh." if is_relu else "and scale the input.")
    return Finding(
        "dead_units",
        f"{round(share * layer.hidden_size)} of {layer.hidden_size} units are dead: they are {what}.",
        {"share": share, "units": layer.hidden_size},
        remedy,
        _where(layer),
    )


def forget_bias(layer: LayerRecord) -> Finding | None:
    """Whether an LSTM that has to remember for long starts by forgetting half at each step."""
    steps = middle(layer["steps"])
    if layer.cell != "lstm" or not (steps >= LONG_MEMORY and middle(layer["at_last"]) >= MOSTLY):
        return None
    bias = middle(layer["forget_bias"][:1])
    life = middle(late(layer["half_life"])[..., QUANTILES.index(0.5)])
    if not (abs(bias) < 0.5 and life < steps / 10):
        return None
    return Finding(
        "forget_bias",
        f"The forget bias starts at {bias:.2f} on an input of {steps:.0f} steps: half of a cell state is lost after "
        f"{life:.1f} steps (median of the units).",
        {"forget_bias": bias, "half_life": life, "steps": steps},
        "Start the forget bias at 1 or more: fill the second quarter of bias_ih with it.",
        _where(layer),
    )


def _curve(layer: LayerRecord) -> np.ndarray:
    """The gradient's norm at each step of the top layer, forward, median over the rows; steps that some have."""
    norms = layer["grad_norm"][:, -1, 0]
    known = norms[:, ~np.isnan(norms).any(0)] if len(norms) else norms[:0, :0]
    curve: np.ndarray = np.median(known, 0) if known.size else np.zeros(0)
    return curve if np.isfinite(curve).all() else np.zeros(0)


def _last(curve: np.ndarray) -> float:
    """The number of the last step that there is."""
    known = curve[np.isfinite(curve)]
    return float(known[-1]) if len(known) else float("nan")


def _where(layer: LayerRecord) -> str:
    return layer.path or MODEL
