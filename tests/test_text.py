import os
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.text import (
    MAX_TOKENS,
    ask_about_separators,
    fold,
    parse_rows,
    spelled,
    tokenize,
    vocabulary,
    word_vectors,
    words_of,
)
from tests.together import together


@together(
    "sentence, tokens",
    [
        ("The film didn't cost $1,000.50!", ["The", "film", "didn't", "cost", "$", "1,000.50", "!"]),
        ("“l’été”, naïve…", ["“", "l’été", "”", ",", "naïve", "…"]),
        ("well-known 3rd B2B", ["well", "-", "known", "3rd", "B2B"]),
        ("the dogs' 'n' 3.", ["the", "dogs", "'", "'", "n", "'", "3", "."]),
        ("-5 +1e 2", ["-", "5", "+", "1e", "2"]),
        ("wait...", ["wait", ".", ".", "."]),
        ("cafe\u0301 e\u0301", ["cafe\u0301", "e\u0301"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("צה״ל", ["צה״ל"]),
        ("这部电影很好。", ["这", "部", "电", "影", "很", "好", "。"]),
        ("映画は良かった", ["映", "画", "は", "良", "かった"]),
        ("👩‍👩‍👧👍🏽", ["👩‍👩‍👧", "👍🏽"]),
        ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
        ("❤️‼️1️⃣2️⃣", ["❤️", "‼️", "1️⃣", "2️⃣"]),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿🙂‍↔️", ["🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🙂‍↔️"]),
        ("good👍bad", ["good", "👍", "bad"]),
        ("co\u00adop\x00era\x1bte\ttwo\nlines\u2028three", ["cooperate", "two", "lines", "three"]),
        ("\u202eevil\ud800", ["evil"]),
        (" \u200d\u200b\n", []),
        ("", []),
    ],
)
def test_tokens(sentence, tokens):
    assert list(tokenize(sentence)) == tokens


@given(st.text(st.characters(), max_size=60))
def test_tokens_are_pieces_of_the_sentence_in_order(sentence):
    place = 0
    visible = "".join(c for c in sentence if not _unseen(c))
    for token in tokenize(sentence):
        assert token
        assert not any(c.isspace() for c in token)
        place = visible.index(token, place) + len(token)
    left = set(visible) - set("".join(tokenize(sentence)))
    assert all(c.isspace() or c in "\u200c\u200d" for c in left)


def _unseen(character):
    if "\U000e0020" <= character <= "\U000e007f" or character in "\u200c\u200d":
        return False
    return not character.isspace() and unicodedata.category(character) in ("Cc", "Cf", "Cs")


def test_words_of():
    assert words_of("a " * MAX_TOKENS) == ("a",) * MAX_TOKENS
    with pytest.raises(ValueError, match=r"at least one word or punctuation mark"):
        words_of("\x00 \n")
    with pytest.raises(ValueError, match=r"at most 5,000 words and punctuation marks; got 12,340"):
        words_of("a " * 12_340)


def test_vocabulary_folds():
    assert vocabulary(tokenize("Good, GOOD! Straße STRASSE café cafe\u0301 don't Don’t")) == (
        "good", ",", "!", "strasse", "café", "don't",
    )  # fmt: skip
    assert vocabulary(()) == ()


def test_word_vectors_depend_on_the_word_alone():
    first = word_vectors(("The", "film", "the", "!"), 4, 1)
    second = word_vectors(("!", "THE"), 4, 1)
    assert first.shape == (4, 4)
    assert first.dtype == np.float32
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(first[[3, 0]], second)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first, word_vectors(("The", "film", "the", "!"), 4, 2))
    first[:] = 0
    assert word_vectors(("the",), 4, 1).any()
    assert word_vectors((), 3, 1).shape == (0, 3)


def test_word_vectors_are_the_same_on_every_machine():
    expected = [[-0.010992111638188362, -0.609799325466156], [-1.068296194076538, 1.4553660154342651]]
    assert word_vectors(("good", "bad"), 2, 1).tolist() == pytest.approx(np.array(expected), abs=1e-6)
    code = "from rnnviz.text import word_vectors; print(word_vectors(('Good', 'bad'), 2, 1).tolist())"
    for salt in ("1", "2"):
        shown = subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": salt}, capture_output=True, check=True
        )
        assert np.allclose(eval(shown.stdout), expected, atol=1e-6)  # noqa: S307 - printed by this test


def test_word_vectors_are_standard_normal():
    drawn = word_vectors([f"word{k}" for k in range(400)], 64, 3)
    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.std() - 1) < 0.02


