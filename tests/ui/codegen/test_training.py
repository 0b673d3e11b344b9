"""The code that is shown runs as it is, and trains the same network as the library: checked by running it."""

import contextlib
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from rnnviz import clipping, figures, jobs
from rnnviz.analysis import course, sweeps
from rnnviz.characters.in_app import train_on_text
from rnnviz.spec import CharacterSpec, ModelSpec, ReviewSpec, Source, TaskSpec, TrainSpec, text_key
from rnnviz.train import train, train_together
from rnnviz.ui.pages.characters import code as characters
from rnnviz.ui.pages.characters import lesson as character_lesson
from rnnviz.ui.pages.clipping import training as training_view
from rnnviz.ui.pages.clipping import training_code as training
from rnnviz.ui.pages.clipping.training_code import training_code
from rnnviz.ui.reviews import code as reviews
from rnnviz.ui.reviews import data as review_data
from rnnviz.ui.reviews import training as review_training
from rnnviz.ui.shell.runs import Run
from tests.sentiment.made_up import write_parquet
from tests.ui.codegen.running import assert_same, drawn, run

FIRST = 5
SHORT = [replace(preset, steps=FIRST, seeds=(3,)) for preset in clipping.PRESETS.values()]
OTHERS = [
    replace(SHORT[2], model=ModelSpec("lstm", 2, 8, forget_bias=3.0), max_norm=None),
    replace(SHORT[2], model=ModelSpec("lstm", 2, 8, recurrent="identity"), max_norm=None, max_value=0.01),
    replace(SHORT[3], model=ModelSpec("gru", 2, 8, recurrent="orthogonal", bias=False), max_norm=0.01, max_value=0.02),
]


