"""What anybody types becomes tokens, or is refused with what is expected and what came."""

import pytest

from rnnviz.attention.tasks import LONGEST
from rnnviz.sequences import KINDS, PROBLEMS, of_kind
from rnnviz.sequences.reading import tokens_of
from tests.together import together


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
        ("reversing", "0" * LONGEST, ("0",) * LONGEST),
    ],
)
def test_what_can_be_read(name: str, text: str, tokens: tuple[str, ...]) -> None:
    assert tokens_of(name, text) == tokens


@together(
    "name, text, told",
    [
        ("digit-word", "", "Enter at least one digit (0 to 9)."),
        ("digit-word", "12a", "Enter only digits (0 to 9), with or without spaces; got “a”."),
        ("digit-word", "٣", "Enter only digits (0 to 9)"),
        ("digit-word", "1" * 11, "Enter at most 10 digits; got 11."),
        ("counting", "0", "Enter a whole number from 1 to 20; got “0”"),
        ("counting", "21", "Enter a whole number from 1 to 20; got “21”"),
        ("counting", "-3", "Enter a whole number from 1 to 20; got “-3”"),
        ("counting", "5.5", "Enter a whole number from 1 to 20"),
        ("counting", "9" * 5000, "Enter a whole number from 1 to 20; got “99999999999999999999…”"),
        ("counting", "five\x00", "got “five·”"),
        ("parity", "102", "Enter only bits (0 or 1), with or without spaces; got “2”."),
        ("parity", "1" * 201, "Enter at most 200 bits; got 201."),
        ("word-classes", "!?", "Enter at least one word."),
        ("word-classes", "the " * 41, "at most 40 words; got 41"),
        ("review", "\u200b", "Enter at least one word."),
        ("review", "a " * 201, "at most 200 words; got 201"),
        ("reversing", "1" * (LONGEST + 1), f"Enter at most {LONGEST} digits; got {LONGEST + 1}."),
        ("nothing", "1", "problem must be one of digit-word"),
    ],
)
def test_what_cannot(name: str, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"^(Enter |problem must be )") as refused:
        tokens_of(name, text)
    assert told in str(refused.value)
