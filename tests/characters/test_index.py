"""An index is what the network's states are; damaged and hostile files are refused, and made again."""

import json
import math
import os
import re
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from rnnviz import cli
from rnnviz.characters import corpus, index
from rnnviz.characters.corpus import Searched, python_library
from rnnviz.characters.index import STREAMS, IndexSpec, glance, look, make
from rnnviz.characters.network import fingerprint
from rnnviz.matching.search import THRESHOLDS, find, levels, packed
from tests.characters.made_up import made_up

TEXT = ("def ab(c):\n    # hi \"k\"\n    a = 'bad (cab'\n    bag = [c, 'd']\n" * 400)[: 64 * STREAMS * 4]


def wanted(signal: str = "h", units: int = 12) -> IndexSpec:
    return IndexSpec(fingerprint(made_up()), "0" * 16, signal, units, len(TEXT))


@pytest.mark.parametrize("signal", ["h", "c"])
def test_its_bits_are_the_states(tmp_path: Path, signal: str) -> None:
    model = made_up()
    told: list[int] = []
    make(model, TEXT, wanted(signal), tmp_path, lambda _, read: told.append(read))
    bits = look(wanted(signal), tmp_path)
    assert bits is not None
    assert told[-1] == bits.read == len(TEXT) // STREAMS
    reached = levels(model.trace(TEXT).panel(signal), THRESHOLDS[signal])
    for level in (1, 2, 3):
        for unit in range(12):
            on = np.unpackbits(bits.on(unit, level).view(np.uint8), bitorder="little")
            assert (on != (reached[:, unit] >= level)).mean() < 1e-3, "but for what rounding moves over a threshold"


def test_a_search_in_it_is_one_in_the_trace(tmp_path: Path) -> None:
    model = made_up()
    make(model, TEXT, wanted(), tmp_path)
    bits = look(wanted(), tmp_path)
    assert bits is not None
    own = packed(levels(model.trace(TEXT).panel("h"), THRESHOLDS["h"]))
    one, other = (find(some, [1, 4, 7], 3, 1) for some in (bits, own))
    assert abs(one.complete - other.complete) < 0.01 * len(TEXT)
    assert one.complete > 0


def note_at() -> int:
    """Where the note begins in a file."""
    return math.prod(wanted().shape)


@pytest.mark.parametrize("damage", ["cut", "longer", "flipped", "empty note", "other note", "list", "deep", "no file"])
def test_what_is_damaged_is_refused_with_the_reason_and_made_again(tmp_path: Path, damage: str) -> None:
    path = make(made_up(), TEXT, wanted(), tmp_path)
    content = path.read_bytes()
    bits, note = content[: note_at()], content[note_at() :]
    match damage:
        case "cut":
            path.write_bytes(bits[:-1])
        case "longer":
            path.write_bytes(content + b"\0")
        case "flipped":
            path.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
        case "empty note":
            path.write_bytes(bits)
        case "other note":
            path.write_bytes(bits + json.dumps({**json.loads(note), "thresholds": [0, 0, 0]}).encode())
        case "list":
            path.write_bytes(bits + b"[]")
        case "deep":
            path.write_bytes(bits + b"[" * 100_000)
        case "no file":
            path.unlink()
            path.mkdir()
    with pytest.raises(ValueError, match=f"{wanted().key}.bits (is damaged|cannot be read): "):
        look(wanted(), tmp_path)
    assert path.exists(), "who looks deletes nothing"
    if damage == "no file":
        path.rmdir()
    make(made_up(), TEXT, wanted(), tmp_path)
    assert look(wanted(), tmp_path) is not None
    assert path.read_bytes() == content


def damaged(folder: Path) -> None:
    """Change the digest of the index in a folder, wherever it stands."""
    files = [file for file in folder.iterdir() if b'"digest": "' in file.read_bytes()]
    assert len(files) == 1
    begin, found, digest = files[0].read_bytes().rpartition(b'"digest": "')
    files[0].write_bytes(begin + found + bytes([digest[0] ^ 1]) + digest[1:])


def glimpsed(folder: Path) -> None:
    with suppress(ValueError):
        look(wanted(), folder)


def test_who_looks_just_as_one_takes_its_name_takes_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(made_up(), TEXT, wanted(), tmp_path)
    damaged(tmp_path)
    replace = Path.replace

    def then_look(self: Path, target: Path) -> Path:
        path = replace(self, target)
        glimpsed(tmp_path)
        return path

    monkeypatch.setattr(Path, "replace", then_look)
    make(made_up(), TEXT, wanted(), tmp_path)
    assert look(wanted(), tmp_path) is not None


