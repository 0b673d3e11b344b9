"""What a network from a file predicts of a text: the probability of each class, after each token."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnviz.checkpoints import Checkpoint
from rnnviz.checkpoints.classifiers import class_names, is_classifier, pooling_of, split
from rnnviz.models import Network, build
from rnnviz.names import Pooling
from rnnviz.own.choosing import MOST_OUTPUTS

LONGEST: Final = 400
"""The most tokens that get a prediction each."""

_MOST_PRODUCTS: Final = 2e10
"""Of weights and inputs, for all beginnings of a text that a bidirectional network has to read again."""

_TOGETHER: Final = 64
"""Beginnings of a text that are read as one batch."""


@dataclass(frozen=True, eq=False)
class Classified:
    """What a network predicts of a text, and of each beginning of it as if the text ended there.

    Attributes:
        tokens: Those that have a prediction each, the first of the text.
        unknown: The positions of those that are not in the vocabulary.
        classes: Their names.
        probabilities: float64 of shape (token, class).
        whole: float64 of shape (class,). Those of the whole text.
        count: Tokens of the whole text.
        is_logistic: Whether they are the sigmoid of one logit, and not a softmax.
    """

    tokens: tuple[str, ...]
    unknown: tuple[int, ...]
    classes: tuple[str, ...]
    probabilities: np.ndarray
    whole: np.ndarray
    count: int
    is_logistic: bool


def classify(known: Checkpoint, text: str, longest: int = LONGEST) -> Classified:
    """The probability of each class after each token of a text, as the network's own ``forward`` gives it there.

    The output layer is given what ``pooling`` of ``own.Choice`` says. Logits become probabilities by a softmax, one
    logit by a sigmoid. A network in both directions reads each beginning of the text anew, so of a large one fewer
    tokens get a prediction.

    Raises:
        TypeError: If it is given something other than a network and a text.
        ValueError: If the network is not from a file, reads numbers or has no output layer, or cannot read the text.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> shapes = {"rnn.weight_ih_l0": (12, 3), "rnn.weight_hh_l0": (12, 3), "out.weight": (1, 3)}
    >>> tensors = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    >>> choice = own.Choice(own.parts(tensors)[0], head="out.weight", vocabulary=own.of_tokens(("a", "b", "c")))
    >>> found = own.classify(own.checkpoint("mine", tensors, choice), "abba")
    >>> found.classes, found.probabilities.shape, found.whole.tolist()
    (('class 0', 'class 1'), (4, 2), [0.5, 0.5])
    """
    _check(known, text)
    tokens = split(known, text)
    ends = [*range(1, 1 + min(len(tokens), longest, _affordable(known))), len(tokens)]
    network, x = build(known.model), torch.from_numpy(known.vectors(tokens))
    if network.head is None:
        raise ValueError(f"{known.name} must have an output layer; got none")
    with torch.inference_mode():
        logits = network.head(_pooled_at(network, x, ends, pooling_of(known))).double().numpy()
    found = probabilities(logits)
    shown = tokens[: len(ends) - 1]
    strange = tuple(t for t, token in enumerate(known.folded(shown)) if known.is_strange(token))
    is_logistic = known.model.output_size == 1
    return Classified(shown, strange, class_names(known), found[:-1], found[-1], len(tokens), is_logistic)


def _check(known: object, text: object) -> None:
    if not isinstance(known, Checkpoint):
        raise TypeError(f"known must be a network that own.open_file returned; got {type(known).__name__}")
    if not isinstance(text, str):
        raise TypeError(f"text must be a str; got {type(text).__name__}")
    if is_classifier(known):
        return
    if "opened" not in known.card:
        raise ValueError(f"{known.name} must be a network from a file, as own.open_file opens it; got another")
    label = known.card.get("label", known.name)
    if not known.vocabulary:
        reasons = "; ".join(map(str, known.card.get("no_embeddings", ()))) or "it has no embedding and no vocabulary"
        raise ValueError(f"{label} must read tokens; it reads numbers, since {reasons}")
    if known.outputs is not None:
        raise ValueError(
            f"{label} must have an output layer of at most {MOST_OUTPUTS} rows; got {len(known.outputs[0]):,}; "
            "rnnviz.answers.likeliest names the likeliest of them"
        )
    reasons = "; ".join(map(str, known.card.get("no_outputs", ()))) or "none was found or chosen"
    raise ValueError(f"{label} must have an output layer that reads the recurrent layer; {reasons}")


def probabilities(logits: np.ndarray) -> np.ndarray:
    """The softmax of logits of shape (…, class) in float64; of one logit its sigmoid, as the second of two classes.

    >>> import numpy as np
    >>> from rnnviz.own.classifying import probabilities
    >>> probabilities(np.array([[0.0]])), probabilities(np.zeros((1, 4)))
    (array([[0.5, 0.5]]), array([[0.25, 0.25, 0.25, 0.25]]))
    """
    if logits.shape[-1] == 1:  # the sigmoid is a softmax beside a logit of 0
        logits = np.concatenate([np.zeros_like(logits), logits], axis=-1)
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    found: np.ndarray = shares / shares.sum(axis=-1, keepdims=True)
    return found


def _affordable(known: Checkpoint) -> int:
    """The most beginnings of a text that are read in about a second; one direction reads all of them at once."""
    if not known.model.bidirectional:
        return LONGEST
    weights = sum(weight.size for name, weight in known.weights.items() if name.startswith("weight_"))
    return max(1, math.isqrt(int(_MOST_PRODUCTS / weights)))


def _pooled_at(network: Network, x: Tensor, ends: Sequence[int], pooling: Pooling) -> Tensor:
    """What the output layer is given of each beginning of a text: of shape (end, direction * unit).

    Args:
        x: Of shape (time, feature).
        ends: The lengths of the beginnings, and of the whole text, which may be much longer.
    """
    if not network.rnn.bidirectional:
        return _so_far(network.rnn(x[None], network.first(1))[0][0], pooling)[torch.tensor(ends) - 1]
    *short, whole = ends
    batches = [*(short[first : first + _TOGETHER] for first in range(0, len(short), _TOGETHER)), [whole]]
    return torch.cat([_of_batch(network, x, torch.tensor(batch), pooling) for batch in batches])


def _so_far(output: Tensor, pooling: Pooling) -> Tensor:
    """The same after each step of one direction, from its output of shape (time, unit)."""
    if pooling == "mean":
        return (output.double().cumsum(0) / torch.arange(1, len(output) + 1)[:, None]).float()
    return output.cummax(0).values if pooling == "max" else output


def _of_batch(network: Network, x: Tensor, lengths: Tensor, pooling: Pooling) -> Tensor:
    """The same of some beginnings in both directions, by torch's packed sequences."""
    rows = x[: int(lengths.max())].expand(len(lengths), -1, -1)
    packed = pack_padded_sequence(rows, lengths, batch_first=True, enforce_sorted=False)
    read, _ = network.rnn(packed, network.first(len(lengths)))
    output, _ = pad_packed_sequence(read, batch_first=True)  # padded with zeros
    if pooling == "mean":
        return output.sum(1) / lengths[:, None]
    if pooling == "max":
        is_padding = torch.arange(output.shape[1]) >= lengths[:, None]
        return output.masked_fill(is_padding[:, :, None], -torch.inf).amax(1)
    last = output[torch.arange(len(lengths)), lengths - 1]
    if pooling == "last":
        return last
    units = network.rnn.hidden_size
    return torch.cat([last[:, :units], output[:, 0, units:]], dim=1)
