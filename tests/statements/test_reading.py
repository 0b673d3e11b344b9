"""A sentence is found by its words, and its numbers are those that stand in it."""

import pytest

from tests.serving import ROOT
from tests.statements.reading import Number, numbers


def written(text: str, sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> list[Number]:
    monkeypatch.setattr("tests.statements.reading.ROOT", tmp_path)
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    return numbers("page.md", sentence)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("39", Number(39, 1)),
        ("1,461", Number(1461, 1)),
        ("0.95", Number(0.95, 0.01)),
        (".870", Number(0.87, 0.001)),
        ("−0.5", Number(-0.5, 0.1)),
        ("10⁻⁶", Number(1e-6, 1e-6)),
        ("three", Number(3, 1)),
        ("no", Number(0, 1)),
    ],
)
def test_a_number_and_its_last_digit(text, number, monkeypatch, tmp_path):
    assert written(f"At first\nit keeps {text} %, later less.", "it keeps {} %,", monkeypatch, tmp_path) == [number]


def test_a_sentence_that_is_not_there_or_there_twice_fails(monkeypatch, tmp_path):
    for text in ("It keeps 4 %.", "it keeps 4 of 5. it keeps 5 of 5.", "it keeps some of 5."):
        with pytest.raises(AssertionError, match=r"must have this sentence once; got it [02] times"):
            written(text, "it keeps {} of {}.", monkeypatch, tmp_path)


def test_what_a_number_is_rounded_from():
    assert Number(0.6, 0.1).is_rounded(0.6499)
    assert not Number(0.6, 0.1).is_rounded(0.66)
    assert Number(39, 1).is_rounded(39.1)
    assert not Number(39, 1).is_rounded(39.6)


def test_the_files_are_the_projects():
    assert numbers("README.md", "# rnnviz") == []
    assert (ROOT / "README.md").is_file()
