"""The standard library as a text: the same files in the same parts everywhere, and nothing but printable ASCII."""

from pathlib import Path

import pytest

from rnnviz.characters import corpus
from rnnviz.characters.corpus import PRINTABLE, decoded, modules, normalised, part_of, python_source, read_text


def test_the_library_of_this_interpreter_in_three_parts() -> None:
    source = python_source()
    sizes = {part: len(getattr(source, part)) for part in corpus.PARTS}
    assert sizes["train"] > 4_000_000
    assert 0.02 < sizes["validation"] / sum(sizes.values()) < 0.1
    assert 0.02 < sizes["test"] / sum(sizes.values()) < 0.1
    assert set(source.train) <= set(PRINTABLE)
    names = [name for name, _ in modules()]
    assert names == sorted(names)
    assert {"json/decoder.py", "argparse.py"} <= set(names)
    assert not [name for name in names if {"test", "tests", "site-packages", "encodings"} & set(name.split("/"))]


@pytest.mark.slow
def test_the_part_of_a_module_hangs_on_its_path_alone() -> None:
    """So a module is held out under every version of Python, or under none."""
    parts = {"json/decoder.py": "train", "argparse.py": "train", "ast.py": "validation", "enum.py": "validation"}
    assert {name: part_of(name) for name in parts} == parts
    held_out = [name for name, _ in modules() if part_of(name) == "test"]
    text = python_source().test
    assert all(source[:200] in text for name, source in modules() if name in held_out[:5])


def test_normalised() -> None:
    assert normalised("a\tb\r\nc\rd\x0ce é\x00😀") == "a   b\nc\nde ???\n"
    assert normalised("a\n") == "a\n"


def test_the_beginning_of_the_library() -> None:
    assert len(corpus.beginning(30_000)) == 30_000
    assert corpus.beginning(1_000) == corpus.beginning(30_000)[:1_000]


def test_an_interpreter_without_sources_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "library", lambda: tmp_path)
    (tmp_path / "one.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="expected the standard library's sources"):
        python_source()
    assert corpus.beginning(1_000) == ""


def test_any_text(tmp_path: Path) -> None:
    text = "0123456789" * 40
    parts = read_text(text)
    assert parts.train + parts.validation + parts.test == text
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (360, 20, 20)
    file = tmp_path / "poem.txt"
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("9", "\r\n").encode())
    assert read_text(file).train.startswith("012345678\n0")
    assert read_text(file).said == "poem.txt"
    with pytest.raises(ValueError, match="at least 100 characters; got 3"):
        read_text("abc")
    with pytest.raises(ValueError, match="must be UTF-8; byte 3 of the file is none"):
        decoded(b"ab\xff")
