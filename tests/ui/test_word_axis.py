"""Where frames, ticks and labels of the widgets stand, as node computes it."""

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from rnnviz.widgets.sources import ASSETS
from tests.node import NODE
from tests.ui.test_text_grid import STROKES

WIDGETS: Final = ("shared", "panels", "word_gradients", "cliff")


def run(folder: Path, script: str) -> Any:
    """What a script gives as ``told``, with the widgets' files beside it."""
    for place in (file for name in WIDGETS for file in (ASSETS / name).glob("*.js")):
        (folder / place.parent.name).mkdir(exist_ok=True)
        (folder / place.parent.name / place.name).write_text(place.read_text(encoding="utf-8"), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "run.js").write_text(f"{script}\nconsole.log(JSON.stringify(told));", "utf-8")
    done = subprocess.run([str(NODE), "run.js"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_frame_of_a_range_leaves_the_letters_at_its_ends_free(tmp_path: Path) -> None:
    """In columns narrower than a letter, a line from top to bottom would run through the letters beside it."""
    strokes = run(
        tmp_path,
        f"""
        import {{ WordAxis }} from "./panels/words.js";
        import {{ Columns }} from "./panels/columns.js";
        {STROKES}
        const axis = Object.create(WordAxis.prototype);
        const columns = new Columns({{ first: 0, stride: 1, single: true, window: 0, overview: 1 }}, 100, 100);
        Object.assign(axis, {{ pen, columns, wide: 7, height: 34, look: {{ ground: {{ ink: "black" }} }} }});
        axis.bracket([50, 60]);
        const told = strokes;
        """,
    )
    letters = range(8, 22)  # where the words stand
    upright = [(y0, y1) for x0, y0, x1, y1 in strokes if x0 == x1]
    assert len(upright) == 4
    assert not [y for ends in upright for y in range(int(min(ends)), int(max(ends)) + 1) if y in letters]


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [(-8, 0, [-8, -6, -4, -2, 0]), (-1.5, 0.5, [-1.5, -1, 0, 0.5]), (-0.5, 0.5, [-0.5, 0, 0.5])],
)
def test_a_bar_of_logarithmic_colors_is_labelled_at_its_ends_and_at_round_numbers(
    tmp_path: Path, low: float, high: float, written: list[float]
) -> None:
    script = f'import {{ ticksOf }} from "./word_gradients/word_gradients.js";const told = ticksOf({low}, {high});'
    ticks = run(tmp_path, script)
    assert [tick for tick in ticks if abs(tick % 0.5) < 1e-9] == written
    assert min(b - a for a, b in pairwise(ticks)) >= 0.2 * (high - low) - 1e-9


def test_words_on_the_cliff_keep_off_numbers_marks_and_each_other(tmp_path: Path) -> None:
    frame = {"left": 0, "right": 500, "top": 0, "bottom": 300}
    box = {"left": 205, "right": 235, "top": 92, "bottom": 108}
    ask = f"""
    import {{ freePlace }} from "./cliff/paths.js";
    const box = {json.dumps(box)};
    const taken = [box];
    const told = [];
    for (const way of [[1, 0], [1, 0], [-1, 0], [0, 1], [1, 0]]) {{
      const [left, top] = freePlace({{ width: 80, high: 18 }}, [200, 100], way, {json.dumps(frame)}, taken);
      taken.push({{ left, right: left + 80, top, bottom: top + 18 }});
    }}
    told.push(...taken);
    """
    taken = run(tmp_path, ask)
    assert len(taken) == 6
    for k, one in enumerate(taken):
        for other in taken[:k]:
            across = one["right"] < other["left"] or one["left"] > other["right"]
            assert across or one["bottom"] < other["top"] or one["top"] > other["bottom"]
    assert all(one["left"] >= 0 and one["right"] <= 500 and one["top"] >= 0 and one["bottom"] <= 300 for one in taken)


def test_words_on_the_cliff_keep_off_the_path_whose_places_are_few_boxes(tmp_path: Path) -> None:
    frame = json.dumps({"left": 0, "right": 500, "top": 0, "bottom": 300})
    ask = f"""
    import {{ boxesOf, freePlace }} from "./cliff/paths.js";
    const points = Array.from({{ length: 400 }}, (_, k) => [200 + k / 4, 95 + (k % 7)]);
    const boxes = boxesOf(points);
    const [left, top] = freePlace({{ width: 80, high: 18 }}, [200, 100], [1, 0], {frame}, boxes);
    const told = [points, boxes, left, top];
    """
    points, boxes, left, top = run(tmp_path, ask)
    assert len(boxes) < 30
    assert all(any(b["left"] <= x <= b["right"] and b["top"] <= y <= b["bottom"] for b in boxes) for x, y in points)
    assert not any(left - 1 < x < left + 81 and top - 1 < y < top + 19 for x, y in points)


def test_words_stay_where_they_are_wanted_if_that_is_free(tmp_path: Path) -> None:
    frame = json.dumps({"left": 0, "right": 500, "top": 0, "bottom": 300})
    ask = 'import { freePlace } from "./cliff/paths.js";'
    call = f"freePlace({{ width: 80, high: 18 }}, [200, 100], [1, 0], {frame}, [])"
    assert run(tmp_path, f"{ask}const told = {call};") == [214, 91]


def test_a_strip_of_few_rows_shows_the_largest_of_many_units(tmp_path: Path) -> None:
    """A one-hot vector of 96 numbers in 68 rows still has its 1, at every step and wherever it stands."""
    rows = run(
        tmp_path,
        """
        import { thinned } from "./shared/heatmap.js";
        const values = new Float32Array(96 * 97);
        for (let t = 0; t < 96; t += 1) values[t * 97 + 1 + t] = t % 2 ? -1 : 1;
        const found = thinned({ values, time: 96, units: 96, stride: 97, start: 1 }, 68.5);
        const rows = Array.from({ length: 96 }, (_, t) => [...found.values.slice(t * 68, t * 68 + 68)]);
        const told = { units: found.units, rows };
        """,
    )
    assert rows["units"] == 68
    assert [sum(row) for row in rows["rows"]] == [(-1) ** t for t in range(96)]
    assert [row.index((-1) ** t) for t, row in enumerate(rows["rows"])] == [t * 68 // 96 for t in range(96)]


def test_a_strip_with_room_is_left_as_it_is_and_no_nan_is_hidden(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
        import { thinned } from "./shared/heatmap.js";
        const values = new Float32Array([1, NaN, 3, 2]);
        const told = [thinned({ values, time: 1, units: 4 }, 4).values === values,
          [...thinned({ values, time: 1, units: 4 }, 2).values].map(String)];
        """,
    )
    assert found == [True, ["NaN", "3"]]


SIGNALS: Final = """
import { outsideOf, signalsOf, usualThreshold } from "./panels/signals.js";
const diverging = ["#0000ff", "#ffffff", "#ff0000"];
const palette = { light: { diverging, sequential: ["#ffffff", "#000000"], ground: { nan: "#888888" } } };
const array = { values: Float32Array.from([0.9, -0.3, -22, 0.5, -22, 0.2]), shape: [3, 2], off: 0 };
const panel = { key: "h", kind: "signed", most: 0.9, orders: {}, initial: null, array, limits: null, outside: null };
const after = { ...panel, most: 1, limits: [-1, 1], outside: -22 };
"""


def test_the_threshold_is_of_the_first_panel_whatever_is_done_in_the_others(tmp_path: Path) -> None:
    script = f"""{SIGNALS}
        const told = [[panel], [panel, after], [panel, {{ ...panel, most: 22 }}], [{{ ...panel, kind: "gate" }}]].map(
          (panels) => usualThreshold(signalsOf({{ panels, palette }}, {{ theme: "light" }})[0]),
        );
    """
    assert run(tmp_path, script) == [0.27, 0.27, 0.27, 0.5]


def test_colors_are_shared_and_end_at_the_limits_and_what_is_beyond_is_hatched(tmp_path: Path) -> None:
    script = f"""{SIGNALS}
        const both = signalsOf({{ panels: [panel, after], palette }}, {{ theme: "light" }});
        const [first, second] = both.map((one) => one.as("value"));
        const rounded = {{ values: Float32Array.from([1.04, 0, 0, 0, 0, 1.06]), shape: [3, 2], off: 0.05 }};
        const near = {{ array: rounded, limits: [-1, 1] }};
        const told = [
          [first.low, first.high, second.low, second.high],
          [[...second.map(-22)], [...second.map(-1)]],
          outsideOf(first, [0, 1]),
          outsideOf(second, [1, 0]),
          outsideOf(near, [0, 1]),
        ];
    """
    scales, colors, none, runs, near = run(tmp_path, script)
    assert scales == [-1, 1, -1, 1]
    assert colors[0] == colors[1]
    assert none == []
    assert runs == [[1, 1, 2]], "row, first and last column"
    assert near == [[1, 2, 2]], "what may be a rounded 1 is not marked"


def test_a_word_that_is_not_in_the_vocabulary_is_said_and_underlined_alike_everywhere(tmp_path: Path) -> None:
    script = """
        import { readAs, tokenSaid, underline } from "./shared/unknown.js";
        const nodes = [true, false].map((isUnknown) => {
          const node = { style: {} };
          underline(node, isUnknown);
          return node.style.textDecoration;
        });
        const words = [["xyzzy", true], ["xyzzy", true, "<unk>"], ["good", false], ["a", true, ""]];
        const told = [...words.map((word) => tokenSaid(...word)), readAs("?", "é"), readAs("?", undefined), ...nodes];
    """
    assert run(tmp_path, script) == [
        "xyzzy [UNK]", "xyzzy <unk>", "good", "a [UNK]", "? [UNK], in place of “é”", "?", "underline dotted", "none",
    ]  # fmt: skip
    users = [file.parent.name for file in ASSETS.glob("*/*.js") if "shared/unknown.js" in file.read_text("utf-8")]
    assert {
        "colored_text",
        "panels",
        "phrase",
        "review_words",
        "step_through",
        "word_gradients",
        "word_weights",
    } <= set(users)
