"""Gradients of a network's loss on an input, by step, by length and by the step of the loss, in float64."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from rnnviz.analysis.gradients import stable_norm
from rnnviz.capture import capture
from rnnviz.models import Network, build
from rnnviz.names import Direction
from rnnviz.reach.inputs import input_gradients
from rnnviz.reach.triangle import contribution_triangle
from rnnviz.spec import Edit, ModelSpec

Of = Literal["projection", "read-out"]


@dataclass(frozen=True, eq=False)
class StepGradients:
    """How large the gradient of one loss is at every step.

    Attributes
    ----------
    norms : ndarray of shape (time,)
        Norm over units (features of x), float64.
    loss : float
    began : int or None
        The first step read at which the network's output is not finite.
    """

    norms: np.ndarray
    loss: float
    began: int | None


def step_losses(network: Network, of: Of = "projection", *, seed: int = 0) -> Callable[[Tensor], Tensor]:
    """A loss a step from the output of the recurrent module.

    Parameters
    ----------
    network : Network
    of : {"projection", "read-out"}, default "projection"
        p · h_t, in float64, with a fixed random p of length 1; or the sum of the logits y_t.
    seed : int, default 0
        Of p.

    Returns
    -------
    callable
        From (..., time, direction * unit) to (..., time).

    Raises
    ------
    ValueError
        If the network has no read-out to take it of.
    """
    if of == "read-out":
        if network.head is None:
            raise ValueError("of must be projection for a network without a read-out; got 'read-out'")
        head = network.head
        return lambda output: head(output).sum(-1)
    module = network.rnn
    width = module.hidden_size * (2 if module.bidirectional else 1)
    drawn = np.random.default_rng([seed, 3]).standard_normal(width)
    p = torch.from_numpy(drawn / np.linalg.norm(drawn))
    return lambda output: output @ p


def step_gradients(
    spec: ModelSpec,
    x: np.ndarray,
    *,
    signal: str = "h",
    of: Of = "projection",
    at: int | None = None,
    layer: int = 0,
    direction: Direction = "forward",
    edits: Sequence[Edit] = (),
) -> StepGradients:
    """The gradient of a loss by a signal at every step.

    Parameters
    ----------
    spec : ModelSpec
    x : ndarray of shape (time, feature)
    signal : str, default "h"
        Any signal of the cell, or ``x``, the input.
    of : {"projection", "read-out"}, default "projection"
        As in ``step_losses``.
    at : int, optional
        The step of the loss; the sum of the losses of all steps by default.
    layer : int, default 0
    direction : {"forward", "reverse"}, default "forward"
    edits : sequence of Edit, optional
        Numbers of the weights that were typed over.

    Returns
    -------
    StepGradients

    Raises
    ------
    ValueError
        If ``x`` does not fit, or the cell has no such signal, layer or direction.
    """
    network = build(spec, edits).double()
    losses, given = step_losses(network, of, seed=spec.seed), torch.from_numpy(x).double()

    seen: list[tuple[Tensor, float]] = []

    def loss(output: Tensor) -> Tensor:
        each = losses(output)
        total = each.sum() if at is None else each[at]
        seen.append((output.detach(), float(total.detach())))
        return total

    if signal == "x":
        norms = stable_norm(input_gradients(network.rnn, given, loss=loss)[0])
    else:
        trace = capture(network.rnn, given, loss=loss)
        norms = stable_norm(trace.panel(signal, layer=layer, direction=direction, gradient=True))
    output, total = seen[-1]
    bad = np.flatnonzero(~torch.isfinite(output).all(-1).numpy())
    return StepGradients(norms=norms, loss=total, began=int(bad[0]) if len(bad) else None)


def length_gradients(spec: ModelSpec, lengths: Sequence[int], *, edits: Sequence[Edit] = ()) -> np.ndarray:
    """The gradient by the first of T random inputs, of a loss at the last, for several T.

    One fused pass: a copy of the same inputs a length, each with its loss where that length ends.

    Parameters
    ----------
    spec : ModelSpec
        Reading forward: what follows a step must not reach it.
    lengths : sequence of int
        The first is what the others are divided by.
    edits : sequence of Edit, optional
        Numbers of the weights that were typed over.

    Returns
    -------
    ndarray of shape (length,)
        Norm of d(p · h_T)/dx_1 divided by that of the first length.

    Raises
    ------
    ValueError
        If the network reads backwards.
    """
    if spec.bidirectional:
        raise ValueError("bidirectional must be False: what follows must not reach the step of the loss; got True")
    network = build(spec, edits).double()
    losses = step_losses(network, seed=spec.seed)
    drawn = np.random.default_rng([spec.seed, 2]).standard_normal((max(lengths), spec.input_size))
    x = torch.from_numpy(drawn).expand(len(lengths), -1, -1)
    rows, ends = torch.arange(len(lengths)), torch.tensor(lengths) - 1
    gradients = input_gradients(network.rnn, x, loss=lambda output: losses(output)[rows, ends].sum())
    norms = stable_norm(gradients[:, 0])  # (length,)
    with np.errstate(over="ignore", invalid="ignore"):
        ratios: np.ndarray = norms / (norms[0] or 1.0)  # from a first state without slope nothing comes at all
    return ratios


def state_rows(
    spec: ModelSpec,
    x: np.ndarray,
    rows: Sequence[int],
    *,
    of: Of = "projection",
    layer: int = 0,
    direction: Direction = "forward",
    edits: Sequence[Edit] = (),
) -> np.ndarray:
    """How much the losses of some steps depend on the state of every step.

    Parameters
    ----------
    spec : ModelSpec
    x : ndarray of shape (time, feature)
    rows : sequence of int
        The steps of the losses.
    of : {"projection", "read-out"}, default "projection"
    layer : int, default 0
    direction : {"forward", "reverse"}, default "forward"
    edits : sequence of Edit, optional
        Numbers of the weights that were typed over.

    Returns
    -------
    ndarray of shape (row, time)
        Norm over units of dL_s/dh_t, a row for each s.
    """
    network = build(spec, edits).double()
    losses, chosen = step_losses(network, of, seed=spec.seed), torch.tensor(rows)
    given = torch.from_numpy(x).double()
    found = contribution_triangle(
        network.rnn, given, lambda output: losses(output)[chosen], layer=layer, direction=direction
    )
    return found.norms


def input_rows(
    spec: ModelSpec, x: np.ndarray, rows: Sequence[int], *, of: Of = "projection", edits: Sequence[Edit] = ()
) -> np.ndarray:
    """How much the losses of some steps depend on the input of every step.

    Parameters
    ----------
    spec : ModelSpec
    x : ndarray of shape (time, feature)
    rows : sequence of int
        The steps of the losses.
    of : {"projection", "read-out"}, default "projection"
    edits : sequence of Edit, optional
        Numbers of the weights that were typed over.

    Returns
    -------
    ndarray of shape (row, time)
        Norm over features of dL_s/dx_t, a row for each s; 0 where L_s does not depend on x_t.

    References
    ----------
    Madsen (2019), Visualizing memorization in RNNs, Distill (connectivity).
    """
    network = build(spec, edits).double()
    losses = step_losses(network, of, seed=spec.seed)
    end = len(x) if spec.bidirectional else max(rows) + 1  # what follows has no part in it
    copies = torch.from_numpy(x[:end]).double().expand(len(rows), -1, -1)
    which, steps = torch.arange(len(rows)), torch.tensor(rows)
    gradients = input_gradients(network.rnn, copies, loss=lambda output: losses(output)[which, steps].sum())
    norms = np.zeros((len(rows), len(x)))
    norms[:, :end] = stable_norm(gradients)
    return norms
