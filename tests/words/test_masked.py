"""The masked-word network against torch's own, what it must not read, its training, its sentences and its files."""

from pathlib import Path
from typing import Final

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz.checkpoints.storing import RefusedError
from rnnviz.sentiment.reading import Vocabulary
from rnnviz.train.loop import Event
from rnnviz.words import fitting
from rnnviz.words.fitting import fit, sampled_losses
from rnnviz.words.making import drawn, make, measure
from rnnviz.words.model import MaskedModel, load, save
from rnnviz.words.network import MaskedNetwork, started
from rnnviz.words.recipes import HALVES, MaskedRecipe, MaskedSpec
from rnnviz.words.sentences import LONGEST, Sentences, sentences_of
from tests.words.texts import DATA, TEXTS

SPEC: Final = MaskedSpec(words=12, embedding=6, hidden=5)
RECIPE: Final = MaskedRecipe(SPEC, updates=30, rate=0.02, batch=24, warmup=2, negatives=6)
TOKENS: Final = ("[UNK]", ".", "!", "?", "the", "film", "was", "good", "bad", "a", "it", "is")
VOCABULARY: Final = Vocabulary(TOKENS, has_marks=True)


@pytest.fixture
def network() -> MaskedNetwork:
    return started(SPEC, 3).requires_grad_(requires_grad=False).eval()


