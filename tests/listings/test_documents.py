"""Scripts and the notebook: they run by themselves, and what they assert holds."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rnnviz import listings
from rnnviz.listings.documents import manual_script, sentiment_script
from rnnviz.sentiment import synthetic
from tests.serving import ROOT


def cells() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(listings.notebook())["cells"]
    return found


def run(code: str, folder: Path) -> str:
    """What a script prints in a process of its own, far from rnnviz."""
    path = folder / "program.py"
    path.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)], cwd=folder, env={"OMP_NUM_THREADS": "1"}, capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_notebook_in_docs_is_the_one_that_is_written() -> None:
    kept = (ROOT / "docs" / "lecture.ipynb").read_text(encoding="utf-8")
    assert kept == listings.notebook(), "python -m rnnviz.listings docs/lecture.ipynb writes it"


def test_a_notebook_is_what_jupyter_reads() -> None:
    whole = json.loads(listings.notebook())
    assert (whole["nbformat"], whole["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in whole["cells"]}) == len(whole["cells"]) > 60
    for cell in whole["cells"]:
        keys = {"cell_type", "id", "metadata", "source"}
        assert set(cell) == keys | ({"outputs", "execution_count"} if cell["cell_type"] == "code" else set())
        assert not cell.get("outputs")


def test_each_code_has_a_text_of_one_to_three_sentences_before_it() -> None:
    for block in (block for lesson in listings.LESSONS for block in lesson.blocks):
        assert 1 <= block.text.count(". ") + 1 <= 4, block.name


def test_every_lesson_draws() -> None:
    for lesson in listings.LESSONS:
        assert any(block.draws for block in lesson.blocks), lesson.heading
    ends = {"".join(cell["source"]).splitlines()[-1] for cell in cells()}
    assert {block.draws for lesson in listings.LESSONS for block in lesson.blocks} - {""} <= ends
    assert len(listings.notebook()) < 60_000


def test_the_programs_that_are_shown_need_no_picture() -> None:
    assert not any(block.draws for block in (*listings.MANUAL, *listings.SENTIMENT))


def test_the_lessons_are_those_of_a_lecture() -> None:
    text = "".join("".join(cell["source"]) for cell in cells())
    for topic in ("clip_grad_norm_", "nn.LSTM(", "nn.GRU(", "bidirectional=True", "num_layers=2", "softmax", "detach()",
                  "torch.multinomial", "DataLoader", "padding_idx=0"):  # fmt: skip
        assert topic in text


def test_the_rnn_by_hand_runs_by_itself(tmp_path: Path) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(manual_script(), "manual.py", "exec"), names)  # noqa: S102 - the script is the test
    assert names["by_hand"].shape == (1, 3, 2)


@pytest.mark.slow
def test_the_sentiment_program_runs_by_itself(tmp_path: Path) -> None:
    data = listings.pairs(synthetic.reviews(192, seed=0))
    (tmp_path / "reviews.json").write_text(json.dumps(data), encoding="utf-8")
    code = sentiment_script()
    assert "rnnviz" not in code
    printed = run(code, tmp_path)
    assert "138881" in printed


@pytest.mark.slow
def test_every_cell_runs_and_asserts() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells():
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)  # noqa: S102 - the notebook is the test
    *_, (train_loss, train_accuracy, _, validation_accuracy) = names["history"]
    assert train_loss < names["history"][0][0]
    assert min(train_accuracy, validation_accuracy, names["test_accuracy"]) > 0.8
    assert names["probability"].item() > 0.5
