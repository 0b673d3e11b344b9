"""From sentences to the array that a network is given, every stage kept to be looked at, and its shapes on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.sentiment.bag import Bag
from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.reading import Vocabulary, padded, tokens_of, vocabulary_of

MOST_SENTENCES: Final = 8
MOST_TOKENS: Final = 30


@dataclass(frozen=True, eq=False)
class Batch:
    """A few sentences on their way to a network.

    Attributes:
        sentences: As they were typed.
        tokens: Of each sentence.
        vocabulary: ``[UNK]`` first.
        ids: int64 of shape (batch, time). The number of each token, filled up with 0, the number of ``[UNK]`` too.
        lengths: int64 of shape (batch,). True lengths: where padding begins is known by these alone.
    """

    sentences: tuple[str, ...]
    tokens: tuple[tuple[str, ...], ...]
    vocabulary: Vocabulary
    ids: np.ndarray
    lengths: np.ndarray

    @property
    def mask(self) -> np.ndarray:
        """Whether each place holds a token and no padding, (batch, time)."""
        found: np.ndarray = np.arange(self.ids.shape[1]) < self.lengths[:, None]
        return found


def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences of anybody's text, one a line; lines without a word or mark are left out.

    Raises ValueError if there is none, or there are too many, or one is too long.
    """
    lines = [line.strip() for line in text.splitlines() if tokens_of(line, has_marks=True)]
    if not lines:
        raise ValueError("Enter at least one line with a word.")
    if len(lines) > MOST_SENTENCES:
        raise ValueError(f"Enter at most {MOST_SENTENCES} lines, one for each sentence; got {len(lines):,}.")
    for number, line in enumerate(lines, start=1):
        count = len(tokens_of(line, has_marks=True))
        if count > MOST_TOKENS:
            raise ValueError(f"Each line must have at most {MOST_TOKENS} tokens; line {number} has {count:,}.")
    return tuple(lines)


def batch_of(sentences: Sequence[str], vocabulary: Vocabulary) -> Batch:
    """Sentences as one padded array of numbers; ValueError if the vocabulary finds no token in one of them."""
    tokens = tuple(tokens_of(sentence, has_marks=vocabulary.has_marks) for sentence in sentences)
    for number, found in enumerate(tokens, start=1):
        if not found:
            raise ValueError(
                f"Each line must have a word, since this vocabulary has no punctuation; line {number} has none."
            )
    rows = [np.array(vocabulary.ids(found), np.int32) for found in tokens]
    ids, lengths = padded(rows)
    return Batch(tuple(sentences), tokens, vocabulary, ids, lengths)


def own_vocabulary(sentences: Sequence[str], size: int) -> Vocabulary:
    """The ``size`` most frequent words and marks of the sentences themselves, and ``[UNK]``."""
    return vocabulary_of(sentences, size + 1, has_marks=True)


# --- Shapes that torch gives a batch, read off the tensors ---

UNTRAINED: Final = 64
"""Numbers of the embedding and units of a network that is made for a vocabulary alone."""


def shapes_in(model: SentimentModel, ids: np.ndarray, lengths: np.ndarray) -> list[tuple[str, str, str]]:
    """The name of each line of a forward pass that is run, the shape that torch prints for it, and what its axes are.

    ``ids`` are int64 of shape (batch, time), ``lengths`` int64 of shape (batch,). Raises TypeError for a bag.
    """
    if isinstance(model.network, Bag):
        raise TypeError(f"a model must be a network to have states; {model.name} counts words")
    network = model.network
    with torch.inference_mode():
        logits = network(torch.from_numpy(ids), torch.from_numpy(lengths))
    return [*_states(network.embedding, network.rnn, ids), _row("logits", logits, "batch")]


def shapes_untrained(words: int, ids: np.ndarray) -> list[tuple[str, str, str]]:
    """The same of an LSTM that torch has just started, for a vocabulary that no network of ours has; without logits.

    ``words`` counts ``[UNK]`` too; ``ids`` are int64 of shape (batch, time).
    """
    embedding, rnn = nn.Embedding(words, UNTRAINED), nn.LSTM(UNTRAINED, UNTRAINED, batch_first=True)
    return _states(embedding, rnn, ids)


def _states(embedding: nn.Embedding, rnn: nn.LSTM, ids: np.ndarray) -> list[tuple[str, str, str]]:
    with torch.inference_mode():
        x = torch.from_numpy(ids)
        embedded = embedding(x)
        output, (h_n, c_n) = rnn(embedded)
    return [
        _row("x", x, "batch, time"),
        _row("embedding(x)", embedded, "batch, time, feature"),
        _row("output", output, "batch, time, direction * unit"),
        _row("h_n", h_n, "layer * direction, batch, unit"),
        _row("c_n", c_n, "layer * direction, batch, unit"),
    ]


def _row(name: str, tensor: Tensor, axes: str) -> tuple[str, str, str]:
    return name, str(tuple(tensor.shape)), axes
