"""A training in plain torch, watched while it goes on: every few updates what its recurrent modules did, as a Record.

Nothing in the training is replaced. Hooks of torch say what each module was called with, which gradient came back to
it, and when an optimizer makes its step; the training itself stays the same to the last bit.
"""

from os import PathLike

from torch import nn

from rnnviz.spec.checks import at_least
from rnnviz.watching.passing import pass_once
from rnnviz.watching.watched import Watched

__all__ = ["Watched", "pass_once", "watch"]


def watch(model: nn.Module, every: int = 100, *, folder: str | PathLike[str] | None = None) -> Watched:
    """A context in which a model is trained by a loop of your own; ``record`` of what it gives says what happened.

    An update is a step of a torch optimizer that has parameters of the model; of several such optimizers the steps of
    the first are counted. In a loop that changes the weights by hand, an update ends when the next pass begins, or at
    the end. The first update and every ``every``-th after it has a row in the record. The gradient's
    norm before clipping is measured when the backward pass leaves each parameter's gradient, the norm after it when the
    optimizer makes its step. The gradients by the hidden states are exact, of the loss as it is: what arrives at a
    module's output, h_n and c_n is stepped back through all its layers. Four sequences of the batch are looked at.

    A record has 400 rows at most. When there are more, every second one is dropped, and ``every`` doubles.

    Not recorded: calls of a module before the last one of an update, as of a decoder that is called for each step;
    ``nn.LSTMCell`` and its siblings beside other layers; calls without gradients, as of a validation; states
    and gradients of a subclass that computes something else than torch's module, and of dropout between the layers
    elsewhere than on the CPU.

    Args:
        model: With at least one ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU``.
        every: Updates from one row to the next.
        folder: Where the record is written: at the beginning, at most every five seconds, and at the end; nowhere by
            default. ``python -m rnnviz open FOLDER`` shows it meanwhile.

    Raises:
        ValueError: If the model has no recurrent module, or ``every`` is no whole number of at least 1.
        RuntimeError: At the first update, of a module that was called without hooks, as ``rnn.forward(x)``.

    Source: torch.nn.utils.clip_grad_norm_, whose total norm this is.

    >>> import torch
    >>> import rnnviz
    >>> lstm = torch.nn.LSTM(3, 4, batch_first=True)
    >>> optimizer = torch.optim.SGD(lstm.parameters(), lr=0.1)
    >>> with rnnviz.watch(lstm, every=1) as watched:
    ...     for _ in range(3):
    ...         output, _ = lstm(torch.ones(2, 6, 3))
    ...         output[:, -1].sum().backward()
    ...         _ = torch.nn.utils.clip_grad_norm_(lstm.parameters(), 0.01)
    ...         optimizer.step()
    ...         optimizer.zero_grad()
    >>> watched.record.clipped
    array([ True,  True,  True])
    >>> watched.record.layers[0]["grad_norm"].shape
    (3, 1, 1, 6)
    """
    at_least("every", every, 1)
    return Watched(model, every, folder)
