"""The small networks, taught from their seeds, and what is measured of each."""

import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.checkpoints import EMBEDDING, Checkpoint
from rnnviz.models import Network, build
from rnnviz.sequences import lessons
from rnnviz.sequences.embeddings import first_embedding
from rnnviz.sequences.lessons import NOT_ASKED, Lesson, Pairs
from rnnviz.train.loop import Descent, Event, run

MAX_NORM: Final = 1.0
HELD_OUT: Final = 2000
"""Sentences, or sequences of bits of each length, that a card is measured on."""

LENGTHS: Final = (5, 10, 20, 50, 100, 200)
"""Of bits."""


def make(lesson: Lesson, tell: Callable[[Event[None]], object] | None = None) -> Checkpoint:
    """Teach a network from its seed; on one machine the same weights to the last bit, each time.

    ``tell`` gets an event after each update. The card holds ``answers``, ``learned``, ``seed``,
    ``updates``, ``rate``, ``batch_size`` (sequences of the first update), ``seconds``, ``loss`` (of the last update),
    ``accuracy``, ``held_out`` (sequences that it was measured on), ``measured`` in words, and more by the problem.
    """
    begun = time.perf_counter()
    network = build(lesson.model).train().requires_grad_()
    embedding = first_embedding(lesson).requires_grad_()
    descent = Descent([*network.named_parameters(), (EMBEDDING, embedding)], MAX_NORM)
    drawn = np.random.default_rng(lesson.model.seed)
    losses: list[float] = []

    def update(step: int) -> Event[None]:
        x, y = padded(lesson.draw(drawn))
        loss = nn.functional.cross_entropy(network(embedding[x]).flatten(0, 1), y.flatten(), ignore_index=NOT_ASKED)
        losses.append(descent.update(loss, lesson.rate))
        return Event(step + 1, lesson.updates, (losses[-1],), None)

    run(range(lesson.updates), update, tell)
    seconds = time.perf_counter() - begun
    network.eval().requires_grad_(requires_grad=False)
    return _checkpoint(lesson, network, embedding.detach(), loss=losses[-1], seconds=seconds)


def padded(pairs: Pairs) -> tuple[Tensor, Tensor]:
    """Sequences of different lengths as two tables x and y, int64 of shape (batch, time).

    On the right, 0 and ``NOT_ASKED`` fill them up.
    """
    rows = [[torch.tensor(part) for part in pair] for pair in pairs]
    x = nn.utils.rnn.pad_sequence([row[0] for row in rows], batch_first=True)
    return x, nn.utils.rnn.pad_sequence([row[1] for row in rows], batch_first=True, padding_value=NOT_ASKED)


def _checkpoint(lesson: Lesson, network: Network, embedding: Tensor, *, loss: float, seconds: float) -> Checkpoint:
    weights = {name.removeprefix("rnn."): parameter.numpy().copy() for name, parameter in network.named_parameters()}
    card: dict[str, Any] = {
        "learned": lesson.learned,
        "answers": lesson.answers,
        "seed": lesson.model.seed,
        "updates": lesson.updates,
        "optimizer": "adam",
        "rate": lesson.rate,
        "max_norm": MAX_NORM,
        "loss": float(f"{loss:.6g}"),
        "seconds": round(seconds, 1),
        "torch": torch.__version__,
    }
    card |= _MEASURES[lesson.name](network, embedding)
    return Checkpoint(
        lesson.checkpoint, lesson.model, {**weights, EMBEDDING: embedding.numpy().copy()},
        vocabulary=lesson.tokens, splits=lesson.splits, card=card,
    )  # fmt: skip


# --- What is measured ---


def right(network: Network, embedding: Tensor, pairs: Pairs) -> np.ndarray:
    """Whether each answer is right: float32 of shape (batch, time), 1 or 0, and NaN where nothing is asked.

    The embedding is of shape (token, feature).
    """
    x, y = padded(pairs)
    with torch.inference_mode():
        said = network(embedding[x]).argmax(-1)
    found: np.ndarray = torch.where(y == NOT_ASKED, torch.nan, (said == y).float()).numpy()
    return found


def _of_digits(network: Network, embedding: Tensor) -> dict[str, Any]:
    found = right(network, embedding, lessons.all_digits())
    return {"accuracy": float(found.mean()), "held_out": 10, "measured": "of all 10 digits"}


def _of_counts(network: Network, embedding: Tensor) -> dict[str, Any]:
    """Right only if the whole count is: the network reads one wrong word next, so all that follows is another count."""
    found = right(network, embedding, lessons.all_counts())
    whole = np.nanmin(found, 1)
    return {"accuracy": float(whole.mean()), "held_out": len(whole), "measured": f"of all {len(whole)} counts, whole"}


def _of_bits(network: Network, embedding: Tensor) -> dict[str, Any]:
    """By length, also of lengths that no training had; right only if it is at every step."""
    generator = np.random.default_rng([0, 2**32 - 1])
    by_length = {}
    for length in LENGTHS:
        found = right(network, embedding, lessons.bits(generator, HELD_OUT, length, length))
        by_length[str(length)] = float(found.min(1).mean())
    return {
        "accuracy": min(by_length.values()),
        "by_length": by_length,
        "held_out": HELD_OUT,
        "trained_to": lessons.TRAINED_BITS,
        "measured": f"of {HELD_OUT:,} random sequences of each of {', '.join(by_length)} bits, right at every step",
    }


def _of_sentences(network: Network, embedding: Tensor) -> dict[str, Any]:
    """Of words as they are, and of words that are hidden, one a sentence."""
    pairs = lessons.held_out_sentences(HELD_OUT)
    accuracy = float(np.nanmean(right(network, embedding, pairs)))
    generator = np.random.default_rng(2)
    places = [int(generator.integers(len(words))) for words, _ in pairs]
    hidden = [
        ([0 if k == at else word for k, word in enumerate(words)], y)
        for (words, y), at in zip(pairs, places, strict=True)
    ]
    found = right(network, embedding, hidden)
    unknown = float(np.mean([found[k, at] for k, at in enumerate(places)]))
    return {
        "accuracy": accuracy,
        "unknown": unknown,
        "held_out": HELD_OUT,
        "measured": f"of the words of {HELD_OUT:,} held-out sentences; of words that it does not know {unknown:.1%}",
    }


_MEASURES: Final[dict[str, Callable[[Network, Tensor], dict[str, Any]]]] = {
    "digit-word": _of_digits,
    "counting": _of_counts,
    "parity": _of_bits,
    "word-classes": _of_sentences,
}
