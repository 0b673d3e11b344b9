"""What the stepper gets of a loss on its way back: every line adds up, and torch's gradient stands beside the sums."""

import json
from typing import Any

import numpy as np
import pytest

from rnnviz.names import CELLS, GATES, Cell, Direction
from rnnviz.ui.selection import Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import back_payload, step_payload
from rnnviz.ui.widgets.back_payload import CUTS, THRESHOLDS, Back
from rnnviz.widgets import backward
from tests.together import together
from tests.ui.test_step_data import decoded, plain

DEEP = {"input": "words", "words": "a b c d e f", "input_size": 3, "hidden_size": 4, "num_layers": 2}
BACKS = (Back(), Back(every=True), Back(every=True, cut=2), Back(threshold=0.1))


def still(cell: Cell, back: Back | None, **more: Any) -> dict[str, Any]:
    return step_payload.still_of(changed(Selection(), cell=cell, **DEEP, **more), back)


def numbers(cell: Cell, back: Back, layer: int = 0, direction: Direction = "forward", **more: Any) -> dict[str, Any]:
    network = changed(Selection(), cell=cell, **DEEP, **more)
    return backward.series(back_payload.way_of(network, back), layer, direction)


@together("back", BACKS)
@together("layer", [0, 1])
@together("cell", CELLS)
def test_every_line_is_the_sum_or_product_that_it_shows(cell: Cell, layer: int, back: Back) -> None:
    shown = numbers(cell, back, layer)
    recording = networks.recording(changed(Selection(), cell=cell, **DEEP))
    dh = shown["dh"][layer, 0]
    np.testing.assert_allclose(dh, shown["above"] + shown["next_h"], atol=1e-6)
    dc = shown["dc"][layer, 0] if cell == "lstm" else dh
    if cell == "lstm":
        np.testing.assert_allclose(dc, dh * shown["slope_c"] + shown["next_c"], atol=1e-6)
        np.testing.assert_allclose(shown["past_c"], dc * recording.trace["f"][layer, 0, 0], atol=1e-6)
    for gate in GATES[cell]:
        state = dc if gate != "o" else dh
        np.testing.assert_allclose(shown[f"da_{gate}"], state * shown[f"slope_{gate}"], atol=1e-6, err_msg=gate)


@pytest.mark.parametrize("back", BACKS)
@pytest.mark.parametrize("layer", [0, 1])
def test_the_lines_of_a_gru_that_resets_before_add_up(layer: int, back: Back) -> None:
    shown = numbers("gru", back, layer, reset="before")
    recording = networks.recording(changed(Selection(), cell="gru", **DEEP, reset="before"))
    dh, at = shown["dh"][layer, 0], recording.walk(layer, "forward")
    W_hr, W_hz, W_hn = np.split(at.weights["weight_hh"], 3)
    for gate in "zn":
        np.testing.assert_allclose(shown[f"da_{gate}"], dh * shown[f"slope_{gate}"], atol=1e-6)
    np.testing.assert_allclose(shown["drh"], shown["da_n"] @ W_hn, atol=1e-6)
    np.testing.assert_allclose(shown["da_r"], shown["drh"] * shown["slope_r"], atol=1e-6)
    passed = shown["da_r"] @ W_hr + shown["da_z"] @ W_hz + at.values["r"] * shown["drh"] + at.values["z"] * dh
    np.testing.assert_allclose(shown["past_h"], passed, atol=1e-6)
    told = still("gru", back, reset="before")["back"]
    keys = [item["vector"] for line in told["lines"] for item in line["items"] if "vector" in item]
    assert set(keys) <= set(told["keys"]) & set(told["symbols"]) & set(told["origins"])
    assert set(told["keys"]) <= set(told["ranges"])
    assert keys.index("da_n") < keys.index("drh") < keys.index("da_r"), "each is known when it is used"
    assert still("gru", back, reset="before")["tolerance"] > max(
        check["difference"] for check in still("gru", back, reset="before")["checks"]
    )


