"""capture against torch itself and against a step-by-step replay with autograd, over all variants."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnviz.capture import capture, forward, gradients
from rnnviz.names import CELLS, SIGNALS
from rnnviz.trace import Trace
from tests.together import together

MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


@dataclass(frozen=True)
class Case:
    cell: str = "lstm"
    nonlinearity: str = "tanh"
    layers: int = 1
    bidirectional: bool = False
    bias: bool = True
    batch_first: bool = True
    batch: int | None = 2  # None for an unbatched input
    lengths: tuple[int, ...] | None = None
    time: int = 5
    dtype: torch.dtype = torch.float64
    with_hx: bool = False
    proj: int = 0  # of an LSTM alone
    seed: int = 0

    @property
    def units(self) -> int:
        return self.proj if self.proj and self.cell == "lstm" else 4

    def make(self) -> tuple[nn.RNN | nn.LSTM | nn.GRU, Tensor, Any]:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            options: dict[str, Any] = {
                "rnn": {"nonlinearity": self.nonlinearity},
                "lstm": {"proj_size": self.proj},
            }.get(self.cell, {})
            module = MODULES[self.cell](
                3,
                4,
                num_layers=self.layers,
                bidirectional=self.bidirectional,
                bias=self.bias,
                batch_first=self.batch_first,
                dtype=self.dtype,
                **options,
            )
            samples = self.batch or 1
            x = torch.randn(samples, self.time, 3, dtype=self.dtype)  # (batch, time, feature)
            ways = self.layers * (2 if self.bidirectional else 1)
            states = [torch.randn(ways, samples, size, dtype=self.dtype) * 0.5 for size in (self.units, 4)]
        if self.batch is None:
            x, states = x[0], [state[:, 0] for state in states]
        elif not self.batch_first:
            x = x.transpose(0, 1).contiguous()
        hx = (tuple(states) if self.cell == "lstm" else states[0]) if self.with_hx else None
        return module, x, hx


def loss(output: Tensor) -> Tensor:
    """A loss that weighs every step and unit differently."""
    weights = torch.sin(torch.arange(output.numel(), dtype=output.dtype)).reshape(output.shape)
    return (output * weights).sum() + (output**3).mean()


def replay(case: Case) -> tuple[dict[str, Tensor], Tensor, dict[str, Tensor], float]:
    """Every signal (AXES), the output, every total gradient and the loss, step by step, each sample alone."""
    module, x, hx = case.make()
    module, x = copy.deepcopy(module).double(), x.double()
    ways = 2 if case.bidirectional else 1
    samples = case.batch or 1
    x = x[None] if case.batch is None else x if case.batch_first else x.transpose(0, 1)
    zeros = [torch.zeros(case.layers * ways, samples, size, dtype=torch.float64) for size in (case.units, 4)]
    states = zeros if hx is None else [s.double() for s in (hx if isinstance(hx, tuple) else (hx,))]
    states = [s[:, None] if s.dim() == 2 else s for s in states]
    lengths = case.lengths or (case.time,) * samples
    kept: dict[tuple[Any, ...], Tensor] = {}
    outputs = []
    for b, length in enumerate(lengths):
        current = list(x[b, :length])
        for layer in range(case.layers):
            rows = []
            for k in range(ways):
                ending = f"_l{layer}" + ("_reverse" if k else "")
                first = [s[layer * ways + k, b] for s in states]
                steps = one_way(case, module, current, first, ending, reverse=k == 1)
                kept |= {(s, layer, k, b, t): v for t, step in enumerate(steps) for s, v in step.items()}
                rows.append([step["h"] for step in steps])
            current = [torch.cat(parts) for parts in zip(*rows, strict=True)]
        padding = torch.zeros(case.time - length, case.units * ways, dtype=torch.float64)
        outputs.append(torch.cat([torch.stack(current), padding]))
    output = torch.stack(outputs)
    output = output[0] if case.batch is None else output if case.batch_first else output.transpose(0, 1)
    total = loss(output)
    keys = list(kept)
    grads = torch.autograd.grad(total, [kept[key] for key in keys])
    shapes = {s: (case.layers, ways, samples, case.time, case.units if s == "h" else 4) for s in SIGNALS[case.cell]}
    values = {s: torch.full(shape, torch.nan, dtype=torch.float64) for s, shape in shapes.items()}
    by_grad = {s: torch.full(shape, torch.nan, dtype=torch.float64) for s, shape in shapes.items()}
    for (signal, *at), grad in zip(keys, grads, strict=True):
        values[signal][tuple(at)] = kept[signal, *at].detach()
        by_grad[signal][tuple(at)] = grad
    return values, output.detach(), by_grad, float(total.detach())


def one_way(case: Case, module: Any, xs: list[Tensor], first: list[Tensor], ending: str, *, reverse: bool) -> list[Any]:
    w_i, w_h = (getattr(module, f"weight_{p}{ending}") for p in ("ih", "hh"))
    none = w_i.new_zeros(len(w_i))
    b_i, b_h = (getattr(module, f"bias_{p}{ending}") if case.bias else none for p in ("ih", "hh"))
    h, c = first[0], first[-1]
    steps: list[Any] = []
    for x in reversed(xs) if reverse else xs:
        from_x, from_h = w_i @ x + b_i, w_h @ h + b_h
        if case.cell == "rnn":
            h = torch.tanh(from_x + from_h) if case.nonlinearity == "tanh" else torch.relu(from_x + from_h)
            steps.append({"h": h})
        elif case.cell == "lstm":
            i, f, g, o = (from_x + from_h).chunk(4)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            h = o * c.tanh()
            h = getattr(module, f"weight_hr{ending}") @ h if case.proj else h
            steps.append({"h": h, "c": c, "i": i, "f": f, "g": g, "o": o})
        else:
            (r_x, z_x, n_x), (r_h, z_h, n_h) = from_x.chunk(3), from_h.chunk(3)
            r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
            n = (n_x + r * n_h).tanh()
            h = (1 - z) * n + z * h
            steps.append({"h": h, "r": r, "z": z, "n": n})
    return steps[::-1] if reverse else steps


def check(case: Case) -> Trace:
    module, x, hx = case.make()
    values, output, grads, total = replay(case)
    exact = {"rtol": 1e-9, "atol": 1e-12} if case.dtype == torch.float64 else {"rtol": 1e-4, "atol": 1e-5}
    for captured in (in_portions, capture):
        trace = captured(module, x, case.lengths, hx=hx, loss=loss)
        for signal in SIGNALS[case.cell]:
            assert trace[signal].dtype == (np.float64 if case.dtype == torch.float64 else np.float32)
            np.testing.assert_allclose(trace[signal], values[signal], **exact, err_msg=f"{signal} {case}")
            np.testing.assert_allclose(trace.grads[signal], grads[signal], **exact, err_msg=f"d{signal} {case}")
    assert trace.loss == pytest.approx(total, rel=1e-5, abs=1e-6)
    plain = capture(module, x, case.lengths, hx=hx)
    assert plain.loss is None
    assert not plain.grads
    for signal in SIGNALS[case.cell]:
        np.testing.assert_allclose(plain[signal], trace[signal], rtol=1e-5, atol=1e-6)
    check_output(case, plain, output)
    return trace


def in_portions(*args: Any, **options: Any) -> Trace:
    """Captured as a large module is: gates and gradients a few steps at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gradients, "_PORTION", 100)
        patch.setattr(forward, "_PORTION", 50)
        return capture(*args, **options)


