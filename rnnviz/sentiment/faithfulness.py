"""Does attention say which words count? How far it agrees with the gradient and with leaving out, by text and by many.

All three are sizes: attention has no sign, so the others are taken without theirs.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from rnnviz.sentiment.explaining import agreement, leave_one_out
from rnnviz.sentiment.model import FOLDER, SentimentModel
from rnnviz.sentiment.reading import LONGEST

WAYS: Final = ("attention", "gradient", "left out")
PAIRS: Final = ((0, 1), (0, 2), (1, 2))
"""Which of the ways are compared."""

MEASURED: Final = FOLDER / "agreement.json"
"""What was measured of the network that ships."""

_LARGEST: Final = 2**20


@dataclass(frozen=True, eq=False)
class Sizes:
    """How much each token counts, by three ways of asking.

    Attributes:
        tokens: As they were typed.
        values: float64 of shape (way, time). In the order of ``WAYS``: the weight of attention; the size of the
            gradient of the logit by the token, and that of what leaving it out does to the logit, both in logits.
        unknown: The places of tokens that are not in the vocabulary.
    """

    tokens: tuple[str, ...]
    values: np.ndarray
    unknown: tuple[int, ...] = ()

    @property
    def taus(self) -> tuple[float, ...]:
        """Kendall's tau-b of each of ``PAIRS``; NaN where a way has no order."""
        return tuple(agreement(self.values[one], self.values[other]) for one, other in PAIRS)


@dataclass(frozen=True)
class Measured:
    """The agreement on texts of the test part, which the network has not learned from.

    Attributes:
        texts: How many were drawn, with ``seed``.
        longest: The tokens after that many were not read.
        taus: For each of ``PAIRS``, of each text, in ascending order.
    """

    network: str
    texts: int
    seed: int
    longest: int
    taus: tuple[tuple[float, ...], ...]


def gradient_sizes(model: SentimentModel, text: str, longest: int = LONGEST) -> np.ndarray:
    """The size of the gradient of the logit by each token, with the weights of attention held where they are.

    It is float64 of shape (time,), in logits. A token is a row of zeros with a one at its number; the derivative by
    that one is the embedding times the gradient by the embedding. Held still, the weights do not answer for themselves:
    what is asked is how the states that they weigh would change the judgement. Raises TypeError if the model is a bag,
    ValueError if there is nothing to read, or the network has no attention.

    Source: Jain, Wallace (2019), Attention is not Explanation, arXiv 1902.10186, section 4.1 and algorithm 1.
    """
    network, reading = model.opened(text, longest)
    lengths = torch.tensor([len(reading.ids)])
    x = network.embedding(torch.tensor([reading.ids])).detach().requires_grad_()  # (1, time, feature)
    with torch.enable_grad():
        states = network.states(x, lengths)
        weights = network.weigh(states, lengths).detach()
        logit = network.classify(torch.einsum("bt,btu->bu", weights, states)).sum()
        (gradient,) = torch.autograd.grad(logit, x)
    sizes: np.ndarray = (gradient * x).detach().sum(-1)[0].abs().double().numpy() / model.temperature
    return sizes


def sizes(model: SentimentModel, text: str, longest: int = LONGEST) -> Sizes:
    """How much each token of a text counts, by all three ways; it raises what ``gradient_sizes`` raises."""
    gradient = gradient_sizes(model, text, longest)
    attention = model.attention(text, longest).astype(np.float64)
    left_out = np.abs(leave_one_out(model, text, longest))
    reading = model.read(text, longest)
    unknown = tuple(t for t, number in enumerate(reading.ids) if not number)
    return Sizes(reading.tokens, np.stack([attention, gradient, left_out]), unknown)


def draw(count: int, texts: Sequence[str], seed: int) -> list[str]:
    """Some of many texts, the same for equal seeds; all of them where there are no more."""
    order = np.random.default_rng(seed).permutation(len(texts))
    return [texts[k] for k in order[:count].tolist()]


def each(model: SentimentModel, texts: Sequence[str], longest: int) -> Iterator[tuple[float, ...]]:
    """``Sizes.taus`` of one text after the other, without those of one token, which have no order."""
    for text in texts:
        if len(model.read(text, longest).ids) > 1:
            yield sizes(model, text, longest).taus


def measured(model: SentimentModel, taus: Sequence[Sequence[float]], *, seed: int, longest: int) -> Measured:
    """What is kept of the agreement on many texts, from the ``taus`` of ``each``."""
    columns = tuple(tuple(sorted(round(tau, 4) for tau in column)) for column in zip(*taus, strict=True))
    return Measured(model.name, len(taus), seed, longest, columns)


def as_text(found: Measured) -> str:
    """What was measured as JSON, to be kept in a file."""
    return json.dumps(asdict(found), allow_nan=False) + "\n"


def load(path: Path = MEASURED) -> Measured:
    """What was measured, from its file.

    Raises:
        OSError: If there is no such file.
        ValueError: If it holds something else.
    """
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"{path.name} must have at most {_LARGEST:,} bytes; got {path.stat().st_size:,}")
    kept = json.loads(path.read_text(encoding="utf-8"))
    try:
        columns = tuple(tuple(float(tau) for tau in column) for column in kept["taus"])
        found = Measured(
            str(kept["network"]), int(kept["texts"]), int(kept["seed"]), int(kept["longest"]), columns
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} must hold the agreement of {len(PAIRS)} pairs; got {error!r}") from error
    if len(columns) != len(PAIRS) or any(len(column) != found.texts or not _ordered(column) for column in columns):
        raise ValueError(f"{path.name} must have {found.texts} numbers in -1..1 a pair, in order; got others")
    return found


def _ordered(column: Sequence[float]) -> bool:
    return list(column) == sorted(column) and all(math.isfinite(tau) and -1 <= tau <= 1 for tau in column)