def printed(spec: TrainSpec) -> np.ndarray:
    """What the code of a spec prints: (update; number, loss, norm)."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(training_code(spec), "shown", "exec"), {"__name__": "__main__"})  # noqa: S102 - the code is the test
    rows = re.findall(r"(\d+)  loss (\S+)  norm (\S+)", output.getvalue())
    return np.array(rows, float)


@pytest.mark.parametrize("spec", SHORT + OTHERS, ids=lambda spec: spec.model.initialisation or spec.model.cell)
def test_the_code_prints_the_first_losses_and_norms_of_the_page(spec: TrainSpec) -> None:
    history = train(spec)
    rows = printed(spec)
    assert list(rows[:, 0]) == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(rows[:2, 1], history.loss[0, :2], rtol=2e-3)  # rounding explodes with gradients
    np.testing.assert_allclose(rows[:2, 2], history.grad_norm[0, :2], rtol=2e-3)


def test_no_clipped_step_is_longer_than_the_threshold_allows() -> None:
    spec = replace(SHORT[0], max_norm=0.5, rate=0.1)
    ending = "    moved = [p.detach().clone() for p in parameters]\n"
    code = training_code(spec).replace(
        "    optimizer.step()\n",
        f"{ending}    optimizer.step()\n    steps.append((moved, [p.detach().clone() for p in parameters]))\n",
    )
    found: list[tuple[list[Any], list[Any]]] = []
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "shown", "exec"), {"steps": found})  # noqa: S102 - the code is the test
    lengths = [np.sqrt(sum(float(((b - a) ** 2).sum()) for a, b in zip(*pair, strict=True))) for pair in found]
    assert max(lengths) == pytest.approx(0.05, rel=1e-3)


def test_what_the_code_is_not_for_is_refused() -> None:
    with pytest.raises(ValueError, match="the code is for adding with one layer; got latch, 1 layers"):
        training_code(replace(SHORT[0], task=TaskSpec("latch", 5)))


# --- The code behind the figures ---


@pytest.fixture(scope="module")
def short() -> Run:
    """Two arms of a few updates that nobody ships."""
    pair = clipping.pair(replace(SHORT[2], steps=60, seeds=(3, 4), every=20))
    return Run("short", -1, going=False, courses=tuple(course(one) for one in train_together(pair)))


@pytest.mark.parametrize("arm", [None, 0, 1])
@pytest.mark.parametrize("name", ["loss", "grad_norm", "answers"])
def test_figures_of_two_arms(short: Run, name: str, arm: int | None) -> None:
    for shown in (short, training_view.shipped_pair("IRNN, SGD"), training_view.shipped_pair("GRU, SGD")):
        wanted = training_view.Request(name, "light", None if name == "answers" else arm, logarithmic=arm != 1)
        code = training.figure(name, training_view.made(shown), wanted.arm, training_view.told(wanted, shown))
        assert_same(drawn(code), training_view.figure_of(wanted, shown))


def test_figures_of_many_thresholds() -> None:
    spec = replace(SHORT[3], steps=12, every=6)
    found = sweeps([course(one) for one in train_together(clipping.arms(spec, clipping.KINDS[1:]))])
    both = tuple(clipping.shipped_sweep(kind) for kind in clipping.KINDS)
    cases = {"one": (found, ("thresholds", "norms")), "both": (both, ("thresholds", "shares", "norms"))}
    for run_id, (of, names) in cases.items():
        held = training_view.Sweeps(run_id, 0, of)
        for name in names:
            wanted = training_view.Request(name, "light", 4 if name == "norms" else None)
            code = training.thresholds(name, *training_view.swept(held), wanted.arm, training_view._sweep_said(held))
            assert_same(drawn(code), training_view.sweep_figure_of(wanted, held))


def test_a_training_on_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'the cat\'s "mat"; the dog sat on the log.\n' * 60
    (tmp_path / "text.txt").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    spec = CharacterSpec(text_key(text), "gru", hidden_size=16, updates=30)
    model, _ = train_on_text(spec, text, lambda _: True)
    job = jobs.CharacterJob("one", (spec,))
    monkeypatch.setattr("rnnviz.jobs.result", lambda _: model)
    lesson = character_lesson.finished_lesson(job)
    page = character_lesson.figure_of(lesson, "light")
    assert_same(drawn(characters.lesson(spec, character_lesson.caption(spec))), page)


def test_a_training_on_the_library() -> None:
    code = characters.lesson(CharacterSpec("0" * 64, updates=3), "LSTM.", library=2_000)
    assert "beginning(2000)" in code
    assert len(run(code)["shown"]) == 1


@pytest.mark.parametrize(("name", "source"), [("loss", "imdb"), ("accuracy", "imdb"), ("accuracy", "synthetic")])
def test_a_training_on_reviews(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: Source) -> None:
    write_parquet(tmp_path / "aclImdb")
    monkeypatch.chdir(tmp_path)
    spec = ReviewSpec("lecture-lstm", reviews=32, words=12, epochs=2, batch_size=16, rate=0.01, source=source)
    other = replace(spec, epochs=1)
    names = run(reviews.lesson(name, spec, "Baseline LSTM.", [other]))
    assert names["spec"] == spec
    card = names["model"].card
    assert len(card["losses"]) == spec.steps
    ends = tuple((entry["accuracy"], entry["validation_accuracy"]) for entry in card["history"])
    done = review_training.ReviewRun("one", -1, False, spec, tuple(card["losses"]), ends, names["model"])
    shipped = review_training.shipped_accuracy("lecture-lstm", source)
    (before,) = names["earlier"]
    earlier = review_training.ReviewRun("two", -1, False, before.spec, tuple(before.losses), tuple(before.ends))
    assert (before.spec, len(before.losses)) == (other, other.steps)
    page = figures.review_curve(review_training.pictures(done, shipped, (earlier,))[name], caption=["Baseline LSTM."])
    assert_same(names["shown"][0], page)


@pytest.mark.parametrize("name", get_args(reviews.DataName))
def test_the_reviews_that_ship(name: reviews.DataName) -> None:
    names = run(reviews.data(name, review_data.CAPTION))
    assert_same(names["shown"][0], review_data.figure_of(name, "light"))