def check_output(case: Case, trace: Trace, replayed: Tensor) -> None:
    """The top layer's h is the module's own output, and the ends are its h_n and c_n."""
    module, x, hx = case.make()
    with torch.no_grad():
        if case.lengths is None:
            output, final = module(x, hx)
        elif case.batch is None:
            output, final = module(x[: case.lengths[0]], hx)
            output = nn.functional.pad(output, (0, 0, 0, case.time - case.lengths[0]))
        else:
            packed = pack_padded_sequence(x, list(case.lengths), batch_first=case.batch_first, enforce_sorted=False)
            output, final = module(packed, hx)
            output, _ = pad_packed_sequence(output, batch_first=case.batch_first, total_length=case.time)
    np.testing.assert_allclose(output, replayed, rtol=1e-4, atol=1e-5)
    if case.batch is None:
        output, final = output[None], (tuple(s[:, None] for s in final) if case.cell == "lstm" else final[:, None])
    elif not case.batch_first:
        output = output.transpose(0, 1)
    shown = np.concatenate([*trace["h"][-1]], -1)  # (batch, time, direction * unit)
    np.testing.assert_allclose(np.nan_to_num(shown), output, rtol=1e-5, atol=1e-6)
    ways = len(trace.directions)
    for signal, state in zip("hc", final if case.cell == "lstm" else (final,), strict=False):
        for layer in range(case.layers):
            for k in range(ways):
                for b, length in enumerate(trace.lengths):
                    end = trace[signal][layer, k, b, 0 if k else length - 1]
                    np.testing.assert_allclose(end, state[layer * ways + k, b], rtol=1e-5, atol=1e-6)


