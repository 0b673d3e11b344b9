"""How far the gradient of a training reaches back, before anything is learned."""

from dataclasses import replace

import numpy as np
import torch

from rnnviz import tasks
from rnnviz.spec import TrainSpec
from rnnviz.train.batched import loss_of
from rnnviz.train.networks import Passes, Weights


def first_gradients(spec: TrainSpec) -> np.ndarray:
    """How large the gradient of the first batch's loss is by the states of every step, in the first seed's network.

    With a ``window`` it is exactly 0 before the last window, unless steps there have losses of their own.

    Returns:
        float64 of shape (time,). Norm over all units of the top layer and all sequences of the batch, in units of loss
        per unit of h.
    """
    task, first = tasks.task(spec.task), replace(spec, seeds=spec.seeds[:1])
    batch = task.draw(first.batch_size, np.random.default_rng([first.seeds[0], 0]))
    with torch.inference_mode():
        weights = Weights.drawn(first.model, task, first.seeds)
        passes = Passes(first.model, task, 1, first.batch_size, first.window)
        outputs = passes.forward(torch.from_numpy(batch.x)[None], weights)
        wanted = torch.from_numpy(batch.y).mT.reshape(1, -1)
        _, d_outputs = loss_of(task, outputs, wanted)
        passes.backward(d_outputs, weights, weights.like())
        norms: np.ndarray = passes.layers[-1].dh[0].double().norm(dim=(1, 2)).numpy()  # (time,)
    return norms
