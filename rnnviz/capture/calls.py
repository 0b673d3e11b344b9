"""The calls of a recurrent layer while a model runs: each as numbers in one layout, and those that go on joined."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnnviz.capture.gradients import End
from rnnviz.capture.plain import HALVES, Layer, SingleCell, computed_in, numbers, weights_in_use
from rnnviz.cells import Recurrent


@dataclass(frozen=True)
class Call:
    """What a layer read and returned in a call, or in several that were joined, as copies on the CPU, batch first.

    Attributes:
        weights: Those of this call, in torch's order.
        x: Of shape (batch, time, feature). A call of a single cell is one step.
        lengths: Of shape (batch,). The true lengths of packed sequences; None where nothing was packed.
        states: The initial h, and for an LSTM c, each (layer * direction, batch, unit); none where none were given.
        masks: What active dropout between the layers multiplied their outputs by, as in ``Batch``.
        output: Of shape (batch, time, direction * unit).
        returned: The final states, in the layout of ``states``; none where the layer returned its output alone.
        rounded: Whether the layer computed in half precision, so that its output is not exact.
        unbatched: Whether the layer read a single sequence without a batch axis.
        nodes: The tensors of the result in the graph of a loss, until their gradients are known.
        result: The result that the rest of the model went on with, as long.
        flow: dLoss/d(output), where there is a loss.
        ends: What the final states of each joined call received, where there is a loss.
    """

    layer: Layer
    weights: tuple[Tensor, ...]
    x: Tensor
    lengths: Tensor | None
    states: tuple[Tensor, ...]
    masks: tuple[Tensor, ...]
    output: Tensor
    returned: tuple[Tensor, ...]
    rounded: bool
    unbatched: bool
    nodes: tuple[Tensor, ...] = ()
    result: Any = None
    flow: Tensor | None = None
    ends: tuple[End, ...] = ()


def read_call(
    layer: Layer, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any, random_state: Tensor | None = None
) -> Call:
    """A call of a layer by its arguments and its result.

    Args:
        random_state: That of torch before the call, where dropout between the layers is active.

    Raises:
        TypeError: If a subclass of a torch layer takes or returns something else than the layer.
    """
    x, hx = _arguments(*args, **kwargs)
    output, returned = _returned(layer, result)
    for value in (x, output):
        if not isinstance(value, Tensor | PackedSequence):
            raise TypeError(f"a torch layer must read and return tensors; got {type(value).__name__}")
    weights, data = weights_in_use(layer), _data(output)
    dtype = computed_in(weights[0])
    unbatched = isinstance(x, Tensor) and x.dim() == (1 if isinstance(layer, SingleCell) else 2)
    masks = _masks(layer, output, random_state) if random_state is not None and isinstance(layer, Recurrent) else []
    return Call(
        layer,
        weights,
        _sequences(layer, x, dtype, unbatched=unbatched),
        pad_packed_sequence(x)[1] if isinstance(x, PackedSequence) else None,
        _states(layer, hx, dtype, unbatched=unbatched),
        tuple(_sequences(layer, mask, dtype, unbatched=unbatched) for mask in masks),
        _sequences(layer, output, dtype, unbatched=unbatched),
        _states(layer, returned, dtype, unbatched=unbatched),
        data.dtype in HALVES,
        unbatched,
    )


def _arguments(input: Any, hx: Any = None) -> tuple[Any, Any]:  # noqa: A002 - torch's own names of the arguments
    return input, hx


def _returned(layer: Layer, result: Any) -> tuple[Any, Any]:
    """The output and the final states; a subclass may return its output alone."""
    if isinstance(layer, SingleCell):
        return (result[0] if isinstance(result, tuple) else result), result
    return result if type(result) is tuple and len(result) == 2 else (result, None)


def _data(sequences: Tensor | PackedSequence) -> Tensor:
    return sequences.data if isinstance(sequences, PackedSequence) else sequences


def _sequences(layer: Layer, given: Tensor | PackedSequence, dtype: torch.dtype, *, unbatched: bool) -> Tensor:
    """What a layer read or returned at every step, (batch, time, feature), zero on padded steps."""
    if isinstance(given, PackedSequence):
        return numbers(pad_packed_sequence(given, batch_first=True)[0], dtype)
    given = numbers(given, dtype)
    if unbatched:
        given = given[None]
    elif isinstance(layer, Recurrent) and not layer.batch_first:
        given = given.transpose(0, 1)
    return given[:, None] if isinstance(layer, SingleCell) else given


def _states(layer: Layer, given: Any, dtype: torch.dtype, *, unbatched: bool) -> tuple[Tensor, ...]:
    """States as a layer takes and returns them, each (layer * direction, batch, unit)."""
    states = () if given is None else (given,) if isinstance(given, Tensor) else tuple(given)
    copies = [numbers(state, dtype) for state in states]
    if unbatched:
        copies = [state[..., None, :] for state in copies]
    return tuple(state[None] if isinstance(layer, SingleCell) else state for state in copies)


def _masks(layer: Recurrent, output: Tensor | PackedSequence, random_state: Tensor) -> list[Tensor | PackedSequence]:
    """The masks that dropout drew between the layers, drawn again: torch drops each layer's output, time first."""
    data = _data(output)
    first, last = data.shape[:2]
    turned = isinstance(output, Tensor) and layer.batch_first and output.dim() == 3
    ones = data.new_ones((last, first, data.shape[2]) if turned else data.shape)
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(random_state)
        drawn = [functional.dropout(ones, layer.dropout) for _ in range(layer.num_layers - 1)]
    if isinstance(output, PackedSequence):
        return [output._replace(data=mask) for mask in drawn]
    return [mask.transpose(0, 1) if turned else mask for mask in drawn]


