"""What the stepper says of an edited number, and where its explanation goes, as node runs it."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests import node

FILES: Final = tuple(
    f"{folder}/{name}.js"
    for folder, names in {
        "shared": ("arrays", "pointer", "aside", "canvas", "numbers", "unknown"),
        "step_through": ("editor", "effects"),
        "panels": ("words", "canvas"),
    }.items()
    for name in names
)
MODEL: Final = """
import { effectOf } from "./step_through/effects.js";
const model = (h, y, product, here = true) => ({
  cell: "rnn", sizes: { time: h.length, output: 1 }, steps: { has: () => here },
  numbers: (key, t) => ({ h, y, "hh.h": product })[key]?.[t] ?? null,
});
const weight = { key: "hh.h", matrix: true, unit: 1, column: 0 };
"""


def run(folder: Path, script: str) -> Any:
    """What a script gives as ``told``, with the widgets' files beside it."""
    return node.told(folder, FILES, script)


def test_an_edited_weight_shows_its_product_the_states_and_the_output_before_and_after(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        f"""{MODEL}
        const before = model([[1, 2, 3, 4], [1, 2, 3, 4]], [[5], [5]], [[0, 0], [6, 7]]);
        const now = model([[1, 2, 3, 4], [1, 9, 0, 5]], [[5], [8]], [[0, 0], [6, 7.5]]);
        const told = [effectOf(before, now, weight, 1), effectOf(before, now, weight, 0)];
        """,
    )
    changed, same = told
    assert [tuple(row.values()) for row in changed["rows"]] == [
        ("hh.h", 1, 7, 7.5), ("h", 1, 2, 9), ("h", 2, 3, 0), ("h", 3, 4, 5), ("y", 0, 5, 8),
    ]  # fmt: skip
    assert changed["note"] == same["note"] == "h changes at t = 1 only."
    assert all(row["before"] == row["now"] for row in same["rows"])


@pytest.mark.parametrize(
    ("now", "here", "note"),
    [
        ([[0], [0], [0]], True, "h is the same at every step."),
        ([[1], [1], [1]], True, "h changes at every step."),
        ([[0], [1], [1]], True, "h changes at t = 1 to 2 only."),
        ([[1], [0], [1]], True, "h changes at 2 of 3 steps only."),
        ([[1], [0], [1]], False, ""),
    ],
)
def test_at_which_steps_the_state_changes(tmp_path: Path, now: list[list[int]], here: bool, note: str) -> None:
    of = f"model([[0], [0], [0]], [], []), model({now}, [], [], {json.dumps(here)})"
    assert run(tmp_path, f"{MODEL}const told = effectOf({of}, weight, 0).note;") == note


@pytest.mark.parametrize(
    ("value", "most"),
    [(0, 1), (0.36, 1), (-0.7, 2), (1, 2), (3, 10), (-40, 100), (1e6, 1e6)],
)
def test_a_slider_goes_past_twice_a_number_on_both_sides(tmp_path: Path, value: float, most: float) -> None:
    script = f'import {{ rangeFor }} from "./step_through/editor.js";const told = rangeFor({value});'
    assert run(tmp_path, script) == {"min": -most, "max": most, "step": pytest.approx(most / 100)}


@pytest.mark.parametrize(
    ("box", "shift"),
    [
        ((100, 120), 0),  # it covers nothing
        ((715, 735), -660),  # it would cover what is pointed at
        ((690, 702), -660),
        ((20, 735), 0),  # it covers it at both ends
    ],
)
def test_the_explanation_goes_up_where_it_covers_what_it_explains(
    tmp_path: Path, box: tuple[int, int], shift: int
) -> None:
    at = json.dumps(dict(zip(("top", "bottom"), box, strict=True)))
    script = f"""
    import {{ shiftOf }} from "./shared/aside.js";
    const told = shiftOf({{ top: 700, bottom: 768 }}, {at}, 40);
    """
    assert run(tmp_path, script) == shift


def test_how_many_units_are_on_is_told_under_the_words_and_not_behind_them(tmp_path: Path) -> None:
    """A box as high as the words hid those beside it."""
    told = run(
        tmp_path,
        """
        import { WordAxis } from "./panels/words.js";
        const told = [];
        const axis = Object.create(WordAxis.prototype);
        const pen = { fillRect: (x, y, width, height) => told.push([y, height]) };
        Object.assign(axis, { pen, wide: 20, foot: 74, height: 80, look: { ground: { accent: "blue" } } });
        axis.shade([0, 2, 1], 2);
        """,
    )
    assert told == [[74, 6], [74, 6]]
