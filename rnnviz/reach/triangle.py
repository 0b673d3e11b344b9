"""What every step's state contributes to every step's loss."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.capture import capture
from rnnviz.cells import recurrent, weights_of
from rnnviz.names import Direction
from rnnviz.reach.back import Pulls, norms_back
from rnnviz.reach.inputs import depending, output_of


@dataclass(frozen=True, eq=False)
class ContributionTriangle:
    """How much every step's state matters to every step's loss.

    Attributes:
        losses: Of shape (time_loss,).
        norms: Of shape (time_loss, time). Norm of the total derivative dL_t/dh_k; 0 where L_t does not depend on h_k.

    >>> import torch
    >>> from rnnviz import reach
    >>> rnn = torch.nn.RNN(3, 4, batch_first=True)
    >>> triangle = reach.contribution_triangle(rnn, torch.ones(1, 6, 3), lambda h: h.sum(-1))
    >>> triangle.losses.shape
    (6,)
    """

    losses: np.ndarray
    norms: np.ndarray


def contribution_triangle(
    module: nn.Module,
    x: Tensor,
    losses: Callable[[Tensor], Tensor],
    *,
    layer: int = 0,
    direction: Direction = "forward",
) -> ContributionTriangle:
    """How much the loss of every step depends on the state of every step.

    The losses share one pass forward and are stepped back through it together.

    Args:
        x: One sample, as the module takes it.
        losses: From the module's output for ``x`` to a tensor with one loss a step.

    Raises:
        TypeError: If the module is no recurrent module.
        ValueError: If ``x`` is not one sample that fits it, there is no such layer or direction, or the losses do not
            depend on the output.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, equations 3 to 5.

    >>> import torch
    >>> from rnnviz import reach
    >>> rnn = torch.nn.RNN(3, 4, batch_first=True)
    >>> triangle = reach.contribution_triangle(rnn, torch.ones(1, 6, 3), lambda h: h.sum(-1))
    >>> triangle.norms.shape
    (6, 6)
    """
    module = recurrent(module)
    weights_of(module, layer, direction)
    if x.dim() == 3 and x.shape[0 if module.batch_first else 1] != 1:
        raise ValueError(f"x must be one sample; got shape {tuple(x.shape)}")
    with torch.inference_mode(mode=False), torch.enable_grad():
        output = output_of(module, x.detach().clone()).requires_grad_()
        each = depending("losses", losses(output)).reshape(-1)
        pulls = _pulls(each, output)
    norms = norms_back(module, capture(module, x), pulls, len(each), layer=layer, direction=direction)
    return ContributionTriangle(losses=each.detach().numpy().copy(), norms=norms)


def _pulls(losses: Tensor, output: Tensor) -> Pulls:
    """The gradient of each loss by the output alone, where it is not zero."""
    parts = []
    for loss in losses:
        (gradient,) = torch.autograd.grad(loss, output, retain_graph=True, materialize_grads=True)
        gradient = gradient.reshape(-1, output.shape[-1]).double()  # (time, direction * unit)
        steps = gradient.ne(0).any(-1).nonzero()[:, 0]
        parts.append((steps.numpy(), gradient[steps].numpy()))
    counts = [len(steps) for steps, _ in parts]
    return Pulls(
        losses=np.repeat(np.arange(len(parts)), counts),
        steps=np.concatenate([steps for steps, _ in parts]),
        vectors=np.concatenate([vectors for _, vectors in parts]),
    )
