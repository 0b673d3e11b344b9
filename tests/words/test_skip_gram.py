"""Skip-gram: its pairs, one update against autograd and SGD, the training against torch, and what vectors know."""

from typing import Final

import numpy as np
import pytest
import torch
from torch.nn import functional

from rnnviz.sentiment import synthetic
from rnnviz.sentiment.neighbours import plane
from rnnviz.words import likeness, skip_gram
from rnnviz.words.recipes import SkipGramSpec
from rnnviz.words.skip_gram import Corpus, descend, learn, pairs_in, step, updates_of
from rnnviz.words.vector_questions import (
    CHANCE,
    KINDS,
    Analogy,
    OddOne,
    analogies,
    analogy_rate,
    classed,
    hit_rate,
    questions,
)

TEXT: Final = "The cat sees the dog. A dog, a cat!\nThe dog sees a bird"


@pytest.fixture
def corpus() -> Corpus:
    return Corpus.of([TEXT])


def test_pairs_of_a_window() -> None:
    assert pairs_in(3, 1).tolist() == [[0, 1], [1, 0], [1, 2], [2, 1]]
    assert pairs_in(3, 9).tolist() == [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]]
    assert pairs_in(1, 2).tolist() == []


def test_a_corpus_has_words_by_frequency_and_windows_end_with_the_sentence(corpus: Corpus) -> None:
    assert corpus.words == ("a", "dog", "the", "cat", "sees", "bird")
    assert corpus.counts.tolist() == [3, 3, 3, 2, 2, 1]
    assert [len(sentence) for sentence in corpus.sentences] == [5, 4, 5]
    assert len(corpus.pairs(1)) == 8 + 6 + 8
    assert corpus.read("The unknown CAT").tolist() == [2, 3]
    assert corpus.shares.sum() == pytest.approx(1)
    assert corpus.shares[0] / corpus.shares[5] == pytest.approx(3**0.75)


@pytest.mark.parametrize("text", ["", "one", "one one.", "..."])
def test_too_little_text(text: str) -> None:
    with pytest.raises(ValueError, match="at least two different words"):
        Corpus.of([text])


def test_one_update_is_autograd_and_sgd() -> None:
    random = np.random.default_rng(0)
    v, u = random.standard_normal(7).astype(np.float32), random.standard_normal((4, 7)).astype(np.float32)
    found = step(v, u, 0.3)
    tensors = [torch.tensor(one, requires_grad=True) for one in (v, u)]
    optimizer = torch.optim.SGD(tensors, lr=0.3)
    loss = functional.binary_cross_entropy_with_logits(
        tensors[1] @ tensors[0], torch.tensor([1.0, 0, 0, 0]), reduction="sum"
    )
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    for one, other in zip(found, tensors, strict=True):
        np.testing.assert_allclose(one, other.detach(), rtol=1e-5, atol=1e-6)
    assert skip_gram.pair_loss(u @ v) == pytest.approx(loss.item(), rel=1e-5)


def test_a_batch_is_autograd_and_sgd_on_the_added_losses() -> None:
    random = torch.Generator().manual_seed(0)
    v, u = (torch.randn(6, 4, generator=random) for _ in range(2))
    centres, others = torch.tensor([0, 1, 0]), torch.tensor([[1, 2, 2], [3, 3, 5], [2, 4, 0]])
    tensors = [one.clone().requires_grad_() for one in (v, u)]
    dots = torch.einsum("pf,pof->po", tensors[0][centres], tensors[1][others])
    targets = torch.tensor([[1.0, 0, 0]]).expand(3, 3)
    each = functional.binary_cross_entropy_with_logits(dots, targets, reduction="none")
    each = each * torch.tensor([[1.0, 1, 1], [1, 0, 1], [1, 1, 1]])  # a negative that is the word of the context
    each.sum().backward()  # type: ignore[no-untyped-call]
    loss = descend(v, u, centres, others, 0.1)
    assert loss.item() == pytest.approx(each.sum().item() / 3, rel=1e-5)
    for one, other in zip((v, u), tensors, strict=True):
        assert other.grad is not None
        torch.testing.assert_close(one, other.detach() - 0.1 * other.grad)


