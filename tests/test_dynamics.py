"""Fixed points: known ones, torch's own layers and Jacobians, and a network that remembers three bits."""

import re
from functools import cache
from itertools import product
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import rnnviz
from rnnviz import checkpoints, tasks
from rnnviz.cli import main
from rnnviz.dynamics import FixedPoints, fixed_points, iterated, speed_plane, visited_states
from rnnviz.dynamics.steps import constant_input
from rnnviz.models import Network, build
from rnnviz.names import Direction
from rnnviz.progress import SearchProgress
from rnnviz.spec import ModelSpec
from rnnviz.trace import Trace
from rnnviz.train import checkpoint_of, train
from tests.serving import ROOT
from tests.together import together

KINDS_OF_LAYERS: Final = {"rnn": nn.RNN, "relu": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
SEEDS: Final = range(20)


def drawn(name: str, units: int = 6, *, scale: float = 2.0, seed: int = 0, **options: Any) -> nn.RNN | nn.GRU | nn.LSTM:
    """A layer with weights that are large enough for several fixed points, without moving torch's random state."""
    options |= {"nonlinearity": "relu"} if name == "relu" else {}
    layer = KINDS_OF_LAYERS[name](3, units, batch_first=True, dtype=torch.float64, **options)
    generator = torch.Generator().manual_seed(seed)
    for parameter in layer.parameters():
        parameter.data = scale * torch.randn(parameter.shape, generator=generator, dtype=torch.float64) / units**0.5
    return layer


def with_weights(layer: nn.Module, **weights: Any) -> nn.Module:
    """All weights zero but the named ones."""
    for name, parameter in layer.named_parameters():
        parameter.data = torch.zeros_like(parameter)
        if name in weights:
            parameter.data += torch.as_tensor(weights[name], dtype=parameter.dtype).reshape(parameter.shape)
    return layer


def after(layer: nn.Module, states: np.ndarray, x: np.ndarray, steps: int = 1) -> np.ndarray:
    """The states after some steps of torch's own module."""
    inputs = torch.from_numpy(np.broadcast_to(x, (len(states), steps, len(x))).copy())
    given = torch.from_numpy(states)[None]
    with torch.no_grad():
        if isinstance(layer, nn.LSTM):
            h, c = (part.contiguous() for part in given.chunk(2, -1))
            return torch.cat(layer(inputs, (h, c))[1], -1)[0].numpy()
        return layer(inputs, given)[1][0].numpy()


# --- Known by hand ---


def test_one_unit_of_tanh() -> None:
    points = fixed_points(with_weights(nn.RNN(1, 1), weight_hh_l0=2.0))
    assert points.kinds.tolist() == ["stable", "stable", "unstable"]
    np.testing.assert_allclose(points.states.ravel(), [-0.957504, 0.957504, 0], atol=1e-6)
    slope = 2 * (1 - 0.9575040240772687**2)  # w (1 - h²)
    np.testing.assert_allclose(points.eigenvalues.ravel(), [slope, slope, 2], atol=1e-6)
    np.testing.assert_allclose(points.time_constants[:2].ravel(), -1 / np.log(slope), atol=1e-6)
    assert points.time_constants[2, 0] == pytest.approx(-1 / np.log(2))
    assert points.found.sum() == 128
    assert points.summary == "2 stable, 1 unstable; all 128 starts converged"


def test_below_one_only_zero_stays() -> None:
    points = fixed_points(with_weights(nn.RNN(1, 1), weight_hh_l0=0.5))
    assert (points.kinds.tolist(), points.states.round(9).tolist()) == (["stable"], [[0.0]])


def test_a_latch_of_two_units() -> None:
    """Each unit excites the other: two states of the same sign, and a saddle between them."""
    points = fixed_points(with_weights(nn.RNN(1, 2), weight_hh_l0=[[0, 2], [2, 0]]))
    stable = points.states[points.kinds == "stable"]
    np.testing.assert_allclose(stable, [[-0.957504] * 2, [0.957504] * 2], atol=1e-6)
    at = np.flatnonzero(np.abs(points.states).max(1) < 1e-6)
    assert len(at) == 1
    np.testing.assert_allclose(np.sort(points.eigenvalues[at[0]].real), [-2, 2], atol=1e-9)


def test_a_constant_input_moves_the_points() -> None:
    """h = tanh(2 h + x) has one solution when |x| is large."""
    rnn = with_weights(nn.RNN(1, 1), weight_hh_l0=2.0, weight_ih_l0=1.0)
    assert len(fixed_points(rnn, [0.3])) == 3
    alone = fixed_points(rnn, [1.0])
    assert alone.kinds.tolist() == ["stable"]
    h = alone.states[0, 0]
    assert h == pytest.approx(np.tanh(2 * h + 1), abs=1e-9)


def test_one_unit_of_a_gru() -> None:
    """With r = z = 1/2 it stays where h = tanh(w h / 2)."""
    points = fixed_points(with_weights(nn.GRU(1, 1), weight_hh_l0=[0, 0, 4.0]))
    np.testing.assert_allclose(points.states.ravel(), [-0.957504, 0.957504, 0], atol=1e-6)
    assert points.kinds.tolist() == ["stable", "stable", "unstable"]
    assert points.eigenvalues[2, 0].real == pytest.approx(0.5 + 0.5 * 2)


def test_one_unit_of_an_lstm() -> None:
    """With i = f = o = 1/2, c = tanh(w h) and h = tanh(c) / 2."""
    points = fixed_points(with_weights(nn.LSTM(1, 1), weight_hh_l0=[0, 0, 6.0, 0]))
    assert points.kinds.tolist() == ["stable", "stable", "saddle"]
    np.testing.assert_allclose(points.c, np.tanh(6 * points.h), atol=1e-9)
    np.testing.assert_allclose(points.h, np.tanh(points.c) / 2, atol=1e-9)
    np.testing.assert_allclose(points.states[2], 0, atol=1e-9)
    # At zero dc'/dh = 6/2, dc'/dc = 1/2, and h' is half of c'.
    np.testing.assert_allclose(points.eigenvalues[2], [2.0, 0.0], atol=1e-7)
    assert points.h[0, 0] == pytest.approx(-points.h[1, 0], abs=1e-8)


def test_a_slow_point_is_no_fixed_one() -> None:
    """h = tanh(2 h + x) just beyond the x at which two solutions meet: there the state nearly stays."""
    meeting = np.sqrt(0.5)
    x = float(np.arctanh(meeting) - 2 * meeting)
    rnn = with_weights(nn.RNN(1, 1, dtype=torch.float64), weight_hh_l0=2.0, weight_ih_l0=1.0)
    points = fixed_points(rnn, [x - 1e-3], starts=[[0.6], [0.75]], noise=0)
    assert points.kinds.tolist() == ["slow"]
    assert points.states[0, 0] == pytest.approx(meeting, abs=0.01)
    assert 1e-8 < points.speeds[0] < 1e-6
    assert "1 slow" in points.summary
    assert fixed_points(rnn, [x + 1e-3], starts=[[0.6], [0.75]], noise=0).kinds.tolist() == ["stable", "unstable"]
    strict = fixed_points(rnn, [x - 1e-3], starts=[[0.6], [0.75]], noise=0, slow=1e-9)
    assert (len(strict), strict.ends.tolist()) == (0, [-1, -1])
    assert strict.summary.startswith("no point; 2 of 2 starts did not converge, lowest speed q = ")
    assert strict.end_speeds.min() == pytest.approx(points.speeds[0], rel=1e-3)


# --- Against torch ---


@pytest.mark.parametrize("name", KINDS_OF_LAYERS)
def test_the_jacobian_is_that_of_autograd(name: str) -> None:
    layer = drawn(name, seed=3)
    x = np.random.default_rng(1).standard_normal(3)
    step = constant_input(layer, x, 0)
    states = torch.from_numpy(np.random.default_rng(2).uniform(-1, 1, (5, step.size)))
    moved, jacobians = step.next_and_jacobians(states)

    def once(state: Tensor) -> Tensor:
        h, *c = state[None, None].chunk(2 if name == "lstm" else 1, -1)
        _, last = layer(torch.from_numpy(x)[None, None], (h, c[0]) if c else h)
        return torch.cat(last, -1)[0, 0] if c else last[0, 0]

    for state, next_, jacobian in zip(states, moved, jacobians, strict=True):
        torch.testing.assert_close(next_, once(state).detach(), rtol=0, atol=1e-12)
        expected = torch.autograd.functional.jacobian(once, state)
        torch.testing.assert_close(jacobian, expected, rtol=0, atol=1e-10)


@together("name", ["rnn", "gru", "lstm"])
@together("seed", SEEDS)
def test_every_point_stays_in_torchs_own_module(name: str, seed: int) -> None:
    layer, x = drawn(name, scale=2.5, seed=seed), np.random.default_rng(seed).standard_normal(3)
    points = fixed_points(layer, x, count=60, seed=seed)
    fixed = points.kinds != "slow"
    assert fixed.any() or name == "lstm"  # h of the others stays in a cube, so Brouwer has one for them
    moved = after(layer, points.states, x)
    np.testing.assert_allclose(moved[fixed], points.states[fixed], atol=1e-9)
    np.testing.assert_allclose(np.square(moved - points.states).sum(1) / 2, points.speeds, rtol=1e-4, atol=1e-25)
    assert (points.speeds[fixed] <= 1e-20).all()
    apart = np.linalg.norm(points.states[:, None] - points.states, axis=-1) + 10 * np.eye(len(points))
    assert apart.min() >= points.merged
    expected = np.linalg.eigvals(points.jacobians)
    np.testing.assert_allclose(np.sort(np.abs(expected)), np.sort(np.abs(points.eigenvalues)), atol=1e-6)
    np.testing.assert_array_equal(points.unstable, (np.abs(points.eigenvalues) > 1).sum(1))
    assert np.bincount(points.ends[points.ends >= 0], minlength=len(points)).tolist() == points.found.tolist()


BISTABLE: Final = {
    "rnn": (nn.RNN, [2.0]),
    "gru": (nn.GRU, [0, 0, 4.0]),
    "lstm": (nn.LSTM, [0, 0, 6.0, 0]),
}
"""A layer of one unit with two stable points, and the weights of its recurrence."""


@pytest.mark.parametrize("name", BISTABLE)
def test_the_neighbours_of_a_stable_point_come_back_and_those_of_another_leave(name: str) -> None:
    kind, recurrent = BISTABLE[name]
    layer = with_weights(kind(1, 1, batch_first=True, dtype=torch.float64), weight_hh_l0=recurrent)
    points = fixed_points(layer)
    for stays, state in zip(points.kinds == "stable", points.states, strict=True):
        distance = np.linalg.norm(after(layer, state[None] + 1e-5, np.zeros(1), steps=300) - state)
        assert distance < 1e-8 if stays else distance > 0.1
    assert (points.kinds == "stable").sum() == 2
    assert len(points) == 3


def test_float32_and_float64_weights_are_searched_in_float64() -> None:
    single = drawn("gru").float()
    points = fixed_points(single, count=20)
    assert points.states.dtype == np.float64
    assert points.speeds.max() <= 1e-20
    np.testing.assert_allclose(after(single.double(), points.states, np.zeros(3)), points.states, atol=1e-9)


def test_nothing_is_drawn_from_torchs_random_state_and_a_seed_says_it_all() -> None:
    layer, before = drawn("rnn"), torch.get_rng_state()
    first, again, other = (fixed_points(layer, count=10, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(first.starts, again.starts)
    assert not np.array_equal(first.starts, other.starts)


# --- What is taken ---


def test_a_layer_of_a_stack_has_its_own_input() -> None:
    stack = drawn("gru", num_layers=2, scale=3.0)
    below = fixed_points(stack, np.ones(3)).h[0]
    points = fixed_points(stack, below, layer=1)
    alone = nn.GRU(6, 6, batch_first=True, dtype=torch.float64)
    for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(alone, f"{kind}_l0").data = getattr(stack, f"{kind}_l1").data
    np.testing.assert_allclose(after(alone, points.states, below), points.states, atol=1e-9)
    assert points.layer == 1
    with pytest.raises(ValueError, match=r"x must be 6 finite numbers, .*; got shape \(3,\)"):
        fixed_points(stack, np.ones(3), layer=1)


def test_without_biases() -> None:
    layer = drawn("lstm", bias=False)
    points = fixed_points(layer, np.ones(3), count=10)
    np.testing.assert_allclose(after(layer, points.states, np.ones(3)), points.states, atol=1e-6)


def test_the_output_layer() -> None:
    network = build(ModelSpec("gru", 3, 5, output_size=4, seed=1))
    points = fixed_points(network, count=10)
    expected = network.head(torch.from_numpy(points.h).float()).numpy()
    np.testing.assert_allclose(points.outputs, expected, atol=1e-6)
    np.testing.assert_allclose(points.probabilities.sum(1), 1)
    by_hand = fixed_points(network.rnn, count=10, head=network.head)
    np.testing.assert_allclose(by_hand.outputs, points.outputs, atol=1e-9)
    assert network.head.weight.dtype == torch.float32
    bare = fixed_points(network.rnn, count=10)
    assert bare.outputs.shape == bare.probabilities.shape == (len(bare), 0)


def test_starts_from_a_trace() -> None:
    layer = drawn("lstm")
    trace = rnnviz.capture(layer, torch.randn(3, 10, 3, dtype=torch.float64), lengths=[10, 4, 7])
    visited = visited_states(trace)
    assert visited.shape == (21, 12)
    np.testing.assert_array_equal(visited[10:14, 6:], trace.panel("c", batch=1)[:4])
    np.testing.assert_array_equal(visited_states(trace, batch=2), visited[14:])
    points = fixed_points(layer, starts=trace, count=8, noise=0)
    assert all((np.abs(visited - start).max(1) == 0).any() for start in points.starts)
    assert len(points.starts) == 8
    assert len(fixed_points(layer, starts=trace, count=500).starts) == 21
    noisy = fixed_points(layer, starts=trace, count=21, noise=0.3)
    assert np.std(noisy.starts - visited) == pytest.approx(0.3, abs=0.05)


def test_it_tells_and_stops() -> None:
    layer, told = drawn("gru", units=64), list[SearchProgress]()
    whole = fixed_points(layer, on_progress=told.append)
    assert [one.step for one in told] == list(range(1, len(told) + 1))
    assert [one.ended for one in told] == sorted(one.ended for one in told)
    assert not whole.stopped
    calls = list[int]()
    cut = fixed_points(layer, on_progress=lambda one: calls.append(one.step) or False)
    assert calls == [1]
    assert cut.stopped
    assert (cut.ends == -1).any()
    assert np.isfinite(cut.end_speeds).all()
    assert "did not converge" in cut.summary
    assert (cut.end_speeds >= 0).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x": [1.0]}, r"x must be 3 finite numbers, the width of this layer's input; got shape \(1,\)"),
        ({"x": [1.0, np.nan, 0]}, "got a number that is not finite"),
        ({"starts": np.zeros((4, 3))}, r"starts must be of shape \(start, 6\) for this layer; got \(4, 3\)"),
        ({"starts": np.full((1, 6), np.inf)}, "starts must be finite numbers"),
        ({"layer": 2}, r"layer must be in 0\.\.0"),
        ({"count": 0}, "count must be a whole number of at least 1; got 0"),
        ({"iterations": 1.5}, "iterations must be a whole number"),
        ({"noise": -1.0}, "noise must be a finite number of at least 0; got -1.0"),
        ({"tolerance": np.nan}, "tolerance must be a finite number"),
    ],
)
def test_what_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fixed_points(drawn("gru"), **changed)


def test_modules_that_are_refused() -> None:
    with pytest.raises(TypeError, match=r"module must be an nn\.RNN, nn\.LSTM or nn\.GRU; got Linear"):
        fixed_points(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="direction must be chosen"):
        fixed_points(nn.GRU(2, 2, bidirectional=True))
    with pytest.raises(ValueError, match="projections"):
        fixed_points(nn.LSTM(2, 4, proj_size=2))
    trace = rnnviz.capture(nn.RNN(3, 6, batch_first=True), torch.zeros(1, 4, 3))
    with pytest.raises(ValueError, match="starts must be a trace of this module, a gru of 6 units; got rnn of 6"):
        fixed_points(drawn("gru"), starts=trace)


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_each_of_two_directions_settles_by_itself(direction: Direction) -> None:
    torch.manual_seed(3)
    both, alone = nn.GRU(2, 5, bidirectional=True, batch_first=True), nn.GRU(2, 5, batch_first=True)
    ending = "_reverse" if direction == "reverse" else ""
    alone.load_state_dict({name: both.state_dict()[f"{name}{ending}"] for name in alone.state_dict()})
    trace = rnnviz.capture(both, torch.randn(1, 20, 2))
    found = fixed_points(both, [0.5, 0.5], starts=trace, direction=direction)
    wanted = fixed_points(alone, [0.5, 0.5], starts=visited_states(trace, direction=direction))
    assert found.kinds.tolist() == wanted.kinds.tolist() == ["stable"]
    np.testing.assert_allclose(found.states, wanted.states, atol=1e-8)
    assert found.outputs.shape == (1, 0)
    plane = speed_plane(both, [0.5, 0.5], through=trace, direction=direction, resolution=5)
    through = visited_states(trace, direction=direction)
    np.testing.assert_allclose(plane.speeds, speed_plane(alone, [0.5, 0.5], through=through, resolution=5).speeds)
    with pytest.raises(ValueError, match="direction must be chosen"):
        visited_states(trace)


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_states_are_iterated_as_torch_does(kind: type[nn.RNN]) -> None:
    torch.manual_seed(4)
    layer = kind(2, 3, batch_first=True).double()
    states, x = torch.randn(4, 6 if kind is nn.LSTM else 3).double(), torch.tensor([[0.3, -0.2]]).double()
    start: Any = tuple(part[None].contiguous() for part in states.chunk(2, -1)) if kind is nn.LSTM else states[None]
    with torch.no_grad():
        _, last = layer(x.expand(4, 7, 2), start)
    wanted = torch.cat(last, -1)[0] if kind is nn.LSTM else last[0]
    np.testing.assert_allclose(iterated(layer, x[0], states.numpy(), 7), wanted.numpy(), atol=1e-12)
    with pytest.raises(ValueError, match="states must be of shape"):
        iterated(layer, x[0], states[:, :2].numpy(), 7)
    with pytest.raises(ValueError, match="steps must be a whole number of at least 1; got 0"):
        iterated(layer, x[0], states.numpy(), 0)


def test_weights_that_are_not_finite_are_refused() -> None:
    layer = drawn("gru")
    layer.bias_hh_l0.data[2] = np.nan
    with pytest.raises(ValueError, match="the weights of layer 0 must be finite numbers"):
        fixed_points(layer)


@pytest.mark.parametrize("name", KINDS_OF_LAYERS)
def test_where_nothing_is_found_there_are_no_points(name: str) -> None:
    points = fixed_points(drawn(name, bias=name != "relu"), count=3, on_progress=lambda _: False, slow=0)
    assert points.stopped
    assert len(points) == 0
    assert points.states.shape == points.eigenvalues.shape == points.time_constants.shape
    assert points.summary.startswith("no point; 3 of 3 starts did not converge")


def test_a_search_that_begins_at_a_slow_point_knows_it() -> None:
    rnn = with_weights(nn.RNN(1, 1, dtype=torch.float64), weight_hh_l0=2.0, weight_ih_l0=1.0)
    x = [float(np.arctanh(np.sqrt(0.5)) - 2 * np.sqrt(0.5)) - 1e-3]
    first = fixed_points(rnn, x, starts=[[0.7]], noise=0)
    again = fixed_points(rnn, x, starts=first.states, noise=0)
    assert first.kinds.tolist() == again.kinds.tolist() == ["slow"]
    np.testing.assert_allclose(again.states, first.states, atol=1e-6)


# --- The plane ---


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
def test_speed_and_flow_are_the_networks_own(name: str) -> None:
    layer, x = drawn(name), np.array([0.5, -1.0, 0.2])
    trace = rnnviz.capture(layer, torch.randn(2, 30, 3, dtype=torch.float64))
    plane = speed_plane(layer, x, through=trace, resolution=7)
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)
    state = plane.origin + plane.across[5] * plane.directions[0] + plane.up[2] * plane.directions[1]
    moved = after(layer, state[None], x)[0] - state
    assert plane.speeds[2, 5] == pytest.approx(moved @ moved / 2, rel=1e-9)
    np.testing.assert_allclose(plane.flow[2, 5], plane.directions @ moved, atol=1e-12)
    np.testing.assert_allclose(plane.projected(state), [plane.across[5], plane.up[2]], atol=1e-12)
    assert plane.distances(state) == pytest.approx(0, abs=1e-12)
    shown = plane.projected(visited_states(trace))
    assert shown[:, 0].min() > plane.across[0]
    assert shown[:, 0].max() < plane.across[-1]
    assert 0 < plane.explained.sum() <= 1 + 1e-12


