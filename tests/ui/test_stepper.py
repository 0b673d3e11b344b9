"""The clock of whatever is stepped through, as node runs it: as fast as it says, also where the browser is busy."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

from rnnviz.widgets.sources import ASSETS
from tests.node import NODE

BEGIN: Final = """
import { Stepper } from "./stepper.mjs";
import { lend } from "./loan.mjs";
let now = 0;
let tick = null;
Object.defineProperty(globalThis, "performance", { value: { now: () => now } });
globalThis.setInterval = (act) => { tick = act; return 1; };
globalThis.clearInterval = () => { tick = null; };
globalThis.setTimeout = () => 0;
const steps = [];
const quiet = () => {};
const stepper = new Stepper({ onStep: (t) => steps.push(t), onSettle: quiet, onPlay: quiet, speed: 10 });
stepper.setCount(1000);
const after = (...times) => { for (const time of times) { now = time; tick?.(); } };
"""


def steps(folder: Path, script: str) -> Any:
    """Which steps were shown."""
    for name in ("stepper", "loan"):
        (folder / f"{name}.mjs").write_text((ASSETS / "shared" / f"{name}.js").read_text(encoding="utf-8"), "utf-8")
    done = subprocess.run(
        [str(NODE), "--input-type=module", "--eval", f"{BEGIN}{script}\nconsole.log(JSON.stringify(steps));"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_step_a_tick_where_there_is_time(tmp_path: Path) -> None:
    assert steps(tmp_path, "stepper.toggle(); after(100, 199, 301, 399, 500);") == [1, 2, 3, 4, 5]


def test_what_was_missed_is_made_up_for_but_not_a_long_sleep(tmp_path: Path) -> None:
    assert steps(tmp_path, "stepper.setSpeed(100); stepper.toggle(); after(10, 40, 50);") == [1, 4, 5]
    assert steps(tmp_path, "stepper.setSpeed(100); stepper.toggle(); after(10, 9000, 9010);") == [1, 14, 15]
    assert steps(tmp_path, "stepper.toggle(); after(100, 5000, 5100);") == [1, 3, 4]


def test_ticks_that_come_too_soon_after_a_late_one_are_no_steps(tmp_path: Path) -> None:
    assert steps(tmp_path, "stepper.toggle(); after(160, 200, 300);") == [2, 3]


def test_a_pause_is_not_made_up_for(tmp_path: Path) -> None:
    script = "stepper.toggle(); after(100); stepper.pause(); after(5000); stepper.toggle(); after(5100);"
    assert steps(tmp_path, script) == [1, 2]


def test_another_speed_counts_from_now(tmp_path: Path) -> None:
    assert steps(tmp_path, "stepper.toggle(); after(100); now = 190; stepper.setSpeed(100); after(200, 210);") == [
        1,
        2,
        3,
    ]


def test_it_begins_calmly_for_those_who_want_little_motion(tmp_path: Path) -> None:
    calm = (
        "globalThis.matchMedia = (asked) => ({ matches: asked.includes('reduce') });"
        "const begins = (given) => steps.push(new Stepper({ ...given, onPlay: quiet }).speed);"
        "begins({}); begins({ speed: 8 }); begins({ speeds: [1, 4, 15, 30, 60], speed: 30 }); begins({ speed: 0.5 });"
        "globalThis.matchMedia = () => ({ matches: false }); begins({ speeds: [1, 4, 15, 30, 60], speed: 30 });"
    )
    assert steps(tmp_path, calm) == [2, 4, 4, 0.5, 30]


def test_at_its_end_it_begins_where_it_is_told_to(tmp_path: Path) -> None:
    assert steps(tmp_path, "stepper.t = 999; stepper.first = 40; stepper.toggle(); after(100);") == [40, 41]
    assert steps(tmp_path, "stepper.t = 999; stepper.toggle(); after(100);") == [0, 1]
    assert steps(tmp_path, "stepper.t = 998; stepper.toggle(); after(100, 200, 300);") == [999]


def test_while_it_is_lent_no_hand_moves_it_and_it_comes_back_as_it_was(tmp_path: Path) -> None:
    lent = "stepper.go(5); const loan = lend(stepper); loan.show(1); stepper.go(9); stepper.toggle(); loan.show(2000);"
    assert steps(tmp_path, lent) == [5, 1, 999]
    assert steps(tmp_path, f"{lent} loan.back(); stepper.go(6); stepper.toggle(); after(100);") == [5, 1, 999, 5, 6, 7]


def test_of_steps_that_are_lent_nobody_hears(tmp_path: Path) -> None:
    script = """
const due = [];
globalThis.setTimeout = (act) => due.push(act);
globalThis.clearTimeout = (k) => { due[k - 1] = () => {}; };
stepper.onSettle = (t) => steps.push(`settled ${t}`);
const loan = lend(stepper); loan.show(7);
for (const act of due) act();
loan.back();
for (const act of due) act();
stepper.go(3);
const second = lend(stepper); second.show(7);
for (const act of due) act();
second.back();
for (const act of due.slice()) act();
"""
    assert steps(tmp_path, script) == [7, 0, 3, 7, 3, "settled 3"]
