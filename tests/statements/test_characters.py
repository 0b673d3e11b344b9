"""What the document of the character networks says, beside its table, against their cards and what is counted anew."""

import math
import platform
from typing import Any, Final

import pytest

from rnnviz import characters
from rnnviz.characters import ngrams
from rnnviz.characters.alphabet import Alphabet
from rnnviz.characters.corpus import beginning, modules, python_source
from rnnviz.characters.in_app import counted
from rnnviz.characters.recipes import SNAPSHOTS
from tests.statements.reading import Number, numbers

PAGE: Final = "docs/characters.md"
SAME_PYTHON: Final = characters.card("python-lstm")["data"].endswith(f"Python {platform.python_version()}")


def is_close(said: Number, found: float, elsewhere: float) -> bool:
    """As it is written, under the Python that it was measured under; near it under any other, whose library differs."""
    return said.is_rounded(found) if SAME_PYTHON else abs(found - said.value) < elsewhere


def network_and_counting(name: str, part: str) -> tuple[float, float]:
    """Bits per character of a network and of the best n-grams beside it."""
    card = characters.card(name)
    return card[part], card["ngrams"][part][card["ngrams"]["order"] - 1]


def test_what_guessing_costs():
    python, bits, play, fewer = numbers(PAGE, "Guessing among {} characters costs {} bits, among {} {}.")
    for name, size, said in (("python-lstm", python, bits), ("shakespeare-lstm", play, fewer)):
        assert len(characters.load(name).alphabet) == size.value
        assert said.is_rounded(math.log2(size.value))


@pytest.mark.slow
def test_the_library_in_numbers():
    [count] = numbers(PAGE, "here Python 3.11.7: {} modules, without `site-packages`")
    said = numbers(PAGE, "{} characters to learn from, {} for validation, {} for the test")
    assert [number.value for number in said] == list(characters.card("python-lstm")["characters"].values())
    assert is_close(count, sum(1 for _ in modules()), 100)
    found = python_source()
    for number, text in zip(said, (found.train, found.validation, found.test), strict=True):
        assert is_close(number, len(text), number.value / 2)


def test_one_training_at_four_times():
    early, middle, *bits = numbers(
        PAGE, "before its first update, after {} and after {}: test bits {}, {}, {}, {}, the last being its end."
    )
    cards = [characters.card(name) for name in SNAPSHOTS]
    assert [cards[1]["update"], cards[2]["update"]] == [early.value, middle.value]
    assert all(said.is_rounded(card["test"]) for said, card in zip(bits, cards, strict=True))


@pytest.mark.slow
def test_how_many_n_grams_there_are():
    count, most, parameters = numbers(
        PAGE, "for the library {} different n-grams of up to {} characters, each with its count, where the LSTM has {}"
    )
    card = characters.card("python-lstm")
    assert (card["ngrams"]["order"], card["parameters"]) == (most.value, parameters.value)
    alphabet = characters.load("python-lstm").alphabet
    found = ngrams.count(alphabet.encode(python_source().train), len(alphabet), int(most.value))
    assert is_close(count, sum(map(len, found.grams)), count.value / 2)


def test_who_wins_against_counting():
    validation, test = numbers(PAGE, "the RNN loses to counting, by {} bits on the validation text and {} on the test.")
    for said, part in ((validation, "validation"), (test, "test")):
        network, counting = network_and_counting("python-rnn", part)
        assert said.is_rounded(network - counting)
        for name in ("python-lstm", "python-gru", "shakespeare-lstm"):
            network, counting = network_and_counting(name, part)
            assert network < counting
        network, counting = network_and_counting("shakespeare-rnn", part)
        assert network > counting
    lost, won = numbers(
        PAGE, "the GRU, which had half its updates, loses by {} on the validation text and wins by {} on the test;"
    )
    network, counting = network_and_counting("shakespeare-gru", "validation")
    assert lost.is_rounded(network - counting)
    network, counting = network_and_counting("shakespeare-gru", "test")
    assert won.is_rounded(counting - network)
    updates = {name: characters.card(f"shakespeare-{name}")["recipe"]["updates"] for name in ("lstm", "gru")}
    assert updates["lstm"] == 2 * updates["gru"]


def test_the_lstm_after_as_many_updates_as_the_gru():
    updates, lstm, gru = numbers(
        PAGE,
        "After {} updates, as many as the GRU for Python had in all, the LSTM stood at {} bits on the stretch of "
        "validation text that is looked at on the way, with most of its rate still to fall; the GRU ended at {} there.",
    )
    curves: dict[str, Any] = {name: characters.card(f"python-{name}")["curve"] for name in ("lstm", "gru")}
    assert curves["gru"]["update"][-1] == updates.value
    assert gru.is_rounded(curves["gru"]["validation"][-1])
    assert lstm.is_rounded(curves["lstm"]["validation"][curves["lstm"]["update"].index(updates.value)])


def test_a_state_that_loses_its_way():
    last, train, validation, later, low = numbers(
        PAGE,
        "After {} updates it needed {} bits for the text that it learns from and {} for the validation text; {} "
        "updates later both were below {}.",
    )
    curve = characters.card("shakespeare-lstm")["curve"]
    at = curve["update"].index(last.value)
    assert train.is_rounded(curve["train"][at])
    assert validation.is_rounded(curve["validation"][at])
    assert curve["update"][at + 1] - last.value == later.value
    found = max(curve["train"][at + 1], curve["validation"][at + 1])
    assert low.value - 0.1 < found < low.value
    assert min(curve["validation"][: at + 1]) > 3
    stretches, length = numbers(PAGE, "On the way the validation text is read in {} stretches of {} characters.")
    assert characters.card("shakespeare-lstm")["characters"]["validation"] // int(stretches.value) == length.value


def test_what_counting_comes_to_beside_a_training_on_the_library():
    size, order, bits = numbers(
        PAGE,
        "On the first {} characters of the standard library the best are {}-grams, with {} bits per character;",
    )
    text = beginning(int(size.value))
    first = len(text) * 9 // 10
    alphabet = Alphabet.of(text[:first])
    found = counted(alphabet.encode(text[:first]), alphabet.encode(text[first:]), len(alphabet))
    assert is_close(order, found["order"], 2)
    assert is_close(bits, found["bits"], 0.2)
