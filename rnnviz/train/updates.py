"""Clipping and the optimizers' rules for many networks at once, each network a row."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import torch
from torch import Tensor

from rnnviz.spec import TrainSpec

BETAS: Final = (0.9, 0.999)
EPS: Final = 1e-8


class Updates:
    """One step of descent for every row, by its own settings.

    Source: torch.nn.utils.clip_grad_value_ and clip_grad_norm_ and torch.optim.SGD and Adam, whose arithmetic this is.
    """

    def __init__(self, specs: Sequence[TrainSpec], parameters: int) -> None:
        self.specs = tuple(specs)
        self.rates = _column(spec.rate for spec in specs)
        self.max_norms = _limits(spec.max_norm for spec in specs)
        self.max_values = _limits(spec.max_value for spec in specs)
        self.adam = [k for k, spec in enumerate(specs) if spec.optimizer == "adam"]
        self.mean = torch.zeros(len(self.adam), parameters)
        self.square = torch.zeros(len(self.adam), parameters)
        self.made = 0

    def of(self, rows: Sequence[int]) -> "Updates":
        """The same for some of the rows, with what they remember."""
        kept = Updates([self.specs[row] for row in rows], self.mean.shape[1])
        remembered = [self.adam.index(row) for row in rows if row in self.adam]
        kept.mean, kept.square, kept.made = self.mean[remembered], self.square[remembered], self.made
        return kept

    def apply(self, grads: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Clip the gradients and move the weights, both of shape (run, parameter), in place.

        Return the norm of the gradient before clipping, and that of the change of the weights, each of shape (run,).
        """
        norms = torch.linalg.vector_norm(grads, dim=1)
        self._clip(grads, norms)
        self.made += 1  # one count for all rows, since every row that is left has made every update so far
        change = grads * self.rates  # plain descent; Adam's rows are replaced
        if self.adam:
            change[self.adam] = self._adam(grads[self.adam]) * self.rates[self.adam]
        weights -= change
        return norms, torch.linalg.vector_norm(change, dim=1)

    def _clip(self, grads: Tensor, norms: Tensor) -> None:
        if self.max_values is not None:
            grads.clamp_(-self.max_values, self.max_values)
            norms = torch.linalg.vector_norm(grads, dim=1)  # values are clipped first, so the norm is of what is left
        if self.max_norms is not None:
            factor = (self.max_norms / (norms[:, None] + 1e-6)).clamp(max=1)
            # Without a limit the factor is 1 by rule: infinity over an infinite norm would be NaN.
            grads *= torch.where(self.max_norms < math.inf, factor, 1)

    def _adam(self, grads: Tensor) -> Tensor:
        """The direction that torch.optim.Adam takes, before the rate."""
        self.mean.lerp_(grads, 1 - BETAS[0])  # m + (1 - β1) (g - m) = β1 m + (1 - β1) g
        self.square.mul_(BETAS[1]).addcmul_(grads, grads, value=1 - BETAS[1])  # β2 v + (1 - β2) g²
        # Both began at 0, so each is divided by 1 - β^t: m / (1 - β1^t) over √(v / (1 - β2^t)) + ε.
        width = self.square.sqrt().div_(math.sqrt(1 - BETAS[1] ** self.made)).add_(EPS)
        return self.mean / width.mul_(1 - BETAS[0] ** self.made)


def _column(values: Iterable[float]) -> Tensor:
    return torch.tensor(list(values), dtype=torch.float32)[:, None]


def _limits(values: Iterable[float | None]) -> Tensor | None:
    """A column with infinity for None; None where there is no limit at all."""
    limits = [math.inf if value is None else value for value in values]
    return None if min(limits) == math.inf else _column(limits)
