"""``open`` with the folder of a record, and ``app --records``: what the server is told, and what is refused."""

import os
from pathlib import Path

import pytest

from rnnviz import cli
from rnnviz.places import RECORDS_VARIABLE
from rnnviz.record import FILE
from tests.watching.test_record import made


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that servers were started with."""
    paths: list[str] = []
    monkeypatch.setenv(RECORDS_VARIABLE, "another")
    monkeypatch.setattr("rnnviz.ui.server.serving.serve", lambda _, **options: paths.append(options["path"]))
    return paths


def test_a_record_opens_on_its_page(tmp_path: Path, served: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    made().save(tmp_path / "run 1")
    assert cli.main(["open", str(tmp_path / "run 1")]) == 0
    assert served == ["/Your_training"]
    assert os.environ[RECORDS_VARIABLE] == str((tmp_path / "run 1").resolve())
    assert capsys.readouterr().out == "run 1: Record(Tagger; updates 25; rows 3; layers 1)\n"


def test_a_folder_of_records_opens_with_all_of_them(
    tmp_path: Path, served: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        made().save(tmp_path / name)
    assert cli.main(["open", str(tmp_path)]) == 0
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == ["a", "b"]
    assert served


def test_a_folder_of_records_is_offered_to_everybody(tmp_path: Path, served: list[str]) -> None:
    assert cli.main(["app", "--records", str(tmp_path)]) == 0
    assert os.environ[RECORDS_VARIABLE] == str(tmp_path.resolve())
    assert served == [""]


def test_bad_folders_are_refused(tmp_path: Path, served: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["open", str(tmp_path)]) == 1
    assert f"rnnviz: {tmp_path} must hold {FILE}, which rnnviz.watch(model, folder=…) writes" in capsys.readouterr().err
    made().save(tmp_path)
    assert cli.main(["open", str(tmp_path), "--part", "rnn"]) == 1
    assert "--part must be of a network in a file; got it with the folder" in capsys.readouterr().err
    (tmp_path / FILE).write_bytes(b"no record")
    assert cli.main(["open", str(tmp_path)]) == 1
    assert "expected a record that rnnviz.watch wrote" in capsys.readouterr().err
    assert cli.main(["app", "--records", str(tmp_path / "gone")]) == 1
    assert f"--records must be a folder that is there; got {tmp_path / 'gone'}" in capsys.readouterr().err
    assert not served
