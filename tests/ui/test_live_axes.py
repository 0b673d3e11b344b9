"""The axes of the widget of live curves, as node computes them."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from rnnviz.widgets.sources import ASSETS
from tests.node import NODE

ASK: Final = """
import { Axis } from "./axes.mjs";
const [options, view, most, powers, values] = JSON.parse(process.argv.at(-1));
const axis = new Axis(options, view);
const texts = axis.ticks(most, powers).map(({ text }) => text);
console.log(JSON.stringify([texts, values.map((value) => axis.share(value))]));
"""


def asked(
    folder: Path, low: float, high: float, *, log: bool, view: tuple[float, float] = (0, 1), most: int = 8,
    powers: bool = True, values: tuple[float, ...] = (),
) -> tuple[list[str], list[float | None]]:  # fmt: skip
    """The texts of the ticks, and where some values stand: as shares of the axis, None for nowhere."""
    (folder / "axes.mjs").write_text((ASSETS / "live_curves" / "axes.js").read_text(encoding="utf-8"), "utf-8")
    given = json.dumps([{"low": low, "high": high, "log": log}, view, most, powers, values])
    done = subprocess.run(
        [str(NODE), "--input-type=module", "--eval", ASK, given],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: Any = json.loads(done.stdout)
    return found[0], found[1]


def test_decades_are_powers_of_ten_as_figures_write_them(tmp_path: Path) -> None:
    texts, places = asked(tmp_path, 1e-3, 1e3, log=True, values=(1e-3, 1, 1e3, 0, -1))
    assert texts == ["10⁻³", "10⁻²", "10⁻¹", "1", "10", "10²", "10³"]
    assert places[:3] == pytest.approx([0, 0.5, 1])
    assert places[3:] == [None, None]


def test_updates_are_written_out(tmp_path: Path) -> None:
    assert asked(tmp_path, 0.45, 22_000, log=True, powers=False)[0] == ["1", "10", "100", "1000", "10000"]
    assert asked(tmp_path, -400, 20_400, log=False, powers=False, most=6)[0] == ["0", "5000", "10000", "15000", "20000"]


def test_many_decades_are_not_all_written(tmp_path: Path) -> None:
    texts, _ = asked(tmp_path, 1e-30, 1e30, log=True)
    assert 4 <= len(texts) <= 9
    assert "1" in texts


def test_within_a_decade_steps_are_even(tmp_path: Path) -> None:
    texts, _ = asked(tmp_path, 0.12, 0.41, log=True, most=6)
    assert texts == ["0.15", "0.2", "0.25", "0.3", "0.35", "0.4"]


def test_a_closer_look_is_a_part_of_the_axis(tmp_path: Path) -> None:
    texts, places = asked(tmp_path, 0, 100, log=False, view=(0.25, 0.75), most=5, values=(25, 50, 75))
    assert texts == ["30", "40", "50", "60", "70"]
    assert places == pytest.approx([0, 0.5, 1])
    assert asked(tmp_path, -2.5, 2.5, log=False, most=5)[0] == ["−2", "−1", "0", "1", "2"]
