"""Which words made a judgement what it is: what each adds to it, and what it would be without each.

All numbers are logits of praise as ``SentimentModel.logits`` has them, so the logistic function of their sum is the
probability that is shown. What is positive speaks for praise.
"""

from collections.abc import Callable
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

_FEWEST, _MOST = 8, 256
"""Places on the way at which the gradient is taken: at first, and at last."""

_TOKENS_AT_ONCE: Final = 16_384


@dataclass(frozen=True, eq=False)
class Contributions:
    """What each token of a text adds to the logit of praise.

    Attributes
    ----------
    tokens : tuple of str
        As they were typed.
    values : float64 ndarray of shape (time,)
        In logits.
    baseline_logit : float
        What the model says of as many words that it does not know.
    logit : float
        What it says of the text.
    steps : int
        Places between the two at which the gradient was taken; 0 where the values are exact without.
    """

    tokens: tuple[str, ...]
    values: np.ndarray
    baseline_logit: float
    logit: float
    steps: int

    @property
    def completeness_error(self) -> float:
        """The share of the difference between the two logits that the values do not add up to."""
        difference = self.logit - self.baseline_logit
        missing = abs(difference - float(self.values.sum()))
        if not missing:
            return 0.0
        return missing / abs(difference) if difference else float("inf")


def integrated_gradients(model: SentimentModel, text: str, longest: int = LONGEST) -> Contributions:
    """What each token adds to the logit, going from words that the network does not know to those of the text.

    The gradient by the embeddings is averaged over the straight way between the two, by Gauss and Legendre's rule with
    as many places as it takes for the values to add up, at most 256. The way begins at ``[UNK]`` rather than at zeros:
    the network has met it in training, so that its answer there means something, and a word that it does not know adds
    exactly nothing. A bag is linear in which words there are, so each adds its weight, shared where it stands more than
    once: that is exact, and what the way would give.

    Parameters
    ----------
    model : SentimentModel
    text : str
    longest : int, default LONGEST
        The tokens after that many are not read.

    Returns
    -------
    Contributions

    Raises
    ------
    ValueError
        If there is nothing to read.

    References
    ----------
    Sundararajan, Taly, Yan (2017), Axiomatic Attribution for Deep Networks, arXiv 1703.01365, section 3.
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
        start, end = (_judged(network, x[None]).item() / model.temperature for x in (unknown, known))
    steps = _FEWEST
    while True:
        values = _along(network, unknown, known, steps) / model.temperature
        found = Contributions(reading.tokens, values, start, end, steps)
        if found.completeness_error < WANTED or steps >= _MOST:
            return found
        steps *= 2


def leave_one_out(model: SentimentModel, text: str, longest: int = LONGEST) -> np.ndarray:
    """How much of the logit is lost when a token is left out and the others move up.

    Parameters
    ----------
    model : SentimentModel
    text : str
    longest : int, default LONGEST
        The tokens after that many are not read; the time grows with the square of the tokens.

    Returns
    -------
    float64 ndarray of shape (time,)
        The logit of the text less that without the token: positive where the token speaks for praise. A network reads
        one unknown word where nothing is left; a bag misses a word only when its last place is gone.

    Raises
    ------
    ValueError
        If there is nothing to read.

    References
    ----------
    Li, Monroe, Jurafsky (2016), Understanding Neural Networks through Representation Erasure, arXiv 1612.08220.
    """
    ids = np.array(model.readable(text, longest).ids, np.int32)
    logits = model.logits(Encoded.of([ids, *(np.delete(ids, k) for k in range(len(ids)))]))
    lost: np.ndarray = logits[0] - logits[1:]
    return lost


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """How far two rows of numbers put the same words in the same order: Kendall's tau-b.

    Attention has no sign: it is to be compared with the sizes of contributions.

    Parameters
    ----------
    one, other : ndarray of shape (time,)

    Returns
    -------
    float
        1 for the same order, -1 for the opposite one, about 0 where one says nothing of the other; NaN where a row has
        no order. Pairs that are equal in a row count as by Kendall's correction for ties.

    Raises
    ------
    ValueError
        If they are not as long as each other.

    References
    ----------
    Kendall (1945), The treatment of ties in ranking problems, Biometrika 33; Jain, Wallace (2019), Attention is not
    Explanation, arXiv 1902.10186, section 4.1, for the use.
    """
    if one.shape != other.shape or one.ndim != 1:
        raise ValueError(f"both must have a number a token; got the shapes {one.shape} and {other.shape}")
    first, second = np.triu_indices(len(one), 1)
    signs = [np.sign(row[first] - row[second]) for row in (one, other)]
    ordered = [float(np.count_nonzero(sign)) for sign in signs]
    return float(signs[0] @ signs[1] / np.sqrt(ordered[0] * ordered[1])) if all(ordered) else float("nan")


def _weights(bag: Bag, ids: np.ndarray) -> np.ndarray:
    """The weight of each word of a text, shared by its places."""
    words, place, counts = np.unique(ids, return_inverse=True, return_counts=True)
    alone = bag.logits(Encoded.of([np.array([word], np.int32) for word in words])) - bag.bias
    shared: np.ndarray = (alone / counts)[place]
    return shared


def _along(network: SentimentNetwork, start: Tensor, end: Tensor, steps: int) -> np.ndarray:
    """The values by so many places on the way, as many at once as fit into the processor's cache."""
    places, weights = np.polynomial.legendre.leggauss(steps)  # on -1 to 1
    difference, together = end - start, max(1, _TOKENS_AT_ONCE // len(end))
    total = torch.zeros_like(end)
    for begin in range(0, steps, together):
        share, weight = (
            torch.from_numpy(numbers[begin : begin + together] / 2).to(end)[:, None, None]
            for numbers in (places + 1, weights)
        )
        x = start + share * difference  # (step, time, feature)
        total += (weight * _slopes(lambda x: _judged(network, x), x)).sum(0)
    values: np.ndarray = (total * difference).sum(1).double().numpy()
    return values


def _slopes(judge: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gradient of each row's answer by that row."""
    with torch.enable_grad():
        x.requires_grad_()
        return torch.autograd.grad(judge(x).sum(), x)[0]


def _judged(network: SentimentNetwork, x: Tensor) -> Tensor:
    """The logits of whole rows of embeddings, (batch,)."""
    lengths = torch.full((len(x),), x.shape[1])
    return network.judge(network.pool(network.states(x, lengths), lengths))