def test_who_reads_a_damaged_one_while_another_is_made_leaves_that_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(made_up(), TEXT, wanted(), tmp_path)
    damaged(tmp_path)
    digest = index._digest

    def meanwhile(planes: np.ndarray) -> str:
        monkeypatch.setattr(index, "_digest", digest)
        make(made_up(), TEXT, wanted(), tmp_path)
        return digest(planes)

    monkeypatch.setattr(index, "_digest", meanwhile)
    glimpsed(tmp_path)
    assert look(wanted(), tmp_path) is not None


def test_another_network_text_or_signal_has_another_name(tmp_path: Path) -> None:
    make(made_up(), TEXT, wanted(), tmp_path)
    others = [
        IndexSpec(fingerprint(made_up(seed=4)), "0" * 16, "h", 12, len(TEXT)),
        IndexSpec(fingerprint(made_up()), "1" * 16, "h", 12, len(TEXT)),
        wanted("c"),
    ]
    assert len({one.key for one in (wanted(), *others)}) == 4
    assert all(look(one, tmp_path) is None for one in others)


def test_one_in_the_making_can_be_looked_into(tmp_path: Path) -> None:
    seen: list[int] = []

    def tell(partial: str, read: int) -> None:
        bits = glance(wanted(), tmp_path, partial, read)
        assert bits is not None
        assert find(bits, [1, 4, 7], 3, 1).searched == STREAMS * read
        seen.append(read)
        assert look(wanted(), tmp_path) is None

    make(made_up(), TEXT, wanted(), tmp_path, tell)
    assert seen
    for partial in ("../../etc/passwd", ".making-0-x", "", f".making-{wanted().key}-gone"):
        assert glance(wanted(), tmp_path, partial, 4) is None
    assert not list(tmp_path.glob(".making-*"))


def test_one_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def tell(_: str, __: int) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        make(made_up(), TEXT, wanted(), tmp_path, tell)
    assert not list(tmp_path.iterdir())


def test_only_some_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "KEPT", 2)
    of = [IndexSpec(fingerprint(made_up()), f"{k:016x}", "h", 12, len(TEXT)) for k in range(3)]
    for k, one in enumerate(of):
        make(made_up(), TEXT, one, tmp_path)
        os.utime(tmp_path / f"{one.key}.bits", (k, k))
    make(made_up(), TEXT, of[2], tmp_path)
    assert [look(one, tmp_path) is not None for one in of] == [False, True, True]
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(("signal", "characters"), [("f", 64 * STREAMS), ("h", 0), ("h", 64 * STREAMS + 64)])
def test_what_can_not_be_indexed(signal: str, characters: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        IndexSpec("0" * 16, "0" * 16, signal, 12, characters)


def test_the_library_is_searched_from_what_was_held_out() -> None:
    text = python_library(2**17)
    assert len(text.text) == 2**17
    assert corpus.part_of(text.paths[0]) == "test"
    path, line = text.place(text.text.index("import"))
    source = dict(corpus.modules())[path].split("\n")
    assert "import" in source[line - 1]


def test_places_of_modules() -> None:
    text = Searched("", "a\nb\nc\nd", (0, 4), ("x.py", "y.py"), 4)
    assert [text.place(k) for k in range(7)] == [("x.py", 1)] * 2 + [("x.py", 2)] * 2 + [("y.py", 1)] * 2 + [
        ("y.py", 2)
    ]


def test_the_command_makes_one_that_is_there_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    monkeypatch.setattr("os.nice", lambda _: 0)
    beginning = python_library(64 * STREAMS)
    monkeypatch.setattr("rnnviz.characters.corpus.python_library", lambda: beginning)
    assert cli.main(["index", "python-rnn"]) == 0
    assert "4,096 characters in" in capsys.readouterr().out
    assert len(list((tmp_path / index.FOLDER).iterdir())) == 1
    assert cli.main(["index", "python-rnn"]) == 0
    assert "is there" in capsys.readouterr().out
    damaged(tmp_path / index.FOLDER)
    assert cli.main(["index", "python-rnn"]) == 0
    assert re.search(r"is damaged: .*; it is made again\n(.*\n)*.*4,096 characters in", capsys.readouterr().out)
    assert cli.main(["index", "python-rnn", "--signal", "c"]) == 1, "only an LSTM has c"
