"""What the stepper's widget is given is the recording, to the last bit."""

import base64
import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from rnnviz import palette
from rnnviz.names import CELLS, DIRECTIONS, GATES, PRODUCTS, SIGNALS, Cell, Direction
from rnnviz.spec import Edit, ModelSpec
from rnnviz.stepping import Recording, record
from rnnviz.ui import step_view
from rnnviz.ui.changes import changed
from rnnviz.ui.selection import Selection, network_of

DEEP: Final = {"num_layers": 2, "bidirectional": True}
VIEWS: Final[list[tuple[int, Direction]]] = [(layer, direction) for layer in (0, 1) for direction in DIRECTIONS]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def made(cell: Cell, *edits: Edit, time: int = 6, size: int = 4, **options: Any) -> Recording:
    x = np.random.default_rng(0).normal(size=(time, 3)).astype(np.float32)
    spec = ModelSpec(cell, 3, size, output_size=options.pop("output_size", 2), **options)
    return record(spec, x, [f"word{t}" for t in range(time)], edits)


def decoded(sent: dict[str, Any]) -> dict[str, np.ndarray]:
    return {
        name: np.frombuffer(base64.b64decode(packed["data"]), "<f4").reshape(packed["shape"])
        for name, packed in sent["arrays"].items()
    }


@pytest.mark.parametrize(("layer", "direction"), VIEWS)
@pytest.mark.parametrize("cell", CELLS)
def test_arrays_are_the_values_of_the_recording(cell: Cell, layer: int, direction: Direction) -> None:
    recording = made(cell, **DEEP)
    sent: Any = step_view.payload(recording, layer, direction)
    arrays, walk, out = decoded(sent), recording.walk(layer, direction), recording.read_out
    assert out is not None
    assert sent["view"] == {"layer": layer, "direction": direction}
    expected = {"x": recording.x, "h": recording.trace["h"][:, :, 0]}
    expected |= {f"ff.{k}": values for k, values in enumerate(recording.feed_forward)}
    signals = {s: recording.trace.panel(s, layer=layer, direction=direction) for s in SIGNALS[cell]}
    expected |= {f"walk.{key}": values for key, values in {**walk.values, **signals}.items() if key != "h"}
    expected |= {name: array.numpy() for name, array in weights(recording, layer, direction).items()}
    expected |= {"y": out.logits, "ho": out.product, "head_in": out.states, "ff.y": out.feed_forward}
    expected |= {"head.weight": out.weight, "head.bias": out.bias}
    if layer > 0:
        expected["inputs"] = np.concatenate(recording.trace["h"][layer - 1, :, 0], -1)
    assert set(arrays) == set(expected)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, expected[name], err_msg=name)
    panel = recording.trace.panel("h", layer=layer, direction=direction)
    np.testing.assert_array_equal(arrays["h"][layer, DIRECTIONS.index(direction)], panel)
    for signal in set(SIGNALS[cell]) - {"h"}:
        np.testing.assert_allclose(arrays[f"walk.{signal}"], walk.values[signal], atol=1e-6)


def weights(recording: Recording, layer: int, direction: Direction) -> dict[str, torch.Tensor]:
    ending = f"_l{layer}" + ("_reverse" if direction == "reverse" else "")
    rnn = recording.network.rnn
    return {name: rnn.get_parameter(name + ending) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}


@pytest.mark.parametrize("cell", CELLS)
def test_without_biases_and_read_out(cell: Cell) -> None:
    sent: Any = step_view.payload(made(cell, bias=False, output_size=0), 0, "forward")
    arrays = decoded(sent)
    assert not {name for name in arrays if "bias" in name or "head" in name or name in ("y", "ho", "ff.y")}
    assert "inputs" not in arrays
    assert "b_" not in " ".join(sent["formulas"].values())
    assert (sent["bias"], sent["sizes"]["output"]) == (False, 0)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_the_step_before_of_the_reverse_direction_is_the_one_after(cell: Cell, direction: Direction) -> None:
    sent: Any = step_view.payload(made(cell, bidirectional=True), 0, direction)
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
    sent: Any = step_view.payload(made(cell), 0, "forward")
    shown = {*sent["walked"], "h", "y", "ho", "head_in", "b.head", "inputs", "h_prev", "matrix head"}
    shown |= {f"{part}.{gate}" for part in ("matrix ih", "matrix hh", "b_ih", "b_hh") for gate in GATES[cell]}
    assert shown <= set(sent["symbols"])
    assert set(PRODUCTS[cell]) <= set(sent["walked"])
    assert set(sent["formulas"]) == set(SIGNALS[cell])


@pytest.mark.parametrize("cell", CELLS)
def test_a_check_for_every_signal_once(cell: Cell) -> None:
    sent: Any = step_view.payload(made(cell, **DEEP), 1, "reverse")
    labels = [check["label"] for check in sent["checks"]]
    places = [f"layer {layer} {arrow}" for layer in (0, 1) for arrow in "→←"]
    assert sorted(labels[:-1]) == sorted(f"{signal}, {place}" for signal in SIGNALS[cell] for place in places)
    assert labels[-1] == "y, read-out"
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
    sent: Any = step_view.payload(tampered(recording, right + 2.5), layer, "reverse")
    bad = [check for check in sent["checks"] if check["difference"] > sent["tolerance"]]
    found = next(check for check in bad if check["label"] == "h, layer 1 ←")
    assert found["difference"] == pytest.approx(2.5, rel=1e-5)
    assert found["where"] == "t = 2, unit 3"
    assert all("layer 1 ←" in check["label"] for check in bad)


