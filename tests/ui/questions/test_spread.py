"""Over what a page offers, no answer is right so often that a visitor could give it without looking."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Final

import pytest

from rnnviz.sequences import PROBLEMS, batching
from rnnviz.ui.pages.attention import questions as attention
from rnnviz.ui.pages.attention.translation import Request as Translated
from rnnviz.ui.pages.characters import questions as characters
from rnnviz.ui.pages.characters.writing import PROMPTS, TEXTS
from rnnviz.ui.pages.gradients import questions as gradients
from rnnviz.ui.pages.sequences import questions as sequences
from rnnviz.ui.pages.sequences.order import PAIRS
from rnnviz.ui.reviews import other_questions as texts
from rnnviz.ui.reviews import questions as sentiment
from rnnviz.ui.reviews.answers import NETWORKS
from rnnviz.ui.reviews.samples import REVIEWS
from rnnviz.ui.selection import DEFAULT
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell.question import Questions
from tests.ui.questions.answering import answered

MOST: Final = 0.8
"""The largest share of the questions of a kind in which one answer is right."""


def reviews() -> Iterator[Questions]:
    for name, sample in product(NETWORKS.values(), REVIEWS.values()):
        yield sentiment.ask("traps", name, sample.text)


def numbers() -> Iterator[Questions]:
    for count in range(1, 9):
        sentences = batching.sentences_of("\n".join("a film that was good"[: 6 + k % 14] for k in range(count)))
        yield texts.ask_numbers(batching.batch_of(sentences, batching.own_vocabulary(sentences, 10)), "")


KINDS: Final[dict[str, Callable[[], Iterator[Questions]]]] = {
    "from the last to the first": reviews,
    "from its last word": lambda: map(texts.ask_order, PAIRS.values()),
    "outputs are there": lambda: (sequences.ask(PROBLEMS["counting"], str(given)) for given in range(1, 10)),
    "the shape of output": numbers,
    "would be padding": numbers,
    "less sure": lambda: (
        characters.ask_writing(f"python-{cell}", text)
        for cell, text in product(
            ("rnn", "lstm", "gru"), (PROMPTS["python"], TEXTS["python"], "x = 1", "class A:", "import os", "")
        )
    ),
    "an LSTM of the same sizes": lambda: (
        gradients.ask(changed(DEFAULT, cell="lstm", trained="adding", numbers=f"{k} 1\n1 0\n1 1"), "length")
        for k in range(9)
    ),
    "in truncated backpropagation": lambda: (
        gradients.ask(changed(DEFAULT, cell=cell, seed=seed, hidden_size=size, numbers="1 0\n0 1\n" * 12), "triangle")
        for cell, seed, size in product(("rnn", "lstm", "gru"), (0, 1), (4, 16))
    ),
    "the whole output correct": lambda: (
        attention.ask(Translated("dates", score, f"{day} March 1998"))
        for score, day in product(("none", "additive", "dot"), range(1, 7))
    ),
}


@pytest.mark.parametrize("part", KINDS)
def test_no_answer_is_nearly_always_right(part: str) -> None:
    found = {}
    for asked in KINDS[part]():
        assert not isinstance(asked, str)
        for question in asked:
            if part.lower() in question.text.lower():
                found[question.id] = answered(question).right
    rights = [right for right in found.values() if right]
    assert len(rights) > 6
    assert max(map(rights.count, rights)) <= MOST * len(rights), rights
