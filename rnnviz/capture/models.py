"""Whole models: one forward pass of their own, hooks on every recurrent layer, and a Trace of each."""

import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from types import FrameType
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.utils.checkpoint import CheckpointFunction

from rnnviz.capture.batch import Batch, drops, read_batch, read_labels, refuse_dropout
from rnnviz.capture.calls import Call, joined, read_call, with_gradients, with_nodes
from rnnviz.capture.gradients import backward
from rnnviz.capture.plain import HALVES, Layer, plain_layer, refuse_meta, weights_in_use
from rnnviz.capture.tracing import Labels, trace_batch, trace_received
from rnnviz.cells import Recurrent
from rnnviz.names import STATES
from rnnviz.trace import Trace

ModelLoss = Callable[[Any], Tensor]
Tokens = Sequence[Sequence[object]] | Sequence[object]

_CLOSE: Final = 1e-3
"""How far a state may be from the layer's own, by the largest: kernels round apart, and a chain of steps adds it up."""

_CLOSE_IN_HALF: Final = 0.1
"""The same of a subclass that computes in half precision, whose every step is rounded to two or three digits."""


def trace_model(
    model: nn.Module, x: object, loss: ModelLoss | None = None, tokens: Tokens | None = None
) -> dict[str, Trace]:
    """A trace of every recurrent layer that one forward pass of the model calls, by the layer's path.

    ``loss`` is of what forward returns.

    Raises:
        TypeError: If the model has no recurrent layer of torch.
        ValueError: If its forward calls none of them, or one of them does not compute what torch's layer does.
    """
    calls, total = calls_of(model, x, loss)
    return {name: _trace(name, call, total, tokens) for name, call in calls.items()}


def calls_of(model: nn.Module, x: object, loss: ModelLoss | None = None) -> tuple[dict[str, Call], float | None]:
    """The calls of every recurrent layer in one forward pass, by the names of their traces, and the loss."""
    model = getattr(model, "_orig_mod", model)  # of torch.compile, which calls no hooks of what it has compiled
    layers = recurrent_layers(model)
    if not layers:
        raise TypeError(_without_layers(model))
    for path, layer in layers.items():
        refuse_meta(layer, path)
    calls, total = _run(model, layers, x, loss)
    sequences = {path: joined(made) for path, made in calls.items()}
    named = {
        path if len(found) == 1 else f"{path}#{number}": call
        for path, found in sequences.items()
        for number, call in enumerate(found, 1)
    }
    return named, total


def recurrent_layers(model: nn.Module) -> dict[str, Layer]:
    """The recurrent layers and cells of torch in a model, by their path."""
    return {path: module for path, module in model.named_modules() if isinstance(module, Layer)}


# --- The forward pass ---


def _run(
    model: nn.Module, layers: Mapping[str, Layer], x: object, loss: ModelLoss | None
) -> tuple[dict[str, list[Call]], float | None]:
    """The calls of every layer in one forward pass that leaves the model as it was, and the loss."""
    calls: dict[str, list[Call]] = {path: [] for path in layers}
    with ExitStack() as stack:
        for context in (_recording(loss), torch.random.fork_rng(devices=_cuda_devices(model)), _unchanged(model)):
            stack.enter_context(context)
        over = threading.Event()
        stack.enter_context(_warning_of_others(layers))
        for path, layer in layers.items():
            stack.enter_context(_listening(path, layer, calls[path], over, followed=loss is not None))
        result = model(**x) if isinstance(x, Mapping) else model(*x) if type(x) is tuple else model(x)
        over.set()  # what torch.utils.checkpoint computes again on the way back is no call of its own
        if not any(calls.values()):
            raise ValueError(f"forward must call a recurrent layer of the model; got no call of {', '.join(layers)}")
        if loss is None:
            return calls, None
        total, grads = backward(
            lambda: loss(result), [node for made in calls.values() for c in made for node in c.nodes]
        )
    received = iter(grads)
    return {path: [with_gradients(call, received) for call in made] for path, made in calls.items()}, total


@contextmanager
def _recording(loss: ModelLoss | None) -> Iterator[None]:
    """With a loss, a graph is recorded whatever is outside; without one, none is."""
    with torch.inference_mode(mode=False) if loss else nullcontext(), torch.set_grad_enabled(loss is not None):
        yield


