"""The reference for captured layers: their calls, recorded by hooks of its own, and a loop over cells in float64."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

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


def kind_of(layer: Any) -> str:
    if isinstance(layer, nn.LSTM | nn.LSTMCell):
        return "lstm"
    return "gru" if isinstance(layer, nn.GRU | nn.GRUCell) else "rnn"


def step_of(layer: Any, x: Tensor, h: Tensor, c: Tensor, weights: Weights) -> dict[str, Tensor]:
    if kind_of(layer) == "rnn":
        return rnn_step(x, h, weights, nonlinearity=layer.nonlinearity)
    return lstm_step(x, h, c, weights) if kind_of(layer) == "lstm" else gru_step(x, h, weights)


def replay(calls: Sequence[Recorded], masks: Sequence[Tensor] = ()) -> dict[str, np.ndarray]:
    """Every signal of calls that go on, as a Trace has it, from a loop over cells.

    Args:
        masks: What the output of each layer is multiplied by on the way to the next.
    """
    first = calls[0]
    layer, weights, x = first.layer, first.weights, torch.cat([call.x for call in calls], 1)
    kind = kind_of(layer)
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
                    step = step_of(layer, x[b, t], h, c, own)
                    h, c = step["h"], step.get("c", c)
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


# --- Gradients ---


class Unrolled(nn.Module):
    """A layer as a loop, every signal of every step a tensor of its own, by which autograd gives total derivatives."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.layer = layer
        self.calls: list[dict[tuple[str, int, int, int], Tensor]] = []

    def forward(self, input: Any, hx: Any = None) -> Any:  # noqa: A002 - torch's own names
        layer, single = self.layer, isinstance(self.layer, SINGLE)
        packed = isinstance(input, PackedSequence)
        x, lengths = pad_packed_sequence(input, batch_first=True) if packed else (input, None)
        unbatched = x.dim() == (1 if single else 2)
        if single:
            x = x[None, None] if unbatched else x[:, None]
        elif not packed:
            x = x[None] if unbatched else x if layer.batch_first else x.transpose(0, 1)
        samples, time = x.shape[:2]
        ways, units = 2 if getattr(layer, "bidirectional", False) else 1, getattr(layer, "proj_size", 0)
        states = [] if hx is None else [hx] if isinstance(hx, Tensor) else list(hx)
        states = [s.reshape(-1, samples, s.shape[-1]) for s in states]
        zeros = x.new_zeros(samples, units or layer.hidden_size), x.new_zeros(samples, layer.hidden_size)
        valid = torch.arange(time) < (torch.full((samples,), time) if lengths is None else lengths)[:, None]
        kept: dict[tuple[str, int, int, int], Tensor] = {}
        finals = []
        for m in range(getattr(layer, "num_layers", 1)):
            outputs = []
            for k in range(ways):
                h, c = (states[0][m * ways + k], states[-1][m * ways + k]) if states else zeros
                own = self.weights("" if single else f"_l{m}" + "_reverse" * k)
                row: list[Any] = [None] * time
                for t in reversed(range(time)) if k else range(time):
                    step = step_of(layer, x[:, t], h, c, own)
                    kept |= {(signal, m, k, t): step[signal] for signal in SIGNALS[kind_of(layer)]}
                    here = valid[:, t, None]
                    row[t] = step["h"] * here
                    h, c = torch.where(here, step["h"], h), torch.where(here, step.get("c", c), c)
                outputs.append(torch.stack(row, 1))
                finals.append((h, c))
            x = torch.cat(outputs, -1)
        self.calls.append(kept)
        ends = [torch.stack(parts) for parts in zip(*finals, strict=True)][: 2 if kind_of(layer) == "lstm" else 1]
        if single:
            ends = [end[0, 0] if unbatched else end[0] for end in ends]
            return tuple(ends) if len(ends) == 2 else ends[0]
        ends = [end[:, 0] if unbatched else end for end in ends]
        if packed:
            x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=input.sorted_indices is None)
        else:
            x = x[0] if unbatched else x if layer.batch_first else x.transpose(0, 1)
        return x, tuple(ends) if len(ends) == 2 else ends[0]

    def weights(self, ending: str) -> Weights:
        names = [name for name in Weights._fields if hasattr(self.layer, name + ending)]
        own = vars(self)  # where a model has set weights of this pass
        return Weights(**{n: own.get(n + ending, getattr(self.layer, n + ending)) for n in names})


def unrolled(model: nn.Module) -> dict[str, Unrolled]:
    """Put loops in place of a model's layers, in place; the loops by the path."""
    loops = {}
    for path, layer in [(p, m) for p, m in model.named_modules() if isinstance(m, LAYERS)]:
        parent, _, name = path.rpartition(".")
        loops[path] = Unrolled(layer)
        model.get_submodule(parent)._modules[name] = loops[path]
    return loops


def check_gradients(traces: Mapping[str, Trace], model: nn.Module, x: object, loss: Callable[[Any], Tensor]) -> None:
    """All gradients of a model's traces against autograd through its layers unrolled; the model is changed."""
    loops = unrolled(model)
    total = loss(run(model, x))
    amount = float(total.detach())
    for path, trace in traces.items():
        assert trace.loss is not None
        assert abs(trace.loss - amount) < 1e-4 * max(1, abs(amount))
        name, _, number = path.partition("#")
        calls = loops[name].calls[int(number) - 1 : int(number)] if number else loops[name].calls
        keys = [(at, value) for call in calls for at, value in call.items()]
        grads = torch.autograd.grad(total, [value for _, value in keys], retain_graph=True, materialize_grads=True)
        starts = np.cumsum([0] + [max(at[3] for at in call) + 1 for call in calls])
        begin = [start for start, call in zip(starts, calls, strict=False) for _ in call]
        scale = max(float(grad.abs().max()) for grad in grads)
        for ((signal, m, k, t), _), start, grad in zip(keys, begin, grads, strict=True):
            shown = trace.grads[signal][m, k, :, start + t]
            true = ~np.isnan(shown[:, 0])
            np.testing.assert_array_equal(true, start + t < trace.lengths)
            np.testing.assert_allclose(shown[true], grad[true], rtol=0, atol=2e-5 * scale, err_msg=f"{path} {signal}")


def weighed(result: Any) -> Tensor:
    """A loss of all that a model returns, which weighs every number differently."""
    parts = [result] if isinstance(result, Tensor) else [part for part in result if part is not None]
    if not isinstance(result, Tensor):
        return torch.stack([weighed(part) for part in parts]).sum()
    weights = torch.arange(result.numel(), dtype=result.dtype).sin().view(result.shape)
    return (result * weights).sum() + (result**2).mean()
