"""The networks that ship are what their cards say, are small, and come from their seeds."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rnnviz import checkpoints, cli
from rnnviz.checkpoints import EMBEDDING, load
from rnnviz.models import build
from rnnviz.names import CELL_LABELS
from rnnviz.sequences import grammar, lessons
from rnnviz.sequences.lessons import LESSONS, NOT_ASKED
from rnnviz.sequences.making import make, padded, right
from tests.serving import ROOT

LARGEST = 60_000


def network_of(name: str) -> tuple[object, torch.Tensor]:
    known = load(LESSONS[name].checkpoint)
    return build(known.model), torch.from_numpy(known.weights[EMBEDDING].copy())


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_what_ships(lesson: lessons.Lesson) -> None:
    known = load(lesson.checkpoint)
    assert known.trained_by == lesson.model
    assert (known.vocabulary, known.splits, known.family) == (lesson.tokens, lesson.splits, lesson.name)
    assert tuple(known.card["answers"]) == lesson.answers
    assert known.model.output_size == len(lesson.answers)
    assert lesson.checkpoint in checkpoints.names()
    assert (checkpoints.SEQUENCES / f"{lesson.checkpoint}.safetensors").stat().st_size < LARGEST


def test_all_that_there_is_to_ask_of_digits_and_counts_is_answered_right() -> None:
    for name, pairs in (("digit-word", lessons.all_digits()), ("counting", lessons.all_counts())):
        found = right(*network_of(name), pairs)
        assert np.nanmin(found) == 1
        card = load(LESSONS[name].checkpoint).card
        assert (card["accuracy"], card["held_out"]) == (1.0, len(pairs))


def test_parity_is_as_right_as_its_card_says_on_bits_of_another_seed() -> None:
    card = load("parity-gru").card
    network = network_of("parity")
    for length, said in card["by_length"].items():
        pairs = lessons.bits(np.random.default_rng(77), 500, int(length), int(length))
        assert right(*network, pairs).min(1).mean() == pytest.approx(said, abs=0.02)
    assert max(map(int, card["by_length"])) == 200 > card["trained_to"] == 20


def test_parts_of_speech_are_as_right_as_the_card_says_on_other_sentences() -> None:
    card = load("word-classes-gru").card
    network, pairs = network_of("word-classes"), lessons.held_out_sentences(500, seed=9)
    assert np.nanmean(right(*network, pairs)) == pytest.approx(card["accuracy"], abs=0.005)
    hidden = [([0, *words[1:]], y) for words, y in pairs]
    assert 0.3 < right(*network, hidden)[:, 0].mean() < 1  # a first word may be one of several parts
    assert 0.5 < card["unknown"] < 0.9


def test_no_training_reads_a_sentence_that_is_held_out() -> None:
    words = ("[UNK]", *grammar.WORDS)
    trained = {" ".join(words[k] for k in x) for x, _ in lessons.sentences(np.random.default_rng(3), 300, hidden=0)}
    held_out = {" ".join(words[k] for k in x) for x, _ in lessons.held_out_sentences(300)}
    assert len(held_out) == 300
    assert not trained & held_out


def test_a_part_of_speech_follows_from_the_words_before() -> None:
    """Otherwise no network that reads forwards could be right on all of them."""
    seen: dict[tuple[str, ...], str] = {}
    generator = np.random.default_rng(4)
    for _ in range(5000):
        tagged = grammar.sentence(generator)
        words = tuple(word for word, _ in tagged)
        for t, (_, part) in enumerate(tagged):
            assert seen.setdefault(words[: t + 1], part) == part
    assert {word for words in seen for word in words} == set(grammar.WORDS)


def test_padding_is_not_asked() -> None:
    x, y = padded([([1, 2, 3], [0, 1, 0]), ([4], [1])])
    assert x.tolist() == [[1, 2, 3], [4, 0, 0]]
    assert y.tolist() == [[0, 1, 0], [1, NOT_ASKED, NOT_ASKED]]


def test_a_training_gives_the_same_weights_each_time_and_those_that_ship() -> None:
    torch.set_num_threads(1)
    one = make(LESSONS["digit-word"])
    for name, weights in load("digit-word-rnn").weights.items():
        np.testing.assert_allclose(one.weights[name], weights, atol=1e-3)  # other processors round apart
    short = replace(LESSONS["word-classes"], updates=3)
    losses: list[float] = []
    first, second = make(short, lambda event: losses.extend(event.loss)), make(short)
    assert len(losses) == 3
    for name, weights in first.weights.items():
        np.testing.assert_array_equal(weights, second.weights[name])


def test_the_command(tmp_path, monkeypatch, capsys) -> None:
    quick = {name: replace(lesson, updates=2) for name, lesson in LESSONS.items()}
    monkeypatch.setattr(lessons, "LESSONS", quick)
    assert cli.main(["train", "sequences", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said] == [lesson.checkpoint for lesson in LESSONS.values()]
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(one.checkpoint for one in LESSONS.values())


def test_interrupted_it_leaves_whole_files_alone(tmp_path, monkeypatch, capsys) -> None:
    from rnnviz.sequences import making

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "make", stop)
    assert cli.main(["train", "sequences", "--out", str(tmp_path)]) == 130
    assert "stopped, and nothing saved" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_the_document_says_what_the_cards_say() -> None:
    told = (ROOT / "docs" / "sequences.md").read_text(encoding="utf-8")
    for lesson in LESSONS.values():
        card, model = load(lesson.checkpoint).card, lesson.model
        (row,) = [line for line in told.splitlines() if line.startswith(f"| `{lesson.checkpoint}`")]
        assert f"| {card['accuracy']:.4f} |" in row
        assert f"{CELL_LABELS[model.cell]}, {model.input_size}, {model.hidden_size}" in row
    assert f"{load('word-classes-gru').card['unknown']:.1%}".replace("%", " %") in told
    assert f"{len(grammar.WORDS)} words" in told
