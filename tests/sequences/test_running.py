"""What the page is told is what plain torch computes with the shipped weights, step by step."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import checkpoints, sentiment
from rnnviz.checkpoints import Checkpoint
from rnnviz.sequences import PROBLEMS, Unrolled, unroll
from rnnviz.sequences.lessons import LESSONS
from rnnviz.sequences.running import REVIEWER, START

NAMES = tuple(LESSONS)


def by_hand(known: Checkpoint, ids: list[int], *, forgets: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """States and probabilities by the equations of the cell alone, one step after the other."""
    w = {name: torch.from_numpy(part.copy()) for name, part in known.weights.items()}
    h, states, rows = torch.zeros(known.model.hidden_size), [], []
    for number in ids:
        h = torch.zeros_like(h) if forgets else h
        x = w["embedding.weight"][number]
        ih, hh = w["weight_ih_l0"] @ x + w["bias_ih_l0"], w["weight_hh_l0"] @ h + w["bias_hh_l0"]
        if known.model.cell == "rnn":
            h = torch.tanh(ih + hh)
        else:
            (ir, iz, i_n), (hr, hz, hn) = ih.chunk(3), hh.chunk(3)
            z = torch.sigmoid(iz + hz)
            h = (1 - z) * torch.tanh(i_n + torch.sigmoid(ir + hr) * hn) + z * h
        states.append(h)
        rows.append(torch.softmax(w["head.weight"] @ h + w["head.bias"], 0))
    return torch.stack(states).numpy(), torch.stack(rows).numpy()


@pytest.mark.parametrize("name", NAMES)
def test_every_step_is_the_cells_own(name: str) -> None:
    known = checkpoints.load(LESSONS[name].checkpoint)
    for text in PROBLEMS[name].samples:
        found = unroll(name, text)
        ids = [int(number) for number in known.encode(found.inputs)]
        h, probabilities = by_hand(known, ids, forgets=name == "digit-word")
        np.testing.assert_allclose(found.h, h, atol=2e-6)
        np.testing.assert_allclose(found.probabilities, probabilities, atol=2e-6)
        assert found.outputs == tuple(known.card["answers"][k] for k in probabilities.argmax(1))


@pytest.mark.parametrize("name", [*PROBLEMS])
def test_what_is_said_sums_to_one_and_what_is_not_asked_is_nothing(name: str) -> None:
    for text in PROBLEMS[name].samples:
        found = unroll(name, text)
        assert (found.problem, found.kind) == (name, PROBLEMS[name].kind)
        for asked, said, row in zip(found.has_output, found.outputs, found.probabilities, strict=True):
            assert bool(said) == asked
            assert np.isnan(row).all() if not asked else row.sum() == pytest.approx(1, abs=1e-5)
        assert not found.h.flags.writeable
        assert not found.probabilities.flags.writeable


def test_a_count_reads_what_it_said() -> None:
    for number in range(1, 21):
        found = unroll("counting", str(number))
        assert found.outputs == (*map(str, range(1, number + 1)), "end") == found.targets
        assert found.inputs == (str(number), *found.outputs[:-1])
        assert found.fed == (False,) + (True,) * number


def test_digits_are_a_batch_and_not_a_sequence() -> None:
    found = unroll("digit-word", "0123456789")
    assert found.outputs == found.targets == (
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"
    )  # fmt: skip
    assert not found.is_recurrent
    np.testing.assert_allclose(unroll("digit-word", "7").h[0], found.h[7], atol=1e-6)


def test_parity_beyond_the_lengths_of_the_training() -> None:
    generator = np.random.default_rng(5)
    for length in (1, 2, 21, 50, 100, 200):
        for _ in range(20):
            bits = generator.integers(2, size=length)
            found = unroll("parity", "".join(map(str, bits)))
            assert found.outputs == tuple(("even", "odd")[total % 2] for total in np.cumsum(bits)) == found.targets


@pytest.mark.parametrize("word", ["watch", "duck", "book", "fish"])
def test_the_same_word_is_a_noun_here_and_a_verb_there(word: str) -> None:
    assert unroll("word-classes", f"they {word} the {word}").outputs == ("pronoun", "verb", "determiner", "noun")


def test_a_word_that_it_does_not_know_is_judged_by_its_place() -> None:
    found = unroll("word-classes", "the zorp often sleeps")
    assert found.unknown == (False, True, False, False)
    assert found.outputs[1] in ("noun", "adjective")
    assert found.probabilities[1].max() < 0.9
    assert found.outputs[2:] == ("adverb", "verb")


def test_a_review_is_asked_once_and_at_its_end() -> None:
    model, text = sentiment.load(REVIEWER), "I expected it to be great, but it was terrible!"
    found = unroll("review", text)
    assert found.has_output == (False,) * 9 + (True,)
    assert found.probabilities[-1, 1] == pytest.approx(model.predict([text])[0], abs=1e-6)
    ids = torch.tensor([model.read(text).ids])
    rnn: nn.LSTM = model.network.rnn
    with torch.inference_mode():
        h = rnn(model.network.embedding(ids))[0][0]
    np.testing.assert_allclose(found.h, h, atol=1e-6)


def test_a_review_of_unknown_words_is_refused() -> None:
    with pytest.raises(ValueError, match="Enter at least one word that is in the vocabulary"):
        unroll("review", "zyx qwv")


def test_reversing_reads_first_and_says_then() -> None:
    from rnnviz import attention

    found, model = unroll("reversing", "3 1 4 1 5"), attention.load("reverse-none")
    decoded = model.decode("31415")
    assert found.turn == 5
    assert found.inputs == ("3", "1", "4", "1", "5", START, *decoded.output[:-1])
    assert found.outputs == ("",) * 5 + (*decoded.output[:-1], "end") == ("",) * 5 + found.targets[5:]
    assert not any("<" in symbol for symbol in (*found.inputs, *found.symbols))
    assert found.targets[5:10] == ("5", "1", "4", "1", "3")
    np.testing.assert_array_equal(found.h, np.concatenate([decoded.encoded, decoded.queries]))
    np.testing.assert_array_equal(found.probabilities[5:], decoded.probabilities)
    assert found.outputs[5:10] == found.targets[5:10]


def test_what_does_not_fit_is_refused() -> None:
    steps = {"inputs": ("a",), "fed": (False,), "unknown": (False,), "targets": ("",)}
    whole = {
        "problem": "parity", "kind": "in-step", "network": "n", "about": "", "symbols": ("x", "y"),
        "h": np.zeros((1, 3)), "probabilities": np.ones((1, 2)), **steps,
    }  # fmt: skip
    assert Unrolled(**whole).steps == 1
    with pytest.raises(ValueError, match=r"probabilities must be of shape \(1, 2\); got \(1, 3\)"):
        Unrolled(**whole | {"probabilities": np.ones((1, 3))})
    with pytest.raises(ValueError, match="fed must have 1 steps, as inputs has; got 2"):
        Unrolled(**whole | {"fed": (False, True)})