cases = st.builds(
    Case,
    cell=st.sampled_from(CELLS),
    nonlinearity=st.sampled_from(["tanh", "relu"]),
    layers=st.integers(1, 3),
    bidirectional=st.booleans(),
    bias=st.booleans(),
    batch_first=st.booleans(),
    batch=st.sampled_from([None, 1, 3]),
    time=st.integers(1, 6),
    dtype=st.sampled_from([torch.float64, torch.float64, torch.float32]),
    with_hx=st.booleans(),
    proj=st.sampled_from([0, 0, 2]),
    seed=st.integers(0, 1000),
)


@st.composite
def padded_cases(draw: st.DrawFn) -> Case:
    case = draw(cases)
    if draw(st.booleans()):
        return case
    lengths = draw(st.lists(st.integers(1, case.time), min_size=case.batch or 1, max_size=case.batch or 1))
    return Case(**{**case.__dict__, "lengths": tuple(lengths)})


@settings(deadline=None, max_examples=60)
@given(padded_cases())
def test_any_module_on_any_batch(case: Case) -> None:
    check(case)


@together("cell", CELLS)
@together("nonlinearity", ["tanh", "relu"])
@together("layers", [1, 2, 3])
@together("bidirectional", [False, True])
@together("lengths", [None, (2, 5, 4), (1, 1, 3)])
def test_fixed_variants(cell: str, nonlinearity: str, layers: int, *, bidirectional: bool, lengths: Any) -> None:
    if nonlinearity == "relu" and cell != "rnn":
        return
    check(Case(cell, nonlinearity, layers, bidirectional, batch=3, lengths=lengths, with_hx=lengths is None))


@together("cell", CELLS)
@together("bias", [False, True])
@together("batch_first", [False, True])
@together("dtype", [torch.float32, torch.float64])
@together("with_hx", [False, True])
def test_fixed_layouts(cell: str, *, bias: bool, batch_first: bool, dtype: torch.dtype, with_hx: bool) -> None:
    case = {"layers": 2, "bidirectional": True, "bias": bias, "batch_first": batch_first, "dtype": dtype}
    for batch, lengths in ((3, (3, 5, 1)), (1, None), (None, None)):
        check(Case(cell, **case, batch=batch, lengths=lengths, with_hx=with_hx))  # type: ignore[arg-type]


@together("cell", CELLS)
@together("lengths", [None, (40, 1, 39)])
@together("time", [33, 40])
def test_fixed_longer_sequences(cell: str, lengths: Any, time: int) -> None:
    lengths = lengths and tuple(min(time, length) for length in lengths)
    check(Case(cell, layers=2, bidirectional=True, batch=3, lengths=lengths, time=time, with_hx=True))


