"""Many sequences of tokens one after the other, and the states of a network on them, to be searched as one text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import torch
from torch import nn

from rnnviz.capture import capture, state_of
from rnnviz.matching.search import Bits, packed
from rnnviz.names import Direction

GAP: Final = ""
"""The token between two sequences, at which every unit is off."""

_TOGETHER: Final = 64
"""The most sequences that are run as one batch."""

_STATES: Final = 8_000_000
"""The most hidden states of a batch, unless one sequence has more: with all gates about 200 MB."""


@dataclass(frozen=True, eq=False)
class TokenCorpus:
    """Sequences of tokens with a gap after each.

    Attributes:
        tokens: Of all sequences, ``GAP`` after each.
        begins: int64 of shape (sequence + 1,). The step at which each sequence begins, and the number of all steps.

    >>> from rnnviz.matching.corpus import TokenCorpus
    >>> corpus = TokenCorpus.of([("a", "good", "film"), ("dull",)])
    >>> corpus.tokens
    ('a', 'good', 'film', '', 'dull', '')
    >>> corpus.place(4), corpus.bounds(1)
    ((1, 0), (0, 3))
    """

    tokens: tuple[str, ...]
    begins: np.ndarray

    @classmethod
    def of(cls, sequences: Iterable[Sequence[str]], most: int | None = None) -> "TokenCorpus":
        """The sequences that have a token, as long as there are at most ``most`` steps of all."""
        tokens: list[str] = []
        begins = [0]
        for sequence in filter(None, sequences):
            if most is not None and len(tokens) + len(sequence) + 1 > most:
                break
            tokens += (*sequence, GAP)
            begins.append(len(tokens))
        return cls(tuple(tokens), np.array(begins, np.int64))

    def __len__(self) -> int:
        return len(self.begins) - 1

    @property
    def sequences(self) -> list[tuple[str, ...]]:
        """The tokens of each sequence, without gaps."""
        return [self.tokens[begin : end - 1] for begin, end in pairwise(self.begins.tolist())]

    def place(self, step: int) -> tuple[int, int]:
        """The number of the sequence of a step, and the step in it, both from 0."""
        number = int(np.searchsorted(self.begins, step, side="right")) - 1
        return number, step - int(self.begins[number])

    def bounds(self, step: int) -> tuple[int, int]:
        """The first step of the sequence of a step, and the one after its last."""
        number, _ = self.place(step)
        return int(self.begins[number]), int(self.begins[number + 1]) - 1


def states_on(
    rnn: nn.RNN | nn.LSTM | nn.GRU,
    corpus: TokenCorpus,
    vectors: Callable[[Sequence[str]], np.ndarray],
    signal: str = "h",
    *,
    layer: int = 0,
    direction: Direction = "forward",
    hx: Sequence[np.ndarray] = (),
) -> np.ndarray:
    """A signal of a network on every sequence, each from the initial state: float32 of shape (step, unit).

    In gaps it is minus infinity, which no threshold lets pass.

    Args:
        vectors: What the network reads for tokens, float32 of shape (time, feature).
        signal: As a ``Trace`` names it.
        hx: What each sequence begins with, as ``state_of`` takes it; zeros by default.

    >>> import torch
    >>> from rnnviz import checkpoints
    >>> from rnnviz.matching.corpus import TokenCorpus, states_on
    >>> from rnnviz.models import build
    >>> known = checkpoints.load("brackets-gru")
    >>> values = states_on(build(known.model).rnn, TokenCorpus.of(["(a)", "()"]), known.vectors)
    >>> values.shape, values[3, 0]
    ((7, 32), -inf)
    """
    sequences = corpus.sequences
    found: np.ndarray | None = None
    width = rnn.hidden_size * rnn.num_layers * (2 if rnn.bidirectional else 1)
    for chosen in _batches([len(sequence) for sequence in sequences], width):
        rows = [torch.from_numpy(vectors(sequences[k])) for k in chosen]
        x = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        trace = capture(rnn, x, lengths=[len(row) for row in rows], hx=state_of(hx, batch=len(rows)))
        for place, k in enumerate(chosen):
            values = trace.panel(signal, layer=layer, direction=direction, batch=place)  # (time, unit)
            if found is None:
                found = np.full((len(corpus.tokens), values.shape[1]), -np.inf, np.float32)
            begin = int(corpus.begins[k])
            found[begin : begin + len(rows[place])] = values[: len(rows[place])]
    if found is None:
        raise ValueError("a corpus must have at least one sequence to be read; got none")
    return found


def _batches(lengths: Sequence[int], width: int) -> Iterator[list[int]]:
    """The places of sequences that are run together, short ones first; ``width`` are their states at a step."""
    batch: list[int] = []
    for k in np.argsort(lengths, kind="stable").tolist():
        if batch and (len(batch) == _TOGETHER or (len(batch) + 1) * lengths[k] * width > _STATES):
            yield batch
            batch = []
        batch.append(k)
    if batch:
        yield batch


def reached_by(values: np.ndarray, threshold: float) -> np.ndarray:
    """Whether each value is at least ``threshold`` as a float32: uint8 of the same shape, (step, unit), one level."""
    return (values >= np.float32(threshold)).astype(np.uint8)


def bits_of(values: np.ndarray, threshold: float) -> Bits:
    """When units are on, from values of shape (step, unit), as ``search.find`` takes it with the level 1."""
    return packed(reached_by(values, threshold))
