"""How a text is broken into rows of cells, and which unit a ranking puts first, as node runs it."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests import node

GRID: Final = """
import { TextGrid } from "./shared/text_grid.js";
const grid = Object.create(TextGrid.prototype);
Object.assign(grid, { chars: [...CHARS], columns: 0, rows: [], below: 0, wide: 10 });
grid.breakLines(COLUMNS);
"""


def run(folder: Path, script: str) -> Any:
    """What a script gives as ``told``."""
    modules = (
        "shared/text_grid.js",
        "shared/canvas.js",
        "shared/pointer.js",
        "shared/unknown.js",
        "colored_text/ranks.js",
    )
    return node.told(folder, modules, script)


def grid(folder: Path, text: str, columns: int, told: str) -> Any:
    script = GRID.replace("CHARS", json.dumps(text)).replace("COLUMNS", str(columns))
    return run(folder, f"{script}\nconst told = {told};")


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("ab\ncd", 9, [0, 3]),
        ("ab\ncd\n", 9, [0, 3]),
        ("\n\n\n", 9, [0, 1, 2]),
        ("abcdefgh", 3, [0, 3, 6]),
        ("abc\ndef", 3, [0, 3, 4]),
        ("abcd\ne", 4, [0, 4, 5]),
        ("👩x👩", 2, [0, 2]),
        ("a", 1, [0]),
    ],
)
def test_rows(tmp_path: Path, text: str, columns: int, rows: list[int]) -> None:
    """Each character stands in a cell, the end of a line too: where the line is full, alone in a row of its own."""
    found, places = grid(tmp_path, text, columns, "[grid.rows, [...grid.rowOf]]")
    assert found == rows
    assert places == [sum(k >= start for start in rows) - 1 for k in range(len(text))]


def test_above_and_below(tmp_path: Path) -> None:
    told = "[grid.beside(5, -1), grid.beside(5, 1), grid.beside(9, -1), grid.beside(0, -1), grid.beside(9, 5)]"
    assert grid(tmp_path, "abc\ndefg\nhi", 9, told) == [1, 10, 4, 0, 9]


def test_under_the_pointer(tmp_path: Path) -> None:
    """Beyond the end of a row it is the row's last character."""
    script = """[[0, 0], [19, 5], [500, 5], [5, 30], [5, 9999], [-7, -7]].map(([x, y]) => {
      grid.host = { getBoundingClientRect: () => ({ left: 0, top: 0 }), clientTop: 0, clientLeft: 0, scrollTop: 0 };
      return grid.at({ clientX: x, clientY: y });
    })"""
    assert grid(tmp_path, "abc\ndefg\nhi", 9, script) == [0, 1, 3, 4, 9, 0]


def test_a_character_that_was_replaced_is_underlined(tmp_path: Path) -> None:
    """The line is dotted, under that character alone, and the pen is left as it was."""
    script = """
      import { dots } from "./shared/unknown.js";
      const done = [];
      const ways = ["save", "setLineDash", "beginPath", "moveTo", "lineTo", "stroke", "restore"];
      const pen = Object.fromEntries(ways.map((name) => [name, (...of) => done.push([name, ...of])]));
      dots(pen, 3, 9, 20);
      const told = done;
    """
    told = node.told(tmp_path, ("shared/unknown.js",), script)
    assert told[0] == ["save"]
    assert told[-1] == ["restore"]
    assert [step for step in told if step[0].endswith("To")] == [["moveTo", 3, 20], ["lineTo", 9, 20]]


def test_units_are_ranked_by_the_size_of_their_correlation(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        """
import { Ranks } from "./colored_text/ranks.js";
const ranks = Object.create(Ranks.prototype);
const array = (...values) => ({ values: Float32Array.from(values), shape: [2, 3] });
Object.assign(ranks, { properties: [{ name: "a", label: "A" }, { name: "b", label: "B" }], held: null });
ranks.here = array(0.1, -0.9, 0.5, NaN, 0.2, -0.3);
const told = [ranks.ranked("a"), ranks.ranked("b"), ranks.closeness("a", 1), ranks.closeness("b", 0)];
ranks.held = array(0.8, 0.1, NaN, 0, 0, 0);
told.push(ranks.ranked("a"), ranks.best("a"), ranks.closeness("a", 0));
""",
    )
    assert told == [
        [1, 2, 0], [2, 1], "r = −0.90 with “A” on this text", "B", [0, 1], 0, "r = +0.80 with “A” on held-out text",
    ]  # fmt: skip


def test_an_ablation_in_words(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        """
import { caused } from "./colored_text/ranks.js";
const change = { 3: [-0.357, -0.436, -0.275], 4: [0.01, -0.006, 0.027], 6: [-0.0001, -0.0004, 0.0004] };
const effect = { what: "the closing quote", base: 0.5512, places: 25, passages: 15, change };
const told = [3, 4, 5, 6].map((unit) => caused(unit, effect));
""",
    )
    assert told[0] == (
        "Unit 3 ablated, that is held at its mean: where the closing quote comes next, its probability changes by "
        "−35.7 points, from 55.1 % (95 % interval −43.6 to −27.5; 25 positions in 15 held-out passages)."
    )
    assert "changes by +1.0 points" in told[1]
    assert "(95 % interval −0.6 to +2.7, so it may be none; 25" in told[1]
    assert "changes by 0.0 points" in told[3]
    assert told[2] == "Ablated: measured of the units that track it most closely, not of unit 5."


STROKES: Final = """
const strokes = [];
let at = null;
const pen = {
  beginPath() {}, stroke() {},
  moveTo(x, y) { at = [x, y]; },
  lineTo(x, y) { strokes.push([...at, x, y]); at = [x, y]; },
};
"""


@pytest.mark.parametrize(("left", "right"), [(True, True), (False, True), (False, False)])
def test_a_frame_around_a_letter_has_no_sides_that_run_through_the_letters_beside(
    tmp_path: Path, left: bool, right: bool
) -> None:
    sides = json.dumps({"left": left, "right": right})
    told = "strokes"
    script = f'import {{ corners }} from "./shared/canvas.js";{STROKES}corners(pen, 10, 0, 8, 22, {sides});'
    strokes = run(tmp_path, f"{script}\nconst told = {told};")
    upright = [(x0, abs(y1 - y0)) for x0, y0, x1, y1 in strokes if x0 == x1]
    assert {x for x, _ in upright} == {x for x, here in ((10, left), (18, right)) if here}
    assert all(length <= 4 for _, length in upright)
    assert [(x0, x1) for x0, _, x1, _ in strokes if x0 != x1] == [(10, 18)] * 2