@contextmanager
def _warning_of_others(layers: Mapping[str, Layer]) -> Iterator[None]:
    """Warn of recurrent layers that are called and are no modules of the model, as forward may make them."""
    of_model, thread, others = set(map(id, layers.values())), threading.get_ident(), dict[str, None]()

    def on_call(module: nn.Module, _: Any) -> None:
        if isinstance(module, Layer) and id(module) not in of_model and threading.get_ident() == thread:
            others[_kind(module)] = None

    hook = register_module_forward_pre_hook(on_call)
    try:
        yield
    finally:
        hook.remove()
    if others:
        warnings.warn(
            f"forward calls recurrent layers that are no modules of the model and have no trace: {', '.join(others)}. "
            "Make them in __init__, where they keep their weights",
            stacklevel=2,
        )


@contextmanager
def _listening(path: str, layer: Layer, calls: list[Call], over: threading.Event, *, followed: bool) -> Iterator[None]:
    """Within this context, note every call of a layer until the pass is over.

    Its result is in the graph of a loss if that is followed.
    """
    before: list[Tensor] = []

    def on_call(_: nn.Module, __: Any) -> None:
        if over.is_set():
            return
        if followed and _is_hidden_from_the_loss():
            with _named(path, layer):
                raise ValueError(
                    "a layer whose gradients are followed must be called with them; it is called in "
                    "torch.utils.checkpoint with use_reentrant=True. Take use_reentrant=False, or no loss"
                )
        if isinstance(layer, Recurrent) and drops(layer):
            weight = weights_in_use(layer)[0]
            if weight.device.type != "cpu" or weight.dtype in HALVES:  # the mask cannot be drawn again, or not checked
                refuse_dropout(layer)
            before[:] = [torch.get_rng_state()]

    def on_return(_: nn.Module, args: Any, kwargs: Any, result: Any) -> Any:
        if over.is_set():
            return None
        with _named(path, layer):
            calls.append(read_call(layer, args, kwargs, result, before.pop() if before else None))
        if not followed:
            return None
        calls[-1], result = with_nodes(calls[-1], result)
        return result

    # The user's own hooks on the layer: what they make of its arguments is read, what they make of its result is not.
    handles = (
        layer.register_forward_pre_hook(on_call),
        layer.register_forward_hook(on_return, with_kwargs=True, prepend=True),
    )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _is_hidden_from_the_loss() -> bool:
    """Whether this runs in a reentrant checkpoint, which gives a loss nothing of what is computed in it."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code is not CheckpointFunction.forward.__code__:
        frame = frame.f_back
    return frame is not None


@contextmanager
def _unchanged(model: nn.Module) -> Iterator[None]:
    """After this context, the attributes, buffers and rescaled embeddings of the model are those of before."""
    owners = [vars(module) for module in model.modules()]
    attributes = [(owner, dict(owner)) for owner in owners]
    collections = [(value, value.copy()) for owner in owners for value in owner.values() if _is_collection(value)]
    rescaled = [m.weight for m in model.modules() if getattr(m, "max_norm", None) and isinstance(m.weight, Tensor)]
    tensors = [(tensor, tensor.detach().clone()) for tensor in (*model.buffers(), *rescaled)]
    try:
        yield
    finally:
        for owner, names in attributes:
            _refill(owner, names)
        for collection, content in collections:
            _refill(collection, content)
        with torch.inference_mode():  # which may write into tensors made in inference mode, too
            for tensor, content in tensors:
                if not torch.equal(tensor, content):
                    tensor.detach().copy_(content)


def _is_collection(value: object) -> bool:
    return isinstance(value, dict | list | set)


def _refill(collection: Any, content: Any) -> None:
    if _identities(collection) == _identities(content):  # other threads may be reading the module
        return
    collection.clear()
    (collection.extend if isinstance(collection, list) else collection.update)(content)


def _identities(collection: Any) -> list[Any]:
    return [(key, id(collection[key])) if isinstance(collection, dict) else id(key) for key in collection]


def _cuda_devices(model: nn.Module) -> list[int]:
    """The CUDA devices whose random state the model may change."""
    return sorted({p.device.index or 0 for p in model.parameters() if p.device.type == "cuda"})


# --- From calls to traces ---


def _trace(path: str, call: Call, loss: float | None, tokens: Tokens | None) -> Trace:
    layer = plain_layer(call.layer, call.weights)
    with _named(path, call.layer):
        hx = call.states[0] if len(call.states) == 1 else call.states or None
        batch = replace(read_batch(layer, call.x, call.lengths, hx=hx), masks=call.masks)
        labels = _labels(tokens, batch, unbatched=call.unbatched)
        if loss is None or call.flow is None:
            trace = trace_batch(layer, batch, labels)
        else:
            trace = trace_received(layer, batch, labels, flow=call.flow, ends=call.ends, loss=loss)
    is_own = type(call.layer) not in (nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell)
    if is_own or not call.rounded:
        _check(path, call, trace)
    return trace


def _labels(tokens: Tokens | None, batch: Batch, *, unbatched: bool) -> Labels:
    """The labels where they are as many as the layer's steps, else step numbers."""
    try:
        return read_labels(tokens, batch, unbatched=unbatched)
    except ValueError:
        return read_labels(None, batch, unbatched=unbatched)