@pytest.mark.parametrize(("size", "seed"), [(0, 1), (2, -1)])
def test_word_vectors_refuse(size, seed):
    with pytest.raises(ValueError, match=r"must be at least . ?; got|must be at least \d; got"):
        word_vectors(("a",), size, seed)


@together(
    "text, rows",
    [
        ("1 1 1\n2 2 2", [[1, 1, 1], [2, 2, 2]]),
        ("1,2\r\n3,4\r\n", [[1, 2], [3, 4]]),
        ("1;2\n3;4", [[1, 2], [3, 4]]),
        ("1\t2\n3\t4", [[1, 2], [3, 4]]),
        ("1,5;2,5\n-3,5;4", [[1.5, 2.5], [-3.5, 4]]),
        ("1,5\t2,5", [[1.5, 2.5]]),
        ("1, 2  3\n4 5 6", [[1, 2, 3], [4, 5, 6]]),
        ("\ufeff1\u00a02\n\n \n,\n3 4\n", [[1, 2], [3, 4]]),
        ("−1 +.5 2. 1e-3 1E2", [[-1, 0.5, 2, 0.001, 100]]),
        ('"1","2"', [[1, 2]]),
        ("[[1,1],[2,2]]", [[1, 1], [2, 2]]),
        ("[[1., 2.]\n [3.  4.]]", [[1, 2], [3, 4]]),
        ("[[1. 2.]\n [3. 4.]]", [[1, 2], [3, 4]]),
        ("[1, 2],\n[3, 4],", [[1, 2], [3, 4]]),
        ("[1,2,3]", [[1, 2, 3]]),
        ("[(1, 2,), (3, 4)]", [[1, 2], [3, 4]]),
        ("[[1,\n2], [3, 4]]", [[1, 2], [3, 4]]),
        ("price,volume\n1,2\n3,4", [[1, 2], [3, 4]]),
        ("time step\n1 2", [[1, 2]]),
        ("7", [[7]]),
    ],
)
def test_rows(text, rows):
    parsed = parse_rows(text)
    assert parsed.dtype == np.float32
    assert np.array_equal(parsed, np.array(rows, np.float32))


@together(
    "text, message",
    [
        ("", "Enter at least one row of numbers."),
        (" \n,,\n[]", "Enter at least one row of numbers."),
        ("1 2 3\n4 5 cat", "Row 2, number 3 must be a number; got 'cat'."),
        ("cat", "Row 1, number 1 must be a number; got 'cat'."),
        ("a b\nc d\n1 2", "Row 1, number 1 ('a') must be a number; got 'c'."),
        ("a,1\n1,2", "Row 1, number 1 must be a number; got 'a'."),
        ("a,b\n1,cat", "Row 1, number 2 ('b') must be a number; got 'cat'."),
        ("1,,3", "Row 1, number 2 must be a number; it is empty."),
        ("1\t\t3", "Row 1, number 2 must be a number; it is empty."),
        ("1 2;3", "Row 1, number 1 must be a number; got '1 2'."),
        ("1_000", "Row 1, number 1 must be a number; got '1_000'."),
        ("0x10", "Row 1, number 1 must be a number; got '0x10'."),
        ("1 1\nnan 1", "Row 2, number 1 must be a finite number; got 'nan'."),
        ("nan\n1", "Row 1, number 1 must be a finite number; got 'nan'."),
        ("-Infinity", "Row 1, number 1 must be a finite number; got '-Infinity'."),
        ("1e7", "Row 1, number 1 must be between −1,000,000 and 1,000,000; got '1e7'."),
        ("1e999", "Row 1, number 1 must be between −1,000,000 and 1,000,000; got '1e999'."),
        ("1 2 3 4 5\n1 2 3 4 5\n1 2 3 4", "Each row must have 5 numbers, like row 1; row 3 has 4."),
        ("1\n1 2", "Each row must have 1 number, like row 1; row 2 has 2."),
        ("1 " * 10_000, "Each row must have at most 64 numbers; row 1 has 10,000."),
        ("1\n" * 12_340, "Enter at most 5,000 rows; got 12,340."),
        (("1 " * 64 + "\n") * 400, "Enter at most 20,000 numbers in all; got 25,600."),
        ("x" * 30, "Row 1, number 1 must be a number; got 'xxxxxxxxxxxxxxxxxxxx…'."),
        ("1\x07\u202e", "Row 1, number 1 must be a number; got '1  '."),
        ("[1]*5", "Only commas may stand beside lists of numbers; got '*5'."),
        ("__import__('os')", "Only commas may stand beside lists of numbers; got '__import__'."),
        ("[[1, 2], [3", "Only commas may stand beside lists of numbers; got '3'."),
        ("[[[1]]]", "Lists must be closed and nested at most twice, as in [[1, 2], [3, 4]]; got '[[[1]]]'."),
        ("[[1, 2]", "Lists must be closed and nested at most twice, as in [[1, 2], [3, 4]]; got '[[1, 2]'."),
        ("]1[", "Only commas may stand beside lists of numbers; got '1'."),
    ],
)
def test_rows_refused(text, message):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - compared whole below
        parse_rows(text)
    assert str(refusal.value) == message


