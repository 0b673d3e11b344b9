"""The recurrent layers of any model on a batch: every state and gate of every step, at the speed of torch's kernels.

Nothing is replayed step by step. The fused kernel gives every h; with every h_{t-1} known, the pre-activations of all
steps are one matrix product, and c follows by an elementwise recurrence. Gradients are stepped back through time:
each step is elementwise but for one matrix product.
"""

from collections.abc import Sequence
from typing import overload

import numpy as np
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnnviz.capture.batch import Batch, State, read_batch, read_labels, state_of
from rnnviz.capture.models import ModelLoss, Tokens, trace_model
from rnnviz.capture.plain import Layer, plain_forward, readable
from rnnviz.capture.tracing import Loss, trace_batch
from rnnviz.cells import Recurrent
from rnnviz.trace import Trace

__all__ = ["Batch", "Loss", "State", "capture", "read_batch", "state_of"]

Lengths = Sequence[int] | np.ndarray | Tensor


@overload
def capture(  # type: ignore[overload-overlap]  # a layer is a module too, and gives a Trace all the same
    module: Recurrent | nn.RNNCellBase,
    x: Tensor | PackedSequence,
    lengths: Lengths | None = None,
    *,
    hx: State | None = None,
    loss: Loss | None = None,
    tokens: Tokens | None = None,
) -> Trace: ...


@overload
def capture(
    module: nn.Module, x: object, *, loss: ModelLoss | None = None, tokens: Tokens | None = None
) -> dict[str, Trace]: ...


def capture(
    module: nn.Module,
    x: object,
    lengths: Lengths | None = None,
    *,
    hx: State | None = None,
    loss: ModelLoss | None = None,
    tokens: Tokens | None = None,
) -> Trace | dict[str, Trace]:
    """Every state and gate of a recurrent module on a batch; of a whole model, those of every recurrent layer in it.

    An nn.RNN, nn.LSTM or nn.GRU gives a Trace; with a loss, traces also have the total derivatives dLoss/dvalue.

    Any other module gives a Trace of every recurrent layer by its path, from one pass of the module's own ``forward``
    in its present mode; what dropout dropped is dropped in the traces. A layer that is called several times, or a cell
    in a loop, gives one Trace where each call starts from the state that the call before returned, a call a step for a
    cell. Calls that do not go on so, calls with padding, and those of a bidirectional layer stay apart, as
    ``decoder#1``, ``decoder#2``. Each trace is compared with what the layer itself returned.

    The module is only read: it gains no ``.grad``, and its mode, its weights, its buffers and attributes, its hooks and
    torch's random state stay as they are. Half precision is computed in float32, from a copy, and not compared. Layers
    on another device are copied to the CPU; CUDA and MPS are untested.

    Args:
        module: Layers may have any number of layers, one or two directions, biases or none, projections or none.
        x: As the module takes it: for a recurrent module a tensor, batched or not, batch first or not, or a packed
            sequence. For a whole model one argument, a tuple of positional ones or a dict of named ones.
        lengths: True lengths of padded samples, in any order; for a recurrent module only.
        hx: Initial state as the module takes it, zeros by default; for a recurrent module only.
        loss: From the output that the module returns (same layout, zeros on padded steps) to a scalar tensor; for a
            whole model, from what its forward returns. It is then differentiated through all of the model.
        tokens: Labels by (batch, time), or by time for an unbatched ``x``; a sample's own length is enough. Step
            numbers from 0 by default, and for layers of a model that have another number of steps.

    Raises:
        TypeError: If the module has no recurrent layer of torch. Recurrent code of a module's own is named.
        ValueError: If a layer has active dropout between its layers that cannot be drawn again, if a subclass computes
            something else than the layer of torch, or if another argument does not fit.

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
    >>> model = torch.nn.Sequential(torch.nn.Embedding(10, 3), torch.nn.GRU(3, 4, batch_first=True))
    >>> capture(model, torch.tensor([[1, 2, 3]]))
    {'1': Trace(gru; layer 1, direction 1, batch 1, time 3, unit 4; no gradients)}
    """
    if isinstance(module, Recurrent) and plain_forward(module):
        return _capture_layer(module, x, lengths, hx=hx, loss=loss, tokens=tokens)
    alone = isinstance(module, Layer)  # a single cell, or a subclass whose forward is its own
    for name, given in (("lengths", lengths), ("hx", None if alone else hx)):
        if given is not None:
            raise ValueError(
                f"{name} must be given for an nn.RNN, nn.LSTM or nn.GRU itself; got a {type(module).__name__}, whose "
                "forward has all its arguments from x, a tuple or a dict"
            )
    traces = trace_model(module, x if hx is None else (x, hx), loss, tokens)
    return traces[""] if alone else traces


def _capture_layer(
    module: Recurrent,
    x: object,
    lengths: Lengths | None,
    *,
    hx: State | None,
    loss: Loss | None,
    tokens: Tokens | None,
) -> Trace:
    """The trace of a recurrent module by itself."""
    if isinstance(x, PackedSequence):
        if lengths is not None:
            raise ValueError("lengths must be None for a packed sequence, which has its own; got both")
        x, lengths = pad_packed_sequence(x, batch_first=module.batch_first)
    layer, x, hx = readable(module, x, hx)
    batch = read_batch(layer, x, lengths, hx=hx)
    unbatched = x.dim() == 2
    labels = read_labels(tokens, batch, unbatched=unbatched)
    if loss is None:
        return trace_batch(layer, batch, labels)

    def measured(output: Tensor) -> Tensor:
        """The loss, given the output in the module's own layout."""
        if unbatched:
            return loss(output[0])
        return loss(output if module.batch_first else output.transpose(0, 1))

    return trace_batch(layer, batch, labels, measured)
