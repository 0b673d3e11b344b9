"""What the stepper's widget is given is the recording, to the last bit."""

import dataclasses
import json
import re
from typing import Any, Final

import numpy as np
import pytest
import torch

from rnnviz.names import CELLS, DIRECTIONS, GATES, PRODUCTS, SIGNALS, STATES, Cell, Direction
from rnnviz.spec import Edit, ModelSpec
from rnnviz.stepping import Recording, record
from rnnviz.ui.selection import Selection, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.described import line
from rnnviz.ui.shell.frame import TEXTS
from rnnviz.widgets import stepper
from rnnviz.widgets.packing import Packed, message
from tests.together import together
from tests.ui.test_packing import decoded

DEEP: Final = {"num_layers": 2, "bidirectional": True}
VIEWS: Final[list[tuple[int, Direction]]] = [(layer, direction) for layer in (0, 1) for direction in DIRECTIONS]


def made(cell: Cell, *edits: Edit, time: int = 6, size: int = 4, **options: Any) -> Recording:
    x = np.random.default_rng(0).normal(size=(time, 3)).astype(np.float32)
    spec = ModelSpec(cell, 3, size, output_size=options.pop("output_size", 2), **options)
    return record(spec, x, [f"word{t}" for t in range(time)], edits)


def told(recording: Recording, layer: int, direction: Direction) -> dict[str, Any]:
    """What stands still."""
    return stepper.still(recording, recording.walk(layer, direction), line(recording.spec, len(recording.edits)))


def window(recording: Recording, layer: int, direction: Direction, first: int, count: int) -> dict[str, Any]:
    return stepper.window(recording, recording.walk(layer, direction), first, count)


def numbers(packed: dict[str, Packed]) -> dict[str, np.ndarray]:
    return {name: decoded(array) for name, array in packed.items()}


def plain(sent: dict[str, Any]) -> Any:
    """As a browser reads it, arrays left out."""
    return json.loads(json.dumps(sent, default=lambda packed: list(packed.codes.shape), allow_nan=False))


@together("layer, direction", VIEWS)
@together("cell", CELLS)
def test_arrays_are_the_values_of_the_recording(cell: Cell, layer: int, direction: Direction) -> None:
    recording = made(cell, **DEEP)
    walk, out = recording.walk(layer, direction), recording.output_layer
    sent = told(recording, layer, direction)
    arrays = numbers(window(recording, layer, direction, 0, 6)["arrays"])
    assert out is not None
    assert sent["view"] == {"layer": layer, "direction": direction}
    assert (sent["opening"], sent["size"], sent["overview"]) == (6, 6, None)
    expected = {"x": recording.x, **{state: recording.trace[state][:, :, 0] for state in STATES[cell]}}
    expected |= {f"ff.{k}": values for k, values in enumerate(recording.feed_forward)}
    signals = {s: recording.trace.panel(s, layer=layer, direction=direction) for s in SIGNALS[cell]}
    expected |= {f"walk.{key}": values for key, values in {**walk.values, **signals}.items() if key not in STATES[cell]}
    expected |= {"y": out.logits, "ho": out.product, "head_in": out.states, "ff.y": out.feed_forward}
    if layer > 0:
        expected["inputs"] = np.concatenate(recording.trace["h"][layer - 1, :, 0], -1)
    equal(arrays, expected)
    fixed = {name: array.numpy() for name, array in weights(recording, layer, direction).items()}
    biases = {name: array for name, array in fixed.items() if "bias" in name}
    equal(numbers(sent["weights"]), {**biases, "head.weight": out.weight, "head.bias": out.bias})
    matrices = numbers(stepper.matrices(walk, sent["gatesHere"]))
    assert sent["gatesHere"] == list(GATES[cell])
    for side in ("ih", "hh"):
        stacked = np.concatenate([matrices[f"{side}.{gate}"] for gate in GATES[cell]])
        np.testing.assert_array_equal(stacked, fixed[f"weight_{side}"])
    for state in STATES[cell]:
        panel = recording.trace.panel(state, layer=layer, direction=direction)
        np.testing.assert_array_equal(arrays[state][layer, DIRECTIONS.index(direction)], panel)
    for signal in set(SIGNALS[cell]) - set(STATES[cell]):
        np.testing.assert_allclose(arrays[f"walk.{signal}"], walk.values[signal], atol=1e-6)


