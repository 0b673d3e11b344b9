"""The states of a call and the total derivatives by them, from the gradient that arrived at what the call returned.

The loss itself is not computed again. Its derivatives by output, h_n and c_n are all that it has to do with the module,
so stepping back from them gives what the training's own backward pass went through, which keeps it to itself.
"""

import copy

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.capture import read_batch
from rnnviz.capture.forward import Forward
from rnnviz.capture.gradients import flushed, step_back
from rnnviz.cells import Recurrent
from rnnviz.names import SIGNALS
from rnnviz.watching.calls import Call

Arrays = dict[str, np.ndarray]
"""By signal, each of shape AXES."""


def can_replay(module: Recurrent) -> bool:
    """Whether the states of a call can be computed again: dropout between layers fell as it fell and is not known."""
    return not (module.training and module.dropout > 0 and module.num_layers > 1) and not module.proj_size


def replay(call: Call) -> tuple[Arrays, Arrays]:
    """The values and the gradients of a call's sequences, NaN on padded steps; no gradients if none arrived."""
    module = _on_the_cpu(call.module)
    lengths = call.lengths.tolist()
    if len(set(lengths)) == 1:
        return _replay(module, call, slice(None), lengths[0])
    # A sequence by itself has no padding, after which the gradients by h_n and c_n would have to wait for its end.
    parts = [_replay(module, call, slice(k, k + 1), length) for k, length in enumerate(lengths)]
    time = call.x.shape[1]
    return _joined([values for values, _ in parts], time), _joined([grads for _, grads in parts], time)


def _replay(module: Recurrent, call: Call, part: slice, length: int) -> tuple[Arrays, Arrays]:
    """The same for some sequences of one length."""
    x = _plain(call.x[part, :length], module)
    states = tuple(_plain(state[:, part], module) for state in call.hx)
    hx = None if not states else states if isinstance(module, nn.LSTM) else states[0]
    batch = read_batch(module, x if module.batch_first else x.transpose(0, 1), hx=hx)  # type: ignore[arg-type]
    run = Forward(module, batch)
    with torch.no_grad(), np.errstate(all="ignore"), flushed():
        output = run.read()
        run.fill_values()
        if not call.received:
            return run.values, {}
        grads = {signal: np.empty(run.shape, run.dtype) for signal in SIGNALS[run.cell]}
        whole = call.onto_output
        flow = torch.zeros_like(output) if whole is None else _plain(whole[part, :length], module).contiguous()
        last = [_last(call, k, module, part, batch.states[k]) for k in range(len(batch.states))]
        step_back(run, grads, flow, last)
    return run.values, grads


def _last(call: Call, position: int, module: Recurrent, part: slice, like: Tensor) -> Tensor:
    """What arrived at one of the last states."""
    found = call.onto_states.get(position)
    return torch.zeros_like(like) if found is None else _plain(found[:, part], module)


def _plain(tensor: Tensor, module: Recurrent) -> Tensor:
    return tensor.detach().to(next(module.parameters()))


def _on_the_cpu(module: Recurrent) -> Recurrent:
    """The module itself, or where it is elsewhere or has half precision, a copy of it in float32."""
    weight = next(module.parameters())
    if weight.device.type == "cpu" and weight.dtype in (torch.float32, torch.float64):
        return module
    return copy.deepcopy(module).cpu().float()


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
