"""Properties of held-out sequences: each as the sequence has it, and those of a network alone."""

from itertools import pairwise

import pytest

from rnnviz import checkpoints
from rnnviz.held_out import CHARACTERS, HeldOut, held_out
from rnnviz.properties import PROPERTIES, labels_of, offered

NAMES = (
    "brackets-lstm", "parity-gru", "latch-rnn", "flip-flop-gru", "word-classes-gru", "tomita-5-gru", "adding-gru",
    "characters-python-gru", "reviews-lecture-lstm-lstm",
)  # fmt: skip


def drawn(name: str, count: int = 8) -> tuple[checkpoints.Checkpoint, HeldOut]:
    known = checkpoints.load(name)
    return known, held_out(known, count)


@pytest.mark.parametrize("name", NAMES)
def test_every_step_has_a_label(name: str) -> None:
    known, held = drawn(name)
    assert offered(known)[-1] == "position"
    for one in offered(known):
        assert PROPERTIES[one]
        told = labels_of(known, held, one)
        assert [len(row) for row in told] == held.lengths.tolist()
        assert all(label.isalnum() for row in told for label in row), "it stands in links"


def test_depth_and_parity_are_those_of_the_tokens() -> None:
    known, held = drawn("brackets-lstm")
    for row, tokens in zip(labels_of(known, held, "depth"), held.tokens, strict=True):
        assert row[-1] == str(tokens.count("(") - tokens.count(")"))
    known, held = drawn("parity-gru")
    for row, tokens in zip(labels_of(known, held, "parity"), held.tokens, strict=True):
        assert list(row) == [("even", "odd")[tokens[: t + 1].count("1") % 2] for t in range(len(tokens))]


def test_the_first_bit_is_the_last_sign_that_was_input() -> None:
    known, held = drawn("flip-flop-gru")
    for row, tokens in zip(labels_of(known, held, "bit"), held.tokens, strict=True):
        signs = [token.split()[0] for token in tokens]
        for t, label in enumerate(row):
            seen = [sign for sign in signs[: t + 1] if sign != "0"]
            assert not seen or label == ("high" if seen[-1] == "1" else "low")


def test_quotes_go_on_from_one_piece_to_the_next() -> None:
    known, held = drawn("characters-python-gru", 40)
    told = labels_of(known, held, "quotes")
    assert {label for row in told for label in row} == {"inside", "outside"}
    assert any(before[-1] == after[0] == "inside" for before, after in pairwise(told))
    assert len(told[0]) == CHARACTERS


def test_the_sentiment_so_far_is_that_of_the_words() -> None:
    known, held = drawn("reviews-lecture-lstm-lstm")
    signs = {"good": 1, "funny": 1, "liked": 1, "bad": -1, "boring": -1, "hated": -1}
    for row, tokens in zip(labels_of(known, held, "sentiment"), held.tokens, strict=True):
        assert row[0] == "even", "a review begins with none of these words"
        for before, now, token in zip(row, row[1:], tokens[1:], strict=False):
            if token not in signs:
                continue
            order = ["negative", "even", "positive"]
            assert (order.index(now) - order.index(before)) * signs[token] >= 0


def test_positions_are_quarters() -> None:
    known, held = drawn("word-classes-gru")
    row = labels_of(known, held, "position")[0]
    assert (row[0], row[-1]) == ("1st", "4th")


def test_a_property_of_another_task_is_refused() -> None:
    known, held = drawn("parity-gru")
    with pytest.raises(ValueError, match=r"those known for parity-gru \(parity, position\); got depth"):
        labels_of(known, held, "depth")
    assert offered(checkpoints.load("characters-shakespeare-gru")) == ()