@pytest.mark.parametrize("cell", CELLS)
def test_a_line_says_where_its_numbers_come_from(cell: Cell) -> None:
    told = still(cell, Back())["back"]
    keys = {item["vector"] for line in told["lines"] for item in line["items"] if "vector" in item}
    assert keys - {"f"} <= set(told["keys"]) | {"f"}
    assert keys - {"f"} <= set(told["symbols"])
    assert keys - {"f"} <= set(told["origins"])
    assert set(told["keys"]) <= set(told["ranges"])


@together("back", BACKS)
@together("cell", CELLS)
def test_the_sums_are_checked_against_torch(cell: Cell, back: Back) -> None:
    sent = still(cell, back)
    assert len(sent["checks"]) == 4  # two matrices of two layers
    assert 0 <= max(check["difference"] for check in sent["checks"]) <= sent["tolerance"]
    assert sent["tolerance"] < 1e-6


def test_a_wrong_gradient_turns_the_badge_red(monkeypatch: pytest.MonkeyPatch) -> None:
    found = back_payload.way_of(changed(Selection(), cell="rnn", **DEEP), Back())
    right = found.grads["rnn.weight_hh_l0"]
    monkeypatch.setitem(found.grads, "rnn.weight_hh_l0", right + 1e-3)  # type: ignore[arg-type]
    worst = max(backward.checks(found), key=lambda check: check["difference"])  # type: ignore[arg-type,return-value]
    assert worst["label"] == "dL/dweight_hh_l0"
    assert worst["difference"] > backward.tolerance(found)  # type: ignore[operator]


def test_norms_stand_on_every_edge() -> None:
    sent = still("lstm", Back(every=True))["back"]
    shown = numbers("lstm", Back(every=True))
    for name in ("above", "next_h", "next_c"):
        norms = decoded(sent["norms"][name])
        assert norms.shape == (2, 1, 6)
        np.testing.assert_allclose(norms[0, 0], np.linalg.norm(shown[name], axis=-1), rtol=1e-5)


def test_clipping_multiplies_what_the_steps_add() -> None:
    free, clipped = (still("rnn", Back(threshold=threshold))["back"] for threshold in (None, 0.1))
    norm = back_payload.way_of(changed(Selection(), cell="rnn", **DEEP), Back()).norm
    assert norm > 0.1
    np.testing.assert_allclose(decoded(clipped["added"]["hh"]), decoded(free["added"]["hh"]) * 0.1 / norm, rtol=1e-5)
    assert clipped["sums"]["hh"] == pytest.approx(free["sums"]["hh"] * 0.1 / norm)
    assert f"multiplies it by {0.1 / norm:.3g}" in clipped["clipping"]
    assert "nothing is clipped" in still("rnn", Back(threshold=100.0))["back"]["clipping"]


def test_what_is_told_is_plain_data_without_a_loss_that_is_no_number() -> None:
    json.dumps(plain(still("gru", Back(every=True, cut=2))), allow_nan=False)
    exploding = {"recurrent": "orthogonal", "recurrent_scale": 5.0, "nonlinearity": "relu"}
    long = {**exploding, "words": " ".join(["a"] * 600)}
    sent = step_payload.still_of(changed(Selection(), cell="rnn", **{**DEEP, **long}), Back())
    json.dumps(plain(sent), allow_nan=False)
    assert None in sent["back"]["sums"].values()


def test_jacobians_of_few_units_come_with_their_stretches() -> None:
    sent = still("lstm", Back())["back"]
    assert decoded(sent["jacobians"]).shape == (6, 8, 8)
    stretches = decoded(sent["stretches"])
    np.testing.assert_allclose(stretches, [np.linalg.norm(one, 2) for one in decoded(sent["jacobians"])], rtol=1e-5)
    assert still("lstm", Back(), seed=2)["back"]["jacobians"] is not None
    wide = step_payload.still_of(changed(Selection(), cell="rnn", **{**DEEP, "hidden_size": 5}), Back())["back"]
    assert wide["jacobians"] is None
    assert decoded(wide["stretches"]).shape == (6,)


def test_without_a_way_back_all_is_as_it_was() -> None:
    sent = still("lstm", None)
    assert sent["back"] is None
    assert "dh" not in sent["symbols"]


def test_the_choices_open_with_neither_truncation_nor_clipping() -> None:
    assert next(iter(CUTS.values())) is None
    assert next(iter(THRESHOLDS.values())) is None
