"""A file is written as a whole or not at all, whoever else writes it at that moment."""

import threading
from pathlib import Path

import pytest

from rnnviz.checkpoints.storing import write


def test_two_threads_write_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, contents = tmp_path / "network.safetensors", [b"a" * 10_000, b"b" * 10_000]
    both, write_bytes = threading.Barrier(2, timeout=30), Path.write_bytes
    failed: list[Exception] = []

    def beside_the_other(half_done: Path, content: bytes) -> int:
        """Both have written before either goes on."""
        written = write_bytes(half_done, content)
        both.wait()
        return written

    def attempt(content: bytes) -> None:
        try:
            write(path, content)
        except OSError as error:
            failed.append(error)

    monkeypatch.setattr(Path, "write_bytes", beside_the_other)
    threads = [threading.Thread(target=attempt, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_leaves_nothing_and_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    path.mkdir()
    (path / "in the way").touch()
    with pytest.raises(OSError, match="network"):
        write(path, b"new")
    assert list(tmp_path.iterdir()) == [path]
