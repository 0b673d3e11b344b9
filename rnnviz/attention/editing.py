"""What somebody may change in a decoding: the token that is said at a step, and where the network looks."""

import math
from collections.abc import Mapping
from typing import Final

from torch import Tensor

_ROUNDING: Final = 1e-6


def check_forced(forced: Mapping[int, str], limit: int, said: tuple[str, ...]) -> dict[int, str]:
    """Tokens to be said, in the order of their steps; ``said`` is all that can be said, ``limit`` the most steps.

    Raises ValueError if a step is none of these, or a token.
    """
    for step, token in forced.items():
        check_whole("a forced step", step, 0, limit - 1)
        if token not in said:
            raise ValueError(f"a forced token must be one of {' '.join(said)}; got {token!r:.40}")
    return dict(sorted(forced.items()))


def check_edited(
    edited: Mapping[int, Mapping[int, float]], limit: int, places: int, *, has_attention: bool
) -> dict[int, dict[int, float]]:
    """Weights to be put in place of the network's, in the order of steps and places.

    ``limit`` is the most steps, ``places`` the tokens of the source. Raises ValueError if there are no weights, if a
    step, a place or a weight is not possible, or if those of a step sum to more than 1, or are all of that step and sum
    to less.
    """
    if edited and not has_attention:
        raise ValueError("only a network with attention has weights to edit; this one has none")
    for step, weights in edited.items():
        check_whole("an edited step", step, 0, limit - 1)
        for place, weight in weights.items():
            check_whole("an edited place", place, 0, places - 1)
            _check_weight(weight)
        total = math.fsum(weights.values())
        if total > 1 + _ROUNDING:
            raise ValueError(f"the edited weights of step {step} must sum to at most 1; got {total:.6g}")
        if len(weights) == places and total < 1 - _ROUNDING:
            raise ValueError(f"no place of step {step} is left to take the rest, so all must sum to 1; got {total:.6g}")
    return {step: dict(sorted(weights.items())) for step, weights in sorted(edited.items()) if weights}


def check_whole(name: str, got: object, least: int, most: int) -> None:
    """Refuse with ValueError what is no whole number within limits."""
    if not isinstance(got, int) or isinstance(got, bool) or not least <= got <= most:
        raise ValueError(f"{name} must be a whole number in {least}..{most}; got {got!r:.40}")


def reweighted(weights: Tensor, edited: Mapping[int, float]) -> Tensor:
    """Weights of one step with some typed over, the others sharing what is left of 1 as they shared what they had.

    The weights before and after are of shape (1, 1, source) and sum to 1; the same come back where nothing is edited.
    ``edited`` is as ``check_edited`` gives it.
    """
    if not edited:
        return weights
    places = list(edited)
    typed = weights.new_tensor([edited[place] for place in places])
    others = weights.clone()
    others[..., places] = 0
    left, had = max(0.0, 1 - math.fsum(edited.values())), float(others.sum())
    if had > 0:
        others = others / had * left
    elif len(places) < weights.shape[-1]:
        others += left / (weights.shape[-1] - len(places))
    others[..., places] = typed
    return others


def _check_weight(weight: object) -> None:
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 <= weight <= 1:
        raise ValueError(f"an edited weight must be a number in 0..1; got {weight!r:.40}")
