"""The networks that ship: their sizes, and what their cards say of them, measured again where the text is here."""

import platform
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from rnnviz import characters
from rnnviz.characters import NAMES, SHIPPED_NAMES, SNAPSHOTS, ngrams
from rnnviz.characters.corpus import PRINTABLE, Corpus, python_source
from rnnviz.characters.network import FOLDER
from rnnviz.characters.recipes import RECIPES, TAKEN_AT
from rnnviz.characters.training import LOOK_EVERY
from rnnviz.parameters import parameter_count
from tests.serving import ROOT

MEGABYTE: Final = 2**20
DOCS: Final = (Path(ROOT) / "docs" / "characters.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def source() -> Corpus:
    return python_source()


def is_this_python(card: object) -> bool:
    return isinstance(card, str) and card.endswith(f"Python {platform.python_version()}")


def test_files_are_small() -> None:
    sizes = {name: (FOLDER / f"{name}.safetensors").stat().st_size for name in SHIPPED_NAMES}
    assert max(sizes.values()) <= 3 * MEGABYTE
    assert sum(sizes.values()) <= 14 * MEGABYTE


@pytest.mark.parametrize("name", NAMES)
def test_a_card_says_how_the_network_was_made(name: str) -> None:
    model, recipe = characters.load(name), RECIPES[name]
    card = model.card
    assert (model.spec.cell, model.spec.hidden_size) == (recipe.cell, recipe.hidden_size)
    assert card["recipe"]["updates"] == recipe.updates
    assert card["recipe"]["rate"] == recipe.rate
    assert card["parameters"] == parameter_count(model.spec)
    curve = card["curve"]
    assert curve["update"] == list(range(LOOK_EVERY, recipe.updates + 1, LOOK_EVERY))
    assert len(curve["train"]) == len(curve["validation"]) == len(curve["update"])
    assert curve["validation"][-1] < curve["validation"][0]
    assert (model.alphabet.symbols == PRINTABLE) == name.startswith("python")
    assert model.alphabet.replacement == "?"


def test_the_snapshots_are_of_one_training() -> None:
    cards = {name: characters.card(name) for name in SNAPSHOTS}
    assert [cards[name]["update"] for name in TAKEN_AT] == list(TAKEN_AT.values())
    bits = [cards[name]["test"] for name in SNAPSHOTS]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] == pytest.approx(np.log2(len(PRINTABLE)), abs=0.1)
    assert len({cards[name]["data"] for name in SNAPSHOTS}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SHIPPED_NAMES if name.startswith("python") and "@" not in name])
def test_bits_are_what_the_card_says(name: str, source: Corpus) -> None:
    """To the last digit under the Python that it was measured under; near it under any other."""
    model = characters.load(name)
    bits = float(model.bits(source.test)[1:].mean())
    near = 2e-4 if is_this_python(model.card["data"]) else 0.1
    assert bits == pytest.approx(model.card["test"], abs=near)


def test_the_baseline_is_what_the_card_says(source: Corpus) -> None:
    card = characters.card("python-lstm")
    if not is_this_python(card["data"]):
        pytest.skip("the library of another Python is another text")
    alphabet = characters.load("python-lstm").alphabet
    order = card["ngrams"]["order"]
    found = ngrams.count(alphabet.encode(source.train), len(alphabet), order).bits(alphabet.encode(source.test))
    np.testing.assert_allclose(found, card["ngrams"]["test"][:order], atol=6e-5)
    assert card["ngrams"]["validation"][order - 1] == min(card["ngrams"]["validation"])


def test_a_network_expects_what_it_has_learned() -> None:
    python, play = "    def __init__(self):\n        self", "\nKING HENRY:\nMy lord, the king is dead; and"
    for name in NAMES:
        model = characters.load(name)
        own, other = (python, play) if name.startswith("python") else (play, python)
        assert np.nanmean(model.bits(own)) < np.nanmean(model.bits(other)), name


def test_the_document_says_what_the_cards_say() -> None:
    for name in NAMES:
        card = characters.card(name)
        row = next(line for line in DOCS.splitlines() if line.startswith(f"| `{name}` "))
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[1:4] == [f"{card['parameters']:,}", f"{card['validation']:.3f}", f"{card['test']:.3f}"]
        best = card["ngrams"]["order"] - 1
        subject = name.partition("-")[0]
        counted = next(line for line in DOCS.splitlines() if line.startswith(f"| {best + 1}-grams, {subject} "))
        cells = [cell.strip() for cell in counted.strip("|").split("|")]
        assert cells[2:4] == [f"{card['ngrams'][part][best]:.3f}" for part in ("validation", "test")]
