"""``python -m rnnviz tours`` and ``python -m rnnviz app --tours``."""

import os
from pathlib import Path
from typing import Final

import pytest

from rnnviz import tours
from rnnviz.cli import main
from rnnviz.page_registry import PAGES

TOUR: Final = """---
title: x
---

## A gate
link: Gates?cell=lstm&input=words
look: gates.time.panels

x

**Question.** x

**Answer.** x
"""


def checked(tmp_path: Path, text: str, *options: str) -> int:
    path = tmp_path / "own.md"
    path.write_text(text, encoding="utf-8")
    return main(["tours", "check", str(path), *options])


def test_a_tour_with_nothing_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(tmp_path, TOUR) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'own.md'}: 1 stop, nothing wrong\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("title: x", "titel: x", "line 2: the head must have lines of title"),
        ("cell=lstm", "cell=lstn", "line 5: cell must be one of rnn, lstm, gru; got 'lstn'"),
        ("cell=lstm", "cel=lstm", "line 5: a link must have parameters of"),
        ("input=words", "input=words&t=99", "line 5: t must be in 0..9 for this input; got 99"),
        ("input=words", "views=gates.view:memry", "line 5: the page says: gates.view must be one of"),
        (
            "gates.time.panels",
            "gates.figure",
            "line 5: look must be something that this view shows; gates.figure is elsewhere, e.g. on Gates?",
        ),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, told: str
) -> None:
    assert checked(tmp_path, TOUR.replace(old, new)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"{tmp_path / 'own.md'}: {told}") for line in lines), lines


def test_quick(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What only an opened page can tell is not told."""
    assert checked(tmp_path, TOUR.replace("gates.time.panels", "gates.figure"), "--quick") == 0
    assert "nothing wrong" in capsys.readouterr().out


def test_what_is_no_file_keeps_no_other_from_being_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.md").write_text(TOUR, encoding="utf-8")
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe.md")
    names = ("gone.md", "folder.md", "pipe.md", "own.md")
    assert main(["tours", "check", *(str(tmp_path / name) for name in names), "--quick"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path / 'gone.md'}: the file cannot be read: No such file or directory",
        f"{tmp_path / 'folder.md'}: a tour must be a file; got something else",
        f"{tmp_path / 'pipe.md'}: a tour must be a file; got something else",
        f"{tmp_path / 'own.md'}: 1 stop, nothing wrong",
    ]


def test_a_name_of_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lecture.md").write_text(TOUR, encoding="utf-8")
    assert main(["tours", "check", str(tmp_path / "lecture.md"), "--quick"]) == 1
    assert "a tour that ships has this name" in capsys.readouterr().out


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", "--tours", str(tmp_path / "gone")]) == 1
    assert "--tours must be a folder that is there; got" in capsys.readouterr().err


def test_the_folder_is_said_to_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tours.FOLDER_VARIABLE, "another")
    monkeypatch.setattr("rnnviz.ui.server.serving.serve", lambda *_, **__: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    assert main(["app", "--tours", "own"]) == 0
    assert os.environ[tours.FOLDER_VARIABLE] == str((tmp_path / "own").resolve())


def test_what_may_be_pointed_at_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tours", "targets"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == sum(len(page.targets) for page in PAGES) > 40
    assert ["Gates", "gates.figure", "the", "figure"] in lines
