"""A model on one batch, without a training: what can be known of it, as a record of one row."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz.record import Record
from rnnviz.watching.watched import Watched, tensors


def pass_once(model: nn.Module, batch: Any = None) -> Record:
    """What a model does on a batch, in evaluation mode: one row. Without a batch it has the numbers of the weights.

    There is no loss to go back from, so the squares of the output stand for it: the gradient shows which steps and
    sequences the output depends on. The model is only read: it gains no ``.grad``, and its mode and torch's random
    state stay as they are.

    Args:
        batch: A tensor, a tuple of positional arguments or a mapping of named ones, as the model takes them.

    >>> import torch
    >>> from rnnviz.watching import pass_once
    >>> record = pass_once(torch.nn.GRU(3, 4), torch.ones(6, 2, 3))
    >>> record.layers[0]["steps"]
    array([6.], dtype=float32)
    """
    watched = Watched(model, 1, None)
    if batch is None:
        watched.take_row()
        return watched.record
    args, named = ((), batch) if isinstance(batch, Mapping) else (batch, {}) if type(batch) is tuple else ((batch,), {})
    with watched, _evaluating(model), torch.random.fork_rng(devices=[]), torch.enable_grad():
        output = model(*args, **named)
        _go_back(model, output)
        found = watched.find_non_finite()
        watched.non_finite = None if found is not None and found.kind == "gradient" else found  # of a training before
        watched.take_row()
    return watched.record


def _go_back(model: nn.Module, output: Any) -> None:
    """Send the gradient of the output's squares through the model, to the hooks alone."""
    found = next((one for one in tensors(output) if one.requires_grad and one.is_floating_point()), None)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if isinstance(found, Tensor) and parameters:
        torch.autograd.grad(found.square().sum(), parameters, allow_unused=True)


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode, and afterwards each module's own."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
