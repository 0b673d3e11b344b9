"""What a network writes is what torch's cells draw step by step; what it reads costs what torch says."""

import math
from typing import Final

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz.characters import Alphabet, CharacterModel
from rnnviz.characters.generating import LIKELIEST, LONGEST, draw, entropy, generate, opening, score, softmax
from rnnviz.models import build
from rnnviz.names import CELLS, Cell
from rnnviz.spec import ModelSpec

SYMBOLS: Final = "\n !?abcdefgh"
PROMPT: Final = "bad cab"


def model_of(cell: Cell = "lstm", symbols: str = SYMBOLS, units: int = 24) -> CharacterModel:
    """Untrained, its logits ten times as large, so that some characters are much likelier than others."""
    alphabet = Alphabet(symbols)
    spec = ModelSpec(cell, len(alphabet), units, output_size=len(alphabet), seed=3)
    network = build(spec)
    assert network.head is not None
    network.head.weight.mul_(10)
    return CharacterModel(f"made-{cell}", spec, network, alphabet, {})


def by_hand(model: CharacterModel, prompt: str, count: int, temperature: float, seed: int) -> tuple[str, np.ndarray]:
    """The same with torch's cells in float64, and the draw written out."""
    cells = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}
    size, units = len(model.alphabet), model.spec.hidden_size
    cell = cells[model.spec.cell](size, units).double()
    weights = model.network.state_dict()
    cell.load_state_dict({name.removesuffix("_l0"): weights[f"rnn.{name}_l0"].double() for name in cell.state_dict()})
    rng = np.random.Generator(np.random.PCG64(seed))
    text, logits = prompt, []
    state = tuple(torch.zeros(1, units, dtype=torch.float64) for _ in range(2))
    for k in range(len(prompt) + count - 1):
        x = torch.zeros(1, size, dtype=torch.float64)
        x[0, model.alphabet.symbols.index(text[k])] = 1
        with torch.no_grad():
            state = cell(x, state) if model.spec.cell == "lstm" else (cell(x, state[0]),)
            z = state[0][0] @ weights["head.weight"].double().T + weights["head.bias"].double()
        logits.append(z.numpy())
        if k >= len(prompt) - 1:
            p = torch.softmax(z / temperature, 0).numpy()
            u, reached, chosen = rng.random(), 0.0, 0
            for chosen, share in enumerate(p):  # noqa: B007 - the last one is meant
                reached += share
                if u < reached:
                    break
            text += model.alphabet.symbols[chosen]
    return text, np.array(logits)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("temperature", "seed"), [(0.7, 1), (1.0, 2), (1.3, 5)])
def test_a_text_is_what_a_plain_loop_draws(cell: Cell, temperature: float, seed: int) -> None:
    model = model_of(cell)
    found = generate(model, PROMPT, count=60, temperature=temperature, seed=seed)
    text, logits = by_hand(model, PROMPT, 60, temperature, seed)
    assert found.text == text
    assert found.prompt == len(PROMPT)
    assert found.logits.shape == (len(PROMPT) + 59, len(SYMBOLS))
    np.testing.assert_allclose(found.logits, logits, atol=2e-5)
    assert "".join(SYMBOLS[k] for k in found.ids) == text


def test_the_same_seed_is_the_same_text_and_another_is_not() -> None:
    model = model_of()
    texts = [generate(model, PROMPT, count=80, temperature=1.0, seed=seed).text for seed in (4, 4, 5)]
    assert texts[0] == texts[1] != texts[2]
    longer = generate(model, PROMPT, count=120, temperature=1.0, seed=4).text
    assert longer.startswith(texts[0])


