"""A recording against torch, step by step by hand; what is typed over; and that looking at it changes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnviz.names import CELLS, SIGNALS, Cell
from rnnviz.spec import Edit, ModelSpec
from rnnviz.stepping import Recording, record
from tests.test_reach import first_states
from tests.together import together

CELL_MODULES: Final = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}
LECTURE: Final = np.array([[1] * 5, [2] * 5, [3] * 5], np.float32)
WORDS: Final = tuple("abcdefg")
DEEP: Final = {"num_layers": 3, "bidirectional": True}


def numbers(width: int = 5, time: int = 7) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(time, width)).astype(np.float32)


def made(cell: Cell, *edits: Edit, **options: Any) -> Recording:
    return record(ModelSpec(cell, 5, 4, output_size=3, **options), numbers(), WORDS, edits)


def endings(spec: ModelSpec, layer: int) -> list[str]:
    return [f"_l{layer}" + ("_reverse" if direction == "reverse" else "") for direction in spec.directions]


def by_hand(recording: Recording, hx: Sequence[np.ndarray] = ()) -> list[Tensor]:
    """The outputs of every layer, (time, direction * unit), from torch's single-step cells in a loop."""
    given: Any = [[torch.tensor(part[k]) for part in hx] for k in range(len(hx[0]))] if hx else []
    spec, rnn = recording.spec, recording.network.rnn
    below, layers = torch.tensor(recording.x), []
    for layer in range(spec.num_layers):
        outputs = []
        for ending in endings(spec, layer):
            options = {"nonlinearity": spec.nonlinearity} if spec.cell == "rnn" else {}
            cell: Any = CELL_MODULES[spec.cell](below.shape[1], spec.hidden_size, bias=spec.bias, **options)
            cell.load_state_dict({name: rnn.get_parameter(name + ending) for name in cell.state_dict()})
            state, states = None, []
            if given:
                first = given.pop(0)
                state = tuple(first) if spec.cell == "lstm" else first[0]
            for x_t in below.flip(0) if ending.endswith("reverse") else below:
                state = cell(x_t, state)
                states.append(state[0] if spec.cell == "lstm" else state)
            outputs.append(torch.stack(states[::-1] if ending.endswith("reverse") else states))
        below = torch.cat(outputs, -1).detach()
        layers.append(below)
    return layers


def everything(thing: object) -> Iterator[np.ndarray]:
    """Copies of all numbers of a recording."""
    if isinstance(thing, np.ndarray):
        yield thing.copy()
    elif isinstance(thing, nn.Module):
        yield from (value.numpy().copy() for value in thing.state_dict().values())
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from everything(getattr(thing, field.name))
    elif isinstance(thing, list | tuple):
        for part in thing:
            yield from everything(part)
    elif hasattr(thing, "values"):
        for part in thing.values():
            yield from everything(part)


def test_the_lecture() -> None:
    """Its printed states, and what it prints as "Hidden": the input's part, before any recurrence."""
    recording = record(ModelSpec(), LECTURE, ("1", "2", "3"))
    printed = [[-0.3519801, 0.52525216], [-0.68424344, 0.76074266], [-0.8649416, 0.90466356]]
    # Sums of ten products, rounded as the processor can.
    np.testing.assert_allclose(recording.trace["h"][0, 0, 0], printed, rtol=0, atol=1e-6)
    hidden = [[-0.4701929, 0.5863904], [-0.88883156, 1.2364397], [-1.3074701, 1.886489]]
    np.testing.assert_allclose(np.arctanh(recording.feed_forward[0]), hidden, atol=1e-6)


@together("options", [{}, DEEP, {"bias": False}, {"nonlinearity": "relu"}])
@together("cell", CELLS)
def test_states_and_logits(cell: Cell, options: dict[str, Any]) -> None:
    recording = made(cell, **options)
    layers = by_hand(recording)
    for layer, expected in enumerate(layers):
        shown = np.concatenate(list(recording.trace["h"][layer, :, 0]), -1)
        np.testing.assert_allclose(shown, expected, atol=2e-6)
    out, head = recording.output_layer, recording.network.head
    assert out is not None
    assert head is not None
    np.testing.assert_array_equal(out.weight, head.weight.numpy())
    np.testing.assert_array_equal(out.bias, head.bias.numpy())
    np.testing.assert_allclose(out.states, layers[-1], atol=2e-6)
    np.testing.assert_allclose(out.product, layers[-1] @ head.weight.T, atol=2e-6)
    np.testing.assert_allclose(out.logits, layers[-1] @ head.weight.T + head.bias, atol=2e-6)
    np.testing.assert_allclose(out.logits, recording.network(torch.tensor(recording.x)), atol=2e-6)


