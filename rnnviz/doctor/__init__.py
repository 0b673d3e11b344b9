"""What is wrong with a recurrent network or with its training, in plain sentences with the numbers behind them.

Every check reads a Record and nothing else. A training that was watched gives one; of a model alone one pass over a
batch gives one with a single row. A check whose numbers are missing finds nothing.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from rnnviz.doctor import learning, training, usage
from rnnviz.doctor.evidence import in_words
from rnnviz.doctor.finding import Finding
from rnnviz.record import Record

if TYPE_CHECKING:
    from torch import nn

__all__ = ["NAMES", "Finding", "examine", "in_words"]

_OF_LAYERS: Final = (
    learning.vanishing,
    learning.exploding,
    learning.saturated,
    learning.dead_units,
    learning.forget_bias,
    usage.not_detached,
    usage.shuffled_state,
    usage.bidirectional_last,
    usage.padding_read,
    usage.batch_first,
    usage.bias_doubled,
    usage.gru_reset,
)
_OF_TRAININGS: Final = (
    training.not_finite,
    training.gradients_kept,
    training.loss_not_falling,
    training.gradient_growing,
    training.clipping_always,
    training.clipping_never,
    training.softmax_twice,
    training.sigmoid_twice,
)

NAMES: Final = tuple(check.__name__ for check in (*_OF_TRAININGS, *_OF_LAYERS))
"""The name of every finding."""

_FOLLOWS: Final[Mapping[str, frozenset[str]]] = {
    "diverged": frozenset(("clipping_always", "clipping_never", "loss_not_falling", "gradient_growing")),
    "gradients_kept": frozenset(("clipping_always", "clipping_never", "loss_not_falling", "gradient_growing")),
    "gradient_growing": frozenset(("clipping_never", "loss_not_falling", "saturated", "dead_units")),
    "learned": frozenset(("clipping_never", "vanishing", "forget_bias", "saturated")),
}
"""By what is known, what follows from it or is no fault beside it: a cause is told, not its consequences."""


def examine(model_or_record: "nn.Module | Record", batch: Any = None) -> tuple[Finding, ...]:
    """What is wrong with a network or its training, as far as it can be known.

    A ``Record`` of a training (``rnnviz.watch``) says most. These need one: a state that is not detached, one that is
    carried over shuffled batches, clipping that is always or never on, a softmax or sigmoid before a loss that applies
    it again, and the first number that is not finite in a training. A model with a batch is run once, in evaluation
    mode, and the squares of its output stand for the loss: vanishing, exploding, saturation, dead units, the forget
    bias, the last step of a bidirectional layer, padding, batch and time swapped. A model alone shows what its biases
    tell about a port: one that is added twice, and the reset convention of a GRU.

    Args:
        batch: What the model is called with: a tensor, a tuple of positional arguments or a mapping of named ones.

    Returns:
        The findings, those of the training first; empty if there is nothing to find.

    Raises:
        ValueError: If the model has no recurrent module, or a batch is given with a record.

    >>> import torch
    >>> import rnnviz
    >>> class Classifier(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.rnn = torch.nn.GRU(3, 8, batch_first=True, bidirectional=True)
    ...         self.head = torch.nn.Linear(16, 2)
    ...
    ...     def forward(self, x):
    ...         return self.head(self.rnn(x)[0][:, -1])
    >>> [finding] = rnnviz.examine(Classifier(), torch.randn(4, 12, 3))
    >>> finding.name, finding.where
    ('bidirectional_last', 'rnn')
    >>> finding.evidence["reverse_at_last"]
    1.0
    """
    if isinstance(model_or_record, Record):
        if batch is not None:
            raise ValueError("batch must be None with a record, which has its batches behind it; got one")
        record = model_or_record
    else:
        from rnnviz.watching import pass_once  # torch

        record = pass_once(model_or_record, batch)
    found = [check(record) for check in _OF_TRAININGS]
    found += [check(layer) for layer in record.layers for check in _OF_LAYERS]
    told = [finding for finding in found if finding is not None]
    known = {finding.name for finding in told}
    known |= {name for name in ("diverged",) if training.diverged(record)}
    known |= {name for name in ("learned",) if training.learned(record.loss)}
    dropped = frozenset[str]().union(*(_FOLLOWS[name] for name in known if name in _FOLLOWS))
    return tuple(finding for finding in told if finding.name not in dropped)