def test_what_is_no_number_is_sent_as_null() -> None:
    sent: Any = step_view.payload(tampered(made("rnn", **DEEP), np.nan), 0, "forward")
    (bad,) = [check for check in sent["checks"] if check["difference"] is None]
    assert (bad["signal"], bad["where"]) == ("h", "t = 2, unit 3")
    json.dumps(sent, allow_nan=False)


@pytest.mark.parametrize("cell", CELLS)
def test_it_is_plain_data(cell: Cell) -> None:
    sent = step_view.payload(made(cell, Edit("weight_hh_l0", (0, 1), 0.5), **DEEP), 1, "reverse")
    assert json.loads(json.dumps(sent, allow_nan=False))["edits"] == [
        {"name": "weight_hh_l0", "index": [0, 1], "label": "weight_hh_l0[0, 1] = 0.5"}
    ]


def test_words_and_sizes() -> None:
    sent: Any = step_view.payload(made("lstm", Edit("head.bias", (0,), 1.0), **DEEP), 0, "forward")
    assert sent["caption"] == "LSTM, 3 → 4 units, 2 layers, both directions, seed 1, 1 number changed"
    assert sent["tokens"] == [f"word{t}" for t in range(6)]
    assert sent["gates"] == list("ifgo")
    assert sent["sigmoid"] == list("fio")
    assert sent["sizes"] == {"input": 3, "hidden": 4, "layers": 2, "output": 2, "time": 6, "feed_forward": [8, 8]}
    assert sent["shapes"] == {"weight_ih": [[16, 3], [16, 8]], "weight_hh": [16, 4], "head": [2, 8]}
    for theme in ("light", "dark"):
        assert sent["palette"][theme]["signal"] == palette.SIGNAL_COLORS[theme]
        assert sent["palette"][theme]["ground"] == palette.GROUNDS[theme]


def test_the_caption_names_what_is_not_torchs_start() -> None:
    start: dict[str, Any] = {"forget_bias": 3.0, "recurrent": "orthogonal", "recurrent_scale": 1.5}
    sent: Any = step_view.payload(made("lstm", **start), 0, "forward")
    assert sent["caption"] == "LSTM, 3 → 4 units, forget bias 3, W_hh orthogonal × 1.5, seed 1"
    assert sent["alt"].startswith(sent["caption"])


def test_few_bytes() -> None:
    """What is sent once when the page opens: by default, and for the most that a lecture would show."""
    lecture = record(ModelSpec(), np.array([[1] * 5, [2] * 5, [3] * 5], np.float32), ("1", "2", "3"))
    assert len(json.dumps(step_view.payload(lecture, 0, "forward"))) < 20_000
    large = made("lstm", time=200, size=64, **DEEP)
    sizes = [len(json.dumps(step_view.payload(large, layer, direction))) for layer, direction in VIEWS]
    assert max(sizes) < 3_000_000


def test_visitors_share_a_recording_wherever_they_look() -> None:
    mine = changed(Selection(), num_layers=2, bidirectional=True)
    yours = changed(mine, layer=1, direction="reverse", t=2, fold=True, words="never read")
    assert network_of(mine) == network_of(yours)
    assert network_of(changed(mine, numbers="1 2")) != network_of(mine)
    assert network_of(changed(mine, edits=(Edit("x", (0, 0), 9.0),))) != network_of(mine)


def page() -> None:
    import streamlit as st

    from rnnviz.ui import step_view
    from rnnviz.ui.changes import changed
    from rnnviz.ui.selection import Selection

    views = {
        "opened": Selection(),
        "stepped": changed(Selection(), t=2),
        "folded": changed(Selection(), fold=True),
        "deeper": changed(Selection(), num_layers=2, layer=1),
        "below": changed(Selection(), num_layers=2, layer=0),
    }
    st.session_state["sent"] = {name: step_view.data(selection) for name, selection in views.items()}


def test_stepping_and_folding_send_nothing_anew() -> None:
    at = AppTest.from_function(page, default_timeout=60).run()
    assert not at.exception
    sent = at.session_state["sent"]
    assert sent["opened"]["start"] == {"id": "0.1", "t": 0, "fold": False}
    assert sent["stepped"] == sent["folded"] == sent["opened"]
    assert sent["deeper"]["view"] == {"layer": 1, "direction": "forward"}
    assert sent["deeper"]["arrays"] != sent["below"]["arrays"]


def test_mathml_knows_every_sign() -> None:
    """What shared/mathml.js reads LaTeX by; a sign that it does not know would be left out in silence."""
    source = (step_view.frame.TEXTS.parent / "components" / "shared" / "mathml.js").read_text(encoding="utf-8")
    found = re.search(r"const TOKEN = /(.+)/g;", source)
    assert found
    for cell in CELLS:
        for direction in DIRECTIONS:
            sent: Any = step_view.payload(made(cell, bidirectional=True), 0, direction)
            for latex in [*sent["formulas"].values(), *sent["symbols"].values(), sent["readout"]]:
                assert not re.sub(found[1], "", latex).strip(), latex