def test_chosen_directions() -> None:
    layer, states = drawn("rnn"), np.random.default_rng(0).standard_normal((9, 6))
    plane = speed_plane(layer, through=states, directions=np.eye(6)[[1, 4]] * 3, including=[[9.0] * 6])
    np.testing.assert_allclose(plane.directions, np.eye(6)[[1, 4]])
    assert np.isnan(plane.explained).all()
    assert plane.across[-1] > 9 - states[:, 1].mean()
    with pytest.raises(ValueError, match="directions must not be parallel or zero"):
        speed_plane(layer, through=states, directions=[[1.0] * 6, [2.0] * 6])
    with pytest.raises(ValueError, match=r"through must be three states or more of 6 numbers; got shape \(2, 6\)"):
        speed_plane(layer, through=states[:2])
    with pytest.raises(ValueError, match="resolution"):
        speed_plane(layer, through=states, resolution=1)


# --- Three bits ---


@cache
def flip_flop() -> tuple[Network, Trace]:
    known = checkpoints.load("flip-flop-gru")
    batch = tasks.task(known.task).draw(40, np.random.default_rng(3))
    network = build(known.model)
    return network, rnnviz.capture(network.rnn, torch.from_numpy(batch.x))


@cache
def three_bits(seed: int, noise: float = 0.1) -> FixedPoints:
    network, trace = flip_flop()
    return fixed_points(network, starts=trace, seed=seed, noise=noise, count=300 if noise > 0.1 else 128)