@contextmanager
def _named(path: str, layer: Layer) -> Iterator[None]:
    """Within this context, what is refused is refused in the name of the layer."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise type(error)(f"{path or 'module'} ({type(layer).__name__}): {error}") from error


def _check(path: str, call: Call, trace: Trace) -> None:
    """Refuse a trace that is not what the layer itself returned: the layer computes something else than torch's."""
    pairs = [(np.concatenate([*trace["h"][-1]], -1), call.output.numpy())]
    pairs += [(ends(trace, s), state.numpy()) for s, state in zip(STATES[trace.cell], call.returned, strict=False)]
    away = max(_distance(shown, returned) for shown, returned in pairs)
    if away <= (_CLOSE_IN_HALF if call.rounded else _CLOSE):
        return
    if call.masks:
        refuse_dropout(call.layer)
    kind = type(plain_layer(call.layer, call.weights)).__name__
    raise ValueError(
        f"{path or 'module'} ({type(call.layer).__name__}) must return what nn.{kind} computes with its weights; "
        f"got states that are {away:.2g} away from these"
    )


def _distance(shown: np.ndarray, returned: np.ndarray) -> float:
    """The largest distance, as a part of the largest number if that is above 1; padding and overflow do not count."""
    if shown.shape != returned.shape:
        return np.inf
    both = np.isfinite(shown) & np.isfinite(returned)
    return float(np.abs(shown - returned)[both].max(initial=0) / np.abs(returned[both]).max(initial=1))


def ends(trace: Trace, signal: str) -> np.ndarray:
    """A state after the last step read, as a layer returns it: (layer * direction, batch, unit)."""
    array, samples = trace[signal], np.arange(len(trace.lengths))
    forward = array[:, 0, samples, trace.lengths - 1]  # (layer, batch, unit)
    ways = [forward, *([array[:, 1, :, 0]] if len(trace.directions) > 1 else [])]
    return np.stack(ways, 1).reshape(-1, *forward.shape[1:])


# --- Models without a layer of torch ---


def _without_layers(model: nn.Module) -> str:
    """Why a model without a recurrent layer is refused, and what is possible instead."""
    expected = "model must contain an nn.RNN, nn.LSTM or nn.GRU, or one of their cells"
    custom = [(path, module) for path, module in model.named_modules() if _steps_itself(module)]
    if not custom:
        kinds = dict.fromkeys(_kind(module) for module in model.modules())
        return f"{expected}; got {', '.join(kinds)}"
    if quantized := next((path or "module" for path, module in custom if "quantized" in type(module).__module__), ""):
        return f"{expected}; {quantized} is quantized, and has no weights in floats. Capture the model before that"
    owning = [(path, module) for path, module in custom if any(True for _ in module.parameters(recurse=False))]
    named = ", ".join(f"{path or 'module'} ({_kind(module)})" for path, module in owning or custom)
    return (
        f"{expected}; got {named}, whose steps are its own code. If it computes the same, copy its weights "
        "into the torch layer of these sizes and capture that"
    )


def _steps_itself(module: nn.Module) -> bool:
    named = re.search("rnn|lstm|gru|recurrent", _kind(module), re.IGNORECASE)
    return bool(named) or any(name.startswith("weight_hh") for name, _ in module.named_parameters(recurse=False))


def _kind(module: nn.Module) -> str:
    """The name of a module's class; of a scripted one, that of the class that was scripted."""
    return str(getattr(module, "original_name", type(module).__name__))
