"""What the stepper's own modules make of windows, as node runs them: every number in its place, asked for in time."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from rnnviz.names import CELLS, DIRECTIONS, STATES, Cell, Direction
from rnnviz.spec import ModelSpec
from rnnviz.stepping import Recording, record
from rnnviz.widgets import stepper
from rnnviz.widgets.packing import message
from rnnviz.widgets.sources import ASSETS
from tests.node import NODE

READ: Final = """
import { readFileSync } from "node:fs";
import { unpack } from "./components/shared/message.js";
import { addWindow, decodeModel } from "./components/step_through/model.js";
const [still, ...windows] = process.argv.at(-1).split(" ").map((name) => unpack(new Uint8Array(readFileSync(name))));
const model = decodeModel(still);
for (const window of windows) addWindow(model, window);
const row = (key, t) => (model.steps.has(t) ? [...model.numbers(key, t)] : model.numbers(key, t));
const read = (key) => Array.from({ length: model.sizes.time }, (_, t) => row(key, t));
const keys = Object.keys(model.steps.at(model.steps.windows.findIndex((window) => window)).series);
console.log(JSON.stringify(Object.fromEntries(keys.map((key) => [key, read(key)]))));
"""
ASK: Final = """
import { Ahead, Steps } from "./components/step_through/steps.js";
const { total, size, opening, path, beside, answered } = JSON.parse(process.argv.at(-1));
const steps = new Steps(total);
const asked = [];
let open = null;
const ahead = new Ahead({ onAsk: ({ first }) => { asked.push(first); open = first; } });
ahead.begin(steps, size);
steps.add({ first: opening[0], count: opening[1] });
const go = (t) => ahead.follow(t, [Math.max(0, t - beside), Math.min(total - 1, t + beside)]);
for (const t of path) {
  go(t);
  while (answered && open !== null) {
    steps.add({ first: open, count: size });
    open = null;
    ahead.came([]);
    go(t);
  }
}
ahead.question.close();
console.log(JSON.stringify(asked));
"""


def run(script: str, folder: Path, given: str) -> Any:
    shutil.copytree(ASSETS, folder / "components", dirs_exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    command = [str(NODE), "--input-type=module", "--eval", script, given]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def read(folder: Path, recording: Recording, direction: Direction, *places: tuple[int, int]) -> Any:
    """Every quantity at every step after some windows, as the browser looks it up; None where it is not there."""
    walk = recording.walk(1, direction)
    still = {**stepper.still(recording, walk, "a network"), "palette": {}}
    parts = [still, *(stepper.window(recording, walk, first, count) for first, count in places)]
    for k, part in enumerate(parts):
        (folder / f"{k}.bin").write_bytes(message(part))
    return run(READ, folder, " ".join(f"{k}.bin" for k in range(len(parts))))


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_number_is_in_its_place_whichever_window_it_came_in(
    tmp_path: Path, cell: Cell, direction: Direction
) -> None:
    x = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    spec = ModelSpec(cell, 3, 5, output_size=2, num_layers=2, bidirectional=True)
    recording = record(spec, x, [str(t) for t in range(9)])
    walk, out = recording.walk(1, direction), recording.output_layer
    assert out is not None
    signals = recording.signals(1, direction)
    expected = {**walk.values, **signals, "x": x, "inputs": walk.inputs, "h_prev": walk.h_prev}
    expected |= {"y": out.logits, "ho": out.product, "head_in": out.states, "ffY": out.feed_forward}
    if walk.c_prev is not None:
        expected["c_prev"] = walk.c_prev
    for layer in (0, 1):
        for k in (0, 1):
            expected |= {f"{state} {layer} {k}": recording.trace[state][layer, k, 0] for state in STATES[cell]}
            expected[f"ff {layer} {k}"] = recording.feed_forward[layer][:, 5 * k : 5 * (k + 1)]
    got = read(tmp_path, recording, direction, (3, 4), (5, 4), (0, 4))
    assert set(got) == set(expected)
    for key, array in expected.items():
        np.testing.assert_array_equal(np.array(got[key], np.float32), array, err_msg=key)
    got = read(tmp_path, recording, direction, (3, 4))
    for key, array in expected.items():
        assert [row is None for row in got[key]] == [not 3 <= t < 7 for t in range(9)], key
        np.testing.assert_array_equal(np.array(got[key][3:7], np.float32), array[3:7], err_msg=key)


def asked(
    folder: Path, path: Sequence[int], *, opening: tuple[int, int] = (0, 40), beside: int = 5, answered: bool = True
) -> list[int]:
    """Where the windows begin that are asked for on a path over 1,000 steps, 40 at once."""
    given = {"total": 1000, "size": 40, "opening": opening, "path": list(path), "beside": beside, "answered": answered}
    found: list[int] = run(ASK, folder, json.dumps(given))
    return found


def test_nothing_is_asked_for_until_it_is_needed(tmp_path: Path) -> None:
    assert asked(tmp_path, [0]) == []
    assert asked(tmp_path, [500], opening=(480, 40)) == []


def test_windows_are_asked_for_ahead_on_either_way(tmp_path: Path) -> None:
    assert asked(tmp_path, [0, 1]) == [40]
    assert asked(tmp_path, range(31)) == [40, 80]
    assert asked(tmp_path, [500, 499], opening=(480, 40)) == [440, 400]
    assert asked(tmp_path, range(999, 900, -1), opening=(960, 40)) == [920, 880, 840]
    assert asked(tmp_path, [30, 29, 28], opening=(20, 40)) == [0]


def test_one_question_at_a_time(tmp_path: Path) -> None:
    assert asked(tmp_path, range(100), answered=False) == [40]


def test_a_leap_asks_for_what_is_around_it_alone(tmp_path: Path) -> None:
    assert asked(tmp_path, [0, 500]) == [480]
    assert asked(tmp_path, [0, 999]) == [960]
    assert asked(tmp_path, [0, 999, 0, 999]) == [960]
    assert asked(tmp_path, [500, 45], opening=(480, 40)) == [25]


def test_a_wide_picture_is_filled_to_its_edges(tmp_path: Path) -> None:
    assert asked(tmp_path, [500], opening=(480, 40), beside=30) == [520, 440]
    assert asked(tmp_path, [0], beside=30) == []
    assert asked(tmp_path, [30], beside=30) == [40]


def test_all_steps_are_here_in_the_end(tmp_path: Path) -> None:
    assert asked(tmp_path, range(1000)) == list(range(40, 961, 40))
    assert asked(tmp_path, range(999, -1, -1), opening=(955, 45)) == [*range(915, 0, -40), 0]