def test_each_half_is_torchs_lstm_of_one_direction(network: MaskedNetwork) -> None:
    ids = torch.tensor([[4, 5, 6, 7, 1]])
    found = network(ids)
    embedded = network.embedding(torch.tensor([[12, 4, 5, 6, 7, 1, 12]]))
    sides = []
    for ending, read in (("", embedded[:, :-2]), ("_reverse", embedded.flip(1)[:, :-2])):
        alone = nn.LSTM(6, 5, batch_first=True)
        names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        alone.load_state_dict({name: network.rnn.get_parameter(name + ending) for name in names})
        sides.append(alone(read)[0])
    before, after = sides[0], sides[1].flip(1)
    both = torch.relu(network.both_hidden(torch.cat([before, after], -1)))
    matrix = network.embedding.weight[:12]
    outputs = network.forward_output(before), network.backward_output(after), network.both_output(both)
    for half, output in enumerate(outputs):
        expected = nn.functional.log_softmax(output @ matrix.T + network.bias, -1)
        torch.testing.assert_close(found[half], expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("t", range(5))
def test_no_guess_reads_its_own_word_and_each_half_reads_one_side(network: MaskedNetwork, t: int) -> None:
    ids = torch.tensor([[4, 5, 6, 7, 1]])
    other = ids.clone()
    other[0, t] = 9
    first, second = network(ids)[:, 0], network(other)[:, 0]
    assert torch.equal(first[:, t], second[:, t])
    assert torch.equal(first[0, : t + 1], second[0, : t + 1])
    assert torch.equal(first[1, t:], second[1, t:])
    assert t == 4 or not torch.equal(first[0, t + 1], second[0, t + 1])
    assert t == 0 or not torch.equal(first[1, t - 1], second[1, t - 1])


def test_with_all_words_sampled_once_the_loss_is_the_cross_entropy(network: MaskedNetwork) -> None:
    ids = torch.tensor([[4, 5, 6], [7, 1, 2]])
    found = sampled_losses(network, ids, torch.arange(12), torch.zeros(12))
    expected = [nn.functional.nll_loss(half.flatten(0, 1), ids.flatten()) for half in network(ids)]
    torch.testing.assert_close(found, torch.stack(expected))


def test_the_rate_rises_falls_and_ends() -> None:
    recipe = MaskedRecipe(SPEC, updates=100, rate=0.5, warmup=10, horizon=200, cooldown=20)
    rates = [recipe.rate_at(update) for update in range(101)]
    assert rates[0] == pytest.approx(0.05)
    assert max(rates) == pytest.approx(0.5, rel=0.02)
    assert rates[79] == pytest.approx(0.5 * (0.02 + 0.98 * (1 + np.cos(np.pi * 79 / 200)) / 2))
    assert np.diff(rates[10:]).max() < 0
    assert rates[100] == 0


def test_a_network_has_the_forget_gates_open_and_the_seed_decides() -> None:
    first, again = started(SPEC, 1), started(SPEC, 1)
    assert all(torch.equal(one, other) for one, other in zip(first.parameters(), again.parameters(), strict=True))
    assert (first.rnn.bias_ih_l0_reverse[5:10] == 1).all()  # type: ignore[union-attr]


# --- Sentences ---


def test_texts_are_cut_into_sentences() -> None:
    found = sentences_of(["The film was good!! It is.", "bad", "the " * (LONGEST + 3)], VOCABULARY)
    rows = sorted(row.tolist() for part in found.by_length.values() for row in part)
    assert rows == [[4, 4, 4], [4] * LONGEST, [4, 5, 6, 7, 2, 2], [10, 11, 1]]
    assert (len(found), found.tokens) == (4, 3 + LONGEST + 6 + 3)


def test_batches_hold_every_sentence_once() -> None:
    found = sentences_of(TEXTS, VOCABULARY)
    batches = found.batches(20, np.random.default_rng(0))
    assert sum(map(len, batches)) == len(found)
    assert all(batch.size <= max(20, batch.shape[1]) for batch in batches)
    read = sorted(row.tolist() for batch in batches for row in batch)
    assert read == sorted(row.tolist() for part in found.by_length.values() for row in part)


def test_positions_are_drawn_from_all_tokens() -> None:
    found = Sentences({2: np.array([[1, 2]]), 3: np.array([[3, 4, 5]])})
    tokens = [int(sentence[t]) for sentence, t in drawn(found, 9)]
    assert sorted(tokens) == [1, 2, 3, 4, 5]


# --- The training ---


def test_a_training_that_was_interrupted_is_the_same_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "SAVED_EVERY", 0.0)
    train = sentences_of(TEXTS, VOCABULARY)
    events: list[Event[None]] = []
    whole = fit(RECIPE, VOCABULARY, train, events.append)
    assert [event.step for event in events] == [30]
    assert whole.curve[0][0] == 30
    kept: list[bytes] = []
    fit(RECIPE, VOCABULARY, train, lambda _: None, keep=kept.append)
    again = fit(RECIPE, VOCABULARY, train, lambda _: None, begun=kept[12])
    assert (again.tokens, again.curve) == (whole.tokens, whole.curve)
    for one, other in zip(whole.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(RefusedError, match="of the same settings and data"):
        fit(MaskedRecipe(SPEC, updates=31, rate=0.02), VOCABULARY, train, lambda _: None, begun=kept[-1])


def test_the_loss_falls_and_files_give_the_network_again(tmp_path: Path) -> None:
    recipe = MaskedRecipe(MaskedSpec(10, 6, 5), updates=200, rate=0.03, batch=48, warmup=5, negatives=8)
    told: list[Event[None]] = []
    model = make(recipe, DATA, tmp_path, told.append)
    assert told[-1].loss[2] < told[0].loss[2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["masked.json", "masked.safetensors"]
    card = model.card
    assert card["parameters"] == sum(parameter.numel() for parameter in model.network.parameters())
    assert card["tokens"]["read"] > 0
    assert all(card["held_out"][half]["perplexity"] < 3 for half in HALVES)  # two words fit each place
    assert 1 < card["counts"]["sides"] <= card["counts"]["before"] < 13
    again = load(tmp_path)
    assert again.card == card
    assert all(
        torch.equal(one, other.half().float())
        for one, other in zip(again.network.parameters(), model.network.parameters(), strict=True)
    )


def test_what_is_measured_is_torchs_cross_entropy(network: MaskedNetwork) -> None:
    sentences = Sentences({2: np.array([[1, 2], [0, 4]], np.int32), 3: np.array([[3, 4, 5]], np.int32)})
    found = measure(network, sentences)
    losses = [
        -network(torch.from_numpy(rows.astype(np.int64))).gather(
            -1, torch.from_numpy(rows.astype(np.int64))[None, ..., None].expand(3, -1, -1, 1)
        )
        for rows in sentences.by_length.values()
    ]
    means = torch.cat([loss.flatten(1) for loss in losses], 1).mean(1).exp().tolist()
    assert [found[half]["perplexity"] for half in HALVES] == pytest.approx(means, rel=1e-4)
    assert found["tokens"] == 7
    assert found["unknown"] == pytest.approx(1 / 7, rel=1e-4)


def test_guesses(network: MaskedNetwork) -> None:
    found = MaskedModel(network, VOCABULARY, {}).guesses("The zyx was good.")
    assert found.ids.tolist() == [4, 0, 6, 7, 1]
    np.testing.assert_allclose(found.probabilities.sum(-1), 1, rtol=1e-5)
    words = found.likeliest(0, 2, 4)
    assert [p for _, p in words] == sorted((p for _, p in words), reverse=True)
    assert "[UNK]" not in dict(found.likeliest(0, 2, 12))
    correct, ranks = found.correct(), found.ranks()
    assert np.isnan(correct[:, 1]).all()
    assert (ranks[:, 1] == 0).all()
    word, p = found.likeliest(2, 3, 12)[ranks[2, 3] - 1]
    assert (word, p) == ("good", correct[2, 3])


@pytest.mark.parametrize("sentence", ["", "word", "\x00\u202e", "a " * 41, "a " * 10_000])
def test_a_sentence_that_cannot_be_read(network: MaskedNetwork, sentence: str) -> None:
    with pytest.raises(ValueError, match="Enter a sentence of 2 to 40 words and punctuation marks; got"):
        MaskedModel(network, VOCABULARY, {}).guesses(sentence)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("tokens", "no list", "tokens must be a list"),
        ("tokens", [*TOKENS, "more"], "12 words|13 words"),
        ("network", {"words": 10**9, "embedding": 6, "hidden": 5}, "words"),
    ],
)
def test_damaged_files_are_refused(network: MaskedNetwork, tmp_path: Path, name: str, value: object, why: str) -> None:
    from rnnviz.checkpoints.storing import packed, unpacked

    path, _ = save(MaskedModel(network, VOCABULARY, {}), tmp_path)
    arrays, about = unpacked(path.read_bytes())
    path.write_bytes(packed(arrays, {**about, name: value}))
    with pytest.raises(ValueError, match=why):
        load(tmp_path)


def test_the_command_trains_the_network_and_says_what_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rnnviz import cli
    from rnnviz.cli import words as command
    from rnnviz.sentiment import reviews

    assert cli.main(["train", "words"]) == 1
    assert "rnnviz: train words needs --data" in capsys.readouterr().err
    recipe = MaskedRecipe(MaskedSpec(10, 6, 5), updates=3, rate=0.03, batch=48, warmup=1, negatives=8)
    monkeypatch.setattr(command, "RECIPE", recipe)
    monkeypatch.setattr(reviews, "read", lambda _: DATA)
    assert cli.main(["train", "words", "--data", str(tmp_path), "--out", str(tmp_path / "made")]) == 0
    assert "perplexity" in capsys.readouterr().out
    assert load(tmp_path / "made").card["recipe"]["updates"] == 3
