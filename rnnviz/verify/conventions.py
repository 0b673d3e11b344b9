"""A GRU by torch's and by the textbooks' equations: how far apart the states of the same weights are."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.capture import State, read_batch
from rnnviz.cells import directions_of, gru_step, weights_of
from rnnviz.verify.probing import module_output


@dataclass(frozen=True, eq=False)
class Convention:
    """A GRU by some convention, beside torch's.

    Attributes:
        difference: Largest absolute difference of its h from nn.GRU's.
        last_step: The same at the last step alone.
        h: Of shape (time, direction * unit). The outputs of its top layer.
    """

    difference: float
    last_step: float
    h: np.ndarray


def gru_conventions(module: nn.Module, x: Tensor, *, hx: State | None = None, batch: int = 0) -> dict[str, Convention]:
    """The same weights by torch's and by the textbooks' equations of a GRU, over the whole sequence.

    They are ``torch`` (a difference of rounding only), ``reset before the product``, ``z swapped``.

    Raises:
        TypeError: If the module is no GRU.
    """
    if not isinstance(module, nn.GRU):
        raise TypeError(f"module must be an nn.GRU; got {type(module).__name__}")
    whole = read_batch(module, x, hx=hx)
    if not 0 <= batch < len(whole.x):
        raise ValueError(f"batch must be in 0..{len(whole.x) - 1} for this input; got {batch}")
    sample, first = whole.x[batch], whole.states[0][:, batch]  # (time, feature), (layer * direction, unit)
    with torch.inference_mode():
        truth = module_output(module, sample[None], (first[:, None],))[0].numpy()  # (time, direction * unit)
        conventions = {}
        for name, reset_before, swap_z in (
            ("torch", False, False),
            ("reset before the product", True, False),
            ("z swapped", False, True),
        ):
            h = _gru_by(module, sample, first, reset_before=reset_before, swap_z=swap_z).numpy()
            apart = np.abs(h - truth)
            conventions[name] = Convention(float(apart.max()), float(apart[-1].max()), h)
    return conventions


def _gru_by(module: nn.GRU, x: Tensor, first: Tensor, *, reset_before: bool, swap_z: bool) -> Tensor:
    """The outputs of the top layer, (time, direction * unit), step by step by one convention."""
    current, ways = x, directions_of(module)
    for layer in range(module.num_layers):
        outputs = []
        for k, direction in enumerate(ways):
            weights, h = weights_of(module, layer, direction), first[layer * len(ways) + k]
            states = []
            for x_t in current if direction == "forward" else current.flip(0):
                h = gru_step(x_t, h, weights, reset_before=reset_before, swap_z=swap_z)["h"]
                states.append(h)
            outputs.append(torch.stack(states if direction == "forward" else states[::-1]))
        current = torch.cat(outputs, -1)  # (time, direction * unit)
    return current
