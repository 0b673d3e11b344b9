"""Gradients of a network's losses on an input, by step, by length and by the step of the loss, in float64."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from rnnviz.capture import capture
from rnnviz.models import Network, build
from rnnviz.names import Direction
from rnnviz.reach.back import By, Pulls, norms_back
from rnnviz.spec import Edit, ModelSpec
from rnnviz.trace import Trace

Of = Literal["projection", "read-out"]
"""The loss of a step: p · h_t, with a fixed random p of length 1, or the largest of the outputs y_t."""


@dataclass(frozen=True, eq=False)
class StepGradients:
    """How large the gradient of one loss is at every step.

    Attributes:
        norms: float64 of shape (time,). Norm over the units, or over the features of x.
        began: The earliest step at which the network's output is not finite; None where all are.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec, reach
    >>> x = np.random.default_rng(0).standard_normal((30, 4))
    >>> reach.step_gradients(ModelSpec("lstm", 4, 32), x, by="c", at=29).norms.shape
    (30,)
    """

    norms: np.ndarray
    began: int | None


def loss_vectors(network: Network, outputs: np.ndarray, of: Of = "projection", *, seed: int = 0) -> np.ndarray:
    """The gradient of each step's loss by the output of the recurrent module there, (time, direction * unit).

    Args:
        outputs: Of shape (time, direction * unit). Of the recurrent module.
        of: "read-out" takes the largest of the network's outputs y_t: its answer, if its outputs are classes.
        seed: Of p.

    Raises:
        ValueError: If the network has no read-out to take it of.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec, build, reach
    >>> network = build(ModelSpec("rnn", 3, 4))
    >>> reach.loss_vectors(network, np.ones((6, 4), np.float32)).shape
    (6, 4)
    """
    if of == "read-out":
        if network.head is None:
            raise ValueError("of must be projection for a network without a read-out; got 'read-out'")
        weight = network.head.weight.detach().double().numpy()  # (output, direction * unit)
        with np.errstate(all="ignore"):
            answers = (outputs @ weight.T + network.head.bias.detach().double().numpy()).argmax(1)
        picked: np.ndarray = weight[answers]
        return picked
    drawn = np.random.default_rng([seed, 3]).standard_normal(outputs.shape[1])
    return np.broadcast_to(drawn / np.linalg.norm(drawn), outputs.shape)


def step_gradients(
    spec: ModelSpec,
    x: np.ndarray,
    *,
    by: By = "h",
    of: Of = "projection",
    at: int | None = None,
    layer: int = 0,
    direction: Direction = "forward",
    edits: Sequence[Edit] = (),
) -> StepGradients:
    """The gradient of one loss at every step.

    Args:
        x: Of shape (time, feature).
        at: The step of the loss; the sum of the losses of all steps by default.

    Raises:
        ValueError: If ``x`` does not fit, or the cell has no such state, layer or direction.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec, reach
    >>> x = np.random.default_rng(0).standard_normal((30, 4))
    >>> found = reach.step_gradients(ModelSpec("rnn", 4, 32), x, at=29)
    >>> found.norms.shape
    (30,)
    >>> bool(found.norms[0] < found.norms[-1])
    True
    """
    network, trace = _read(spec, x, edits)
    steps = np.arange(len(x)) if at is None else np.array([at])
    vectors = loss_vectors(network, _outputs(trace), of, seed=spec.seed)
    pulls = Pulls(np.zeros_like(steps), steps, vectors[steps])
    norms = norms_back(network.rnn, trace, pulls, 1, by=by, layer=layer, direction=direction)
    bad = np.flatnonzero(~np.isfinite(_outputs(trace)).all(1))
    return StepGradients(norms[0], int(bad[0]) if len(bad) else None)


def loss_rows(
    spec: ModelSpec,
    x: np.ndarray,
    rows: Sequence[int],
    *,
    by: By = "h",
    of: Of = "projection",
    layer: int = 0,
    direction: Direction = "forward",
    edits: Sequence[Edit] = (),
) -> np.ndarray:
    """How much the losses of some steps depend on every step.

    Args:
        x: Of shape (time, feature).
        rows: The steps of the losses.

    Returns:
        Of shape (row, time). Norm of dL_s/dh_t, dL_s/dc_t or dL_s/dx_t, a row for each s; 0 where L_s does not depend
        on step t.

    Source: Madsen (2019), Visualizing memorization in RNNs, Distill (connectivity: by the input); Cashman et al.
        (2018), RNNbow, arXiv 1907.12545 (by the state).

    >>> import numpy as np
    >>> from rnnviz import ModelSpec, reach
    >>> x = np.random.default_rng(0).standard_normal((30, 4))
    >>> reach.loss_rows(ModelSpec("rnn", 4, 32), x, [9, 19, 29]).shape
    (3, 30)
    """
    network, trace = _read(spec, x, edits)
    vectors = loss_vectors(network, _outputs(trace), of, seed=spec.seed)
    pulls = Pulls(np.arange(len(rows)), np.asarray(rows), vectors[list(rows)])
    return norms_back(network.rnn, trace, pulls, len(rows), by=by, layer=layer, direction=direction)


def length_gradients(
    spec: ModelSpec, x: np.ndarray, lengths: Sequence[int], *, edits: Sequence[Edit] = ()
) -> np.ndarray:
    """Norm of d(p · h_T)/dx_1 for several lengths T, (length,), divided by that of the first length.

    Args:
        spec: Of a network that reads forward: what follows a step must not reach it.
        x: Of shape (time, feature). The inputs of the longest T; shorter ones take the first of them.

    Raises:
        ValueError: If the network reads backwards, or there are fewer inputs than the longest takes.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec, reach
    >>> x = np.random.default_rng(0).standard_normal((40, 4))
    >>> reach.length_gradients(ModelSpec("gru", 4, 16), x, [10, 20, 40]).shape
    (3,)
    """
    if spec.bidirectional:
        raise ValueError("bidirectional must be False: what follows must not reach the step of the loss; got True")
    if len(x) < max(lengths):
        raise ValueError(f"x must have {max(lengths)} steps, as the longest takes; got {len(x)}")
    norms = loss_rows(spec, x[: max(lengths)], [length - 1 for length in lengths], by="x", edits=edits)[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        ratios: np.ndarray = norms / (norms[0] or 1.0)  # from a first state without slope nothing comes at all
    return ratios


def _read(spec: ModelSpec, x: np.ndarray, edits: Sequence[Edit]) -> tuple[Network, Trace]:
    """The network, and what it does on an input, in float64."""
    network = build(spec, edits).double()
    return network, capture(network.rnn, torch.from_numpy(x).double())


def _outputs(trace: Trace) -> np.ndarray:
    """What the recurrent module gives out, (time, direction * unit)."""
    return np.concatenate(list(trace["h"][-1, :, 0]), axis=-1)