def equal(got: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert set(got) == set(expected)
    for name, array in got.items():
        np.testing.assert_array_equal(array, expected[name], err_msg=name)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_window_is_a_part_of_all_steps_and_knows_what_it_starts_from(cell: Cell, direction: Direction) -> None:
    recording = made(cell, time=9, **DEEP)
    whole = window(recording, 1, direction, 0, 9)
    every = numbers(whole["arrays"])
    assert not any(np.any(decoded(state)) for state in whole["before"].values())  # reading starts from zeros
    for first, count in ((0, 4), (3, 4), (5, 4), (8, 1)):
        part = window(recording, 1, direction, first, count)
        assert part["first"] == first
        equal(numbers(part["arrays"]), {name: array[..., first : first + count, :] for name, array in every.items()})
        step = first - 1 if direction == "forward" else first + count
        states = {name: every[name][1, DIRECTIONS.index(direction)] for name in part["before"]}
        entry = {name: states[name][step] if 0 <= step < 9 else np.zeros(4) for name in states}
        equal(numbers(part["before"]), entry)
        assert set(entry) == ({"h", "c"} if cell == "lstm" else {"h"})


@pytest.mark.parametrize("cell", CELLS)
def test_ranges_of_colours_are_those_of_all_steps(cell: Cell) -> None:
    recording = made(cell, time=9, **DEEP)
    ranges = told(recording, 1, "reverse")["ranges"]
    arrays = numbers(window(recording, 1, "reverse", 0, 9)["arrays"])
    fixed = weights(recording, 1, "reverse")
    sums = [array for name, array in arrays.items() if re.match(r"walk\.(ih|hh|sum)\.", name)]
    sums += [fixed["bias_ih"].numpy(), fixed["bias_hh"].numpy()]
    matrices = [fixed["weight_ih"], fixed["weight_hh"], recording.network.head.weight]  # type: ignore[union-attr]
    expected = {
        "x": np.abs(arrays["x"]).max(),
        "h": np.abs(arrays["h"]).max(),
        "c": np.abs(arrays["c"]).max() if cell == "lstm" else 1e-9,
        "y": max(np.abs(arrays["y"]).max(), np.abs(arrays["ho"]).max()),
        "weight": max(float(matrix.detach().abs().max()) for matrix in matrices),
        "sums": max(np.abs(array).max() for array in sums),
    }
    assert ranges == pytest.approx(expected)


def weights(recording: Recording, layer: int, direction: Direction) -> dict[str, torch.Tensor]:
    ending = f"_l{layer}" + ("_reverse" if direction == "reverse" else "")
    rnn = recording.network.rnn
    return {name: rnn.get_parameter(name + ending) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}


@pytest.mark.parametrize("cell", CELLS)
def test_without_biases_and_output_layer(cell: Cell) -> None:
    recording = made(cell, bias=False, output_size=0)
    sent = told(recording, 0, "forward")
    assert not sent["weights"]
    assert not {"y", "ho", "head_in", "ff.y", "inputs"} & set(window(recording, 0, "forward", 0, 6)["arrays"])
    assert "b_" not in " ".join(sent["formulas"].values())
    assert (sent["bias"], sent["sizes"]["output"]) == (False, 0)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_the_step_before_of_the_reverse_direction_is_the_one_after(cell: Cell, direction: Direction) -> None:
    sent = told(made(cell, bidirectional=True), 0, direction)
    before, other = ("t-1", "t+1") if direction == "forward" else ("t+1", "t-1")
    written = [*sent["formulas"].values(), *sent["symbols"].values(), sent["readout"]]
    assert not [latex for latex in written if other in latex]
    recurrent = {key for key, latex in sent["formulas"].items() if before in latex}
    assert recurrent == {"rnn": {"h"}, "lstm": {*"ifgoc"}, "gru": {*"rznh"}}[cell]
    assert {key for key, latex in sent["symbols"].items() if before in latex} == {
        "h_prev",
        "c_prev",
        *(f"hh.{gate}" for gate in GATES[cell]),
        *{"rnn": (), "lstm": ("f*c",), "gru": ("hh.n+b", "r*(hh.n+b)", "z*h")}[cell],
    }


@pytest.mark.parametrize("cell", CELLS)
def test_everything_walked_has_a_symbol(cell: Cell) -> None:
    sent = told(made(cell), 0, "forward")
    shown = {*sent["walked"], "h", "y", "ho", "head_in", "b.head", "inputs", "h_prev", "matrix head"}
    shown |= {f"{part}.{gate}" for part in ("matrix ih", "matrix hh", "b_ih", "b_hh") for gate in GATES[cell]}
    assert shown <= set(sent["symbols"])
    assert set(PRODUCTS[cell]) <= set(sent["walked"])
    assert set(sent["formulas"]) == set(SIGNALS[cell])


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_gru_that_resets_before_has_its_own_words_and_numbers(direction: Direction) -> None:
    recording = made("gru", reset="before", **DEEP)
    sent = told(recording, 1, direction)
    before = "t-1" if direction == "forward" else "t+1"
    assert sent["resetsBefore"] is True
    assert f"W_{{hn}} (r_t \\odot h_{{{before}}})" in sent["formulas"]["n"]
    assert sent["symbols"]["r*h"] == f"r_t \\odot h_{{{before}}}"
    assert sent["symbols"]["hh.n"] == f"W_{{hn}} (r_t \\odot h_{{{before}}})"
    assert sent["symbols"]["hh.r"] == f"W_{{hr}} h_{{{before}}}"
    assert set(sent["walked"]) <= set(sent["symbols"])
    arrays = numbers(window(recording, 1, direction, 0, 6)["arrays"])
    walk = recording.walk(1, direction)
    np.testing.assert_array_equal(arrays["walk.r*h"], walk.values["r"] * walk.h_prev)
    assert max(check["difference"] for check in sent["checks"]) < sent["tolerance"]
    assert told(made("gru"), 0, "forward")["resetsBefore"] is False


@pytest.mark.parametrize("cell", CELLS)
def test_a_check_for_every_signal_once(cell: Cell) -> None:
    sent = told(made(cell, **DEEP), 1, "reverse")
    labels = [check["label"] for check in sent["checks"]]
    places = [f"layer {layer} {arrow}" for layer in (0, 1) for arrow in "→←"]
    assert sorted(labels[:-1]) == sorted(f"{signal}, {place}" for signal in SIGNALS[cell] for place in places)
    assert labels[-1] == "y, output layer"
    assert all(check["label"].startswith(f"{check['signal']},") for check in sent["checks"])
    assert max(check["difference"] for check in sent["checks"]) < sent["tolerance"] <= 1e-5


def tampered(recording: Recording, value: float) -> Recording:
    """With another number at layer 1, reverse, t = 2, unit 3 of the trace's h."""
    h = recording.trace["h"].copy()
    h[1, 1, 0, 2, 3] = value
    trace = dataclasses.replace(recording.trace, values={**recording.trace.values, "h": h})
    return dataclasses.replace(recording, trace=trace)


@pytest.mark.parametrize("layer", [0, 1])
def test_a_wrong_number_is_found_in_its_place(layer: int) -> None:
    recording = made("gru", **DEEP)
    right = float(recording.trace["h"][1, 1, 0, 2, 3])
    sent = told(tampered(recording, right + 2.5), layer, "reverse")
    bad = [check for check in sent["checks"] if check["difference"] > sent["tolerance"]]
    found = next(check for check in bad if check["label"] == "h, layer 1 ←")
    assert found["difference"] == pytest.approx(2.5, rel=1e-5)
    assert found["where"] == "t = 2, unit 3"
    assert all("layer 1 ←" in check["label"] for check in bad)


def test_what_is_no_number_is_sent_as_null() -> None:
    sent = told(tampered(made("rnn", **DEEP), np.nan), 0, "forward")
    (bad,) = [check for check in sent["checks"] if check["difference"] is None]
    assert (bad["signal"], bad["where"]) == ("h", "t = 2, unit 3")
    json.dumps(plain(sent), allow_nan=False)


@pytest.mark.parametrize("cell", CELLS)
def test_it_is_plain_data(cell: Cell) -> None:
    sent = told(made(cell, Edit("weight_hh_l0", (0, 1), 0.5), **DEEP), 1, "reverse")
    assert plain(sent)["edits"] == [{"name": "weight_hh_l0", "index": [0, 1], "label": "weight_hh_l0[0, 1] = 0.5"}]


def test_words_and_sizes() -> None:
    sent = told(made("lstm", Edit("head.bias", (0,), 1.0), **DEEP), 0, "forward")
    assert sent["caption"] == "LSTM, 3 → 4 units, 2 layers, both directions, seed 1, 1 number edited"
    assert sent["tokens"] == [f"word{t}" for t in range(6)]
    assert sent["gates"] == list("ifgo")
    assert sent["sigmoid"] == list("fio")
    assert sent["sizes"] == {"input": 3, "hidden": 4, "layers": 2, "output": 2, "time": 6, "feed_forward": [8, 8]}
    assert sent["shapes"] == {"weight_ih": [[16, 3], [16, 8]], "weight_hh": [16, 4], "head": [2, 8]}


def test_the_caption_names_what_is_not_torchs_start() -> None:
    start: dict[str, Any] = {"forget_bias": 3.0, "recurrent": "orthogonal", "recurrent_scale": 1.5}
    sent = told(made("lstm", **start), 0, "forward")
    assert sent["caption"] == "LSTM, 3 → 4 units, forget bias 3, W_hh orthogonal × 1.5, seed 1"
    assert sent["alt"].startswith(sent["caption"])


def size(recording: Recording, layer: int = 0, direction: Direction = "forward") -> int:
    """Bytes of all that is sent when the page opens, colours and the like left out."""
    sent = told(recording, layer, direction)
    matrices = stepper.matrices(recording.walk(layer, direction), sent["gatesHere"])
    first = window(recording, layer, direction, 0, sent["opening"])
    return len(message({"still": sent, "matrices": matrices, "window": first}))


def test_few_bytes() -> None:
    """What is sent once when the page opens: by default, and for the most that a lecture would show."""
    lecture = record(ModelSpec(), np.array([[1] * 5, [2] * 5, [3] * 5], np.float32), ("1", "2", "3"))
    assert size(lecture) < 20_000
    large = made("lstm", time=200, size=64, **DEEP)
    assert max(size(large, layer, direction) for layer, direction in VIEWS) < stepper.BUDGET


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_long_run_of_a_wide_network_is_sent_in_windows(cell: Cell, direction: Direction) -> None:
    recording = made(cell, time=1000, size=256, bidirectional=direction == "reverse")
    sent = told(recording, 0, direction)
    assert size(recording, 0, direction) <= stepper.BUDGET
    assert stepper.LEAST < sent["opening"] <= sent["size"] < 1000
    assert sent["gatesHere"] == list(GATES[cell][:1])
    later = window(recording, 0, direction, 400, sent["size"])
    assert len(message(later)) < stepper.WINDOW + stepper.RESERVE
    overview = numbers(sent["overview"])
    assert set(overview) == {"x", *STATES[cell], "y"}
    for name, true in (("x", recording.x), ("h", recording.trace["h"][:, :, 0])):
        assert overview[name].shape == true.shape
        assert np.abs(overview[name] - true).max() <= 0.51 * np.abs(true).max() / 126


def test_as_many_steps_as_there_is_room_for() -> None:
    small = made("lstm", time=5000, size=4)
    sent = told(small, 0, "forward")
    assert sent["overview"] is not None
    assert 1000 < sent["opening"] < 5000
    assert size(small) <= stepper.BUDGET
    assert told(made("lstm", time=3000, size=4), 0, "forward")["overview"] is None


def test_a_window_is_full_wherever_it_is_asked_for() -> None:
    places = {first: stepper.beginning(first, 40, 100) for first in (-(10**30), -1, 0, 33, 60, 61, 10**30)}
    assert list(places.values()) == [0, 0, 0, 33, 60, 60, 60]
    assert stepper.beginning(3, 100, 100) == 0


def test_visitors_share_a_recording_wherever_they_look() -> None:
    mine = changed(Selection(), num_layers=2, bidirectional=True)
    yours = changed(mine, layer=1, direction="reverse", t=2, fold=True, words="never read")
    assert without_viewpoint(mine) == without_viewpoint(yours)
    assert without_viewpoint(changed(mine, numbers="1 2")) != without_viewpoint(mine)
    assert without_viewpoint(changed(mine, edits=(Edit("x", (0, 0), 9.0),))) != without_viewpoint(mine)


def test_mathml_knows_every_sign() -> None:
    """What shared/mathml.js reads LaTeX by; a sign that it does not know would be left out in silence."""
    source = (TEXTS.parent / "components" / "shared" / "mathml.js").read_text(encoding="utf-8")
    found = re.search(r"const TOKEN = /(.+)/g;", source)
    assert found
    for cell in CELLS:
        for direction in DIRECTIONS:
            sent = told(made(cell, bidirectional=True), 0, direction)
            for latex in [*sent["formulas"].values(), *sent["symbols"].values(), sent["readout"]]:
                assert not re.sub(found[1], "", latex).strip(), latex
