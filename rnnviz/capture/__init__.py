"""Any nn.RNN, nn.LSTM or nn.GRU on a batch: every state and gate of every step, at the speed of torch's fused kernel.

Nothing is replayed step by step. The fused kernel gives every h; with every h_{t-1} known, the pre-activations of all
steps are one matrix product, and c follows by an elementwise recurrence. Gradients are stepped back through time:
each step is elementwise but for one matrix product.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.capture.batch import Batch, State, read_batch, read_labels
from rnnviz.capture.forward import Forward
from rnnviz.capture.gradients import differentiate
from rnnviz.cells import recurrent
from rnnviz.trace import Trace

__all__ = ["Batch", "Loss", "State", "capture", "read_batch"]

Loss = Callable[[Tensor], Tensor]


def capture(
    module: nn.Module,
    x: Tensor,
    lengths: Sequence[int] | np.ndarray | Tensor | None = None,
    *,
    hx: State | None = None,
    loss: Loss | None = None,
    tokens: Sequence[Sequence[object]] | Sequence[object] | None = None,
) -> Trace:
    """Every state and gate of a recurrent module on a batch; with a loss, their total derivatives dLoss/dvalue too.

    The module is only read: it gains no ``.grad``, and its mode, its weights and torch's random state stay as they are.

    Args:
        module: On the CPU, in float32 or float64; any number of layers, one or two directions, with or without biases.
        x: As the module takes it: batched or not, batch first or not.
        lengths: True lengths of padded samples, in any order.
        hx: Initial state as the module takes it; zeros by default.
        loss: From the output that the module returns (same layout, zeros on padded steps) to a scalar tensor.
        tokens: Labels by (batch, time), or by time for an unbatched ``x``; a sample's own length is enough. Step
            numbers from 0 by default.

    Raises:
        TypeError: If the module is none of the three.
        ValueError: If it has projections or active dropout, or if another argument does not fit it.

    Source: torch.nn.LSTM and its siblings, whose equations and order of gates these are.

    >>> import torch
    >>> from rnnviz import capture
    >>> lstm = torch.nn.LSTM(input_size=3, hidden_size=4, batch_first=True)
    >>> trace = capture(lstm, torch.ones(2, 5, 3), lengths=[5, 3], loss=lambda output: output.sum())
    >>> trace
    Trace(lstm; layer 1, direction 1, batch 2, time 5, unit 4; with gradients)
    >>> trace["c"].shape
    (1, 1, 2, 5, 4)
    >>> trace.grads["f"].shape
    (1, 1, 2, 5, 4)
    >>> trace.panel("h", batch=1)[3:]
    array([[nan, nan, nan, nan],
           [nan, nan, nan, nan]], dtype=float32)
    """
    module = recurrent(module)
    batch = read_batch(module, x, lengths, hx=hx)
    unbatched = x.dim() == 2
    labels = read_labels(tokens, batch, unbatched=unbatched)
    run = Forward(module, batch)
    if loss is None:
        with torch.inference_mode():
            run.read()
            run.fill_values()
        return _trace(run, labels, {}, None)

    def measured(output: Tensor) -> Tensor:
        """The loss, given the output in the module's own layout."""
        if unbatched:
            return loss(output[0])
        return loss(output if module.batch_first else output.transpose(0, 1))

    with torch.inference_mode(mode=False):
        grads, total = differentiate(run, measured)
    return _trace(run, labels, grads, total)


def _trace(
    run: Forward, labels: tuple[tuple[str, ...], ...], grads: dict[str, np.ndarray], loss: float | None
) -> Trace:
    """The trace of what the run filled, with NaN on padded steps."""
    if run.batch.padded is not None:
        padded = run.batch.padded.numpy()
        for array in (*run.values.values(), *grads.values()):
            array[:, :, padded] = np.nan
    return Trace(run.cell, labels, run.batch.lengths, run.values, grads, loss)
