"""Which words made a judgement what it is: what each adds to it, and what it would be without each.

All numbers are logits of praise as ``SentimentModel.logits`` has them: the logistic function of their sum is the
probability that is shown. Positive numbers speak for praise.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from rnnviz.sentiment.bag import Bag
from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.network import SentimentNetwork
from rnnviz.sentiment.reading import LONGEST, Encoded

WANTED: Final = 0.01
"""The share of the difference between the logits that the contributions may fail to account for."""

_ROUNDING: Final = 1e-6
"""The part of a logit that comes and goes with the order of a sum."""

_NODES: Final = 4
"""Places at which the gradient is taken on each stretch of the way."""

_FEWEST, _MOST = 16, 256
_MOST_TOKENS: Final = 100_000
"""Places on the whole way at most: as many as hold these tokens in texts of the length, within these bounds."""

_TOKENS_AT_ONCE: Final = 16_384


@dataclass(frozen=True, eq=False)
class Contributions:
    """What each token of a text adds to the logit of praise.

    Attributes:
        tokens: As they were typed.
        values: float64 of shape (time,). In logits.
        baseline_logit: What the model says of as many words that it does not know.
        logit: What it says of the text.
        steps: Places between the two at which the gradient was taken; 0 where the values are exact without.
    """

    tokens: tuple[str, ...]
    values: np.ndarray
    baseline_logit: float
    logit: float
    steps: int


def integrated_gradients(model: SentimentModel, text: str, longest: int = LONGEST) -> Contributions:
    """What each token adds to the logit, going from words that the network does not know to those of the text.

    Gauss and Legendre's rule averages the gradient by the embeddings over the straight way between the two. A network
    has places where its answer jumps. So the way is halved again and again where the rule misses how far the logit
    went, until no more than ``WANTED`` is missed in all, or 256 places are spent (fewer for a long text).

    The way begins at ``[UNK]`` rather than at zeros: the network has met it in training, so its answer there means
    something, and a word that it does not know adds exactly nothing. A bag is linear in which words there are. So each
    adds its weight, shared where it stands more than once: that is exact, and what the way would give. Raises
    ValueError if there is nothing to read.

    Source: Sundararajan, Taly, Yan (2017), Axiomatic Attribution for Deep Networks, arXiv 1703.01365, section 3.
    """
    reading = model.readable(text, longest)
    if isinstance(model.network, Bag):
        values = _weights(model.network, np.array(reading.ids)) / model.temperature
        bias = model.network.bias / model.temperature
        return Contributions(reading.tokens, values, bias, bias + float(values.sum()), 0)
    network = model.network
    with torch.no_grad():
        known = network.embedding(torch.tensor(reading.ids))  # (time, feature)
        unknown = network.embedding(torch.zeros(len(known), dtype=torch.long))
    way = _Way(network, unknown, known)
    values = way.values() / model.temperature
    start, end = (way.logits[edge] / model.temperature for edge in (0.0, 1.0))
    return Contributions(reading.tokens, values, start, end, way.steps)


def leave_one_out(model: SentimentModel, text: str, longest: int = LONGEST) -> np.ndarray:
    """How much of the logit is lost when a token is left out and the others move up: float64 of shape (time,).

    It is the logit of the text less that without the token: positive where the token speaks for praise. A network reads
    one unknown word where nothing is left; a bag misses a word only when its last place is gone. The time grows with
    the square of the tokens. Raises ValueError if there is nothing to read.

    Source: Li, Monroe, Jurafsky (2016), Understanding Neural Networks through Representation Erasure, arXiv 1612.08220.
    """
    ids = np.array(model.readable(text, longest).ids, np.int32)
    if isinstance(model.network, Bag) or len(ids) == 1:
        logits = model.logits(Encoded.of([*(np.delete(ids, k) for k in range(len(ids))), ids]))
    else:
        logits = omission_logits(model.network, torch.from_numpy(ids).long()).double().numpy() / model.temperature
    lost: np.ndarray = logits[-1] - logits[:-1]
    return lost


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """How far two rows of numbers, of shape (time,), put the same words in the same order: Kendall's tau-b.

    It is 1 for the same order, -1 for the opposite one, about 0 where one says nothing of the other, and NaN where a
    row has no order. Pairs that are equal in a row count as by Kendall's correction for ties. Attention has no sign:
    compare it with the sizes of contributions. Raises ValueError if they are not as long as each other.

    Source: Kendall (1945), The treatment of ties in ranking problems, Biometrika 33; Jain, Wallace (2019), Attention is
        not Explanation, arXiv 1902.10186, section 4.1, for the use.
    """
    if one.shape != other.shape or one.ndim != 1:
        raise ValueError(f"both must have a number a token; got the shapes {one.shape} and {other.shape}")
    first, second = np.triu_indices(len(one), 1)
    signs = [np.sign(row[first] - row[second]) for row in (one, other)]
    # tau-b: pairs ordered alike less pairs ordered otherwise, over √(pairs that one orders × pairs that the other does)
    ordered = [float(np.count_nonzero(sign)) for sign in signs]
    return float(signs[0] @ signs[1] / np.sqrt(ordered[0] * ordered[1])) if all(ordered) else float("nan")


def _weights(bag: Bag, ids: np.ndarray) -> np.ndarray:
    """The weight of each word of a text, shared by its places."""
    words, place, counts = np.unique(ids, return_inverse=True, return_counts=True)
    # A bag of single words is linear in which there are: one word alone has the logit bias + weight.
    alone = bag.logits(Encoded.of([np.array([word], np.int32) for word in words])) - bag.bias
    shared: np.ndarray = (alone / counts)[place]
    return shared


class _Way:
    """The straight way between two rows of embeddings, (time, feature), from place 0 to place 1."""

    def __init__(self, network: SentimentNetwork, start: Tensor, end: Tensor) -> None:
        self.network, self.start, self.difference = network, start, end - start
        self.together = max(1, _TOKENS_AT_ONCE // len(end))
        self.most = min(_MOST, max(_FEWEST, _MOST_TOKENS // len(end)))
        self.steps = 0
        self.logits: dict[float, float] = {}

    def values(self) -> np.ndarray:
        """The gradient along the way, summed up for each token, (time,)."""
        done = self._summed([(0.0, 0.5), (0.5, 1.0)])
        wanted = max(WANTED * abs(self.logits[1.0] - self.logits[0.0]), _ROUNDING)
        # To halve a stretch costs 2 * _NODES places; so many more can be halved.
        while sum(stretch.missed for stretch in done) > wanted and (room := (self.most - self.steps) // (2 * _NODES)):
            much = wanted / (2 * len(done))  # all that are left alone miss at most half of what is wanted together
            worst = sorted((s for s in done if s.missed > much), key=lambda s: s.missed, reverse=True)[:room]
            halves = [half for stretch in worst for half in stretch.halves]
            done = [stretch for stretch in done if stretch not in worst] + self._summed(halves)
        total: np.ndarray = np.sum([stretch.values for stretch in done], 0)
        return total

    def _summed(self, ends: list[tuple[float, float]]) -> list["_Stretch"]:
        """Stretches by where they begin and end, all in a few passes."""
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)  # on -1 to 1
        edges = np.array(ends)
        lengths = np.diff(edges)  # (stretch, 1)
        # ∫ over (a, b) ≈ (b - a) / 2 Σ_k w_k slope(a + (b - a) (ξ_k + 1) / 2), ξ_k and w_k of Gauss and Legendre
        slopes = self._slopes((edges[:, :1] + lengths * (nodes + 1) / 2).ravel()).reshape(len(ends), _NODES, -1)
        values = (lengths / 2 * weights)[:, None] @ slopes  # (stretch, 1, time)
        self._evaluate([edge for edge in dict.fromkeys(edges.ravel().tolist()) if edge not in self.logits])
        return [
            _Stretch(first, last, self.logits[last] - self.logits[first], row)
            for (first, last), row in zip(ends, values[:, 0], strict=True)
        ]

    def _slopes(self, places: np.ndarray) -> np.ndarray:
        """How fast each token moves the logit at some places, (place, time)."""
        self.steps += len(places)
        rows = []
        with torch.enable_grad():
            for x in self._at(places):
                x.requires_grad_()
                # Rows do not depend on each other, so the gradient of their sum has that of each.
                (gradient,) = torch.autograd.grad(_predicted(self.network, x).sum(), x)
                # dF/ds of F(x0 + s (x1 - x0)) is ⟨∂F/∂x, x1 - x0⟩; a token's part is the sum over its own row.
                rows.append((gradient * self.difference).sum(2).double().numpy())
        return np.concatenate(rows)

    def _evaluate(self, places: list[float]) -> None:
        """Find out the logits at some places."""
        with torch.no_grad():
            found = [_predicted(self.network, x).double().numpy() for x in self._at(np.array(places))]
        self.logits.update(zip(places, np.concatenate(found).tolist(), strict=True))

    def _at(self, places: np.ndarray) -> Iterator[Tensor]:
        """The embeddings at some places, as many at once as suit the processor's cache, (place, time, feature)."""
        for begin in range(0, len(places), self.together):
            share = torch.from_numpy(places[begin : begin + self.together]).to(self.start)[:, None, None]
            yield self.start + share * self.difference