def test_at_zero_the_likeliest_is_taken_whatever_the_seed() -> None:
    model = model_of()
    one, other = (generate(model, PROMPT, count=50, temperature=0, seed=seed) for seed in (0, 9))
    assert one.text == other.text
    written = slice(one.prompt - 1, None)
    np.testing.assert_array_equal(one.ids[1:][written], one.logits.argmax(axis=1)[written])
    steps = np.arange(len(one.logits))
    np.testing.assert_array_equal(one.probabilities[steps, one.ids[1:]][written], 1)
    np.testing.assert_array_equal(one.probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(one.entropies, entropy(softmax(one.logits)))  # as at temperature 1


def test_a_step_tells_the_five_likeliest_and_what_the_next_one_costs() -> None:
    model = model_of()
    found = generate(model, PROMPT, count=30, temperature=0.6, seed=1)
    said = torch.from_numpy(found.logits).double()
    np.testing.assert_allclose(found.probabilities, torch.softmax(said / 0.6, 1).numpy(), rtol=1e-9)
    np.testing.assert_array_equal(found.likeliest, torch.topk(said, LIKELIEST).indices.numpy())
    loss = nn.functional.cross_entropy(said, torch.from_numpy(found.ids[1:]), reduction="none").numpy()
    np.testing.assert_allclose(found.bits, loss / math.log(2), rtol=1e-9)
    wanted = torch.distributions.Categorical(logits=said).entropy().numpy() / math.log(2)
    np.testing.assert_allclose(found.entropies, wanted, rtol=1e-9)


def test_a_text_of_somebodys_costs_what_the_network_says() -> None:
    model = model_of("gru")
    found = score(model, "abba!\nhead")
    assert (found.text, found.prompt) == ("abba!\nhead", 10)
    np.testing.assert_allclose(found.bits, model.bits("abba!\nhead")[1:], atol=1e-5)


def test_what_is_not_in_the_alphabet_is_read_as_its_replacement() -> None:
    model = model_of()
    assert score(model, "aé😀b").text == "a??b"
    assert generate(model, "Z", count=1, temperature=0, seed=0).text[0] == "?"


def test_an_empty_prompt_begins_with_a_line_break() -> None:
    assert opening(model_of(), "") == "\n"
    assert opening(model_of(symbols=" ab"), "") == " "
    assert opening(model_of(symbols="ba"), "") == "b"
    found = generate(model_of(), "", count=5, temperature=1, seed=0)
    assert (found.text[0], found.prompt, len(found.text)) == ("\n", 1, 6)


def test_a_tiny_alphabet_has_fewer_likeliest() -> None:
    found = generate(model_of(symbols="ab"), "a", count=3, temperature=1, seed=0)
    assert found.likeliest.shape == (3, 2)


@pytest.mark.parametrize(
    ("count", "temperature", "seed", "said"),
    [
        (0, 1.0, 0, "count must be in 1..1,000; got 0"),
        (LONGEST + 1, 1.0, 0, "count must be in 1..1,000; got 1,001"),
        (5, -0.1, 0, "temperature must be in 0..5; got -0.1"),
        (5, math.nan, 0, "temperature must be in 0..5; got nan"),
        (5, 1.0, -1, "seed must be at least 0; got -1"),
    ],
)
def test_what_cannot_be_done_is_said(count: int, temperature: float, seed: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        generate(model_of(), "a", count=count, temperature=temperature, seed=seed)


def test_one_character_alone_cannot_be_scored() -> None:
    with pytest.raises(ValueError, match="at least 2 characters to be scored; got 1"):
        score(model_of(), "a")


# --- Distributions ---


@pytest.mark.parametrize(
    ("temperature", "wanted"),
    [(1, (0.1065, 0.1065, 0.7870)), (2, (0.2119, 0.2119, 0.5761)), (10, (0.3104, 0.3104, 0.3792))],
)
def test_the_lectures_three_logits(temperature: float, wanted: tuple[float, ...]) -> None:
    found = softmax(np.array([1, 1, 3]), temperature)
    np.testing.assert_allclose(found, wanted, atol=5e-5)
    np.testing.assert_allclose(
        found, np.exp(np.array([1, 1, 3]) / temperature) / np.exp(np.array([1, 1, 3]) / temperature).sum()
    )


def test_very_large_logits_are_no_trouble() -> None:
    np.testing.assert_array_equal(softmax(np.array([1e30, 0, -1e30]), 0.01), [1, 0, 0])


def test_entropy_is_zero_where_all_is_certain_and_log2_where_nothing_is() -> None:
    assert entropy(np.array([0.0, 1.0, 0.0])) == 0
    assert entropy(np.full(8, 1 / 8)) == pytest.approx(3)
    np.testing.assert_allclose(entropy(np.array([[0.5, 0.5], [1, 0]])), [1, 0])


def test_each_character_is_drawn_as_often_as_it_is_likely() -> None:
    logits = np.log(np.array([0.5, 0.2, 0.3]))
    places = (np.arange(1000) + 0.5) / 1000
    drawn = np.bincount([draw(logits, 1.0, float(at)) for at in places], minlength=3)
    np.testing.assert_array_equal(drawn, [500, 200, 300])
    assert draw(logits, 1.0, 0.0) == 0
    assert draw(logits, 1.0, np.nextafter(1.0, 0.0)) == 2
    assert draw(np.array([2.0, 2.0, 1.0]), 0, 0.9) == 0


def test_what_cannot_come_is_never_drawn() -> None:
    logits = np.array([-1e9, 0.0, -1e9, 0.0, -1e9])
    assert {draw(logits, 1.0, at) for at in (0.0, 0.25, 0.5, 0.75, float(np.nextafter(1.0, 0.0)))} == {1, 3}
