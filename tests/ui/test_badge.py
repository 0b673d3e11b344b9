"""What the badge of the stepper says of the comparison with torch, where nothing differs and where something does.

All numbers of the network are small integers, so each sum is the same in whatever order it is added up, with fused
products or without: torch's kernel has these numbers on every processor.
"""

import dataclasses
import json
import subprocess
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from rnnviz.spec import Edit, ModelSpec
from rnnviz.stepping import Recording, record
from rnnviz.widgets import stepper
from rnnviz.widgets.sources import ASSETS
from tests.node import NODE

FILES: Final = ("step_through/facts.js", "shared/arrays.js")
EDITS: Final = (
    *(Edit("weight_ih_l0", (row, column), 1.0 + row - column) for row in range(2) for column in range(2)),
    *(Edit("weight_hh_l0", (row, column), float(row + column)) for row in range(2) for column in range(2)),
    *(Edit(name, (row,), float(row)) for name in ("bias_ih_l0", "bias_hh_l0") for row in range(2)),
    *(Edit("head.weight", (0, column), 1.0 + column) for column in range(2)),
    Edit("head.bias", (0,), -3.0),
)


def of_integers() -> Recording:
    spec = ModelSpec("rnn", 2, 2, nonlinearity="relu", output_size=1)
    return record(spec, np.array([[3, 1], [1, 2], [2, 2]], np.float32), ("a", "b", "c"), EDITS)


def moved(recording: Recording, steps: int) -> Recording:
    """With h of unit 1 at t = 2 so many float32 numbers further, and what is computed from it as it was."""
    h = recording.trace["h"].copy()
    for _ in range(steps):
        h[0, 0, 0, 2, 1] = np.nextafter(h[0, 0, 0, 2, 1], np.float32(np.inf))
    return dataclasses.replace(recording, trace=dataclasses.replace(recording.trace, values={"h": h}))


def shown(folder: Path, recording: Recording, walked: Recording | None = None) -> dict[str, Any]:
    """The badge and the table under it, as node runs the widget's script on what it is sent."""
    sent = stepper.still(recording, (walked or of_integers()).walk(0, "forward"), "a network")
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text((ASSETS / name).read_text(encoding="utf-8"), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}')
    checks, tolerance = json.dumps(sent["checks"]), sent["tolerance"]
    resets = json.dumps(sent["resetsBefore"])
    script = f"""
    import {{ cells, truthOf, verdict }} from "./step_through/facts.js";
    const checks = {checks};
    const {{ name, note }} = truthOf({{ resetsBefore: {resets} }});
    console.log(JSON.stringify({{ ...verdict(checks, {tolerance}, name), note, rows: checks.map(cells) }}));
    """
    done = subprocess.run(
        [str(NODE), "--input-type=module", "--eval", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_equal_numbers(tmp_path: Path) -> None:
    recording = of_integers()
    assert recording.trace.panel("h").tolist() == [[3, 9], [10, 27], [29, 72]]
    told = shown(tmp_path, recording)
    assert (told["good"], told["text"]) == (True, "✓ equals torch: difference 0")
    assert [row[:3] for row in told["rows"]] == [["h, layer 0 →", "0", "0"], ["y, output layer", "0", "0"]]


def test_a_gru_without_a_kernel_of_torch_names_what_it_is_compared_with(tmp_path: Path) -> None:
    spec = ModelSpec("gru", 3, 4, output_size=0, reset="before")
    before = record(spec, np.ones((3, 3), np.float32), ["a", "b", "c"])
    told = shown(tmp_path, before, before)
    assert told["good"]
    assert told["text"].startswith("✓ equals the forward pass")
    assert "torch has no GRU that resets before the product" in told["note"]
    assert "torch's own kernel" in shown(tmp_path, of_integers())["note"]


@pytest.mark.parametrize(
    ("steps", "difference", "text"),
    [
        (1, "7.6·10⁻⁶", "✓ equals torch to 7.6·10⁻⁶ (1 ulp)"),
        (3, "2.3·10⁻⁵", "✓ equals torch to 2.3·10⁻⁵ (3 ulp)"),
        (128, "9.8·10⁻⁴", "✗ differs from torch by 9.8·10⁻⁴: "),
    ],
)
def test_numbers_some_units_of_the_last_place_apart(tmp_path: Path, steps: int, difference: str, text: str) -> None:
    """Between 64 and 128 float32 numbers are 2⁻¹⁷ apart; of an h of 72 the badge lets 7.2·10⁻⁴ pass, 94 of them."""
    told = shown(tmp_path, moved(of_integers(), steps))
    assert told["text"].startswith(text)
    assert told["good"] == text.startswith("✓")
    assert told["rows"][0] == ["h, layer 0 →", difference, str(steps), "t = 2, unit 1"]
    assert told["rows"][1][1:3] == ["0", "0"]


def test_what_is_no_number_is_infinitely_far(tmp_path: Path) -> None:
    recording = of_integers()
    h = recording.trace["h"].copy()
    h[0, 0, 0, 2, 1] = np.nan
    trace = dataclasses.replace(recording.trace, values={"h": h})
    told = shown(tmp_path, dataclasses.replace(recording, trace=trace))
    assert told["text"] == "✗ differs from torch by ∞: h, layer 0 →, t = 2, unit 1"
    assert told["rows"][0] == ["h, layer 0 →", "∞", "∞", "t = 2, unit 1"]


def test_the_rounding_of_a_large_cell_state_is_no_difference(tmp_path: Path) -> None:
    """With i, f and g near 1 the cell state counts the steps: float32 numbers near 1,000 are 6·10⁻⁵ apart."""
    edits = [Edit("bias_ih_l0", (row,), 20.0) for row in range(3)]
    recording = record(ModelSpec("lstm", 1, 1, output_size=0), np.ones((1_000, 1), np.float32), ["1"] * 1_000, edits)
    c = recording.trace["c"].copy()
    c[0, 0, 0, 999, 0] = np.nextafter(c[0, 0, 0, 999, 0], np.float32(np.inf))
    assert shown(tmp_path, _with_c(recording, c), recording)["good"]
    c = c.copy()
    c[0, 0, 0, 999, 0] += 0.1
    assert shown(tmp_path, _with_c(recording, c), recording)["text"].startswith(
        "✗ differs from torch by 1.0·10⁻¹: c, layer 0 →, t = 999"
    )


def _with_c(recording: Recording, c: np.ndarray) -> Recording:
    values = {**recording.trace.values, "c": c}
    return dataclasses.replace(recording, trace=dataclasses.replace(recording.trace, values=values))