@dataclass(frozen=True, eq=False)
class _Stretch:
    """A part of the way."""

    first: float
    last: float
    gone: float
    """How far the logit went on it."""
    values: np.ndarray
    """What the rule makes of that for each token, (time,)."""

    @property
    def missed(self) -> float:
        # Completeness: but for the error of the rule, the contributions add up to how far the logit went.
        return abs(self.gone - float(self.values.sum()))

    @property
    def halves(self) -> tuple[tuple[float, float], tuple[float, float]]:
        middle = (self.first + self.last) / 2
        return (self.first, middle), (middle, self.last)


def _predicted(network: SentimentNetwork, x: Tensor) -> Tensor:
    """The logits of whole rows of embeddings, (batch,)."""
    lengths = torch.full((len(x),), x.shape[1])
    return network.classify(network.pool(network.states(x, lengths), lengths))


# --- Without each word ---


def omission_logits(network: SentimentNetwork, ids: Tensor) -> Tensor:
    """The logits of praise for a text without its first word, its second, and so on; the last is of the whole text.

    A direction that has left a word out reads on like the whole text from there, only from another state. So all walks
    of one direction go together. At each word one product moves the whole text and every walk that has left out a word
    before, and one more walk begins, which does not read this word. The logits are exact.

    ``ids`` are int64 of shape (time,), at least two words; the logits are of shape (time + 1,).
    """
    with torch.inference_mode():
        x, units = network.embedding(ids), network.spec.hidden  # x: (time, feature)
        weights, scoring = list(network.rnn.parameters()), None
        if network.attention is not None:
            scoring = torch.cat([network.attention.weight, network.head.weight])  # (score and say, direction * unit)
        h, seen = _walked(weights[:4], x, None if scoring is None else scoring[:, :units])
        if network.spec.bidirectional:
            h_back, seen_back = _walked(weights[4:], x.flip(0), None if scoring is None else scoring[:, units:])
            h, seen = torch.cat([h, _mirrored(h_back)], 1), seen + _mirrored(seen_back.flip(2), 1)
        if scoring is None:
            return network.classify(h)
        scores, said = seen
        scores.fill_diagonal_(-math.inf)  # the word that is left out; the last row has all
        logits: Tensor = (torch.softmax(scores, 1) * said).sum(1) + network.head.bias
        return logits


