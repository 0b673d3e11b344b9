"""Interventions in the recurrent layers of any model while its own forward runs: what they do to its output."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnviz.capture.batch import drops, read_batch, read_labels, refuse_dropout
from rnnviz.capture.calls import Call, read_call
from rnnviz.capture.plain import plain_forward, plain_layer
from rnnviz.capture.tracing import as_written, trace_of
from rnnviz.cells import Recurrent, recurrent
from rnnviz.interventions.acts import Intervention
from rnnviz.interventions.running import Intervened, check_edits
from rnnviz.trace import Trace


@contextmanager
def reaching_in(model: nn.Module, edits: Mapping[str, Sequence[Intervention]]) -> Iterator[dict[str, list[Trace]]]:
    """Inside of the ``with``, recurrent layers of a model return what they do after interventions; all else is its own.

    So the model's outputs, its loss and its metrics are those of the changed network. What the layers return has no
    graph, so nothing is differentiated through them. Each call of a layer is a sequence of its own.

    Args:
        edits: By the paths of recurrent layers in the model, as ``capture`` names them.

    Yields:
        The traces of each layer, one for each of its calls so far.

    Raises:
        TypeError: If a path is not that of an nn.RNN, nn.LSTM or nn.GRU, or an edit is none.
        ValueError: If there is no such path, or, once the model runs, an edit does not fit its layer or the input.

    >>> import torch
    >>> from rnnviz.interventions import clamp, reaching_in
    >>> class Classifier(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.rnn, self.head = torch.nn.LSTM(3, 4, batch_first=True), torch.nn.Linear(4, 2)
    ...
    ...     def forward(self, x):
    ...         return self.head(self.rnn(x)[0][:, -1])
    >>> model, x = Classifier(), torch.ones(1, 5, 3)
    >>> with reaching_in(model, {"rnn": [clamp("h", 0, steps=[4])]}) as traces:
    ...     changed = model(x)
    >>> torch.equal(changed[0], model.head.bias)
    True
    >>> traces["rnn"]
    [Trace(lstm; layer 1, direction 1, batch 1, time 5, unit 4; no gradients)]
    """
    layers = {path: _layer(model, path) for path in edits}
    traces: dict[str, list[Trace]] = {path: [] for path in edits}
    with ExitStack() as hooks:
        for path, layer in layers.items():
            check_edits(edits[path])
            hooks.enter_context(_hooked(layer, edits[path], traces[path]))
        yield traces


def _layer(model: nn.Module, path: str) -> Recurrent:
    try:
        layer = recurrent(model.get_submodule(path), projections=True)
    except AttributeError as error:
        found = [name for name, module in model.named_modules() if isinstance(module, Recurrent)]
        raise ValueError(f"edits must be by the paths of recurrent layers, {', '.join(found)}; got {path!r}") from error
    if not plain_forward(layer):
        raise TypeError(f"{path} must be torch's own nn.RNN, nn.LSTM or nn.GRU; {type(layer).__name__} overrides it")
    return layer


@contextmanager
def _hooked(layer: Recurrent, edits: Sequence[Intervention], traces: list[Trace]) -> Iterator[None]:
    def changed(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
        if drops(layer):
            refuse_dropout(layer)
        call = read_call(layer, args, kwargs, result)
        trace, output, final = _intervened(call, edits)
        traces.append(trace)
        return _like(layer, output, final, result, call)

    handle = layer.register_forward_hook(changed, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def _intervened(call: Call, edits: Sequence[Intervention]) -> tuple[Trace, Tensor, list[Tensor]]:
    """The trace of a call with edits, its output (batch, time, direction * unit), and its final states."""
    plain = plain_layer(call.layer, call.weights)
    with torch.inference_mode(), as_written():
        batch = read_batch(plain, call.x, call.lengths, hx=_given(plain, call.states))
        run = Intervened(plain, batch, edits)
        output = run.read().clone()
        run.fill_values()
        final = [_ends(run, signal) for signal in ("h", "c") if signal in run.values]
        trace = trace_of(run, read_labels(None, batch, unbatched=False))
    return trace, output, final


def _given(plain: Recurrent, states: tuple[Tensor, ...]) -> Any:
    if not states:
        return None
    return states if isinstance(plain, nn.LSTM) else states[0]


def _ends(run: Intervened, signal: str) -> Tensor:
    """A state after the last step that each direction reads: (layer * direction, batch, unit)."""
    values, lengths = run.values[signal], run.batch.lengths
    samples = np.arange(values.shape[2])
    ends = [
        values[layer, k, samples, 0 if direction == "reverse" else lengths - 1] for layer, k, direction in run.states
    ]
    return torch.from_numpy(np.stack(ends))


def _like(layer: Recurrent, output: Tensor, final: list[Tensor], result: Any, call: Call) -> Any:
    """The same in the layout, the dtype and on the device of what the layer itself returned."""
    was, states = result
    like = was.data if isinstance(was, PackedSequence) else was
    final = [(state[:, 0] if call.unbatched else state).to(like).clone() for state in final]
    output = output.to(like).clone()
    told = final[0] if isinstance(states, Tensor) else tuple(final)
    if isinstance(was, PackedSequence):
        return _packed(output, was), told
    if call.unbatched:
        return output[0], told
    return output if layer.batch_first else output.transpose(0, 1), told


def _packed(output: Tensor, was: PackedSequence) -> PackedSequence:
    """An output packed in the order of the layer's own."""
    _, lengths = pad_packed_sequence(was)
    order = torch.arange(len(output)) if was.sorted_indices is None else was.sorted_indices.cpu()
    data = pack_padded_sequence(output[order.to(output.device)], lengths[order], batch_first=True).data
    return PackedSequence(data, was.batch_sizes, was.sorted_indices, was.unsorted_indices)
