"""The norm of all gradients before clipping and after it, and the first number that is not finite."""

import weakref
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from rnnviz.record import NonFinite


class Before:
    """The norm of each parameter's gradient as the last backward pass left it, before anybody clips it.

    Also what was there before the backward pass added to it: gradients of earlier updates, which nobody has reset.
    """

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self._parameters = parameters
        self._norms: dict[int, Tensor] = {}
        self._left: dict[int, Tensor] = {}
        self._gradients: dict[int, Tensor] = {}
        self._hooks: list[RemovableHandle] = []

    def listen(self) -> None:
        """Measure from now on."""
        self.stop()
        for position, parameter in enumerate(self._parameters):

            def look(_: Tensor, position: int = position, parameter: nn.Parameter = parameter) -> None:
                left = torch.zeros(()) if parameter.grad is None else _norm(parameter.grad).cpu()
                # Of several backward passes of an update, the first one after a reset finds nothing.
                self._left[position] = torch.minimum(left, self._left.get(position, left))

            def keep(found: Tensor, position: int = position) -> None:
                if found.grad is not None:
                    self._norms[position], self._gradients[position] = _norm(found.grad), found.grad

            self._hooks.append(parameter.register_hook(look))  # type: ignore[no-untyped-call]
            hook = parameter.register_post_accumulate_grad_hook(keep)  # type: ignore[no-untyped-call]
            self._hooks.append(hook)

    def stop(self) -> None:
        """Take the hooks away, and forget."""
        for hook in self._hooks:
            hook.remove()
        for known in (self._hooks, self._norms, self._left, self._gradients):
            known.clear()

    @property
    def arrived(self) -> list[nn.Parameter]:
        """The parameters whose gradients have been measured."""
        return [self._parameters[position] for position in self._norms]

    def total(self) -> float:
        """The norm of all gradients, of those that were there before included."""
        norms = [
            self._norms[position] if position in self._norms else _norm(gradient)
            for position, gradient in self._found().items()
        ]
        return _joined(norms)

    def left(self) -> float:
        """The norm of the gradients that the backward pass found and added to; 0 where it found none."""
        return _joined([*self._left.values()])

    def after(self) -> float:
        """The norm of all gradients now; NaN if there are none."""
        gradients = [_dense(gradient) for gradient in self._found().values()]
        return float(nn.utils.get_total_norm(gradients)) if gradients else float("nan")

    def gradients(self) -> dict[nn.Parameter, Tensor]:
        """The gradients by their parameters: those that were measured, if a reset has taken them off since."""
        return {self._parameters[position]: gradient for position, gradient in self._found().items()}

    def _found(self) -> dict[int, Tensor]:
        now = {k: parameter.grad for k, parameter in enumerate(self._parameters) if parameter.grad is not None}
        return self._gradients | now


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
    *,
    gradients: Mapping[nn.Parameter, Tensor],
    changed: bool = False,
) -> NonFinite | None:
    """Where the numbers of an update stop being finite, in the order in which they are computed.

    A state that is not finite makes all later ones so: the last states of the modules stand for all. ``inputs`` and
    ``output`` are the model's own, as long as anybody has them. Weights that the update has ``changed`` already are not
    those that the pass began with.
    """
    alive = [tensor for tensor in (reference() for reference in inputs) if tensor is not None]
    if any(_is_bad(tensor) for tensor in alive):
        return NonFinite(update, "input", "")
    for name, parameter in () if changed else model.named_parameters():
        if _is_bad(parameter):
            return NonFinite(update, "parameter", name)
    for path, last in states.items():
        if any(map(_is_bad, last)):
            return NonFinite(update, "activation", path)
    returned = output() if output is not None else None
    if returned is not None and _is_bad(returned):
        return NonFinite(update, "activation", "")
    for name, parameter in model.named_parameters():
        if (gradient := gradients.get(parameter)) is not None and _is_bad(_dense(gradient)):
            return NonFinite(update, "gradient", name)
    return None


def _is_bad(tensor: Tensor) -> bool:
    return tensor.is_floating_point() and not bool(torch.isfinite(tensor.detach()).all())
