"""A network of one unit whose error has a cliff, and gradient descents that meet it.

``x_t = w σ(x_{t-1}) + b`` without input, from ``x_0 = 0.5``, and ``E = (σ(x_50) - 0.7)²``. All is float64, with the
products and sums of torch's autograd in its order: at the cliff a descent is chaotic, and the last bit decides its end.

Source: Pascanu, Mikolov, Bengio (2013), On the difficulty of training recurrent neural networks, arXiv 1211.5063,
    section 2.3, equation 8 and figure 6.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, TypeVar

import numpy as np

FIRST: Final = 0.5
"""x_0."""
STATES: Final = 50
"""How many states follow x_0."""
TARGET: Final = 0.7
"""What σ of the last state should be."""
CUSHION: Final = 1e-6
"""What ``torch.nn.utils.clip_grad_norm_`` adds to a norm before it divides by it."""

Number = TypeVar("Number", float, np.ndarray)


@dataclass(frozen=True)
class Settings:
    """A start and how to go down from it.

    Attributes:
        w, b: Where the descent starts.
        max_norm: The longest that a gradient may be; None for unclipped.

    Raises:
        ValueError: If a number is not finite, ``rate`` or ``max_norm`` is not above 0, or there is no step.
    """

    w: float
    b: float
    rate: float = 0.1
    max_norm: float | None = None
    steps: int = 400

    def __post_init__(self) -> None:
        for name in ("w", "b"):
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f"{name} must be finite; got {getattr(self, name)}")
        for name in ("rate", "max_norm"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"{name} must be above 0 and finite; got {value}")
        if self.steps < 1:
            raise ValueError(f"steps must be at least 1; got {self.steps}")


@dataclass(frozen=True, eq=False)
class Descent:
    """What one descent did: each row holds the numbers before the step was taken.

    The arrays are read-only float64; infinity and NaN are kept as they are.

    Attributes:
        w, b, error: Of shape (step,).
        grad_w, grad_b: Of shape (step,). The gradient before clipping.
        grad_norm, clipped_norm: Of shape (step,). Its length, before and after clipping.
    """

    settings: Settings
    w: np.ndarray
    b: np.ndarray
    error: np.ndarray
    grad_w: np.ndarray
    grad_b: np.ndarray
    grad_norm: np.ndarray
    clipped_norm: np.ndarray

    @property
    def update_norm(self) -> np.ndarray:
        """How far each step goes, (step,)."""
        with np.errstate(over="ignore"):
            return self.settings.rate * self.clipped_norm

    @property
    def longest(self) -> int:
        """The step that goes farthest; the first whose length is no number, if there is one."""
        return int(np.argmax(self.update_norm))

    @property
    def clipped(self) -> np.ndarray:
        """Whether each gradient was shortened, (step,)."""
        shortened: np.ndarray = self.clipped_norm < self.grad_norm
        return shortened


def error_and_gradient(w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``E``, ``dE/dw`` and ``dE/db``, exact, at many places at once; all of the shape that w and b have together."""
    each_w, each_b = np.broadcast_arrays(np.asarray(w, np.float64), np.asarray(b, np.float64))
    with np.errstate(over="ignore"):
        return _back(each_w, each_b, np.full(each_w.shape, FIRST), _sigmoids)


def edge(w: np.ndarray) -> np.ndarray:
    """The cliff: the b for which x_0 stays where it is, while all beside it goes away; NaN where there is no cliff.

    There each state multiplies a small deviation by ``w σ'(x_0)``, so the gradient has this to the power of 50. Which
    of two attractors the states reach changes at the cliff. Where ``w σ'(x_0)`` is at most 1, there is none.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, section 2.2, on boundaries between basins of attraction.
    """
    activated = _sigmoid(FIRST)
    return np.where(w * activated * (1 - activated) > 1, FIRST - activated * np.asarray(w, np.float64), np.nan)


def descend(settings: Settings, *, cushion: float = CUSHION) -> Descent:
    """Gradient descent, clipped by norm or not.

    Torch adds ``cushion`` to the norm before the gradient is scaled by ``max_norm / norm``; the paper does not.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, section 3.2, algorithm 1.
    """
    w, b, most = float(settings.w), float(settings.b), settings.max_norm
    rows = []
    for _ in range(settings.steps):
        error, grad_w, grad_b = _back(w, b, FIRST, _sigmoid)
        norm = math.sqrt(grad_w * grad_w + grad_b * grad_b)
        scale = most / (norm + cushion) if most is not None and norm + cushion > most else 1.0
        rows.append((w, b, error, grad_w, grad_b, norm, scale * norm))
        w -= settings.rate * (scale * grad_w)
        b -= settings.rate * (scale * grad_b)
    columns = np.array(rows).T.copy()
    columns.flags.writeable = False
    return Descent(settings, *columns)


@lru_cache(maxsize=128)
def neighbours(settings: Settings) -> tuple[Descent, ...]:
    """Descents from the starts whose w or whose b is the next float64 on either side."""
    starts = [(math.nextafter(settings.w, end), settings.b) for end in (-math.inf, math.inf)]
    starts += [(settings.w, math.nextafter(settings.b, end)) for end in (-math.inf, math.inf)]
    return tuple(descend(replace(settings, w=w, b=b)) for w, b in starts)


def parted(descent: Descent) -> int:
    """From which step on the last bit of the start decides: how many steps are the same from neighbouring starts.

    The same means that the gradients' norms differ by at most 1 %. Each time that a descent crosses the cliff, such a
    difference grows.
    """
    norms = np.stack([one.grad_norm for one in (descent, *neighbours(descent.settings))])
    with np.errstate(invalid="ignore"):
        apart = norms.max(axis=0) - norms.min(axis=0) > 0.01 * norms.max(axis=0)
    return int(apart.argmax()) if apart.any() else len(apart)


def _back(w: Number, b: Number, x: Number, sigmoid: Callable[[Number], Number]) -> tuple[Number, Number, Number]:
    """E and its gradient by w and b, forth and back through all states that follow x."""
    activated = []
    for _ in range(STATES):
        s = sigmoid(x)
        activated.append(s)
        x = w * s + b
    y = sigmoid(x)
    off = y - TARGET
    by_x = 2 * off * (1 - y) * y
    by_w = by_b = 0 * by_x
    for s in reversed(activated):
        by_w = by_w + by_x * s
        by_b = by_b + by_x
        by_x = by_x * w * (1 - s) * s
    return off * off, by_w, by_b


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if not x < -700 else 0.0


def _sigmoids(x: np.ndarray) -> np.ndarray:
    found: np.ndarray = 1 / (1 + np.exp(-x))
    return found
