"""The states of a call and the total derivatives by them, from the gradient that arrived at what the call returned.

The loss itself is not computed again. Its derivatives by output, h_n and c_n are all that it has to do with the module,
so stepping back from them gives what the training's own backward pass went through, which keeps it to itself.
"""

from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from rnnviz.capture import read_batch
from rnnviz.capture.batch import drops
from rnnviz.capture.forward import Forward
from rnnviz.capture.gradients import flushed, step_back
from rnnviz.capture.plain import plain_layer
from rnnviz.cells import Recurrent
from rnnviz.names import SIGNALS
from rnnviz.watching.calls import SAMPLE, Listened

Arrays = dict[str, np.ndarray]
"""By signal, each of shape AXES."""

_CLOSE: Final = 1e-3
"""How far the output may be from the module's own, which may have been computed in another order."""


def replay(made: Listened) -> tuple[Arrays, Arrays] | None:
    """The values and the gradients of a call's sequences, NaN on padded steps; no gradients if none arrived.

    There is nothing where the module computes something else than torch's with its weights, or where dropout fell
    between its layers in a way that is not known.
    """
    call = made.call
    if isinstance(call.layer, Recurrent) and drops(call.layer) and not call.masks:
        return None
    module, lengths = plain_layer(call.layer, call.weights), made.lengths.tolist()
    if len(set(lengths)) == 1:
        return _replay(module, made, slice(0, SAMPLE), lengths[0])
    # A sequence by itself has no padding, after which the gradients by h_n and c_n would have to wait for its end.
    found = [_replay(module, made, slice(k, k + 1), length) for k, length in enumerate(lengths)]
    parts = [part for part in found if part is not None]
    if len(parts) < len(found):
        return None
    time = made.x.shape[1]
    return _joined([values for values, _ in parts], time), _joined([grads for _, grads in parts], time)


def _replay(module: Recurrent, made: Listened, part: slice, length: int) -> tuple[Arrays, Arrays] | None:
    """The same for some sequences of one length."""
    call = made.call
    states = tuple(state[:, part] for state in call.states)
    batch = read_batch(module, call.x[part, :length], hx=states[0] if len(states) == 1 else states or None)
    run = Forward(module, replace(batch, masks=tuple(mask[part, :length] for mask in call.masks)))
    with torch.no_grad(), np.errstate(all="ignore"), flushed():
        output = run.read()
        if not call.rounded and not _is_close(output, call.output[part, :length]):
            return None
        run.fill_values()
        if not made.received:
            return run.values, {}
        grads = {s: np.empty(run.h_shape if s == "h" else run.shape, run.dtype) for s in SIGNALS[run.cell]}
        onto = made.onto_output
        flow = torch.zeros_like(output) if onto is None else onto[part, :length].contiguous()
        step_back(run, grads, flow, [_last(made, k, part, like) for k, like in enumerate(batch.states)])
    return run.values, grads


def _is_close(output: Tensor, returned: Tensor) -> bool:
    distance, size = (tensor.abs().nan_to_num(0, 0).max() for tensor in (output - returned, returned))
    return float(distance) <= _CLOSE * max(1.0, float(size))


def _last(made: Listened, position: int, part: slice, like: Tensor) -> Tensor:
    """What arrived at one of the last states."""
    found = made.onto_states.get(position)
    return torch.zeros_like(like) if found is None else found[:, part]


def _joined(parts: list[Arrays], time: int) -> Arrays:
    """Sequences of several lengths side by side, each NaN after its end."""
    joined: Arrays = {}
    for signal in parts[0]:
        arrays = [part[signal] for part in parts]
        layers, ways, _, _, units = arrays[0].shape
        joined[signal] = np.full((layers, ways, len(arrays), time, units), np.nan, arrays[0].dtype)
        for k, array in enumerate(arrays):
            joined[signal][:, :, k, : array.shape[3]] = array[:, :, 0]
    return joined
