"""The outputs of trained networks as the widgets get them, and the words that the browser makes of them."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from rnnviz.answers import Answer
from rnnviz.tasks import CLOSE
from rnnviz.ui.selection import DEFAULT, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.widgets import panel_view, step_payload
from rnnviz.widgets import heatmaps
from rnnviz.widgets.outputs import packed
from rnnviz.widgets.packing import message
from rnnviz.widgets.sources import ASSETS
from tests.node import NODE
from tests.ui.test_packing import decoded

FOUND: Final = (
    Answer(2, "1", 0.75, "1", correct=True),
    Answer(4, "2", 0.5, "1", correct=False),
    Answer(5, "0", 1.0, ""),
)


def sentences(folder: Path, sent: dict[str, Any], steps: range) -> list[str]:
    arrays = {
        name: {"values": [None if np.isnan(value) else float(value) for value in decoded(sent[name])]}
        for name in ("output", "target", "correct", "p")
    }
    (folder / "answers.mjs").write_text((ASSETS / "shared" / "answers.js").read_text(encoding="utf-8"), "utf-8")
    script = f"""
    import {{ Answers }} from "./answers.mjs";
    const sent = {json.dumps({**sent, **arrays})};
    for (const one of [sent.output, sent.target, sent.correct, sent.p]) one.values = one.values.map((x) => x ?? NaN);
    const answers = new Answers(sent);
    console.log(JSON.stringify({list(steps)}.map((t) => answers.sentence(t))));
    """
    done = subprocess.run(
        [str(NODE), "--input-type=module", "--eval", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_outputs_and_targets_are_places_in_the_names() -> None:
    sent: Any = packed(FOUND, "GRU", "depth")
    assert (sent["names"], sent["first"], sent["tag"]) == (["1", "2", "0"], 2, "GRU")
    np.testing.assert_array_equal(decoded(sent["output"]), [0, np.nan, 1, 2])
    np.testing.assert_array_equal(decoded(sent["target"]), [0, np.nan, 0, np.nan])
    np.testing.assert_array_equal(decoded(sent["correct"]), [1, np.nan, 0, np.nan])
    np.testing.assert_allclose(decoded(sent["p"]), [0.75, np.nan, 0.5, 1], atol=5e-5)


def test_the_browser_says_each_of_them_in_words(tmp_path: Path) -> None:
    said = sentences(tmp_path, packed(FOUND, "GRU", "depth"), range(1, 6))
    assert said == [
        "GRU: at t = 5, depth 0 (p = 1.000)",
        "GRU: depth 1 (p = 0.750), correct",
        "GRU: at t = 5, depth 0 (p = 1.000)",
        "GRU: depth 2 (p = 0.500), wrong: target depth 1",
        "GRU: depth 0 (p = 1.000)",
    ]


def test_a_number_has_no_probability_and_its_target_is_told(tmp_path: Path) -> None:
    one = Answer(3, "0.770", None, "0.750", correct=True)
    (said,) = sentences(tmp_path, packed([one], "", ""), range(3, 4))
    assert said == "“0.770”, correct: within 0.04 of the target 0.750"
    assert CLOSE == 0.04


def test_the_heatmaps_have_a_row_for_each_trained_network() -> None:
    seen = changed(DEFAULT, cell="gru", trained="brackets")
    alone: Any = panel_view.payload(seen, panel_view.of_one(seen, ("h",)), None)
    assert [(one["tag"], one["noun"]) for one in alone["answers"]] == [("", "depth")]
    three: Any = panel_view.payload(seen, panel_view.side_by_side(), None)
    assert [one["tag"] for one in three["answers"]] == ["RNN", "LSTM", "GRU"]
    parity = changed(DEFAULT, cell="gru", trained="parity")
    some: Any = panel_view.payload(parity, panel_view.side_by_side(), None)
    assert [one["tag"] for one in some["answers"]] == ["GRU"]
    none: Any = panel_view.payload(DEFAULT, panel_view.of_one(DEFAULT, ("h",)), None)
    assert none["answers"] == []


@pytest.mark.parametrize("room", [heatmaps.BUDGET, panel_view.BESIDE_PICTURE])
def test_the_longest_text_stays_within_the_budget(room: int) -> None:
    seen = changed(changed(DEFAULT, cell="gru", trained="brackets"), words="(a)b " * 1000)
    assert len(message(panel_view.payload(seen, panel_view.side_by_side(), None, room))) <= room


def test_a_unit_that_follows_the_depth_is_named_in_the_heading_of_its_heatmap() -> None:
    seen = changed(changed(DEFAULT, cell="lstm", trained="brackets"), words="a(b(c(d))e)f" * 4)
    values = panel_view.signal_values(seen, panel_view.Shown("lstm", "c"))
    depth = np.cumsum([{"(": 1, ")": -1}.get(one, 0) for one in seen.words])
    each = np.array([np.corrcoef(unit, depth)[0, 1] for unit in values.T])
    unit = int(np.abs(each).argmax())
    told = panel_view.facts(seen, panel_view.Shown("lstm", "c"))["finding"]
    assert told == f"unit {unit} follows the depth: r = {each[unit]:.2f} on this input".replace("-", "−")
    short, untrained = changed(seen, words="(a)"), changed(DEFAULT, cell="lstm")
    assert {panel_view.facts(one, panel_view.Shown("lstm", "c"))["finding"] for one in (short, untrained)} == {""}


def test_the_stepper_has_the_same() -> None:
    seen = without_viewpoint(changed(DEFAULT, cell="gru", trained="brackets"))
    of_stepper = step_payload.still_of(seen)["answers"]
    assert (of_stepper["names"], of_stepper["first"], of_stepper["output"].codes.shape) == (
        ["0", "1", "2", "3"],
        0,
        (46,),
    )
    assert step_payload.still_of(without_viewpoint(DEFAULT))["answers"] is None
