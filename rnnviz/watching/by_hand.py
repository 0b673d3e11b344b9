"""Updates that no optimizer makes: a loop changes the weights itself, which no hook tells."""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

_NUMBERS: Final = 64
"""So many numbers of each parameter, spread over it, are compared: an update changes some number of some of them."""


class Weights:
    """Whether the parameters of a model have changed, from a few numbers of each.

    >>> import torch
    >>> from rnnviz.watching.by_hand import Weights
    >>> parameter = torch.nn.Parameter(torch.ones(3))
    >>> weights = Weights([parameter])
    >>> parameter.data.add_(1.0)
    tensor([2., 2., 2.])
    >>> weights.changed(), weights.changed()
    (True, False)
    """

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self._parameters = parameters
        self._before = self._now()

    def changed(self) -> bool:
        """Whether they have changed since this was asked for the last time."""
        before, self._before = self._before, self._now()
        return not all(map(torch.equal, before, self._before))

    def norm(self) -> float:
        """The norm of all numbers of the parameters that are finite."""
        squares = [p.detach().nan_to_num(0, 0, 0).double().square().sum().cpu() for p in self._parameters]
        return float(torch.stack(squares).sum().sqrt()) if squares else 0.0

    def _now(self) -> list[Tensor]:
        return [_some(parameter.detach()) for parameter in self._parameters]


def _some(parameter: Tensor) -> Tensor:
    """A copy of some numbers of a parameter, the first and the last one among them."""
    flat = parameter.flatten()
    places = torch.linspace(0, max(len(flat) - 1, 0), min(_NUMBERS, len(flat)), dtype=torch.float64, device="cpu")
    return flat[places.long().to(flat.device)]