@pytest.mark.parametrize("cell", CELLS)
def test_long_sequence_at_a_real_size_in_float32(cell: str) -> None:
    torch.manual_seed(0)
    module, x = MODULES[cell](16, 32, batch_first=True), torch.randn(2, 150, 16)
    trace = capture(module, x, loss=lambda output: output[:, -1].sum())
    exact = capture(copy.deepcopy(module).double(), x.double(), loss=lambda output: output[:, -1].sum())
    for signal in SIGNALS[cell]:
        assert np.abs(trace[signal] - exact[signal]).max() < 2e-6
        scale = np.abs(exact.grads[signal]).max()
        assert np.abs(trace.grads[signal] - exact.grads[signal]).max() < 1e-5 * scale


@pytest.mark.parametrize("cell", CELLS)
def test_large_batch_at_a_real_size_in_float32(cell: str) -> None:
    """Where a trace is made in portions, by oneDNN, and gradients by stepping back."""
    torch.manual_seed(0)
    module, x = MODULES[cell](16, 32, 2, batch_first=True, bidirectional=True), torch.randn(33, 61, 16)
    lengths = [61, *range(30, 62)]
    trace = capture(module, x, lengths, loss=loss)
    exact = capture(copy.deepcopy(module).double(), x.double(), lengths, loss=loss)
    for signal in SIGNALS[cell]:
        scale = np.nanmax(np.abs(exact.grads[signal]))
        np.testing.assert_allclose(trace[signal], exact[signal], rtol=0, atol=2e-6)
        np.testing.assert_allclose(trace.grads[signal], exact.grads[signal], rtol=0, atol=1e-5 * scale)


@together("shape", [(1, 3, 7), (9, 3, 7), (32, 3, 7), (33, 2, 7), (80, 32, 64)])
@together("turned", [False, True])
@together("over", [0, 1])
def test_a_recurrence_of_any_size_in_either_order(shape: tuple[int, int, int], *, turned: bool, over: int) -> None:
    time, samples, units = shape
    generator = np.random.default_rng(0)
    order = slice(None, None, -1 if turned else 1)
    total = generator.normal(size=(time + 1, samples, units))[order]
    factor = generator.uniform(size=(time + over, samples, units))[order]
    expected = total.copy()
    for t in range(time):
        expected[t + 1] += factor[t] * expected[t]
    forward.accumulate(total, factor)
    np.testing.assert_allclose(total, expected, rtol=1e-9, atol=1e-12)


@together("samples", [1, 3, 16])
@together("time", [1, 85, 86, 256, 301])
@together("dtype", [torch.float32, torch.float64])
@together("bias", [None, torch.randn(7)])
def test_the_product_is_the_linear_one(samples: int, time: int, dtype: torch.dtype, bias: Tensor | None) -> None:
    x, weight = torch.randn(samples, time, 5, dtype=dtype), torch.randn(7, 5, dtype=dtype)
    bias = None if bias is None else bias.to(dtype)
    torch.testing.assert_close(forward.product(x, weight, bias), nn.functional.linear(x, weight, bias))
    turned = x.transpose(0, 1)
    torch.testing.assert_close(forward.product(turned, weight, bias), nn.functional.linear(turned, weight, bias))


@pytest.mark.parametrize("flushing", [False, True])
@pytest.mark.parametrize("batch", [1, 16])
def test_a_gradient_that_is_too_small_for_a_float_is_zero(batch: int, *, flushing: bool) -> None:
    """Halved 150 times, not held at 1e-45 by rounding; and the thread goes on as it was."""
    torch.manual_seed(0)
    module, x = nn.LSTM(4, 16, batch_first=True), torch.randn(batch, 400, 4)
    torch.set_flush_denormal(flushing)
    try:
        grads = capture(module, x, loss=lambda output: output[:, -1].sum()).grads
        small = np.float32(1e-38) * np.float32(0.1)
        assert (small == 0) == flushing
    finally:
        torch.set_flush_denormal(False)
    for signal in ("h", "c", "f"):
        assert np.abs(grads[signal][0, 0, :, -1]).max() > 1e-3
        shown = np.abs(grads[signal][grads[signal] != 0])
        assert shown.min() >= np.finfo(np.float32).tiny
    assert not grads["c"][0, 0, :, 0].any()


