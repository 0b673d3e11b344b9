"""How far the gradient of a training reaches, against torch's own backward pass."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from rnnviz import tasks
from rnnviz.models import build
from rnnviz.names import CELLS
from rnnviz.train.networks import Weights
from rnnviz.train.reaching import first_gradients
from tests.train.specs import spec_of


def by_autograd(spec) -> np.ndarray:  # type: ignore[no-untyped-def]
    """The gradient by each state: the recurrent module is run step by step, so that every state can be asked."""
    made, seed = tasks.task(spec.task), spec.seeds[0]
    batch = made.draw(spec.batch_size, np.random.default_rng([seed, 0]))
    network = build(replace(spec.model, seed=seed))
    embedding = Weights.drawn(spec.model, made, [seed]).named["embedding.weight"][0]
    x, states, h, state = embedding[torch.from_numpy(batch.x)], [], None, None
    for t in range(x.shape[1]):
        if h is not None:
            before = h.transpose(0, 1)
            state = (before, state[1]) if isinstance(state, tuple) else before
        output, state = network.rnn(x[:, t : t + 1], state)
        h = output.requires_grad_() if not output.requires_grad else output
        states.append(h)
    logits = network.head(torch.cat(states, 1)[:, -made.asked :])
    loss = functional.cross_entropy(logits.flatten(0, 1), torch.from_numpy(batch.y).flatten())
    return np.array([grad.norm().item() for grad in torch.autograd.grad(loss, states)])


@pytest.mark.parametrize("task", ["latch", "copy"])
@pytest.mark.parametrize("cell", CELLS)
def test_it_is_that_of_torch(cell: str, task: str) -> None:
    spec = spec_of(task, cell)
    np.testing.assert_allclose(first_gradients(spec), by_autograd(spec), rtol=2e-5)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("window", [1, 4, 9])
def test_nothing_passes_the_edge_of_a_window(cell: str, window: int) -> None:
    spec = spec_of("latch", cell)  # ten steps, the loss at the last
    whole, cut = first_gradients(spec), first_gradients(replace(spec, window=window))
    assert (cut[:-window] == 0).all()
    np.testing.assert_array_equal(cut[-window:], whole[-window:])
    assert (whole > 0).all()


def test_a_window_of_all_steps_cuts_nothing() -> None:
    spec = spec_of("latch", "gru")
    np.testing.assert_array_equal(first_gradients(replace(spec, window=10)), first_gradients(spec))


def test_where_there_is_a_loss_at_every_step_each_window_has_a_gradient() -> None:
    spec = spec_of("copy", "lstm", 4)
    cut = first_gradients(replace(spec, window=6))
    assert (cut > 0).all()
    assert (cut < first_gradients(spec) * 1.2).all()