@pytest.mark.parametrize("options", [{}, DEEP], ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_initial_states_that_are_not_zero(cell: Cell, options: dict[str, Any]) -> None:
    spec = ModelSpec(cell, 5, 4, output_size=3, **options)
    hx = first_states(spec)
    recording = record(spec, numbers(), WORDS, hx=hx)
    layers, out = by_hand(recording, hx), recording.output_layer
    for layer, expected in enumerate(layers):
        shown = np.concatenate(list(recording.trace["h"][layer, :, 0]), -1)
        np.testing.assert_allclose(shown, expected, atol=2e-6)
    assert out is not None
    np.testing.assert_allclose(out.logits, layers[-1].numpy() @ out.weight.T + out.bias, atol=2e-6)
    checked = recording.check_output_layer()
    assert checked is not None
    assert checked.difference < 1e-5
    for place, (layer, direction) in enumerate((k, way) for k in range(spec.num_layers) for way in spec.directions):
        walk = recording.walk(layer, direction)
        assert max(each.difference for each in recording.check(walk)) < 1e-5
        entry = 0 if direction == "forward" else -1
        np.testing.assert_array_equal(walk.h_prev[entry], hx[0][place])
        if cell == "lstm":
            assert walk.c_prev is not None
            np.testing.assert_array_equal(walk.c_prev[entry], hx[1][place])
    assert recording.returned()[0] == (1, 7, layers[-1].shape[1])
    if cell == "gru":
        assert recording.conventions()["torch"].difference < 1e-6


def test_initial_states_that_do_not_fit_are_refused() -> None:
    for cell, hx, message in (
        ("gru", [np.zeros((1, 5), np.float32)], r"hx must have shape \(1, 1, 4\)"),
        ("lstm", [np.zeros((1, 4), np.float32)], r"hx must be a tuple \(h, c\) for an LSTM"),
        ("lstm", [np.zeros((1, 4), np.float32)] * 3, r"hx must be a tuple \(h, c\) for an LSTM; got tuple of 3"),
    ):
        with pytest.raises(ValueError, match=message):
            record(ModelSpec(cell, 5, 4), numbers(), WORDS, hx=hx)  # type: ignore[arg-type]


@together("options", [{}, DEEP, {"bias": False}, {"nonlinearity": "relu"}])
@together("cell", CELLS)
def test_the_network_without_recurrence(cell: Cell, options: dict[str, Any]) -> None:
    recording = made(cell, **options)
    spec, rnn = recording.spec, recording.network.rnn
    rows = {"rnn": slice(0, 4), "lstm": slice(8, 12), "gru": slice(8, 12)}[cell]
    activation = torch.relu if (cell, spec.nonlinearity) == ("rnn", "relu") else torch.tanh
    below = torch.tensor(recording.x)
    assert len(recording.feed_forward) == spec.num_layers
    for layer, shown in enumerate(recording.feed_forward):
        sums = []
        for ending in endings(spec, layer):
            products = below @ rnn.get_parameter(f"weight_ih{ending}")[rows].T
            sums.append(products + rnn.get_parameter(f"bias_ih{ending}")[rows] if spec.bias else products)
        below = activation(torch.cat(sums, -1))
        np.testing.assert_allclose(shown, below, atol=1e-6)
    head, out = recording.network.head, recording.output_layer
    assert head is not None
    assert out is not None
    np.testing.assert_allclose(out.feed_forward, below @ head.weight.T + head.bias, atol=1e-6)


def test_without_a_output_layer() -> None:
    recording = record(ModelSpec(output_size=0), LECTURE, ("1", "2", "3"))
    assert recording.network.head is None
    assert recording.output_layer is None


def test_tokens_and_input_are_kept() -> None:
    x = numbers()
    recording = record(ModelSpec(), x, list(WORDS))
    assert recording.tokens == WORDS
    assert recording.trace.tokens == (WORDS,)
    np.testing.assert_array_equal(recording.x, x)
    assert not np.shares_memory(recording.x, x)


@pytest.mark.parametrize("cell", CELLS)
def test_a_weight_typed_over(cell: Cell) -> None:
    edit = Edit("weight_hh_l0_reverse", (1, 2), 1.75)
    plain, edited = made(cell, bidirectional=True), made(cell, edit, bidirectional=True)
    assert edited.edits == (edit,)
    np.testing.assert_allclose(np.concatenate(edited.trace["h"][0, :, 0], -1), by_hand(edited)[0], atol=2e-6)
    assert edited.walk(0, "reverse").weights["weight_hh"][1, 2] == 1.75
    np.testing.assert_array_equal(edited.trace["h"][0, 0], plain.trace["h"][0, 0])
    # The last word is the first that is read in reverse: no state came before it.
    np.testing.assert_array_equal(edited.trace["h"][0, 1, 0, -1], plain.trace["h"][0, 1, 0, -1])
    assert (np.abs(edited.trace["h"] - plain.trace["h"])[0, 1, 0, :-1].max(-1) > 1e-4).all()


def test_the_read_out_typed_over() -> None:
    plain = made("gru")
    edited = made("gru", Edit("head.weight", (2, 1), 3.0), Edit("head.bias", (0,), -4.0))
    np.testing.assert_array_equal(edited.trace["h"], plain.trace["h"])
    assert plain.output_layer is not None
    assert edited.output_layer is not None
    by = edited.output_layer.logits - plain.output_layer.logits  # (time, output)
    np.testing.assert_allclose(by[:, 0], -4.0 - plain.output_layer.bias[0], atol=1e-6)
    np.testing.assert_array_equal(by[:, 1], 0)
    np.testing.assert_allclose(
        by[:, 2], (3.0 - plain.output_layer.weight[2, 1]) * plain.trace["h"][0, 0, 0, :, 1], atol=1e-6
    )


def test_the_input_typed_over() -> None:
    x = numbers()
    edited = record(ModelSpec("lstm", 5, 4), x, WORDS, [Edit("x", (3, 0), 9.0)])
    np.testing.assert_array_equal(x, numbers())
    x[3, 0] = 9.0
    np.testing.assert_array_equal(edited.x, x)
    np.testing.assert_allclose(edited.trace["h"][0, 0, 0], by_hand(edited)[0], atol=2e-6)
    plain = record(ModelSpec("lstm", 5, 4), numbers(), WORDS)
    changed = np.abs(edited.trace["h"] - plain.trace["h"])[0, 0, 0].max(-1) > 0
    assert changed.tolist() == [False] * 3 + [True] * 4
    assert (np.abs(edited.feed_forward[0] - plain.feed_forward[0]).max(-1) > 0).tolist() == [t == 3 for t in range(7)]


@together("options", [{}, DEEP, {"bias": False}, {"nonlinearity": "relu"}])
@together("cell", CELLS)
def test_all_agrees_with_torch(cell: Cell, options: dict[str, Any]) -> None:
    recording = made(cell, Edit("weight_hh_l0", (0, 0), 2.0), **options)
    for layer in range(recording.spec.num_layers):
        for direction in recording.spec.directions:
            found = recording.check(recording.walk(layer, direction))
            places = {(each.shown, each.signal, each.layer, each.direction) for each in found}
            assert places == {
                ("trace", signal, k, way)
                for signal in SIGNALS[cell]
                for k in range(recording.spec.num_layers)
                for way in recording.spec.directions
            } | {("walk", signal, layer, direction) for signal in SIGNALS[cell]}
            assert max(each.difference for each in found) < 1e-5


@pytest.mark.parametrize("cell", CELLS)
def test_looking_changes_nothing(cell: Cell) -> None:
    recording = made(cell, Edit("x", (0, 0), 2.0), **DEEP)
    before, random = list(everything(recording)), torch.get_rng_state()
    assert len(before) >= 6 * 4 + 2 + 1 + 2 + 6 + 3  # parameters, x, trace, read-out, feed-forward
    for layer in range(3):
        for direction in recording.spec.directions:
            recording.check(recording.walk(layer, direction))
    if cell == "gru":
        recording.conventions()
    for old, new in zip(before, everything(recording), strict=True):
        np.testing.assert_array_equal(old, new)
    assert torch.equal(torch.get_rng_state(), random)
    assert all(parameter.grad is None for parameter in recording.network.parameters())
    assert not recording.network.training


def test_the_same_again() -> None:
    first, second = made("lstm", **DEEP), made("lstm", **DEEP)
    for one, other in zip(everything(first), everything(second), strict=True):
        np.testing.assert_array_equal(one, other)


def test_conventions() -> None:
    """NUMBERS: GRU 4 -> 3, seed 0, 6 steps, inputs drawn after the weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        nn.GRU(4, 3)
        x = torch.randn(6, 4).numpy()
    recording = record(ModelSpec("gru", 4, 3, seed=0), x, WORDS[:6])
    found = recording.conventions()
    np.testing.assert_allclose(found["torch"].h, recording.trace["h"][0, 0, 0], atol=1e-6)
    assert found["torch"].difference < 1e-6
    assert found["reset before the product"].last_step == pytest.approx(0.100, abs=5e-4)
    assert found["z swapped"].last_step == pytest.approx(0.222, abs=5e-4)


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"with 5 features; got \(1, 7, 4\)"):
        record(ModelSpec(), numbers(width=4), WORDS)
    with pytest.raises(ValueError, match="got 'weight_ih_l7'"):
        record(ModelSpec(), numbers(), WORDS, [Edit("weight_ih_l7", (0, 0), 1.0)])
    with pytest.raises(ValueError, match=r"index of an edit of x must be in \(0\.\.6, 0\.\.4\); got \(7, 0\)"):
        record(ModelSpec(), numbers(), WORDS, [Edit("x", (7, 0), 1.0)])
    with pytest.raises(ValueError, match="tokens must"):
        record(ModelSpec(), numbers(), WORDS[:-1])
    with pytest.raises(TypeError, match=r"must be an nn\.GRU; got LSTM"):
        made("lstm").conventions()