@pytest.mark.parametrize("seed", range(10))
def test_the_flip_flop_has_a_stable_point_for_each_of_its_memories(seed: int) -> None:
    points = three_bits(seed)
    stable = points.kinds == "stable"
    assert stable.sum() == 8
    assert sorted(points.outputs[stable].argmax(1).tolist()) == list(range(8))
    assert points.probabilities[stable].max(1).min() > 0.99
    np.testing.assert_allclose(points.states[stable], three_bits(0).states[three_bits(0).kinds == "stable"], atol=1e-6)


def test_its_points_are_the_corners_edges_faces_and_the_middle_of_a_cube() -> None:
    points = three_bits(0, noise=1.0)
    assert np.bincount(points.unstable).tolist() == [8, 12, 6, 1]
    read = re.search(r"it has (\d+) fixed points: (\d+) stable ones, .*? and (\d+) saddles", guide())
    assert read is not None
    assert [int(number) for number in read.groups()] == [27, 8, 19]


def test_it_goes_to_the_point_of_its_memory() -> None:
    network, _ = flip_flop()
    points = three_bits(0)
    stable = points.h[points.kinds == "stable"]
    for bits in product((-1.0, 1.0), repeat=3):
        x = torch.zeros(1, 60, 3)
        x[0, 0] = torch.tensor(bits)
        last = network.rnn(x)[0][0, -1].numpy()
        nearest = np.linalg.norm(stable - last, axis=1).argmin()
        np.testing.assert_allclose(stable[nearest], last, atol=1e-4)
        expected = int(sum(value * (bit > 0) for value, bit in zip((4, 2, 1), bits, strict=True)))
        assert points.outputs[points.kinds == "stable"][nearest].argmax() == expected


