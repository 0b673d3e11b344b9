"""The training of a masked-word network: one softmax for all three guesses, over sampled words."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from rnnviz.checkpoints.storing import packed
from rnnviz.sentiment.reading import Vocabulary, random_of
from rnnviz.train.loop import Descent, Event, run, unfinished
from rnnviz.words.network import MaskedNetwork, started
from rnnviz.words.recipes import HALVES, MaskedRecipe
from rnnviz.words.sentences import Sentences

MAX_NORM: Final = 1.0
LOOK_EVERY: Final = 100
"""Updates from one event to the next."""

SAVED_EVERY: Final = 60.0
"""Seconds between two savings of what is not finished. What comes out does not depend on it."""

_ORDER, _DRAWN = 0, 1
"""The purposes of random numbers."""

Curve = list[list[float]]
"""An entry an event: the updates made, then the loss of each of ``HALVES``, the mean since the event before."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a training came to.

    Attributes:
        seconds: Of processor time.
        curve: In nats, of the softmax over sampled words.
        tokens: How many were read, each as often as it was.
    """

    network: MaskedNetwork
    seconds: float
    curve: Curve
    tokens: int


def fit(
    recipe: MaskedRecipe,
    vocabulary: Vocabulary,
    train: Sentences,
    tell: Callable[[Event[None]], object],
    *,
    begun: bytes = b"",
    keep: Callable[[bytes], object] | None = None,
) -> Fitted:
    """Train a network from its seed, or from where it was interrupted.

    Args:
        recipe: How.
        vocabulary: Of as many words as the recipe's network has.
        train: What is read.
        tell: Gets an event every ``LOOK_EVERY`` updates, with the loss of each of ``HALVES``.
        begun: What ``keep`` was given by an interrupted training.
        keep: Gets, every minute and at the end, what the training needs to go on.

    Raises:
        RefusedError: If ``begun`` is damaged or of another training.
    """
    made_of = _made_of(recipe, vocabulary, train)
    network = started(recipe.network, recipe.seed)
    descent = Descent(network.named_parameters(), MAX_NORM, is_fused=True)
    drawing = _Drawing.of(train, recipe.network.words, recipe.negatives)
    order = _Order(recipe, train)
    curve, since, seconds, tokens = Curve(), [], 0.0, 0
    if begun:
        with unfinished(begun, made_of=made_of) as (arrays, about):
            descent.take(arrays, int(about["update"]))
            curve, since = about["curve"], about["since"]
            seconds, tokens = float(about["seconds"]), int(about["tokens"])
    began = time.process_time() - seconds

    def update(step: int) -> Event[None] | None:
        nonlocal tokens
        ids = torch.from_numpy(order.batch(step).astype(np.int64))
        negatives = drawing.draw(random_of(recipe.seed, _DRAWN, step))
        losses = sampled_losses(network, ids, negatives, drawing.log_expected)
        descent.update(losses.mean(), recipe.rate_at(step))
        tokens += ids.numel()
        since.append(losses.tolist())
        if descent.made % LOOK_EVERY and descent.made < recipe.updates:
            return None
        means = np.mean(since, 0).round(4).tolist()
        since.clear()
        curve.append([descent.made, *means])
        return Event(descent.made, recipe.updates, tuple(means), None)

    def save() -> None:
        note = {"made_of": made_of, "update": descent.made, "curve": curve, "since": since}
        note |= {"seconds": time.process_time() - began, "tokens": tokens}
        if keep is not None:
            keep(packed(descent.arrays(), note))

    is_whole = run(range(descent.made, recipe.updates), update, tell, save, SAVED_EVERY)
    if is_whole:
        save()
    return Fitted(network.requires_grad_(requires_grad=False).eval(), time.process_time() - began, curve, tokens)


def sampled_losses(network: MaskedNetwork, ids: Tensor, negatives: Tensor, log_expected: Tensor) -> Tensor:
    """The mean cross-entropy of each of ``HALVES``, float32 of shape (half,), by a softmax over sampled words.

    Each logit is lowered by the logarithm of how often its word is to be expected among the sampled ones; so the
    gradient is, in the limit of many samples, that of the softmax over all words.

    Args:
        network: With logits for ``words`` words.
        ids: int64 of shape (batch, time). Sentences of one length.
        negatives: int64 of shape (sample,). Words, drawn with replacement.
        log_expected: float32 of shape (words,).

    Source: Jean, Cho, Memisevic, Bengio (2015), On using very large target vocabulary for neural machine translation,
        ACL.
    """
    queries, targets = network.queries(ids).flatten(1, 2), ids.flatten()
    offset = network.bias - log_expected
    correct = (queries * network.embedding(targets)).sum(-1) + offset[targets]
    others = queries @ network.embedding(negatives).T + offset[negatives]
    others = others.masked_fill(negatives == targets[:, None], -torch.inf)
    losses: Tensor = (torch.logaddexp(correct, others.logsumexp(-1)) - correct).mean(-1)
    return losses


@dataclass(frozen=True, eq=False)
class _Drawing:
    """How often each word is drawn: as often as it stands in the text."""

    shares: np.ndarray
    log_expected: Tensor
    count: int

    @classmethod
    def of(cls, train: Sentences, words: int, count: int) -> "_Drawing":
        counts = [np.bincount(rows.ravel(), minlength=words) for rows in train.by_length.values()]
        often = np.sum(counts, 0) + 1.0
        shares = often / often.sum()
        return cls(shares.cumsum(), torch.from_numpy(np.log(count * shares)).float(), count)

    def draw(self, random: np.random.Generator) -> Tensor:
        found = np.searchsorted(self.shares, random.random(self.count))
        return torch.from_numpy(found.clip(max=len(self.shares) - 1))


class _Order:
    """Which sentences each update reads: all of them once, then all again in another order."""

    def __init__(self, recipe: MaskedRecipe, train: Sentences) -> None:
        self.recipe, self.train = recipe, train
        self.epoch, self.batches = -1, list[np.ndarray]()

    def batch(self, step: int) -> np.ndarray:
        """Of an update; the number of batches of an epoch is always the same."""
        if self.epoch < 0:
            self._begin(0)
        if step // len(self.batches) != self.epoch:
            self._begin(step // len(self.batches))
        return self.batches[step % len(self.batches)]

    def _begin(self, epoch: int) -> None:
        self.epoch = epoch
        self.batches = self.train.batches(self.recipe.batch, random_of(self.recipe.seed, _ORDER, epoch))


def read_by(recipe: MaskedRecipe, train: Sentences) -> list[np.ndarray]:
    """What the updates of a training read, one after the other: int32 of shape (sentence, time) each."""
    order = _Order(recipe, train)
    return [order.batch(step) for step in range(recipe.updates)]


def _made_of(recipe: MaskedRecipe, vocabulary: Vocabulary, train: Sentences) -> str:
    """What says that a training is the same."""
    digest = hashlib.sha256()
    for length, rows in train.by_length.items():
        digest.update(f"{length}:".encode() + rows.tobytes())
    return json.dumps([asdict(recipe), len(vocabulary.tokens), digest.hexdigest(), HALVES])
