"""Gradients of a network's losses on an input, by step, by length and by the step of the loss, in float64."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.capture import capture, state_of
from rnnviz.cells import recurrent, weights_of
from rnnviz.models import Network, build
from rnnviz.names import Direction
from rnnviz.reach.back import By, Pulls, norms_back
from rnnviz.reach.inputs import depending, output_of
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
    hx: Sequence[np.ndarray] = (),
) -> StepGradients:
    """The gradient of one loss at every step.

    Args:
        x: Of shape (time, feature).
        at: The step of the loss; the sum of the losses of all steps by default.
        hx: The initial h, and c of an LSTM, each of shape (layer * direction, unit); zeros by default.

    Raises:
        ValueError: If ``x`` or ``hx`` does not fit, or the cell has no such state, layer or direction.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec, reach
    >>> x = np.random.default_rng(0).standard_normal((30, 4))
    >>> found = reach.step_gradients(ModelSpec("rnn", 4, 32), x, at=29)
    >>> found.norms.shape
    (30,)
    >>> bool(found.norms[0] < found.norms[-1])
    True
    """
    network, trace = _read(spec, x, edits, hx)
    steps = np.arange(len(x)) if at is None else np.array([at])
    vectors = loss_vectors(network, outputs_of(trace), of, seed=spec.seed)
    pulls = Pulls(np.zeros_like(steps), steps, vectors[steps])
    norms = norms_back(network.rnn, trace, pulls, 1, by=by, layer=layer, direction=direction, hx=hx)
    bad = np.flatnonzero(~np.isfinite(outputs_of(trace)).all(1))
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
    hx: Sequence[np.ndarray] = (),
) -> np.ndarray:
    """How much the losses of some steps depend on every step.

    Args:
        x: Of shape (time, feature).
        rows: The steps of the losses.
        hx: The initial states, as for ``step_gradients``.

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
    network, trace = _read(spec, x, edits, hx)
    vectors = loss_vectors(network, outputs_of(trace), of, seed=spec.seed)
    pulls = Pulls(np.arange(len(rows)), np.asarray(rows), vectors[list(rows)])
    return norms_back(network.rnn, trace, pulls, len(rows), by=by, layer=layer, direction=direction, hx=hx)


def length_gradients(
    spec: ModelSpec,
    x: np.ndarray,
    lengths: Sequence[int],
    *,
    edits: Sequence[Edit] = (),
    hx: Sequence[np.ndarray] = (),
) -> np.ndarray:
    """Norm of d(p · h_{T-1})/dx_0 for several lengths T, (length,), divided by that of the first length.

    Args:
        spec: Of a network that reads forward: what follows a step must not reach it.
        x: Of shape (time, feature). The inputs of the longest T; shorter ones take the first of them.
        hx: The initial states, as for ``step_gradients``.

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
    steps = [length - 1 for length in lengths]
    norms = loss_rows(spec, x[: max(lengths)], steps, by="x", edits=edits, hx=hx)[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        ratios: np.ndarray = norms / (norms[0] or 1.0)  # from a first state without slope nothing comes at all
    return ratios


def _read(spec: ModelSpec, x: np.ndarray, edits: Sequence[Edit], hx: Sequence[np.ndarray]) -> tuple[Network, Trace]:
    """The network, and what it does on an input, in float64."""
    network = build(spec, edits).double()
    return network, capture(network.rnn, torch.from_numpy(x).double(), hx=state_of(hx, double=True))


def outputs_of(trace: Trace) -> np.ndarray:
    """What the recurrent module gives out, (time, direction * unit)."""
    return np.concatenate(list(trace["h"][-1, :, 0]), axis=-1)


# --- What every step's state contributes to every step's loss ---


@dataclass(frozen=True, eq=False)
class ContributionTriangle:
    """How much every step's state matters to every step's loss.

    Attributes:
        losses: Of shape (time_loss,).
        norms: Of shape (time_loss, time). Norm of the total derivative dL_t/dh_k; 0 where L_t does not depend on h_k.

    >>> import torch
    >>> from rnnviz import reach
    >>> rnn = torch.nn.RNN(3, 4, batch_first=True)
    >>> triangle = reach.contribution_triangle(rnn, torch.ones(1, 6, 3), lambda h: h.sum(-1))
    >>> triangle.losses.shape
    (6,)
    """

    losses: np.ndarray
    norms: np.ndarray


def contribution_triangle(
    module: nn.Module,
    x: Tensor,
    losses: Callable[[Tensor], Tensor],
    *,
    layer: int = 0,
    direction: Direction = "forward",
) -> ContributionTriangle:
    """How much the loss of every step depends on the state of every step.

    The losses share one pass forward and are stepped back through it together.

    Args:
        x: One sample, as the module takes it.
        losses: From the module's output for ``x`` to a tensor with one loss a step.

    Raises:
        TypeError: If the module is no recurrent module.
        ValueError: If ``x`` is not one sample that fits it, there is no such layer or direction, or the losses do not
            depend on the output.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, equations 3 to 5.

    >>> import torch
    >>> from rnnviz import reach
    >>> rnn = torch.nn.RNN(3, 4, batch_first=True)
    >>> triangle = reach.contribution_triangle(rnn, torch.ones(1, 6, 3), lambda h: h.sum(-1))
    >>> triangle.norms.shape
    (6, 6)
    """
    module = recurrent(module)
    weights_of(module, layer, direction)
    if x.dim() == 3 and x.shape[0 if module.batch_first else 1] != 1:
        raise ValueError(f"x must be one sample; got shape {tuple(x.shape)}")
    with torch.inference_mode(mode=False), torch.enable_grad():
        output = output_of(module, x.detach().clone()).requires_grad_()
        each = depending("losses", losses(output)).reshape(-1)
        pulls = _pulls(each, output)
    norms = norms_back(module, capture(module, x), pulls, len(each), layer=layer, direction=direction)
    return ContributionTriangle(losses=each.detach().numpy().copy(), norms=norms)


def _pulls(losses: Tensor, output: Tensor) -> Pulls:
    """The gradient of each loss by the output alone, where it is not zero."""
    parts = []
    for loss in losses:
        (gradient,) = torch.autograd.grad(loss, output, retain_graph=True, materialize_grads=True)
        gradient = gradient.reshape(-1, output.shape[-1]).double()  # (time, direction * unit)
        steps = gradient.ne(0).any(-1).nonzero()[:, 0]
        parts.append((steps.numpy(), gradient[steps].numpy()))
    counts = [len(steps) for steps, _ in parts]
    return Pulls(
        losses=np.repeat(np.arange(len(parts)), counts),
        steps=np.concatenate([steps for steps, _ in parts]),
        vectors=np.concatenate([vectors for _, vectors in parts]),
    )
