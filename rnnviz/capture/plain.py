"""Plain copies of recurrent layers: torch's own module of the same sizes, with given weights as numbers on the CPU.

A single cell is a layer of one step, a subclass is the module that it extends, and half precision is float32.
"""

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

from rnnviz.capture.batch import State, described, drops, fits, refuse_dropout
from rnnviz.cells import Recurrent
from rnnviz.kernels import ResetBeforeGRU

SingleCell = nn.RNNCell | nn.LSTMCell | nn.GRUCell
Layer = Recurrent | SingleCell

HALVES: Final = (torch.bfloat16, torch.float16)


def numbers(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """A copy on the CPU, which no later change of the tensor reaches."""
    return tensor.detach().to("cpu", dtype, copy=True)


def computed_in(weight: Tensor) -> torch.dtype:
    """The dtype in which a layer with such weights is captured."""
    return torch.float64 if weight.dtype == torch.float64 else torch.float32


def weights_in_use(layer: Layer) -> tuple[Tensor, ...]:
    """The weights that the layer's next call reads, in torch's order; dropped weights are not its parameters."""
    if isinstance(layer, Recurrent):
        return tuple(layer._flat_weights)  # type: ignore[arg-type]
    names = ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if layer.bias else ()))
    return tuple(getattr(layer, name) for name in names)


def plain_layer(layer: Layer, weights: Sequence[Tensor]) -> Recurrent:
    """Torch's own module with these weights, batch first, without dropout; float32 and float64 weights are shared."""
    options: dict[str, Any] = {"bias": layer.bias, "batch_first": True, "device": "meta"}
    if isinstance(layer, Recurrent):
        options |= {"num_layers": layer.num_layers, "bidirectional": layer.bidirectional}
    if isinstance(layer, nn.RNN | nn.RNNCell):
        options["nonlinearity"] = layer.nonlinearity
    if isinstance(layer, nn.LSTM):
        options["proj_size"] = layer.proj_size
    module = _kind(layer)(layer.input_size, layer.hidden_size, **options)
    dtype = computed_in(weights[0])
    names = [name for names in module._all_weights for name in names]
    for name, weight in zip(names, weights, strict=True):
        setattr(module, name, nn.Parameter(weight.detach().to("cpu", dtype), requires_grad=False))
    return module


def plain_forward(module: Recurrent) -> bool:
    """Whether the module computes what torch's or a ``ResetBeforeGRU`` does: its forward is no other subclass's own."""
    return type(module).forward is _kind(module).forward


def refuse_meta(layer: Layer, path: str = "") -> None:
    """Refuse a layer that has shapes and no numbers."""
    if any(weight.is_meta for weight in weights_in_use(layer)):
        raise ValueError(
            f"{path or 'module'} must have numbers; it is on the meta device. Load its weights: "
            "model.to_empty(device='cpu'), then model.load_state_dict(...)"
        )


def readable(module: Recurrent, x: object, hx: State | None) -> tuple[Recurrent, Tensor, State | None]:
    """A layer with its arguments as capture reads them: those in half precision or on another device are copied.

    Raises:
        ValueError: If dropout between the layers is active, or x is not of the module's dtype and on its device.
    """
    weight = weights_in_use(module)[0]
    refuse_meta(module)
    if weight.device.type == "cpu" and weight.dtype not in HALVES:
        return module, x, hx  # type: ignore[return-value]  # what x must be is checked where it is read
    if drops(module):
        refuse_dropout(module)
    if not fits(x, weight):
        raise ValueError(f"x must be {weight.dtype} on {weight.device} like the module's weights; got {described(x)}")
    dtype = computed_in(weight)
    layer = plain_layer(module, weights_in_use(module))
    layer.batch_first = module.batch_first
    if isinstance(hx, Tensor):
        return layer, numbers(x, dtype), numbers(hx, dtype)
    return layer, numbers(x, dtype), None if hx is None else (numbers(hx[0], dtype), numbers(hx[1], dtype))


def _kind(layer: Layer) -> type[Recurrent]:
    if isinstance(layer, nn.LSTM | nn.LSTMCell):
        return nn.LSTM
    if isinstance(layer, ResetBeforeGRU):
        return ResetBeforeGRU
    return nn.GRU if isinstance(layer, nn.GRU | nn.GRUCell) else nn.RNN
