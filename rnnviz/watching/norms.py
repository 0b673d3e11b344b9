"""The norm of all gradients before clipping and after it, and the first number that is not finite."""

import weakref
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from rnnviz.record import NonFinite


class Before:
    """The norm of each parameter's gradient as the last backward pass left it, before anybody clips it."""

    def __init__(self, model: nn.Module) -> None:
        self._parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._norms: dict[int, Tensor] = {}
        self._hooks: list[RemovableHandle] = []

    def listen(self) -> None:
        """Measure from now on."""
        self._norms.clear()
        for position, parameter in enumerate(self._parameters):

            def keep(found: Tensor, position: int = position) -> None:
                if found.grad is not None:
                    self._norms[position] = _norm(found.grad)

            hook = parameter.register_post_accumulate_grad_hook(keep)  # type: ignore[no-untyped-call]
            self._hooks.append(hook)

    def stop(self) -> None:
        """Take the hooks away."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def total(self) -> float:
        """The norm of all gradients, of those that were there before included."""
        norms = [
            self._norms[position] if position in self._norms else _norm(parameter.grad)
            for position, parameter in enumerate(self._parameters)
            if parameter.grad is not None
        ]
        return _joined(norms)


def total_norm(parameters: Iterable[nn.Parameter]) -> float:
    """The norm of all gradients as they are now; NaN if there are none."""
    gradients = [_dense(parameter.grad) for parameter in parameters if parameter.grad is not None]
    return float(nn.utils.get_total_norm(gradients)) if gradients else float("nan")


def _joined(norms: list[Tensor]) -> float:
    if not norms:
        return float("nan")
    return float(torch.linalg.vector_norm(torch.stack([norm.to(norms[0].device) for norm in norms])))


def _norm(gradient: Tensor) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(_dense(gradient).detach())
    return norm


def _dense(gradient: Tensor) -> Tensor:
    return gradient.coalesce().values() if gradient.is_sparse else gradient


def first_non_finite(
    update: int,
    model: nn.Module,
    inputs: Iterable["weakref.ref[Tensor]"],
    states: Mapping[str, tuple[Tensor, ...]],
    output: "weakref.ref[Tensor] | None",
) -> NonFinite | None:
    """Where the numbers of an update stop being finite, in the order in which they are computed.

    A state that is not finite makes all later ones so: the last states of the modules stand for all. ``inputs`` and
    ``output`` are the model's own, as long as anybody has them.
    """
    alive = [tensor for tensor in (reference() for reference in inputs) if tensor is not None]
    if any(_is_bad(tensor) for tensor in alive):
        return NonFinite(update, "input", "")
    for name, parameter in model.named_parameters():
        if _is_bad(parameter):
            return NonFinite(update, "parameter", name)
    for path, last in states.items():
        if any(map(_is_bad, last)):
            return NonFinite(update, "activation", path)
    returned = output() if output is not None else None
    if returned is not None and _is_bad(returned):
        return NonFinite(update, "activation", "")
    for name, parameter in model.named_parameters():
        if parameter.grad is not None and _is_bad(_dense(parameter.grad)):
            return NonFinite(update, "gradient", name)
    return None


def _is_bad(tensor: Tensor) -> bool:
    return tensor.is_floating_point() and not bool(torch.isfinite(tensor.detach()).all())