def test_rows_limits_are_arguments():
    with pytest.raises(ValueError, match="at most 2 rows; got 3"):
        parse_rows("1\n2\n3", max_rows=2)


@given(st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=3, max_size=3), min_size=1, max_size=5))
def test_rows_come_back_however_they_are_written(rows):
    expected = np.array(rows, np.float32)
    for separator in (" ", ",", ", ", ";", "\t"):
        text = "\n".join(separator.join(map(repr, row)) for row in rows)
        assert np.array_equal(parse_rows(text), expected)
        if separator in ";\t":
            assert np.array_equal(parse_rows(text.replace(".", ",")), expected)
    assert np.array_equal(parse_rows(repr(rows)), expected)


@given(st.text(st.sampled_from('0123456789.,;-+eE[]() \t\n"abn\u0301') | st.characters()))
def test_rows_give_an_array_or_a_refusal(text):
    try:
        parsed = parse_rows(text)
    except ValueError:
        return
    assert parsed.ndim == 2
    assert parsed.size
    assert np.isfinite(parsed).all()


HOSTILE = ["a", "1", "1.", "1e", "[", "[1", "[]", "[1],", "]", ",", ";", "\n", "1\n", "a b\n", "1,", "a'", "'", "\x00"]
HOSTILE += ["\u0301", "a\u200d", "👩\u200d", "界", "🇩"]


@together("piece", HOSTILE)
def test_a_long_text_is_read_to_its_end(piece):
    """benchmarks/reading.py has how the time grows with the length."""
    text = piece * (100_000 // len(piece))
    with pytest.raises(ValueError, match=r"must|^Enter at|^Only commas may"):
        parse_rows(text)
    for token in tokenize(text):
        fold(token)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_bad_cell_is_named_by_row_place_and_heading(separator: str):
    table = "\n".join(separator.join(row) for row in (["time", "load"], ["1.5", "2"], ["2.5", "n/a"]))
    with pytest.raises(ValueError, match=r"^Row 2, number 2 \('load'\) must be a number; got 'n/a'\.$"):
        parse_rows(table)


def test_rows_are_spelled_as_they_are_read():
    drawn = np.random.default_rng(0)
    rows = (drawn.normal(size=(40, 3)) * 10.0 ** drawn.integers(-8, 6, (40, 3))).astype(np.float32)
    assert np.array_equal(parse_rows(spelled(rows)), rows)
    assert spelled(np.array([[0.1, 3.0]], np.float32)) == "0.1, 3"


@pytest.mark.parametrize("text", ["1,5 2,5 3,5", "1,5", "1,5\n2,5", " -1,5\t".strip(), "1，5 2", "0,81 0"])
def test_a_comma_that_may_be_a_decimal_comma_is_asked_about(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"may be one number or two\. Write -?\d\.\d+ for one number, or -?\d, \d+ for two"
    ):
        ask_about_separators(text)


@pytest.mark.parametrize("text", ["1;2;3", "1,5; 2,5; 3", "[1; 2; 3]", "1；2；3", "\n1;2;3\n"])
def test_semicolons_that_may_stand_between_rows_are_asked_about(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"^'\S.* may be one row or 3\. Put blanks instead of the semicolons for one row"
    ):
        ask_about_separators(text)


@together(
    "text",
    [
        "1, 5",
        "1,2,3",
        "1,2,3\n4,5,6",
        "1.5,2",
        "1,.5",
        "[1,5]",
        "1;2\n3;4",
        "[[1, 2]; [3, 4]]",
        "1;",
        "1,5\t2,5",
        "1 5",
        "1 ,5",
        "",
        "a,b",
    ],
)
def test_all_others_are_read_as_before(text: str) -> None:
    ask_about_separators(text)