def test_what_ships_of_it() -> None:
    files = sorted(checkpoints.DYNAMICS.glob("*"))
    assert [path.name for path in files] == ["flip-flop-gru.safetensors"]
    assert files[0].stat().st_size < 12_000
    known = checkpoints.load("flip-flop-gru")
    assert "flip-flop-gru" in checkpoints.names()
    assert known.card["accuracy"] > 0.999
    batch = tasks.task(known.task).draw(500, np.random.default_rng([11, 77]))
    outputs = build(known.model)(torch.from_numpy(batch.x)).numpy()
    assert tasks.task(known.task).accuracy(outputs, batch.y) > 0.999


def guide() -> str:
    return " ".join((ROOT / "docs" / "library.md").read_text(encoding="utf-8").split())


COMMAND: Final = "train flip-flop --cell gru --hidden 20 --length 60 --rate 0.01 --steps 1500 --name flip-flop"


def test_the_command_that_makes_it_is_in_the_guide(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"rnnviz {COMMAND} --out" in guide()
    seen = []
    monkeypatch.setattr("rnnviz.train.train", lambda spec, _: seen.append(spec) or exit_())
    with pytest.raises(SystemExit):
        main([*COMMAND.split(), "--out", str(tmp_path)])
    assert seen == [checkpoints.load("flip-flop-gru").trained_by]


@pytest.mark.nightly
def test_it_can_be_made_again() -> None:
    shipped = checkpoints.load("flip-flop-gru")
    again = checkpoint_of(train(shipped.trained_by), "flip-flop")
    assert again.trained_by == shipped.trained_by
    assert again.card["accuracy"] > 0.999  # the weights differ between processors; what is learned does not
    assert again.card["baseline"] == shipped.card["baseline"]


def exit_() -> None:
    raise SystemExit


# --- The latch ---


@pytest.mark.parametrize(("name", "stable"), [("latch-rnn", 1), ("latch-gru", 2), ("latch-lstm", 2)])
def test_a_shipped_network_latches_with_two_stable_points(name: str, stable: int) -> None:
    """The RNN, which has not learned the task, has one state to stay in at every distractor; the others have two.

    What lies between the two of the LSTM differs between distractors: saddles, slow points, or several of them.
    """
    known = checkpoints.load(name)
    vectors = np.asarray(known.weights["embedding.weight"])
    batch = tasks.task(known.task).draw(50, np.random.default_rng(3))
    network = build(known.model)
    trace = rnnviz.capture(network.rnn, torch.from_numpy(vectors[batch.x]))
    for token in range(3, len(vectors)):
        points = fixed_points(network, vectors[token], starts=trace, noise=0.3)
        found = points.kinds == "stable"
        assert found.sum() == stable
        if stable == 2:
            assert sorted(points.outputs[found].argmax(1).tolist()) == [0, 1]
        if name == "latch-gru":
            assert points.kinds.tolist().count("saddle") == 1
