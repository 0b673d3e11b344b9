"""The backward pass: total derivatives of every state and gate, stepped back through time or by the fused kernel.

One pass of the kernel costs less for a small LSTM, whose step is one call to oneDNN; all else is stepped back through.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from rnnviz.capture.back import step_back
from rnnviz.capture.forward import Forward, Inputs, accumulate_back
from rnnviz.cells import Weights
from rnnviz.names import SIGNALS, Direction

_WIDE = 512  # numbers a step, over all samples, from which stepping back through an LSTM is faster


def differentiate(run: Forward, loss: Callable[[Tensor], Tensor]) -> tuple[dict[str, np.ndarray], float]:
    """Run a fresh forward pass, fill its values, and go back through it; return the gradients and the loss.

    The gradients are dLoss/dvalue of every signal, each of shape AXES; padded steps may hold anything. ``loss`` takes
    the top layer's output, batch first.
    """
    grads = {s: np.empty(run.shape, run.dtype) for s in SIGNALS[run.cell]}
    if run.cell == "lstm" and run.shape[2] * run.shape[4] < _WIDE:
        return grads, _fused_back(run, grads, loss)
    with torch.no_grad():
        output = run.read()
        run.fill_values()
    output.requires_grad_()
    total, (flow,) = _backward(lambda: loss(output.clone()), [output])
    with torch.no_grad(), np.errstate(all="ignore"), flushed():
        step_back(run, grads, flow)
    return grads, total


def _backward(loss: Callable[[], Tensor], inputs: list[Tensor]) -> tuple[float, tuple[Tensor, ...]]:
    with torch.enable_grad():
        total = _scalar(loss())
        return float(total.detach()), torch.autograd.grad(total, inputs, materialize_grads=True)


def _scalar(loss: object) -> Tensor:
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        got = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(f"loss must return a scalar tensor; got {got}")
    if not loss.requires_grad:
        raise ValueError("loss must be computed from the output it is given, without detaching; got no gradient")
    return loss


@contextmanager
def flushed() -> Iterator[None]:
    """Within this context and in this thread, numbers too small for a normal float become zero.

    A gradient that shrinks by less than half a step would otherwise be rounded to the smallest number there is for
    ever, instead of vanishing, and every operation on it takes some hundred times as long.
    """
    before = bool(np.float32(1e-38) * np.float32(0.1) == 0)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def _fused_back(run: Forward, grads: dict[str, np.ndarray], loss: Callable[[Tensor], Tensor]) -> float:
    """Fill the gradients by the kernel's own backward pass; return the loss.

    Beside x the kernel is given inputs that are zero and enter through W_hh. Their gradient is
    W_hh' dLoss/d(pre-activation): what h_{t-1} receives.
    """
    probes: list[Tensor] = []

    def widened(x: Tensor, weights: Weights, states: tuple[Tensor, ...]) -> Inputs:
        plain = Weights(*(None if w is None else _plain(w) for w in weights))  # type: ignore[arg-type]
        probes.append(x.new_zeros(*x.shape[:2], plain.weight_hh.shape[1]).requires_grad_())
        weight_ih = torch.cat([plain.weight_ih, plain.weight_hh], 1)
        return torch.cat([x, probes[-1]], -1), plain._replace(weight_ih=weight_ih), tuple(map(_plain, states))

    with torch.enable_grad():
        output = run.read(widened)
    with torch.no_grad():
        run.fill_values()
    total, flows = _backward(lambda: loss(output), run.outputs + probes)
    with np.errstate(all="ignore"), flushed():
        _fill(run, grads, flows[: len(probes)], flows[len(probes) :])
    return total


def _plain(tensor: Tensor) -> Tensor:
    """A tensor that autograd may save, even where the caller's was made in inference mode."""
    return tensor.detach().clone() if tensor.is_inference() else tensor.detach()


def _fill(run: Forward, grads: dict[str, np.ndarray], outputs: Sequence[Tensor], probes: Sequence[Tensor]) -> None:
    """Total derivatives of all signals from what the fused kernel's backward pass gave."""
    for (layer, k, direction), output, probe in zip(run.states, outputs, probes, strict=True):
        own = {s: array[layer, k] for s, array in grads.items()}
        values = {s: array[layer, k] for s, array in run.values.items()}
        later, earlier = (slice(1, None), slice(None, -1))[:: 1 if direction == "forward" else -1]
        own["h"][:] = output.numpy()
        if run.batch.padded is not None:  # the loss may weigh the zeros there
            own["h"][run.batch.padded.numpy()] = 0
        own["h"][:, earlier] += probe.numpy()[:, later]
        _lstm_gradients(own, values, run.previous(run.c, layer, k), direction)


def _lstm_gradients(
    grads: dict[str, np.ndarray], values: dict[str, np.ndarray], c_prev: np.ndarray, direction: Direction
) -> None:
    """Fill dLoss by c and by every gate, each (batch, time, unit), from dLoss/dh."""
    tanh_c = np.tanh(values["c"])
    dh, dc = grads["h"], grads["c"]
    np.multiply(dh, tanh_c, out=grads["o"])
    np.multiply(tanh_c, tanh_c, out=tanh_c)
    np.subtract(1, tanh_c, out=tanh_c)
    np.multiply(dh, values["o"], out=dc)
    dc *= tanh_c
    accumulate_back(dc, values["f"], direction)
    np.multiply(dc, values["g"], out=grads["i"])
    np.multiply(dc, values["i"], out=grads["g"])
    np.multiply(dc, c_prev, out=grads["f"])
