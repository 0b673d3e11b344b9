"""What the page of sentiment says of gradients that add up, and of one direction against two."""

from typing import Final

import numpy as np

from rnnviz import sentiment
from rnnviz.sentiment.explaining import integrated_gradients
from rnnviz.sentiment.phrases import CASES
from rnnviz.sentiment.recipes import RECIPES
from tests.statements.reading import numbers

PAGE: Final = "assets/text/sentiment.md"
TEXTS: Final = (
    "The acting is superb, but the story is a mess and I was bored.",
    "I could watch it again and again.",
    "Everyone says it is rubbish. It made my evening.",
    "A waste of two hours.",
    "Too long, too loud, too stupid.",
)


def logit(model: sentiment.SentimentModel, text: str) -> float:
    probability = model.predict([text])[0]
    return float(np.log(probability / (1 - probability)))


def test_what_integrated_gradients_add_up_to():
    numbers(
        PAGE,
        "they must add up to the difference between the logit of the review and that of as many unknown words, which "
        "the line under the picture checks",
    )
    for name in RECIPES:
        model = sentiment.load(name)
        missed, of_the_whole = [], []
        for text in TEXTS:
            total = integrated_gradients(model, text).values.sum()
            whole, unknown = logit(model, text), logit(model, " ".join(["zyxzyx"] * len(model.read(text).tokens)))
            missed.append(abs(total - (whole - unknown)))
            of_the_whole.append(abs(total - whole))
            assert missed[-1] < 0.02 * abs(whole - unknown) + 1e-3
        assert max(of_the_whole) > 5 * max(missed)  # they do not add up to the logit of the review alone


def test_a_second_direction_buys_nothing_there():
    both, one = numbers(
        PAGE,
        "The lecture’s BiLSTM here makes no such mistake, and is right on {} % of the test reviews, the LSTM on {} %.",
    )
    found = {name: sentiment.load(name).card["test"]["accuracy"] for name in ("lecture-bilstm", "lecture-lstm")}
    assert both.is_rounded(100 * found["lecture-bilstm"])
    assert one.is_rounded(100 * found["lecture-lstm"])


def test_how_weak_the_best_network_is_on_short_sentences():
    accuracy, right, count, guessing, *of_kinds = numbers(
        PAGE,
        "The best network here is right on {} % of whole reviews and on {} of {} sentences of ours, where guessing "
        "gets {}. A BiLSTM that learned from whole reviews is weak on them: it has {} of {} with a negation right, {} "
        "of {} with a contrast and {} of {} with irony.",
    )
    cards = {name: sentiment.load(name).card for name in sentiment.NAMES}
    best = max(cards, key=lambda name: cards[name]["test"]["accuracy"])
    assert accuracy.is_rounded(100 * cards[best]["test"]["accuracy"])
    cases = cards[best]["cases"]
    is_right = [(case["predicted"] > 0.5) == case["is_positive"] for case in cases]
    assert (sum(is_right), len(cases)) == (right.value, count.value)
    assert sum(case["is_positive"] for case in cases) == guessing.value == count.value / 2
    found = []
    for kind in ("negation", "contrast", "irony"):
        of_kind = [one for one, case in zip(is_right, cases, strict=True) if case["kind"] == kind]
        found += [sum(of_kind), len(of_kind)]
    assert found == [number.value for number in of_kinds]


def test_guessing_in_the_guide():
    (guessing, count) = numbers("docs/library.md", "guessing gets {} of {}.")
    assert (guessing.value, count.value) == (sum(case.is_positive for case in CASES), len(CASES))
