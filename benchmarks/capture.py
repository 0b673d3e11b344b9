"""What a trace costs, as ratios to what a user would do instead; all measured interleaved in one run, on one thread.

``fused`` is the bare nn.LSTM (nn.GRU, nn.RNN) under no_grad, ``loop`` the same network stepped cell by cell, its gates
and states stacked into the same arrays; the gradient columns compare with the fused forward and backward pass
(gradients of the weights) and with the loop whose every gate and state retains its gradient. Run as
``python -m benchmarks.capture [--quick]``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnviz.capture import capture
from rnnviz.capture.forward import accumulate, product
from rnnviz.names import SIGNALS

MODULES: dict[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
SIZES = [(100, 32, 64), (500, 64, 128), (1000, 128, 256)]  # time, input, hidden
TARGETS = {  # of the LSTM at batch 1: trace / fused, loop / trace, gradient trace / (fused + backward), loop / it
    (100, 64): (3.5, 4.0, 2.5, 6.0),
    (500, 128): (3.0, 4.0, None, None),
    (1000, 256): (2.0, None, None, None),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table, then where the time of a forward trace goes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capture", description=__doc__)
    parser.add_argument("--cells", nargs="+", choices=MODULES, default=["lstm"])
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 32])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no batch of 32 beyond 100 steps")
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, numpy {np.__version__}, one thread; a mark after a ratio: its target")
    print(f"torchlens: {'installed' if torchlens() else 'not installed, left out'}")
    print()
    head = (
        "cell",
        "batch",
        "T",
        "D",
        "H",
        "fused ms",
        "trace/fused",
        "loop/trace",
        "f+b ms",
        "grads/f+b",
        "loop/grads",
    )
    print("".join(f"{name:>17}" if "/" in name else f"{name:>10}" for name in head) + f"{'torchlens/trace':>17}")
    for cell in options.cells:
        for batch in options.batch:
            for size in SIZES:
                if not (options.quick and batch > 1 and size[0] > 100):
                    report(cell, batch, *size, rounds=rounds_for(*size, batch, quick=options.quick))
    print()
    for cell in options.cells:
        for size in SIZES:
            profile(cell, *size, rounds=rounds_for(*size, 1, quick=options.quick))
    return 0


def rounds_for(steps: int, _inputs: int, units: int, batch: int, *, quick: bool) -> int:
    """More rounds for what is short."""
    work = steps * units * units * batch
    return max(2, min(30, 20_000_000 // work) // (3 if quick else 1))


def medians(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Milliseconds of each call, the calls taking turns; five runs in a row make a turn, so the caches are warm."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            for _ in range(5):
                start = time.perf_counter()
                call()
                taken[name].append(time.perf_counter() - start)
    return {name: 1e3 * statistics.median(times) for name, times in taken.items()}


def report(cell: str, batch: int, steps: int, inputs: int, units: int, *, rounds: int) -> None:
    """One line of the table."""
    module = MODULES[cell](inputs, units, batch_first=True)
    x = torch.randn(batch, steps, inputs)
    step = looped(module, cell)
    loss = last_step
    weights, signals = list(module.parameters()), len(SIGNALS[cell])
    calls: dict[str, Callable[[], object]] = {
        "fused": torch.no_grad()(lambda: module(x)),
        "trace": lambda: capture(module, x),
        "loop": torch.no_grad()(lambda: stacked(step(x)[1], signals)),
        "both": lambda: torch.autograd.grad(loss(module(x)[0]), weights),
        "grads": lambda: capture(module, x, loss=loss),
        "retained": lambda: retained(step, x, loss, weights, signals),
    }
    lens = torchlens()
    if lens is not None:
        calls["torchlens"] = lambda: lens.trace(module, x)
    ms = medians(calls, rounds)
    ratios = (
        ms["trace"] / ms["fused"],
        ms["loop"] / ms["trace"],
        ms["grads"] / ms["both"],
        ms["retained"] / ms["grads"],
    )
    targets = TARGETS.get((steps, units), ()) if (cell, batch) == ("lstm", 1) else ()
    marks = [
        "" if target is None else f" ({'<=' if k % 2 == 0 else '>='}{target}{'' if kept(k, r, target) else ' MISSED'})"
        for k, (r, target) in enumerate(zip(ratios, (*targets, None, None, None, None), strict=False))
    ]
    shown = [f"{ratio:.2f}{mark}" for ratio, mark in zip(ratios, marks, strict=True)]
    print(f"{cell:>10}{batch:>10}{steps:>10}{inputs:>10}{units:>10}{ms['fused']:>10.3f}", end="")
    print(f"{shown[0]:>17}{shown[1]:>17}{ms['both']:>10.3f}{shown[2]:>17}{shown[3]:>17}", end="")
    print(f"{ms['torchlens'] / ms['trace']:>17.1f}" if "torchlens" in ms else f"{'-':>17}", flush=True)


def kept(k: int, ratio: float, target: float) -> bool:
    """Costs stay below their target, gains above it."""
    return ratio <= target if k % 2 == 0 else ratio >= target


def last_step(output: Tensor) -> Tensor:
    """A loss of the last step alone, as of a classifier."""
    return output[:, -1].square().sum()


def looped(module: Any, cell: str) -> Callable[[Tensor], tuple[Tensor, list[Tensor]]]:
    """The network as people step it to see its gates: the output, and every state and gate of every step."""
    w_ih, w_hh, b_ih, b_hh = (
        getattr(module, f"{name}_l0") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )

    def run(x: Tensor) -> tuple[Tensor, list[Tensor]]:
        h = c = x.new_zeros(x.shape[0], module.hidden_size)
        seen, outputs = [], []
        for x_t in x.unbind(1):
            if cell == "rnn":
                h = torch.tanh(functional.linear(x_t, w_ih, b_ih) + functional.linear(h, w_hh, b_hh))
                seen += [h]
            elif cell == "lstm":
                i, f, g, o = (functional.linear(x_t, w_ih, b_ih) + functional.linear(h, w_hh, b_hh)).chunk(4, 1)
                i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
                c = f * c + i * g
                h = o * c.tanh()
                seen += [h, c, i, f, g, o]
            else:
                (r_x, z_x, n_x) = functional.linear(x_t, w_ih, b_ih).chunk(3, 1)
                (r_h, z_h, n_h) = functional.linear(h, w_hh, b_hh).chunk(3, 1)
                r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
                n = (n_x + r * n_h).tanh()
                h = (1 - z) * n + z * h
                seen += [h, r, z, n]
            outputs.append(h)
        return torch.stack(outputs, 1), seen

    return run


def retained(
    step: Callable[[Tensor], tuple[Tensor, list[Tensor]]], x: Tensor, loss: Any, weights: list[Any], signals: int
) -> list[np.ndarray]:
    """The values and the gradients at every state and gate the usual way."""
    output, seen = step(x)
    for signal in seen:
        signal.retain_grad()
    loss(output).backward()
    for weight in weights:
        weight.grad = None
    grads = [torch.zeros_like(signal) if signal.grad is None else signal.grad for signal in seen]
    return stacked([signal.detach() for signal in seen], signals) + stacked(grads, signals)


def stacked(seen: list[Tensor], signals: int) -> list[np.ndarray]:
    """One array a signal, (batch, time, unit)."""
    return [torch.stack(seen[k::signals], 1).numpy() for k in range(signals)]


def profile(cell: str, steps: int, inputs: int, units: int, *, rounds: int) -> None:
    """The shares of what a forward trace at batch 1 consists of, each measured alone."""
    module = MODULES[cell](inputs, units, batch_first=True)
    x = torch.randn(1, steps, inputs)
    rows = len(module.weight_ih_l0)
    sums, h, out = torch.randn(steps, rows), torch.randn(1, steps, units), np.empty((steps, units), np.float32)
    joined = torch.cat([module.weight_ih_l0, module.weight_hh_l0], 1)
    states, gates = (
        np.zeros((steps + 1, 1, units), np.float32),
        np.random.default_rng(0).random((steps, 1, units), np.float32),
    )

    def pre_activations() -> None:
        product(torch.cat([x, h], -1), joined, module.bias_ih_l0)

    def activations() -> None:
        for part in sums.chunk(rows // units, 1)[1:]:
            torch.sigmoid(part, out=torch.from_numpy(out))
        np.tanh(sums[:, :units].numpy(), out=out)

    calls: dict[str, Callable[[], object]] = {
        "whole": lambda: capture(module, x),
        "fused forward": torch.inference_mode()(lambda: module(x)),
    }
    if cell != "rnn":
        calls |= {"matrix product": torch.no_grad()(pre_activations), "activations": torch.no_grad()(activations)}
    if cell == "lstm":
        calls["c recurrence"] = lambda: accumulate(states, gates)
    ms = medians(calls, rounds)
    whole = ms.pop("whole")
    rest = whole - sum(ms.values())
    shares = ", ".join(f"{name} {100 * part / whole:.0f} %" for name, part in ms.items())
    shares += f", checks and hand-over {100 * rest / whole:.0f} %"
    print(f"{cell} T={steps} H={units}: {whole:.3f} ms = {shares}")


def torchlens() -> Any:
    """The torchlens package, or None."""
    try:
        return import_module("torchlens")
    except ImportError:
        return None


if __name__ == "__main__":
    sys.exit(main())
