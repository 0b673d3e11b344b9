"""A training that is watched: which hooks are where, at which updates, and the record that they make."""

import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from os import PathLike
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils.hooks import RemovableHandle

from rnnviz.capture.batch import drops
from rnnviz.capture.calls import read_call
from rnnviz.capture.plain import HALVES, SingleCell, plain_layer, weights_in_use
from rnnviz.cells import Recurrent, cell_of, directions_of
from rnnviz.history import NEVER
from rnnviz.kernels import reset_of
from rnnviz.names import sigmoid_gates
from rnnviz.record import CURVES, QUANTILES, LayerRecord, NonFinite, Record
from rnnviz.watching import measures
from rnnviz.watching.by_hand import Weights
from rnnviz.watching.calls import Listened, arguments, listen, results, states_of, tokens_of
from rnnviz.watching.norms import Before, first_non_finite
from rnnviz.watching.order import Order
from rnnviz.watching.replay import replay
from rnnviz.watching.rows import stacked

MOST_ROWS: Final = 400
MOST_NUMBERS: Final = 4_000_000
"""A record that has more rows, or more numbers in them, loses every second row, and twice as many updates are between
two from then on."""

WRITE_EVERY: Final = 5.0
"""Seconds from one writing of a record to the next."""


BEGINNING: Final = 10
"""Updates whose norms of the gradient later ones are compared with, where a number stops being finite."""

WITHOUT_UPDATES: Final = (
    "rnnviz.watch has seen backward passes and no update: no optimizer with parameters of the model made a step, and "
    "no weight has changed. Give the optimizer the parameters of the model that is watched"
)


class Layer:
    """One recurrent module that is watched."""

    def __init__(self, path: str, module: Recurrent) -> None:
        self.path, self.module = path, module
        self.attached_at = NEVER
        self.order = Order()
        self.seen = False
        self.made: Listened | None = None
        self.rows: list[measures.Numbers] = []
        self.last: tuple[Tensor, ...] = ()
        self._before: tuple[Tensor, ...] = ()
        self._random: Tensor | None = None

    def begin(self) -> None:
        """Keep the random state before a call, from which the masks between the layers can be drawn again."""
        weight = weights_in_use(self.module)[0]
        can_draw = drops(self.module) and weight.device.type == "cpu" and weight.dtype not in HALVES
        self._random = torch.get_rng_state() if can_draw else None

    def see(
        self, args: Any, named: Any, returned: Any, inputs: list[Tensor], *, update: int, look: bool, keep: bool
    ) -> None:
        """Note a call and, if the update is to have a row, what it was about; ``keep`` copies of the weights for it."""
        self.seen = True
        given, initial = arguments(args, named)
        hx, (output, state) = states_of(initial), results(returned)
        carried = bool(hx and self._before) and _same(hx[0], self._before[0])
        if carried and self.attached_at == NEVER and any(state.grad_fn is not None for state in hx):
            self.attached_at = update
        self.last = tuple(one.detach() for one in states_of(state))
        tokens = tokens_of(self.module, given, inputs)
        if tokens is not None:
            self.order.see(tokens, carried=carried)
        if look:
            call = read_call(self.module, args, named, returned, self._random)
            if keep:
                call = replace(call, weights=tuple(weight.detach().clone() for weight in call.weights))
                tokens = None if tokens is None else tokens.clone()
            self.made = Listened(call, carried, tokens)
            listen(self.made, output, state)

    def numbers(self) -> measures.Numbers:
        """The numbers of this update, of the module's last call."""
        if self.made is None:
            found = measures.of_weights(self.module)
        else:
            found = measures.of_weights(plain_layer(self.module, self.made.call.weights))
            found |= measures.of_call(self.made)
            if (arrays := replay(self.made)) is not None:
                found |= measures.of_states(self.module, *arrays)
        return {"grad_norm": np.full((self.module.num_layers, len(directions_of(self.module)), 0), np.nan)} | found

    def end_update(self) -> None:
        """Forget the call; its last state may be given to the next update."""
        self.made, self._before = None, self.last
        self.order.end_update()

    def record(self) -> LayerRecord:
        """What is known by now."""
        module, cell = self.module, cell_of(self.module)
        sizes = {
            "layer": module.num_layers,
            "direction": len(directions_of(self.module)),
            "gate": len(sigmoid_gates(cell)),
            "quantile": len(QUANTILES),
        }
        return LayerRecord(
            self.path, cell, module.nonlinearity if isinstance(module, nn.RNN) else "tanh", module.input_size,
            module.hidden_size, module.num_layers, module.bidirectional, module.batch_first, self.attached_at,
            self.order.followed, self.order.moved, stacked(self.rows, sizes),
            reset_of(self.module),
        )  # fmt: skip


