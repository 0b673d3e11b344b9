"""What anybody types becomes tokens, or is refused with what is expected and what came."""

import pytest

from rnnviz.sequences import KINDS, PROBLEMS, of_kind
from rnnviz.sequences.reading import tokens_of


def test_every_kind_has_a_problem_and_every_sample_can_be_read() -> None:
    assert [kind for kind in KINDS if not of_kind(kind)] == []
    for name, problem in PROBLEMS.items():
        for sample in problem.samples:
            assert tokens_of(name, sample)


@pytest.mark.parametrize(
    ("name", "text", "tokens"),
    [
        ("digit-word", " 3,1;4 ", ("3", "1", "4")),
        ("counting", " 007 ", ("7",)),
        ("parity", "10 1\n1", ("1", "0", "1", "1")),
        ("word-classes", "They WATCH, the watch!", ("they", "watch", "the", "watch")),
        ("review", "It's good. <b>", ("It's", "good", "b")),
        ("reversing", "0" * 30, ("0",) * 30),
    ],
)
def test_what_can_be_read(name: str, text: str, tokens: tuple[str, ...]) -> None:
    assert tokens_of(name, text) == tokens


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("digit-word", "", "at least one of the digits 0 to 9; got none"),
        ("digit-word", "12a", "only digits 0 to 9, with or without blanks between; got “a”"),
        ("digit-word", "٣", "only digits 0 to 9"),
        ("digit-word", "1" * 11, "at most 10 digits 0 to 9; got 11"),
        ("counting", "0", "a whole one from 1 to 20; got “0”"),
        ("counting", "21", "a whole one from 1 to 20; got “21”"),
        ("counting", "-3", "a whole one from 1 to 20; got “-3”"),
        ("counting", "5.5", "a whole one from 1 to 20"),
        ("counting", "9" * 5000, "a whole one from 1 to 20; got “99999999999999999999…”"),
        ("counting", "five\x00", "got “five·”"),
        ("parity", "102", "only bits 0 and 1, with or without blanks between; got “2”"),
        ("parity", "1" * 201, "at most 200 bits 0 and 1; got 201"),
        ("word-classes", "!?", "at least one word; got none"),
        ("word-classes", "the " * 41, "at most 40 words; got 41"),
        ("review", "\u200b", "at least one word; got none"),
        ("review", "a " * 201, "at most 200 words; got 201"),
        ("reversing", "1" * 31, "at most 30 digits 0 to 9; got 31"),
        ("nothing", "1", "problem must be one of digit-word"),
    ],
)
def test_what_cannot(name: str, text: str, told: str) -> None:
    with pytest.raises(ValueError, match="must be") as refused:
        tokens_of(name, text)
    assert told in str(refused.value)
