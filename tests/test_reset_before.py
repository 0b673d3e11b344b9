"""A GRU that resets the state before the product: all that is computed of it, beside its equations and autograd."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import rnnviz
from rnnviz import ModelSpec, checkpoints, intervene, reach
from rnnviz.analysis.gradients import stable_norm
from rnnviz.dynamics.steps import constant_input
from rnnviz.interventions import clamp
from rnnviz.kernels import ResetBeforeGRU
from rnnviz.models import build
from rnnviz.reach.back import Way
from rnnviz.reach.losses import loss_vectors, outputs_of
from rnnviz.record import Record
from rnnviz.spec import TaskSpec, TrainSpec, from_json, to_json
from rnnviz.stepping import record, record_layer
from rnnviz.stepping.verify import gru_conventions, verify
from rnnviz.watching import pass_once

NEAR: Final = 1e-6
EXACT: Final = 1e-10
SHAPES: Final = [(1, False), (1, True), (2, False), (2, True)]
LENGTHS: Final = [6, 2, 4]

Signals = dict[tuple[int, int], dict[str, list[Tensor]]]
"""By layer and direction and by signal, a tensor (unit,) for every step."""


def drawn(layers: int = 1, *, both: bool = False, bias: bool = True, seed: int = 0) -> ResetBeforeGRU:
    """In float64, with weights so large that the two conventions are far apart."""
    torch.manual_seed(seed)
    module = ResetBeforeGRU(3, 4, layers, bias=bias, bidirectional=both, batch_first=True).double()
    with torch.no_grad():
        for weight in module.parameters():
            weight.mul_(2.5)
    return module


def by_hand(
    module: nn.GRU, x: Tensor, first: Tensor, changed: Callable[[str, Tensor], Tensor] = lambda _, value: value
) -> tuple[Tensor, Signals]:
    """The output (time, direction * unit) of one sequence, and all signals, by the equations alone."""
    names = ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if module.bias else ()))
    found: Signals = {}
    for layer in range(module.num_layers):
        columns = []
        for way in range(1 + module.bidirectional):
            ending = f"_l{layer}{'_reverse' * way}"
            W, R, *biases = (getattr(module, name + ending).chunk(3) for name in names)
            b, c = biases or ([torch.zeros(4, dtype=x.dtype)] * 3,) * 2
            h = first[layer * (1 + module.bidirectional) + way]
            steps: dict[str, list[Tensor]] = {signal: [] for signal in "rznh"}
            for t in reversed(range(len(x))) if way else range(len(x)):
                r = changed("r", torch.sigmoid(W[0] @ x[t] + b[0] + R[0] @ h + c[0]))
                z = changed("z", torch.sigmoid(W[1] @ x[t] + b[1] + R[1] @ h + c[1]))
                n = changed("n", torch.tanh(W[2] @ x[t] + b[2] + R[2] @ (r * h) + c[2]))
                h = changed("h", (1 - z) * n + z * h)
                for signal, value in zip("rznh", (r, z, n, h), strict=True):
                    steps[signal].append(value)
            found[layer, way] = {signal: values[:: -1 if way else 1] for signal, values in steps.items()}
            columns.append(torch.stack(found[layer, way]["h"]))
        x = torch.cat(columns, -1)
    return x, found


def given(module: nn.GRU, samples: int = 3) -> tuple[Tensor, Tensor]:
    """An input (sample, step, feature) and initial states, the same every time."""
    generator = torch.Generator().manual_seed(7)
    states = module.num_layers * (1 + module.bidirectional)
    x, hx = (
        torch.randn(*shape, generator=generator, dtype=torch.float64)
        for shape in ((samples, 6, 3), (states, samples, 4))
    )
    return x.to(module.weight_hh_l0.dtype), hx.to(module.weight_hh_l0.dtype)


# --- The module ---


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("layers", "both"), SHAPES)
def test_it_computes_its_equations(layers: int, both: bool, bias: bool) -> None:
    module = drawn(layers, both=both, bias=bias)
    x, hx = given(module)
    with torch.no_grad():
        output, last = module(x, hx)
        for k in range(len(x)):
            expected, signals = by_hand(module, x[k], hx[:, k])
            assert torch.allclose(output[k], expected, atol=EXACT)
            for number, ((_, way), of) in enumerate(signals.items()):
                assert torch.allclose(last[number, k], of["h"][0 if way else -1], atol=EXACT)
        other = nn.GRU(3, 4, layers, bias=bias, bidirectional=both, batch_first=True).double()
        other.load_state_dict(module.state_dict())
        assert (other(x, hx)[0] - output).abs().max() > 0.05, "the two conventions are far apart here"


@pytest.mark.parametrize("is_sorted", [True, False])
@pytest.mark.parametrize(("layers", "both"), SHAPES)
def test_a_packed_sequence_ends_with_each_sample(layers: int, both: bool, is_sorted: bool) -> None:
    module = drawn(layers, both=both)
    x, hx = given(module)
    lengths = sorted(LENGTHS, reverse=True) if is_sorted else LENGTHS
    packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=is_sorted)
    with torch.no_grad():
        output, last = module(packed, hx)
        padded, told = pad_packed_sequence(output, batch_first=True)
        assert told.tolist() == lengths
        for k, length in enumerate(lengths):
            expected, signals = by_hand(module, x[k, :length], hx[:, k])
            assert torch.allclose(padded[k, :length], expected, atol=EXACT)
            assert not padded[k, length:].any()
            ends = [of["h"][0 if way else -1] for (_, way), of in signals.items()]
            assert torch.allclose(last[:, k], torch.stack(ends), atol=EXACT)


def test_layouts_are_those_of_torch() -> None:
    module = drawn(2, both=True)
    x, hx = given(module)
    turned = copy.deepcopy(module)
    turned.batch_first = False
    with torch.no_grad():
        output, last = module(x, hx)
        steps_first, last_of_these = turned(x.transpose(0, 1), hx)
        single, last_of_one = module(x[1], hx[:, 1])
    assert torch.equal(steps_first.transpose(0, 1), output)
    assert torch.equal(last_of_these, last)
    assert torch.allclose(single, output[1], atol=EXACT)
    assert torch.allclose(last_of_one, last[:, 1], atol=EXACT)
    assert torch.equal(copy.deepcopy(module)(x, hx)[0], output)


@pytest.mark.parametrize(
    ("shape", "state", "message"),
    [
        ((3, 6, 5), None, "3 features; got shape"),
        ((2, 3, 6, 3), None, "2 or 3 axes"),
        ((3, 6, 3), (1, 2, 4), "hx must have"),
    ],
)
def test_what_does_not_fit_is_refused(shape: tuple[int, ...], state: tuple[int, ...] | None, message: str) -> None:
    hx = None if state is None else torch.zeros(state, dtype=torch.float64)
    with pytest.raises(ValueError, match=message):
        drawn()(torch.zeros(shape, dtype=torch.float64), hx)


def test_the_seed_draws_the_weights_of_torchs_gru() -> None:
    before, after = (build(ModelSpec("gru", 3, 4, reset=reset, seed=3)) for reset in ("before", "after"))
    assert isinstance(before.rnn, ResetBeforeGRU)
    assert all(torch.equal(one, other) for one, other in zip(before.parameters(), after.parameters(), strict=True))
    assert type(build(ModelSpec("lstm", 3, 4, reset="before")).rnn) is nn.LSTM, "others ignore it"


# --- Captures and interventions ---


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("layers", "both"), SHAPES)
def test_a_capture_has_every_gate_and_gradient(layers: int, both: bool, bias: bool) -> None:
    module = drawn(layers, both=both, bias=bias)
    x, hx = given(module)
    weights = torch.randn(3, 6, 4 * (1 + both), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    trace = rnnviz.capture(module, x, LENGTHS, hx=hx, loss=lambda output: (output * weights).sum())
    for k, length in enumerate(LENGTHS):
        kept: list[Tensor] = []

        def graph(_: str, value: Tensor, kept: list[Tensor] = kept) -> Tensor:
            value = value.detach().requires_grad_() if not value.requires_grad else value
            value.retain_grad()
            kept.append(value)
            return value

        module.requires_grad_()
        output, signals = by_hand(module, x[k, :length], hx[:, k], graph)
        (output * weights[k, :length]).sum().backward()
        for (layer, way), of in signals.items():
            for signal, values in of.items():
                where: Any = {"layer": layer, "direction": ("forward", "reverse")[way], "batch": k}
                expected = torch.stack(values).detach().numpy()
                np.testing.assert_allclose(trace.panel(signal, **where)[:length], expected, atol=EXACT)
                by = np.stack([np.zeros(4) if one.grad is None else one.grad.numpy() for one in values])
                got = trace.grads[signal][layer, way, k, :length]
                np.testing.assert_allclose(got, by, atol=EXACT, err_msg=f"{signal} {layer} {way}")
                assert np.isnan(trace[signal][layer, way, k, length:]).all()


def test_float32_is_as_near_as_torchs_own() -> None:
    module = drawn(2, both=True).float()
    x, hx = given(module)
    trace = rnnviz.capture(module, x, hx=hx)
    for k in range(len(x)):
        with torch.no_grad():
            _, signals = by_hand(module, x[k], hx[:, k])
        for (layer, way), of in signals.items():
            for signal, values in of.items():
                np.testing.assert_allclose(trace[signal][layer, way, k], torch.stack(values).numpy(), atol=NEAR)


def test_it_is_captured_inside_a_model_and_by_half_precision() -> None:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Embedding(7, 3), ResetBeforeGRU(3, 4, batch_first=True))
    traces = rnnviz.capture(model, torch.tensor([[1, 2, 3]]), loss=lambda result: result[0].square().sum())
    alone = rnnviz.capture(model[1], model[0](torch.tensor([[1, 2, 3]])).detach(), loss=lambda h: h.square().sum())
    np.testing.assert_allclose(traces["1"]["n"], alone["n"], atol=NEAR)
    np.testing.assert_allclose(traces["1"].grads["r"], alone.grads["r"], atol=NEAR)
    half = copy.deepcopy(model[1]).bfloat16()
    rounded = rnnviz.capture(half, torch.ones(1, 5, 3, dtype=torch.bfloat16))
    whole = rnnviz.capture(half.float(), torch.ones(1, 5, 3))
    np.testing.assert_allclose(rounded["h"], whole["h"], atol=NEAR)


@pytest.mark.parametrize("signal", ["r", "z", "n", "h"])
def test_an_intervention_goes_through_its_equations(signal: str) -> None:
    module = drawn()
    x, hx = given(module, samples=1)
    count = iter(range(100))

    def changed(of: str, value: Tensor) -> Tensor:
        return torch.full_like(value, 0.25) if of == signal and next(count) == 2 else value

    with torch.no_grad():
        _, signals = by_hand(module, x[0], hx[:, 0], changed)
    trace = intervene(module, x, [clamp(signal, 0.25, steps=[2])], hx=hx)
    for of, values in signals[0, 0].items():
        np.testing.assert_allclose(trace.panel(of), torch.stack(values).numpy(), atol=EXACT)
    plain = intervene(module, x, [], hx=hx)
    np.testing.assert_allclose(plain["n"], rnnviz.capture(module, x, hx=hx)["n"], atol=EXACT)


# --- Steps, and their check ---


@pytest.mark.parametrize(("layers", "both"), SHAPES)
def test_a_walk_has_its_products_and_agrees_with_the_module(layers: int, both: bool) -> None:
    module = drawn(layers, both=both).float()
    x, _ = given(module)
    found = record_layer(module, x[0].numpy(), list("abcdef"))
    assert found.spec.resets_before
    walks = [found.walk(layer, way) for layer in range(layers) for way in found.trace.directions]
    for shown in walks:
        values, W_hn = shown.values, np.split(shown.weights["weight_hh"], 3)[2]
        np.testing.assert_array_equal(values["r*h"], values["r"] * shown.h_prev)
        np.testing.assert_allclose(values["hh.n"], values["r*h"] @ W_hn.T, atol=NEAR)
        assert "r*(hh.n+b)" not in values
    apart = verify(module, x[:1], rnnviz.capture(module, x[:1]), walks)
    assert {one.signal for one in apart} == {"h", "r", "z", "n"}
    assert max(one.difference for one in apart) < NEAR


def test_the_check_sees_numbers_of_the_other_convention() -> None:
    module = drawn().float()
    x, _ = given(module)
    plain = nn.GRU(3, 4, batch_first=True)
    plain.load_state_dict(module.state_dict())
    apart = {one.signal: one.difference for one in verify(module, x, rnnviz.capture(plain, x))}
    assert min(apart["n"], apart["h"]) > 0.01


@pytest.mark.parametrize(("layers", "both"), [(1, False), (2, True)])
def test_the_table_of_conventions_is_of_the_weights(layers: int, both: bool) -> None:
    module = drawn(layers, both=both)
    x, _ = given(module)
    found = gru_conventions(module, x)
    plain = nn.GRU(3, 4, layers, bidirectional=both, batch_first=True).double()
    plain.load_state_dict(module.state_dict())
    with torch.no_grad():
        np.testing.assert_allclose(found["torch"].h, plain(x)[0][0].numpy(), atol=EXACT)
        np.testing.assert_allclose(found["reset before the product"].h, module(x)[0][0].numpy(), atol=EXACT)
    assert found["torch"].difference < EXACT < 0.05 < found["reset before the product"].difference


# --- Jacobians, fixed points, the way back ---


def test_the_jacobian_under_constant_input_is_autograds() -> None:
    module = drawn(2)
    for layer, width in ((0, 3), (1, 4)):
        x = torch.linspace(-1, 1, width, dtype=torch.float64)
        step = constant_input(module, x, layer)
        states = torch.randn(5, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
        after, jacobians = step.next_and_jacobians(states)
        alone = ResetBeforeGRU(width, 4).double()
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        alone.load_state_dict({f"{name}_l0": getattr(module, f"{name}_l{layer}") for name in names})

        def of(h: Tensor, alone: nn.GRU = alone, x: Tensor = x) -> Tensor:
            output: Tensor = alone(x[None], h[None])[0][0]
            return output

        for k, state in enumerate(states):
            assert torch.allclose(of(state), after[k], atol=EXACT)
            assert torch.allclose(torch.autograd.functional.jacobian(of, state), jacobians[k], atol=EXACT)


def test_fixed_points_stay_where_they_are() -> None:
    module = drawn(seed=4)
    x, _ = given(module)
    points = rnnviz.fixed_points(module, starts=rnnviz.capture(module, x), count=12)
    assert len(points.states)
    for state, kind in zip(points.states, points.kinds, strict=True):
        if kind != "slow":
            h = torch.from_numpy(state)
            with torch.no_grad():
                after, _ = module(torch.zeros(1, 3, dtype=torch.float64), h[None])
            assert (after[0] - h).abs().max() < 1e-5


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("layers", "both"), SHAPES)
def test_the_way_back_ends_at_torchs_gradients(layers: int, both: bool, bias: bool) -> None:
    spec = ModelSpec("gru", 3, 4, layers, output_size=2, bidirectional=both, bias=bias, reset="before", seed=5)
    x = np.random.default_rng(0).standard_normal((7, 3)).astype(np.float32)
    found = reach.through_time(spec, x, [3, 6], of="read-out")
    for (layer, way), back in found.layers.items():
        ending = f"_l{layer}" + "_reverse" * (way == "reverse")
        for name in ("weight_ih", "weight_hh"):
            np.testing.assert_allclose(getattr(back, name), found.grads[f"rnn.{name}{ending}"], atol=EXACT)
        operands = back.h_prev, back.slopes.reset * back.h_prev
        each = [
            np.concatenate([np.outer(sums[:2].ravel(), h), np.outer(sums[2], rh)])
            for sums, h, rh in zip(back.sums, *operands, strict=True)
        ]
        np.testing.assert_allclose(np.sum(each, 0), back.weight_hh, atol=EXACT)
        np.testing.assert_allclose(back.added_hh, [np.linalg.norm(one) for one in each], atol=EXACT)
        passed = back.sums[:, 2] @ np.split(build(spec).double().rnn.get_parameter(f"weight_hh{ending}").numpy(), 3)[2]
        np.testing.assert_allclose(back.by_reset, passed, atol=EXACT)
    network = build(spec).double()
    read = torch.from_numpy(x).double().requires_grad_()
    network(read)[[3, 6]].max(1).values.sum().backward()
    np.testing.assert_allclose(found.x, read.grad.numpy(), atol=EXACT)


def test_truncation_cuts_it_too() -> None:
    spec = ModelSpec("gru", 3, 4, reset="before", seed=5)
    x = np.random.default_rng(0).standard_normal((7, 3)).astype(np.float32)
    found = reach.through_time(spec, x, range(7), cut=3)
    back = found.layers[0, "forward"]
    np.testing.assert_allclose(back.weight_hh, found.grads["rnn.weight_hh_l0"], atol=EXACT)
    assert not back.next_h[2].any()
    assert back.next_h[1].any()


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_the_jacobians_of_all_steps_are_autograds(direction: Any) -> None:
    module = drawn(both=True)
    x, hx = given(module, samples=1)
    trace = rnnviz.capture(module, x, hx=hx)
    jacobians = Way(module, trace, 0, direction, [hx[:, 0].numpy()]).jacobians()
    way = int(direction == "reverse")
    states = torch.from_numpy(trace.panel("h", direction=direction).copy())
    before = torch.cat([states[1:], hx[1]]) if way else torch.cat([hx[0], states[:-1]])
    for t in range(6):

        def step(h: Tensor, t: int = t) -> Tensor:
            first = torch.stack([h, h])[:, None]
            output: Tensor = module(x[:, t : t + 1], first)[0]
            return output[0, 0, 4 * way : 4 * way + 4]

        expected = torch.autograd.functional.jacobian(step, before[t])
        np.testing.assert_allclose(jacobians[t], expected.numpy(), atol=EXACT)


@pytest.mark.parametrize(("layers", "both"), SHAPES)
def test_how_far_losses_reach_is_autograds(layers: int, both: bool) -> None:
    spec = ModelSpec("gru", 3, 4, layers, output_size=0, bidirectional=both, reset="before", seed=2)
    x = np.random.default_rng(1).standard_normal((5, 3)).astype(np.float32)
    rows = reach.loss_rows(spec, x, range(5), by="x")
    network = build(spec).double()
    vectors = loss_vectors(network, outputs_of(_trace(spec, x)), "projection", seed=2)
    for t, row in enumerate(rows):
        read = torch.from_numpy(x).double().requires_grad_()
        (network(read)[t] * torch.from_numpy(vectors[t].copy())).sum().backward()
        np.testing.assert_allclose(row, stable_norm(read.grad.numpy()), atol=EXACT)
    module = build(spec).rnn
    gradient = reach.input_gradients(module, torch.from_numpy(x), loss=lambda output: output.square().sum())
    read = torch.from_numpy(x).requires_grad_()
    module(read)[0].square().sum().backward()
    np.testing.assert_allclose(gradient[0], read.grad.numpy(), atol=NEAR)


def _trace(spec: ModelSpec, x: np.ndarray) -> Any:
    return rnnviz.capture(build(spec).double().rnn, torch.from_numpy(x).double())


# --- Settings, files, findings ---


def test_settings_name_it_only_where_it_is_not_torchs() -> None:
    """So names that are made of settings, and files, are as before there was a choice."""
    assert "reset" not in to_json(ModelSpec("gru"))
    assert "reset" not in to_json(TrainSpec(ModelSpec("gru"), TaskSpec("adding", 5)))["model"]
    before = ModelSpec("gru", reset="before")
    assert from_json(ModelSpec, to_json(before)) == before
    assert from_json(ModelSpec, {"cell": "gru"}).reset == "after"
    with pytest.raises(ValueError, match="reset must be one of after, before; got 'never'"):
        ModelSpec("gru", reset="never")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="resets after the product to be trained"):
        TrainSpec(before, TaskSpec("adding", 5))


def test_a_trained_network_is_built_with_its_own_convention_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    known = checkpoints.load("brackets-gru")
    spec = known.model
    with pytest.raises(ValueError, match="reset must be after, as brackets-gru was trained; got before"):
        build(
            ModelSpec(
                "gru",
                spec.input_size,
                spec.hidden_size,
                output_size=spec.output_size,
                trained="brackets",
                reset="before",
            )
        )


def test_a_recording_of_a_spec_states_it() -> None:
    x = np.ones((4, 3), np.float32)
    before, after = (
        record(ModelSpec("gru", 3, 4, seed=1, reset=reset), x, list("abcd")) for reset in ("before", "after")
    )
    assert np.abs(before.trace["h"] - after.trace["h"]).max() > 1e-3
    assert {"r*h"} == set(before.walk(0, "forward").values) - set(after.walk(0, "forward").values)


def one_bias(module: nn.GRU) -> nn.GRU:
    with torch.no_grad():
        module.bias_hh_l0.zero_()
    return module


def test_the_finding_on_ports_is_of_torchs_gru_alone() -> None:
    """One bias is what such a GRU of Keras has, so it is no sign of a wrong port there."""
    torch.manual_seed(0)
    found: Mapping[str, set[str]] = {
        kind.__name__: {
            finding.name for finding in rnnviz.examine(one_bias(kind(3, 4, batch_first=True)), torch.ones(2, 6, 3))
        }
        for kind in (nn.GRU, ResetBeforeGRU)
    }
    assert "gru_reset" in found["GRU"]
    assert "gru_reset" not in found["ResetBeforeGRU"]


def test_a_record_keeps_it(tmp_path: Path) -> None:
    made = pass_once(ResetBeforeGRU(3, 4), torch.ones(6, 2, 3))
    assert made.layers[0].reset == "before"
    assert not np.isnan(made.layers[0]["saturated"]).all(), "it was read"
    made.save(tmp_path / "before")
    assert Record.load(tmp_path / "before").layers[0].reset == "before"
    pass_once(nn.GRU(3, 4), torch.ones(6, 2, 3)).save(tmp_path / "after")
    assert Record.load(tmp_path / "after").layers[0].reset == "after"
    written = b"".join(file.read_bytes() for file in (tmp_path / "after").iterdir())
    assert b"nonlinearity" in written
    assert b"reset" not in written, "older versions read it"