def test_the_updates_of_a_sentence_follow_from_each_other(corpus: Corpus) -> None:
    spec = SkipGramSpec(size=5, window=1, negatives=2)
    sentence = corpus.read("the cat sees")
    vectors = skip_gram.started(len(corpus.words), spec)
    found = updates_of(corpus, sentence, vectors, spec)
    assert [(one.centre, int(one.others[0])) for one in found] == [(2, 3), (3, 2), (3, 4), (4, 3)]
    np.testing.assert_array_equal(found[0].v, vectors.v[2])
    np.testing.assert_array_equal(found[2].v, found[1].v_after)
    for one in found:
        assert len(set(one.others.tolist())) == 3
        np.testing.assert_allclose(one.dots_after, one.u_after @ one.v_after)
        assert one.dots_after[0] > one.dots[0] or abs(one.dots[0]) < 1


def test_a_training_lowers_the_loss_and_its_seed_decides(corpus: Corpus) -> None:
    spec = SkipGramSpec(size=8, epochs=60, rate=0.1)
    first, again = learn(corpus, spec), learn(corpus, spec)
    np.testing.assert_array_equal(first.after.v, again.after.v)
    assert first.losses[-5:].mean() < first.losses[:5].mean()
    assert first.updates[-1] == 60
    assert not np.array_equal(learn(corpus, SkipGramSpec(size=8, seed=1)).before.v, first.before.v)


_FILM: Final = "The film was good. The acting was bad. "


@pytest.mark.parametrize(
    ("text", "window"),
    [(_FILM * 25, 2), (_FILM * 12, 2), ("row row row your boat " * 8, 5), ("a a b. " * 60, 2)],
)
def test_a_text_of_few_words_stays_finite(text: str, window: int) -> None:
    for size in (2, 32):
        learned = learn(Corpus.of([text]), SkipGramSpec(size, window, epochs=50))
        assert np.isfinite(learned.after.v).all()
        assert np.isfinite(learned.after.u).all()
        assert learned.losses[-5:].mean() < learned.losses[:5].mean()
        assert learned.losses.max() < 1.2 * learned.losses[0]


def test_a_vector_with_many_gradients_takes_a_limited_step() -> None:
    random = torch.Generator().manual_seed(0)
    before = [torch.randn(3, 4, generator=random) for _ in range(2)]
    centres, others = torch.tensor([0] * 6), torch.tensor([[1, 2]] * 6)
    (v, u), (v_two, u_two) = ([one.clone() for one in before] for _ in range(2))
    descend(v, u, centres, others, 0.1, most=2)
    descend(v_two, u_two, centres[:2], others[:2], 0.1)
    torch.testing.assert_close(v, v_two)
    torch.testing.assert_close(u, u_two)


def test_the_synthetic_reviews_need_no_limit() -> None:
    corpus = Corpus.of(synthetic.reviews()["train"].texts)
    assert skip_gram.most_steps(corpus, corpus.pairs(2)[:, 0]) is None


def test_vectors_that_are_not_finite_are_an_error(corpus: Corpus) -> None:
    with pytest.raises(ValueError, match="diverges"):
        learn(corpus, SkipGramSpec(epochs=60, rate=1e30))


