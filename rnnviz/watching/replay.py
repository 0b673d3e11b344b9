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
from rnnviz.capture.forward import Forward, room
from rnnviz.capture.gradients import End, flushed, step_back
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
    module, states = plain_layer(call.layer, call.weights), tuple(state[:, :SAMPLE] for state in call.states)
    hx = states[0] if len(states) == 1 else states or None
    batch = read_batch(module, made.x, None if call.lengths is None else made.lengths, hx=hx)
    run = Forward(module, replace(batch, masks=tuple(mask[:SAMPLE] for mask in call.masks)))
    with torch.no_grad(), np.errstate(all="ignore"), flushed():
        output = run.read()
        if not call.rounded and not _is_close(output, call.output[:SAMPLE]):
            return None
        run.fill_values()
        grads = _step_back(run, made, output) if made.received else {}
    if batch.padded is not None:
        for array in (*run.values.values(), *grads.values()):
            array[:, :, batch.padded.numpy()] = np.nan
    return run.values, grads


def _step_back(run: Forward, made: Listened, output: Tensor) -> Arrays:
    """The gradients by the states, from what arrived at the output and at the last states."""
    wanted = ("h", "c") if run.cell == "lstm" else SIGNALS[run.cell]  # a GRU goes back through its gates
    grads = {s: room(run.h_shape if s == "h" else run.shape, run.dtype) for s in wanted}
    flow = torch.zeros_like(output) if made.onto_output is None else made.onto_output.contiguous()
    states = [made.onto_states.get(k, torch.zeros_like(state)) for k, state in enumerate(run.batch.states)]
    step_back(run, grads, flow, [End(made.lengths.numpy() - 1, tuple(states))])
    return grads


def _is_close(output: Tensor, returned: Tensor) -> bool:
    distance, size = (tensor.abs().nan_to_num(0, 0).max() for tensor in (output - returned, returned))
    return float(distance) <= _CLOSE * max(1.0, float(size))
