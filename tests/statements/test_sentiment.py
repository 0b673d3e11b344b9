"""What the page of sentiment says of gradients that add up, and of one direction against two."""

from typing import Final

import numpy as np
import pytest

from rnnviz import sentiment
from rnnviz.sentiment import dataset, synthetic
from rnnviz.sentiment.explaining import integrated_gradients, leave_one_out
from rnnviz.sentiment.in_app import train_on_few
from rnnviz.sentiment.phrases import CASES
from rnnviz.sentiment.recipes import RECIPES
from rnnviz.sides import UNDECIDED
from rnnviz.spec import ReviewSpec
from tests.serving import ROOT
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
    return float(model.logits(model.vocabulary.encode([text]))[0])


def test_what_integrated_gradients_add_up_to():
    numbers(
        PAGE,
        "Their sum must be the logit of the review minus the logit of as many unknown words; the line under the "
        "picture checks this.",
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
        "The baseline BiLSTM here has no such error, and its accuracy on the test reviews is {} %, and that of the "
        "baseline LSTM is {} %.",
    )
    found = {name: sentiment.load(name).card["test"]["accuracy"] for name in ("lecture-bilstm", "lecture-lstm")}
    assert both.is_rounded(100 * found["lecture-bilstm"])
    assert one.is_rounded(100 * found["lecture-lstm"])


def test_how_weak_the_best_network_is_on_short_sentences():
    accuracy, right, count, guessing, *of_kinds = numbers(
        PAGE,
        "The best network here has {} % accuracy on whole reviews, but on short sentences it predicts {} of {} "
        "correctly, where guessing gets {}. We wrote these sentences as a test. It gets {} of {} with a negation "
        "right, {} of {} with a contrast and {} of {} with irony.",
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


def test_where_the_prediction_changes_most():
    rise, fall = (
        numbers(PAGE, "P(positive) rises most at “great”, from {} to {},"),
        numbers(PAGE, "and it falls most at “terrible”, from {} to {}."),
    )
    text = "I expected it to be great but it was terrible"
    numbers(PAGE, f"Take “{text}” and the BiLSTM with attention.")
    running = sentiment.load("bilstm").running(text)
    changes = np.diff(running)
    words = text.split()
    for said, at in ((rise, changes.argmax() + 1), (fall, changes.argmin() + 1)):
        assert words[at] == ("great" if said is rise else "terrible")
        assert said[0].is_rounded(running[at - 1])
        assert said[1].is_rounded(running[at])


def test_how_the_words_of_not_good_push_the_prediction():
    left_out = numbers(PAGE, "leaving out “not” raises the logit by {}, and leaving out “good” raises it by {}.")
    integrated = numbers(
        PAGE, "Integrated gradients give {} to “not” and {} to “good”. Without “not”, “good” is positive."
    )
    model = sentiment.load("bilstm")
    for said, found in zip(left_out, leave_one_out(model, "not good"), strict=True):
        assert said.is_rounded(-found)
    for said, found in zip(integrated, integrated_gradients(model, "not good").values, strict=True):
        assert said.is_rounded(found)
    assert logit(model, "good") > 0


def test_the_architecture_of_the_baselines():
    words, embedding, units, dense, power, epochs = numbers(
        PAGE,
        "a vocabulary of {}, an embedding of {} numbers, an LSTM of {} units in each direction, a dense layer of {} "
        "units, Adam with rate {}, {} epochs.",
    )
    for name in ("lecture-lstm", "lecture-bilstm"):
        network, (phase,) = RECIPES[name].network, RECIPES[name].phases
        assert (network.words, network.embedding, network.hidden) == (words.value, embedding.value, units.value)
        assert (network.dense, phase.rate, phase.epochs) == (dense.value, power.value, epochs.value)


def test_guessing_in_the_guide():
    (guessing, count) = numbers("docs/library.md", "guessing gets {} of {}.")
    assert (guessing.value, count.value) == (sum(case.is_positive for case in CASES), len(CASES))


def test_what_words_alone_decide_in_synthetic_reviews():
    bags = numbers(
        PAGE,
        "a logistic regression on single words classifies {} % of the test reviews correctly. With pairs of words it "
        "classifies {} % correctly, and with triples {} %.",
    )
    measured = synthetic.measured()
    for said, kept in zip(bags, measured["bags"].values(), strict=True):
        assert abs(said.value / 100 - kept) <= 0.005
    numbers(
        PAGE,
        "Networks with the baseline architectures that were trained on these reviews classify nearly all of them "
        "correctly.",
    )
    assert all(found["held_out"] > 0.99 for found in measured["networks"].values())
    (seeds,) = numbers(PAGE, "All these shares are means of {} seeds.")
    assert seeds.value == measured["seeds"]


def test_how_rare_the_words_of_synthetic_reviews_are():
    (least,) = numbers(PAGE, "in the reviews that ship with rnnviz each word occurs at least {} times.")
    assert least.value == dataset.shipped().counts.min()


@pytest.mark.slow
def test_few_synthetic_reviews_are_learned_by_heart():
    """The setting that the page links, of 20 seeds: training and validation separate in each of them."""
    (held,) = numbers(
        PAGE,
        "the two separate: the LSTM classifies all training reviews correctly, and {} % of the validation reviews "
        "(mean of 20 seeds).",
    )
    assert "views=lesson.epochs:20+lesson.rate:0.01+lesson.reviews:200+" in (ROOT / PAGE).read_text(encoding="utf-8")
    kept = synthetic.measured()["few"]
    assert held.is_rounded(100 * kept["networks"]["lecture-lstm"]["validation"])
    setting = {name: kept[name] for name in ("reviews", "epochs", "rate")}
    assert setting == {"reviews": 200, "epochs": 20, "rate": 0.01}
    data, found = synthetic.reviews(200), []
    for seed in range(20):
        spec = ReviewSpec("lecture-lstm", seed=seed, source="synthetic", **setting)
        model = train_on_few(spec, data, lambda _: True)
        assert model is not None
        last = model.card["history"][-1]
        assert last["accuracy"] == 1.0
        assert last["accuracy"] - last["validation_accuracy"] > 0.1
        found.append(last["validation_accuracy"])
    assert abs(100 * np.mean(found) - held.value) < 2  # processors round in ways of their own


def test_whose_training_curve_is_agreement_with_teachers():
    numbers(PAGE, "most of its training targets are predictions of other models, its teachers, for reviews without a")
    card = sentiment.load("bilstm").card
    assert card["reviews"]["unlabelled"] > card["reviews"]["train"]
    assert all(phase.teachers for phase in RECIPES["bilstm"].phases)
    for name in ("lecture-lstm", "lecture-bilstm"):
        assert not any(phase.teachers or phase.phrases for phase in RECIPES[name].phases)
        last = sentiment.load(name).card["history"][-1]
        assert last["accuracy"] > last["validation_accuracy"]


def test_one_rule_of_the_undecided_and_the_sizes_of_the_vocabularies():
    low, high = numbers(PAGE, "In it, from {} to {}, the network is undecided.")
    assert (low.value, high.value) == UNDECIDED
    base, ours = numbers(
        PAGE,
        "With `[UNK]`, the vocabularies of the two baselines have {} entries, and that of the BiLSTM with attention "
        "has {}.",
    )
    sizes = {name: len(sentiment.load(name).vocabulary.tokens) for name in RECIPES}
    assert sizes == {"lecture-lstm": base.value, "lecture-bilstm": base.value, "bilstm": ours.value}