@pytest.mark.parametrize(("name", "value"), [("window", 0), ("size", 2.5), ("seed", -1), ("rate", -0.1), ("epochs", 0)])
def test_settings_that_cannot_be(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        SkipGramSpec(**{name: value})  # type: ignore[arg-type]


def test_neighbours_and_the_odd_one() -> None:
    vectors = np.array([[1, 0], [2, 0.1], [1, -0.1], [0, 1], [0, 0]], np.float32)
    assert [k for k, _ in likeness.nearest(vectors, 0, 2)] in ([1, 2], [2, 1])
    assert likeness.odd_one(vectors, [0, 3, 1, 2]) == 1
    places, shares = plane(vectors)
    assert places.shape == (5, 2)
    assert shares.sum() == pytest.approx(1)


def test_questions_have_one_odd_word() -> None:
    classes = {word: kind for kind, words in synthetic.words_by_class().items() for word in words}
    for kind in KINDS:
        asked = questions(kind)
        assert asked == questions(kind)
        assert len({one.odd for one in asked}) == 4
        for one in asked:
            of = [classes[word] if kind == "sentiment" else classes[word].split()[-1] for word in one.words]
            assert len(set(one.words)) == 4
            assert len({of[k] for k in range(4) if k != one.odd}) == 1
            assert of.count(of[one.odd]) == 1


def test_hits_are_counted() -> None:
    corpus = Corpus.of(["good bad film plot"])
    numbers = corpus.numbers
    vectors = np.zeros((4, 2), np.float32)
    vectors[numbers["film"]] = [1, 0]
    for word in ("good", "bad", "plot"):
        vectors[numbers[word]] = [0, 1]
    words = ("good", "film", "bad", "plot")
    assert hit_rate(vectors, corpus, [OddOne(words, 1), OddOne(words, 0)]) == 0.5
    with pytest.raises(ValueError, match="words of the questions"):
        hit_rate(vectors, corpus, [OddOne(("x", "y", "z", "w"), 0)])


def test_words_on_the_map_have_their_class() -> None:
    words, classes = classed(Corpus.of(["It was good, I liked the plot. It was bad."]), others=2)
    assert dict(zip(words, classes, strict=True)) == {
        "good": "positive adjective", "bad": "negative adjective", "liked": "positive verb", "plot": "noun",
        "it": "other frequent word", "was": "other frequent word",
    }  # fmt: skip


def test_an_analogy_is_answered_by_the_word_nearest_to_the_sum() -> None:
    corpus = Corpus.of(["good bad liked hated film"])
    vectors = np.zeros((len(corpus.words), 3))
    for word, place in {"good": (1, 0, 1), "bad": (-1, 0, 1), "liked": (1, 1, 0), "hated": (-1, 1, 0)}.items():
        vectors[corpus.numbers[word]] = place
    vectors[corpus.numbers["film"]] = (0, 0, -1)
    asked = [Analogy(("good", "bad", "liked"), ("hated",)), Analogy(("good", "bad", "liked"), ("film",))]
    assert [analogy_rate(vectors, corpus, [one]) for one in asked] == [1.0, 0.0]
    with pytest.raises(ValueError, match="words of the analogies"):
        analogy_rate(vectors, corpus, [Analogy(("x", "y", "z"), ("w",))])


def test_analogies_are_of_two_parts_of_speech() -> None:
    of = synthetic.words_by_class()
    for one in analogies(50):
        first, second, third = one.words
        assert first in of["positive adjective"]
        assert second in of["negative adjective"]
        assert third in of["positive verb"]
        assert one.answers == of["negative verb"]
    assert set(analogies(1, by_sentiment=False)[0].answers) == {*of["negative verb"], *of["positive verb"]}


@pytest.mark.slow
def test_what_the_page_states_of_twenty_seeds() -> None:
    corpus = Corpus.of(synthetic.reviews()["train"].texts)
    asked = {kind: questions(kind) for kind in KINDS}
    trained = [learn(corpus, SkipGramSpec(seed=seed)) for seed in range(20)]
    found = np.array(
        [
            [hit_rate(of.v, corpus, asked[kind]) for kind in KINDS for of in (learned.after, learned.before)]
            for learned in trained
        ]
    )
    after, before, sentiment, sentiment_before = found.T
    assert 0.98 <= after.min() <= after.max() <= 1
    assert 0.155 <= sentiment.min() <= sentiment.max() <= 0.305
    for guessing in (before, sentiment, sentiment_before):
        assert guessing.mean() == pytest.approx(CHANCE, abs=0.02)
    for by_sentiment, low, high in ((False, 0.965, 1.0), (True, 0.44, 0.795)):
        rates = [analogy_rate(one.after.v, corpus, analogies(by_sentiment=by_sentiment)) for one in trained]
        assert low <= min(rates) <= max(rates) <= high
