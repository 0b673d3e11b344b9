"""The reference for captured layers: their calls, recorded by hooks of its own, and a loop over cells in float64."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnnviz.cells import Weights, gru_step, lstm_step, rnn_step
from rnnviz.names import SIGNALS
from rnnviz.trace import Trace

LAYERS = (nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell)
SINGLE = (nn.RNNCell, nn.LSTMCell, nn.GRUCell)


@dataclass(frozen=True)
class Recorded:
    """A call of a layer: its input (batch, time, feature), initial states, lengths, output, final states, weights."""

    layer: Any
    x: Tensor
    states: tuple[Tensor, ...]
    lengths: list[int] | None
    output: Tensor
    final: tuple[Tensor, ...]
    weights: dict[str, Tensor]


def run(model: nn.Module, x: object) -> Any:
    """A model on a tensor, a tuple of arguments or a dict of named ones."""
    if isinstance(x, Mapping):
        return model(**x)
    return model(*x) if type(x) is tuple else model(x)


def record(model: nn.Module, x: object) -> dict[str, list[Recorded]]:
    """The calls of every recurrent layer, by its path."""
    calls: dict[str, list[Recorded]] = {}
    handles = [
        layer.register_forward_hook(recorder(calls.setdefault(path, [])), with_kwargs=True)
        for path, layer in model.named_modules()
        if isinstance(layer, LAYERS)
    ]
    with torch.no_grad():
        run(model, x)
    for handle in handles:
        handle.remove()
    return calls


def recorder(calls: list[Recorded]) -> Callable[..., None]:
    def on_return(layer: Any, args: Any, kwargs: Any, result: Any) -> None:
        hx = kwargs.get("hx", args[1] if len(args) > 1 else None)
        output, final = (result[0] if isinstance(result, tuple) else result, result)
        if not isinstance(layer, SINGLE):
            output, final = result
        x = args[0] if args else kwargs["input"]
        lengths = pad_packed_sequence(x)[1].tolist() if isinstance(x, PackedSequence) else None
        weights = {n: getattr(layer, n).detach().double().clone() for n in names_of(layer)}
        calls.append(
            Recorded(
                layer, steps(layer, x), rows(layer, hx), lengths, steps(layer, output), rows(layer, final), weights
            )
        )

    return on_return


def names_of(layer: Any) -> list[str]:
    if isinstance(layer, SINGLE):
        return [f"{kind}_{part}" for kind in ("weight", *["bias"] * layer.bias) for part in ("ih", "hh")]
    return [name for names in layer._all_weights for name in names]


def steps(layer: Any, given: Any) -> Tensor:
    """Every step, (batch, time, feature)."""
    if isinstance(given, PackedSequence):
        return pad_packed_sequence(given, batch_first=True)[0].double()
    given = given.detach().double().clone()
    if isinstance(layer, SINGLE):
        return given[:, None] if given.dim() == 2 else given[None, None]
    return given[None] if given.dim() == 2 else given if layer.batch_first else given.transpose(0, 1)


def rows(layer: Any, given: Any) -> tuple[Tensor, ...]:
    """States, each (layer * direction, batch, unit)."""
    states = () if given is None else (given,) if isinstance(given, Tensor) else given
    states = [state.detach().double().clone() for state in states]
    if isinstance(layer, SINGLE):
        return tuple(state.reshape(1, -1, state.shape[-1]) for state in states)
    return tuple(state[:, None] if state.dim() == 2 else state for state in states)


def replay(calls: Sequence[Recorded], masks: Sequence[Tensor] = ()) -> dict[str, np.ndarray]:
    """Every signal of calls that go on, as a Trace has it, from a loop over cells.

    Args:
        masks: What the output of each layer is multiplied by on the way to the next.
    """
    first = calls[0]
    layer, weights, x = first.layer, first.weights, torch.cat([call.x for call in calls], 1)
    kind = {"RNN": "rnn", "LST": "lstm", "GRU": "gru"}[next(b for b in type(layer).__mro__ if b in LAYERS).__name__[:3]]
    depth, ways = getattr(layer, "num_layers", 1), 2 if getattr(layer, "bidirectional", False) else 1
    samples, time = x.shape[:2]
    lengths = first.lengths or [time] * samples
    units = getattr(layer, "proj_size", 0) or layer.hidden_size
    widths = {s: units if s == "h" else layer.hidden_size for s in SIGNALS[kind]}
    values = {s: np.full((depth, ways, samples, time, width), np.nan) for s, width in widths.items()}
    for m in range(depth):
        for k in range(ways):
            ending = "" if isinstance(layer, SINGLE) else f"_l{m}" + "_reverse" * k
            own = Weights(**{n: weights[n + ending] for n in Weights._fields if n + ending in weights})
            for b, length in enumerate(lengths):
                h, c = (
                    (state[m * ways + k, b] for state in (first.states[0], first.states[-1]))
                    if first.states
                    else (
                        torch.zeros(units).double(),
                        torch.zeros(layer.hidden_size).double(),
                    )
                )
                for t in reversed(range(length)) if k else range(length):
                    match kind:
                        case "rnn":
                            step = rnn_step(x[b, t], h, own, nonlinearity=layer.nonlinearity)
                        case "lstm":
                            step = lstm_step(x[b, t], h, c, own)
                            c = step["c"]
                        case _:
                            step = gru_step(x[b, t], h, own)
                    h = step["h"]
                    for signal, array in values.items():
                        array[m, k, b, t] = step[signal]
        x = torch.from_numpy(np.nan_to_num(np.concatenate([*values["h"][m]], -1)))
        x = x * masks[m] if m < len(masks) else x
    return values


def check(trace: Trace, calls: Sequence[Recorded], masks: Sequence[Tensor] = (), *, atol: float = 1e-5) -> None:
    """The trace is the loop over cells, and ends in what the layer itself returned."""
    for signal, expected in replay(calls, masks).items():
        np.testing.assert_allclose(trace[signal], expected, rtol=0, atol=atol, err_msg=signal)
    output = torch.cat([call.output for call in calls], 1).numpy()
    np.testing.assert_allclose(np.nan_to_num(np.concatenate([*trace["h"][-1]], -1)), output, rtol=0, atol=atol)
    for signal, state in zip("hc", calls[-1].final, strict=False):
        for m in range(trace.sizes["layer"]):
            for k in range(len(trace.directions)):
                for b, length in enumerate(trace.lengths):
                    end = trace[signal][m, k, b, 0 if k else length - 1]
                    np.testing.assert_allclose(end, state[m * len(trace.directions) + k, b], rtol=0, atol=atol)