def _walked(weights: Sequence[Tensor], x: Tensor, looks: Tensor | None) -> tuple[Tensor, Tensor]:
    """The last states of one direction without each word and, in the last row, with all; (time + 1, unit).

    And what ``looks`` makes of the states on the way, (score and say, time + 1, time); of no use at a word left out.
    """
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    projected, turned = torch.addmm(bias_ih + bias_hh, x, weight_ih.T), weight_hh.T.contiguous()
    time, looked = len(x), 0 if looks is None else len(looks)
    h, c = (x.new_zeros(time + 1, len(turned)) for _ in range(2))
    seen = x.new_empty(looked, time + 1, time)
    for t in range(time):  # row t is the whole text so far
        before = h[t].clone(), c[t].clone()
        i, f, g, o = torch.addmm(projected[t], h[: t + 1], turned).chunk(4, 1)
        c[: t + 1].mul_(f.sigmoid_()).add_(i.sigmoid_().mul_(g.tanh_()))
        torch.mul(o.sigmoid_(), c[: t + 1].tanh(), out=h[: t + 1])
        if looks is not None:
            seen[:, : t + 1, t] = looks @ h[: t + 1].T
            seen[:, t + 1 :, t] = seen[:, t, t, None]  # those that leave out a later word
        h[t + 1], c[t + 1] = h[t], c[t]
        h[t], c[t] = before
    return h, seen


def _mirrored(rows: Tensor, axis: int = 0) -> Tensor:
    """The rows of a text that was read from its end as those of the text; the last one stays."""
    last = rows.shape[axis] - 1
    return torch.cat([rows.narrow(axis, 0, last).flip(axis), rows.narrow(axis, last, 1)], axis)