# --- What a loss hands back to a call ---


def with_nodes(call: Call, result: Any) -> tuple[Call, Any]:
    """The call with its result in the graph of a loss, and the result that the rest of the model goes on with.

    The nodes are copies: by the layer's own tensors, a gradient may count what c does through h, or leave it out. What
    the model goes on with are copies of these, into which it may write.
    """
    nodes: list[Tensor] = []

    def followed(tensor: Tensor) -> Tensor:
        tensor = tensor.clone()
        nodes.append(tensor if tensor.requires_grad else tensor.requires_grad_())
        return tensor.clone()

    result = _mapped(result, followed)
    return replace(call, nodes=tuple(nodes), result=result), result


def with_gradients(call: Call, gradients: Iterator[Tensor]) -> Call:
    """The call with what the loss hands back to it: the next gradients, one for each of its nodes."""
    output, returned = _returned(call.layer, _mapped(call.result, lambda _: next(gradients)))
    if isinstance(call.layer, SingleCell):  # its output is its state, which receives everything
        output = torch.zeros_like(output)
    dtype = call.x.dtype
    flow = _sequences(call.layer, output, dtype, unbatched=call.unbatched)
    lengths = torch.full((len(flow),), flow.shape[1]) if call.lengths is None else call.lengths
    end = End(lengths.numpy() - 1, _states(call.layer, returned, dtype, unbatched=call.unbatched))
    return replace(call, nodes=(), result=None, flow=flow, ends=(end,))


def _mapped(result: Any, function: Callable[[Tensor], Tensor]) -> Any:
    """A layer's result with each of its tensors, in torch's order, replaced by what the function makes of it."""
    if isinstance(result, Tensor):
        return function(result)
    if isinstance(result, PackedSequence):
        return result._replace(data=function(result.data))
    return tuple(_mapped(part, function) for part in result)


# --- Calls that go on ---


def joined(calls: Iterable[Call]) -> list[Call]:
    """The calls of a layer, those joined along time whose initial state is the state that an earlier call returned.

    A call with an initial state of its own, or none, begins a sequence. So does each call of a layer with two
    directions, and each after a call with padding.
    """
    sequences: list[list[Call]] = []
    for call in calls:
        before = next((sequence for sequence in reversed(sequences) if _goes_on(sequence[-1], call)), None)
        if before is None:
            sequences.append([call])
        else:
            before.append(call)
    return [_joined(sequence) for sequence in sequences]


def _goes_on(before: Call, after: Call) -> bool:
    alone = isinstance(after.layer, Recurrent) and after.layer.bidirectional
    if alone or before.lengths is not None or after.lengths is not None or before.unbatched != after.unbatched:
        return False
    if not after.states or len(before.returned) != len(after.states):
        return False
    same = all(_same(a, b) for a, b in zip(before.returned, after.states, strict=True))
    return same and all(a is b or torch.equal(a, b) for a, b in zip(before.weights, after.weights, strict=True))


def _same(before: Tensor, after: Tensor) -> bool:
    """Whether two states are equal; a diverged network hands on NaN, too."""
    return torch.equal(before, after) or np.array_equal(before, after, equal_nan=True)


def _joined(calls: Sequence[Call]) -> Call:
    if len(calls) == 1:
        return calls[0]
    first, ends, start = calls[0], [], 0
    for call in calls:
        ends += [replace(end, last=end.last + start) for end in call.ends]
        start += call.x.shape[1]
    flows = [call.flow for call in calls if call.flow is not None]
    return replace(
        first,
        flow=torch.cat(flows, 1) if flows else None,
        ends=tuple(ends),
        x=torch.cat([call.x for call in calls], 1),
        masks=tuple(torch.cat(masks, 1) for masks in zip(*(call.masks for call in calls), strict=True)),
        output=torch.cat([call.output for call in calls], 1),
        returned=calls[-1].returned,
    )
