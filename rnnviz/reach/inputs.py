"""The gradient of a loss by the inputs, from one pass of torch's fused kernel."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.cells import Recurrent, cell_of, directions_of, recurrent, weights_of

_KERNELS: Final[dict[str, Callable[..., Any]]] = {
    "lstm": torch.lstm,
    "gru": torch.gru,
    "tanh": torch.rnn_tanh,
    "relu": torch.rnn_relu,
}


def input_gradients(module: nn.Module, x: Tensor, *, loss: Callable[[Tensor], Tensor]) -> np.ndarray:
    """dLoss/dx at every step, (batch, time, feature), from one fused pass; the module gains no ``.grad``.

    Args:
        x: As the module takes it. Without a batch it counts as a batch of one.
        loss: From the output that the module returns to a scalar tensor.

    Raises:
        TypeError: If the module is no recurrent module.
        ValueError: If it has active dropout, if ``x`` does not fit it, or the loss is no scalar that depends on its
            argument.

    >>> import torch
    >>> from rnnviz import reach
    >>> rnn = torch.nn.RNN(3, 4, batch_first=True)
    >>> reach.input_gradients(rnn, torch.ones(1, 6, 3), loss=lambda h: h[:, -1].sum()).shape
    (1, 6, 3)
    """
    module = recurrent(module)
    with torch.inference_mode(mode=False), torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        total = depending("loss", loss(output_of(module, x)))
        if total.numel() != 1:
            raise ValueError(f"loss must return a scalar tensor; got shape {tuple(total.shape)}")
        (gradient,) = torch.autograd.grad(total.reshape(()), x, materialize_grads=True)
    if x.dim() == 2:
        gradient = gradient[None]
    elif not module.batch_first:
        gradient = gradient.transpose(0, 1)
    return np.ascontiguousarray(gradient.numpy())


def output_of(module: Recurrent, x: Tensor) -> Tensor:
    """What the module returns for an input as it takes it, without anything for gradients by its weights.

    Its kernel is called with detached weights, so that modules shared between threads are only read. An x that does not
    fit, or active dropout, is a ValueError.
    """
    weight = module.weight_ih_l0
    if x.dim() not in (2, 3) or x.shape[-1] != module.input_size or x.dtype != weight.dtype or not x.numel():
        raise ValueError(
            f"x must be (batch, time, {module.input_size}), as the module takes it, in {weight.dtype};"
            f" got {tuple(x.shape)} in {x.dtype}"
        )
    if module.dropout and module.training and module.num_layers > 1:
        raise ValueError(f"dropout must be 0 or the module in eval mode; got dropout {module.dropout} in training")
    places = [(layer, direction) for layer in range(module.num_layers) for direction in directions_of(module)]
    flat = [_plain(w) for place in places for w in weights_of(module, *place) if w is not None]
    axis = 0 if module.batch_first else 1
    batch = x if x.dim() == 3 else x.unsqueeze(axis)
    state = batch.new_zeros(len(places), batch.shape[axis], module.hidden_size)
    cell = cell_of(module)
    kernel = _KERNELS[module.nonlinearity if isinstance(module, nn.RNN) else cell]
    states = (state, state) if cell == "lstm" else state
    arguments = (module.bias, module.num_layers, 0.0, False, module.bidirectional, module.batch_first)
    output: Tensor = kernel(batch, states, flat, *arguments)[0]
    return output if x.dim() == 3 else output.squeeze(axis)


def depending(name: str, value: object) -> Tensor:
    """What a loss gave, if it is a tensor that depends on its argument; else ValueError."""
    if not isinstance(value, Tensor) or not value.requires_grad:
        raise ValueError(f"{name} must return a tensor that depends on the output; got {type(value).__name__}")
    return value


def _plain(tensor: Tensor) -> Tensor:
    """A tensor that autograd may save, also where the caller's was made in inference mode."""
    return tensor.clone() if tensor.is_inference() else tensor
