"""Indexes are made one after the other by a process that tells how far it is."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnviz.jobs import indexing
from rnnviz.jobs.indexing import Making
from rnnviz.jobs.processes import started


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """None is left from another test."""
    indexing.close()
    yield
    indexing.close()


def saying(*lines: object, code: int = 0, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the process that reads, one that says these lines."""
    import subprocess

    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    program = f"import sys; print({text!r}, flush=True) if {bool(lines)} else None; sys.exit({code})"

    def started(*_: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    monkeypatch.setattr(indexing, "started", started)


def ended(network: str = "python-lstm") -> Making:
    for _ in range(300):
        made = indexing.progress(network, "h")
        if made is not None and made.state in ("done", "failed"):
            return made
        time.sleep(0.05)
    raise TimeoutError


def test_it_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    saying({"partial": ".making-x", "read": 256}, {"partial": ".making-x", "read": 512}, monkeypatch=monkeypatch)
    assert indexing.progress("python-lstm", "h") is None
    indexing.begin("python-lstm", "h")
    assert ended() == Making("done", ".making-x", 512)


def test_what_was_closed_says_nothing_of_what_is_asked_for_next(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        with monkeypatch.context() as patch:
            patch.setattr(indexing, "started", lambda *_: started("http.server", "0"))
            indexing.begin("python-lstm", "h")
            while indexing._process is None:
                time.sleep(0.001)
            indexing.close()
        saying({"partial": ".making-x", "read": 512}, monkeypatch=monkeypatch)
        indexing.begin("python-lstm", "h")
        assert ended() == Making("done", ".making-x", 512)
        indexing.close()


def test_why_it_failed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    saying({"error": "no sources"}, code=1, monkeypatch=monkeypatch)
    indexing.begin("python-lstm", "h")
    assert ended() == Making("failed", message="no sources")
    saying(code=3, monkeypatch=monkeypatch)
    indexing.begin("python-lstm", "h")
    assert "exit code 3" in ended().message


@pytest.mark.parametrize("line", ["what", "[1]", "[" * 4_000, '{"partial": 3, "read": "x"}', "x" * 9_000])
def test_what_is_no_message_ends_it(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    saying(line, monkeypatch=monkeypatch)
    indexing.begin("python-lstm", "h")
    assert ended().state == "failed"


def test_whatever_goes_wrong_is_told_and_the_next_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(indexing, "started", lambda *_: 1 / 0)
        indexing.begin("python-lstm", "h")
        assert ended() == Making("failed", message="ZeroDivisionError: division by zero")
    saying({"partial": ".making-x", "read": 1}, monkeypatch=monkeypatch)
    indexing.begin("python-gru", "h")
    assert ended("python-gru").state == "done"


def test_several_are_made_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    saying({"partial": ".making-x", "read": 1}, monkeypatch=monkeypatch)
    for network in ("python-lstm", "python-gru", "python-rnn"):
        indexing.begin(network, "h")
    assert [ended(network).state for network in ("python-lstm", "python-gru", "python-rnn")] == ["done"] * 3


def test_the_real_process_refuses_what_cannot_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    indexing.begin("python-nothing", "h")
    assert ended("python-nothing").state == "failed"


@pytest.mark.slow
def test_when_the_server_is_gone_it_ends_and_leaves_nothing_half_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    process = started("rnnviz", "index", "python-rnn", "--told")
    assert process.stdin is not None
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert (tmp_path / "indexes" / told["partial"]).is_file()
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()
    assert not list((tmp_path / "indexes").iterdir())
