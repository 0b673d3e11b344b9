"""Interventions agree with loops over torch's own cells, and what follows them is the network's own."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from rnnviz import Intervention, Trace, capture, intervene
from rnnviz.interventions import ablate, clamp, each_alone, patch, steer
from rnnviz.names import DIRECTIONS, SIGNALS, STATES
from tests.together import together

TIME, UNITS, FEATURES = 7, 4, 3
KINDS: Final = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
CLOSE: Final = {"rtol": 0, "atol": 1e-6}


def layer(cell: str, **options: Any) -> Any:
    torch.manual_seed(7)
    return KINDS[cell](FEATURES, UNITS, batch_first=True, **options)


def sequences(count: int = 2, *, seed: int = 1) -> Tensor:
    return torch.randn(count, TIME, FEATURES, generator=torch.Generator().manual_seed(seed))


def apart(one: Trace, other: Trace) -> float:
    return float(max(np.nanmax(abs(one[signal] - other[signal])) for signal in one.values))


@pytest.mark.parametrize("cell", KINDS)
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}, {"bias": False}])
def test_an_edit_that_changes_nothing_leaves_the_trace_as_it_was(cell: str, options: dict[str, Any]) -> None:
    module, x = layer(cell, **options), sequences()
    trace = capture(module, x, lengths=[TIME, 4])
    for signal in SIGNALS[cell]:
        edits = [
            steer(np.zeros(UNITS), 1, signal=signal, layer=number, direction=direction)
            for number in range(module.num_layers)
            for direction in trace.directions
        ]
        assert apart(intervene(module, x, edits, [TIME, 4]), trace) < 1e-6
    np.testing.assert_array_equal(intervene(module, x, [])["h"], capture(module, x)["h"])


@pytest.mark.parametrize("cell", KINDS)
def test_states_agree_with_a_loop_of_torch_s_cell_in_which_they_are_written_over(cell: str) -> None:
    module, x = layer(cell), sequences(1)
    single: Any = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}[cell](FEATURES, UNITS)
    single.load_state_dict({name.removesuffix("_l0"): value for name, value in module.state_dict().items()})
    for signal in STATES[cell]:
        edits = [Intervention(signal, [0.5, -2], units=(1, 3), steps=(2, 5)), steer([1, 0, 0, 2], 0.3, signal=signal)]
        state: Any = (torch.zeros(1, UNITS),) * 2 if cell == "lstm" else torch.zeros(1, UNITS)
        found = intervene(module, x, edits)
        for t in range(TIME):
            state = single(x[:, t], state)
            parts = [part.detach().clone() for part in (state if cell == "lstm" else (state,))]
            which = 0 if signal == "h" else 1
            if signal == "c":  # h follows from the c that is put there
                output_gate = parts[0] / parts[1].tanh()
            if t in (2, 5):
                parts[which][:, [1, 3]] = torch.tensor([0.5, -2.0])
            parts[which] += 0.3 * torch.tensor([1.0, 0, 0, 2])
            if signal == "c":
                parts[0] = output_gate * parts[1].tanh()
            state = tuple(parts) if cell == "lstm" else parts[0]
            np.testing.assert_allclose(found.panel("h")[t], parts[0][0], **CLOSE)


def gru_by_hand(module: nn.GRU, x: Tensor, gate: str, value: float, at: tuple[int, int]) -> np.ndarray:
    """h of every step, (time, unit), one gate replaced at (step, unit); as torch.nn.GRU documents it."""
    w_ih, w_hh, b_ih, b_hh = (np.asarray(p.detach(), np.float64) for p in module.parameters())
    h, found = np.zeros(UNITS), []
    for t, x_t in enumerate(np.asarray(x, np.float64)):
        from_x, from_h = np.split(w_ih @ x_t + b_ih, 3), np.split(w_hh @ h + b_hh, 3)
        gates = {k: 1 / (1 + np.exp(-(from_x[n] + from_h[n]))) for n, k in enumerate("rz")}
        if t == at[0] and gate in gates:
            gates[gate][at[1]] = value
        n = np.tanh(from_x[2] + gates["r"] * from_h[2])
        if t == at[0] and gate == "n":
            n[at[1]] = value
        h = (1 - gates["z"]) * n + gates["z"] * h
        found.append(h)
    return np.array(found)


def lstm_by_hand(module: nn.LSTM, x: Tensor, gate: str, value: float, at: tuple[int, int]) -> np.ndarray:
    w_ih, w_hh, b_ih, b_hh = (np.asarray(p.detach(), np.float64) for p in module.parameters())
    h, c, found = np.zeros(UNITS), np.zeros(UNITS), []
    for t, x_t in enumerate(np.asarray(x, np.float64)):
        sums = np.split(w_ih @ x_t + b_ih + w_hh @ h + b_hh, 4)
        gates = {k: np.tanh(a) if k == "g" else 1 / (1 + np.exp(-a)) for k, a in zip("ifgo", sums, strict=True)}
        if t == at[0]:
            gates[gate][at[1]] = value
        c = gates["f"] * c + gates["i"] * gates["g"]
        h = gates["o"] * np.tanh(c)
        found.append(h)
    return np.array(found)


@given(data=st.data())
def test_gates_agree_with_the_equations_by_hand(data: st.DataObject) -> None:
    cell = data.draw(st.sampled_from(["lstm", "gru"]))
    gate = data.draw(st.sampled_from("ifgo" if cell == "lstm" else "rzn"))
    unit, step = data.draw(st.integers(0, UNITS - 1)), data.draw(st.integers(0, TIME - 1))
    value = data.draw(st.floats(-2, 2))
    module, x = layer(cell), sequences(1)
    found = intervene(module, x, [clamp(gate, value, [unit], steps=[step])])
    by_hand = (lstm_by_hand if cell == "lstm" else gru_by_hand)(module, x[0], gate, value, (step, unit))
    np.testing.assert_allclose(found.panel("h"), by_hand, **CLOSE)
    assert found.panel(gate)[step, unit] == np.float32(value)


def test_what_comes_after_a_patched_state_is_the_network_s_own() -> None:
    module, x, other = layer("lstm", num_layers=2), sequences(1), sequences(1, seed=2)
    source, step = capture(module, other), 3
    both = [patch(signal, source, steps=[step], layer=n) for signal in "hc" for n in (0, 1)]
    found = intervene(module, x, both)
    hx = tuple(torch.tensor(source[signal][:, 0, :, step]) for signal in "hc")
    rest = capture(module, x[:, step + 1 :], hx=hx)
    for signal in rest.values:
        np.testing.assert_allclose(found[signal][..., step + 1 :, :], rest[signal], **CLOSE)
        np.testing.assert_allclose(found[signal][..., :step, :], capture(module, x)[signal][..., :step, :], **CLOSE)


def test_open_forget_gates_and_shut_input_gates_keep_the_cell_state() -> None:
    module, x = layer("lstm"), sequences(1)
    kept = range(2, TIME)
    found = intervene(module, x, [clamp("f", 1, steps=kept), clamp("i", 0, steps=kept)]).panel("c")
    np.testing.assert_array_equal(found[2:], np.repeat(found[1:2], TIME - 2, axis=0))


def test_the_reverse_direction_has_its_edits_at_the_steps_of_the_input() -> None:
    module, x = layer("gru", bidirectional=True), sequences()
    lengths = [4, TIME]
    before = capture(module, x, lengths)
    found = intervene(module, x, [clamp("h", 0.25, [2], steps=[3], direction="reverse")], lengths)
    np.testing.assert_array_equal(found["h"][0, 0], before["h"][0, 0])
    reverse, was = found["h"][0, 1], before["h"][0, 1]
    assert (reverse[:, 3, 2] == 0.25).all()
    np.testing.assert_allclose(reverse[1, 4:], was[1, 4:], **CLOSE)  # read before
    assert abs(reverse[:, :3] - was[:, :3]).max() > 1e-3  # read after
    assert np.isnan(reverse[0, 4:]).all()


def test_the_layers_above_read_what_was_put_there_and_those_below_do_not() -> None:
    module, x = layer("rnn", num_layers=3), sequences()
    before, found = capture(module, x), intervene(module, x, [ablate("h", [0], layer=1)])
    np.testing.assert_array_equal(found["h"][0], before["h"][0])
    assert not found["h"][1, ..., 0].any()
    assert abs(found["h"][2] - before["h"][2]).max() > 1e-3


def test_projections_are_changed_after_they_are_made() -> None:
    module, x = layer("lstm", proj_size=2), sequences()
    found = intervene(module, x, [clamp("h", 0.5, [1], steps=[0])])
    rest = capture(module, x[:, 1:], hx=(torch.tensor(found["h"][0, :, :, 0]), torch.tensor(found["c"][0, :, :, 0])))
    np.testing.assert_allclose(found["h"][..., 1:, :], rest["h"], **CLOSE)


def test_relu_and_float64() -> None:
    module, x = layer("rnn", nonlinearity="relu").double(), sequences().double()
    found = intervene(module, x, [steer([0, 0, 0, 1], 2, steps=[1])])
    assert found["h"].dtype == np.float64
    h = torch.relu(x[:, 0] @ module.weight_ih_l0.T + module.bias_ih_l0 + module.bias_hh_l0).detach()
    h = torch.relu(x[:, 1] @ module.weight_ih_l0.T + h @ module.weight_hh_l0.T + module.bias_ih_l0 + module.bias_hh_l0)
    np.testing.assert_allclose(found["h"][0, 0, :, 1], (h + 2 * torch.eye(4)[3]).detach(), rtol=0, atol=1e-12)


def test_ablations() -> None:
    module, x = layer("gru"), sequences(3)
    lengths = [TIME, 2, 5]
    of = capture(module, x, lengths)
    seen = np.concatenate([of.panel("h", batch=n)[:length] for n, length in enumerate(lengths)])
    assert ablate("h", [1]).values == 0
    np.testing.assert_allclose(ablate("h", [1, 3], to="mean", of=of).values, seen.mean(0)[[1, 3]])
    drawn = ablate("h", [1, 3], to="resample", of=of, steps=range(40), seed=5)
    rows = {tuple(row) for row in seen[:, [1, 3]].astype(float).tolist()}
    taken = {tuple(row) for row in np.asarray(drawn.values).tolist()}
    assert taken <= rows
    assert len(taken) > 5
    again = ablate("h", [1, 3], to="resample", of=of, steps=range(40), seed=5)
    np.testing.assert_array_equal(again.values, drawn.values)


def test_a_packed_sequence_and_a_trainable_direction() -> None:
    module, x = layer("gru"), sequences(2)
    along = nn.Parameter(torch.tensor([0.0, 1, 0, 0]))
    packed = nn.utils.rnn.pack_padded_sequence(x, [TIME, 4], batch_first=True)
    found, expected = (
        intervene(module, one, [steer(along, 2)], lengths) for one, lengths in ((packed, None), (x, [TIME, 4]))
    )
    np.testing.assert_array_equal(found["h"], expected["h"])


def test_a_step_of_the_source_may_stand_for_several() -> None:
    module, x = layer("rnn"), sequences(1)
    source = capture(module, sequences(1, seed=2))
    found = intervene(module, x, [patch("h", source, steps=[2, 3], from_steps=[5, 5])])
    np.testing.assert_array_equal(found.panel("h")[2:4], source.panel("h")[[5, 5]])


def test_later_edits_come_after_earlier_ones() -> None:
    module, x = layer("rnn"), sequences(1)
    on_top = intervene(module, x, [clamp("h", 1, steps=[0]), steer([0, 0, 0, 1], 1, steps=[0])])
    np.testing.assert_array_equal(on_top.panel("h")[0], [1, 1, 1, 2])
    below = intervene(module, x, [steer([0, 0, 0, 1], 1, steps=[0]), clamp("h", 1, steps=[0])])
    np.testing.assert_array_equal(below.panel("h")[0], [1, 1, 1, 1])


def test_a_value_for_each_sequence() -> None:
    module, x = layer("rnn"), sequences(2)
    found = intervene(module, x, [Intervention("h", np.array([[[0.1]], [[0.2]]]), units=(0,), steps=(2,))])
    np.testing.assert_array_equal(found["h"][0, 0, :, 2, 0], np.float32([0.1, 0.2]))


def test_the_module_stays_as_it_was() -> None:
    module, x = layer("lstm"), sequences()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    intervene(module, x, [clamp("f", 0)])
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())


BAD: Final[Sequence[tuple[Any, str]]] = [
    (lambda: Intervention("k", 1), "signal must be one of h, c, i, f, g, o, r, z, n; got 'k'"),
    (lambda: Intervention("h", float("nan")), "values must be finite; got nan"),
    (lambda: Intervention("h", 0, units=(1, 1)), "units must be different whole numbers of at least 0"),
    (lambda: Intervention("h", 0, steps=(-1,)), "steps must be different whole numbers of at least 0"),
    (lambda: Intervention("h", 0, steps=(0.5,)), "steps must be different whole numbers"),  # type: ignore[arg-type]
    (lambda: Intervention("h", 0, direction="back"), "direction must be forward or reverse; got 'back'"),  # type: ignore[arg-type]
    (lambda: [clamp("r", 1)], "signal of edit 0 must be one of i, f, g, o, h, c; got 'r'"),
    (lambda: [ablate("h"), clamp("h", 1, [UNITS])], "units of edit 1 must be in 0..3; got 4"),
    (lambda: [clamp("h", 1, steps=[TIME])], "steps of edit 0 must be in 0..6; got 7"),
    (lambda: [clamp("h", 1, layer=1)], "layer of edit 0 must be in 0..0; got 1"),
    (lambda: [clamp("h", 1, direction="reverse")], "direction of edit 0 must be forward; got 'reverse'"),
    (lambda: [steer([1, 2], 1)], r"values of edit 0 must broadcast to \(batch, step, unit\) = \(2, 7, 4\); got \(2,\)"),
    (lambda: steer(np.ones((2, 2)), 1), r"along must have shape \(unit,\); got \(2, 2\)"),
    (lambda: ablate("h", to="none"), "to must be zero, mean or resample; got 'none'"),  # type: ignore[arg-type]
    (lambda: ablate("h", to="mean"), "of must be a trace for mean; got None"),
    (lambda: ablate("h", to="resample", of=capture(layer("rnn"), sequences())), "steps must be told for resample"),
    (lambda: patch("h", capture(layer("rnn"), sequences()), steps=[9]), "steps of the source must be in 0..6; got 9"),
    (
        lambda: patch("h", capture(layer("rnn"), sequences()), steps=[1], from_steps=[1, 2]),
        "from_steps must be as many",
    ),
    (lambda: patch("c", capture(layer("rnn"), sequences()), steps=[1]), "signal must be one of h for this trace"),
]


@together("edits, message", BAD)
def test_what_does_not_fit_is_said(edits: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        intervene(layer("lstm"), sequences(), edits())


def test_only_torch_s_own_modules() -> None:
    with pytest.raises(TypeError, match="edits must be a list of Intervention; got Intervention"):
        intervene(layer("gru"), sequences(), clamp("h", 0))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"module must be an nn.RNN, nn.LSTM or nn.GRU; got Linear"):
        intervene(nn.Linear(2, 2), sequences(), [])  # type: ignore[arg-type]

    class Own(nn.GRU):
        def forward(self, *_: Any) -> Any:
            return None

    with pytest.raises(TypeError, match="Own overrides it"):
        intervene(Own(FEATURES, UNITS), sequences(), [])


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_each_sample_may_have_an_intervention_of_its_own(cell: str) -> None:
    module, x = layer(cell, num_layers=2, bidirectional=True), sequences(1)
    alone = [
        Intervention("h", 0.5, units=(1,), steps=(t,), layer=1 - t % 2, direction=DIRECTIONS[t % 2]) for t in range(3)
    ]
    runs = [[], *([edit] for edit in alone)]
    found = list(each_alone(module, x.numpy(), runs))
    for edits, states in zip(runs, found, strict=True):
        expected = np.concatenate(list(intervene(module, x, edits)["h"][-1]), axis=-1)
        np.testing.assert_allclose(states, expected, atol=1e-6)
    assert np.abs(found[1] - found[0]).max() > 0.01


def test_a_sample_must_be_there() -> None:
    with pytest.raises(ValueError, match=r"samples of edit 0 must be in 0\.\.1; got 2"):
        intervene(layer("gru"), sequences(2), [Intervention("h", 0.0, samples=(2,))])
