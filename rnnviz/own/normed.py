"""Weights that a file has as a length and a direction, as torch's ``weight_norm`` keeps them."""

import re
from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

_OLD: Final = re.compile(r"(?P<name>.+)_g")
_NEW: Final = re.compile(r"(?P<module>.*)parametrizations\.(?P<name>[^.]+)\.original0")


def joined(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors, each weight that is kept in two parts as the one that its layer computes with.

    Both forms of torch are read: ``weight_g`` beside ``weight_v``, and ``original0`` beside ``original1`` among the
    parametrizations. Each vector of v gets the length that g has for it. What does not fit together stays as it is.

    >>> import torch
    >>> from torch import nn
    >>> from rnnviz.own.normed import joined
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    >>> found = joined(layer.state_dict())
    >>> sorted(found), torch.allclose(found["weight"], layer.weight)
    (['bias', 'weight'], True)
    """
    found = dict(tensors)
    for length, tensor in tensors.items():
        if match := _OLD.fullmatch(length):
            name, direction = match["name"], f"{match['name']}_v"
        elif match := _NEW.fullmatch(length):
            name, direction = match["module"] + match["name"], f"{length[:-1]}1"
        else:
            continue
        if direction in tensors and (weight := _weight(tensor, tensors[direction])) is not None:
            found[name] = weight
            del found[length], found[direction]
    return found


def _weight(length: Tensor, direction: Tensor) -> Tensor | None:
    """The direction with its vectors as long as ``length`` says; None if it has no length for each of them."""
    sizes = length.shape or (1,) * direction.ndim  # one length for all
    if len(sizes) != direction.ndim or any(
        size not in (1, of) for size, of in zip(sizes, direction.shape, strict=True)
    ):
        return None
    axes = [axis for axis, size in enumerate(sizes) if size == 1]
    wide = direction.detach().double()
    lengths: Tensor = torch.linalg.vector_norm(wide, dim=axes, keepdim=True)
    joined: Tensor = wide * (length.detach().double() / lengths)
    return joined.float()