def test_lecture_example() -> None:
    """The printed digits, and torch's own of this machine, which are the ones that are captured."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        module = nn.RNN(input_size=5, hidden_size=2, num_layers=1, batch_first=True)
    x = torch.tensor([[[1.0] * 5, [2.0] * 5, [3.0] * 5]])
    h = capture(module, x).panel("h")
    printed = [[-0.3519801, 0.52525216], [-0.68424344, 0.76074266], [-0.8649416, 0.90466356]]
    # torch draws each weight to 2⁻²⁴ (fused or not): five of them times up to 3, and a sum of ten products.
    np.testing.assert_allclose(h, printed, rtol=0, atol=1e-6)
    assert np.array_equal(h, module(x)[0][0].detach().numpy())


def test_reverse_half_of_the_last_output_is_not_the_final_state() -> None:
    module, x, _ = Case("lstm", bidirectional=True, batch=1).make()
    trace = capture(module, x)
    _, (h_n, _) = module(x)
    assert np.allclose(trace.panel("h")[-1], h_n[0, 0].detach())
    assert np.allclose(trace.panel("h", direction="reverse")[0], h_n[1, 0].detach())
    assert not np.allclose(trace.panel("h", direction="reverse")[-1], h_n[1, 0].detach(), atol=1e-3)
    others = x.clone()
    others[:, :-1] = torch.randn_like(others[:, :-1])
    last = capture(module, others).panel("h", direction="reverse")[-1]
    assert np.array_equal(last, trace.panel("h", direction="reverse")[-1])


@pytest.mark.parametrize("factor", [0.9, 1.1, 1.5])
def test_gradient_of_an_orthogonal_recurrence_is_a_power(factor: float) -> None:
    """Without saturation the recurrence is linear: |dL/dh_0| / |dL/dh_T| = factor^T."""
    torch.manual_seed(0)
    module = nn.RNN(2, 4, nonlinearity="relu", bias=False, dtype=torch.float64)
    with torch.no_grad():
        module.weight_hh_l0.copy_(factor * torch.eye(4, dtype=torch.float64)[[1, 2, 3, 0]])
        module.weight_ih_l0.abs_()
    trace = capture(module, torch.rand(51, 2, dtype=torch.float64), loss=lambda output: output[-1].sum())
    norms = np.linalg.norm(trace.panel("h", gradient=True), axis=-1)
    assert norms[0] / norms[-1] == pytest.approx(factor**50, rel=1e-10)


def test_what_padding_holds_does_not_matter() -> None:
    case = Case("gru", layers=2, bidirectional=True, batch=3, lengths=(2, 5, 3))
    module, x, _ = case.make()
    spoiled = x.clone()
    spoiled[0, 2:], spoiled[2, 3:] = torch.nan, torch.inf
    clean, dirty = (capture(module, given, case.lengths, loss=loss) for given in (x, spoiled))
    for signal in SIGNALS["gru"]:
        assert np.array_equal(clean[signal], dirty[signal], equal_nan=True)
        assert np.array_equal(clean.grads[signal], dirty.grads[signal], equal_nan=True)
    assert np.isnan(clean["z"][:, :, 0, 2:]).all()
    assert np.isfinite(clean["z"][:, :, 0, :2]).all()


def test_loss_sees_zeros_on_padding_in_the_module_layout() -> None:
    case = Case("lstm", bidirectional=True, batch_first=False, batch=2, lengths=(2, 5))
    module, x, _ = case.make()
    seen = []
    capture(module, x, case.lengths, loss=lambda output: (seen.append(output.detach().clone()), output.sum())[1])
    packed = pack_padded_sequence(x, [2, 5], enforce_sorted=False)
    expected, _ = pad_packed_sequence(module(packed)[0])
    assert torch.allclose(seen[0], expected)


def test_loss_through_a_frozen_or_learning_head() -> None:
    module, x, _ = Case("lstm").make()
    head = nn.Linear(4, 1, dtype=torch.float64)
    learning = capture(module, x, loss=lambda output: head(output).square().sum())
    head.requires_grad_(requires_grad=False)
    frozen = capture(module.requires_grad_(requires_grad=False), x, loss=lambda output: head(output).square().sum())
    # Another way back through the module, with and without gradients by its weights: roundings of float64.
    np.testing.assert_allclose(learning.grads["f"], frozen.grads["f"], rtol=1e-12, atol=1e-15)
    assert head.weight.grad is None


def test_loss_of_one_step_has_no_gradient_later() -> None:
    module, x, _ = Case("lstm", batch=1).make()
    grads = capture(module, x, loss=lambda output: output[:, 2].sum()).grads
    for signal in SIGNALS["lstm"]:
        assert (grads[signal][..., 3:, :] == 0).all()
        assert (grads[signal][..., 2, :] != 0).all()


@together("cell", CELLS)
@together("outside", [torch.no_grad, torch.enable_grad, torch.inference_mode])
@together("training", [False, True])
@together("learning", [False, True])
def test_nothing_is_left_behind(cell: str, outside: Any, *, training: bool, learning: bool) -> None:
    module, x, hx = Case(cell, layers=2, bidirectional=True, with_hx=True).make()
    module.train(training).requires_grad_(learning)
    before = copy.deepcopy(module.state_dict())
    x_before = x.clone()
    random_before = torch.get_rng_state()
    with outside():
        mode = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
        plain = capture(module, x, hx=hx)
        trace = capture(module, x, hx=hx, loss=loss)
        assert mode == (torch.is_grad_enabled(), torch.is_inference_mode_enabled())
    assert np.allclose(plain["h"], trace["h"])
    assert all(p.grad is None and p.requires_grad == learning for p in module.parameters())
    assert module.training == training
    assert torch.equal(torch.get_rng_state(), random_before)
    assert torch.equal(x, x_before)
    assert x.grad is None
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_tensors_made_in_inference_mode() -> None:
    with torch.inference_mode():
        module, x, hx = Case("gru", layers=2, with_hx=True).make()
        trace = capture(module, x, hx=hx, loss=loss)
    assert np.isfinite(trace.grads["r"]).all()


def test_later_training_does_not_change_a_trace() -> None:
    module, x, _ = Case("rnn").make()
    trace = capture(module, x)
    before = trace["h"].copy()
    with torch.no_grad():
        module.weight_hh_l0.zero_()
        x.zero_()
    assert np.array_equal(trace["h"], before)


def test_overflow_stays_visible() -> None:
    module, x, _ = Case("rnn", "relu", batch=1, dtype=torch.float32).make()
    with torch.no_grad():
        module.weight_hh_l0.fill_(1e20)
    assert not np.isfinite(capture(module, x.abs(), loss=lambda output: output.sum())["h"]).all()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("scale", [1e30, float("inf"), float("nan")])
def test_diverged_weights_are_read_without_a_warning(cell: str, scale: float) -> None:
    module, x, _ = Case(cell, layers=2, bidirectional=True, batch=1, time=40, dtype=torch.float32).make()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(scale)
    trace = capture(module, x, loss=lambda output: (output * 1e30).sum())
    assert trace["h"].shape == (2, 2, 1, 40, 4)
    if np.isnan(scale):
        assert np.isnan(trace["h"]).all()


def test_labels() -> None:
    module, x, _ = Case("rnn", batch=2).make()
    assert capture(module, x).tokens == (("0", "1", "2", "3", "4"),) * 2
    assert capture(module, x, [2, 5]).tokens[0] == ("0", "1", "", "", "")
    assert capture(module, x, [2, 5], tokens=[["a", 7], ["v"] * 5]).tokens[0] == ("a", "7", "", "", "")
    assert capture(module, x[0], tokens=list("hello")).tokens == (tuple("hello"),)
    with pytest.raises(ValueError, match="tokens must hold labels for 2 samples; got 1"):
        capture(module, x, tokens=[["a"] * 5])
    with pytest.raises(ValueError, match="tokens must hold 5 labels for a sample of that length; got 4"):
        capture(module, x, tokens=[["a"] * 5, ["a"] * 4])


REFUSALS = [
    (lambda _, x: capture(nn.Linear(3, 4), x), TypeError, "nn.RNN, nn.LSTM or nn.GRU, or one .*; got Linear"),
    (lambda _, x: capture(nn.LSTM(3, 4, 2, dropout=0.5), x), ValueError, "dropout must not be active.*got dropout 0.5"),
    (lambda m, x: capture(m, x.double()), ValueError, "x must be a torch.float32 tensor.*got .*float64"),
    (lambda m, x: capture(m, x.numpy()), ValueError, "got ndarray"),
    (lambda m, x: capture(m.half(), x), ValueError, "x must be torch.float16 on cpu .*; got .*torch.float32"),
    (lambda m, x: capture(m, x[..., :2]), ValueError, r"with 3 features; got \(2, 5, 2\)"),
    (lambda m, x: capture(m, x[None]), ValueError, r"got \(1, 2, 5, 3\)"),
    (lambda m, x: capture(m, x[:, :0]), ValueError, "nothing empty"),
    (lambda m, x: capture(m, x, [5]), ValueError, r"lengths must be 2 whole numbers in 1..5; got \[5\]"),
    (lambda m, x: capture(m, x, [0, 5]), ValueError, "in 1..5"),
    (lambda m, x: capture(m, x, [6, 5]), ValueError, "in 1..5"),
    (lambda m, x: capture(m, x, [1.0, 5.0]), ValueError, "whole numbers"),
    (lambda m, x: capture(m, x, hx=torch.zeros(1, 2, 4)), ValueError, r"hx must be a tuple \(h, c\) for an LSTM"),
    (lambda m, x: capture(m, x, hx=(torch.zeros(1, 2, 4),)), ValueError, "got tuple of 1"),
    (lambda m, x: capture(m, x, hx=(torch.zeros(1, 3, 4),) * 2), ValueError, r"shape \(1, 2, 4\).*got \(1, 3, 4\)"),
    (lambda m, x: capture(m, x, hx=(torch.zeros(1, 2, 4).double(),) * 2), ValueError, "got .*float64"),
    (lambda m, x: capture(m, x[0], hx=(torch.zeros(1, 1, 4),) * 2), ValueError, r"shape \(1, 4\)"),
    (lambda m, x: capture(m, x, loss=lambda output: output), ValueError, r"scalar tensor; got shape \(2, 5, 4\)"),
    (lambda m, x: capture(m, x, loss=lambda _: 1.0), ValueError, "scalar tensor; got float"),
    (lambda m, x: capture(m, x, loss=lambda output: output.detach().sum()), ValueError, "without detaching"),
]


@together("call, error, message", REFUSALS)
def test_refusals_say_what_was_expected(call: Any, error: type[Exception], message: str) -> None:
    module, x, _ = Case("lstm", dtype=torch.float32).make()
    with pytest.raises(error, match=message):
        call(module, x)


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("lengths", [None, (2, 5, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_projections(dtype: torch.dtype, lengths: Any, *, bidirectional: bool) -> None:
    case = Case("lstm", layers=2, bidirectional=bidirectional, batch=3, lengths=lengths, dtype=dtype, proj=2)
    trace = check(case)
    assert trace["h"].shape[-1] == 2
    assert trace.sizes["unit"] == trace["c"].shape[-1] == 4
    check(Case("lstm", batch=3, bias=False, with_hx=True, dtype=dtype, proj=2))


def test_hx_of_one_tensor_for_a_gru() -> None:
    module, x, _ = Case("gru").make()
    with pytest.raises(ValueError, match="hx must be one tensor for GRU; got tuple of 2"):
        capture(module, x, hx=(torch.zeros(1, 2, 4), torch.zeros(1, 2, 4)))


def test_dropout_is_no_obstacle_where_it_does_nothing() -> None:
    module = nn.LSTM(3, 4, 2, dropout=0.5)
    capture(module.eval(), torch.zeros(5, 3))
    assert not module.training
