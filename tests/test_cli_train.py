"""``python -m rnnviz train``: a file that the pages can open, progress on one line, a clean stop."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnviz import cli, train
from rnnviz.checkpoints import load
from rnnviz.models import build
from rnnviz.spec import TASKS, ModelSpec, TaskSpec, TrainSpec
from tests.serving import PATIENCE, ROOT

TRAINED_APART = ("sentiment", "characters", "sequences", "attention", "words")
SMALL = ["--hidden", "6", "--embedding", "4", "--steps", "20", "--batch", "8", "--length", "5"]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_a_network_for_a_task(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "latch", *SMALL, "--seed", "3", "--cell", "gru"]) == 0
    said = capsys.readouterr().out
    path = runs / "latch-5-gru.safetensors"
    assert said.startswith("latch-5-gru: loss 0.")
    assert f"% on 2000 held-out sequences: {path} (" in said
    assert said.count("\n") == 1
    checkpoint = load("latch-5-gru")
    assert checkpoint.trained_by == TrainSpec(
        ModelSpec("gru", 4, 6, output_size=2, seed=3), TaskSpec("latch", 5), optimizer="adam", rate=0.003,
        max_norm=1.0, steps=20, batch_size=8, seeds=(3,),
    )  # fmt: skip
    assert build(checkpoint.model).rnn.hidden_size == 6
    expected = train.train(checkpoint.trained_by).weights["weight_hh_l0"][0]
    np.testing.assert_array_equal(checkpoint.weights["weight_hh_l0"], expected)


def test_every_choice(runs: Path, tmp_path: Path) -> None:
    chosen = [
        "--cell", "rnn", "--recurrent", "identity", "--layers", "2", "--optimizer", "sgd", "--rate", "0.01",
        "--max-norm", "inf", "--name", "irnn", "--out", str(tmp_path / "here"),
    ]  # fmt: skip
    assert cli.main(["train", "adding", *SMALL, *chosen]) == 0
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["irnn-rnn.safetensors"]
    assert not runs.exists()
    (tmp_path / "here").rename(runs)
    spec = load("irnn-rnn").trained_by
    assert (spec.optimizer, spec.rate, spec.max_norm) == ("sgd", 0.01, None)
    assert spec.model == ModelSpec("rnn", 2, 6, 2, nonlinearity="relu", recurrent="identity", seed=0)


def test_all_that_ship(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    quick = [(family, replace(spec, steps=2)) for family, spec in train.recipes()]
    monkeypatch.setattr(train, "recipes", lambda: iter(quick))
    assert cli.main(["train", "shipped", "--out", str(tmp_path)]) == 0
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(f"{f}-{spec.model.cell}" for f, spec in quick)
    assert capsys.readouterr().out.count("\n") == len(quick)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train"], "required: task"),
        (["train", "sorting"], "invalid choice: 'sorting'"),
        (["train", "latch", "--length", "far"], "invalid int value: 'far'"),
        (
            ["train", "latch", "--name", "../x"],
            "must be lower case letters, digits and hyphens, at most 60; got '../x'",
        ),
        (["train", "latch", "--len", "3"], "unrecognized arguments: --len"),
    ],
)
def test_bad_arguments(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        *(
            (["train", task, option, value], f"{option} must go with one of latch, adding, copy, order, brackets")
            for task in (*TRAINED_APART, "shipped")
            for option, value in (("--cell", "gru"), ("--steps", "5"), ("--length", "5"), ("--name", "x"))
        ),
        *(
            (["train", task, "--seed", "0"], f"tomita-7, sentiment; got it with {task}")
            for task in ("sequences", "attention", "characters", "words", "shipped")
        ),
        (
            ["train", "latch", "--data", "."],
            "--data must go with one of sentiment, characters, words; got it with latch",
        ),
        (["train", "latch", "--only", "a"], "--only must go with one of sentiment, attention, characters; got it"),
        (["train", "sequences", "--only", "parity"], "got it with sequences"),
        (["train", "sentiment", "--only", "nobody"], "--only must be one of lecture-lstm, "),
        (["train", "latch", "--cell", "gru", "--forget-bias", "1"], "--forget-bias must go with --cell lstm; got it w"),
    ],
)
def test_what_a_task_does_not_heed_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--length", "1"], "rnnviz: length must be a whole number in 2..500 to be trained; got 1"),
        (["--hidden", "0"], "rnnviz: hidden_size must be a whole number of at least 1; got 0"),
        (["--rate", "nan"], "rnnviz: rate must be a finite number of at least 0; got nan"),
        (["--steps", "20000", "--hidden", "256", "--batch", "512"], "must be at most 50,000,000,000; got "),
    ],
)
def test_settings_that_cannot_be_trained(
    arguments: list[str], message: str, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["train", "latch", *arguments]) == 1
    assert message in capsys.readouterr().err
    assert not runs.exists()


def test_a_folder_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert cli.main(["train", "latch", *SMALL, "--out", str(tmp_path / "file")]) == 1
    assert "file" in capsys.readouterr().err


def test_help_names_every_task() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "rnnviz", "train", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for word in ("--forget-bias", "default: lstm", "--only", "shipped", *TASKS, *TRAINED_APART):
        assert word in result.stdout
    assert "--model" not in result.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no terminals of this kind")
@pytest.mark.usefixtures("interruptible")
def test_interrupting_at_a_terminal(tmp_path: Path) -> None:
    import pty

    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "rnnviz", "train", "latch", "--steps", "20000", "--hidden", "8", "--out"]
    process = subprocess.Popen([*command, str(tmp_path)], cwd=ROOT, stdout=follower, stderr=follower)
    os.close(follower)
    said = b""
    while said.count(b" of 20000, loss ") < 3:
        said += os.read(leader, 1024)
    process.send_signal(signal.SIGINT)
    try:
        while piece := os.read(leader, 1024):
            said += piece
    except OSError:  # how Linux says that nobody writes any more
        pass
    os.close(leader)
    assert process.wait(PATIENCE) == 130
    assert said.count(b"\r\x1b[Klatch-20-lstm: ") >= 4
    assert said.count(b"\n") == 1
    assert b"latch-20-lstm: stopped, and nothing saved (" in said
    assert b"Traceback" not in said
    assert not list(tmp_path.iterdir())
