"""A checked batch on a plain layer, to a Trace."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import Tensor

from rnnviz.capture.batch import Batch
from rnnviz.capture.forward import Forward
from rnnviz.capture.gradients import End, differentiate, stepped_back
from rnnviz.cells import Recurrent
from rnnviz.trace import Trace

Loss = Callable[[Tensor], Tensor]
Labels = tuple[tuple[str, ...], ...]


def trace_batch(module: Recurrent, batch: Batch, labels: Labels, loss: Loss | None = None) -> Trace:
    """Every state and gate of a layer on a batch; ``loss`` takes the top layer's output, batch first."""
    run = Forward(module, batch)
    if loss is None:
        with torch.inference_mode(), as_written():
            run.read()
            run.fill_values()
        return trace_of(run, labels)
    with torch.inference_mode(mode=False), as_written():
        grads, total = differentiate(run, loss)
    return trace_of(run, labels, grads, total)


def trace_received(
    module: Recurrent, batch: Batch, labels: Labels, *, flow: Tensor, ends: Sequence[End], loss: float
) -> Trace:
    """The same with the gradients that the output and the final states of calls received: see ``step_back``."""
    run = Forward(module, batch)
    with torch.inference_mode(), as_written():
        run.read()
        run.fill_values()
        return trace_of(run, labels, stepped_back(run, flow, ends), loss)


def as_written() -> AbstractContextManager[object]:
    """Nothing is computed in a lower precision than the weights', wherever capture is called."""
    return torch.autocast("cpu", enabled=False) if torch.is_autocast_enabled("cpu") else nullcontext()


def trace_of(
    run: Forward, labels: Labels, grads: dict[str, np.ndarray] | None = None, loss: float | None = None
) -> Trace:
    """The trace of what the run filled, with NaN on padded steps."""
    grads = grads or {}
    if run.batch.padded is not None:
        padded = run.batch.padded.numpy()
        for array in (*run.values.values(), *grads.values()):
            array[:, :, padded] = np.nan
    return Trace(run.cell, labels, run.batch.lengths, run.values, grads, loss)
