"""Words counted and in order, sentences on their way to an array, embeddings before and after."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import sentiment
from rnnviz.sentiment import BAG
from rnnviz.sentiment.neighbours import neighbours
from rnnviz.sequences import batching, embeddings, grammar
from rnnviz.sequences.batching import shapes_in, shapes_untrained
from rnnviz.sequences.embeddings import EITHER, class_map, reviewer_before, rows
from rnnviz.sequences.lessons import LESSONS
from rnnviz.sequences.making import make
from rnnviz.sequences.wordings import added, bags_of, shares
from rnnviz.ui.pages.sequences.order import PAIRS


def test_two_orders_of_the_same_words_are_the_same_bag() -> None:
    found = bags_of(["It", "is", "not", "bad", "it", "is", "good"], ["it", "is", "not", "good", "it", "is", "bad"])
    assert found.words == ("it", "is", "not", "bad", "good")
    assert found.present.tolist() == [[1, 1, 1, 1, 1]] * 2
    assert found.is_same
    other = bags_of(["a", "b", "d"], ["a", "b", "c"])
    assert not other.is_same
    assert (other.only_in(0), other.only_in(1)) == (("d",), ("c",))


def test_two_texts_are_the_same_bag_where_the_bag_predicts_the_same() -> None:
    bag = sentiment.load(BAG)
    once, twice = "it was good", "it was good , good , good"
    found = bags_of(bag.read(once).tokens, bag.read(twice.replace(",", "was")).tokens)
    assert found.is_same
    assert found.present.tolist() == [[1, 1, 1]] * 2
    first, second = bag.predict([once, twice.replace(",", "was")])
    assert first == second


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_the_bag_says_the_same_of_both_and_our_network_does_not(pair: tuple[str, str]) -> None:
    bag, ours = sentiment.load(BAG), sentiment.load("bilstm")
    assert bags_of(bag.read(pair[0]).tokens, bag.read(pair[1]).tokens).is_same
    first, second = bag.predict(list(pair))
    assert first == second
    predicted = ours.predict(list(pair))
    assert abs(predicted[0] - predicted[1]) > 0.3


@pytest.mark.parametrize("text", ["xqzzy zzyxq Good good", "not a zzyxq , not an xqzzy"])
def test_what_words_add_together_has_the_unknown_ones_once(text: str) -> None:
    bag = sentiment.load(BAG)
    logit = bag.network.bias / bag.temperature + added(bag, list(bag.read(text).tokens))
    assert 1 / (1 + np.exp(-logit)) == pytest.approx(bag.predict([text])[0], abs=1e-6)


def test_the_shares_of_the_words_are_the_bags_logit() -> None:
    bag, text = sentiment.load(BAG), "not good , not bad at all"
    words = list(dict.fromkeys(bag.read(text).tokens))
    logit = bag.network.bias / bag.temperature + shares(bag, words).sum()
    assert 1 / (1 + np.exp(-logit)) == pytest.approx(bag.predict([text])[0], abs=1e-6)
    with pytest.raises(TypeError, match="must be a bag"):
        shares(sentiment.load("lecture-lstm"), words)


def test_sentences_become_one_padded_array() -> None:
    sentences = batching.sentences_of("The film was good.\n\n  What a film  \n...")
    assert sentences == ("The film was good.", "What a film", "...")
    batch = batching.batch_of(sentences[:2], batching.own_vocabulary(sentences[:2], 2))
    assert batch.vocabulary.tokens == ("[UNK]", "film", ".")
    assert batch.ids.tolist() == [[0, 1, 0, 0, 2], [0, 0, 1, 0, 0]]
    assert batch.lengths.tolist() == [5, 3]
    assert batch.mask.tolist() == [[True] * 5, [True] * 3 + [False] * 2]
    padded = nn.utils.rnn.pad_sequence([torch.tensor([0, 1, 0, 0, 2]), torch.tensor([0, 0, 1])], batch_first=True)
    assert padded.tolist() == batch.ids.tolist()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Enter at least one line with a word."),
        (" \n\u200b\n", "Enter at least one line with a word."),
        ("a\n" * 9, "Enter at most 8 lines, one for each sentence; got 9."),
        ("a\n" + "b " * 31, "at most 30 tokens; line 2 has 31."),
    ],
)
def test_what_is_no_batch(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        batching.sentences_of(text)


def test_a_sentence_of_marks_is_nothing_to_a_vocabulary_without_them() -> None:
    with pytest.raises(
        ValueError, match=r"Each line must have a word, since this vocabulary has no punctuation; line 2 has none\."
    ):
        batching.batch_of(["a film", "!!"], sentiment.load("lecture-lstm").vocabulary)


def test_shapes_are_torchs() -> None:
    batch = batching.batch_of(["the film", "a good film !"], sentiment.load("bilstm").vocabulary)
    found = {name: shape for name, shape, _ in shapes_in(sentiment.load("bilstm"), batch.ids, batch.lengths)}
    assert found == {
        "x": "(2, 4)", "embedding(x)": "(2, 4, 100)", "output": "(2, 4, 128)", "h_n": "(2, 2, 64)",
        "c_n": "(2, 2, 64)", "logits": "(2,)",
    }  # fmt: skip
    assert dict(row[:2] for row in shapes_untrained(7, np.zeros((3, 5), np.int64)))["h_n"] == "(1, 3, 64)"
    with pytest.raises(TypeError, match="must be a network"):
        shapes_in(sentiment.load(BAG), batch.ids, batch.lengths)


def test_a_training_begins_with_the_rows_that_are_shown_as_before() -> None:
    from dataclasses import replace

    lesson = replace(LESSONS["digit-word"], rate=0.0, updates=1)
    np.testing.assert_array_equal(make(lesson).weights["embedding.weight"], rows("digit-word", is_trained=False))


def test_words_of_one_part_come_together_and_those_that_may_be_two_lie_between() -> None:
    def spread(found: embeddings.ClassMap) -> float:
        """Within classes, as a share of all."""
        classes = np.array(found.classes)
        within = sum(
            ((found.places[classes == c] - found.places[classes == c].mean(0)) ** 2).sum() for c in set(classes)
        )
        return float(within / ((found.places - found.places.mean(0)) ** 2).sum())

    after = class_map()
    assert after.words == grammar.WORDS
    assert spread(after) < 0.1
    assert spread(class_map(is_trained=False)) > 0.5
    x = rows("word-classes")[1:]
    classes = np.array(after.classes)
    noun, verb, either = (x[classes == name].mean(0) for name in ("noun", "verb", EITHER))
    way = (verb - noun) / np.linalg.norm(verb - noun) ** 2
    assert 0.1 < (either - noun) @ way < 0.9


def test_before_its_training_a_reviewer_knows_nothing() -> None:
    before, after = reviewer_before(), sentiment.load("bilstm")
    assert before.vocabulary is not None
    assert before.vocabulary.tokens == after.vocabulary.tokens
    words = [word for word, _ in neighbours(after, "terrible", among=3000)]
    assert {"poorly", "unfunny"} <= set(words)
    assert neighbours(before, "terrible", 1, among=3000)[0][1] < 0.5 < neighbours(after, "terrible", 1)[0][1]
    known = after.vocabulary.tokens[1:3001]
    assert set(words) <= set(known)