class Watched:
    """A training under way, made by ``watch``; its ``record`` is what is known of it by now.

    >>> import torch
    >>> import rnnviz
    >>> gru = torch.nn.GRU(3, 4)
    >>> optimizer = torch.optim.Adam(gru.parameters())
    >>> with rnnviz.watch(gru, every=1) as watched:
    ...     loss = gru(torch.ones(6, 2, 3))[0].square().mean()
    ...     loss.backward()
    ...     watched.note_loss(loss)
    ...     optimizer.step()
    >>> bool(watched.record.loss[0] == loss.detach())
    True
    """

    def __init__(self, model: nn.Module, every: int, folder: str | PathLike[str] | None) -> None:
        self.model, self.every, self.folder = model, every, folder
        self.updates = 0
        self.non_finite: NonFinite | None = None
        self._layers = [Layer(path, module) for path, module in recurrent_modules(model)]
        if not self._layers:
            raise ValueError(_without_layers(model))
        self._parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._own = {id(parameter) for parameter in self._parameters}
        self._before = Before(self._parameters)
        self._weights = Weights(self._parameters)
        self._stepped = False
        self._length, self._norms = self._weights.norm(), list[float]()
        self._norm = float("nan")
        self._update: list[int] = []
        self._curves: list[dict[str, float]] = []
        self._row: dict[str, float] = {}
        self._hooks: list[RemovableHandle] = []
        self._inputs: list[weakref.ref[Tensor]] = []
        self._output: weakref.ref[Tensor] | None = None
        self._optimizer: weakref.ref[torch.optim.Optimizer] | None = None
        self._written = time.monotonic()
        self._stage = "ended"

    def __enter__(self) -> Self:
        if self._hooks:
            raise RuntimeError("a model must be watched by one `with` at a time; got a second one")
        self._hooks = [
            self.model.register_forward_pre_hook(self._take_inputs, with_kwargs=True),
            self.model.register_forward_hook(self._take_output),
            register_optimizer_step_pre_hook(self._before_step),
            register_optimizer_step_post_hook(self._after_step),
        ]
        for layer in self._layers:

            def see(_: Any, args: Any, named: Any, output: Any, layer: Layer = layer) -> None:
                self._see(layer, args, named, output)

            self._hooks.append(layer.module.register_forward_hook(see, with_kwargs=True, prepend=True))

            def begin(_: Any, __: Any, layer: Layer = layer) -> None:
                self._end_update_by_hand()
                if self._looks:
                    layer.begin()

            self._hooks.append(layer.module.register_forward_pre_hook(begin))
        self._before.listen()
        self._stage = "going on"
        self._write()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()
        if error is None:
            self._end_update_by_hand()
            if not self.updates and self._before.arrived:
                warnings.warn(WITHOUT_UPDATES, stacklevel=2)
        self._before.stop()
        for layer in self._layers:
            layer.end_update()  # a call that no step followed is let go
        if self.non_finite is None and self.updates:  # the last update may have left some
            found = first_non_finite(self.updates, self.model, [], {}, None, gradients={})
            self.non_finite = None if found is None else self._with_growth(found)
        self._stage = "ended" if error is None else "broken off"
        self._write()

    def note_loss(self, loss: Tensor | float) -> None:
        """Put the loss of this update into the record; call it before ``optimizer.step()``."""
        if self._looks:
            self._row["loss"] = float(loss.detach()) if isinstance(loss, Tensor) else float(loss)

    def take_row(self, **curves: float) -> None:
        """Look at what the modules have been called with and at the gradients that came back to them."""
        self._curves.append({**self._row, **curves})
        self._update.append(self.updates)
        for layer in self._layers:
            layer.rows.append(layer.numbers())

    def find_non_finite(self, *, changed: bool = False) -> NonFinite | None:
        """Where the numbers of the last pass stop being finite; the weights may have ``changed`` since."""
        states = {layer.path: layer.last for layer in self._layers}
        return first_non_finite(
            self.updates,
            self.model,
            self._inputs,
            states,
            self._output,
            gradients=self._before.gradients(),
            changed=changed,
        )

    @property
    def record(self) -> Record:
        """What is known by now; also after an error in the training."""
        curves = {name: np.array([row.get(name, np.nan) for row in self._curves], np.float32) for name in CURVES}
        layers = tuple(layer.record() for layer in self._layers)
        return Record(
            type(self.model).__name__, self.every, self.updates, np.array(self._update, np.int64), **curves,
            non_finite=self.non_finite, layers=layers, stage=self._stage,
        )  # fmt: skip

    # --- What the hooks do ---

    @property
    def _looks(self) -> bool:
        """Whether the update that comes next is to have a row."""
        return self.updates % self.every == 0

    def _take_inputs(self, _: nn.Module, args: Any, named: Any) -> None:
        if torch.is_grad_enabled():
            self._end_update_by_hand()
            self._inputs = [weakref.ref(tensor) for tensor in tensors((args, named))]

    def _see(self, layer: Layer, args: Any, named: Any, output: Any) -> None:
        if not torch.is_grad_enabled():  # a validation between two updates
            return
        inputs = [tensor for tensor in (reference() for reference in self._inputs) if tensor is not None]
        layer.see(args, named, output, inputs, update=self.updates, look=self._looks, keep=not self._stepped)

    def _take_output(self, _: nn.Module, __: Any, output: Any) -> None:
        found = next((one for one in tensors(output) if one.requires_grad and one.is_floating_point()), None)
        self._output = None if found is None else weakref.ref(found)
        if found is not None and self._looks and torch.is_grad_enabled():
            numbers, sigmoid = found.detach(), measures.is_sigmoid(found)

            def compare(gradient: Tensor) -> None:
                self._row["softmax_twice"] = measures.softmax_twice(numbers, gradient)
                self._row["sigmoid_twice"] = sigmoid and measures.sigmoid_twice(numbers, gradient)

            found.register_hook(compare)  # type: ignore[no-untyped-call]

    def _before_step(
        self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """Look at the gradients while they and the weights that made them are there: in a closure, once it has run."""
        if not self._counts(optimizer):
            return None
        self._stepped = True
        first, *rest = args
        closure = rest[0] if rest else named.get("closure")
        if closure is None:
            self._look_at_gradients()
            return None
        seen = self._seen_after(closure)
        return ((first, seen, *rest[1:]), named) if rest else (args, {**named, "closure": seen})

    def _seen_after(self, closure: Callable[[], Any]) -> Callable[[], Any]:
        """The closure, after which the gradients are looked at; an optimizer that calls it again is looked at once."""
        waiting = True

        @wraps(closure)
        def run() -> Any:
            nonlocal waiting
            loss = closure()
            if waiting:
                waiting = False
                if isinstance(loss, Tensor | float) and "loss" not in self._row:
                    self.note_loss(loss)
                self._look_at_gradients()
            return loss

        return run

    def _look_at_gradients(self, *, by_hand: bool = False) -> None:
        self._refuse_what_no_hook_sees()
        before, after, left = self._before.total(), self._before.after(), self._before.left()
        if self.non_finite is None:
            if not np.isfinite(after):
                found = self.find_non_finite(changed=by_hand)
                self.non_finite = None if found is None else self._with_growth(found)
            elif len(self._norms) < BEGINNING:
                self._norms.append(after)
            self._norm = after
        if by_hand and not after and before:  # set to 0 in place since, so nobody knows
            after = float("nan")
        if self._looks:
            self.take_row(grad_norm=before, grad_norm_after=after, grad_norm_left=left)

    def _with_growth(self, first: NonFinite) -> NonFinite:
        """What was found, with how much the weights and the gradient had grown by then."""
        weights = self._weights.norm() / self._length if self._length else np.nan
        beginning = float(np.median(self._norms)) if self._norms else np.nan
        gradient = self._norm / beginning if beginning else np.nan
        known = [float(grown) if np.isfinite(grown) else None for grown in (weights, gradient)]
        return replace(first, weights_grown=known[0], gradient_grown=known[1])

    def _refuse_what_no_hook_sees(self) -> None:
        """An error for a module that has a gradient and was never called: its numbers would all be missing."""
        seen = {id(parameter) for layer in self._layers if layer.seen for parameter in layer.module.parameters()}
        arrived = {id(parameter) for parameter in self._before.arrived} - seen
        for layer in self._layers:
            if not layer.seen and any(id(parameter) in arrived for parameter in layer.module.parameters()):
                named = layer.path or "model"
                raise RuntimeError(
                    f"{named} has a gradient, but watch has not seen a call of it. {named}.forward(...) calls no "
                    f"hooks: write {named}(...). What torch.compile has compiled calls none either: watch the model "
                    "that is not compiled"
                )

    def _after_step(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        if self._counts(optimizer):
            self._end_update()

    def _end_update_by_hand(self) -> None:
        """End an update that no optimizer has made: a pass begins, and since a backward pass the weights have changed.

        The row of such an update is taken only now: no hook tells when a loop changes the weights.
        """
        if self._stepped or not torch.is_grad_enabled():
            return
        if self._weights.changed() and self._before.arrived:
            self._look_at_gradients(by_hand=True)
            self._end_update()

    def _end_update(self) -> None:
        if self._looks:
            self._row = {}
            self._thin()
        self._before.stop()
        self.updates += 1
        for layer in self._layers:
            layer.end_update()
        if self.folder is not None and time.monotonic() - self._written > WRITE_EVERY:
            with suppress(PermissionError):  # on Windows, while somebody reads the file; the next one will do
                self._write()
        if self._looks or not self._stepped:
            self._before.listen()

    def _counts(self, optimizer: torch.optim.Optimizer) -> bool:
        """Whether a step of this optimizer is an update; of several that share a model, those of the first are."""
        first = self._optimizer() if self._optimizer is not None else None
        if first is None and any(id(p) in self._own for group in optimizer.param_groups for p in group["params"]):
            self._optimizer = weakref.ref(optimizer)
            return True
        return first is optimizer

    def _thin(self) -> None:
        numbers = sum(array.size for layer in self._layers for row in layer.rows for array in row.values())
        if len(self._update) <= MOST_ROWS and numbers <= MOST_NUMBERS:
            return
        self.every *= 2
        kept = [k for k, update in enumerate(self._update) if update % self.every == 0]
        self._update, self._curves = [self._update[k] for k in kept], [self._curves[k] for k in kept]
        for layer in self._layers:
            layer.rows = [layer.rows[k] for k in kept]

    def _write(self) -> None:
        if self.folder is not None:
            self.record.save(self.folder)
            self._written = time.monotonic()


def recurrent_modules(model: nn.Module) -> Iterator[tuple[str, Recurrent]]:
    """The recurrent modules of a model, each with its path."""
    return ((path, module) for path, module in model.named_modules() if isinstance(module, Recurrent))


def _without_layers(model: nn.Module) -> str:
    """What is said of a model without a recurrent module."""
    found = sorted({type(module).__name__ for module in model.modules()})
    message = f"model must have an nn.RNN, nn.LSTM or nn.GRU; got one of {', '.join(found)}"
    cells = [type(module) for module in model.modules() if isinstance(module, SingleCell)]
    if not cells:
        return message
    layer = next(
        kind for kind in (nn.LSTM, nn.GRU, nn.RNN) if issubclass(cells[0], getattr(nn, f"{kind.__name__}Cell"))
    )
    return (
        f"{message}. A loop over nn.{layer.__name__}Cell is not watched: nn.{layer.__name__} computes the same, with "
        "the cell's weight_ih as weight_ih_l0 and so on. rnnviz.capture(model, x, loss=...) looks at such a loop"
    )


def _same(state: Tensor, before: Tensor) -> bool:
    """Whether an initial state is a last state of before, and not merely zeros."""
    if state.shape != before.shape or state.dtype != before.dtype or state.device != before.device:
        return False
    same = state.data_ptr() == before.data_ptr() or torch.equal(state.detach(), before)
    return same and bool(before.any())


def tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in what a module is given or returns, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from tensors(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from tensors(one)
