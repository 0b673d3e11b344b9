"""The page of memory without a browser, with a real worker: what ships, what is trained, stopped and found again."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import checkpoints, jobs, memory_grid
from rnnviz.history import NEVER
from rnnviz.jobs import Seen
from rnnviz.memory_grid import REGIMES, VARIANTS, cell_spec
from rnnviz.outcome import outcome
from rnnviz.page_registry import INSIDE
from rnnviz.progress import Measures, Progress
from rnnviz.runs import identity, network_name
from rnnviz.spec import TaskSpec, TrainSpec
from rnnviz.tasks import task
from rnnviz.ui.pages.memory import figures as memory_figures
from rnnviz.ui.pages.memory import live as memory_live
from rnnviz.ui.pages.memory import view as memory_view
from rnnviz.ui.shell import frame
from tests.serving import ROOT
from tests.together import together
from tests.ui.widgets import mounted

PATIENCE = 90.0
SMALL = "memory.latch_distances:15 memory.cells:lstm-forget-bias-3 memory.latch_steps:70"
"""A grid of one cell that does not ship and is over in a few seconds."""
SPEC = cell_spec(TaskSpec("latch", 15), VARIANTS[4], steps=70)
LONG = "memory.latch_distances:100 memory.cells:lstm memory.latch_steps:3000"

pytestmark = pytest.mark.usefixtures("place")


def page(views: str = "") -> AppTest:
    at = AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE)
    if views:
        at.query_params["views"] = views
    at = at.switch_page("pages/7_Memory.py").run()
    assert not at.exception
    return at


def charts(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def live(at: AppTest) -> dict[str, Any]:
    """What the widget of a grid that fills in was given; empty where there is none."""
    found = mounted(at)
    return json.loads(found[0].proto.json) if found else {}


def grid(at: AppTest) -> list[str]:
    data = live(at)
    return ["<br>".join(cell["lines"]) for cell in data["cells"]] if data else list(charts(at)[0]["data"][-1]["text"])


def labels(at: AppTest) -> list[str]:
    """What can be pressed, the question under the view aside."""
    return [button.label for button in at.button if not (button.key or "").startswith("predict")]


def press(at: AppTest, label: str) -> AppTest:
    (button,) = (button for button in at.button if button.label == label)
    return button.click().run()


def until(at: AppTest, holds: Callable[[AppTest], object]) -> AppTest:
    end = time.monotonic() + PATIENCE
    while not holds(at):
        assert time.monotonic() < end, (labels(at), grid(at))
        time.sleep(0.2)
        at.run()
    assert not at.exception
    return at


def under_way(at: AppTest) -> bool:
    """Whether the first cell has made an update."""
    return re.fullmatch(r"[1-9][0-9,]* of<br>3,000", grid(at)[0]) is not None


def test_the_usual_grid_is_there_at_once() -> None:
    at = page()
    cells = grid(at)
    assert len(cells) == 20
    assert all("✓" in cell or "✗" in cell for cell in cells)
    assert cells[-1] == "✓ 100<br>✓ 100<br>✓ 100"
    assert labels(at) == ["Train everything here"]
    links = {link.proto.label: link.proto.query_string for link in at.main.get("page_link") if link.proto.query_string}
    assert links == dict.fromkeys(
        (f":primary[**{page.title}** →]" for page in INSIDE), "trained=memory-latch-40-bias3&cell=lstm"
    )


@together("view", memory_view.VIEWS.values())
@together("name", REGIMES)
def test_every_view_of_every_task(view: memory_view.View, name: memory_grid.MemoryTask) -> None:
    labels_of = {"grid": "by-distance", "tasks": "the-task", "windows": "truncated-backpropagation"}
    task_slug = {"latch": "latch", "adding": "adding", "copy": "copy", "order": "temporal-order"}[name]
    at = page(f"memory.view:{labels_of[view]} memory.task:{task_slug}")
    assert len(charts(at)) == {"grid": 2, "tasks": 1, "windows": 3}[view]
    text = " ".join(element.value for element in at.markdown)
    assert "**What you see.**" in text
    assert "**Ask yourself.**" in text
    assert "<!--" not in text


def test_choices_lead_to_the_network_of_their_cell() -> None:
    at = page("memory.row:t-20 memory.column:gru")
    links = {link.proto.query_string for link in at.main.get("page_link") if link.proto.query_string}
    assert links == {"trained=memory-latch-20&cell=gru"}
    assert charts(at)[1]["layout"]["title"]["text"] == "GRU: accuracy"
    assert charts(at)[1]["layout"]["title"]["subtitle"]["text"].startswith("Latch, T = 20.<br>")


@pytest.mark.slow
def test_a_training_fills_its_cell_and_is_found_by_another_visitor() -> None:
    at = page(SMALL)
    assert grid(at) == ["not<br>trained"]
    assert labels(at) == ["Train all"]
    at = until(press(at, "Train all"), lambda at: "✓" in grid(at)[0])
    until(at, lambda at: "Stop" not in labels(at))
    job = jobs.find(identity((SPEC,)), TrainSpec)
    assert job is not None
    found = outcome(jobs.result(job)[0])
    assert grid(at)[0].count("✓") == found.solved
    links = {link.proto.query_string for link in at.main.get("page_link") if link.proto.query_string}
    first = found.solved_at.index(min(at for at in found.solved_at if at != NEVER))
    assert links == {f"trained={network_name(SPEC, first)}&cell=lstm"}
    assert f"Look inside the network of seed {first}, solved after " in " ".join(text.value for text in at.markdown)
    assert checkpoints.load(f"{network_name(SPEC, first)}-lstm").task == TaskSpec("latch", 15)
    assert grid(page(SMALL)) == grid(at)


def test_a_training_is_stopped_and_begun_again() -> None:
    at = until(press(page(LONG), "Train all"), under_way)
    at = press(at, "Stop")
    at = until(at, lambda at: "stopped" in grid(at)[0])
    at = until(at, lambda at: "Train all" in labels(at))
    at = until(press(at, "Train all"), under_way)
    press(at, "Stop")
    until(at, lambda at: "stopped" in grid(at)[0])


@pytest.mark.slow
def test_a_grid_of_more_trainings_than_may_wait_is_trained_while_its_page_is_open() -> None:
    other = until(press(page(LONG), "Train all"), under_way)
    at = press(page("memory.latch_distances:15 memory.latch_steps:52"), "Train all")
    assert grid(at) == ["waits"] * 5
    assert not at.warning
    specs = [cell_spec(TaskSpec("latch", 15), variant, steps=52) for variant in VARIANTS]
    found = [jobs.find(identity((spec,)), TrainSpec) for spec in specs]
    assert [job is not None for job in found] == [True] * 4 + [False], "the fifth is asked for later"
    press(other, "Stop")
    until(at, lambda at: all("✓" in cell or "✗" in cell for cell in grid(at)) and "Stop" not in labels(at))


def test_a_grid_that_another_has_asked_for_can_be_asked_for_too() -> None:
    busy = until(press(page(LONG), "Train all"), under_way)
    small = "memory.latch_distances:15 memory.cells:lstm memory.latch_steps:53"
    mine = press(page(small), "Train all")
    assert "Train all" not in labels(mine)
    yours = page(small)
    assert grid(yours) == ["waits"]
    yours = press(yours, "Train all")
    assert "Train all" not in labels(yours)
    assert grid(press(mine, "Stop")) == ["goes on<br>for others"]
    press(busy, "Stop")
    until(yours, lambda at: "Stop" not in labels(at))


@pytest.mark.slow
def test_what_others_watch_goes_on_without_one_who_stops() -> None:
    mine = until(press(page(LONG), "Train all"), under_way)
    other = until(page(LONG), lambda at: "Stop" in labels(at))
    mine = until(press(mine, "Stop"), lambda at: grid(at) == ["goes on<br>for others"])
    assert "Other visitors watch 1 of these trainings" in " ".join(one.value for one in mine.warning)
    other.run()
    assert " of<br>3,000" in grid(other)[0]
    time.sleep(5.5)  # until who has left no longer counts as watching
    other = press(other, "Stop")
    until(other, lambda at: "stopped" in grid(at)[0])


def test_all_of_it_here_leaves_out_what_ships() -> None:
    at = page("memory.latch_distances:5 memory.cells:rnn")
    assert grid(at) == ["✓ 50<br>✓ 50<br>✓ 50"]
    assert "Trained beforehand" in charts(at)[0]["layout"]["title"]["subtitle"]["text"]
    at = press(at, "Train everything here")
    assert "memory.here:yes" in at.query_params["views"]
    at = until(at, lambda at: "✓" in grid(at)[0] and "Stop" not in labels(at))
    assert grid(at) == ["✓ 50<br>✓ 50<br>✓ 50"]
    assert "Trained here: at most 600 updates." in charts(at)[0]["layout"]["title"]["subtitle"]["text"]
    at = press(at, "Show the shipped results")
    assert "Trained beforehand" in charts(at)[0]["layout"]["title"]["subtitle"]["text"]


@pytest.mark.parametrize(
    "views",
    [
        "memory.latch_distances:7+x memory.cells:none",
        "memory.row:t-7 memory.column:cnn",
        "memory.view:grid memory.task:brackets",
        "memory.latch_steps:many",
    ],
)
def test_a_link_that_means_nothing_shows_the_usual(views: str) -> None:
    assert grid(page(views)) == grid(page())


def test_what_a_link_asks_for_too_much_of_is_limited_and_not_trained() -> None:
    at = page("memory.latch_steps:1e9")
    assert "memory.latch_steps must be a whole number in 50..3000" in at.warning[0].value.replace("\\", "")
    assert next(box.value for box in at.number_input) == memory_grid.STEPS_LIMIT
    # What had been solved with fewer updates needs no training; the rest has none yet.
    assert [cell == "not<br>trained" for cell in grid(at)] == [
        memory_grid.shipped()[spec].solved < 3 for spec in memory_grid.grid_specs("latch")
    ]
    assert labels(at) == ["Train the 7 that are missing"]


def test_with_fewer_updates_the_grid_is_the_one_that_ships_cut_there() -> None:
    at = page("memory.latch_steps:150 memory.row:t-20 memory.column:lstm-forget-bias-1")
    known = [memory_grid.shipped()[spec].until(150) for spec in memory_grid.grid_specs("latch")]
    assert [cell.count("✓") for cell in grid(at)] == [one.solved for one in known if one]
    assert labels(at) == ["Train everything here"]
    assert "Trained beforehand, torch" in charts(at)[0]["layout"]["title"]["subtitle"]["text"]
    assert "at most 150 updates." in charts(at)[0]["layout"]["title"]["subtitle"]["text"]
    assert charts(at)[1]["layout"]["xaxis"]["range"][1] == pytest.approx(1.03 * 150)


def test_what_is_not_trained_says_where_the_button_is_and_is_counted_rightly() -> None:
    at = page("memory.latch_distances:30 memory.cells:gru")
    assert at.info[0].value.replace("\\", "") == (
        "GRU: Not trained. To train it, use the button in the box above the grid."
    )
    assert "1 training of 3 seeds each" in " ".join(one.value for one in at.caption)


def test_a_network_that_has_not_solved_its_task_is_called_so() -> None:
    said = " ".join(text.value for text in page("memory.row:t-40 memory.column:rnn").markdown)
    assert "Look inside the network of seed 0, which has not solved the task, on the page" in said


@pytest.mark.parametrize("name", REGIMES)
def test_numbers_of_the_latch_are_told_of_the_latch_alone(name: memory_grid.MemoryTask) -> None:
    assert ("k = 11" in prose(memory_view.part("windows", name))) == (name == "latch")


def prose(part: str) -> str:
    text = (frame.TEXTS / "memory.md").read_text(encoding="utf-8")
    return " ".join(text.partition(f"<!-- {part} -->\n")[2].partition("\n<!-- ")[0].split())


# --- What events say ---


def progress(step: int, *scores: float) -> Progress:
    measured = Measures(scores, scores, scores, scores) if scores else None
    return Progress(step, (0.1,) * 3, (0.1,) * 3, (0.1,) * 3, measured)


def test_scores_so_far() -> None:
    events = (progress(1), progress(50, 0.5, 1.0, np.nan), progress(70), progress(100, 0.625, np.nan, np.nan))
    standing = memory_live._unfinished(cell_spec(TaskSpec("latch", 5), VARIANTS[0]), Seen("running", events=events))
    assert (standing.stage, standing.said, standing.share) == ("running", "100 of\n600", 100 / 600)
    made = standing.outcome
    assert made is not None
    assert made.measured_at == (50, 100)
    assert made.scores[:2] == ((0.5, 0.625), (1.0,))
    assert made.solved_at == (NEVER, 50, NEVER)


def test_before_the_first_event() -> None:
    spec = cell_spec(TaskSpec("latch", 5), VARIANTS[0])
    assert memory_live._unfinished(spec, Seen("running")).said == "0 of\n600"
    assert memory_live._unfinished(spec, Seen("queued", position=3)).said == "waits"
    assert memory_live._unfinished(spec, Seen("failed", message="killed")).stage == "failed"
    assert memory_live._unfinished(spec, Seen("stopped")).stage == "missing"


@pytest.mark.parametrize(("seconds", "said"), [(4.4, "4 s"), (99.4, "99 s"), (130, "2 min"), (1316, "22 min")])
def test_how_long_it_may_take(seconds: float, said: str) -> None:
    assert memory_live._duration(seconds) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("latch", "Guessing: accuracy 50%, a loss of ln 2 = 0.693."),
        ("order", "Guessing: accuracy 25%, a loss of ln 4 = 1.39."),
        ("adding", "Always predicting 1: a mean squared error of 1/6 = 0.167."),
        ("copy", "Guessing: accuracy 12.5%, loss 10 ln 8 / (T + 20) = 0.52."),
    ],
)
def test_baselines(name: memory_grid.MemoryTask, said: str) -> None:
    assert memory_figures.baseline_said(task(TaskSpec(name, 20))).replace("\u00a0", " ") == said
