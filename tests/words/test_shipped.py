"""The masked-word network that ships: its card is about it, and what the page and the documents state of it is true."""

import os
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import torch

from rnnviz import words
from rnnviz.sentiment.reading import STOPS
from rnnviz.sentiment.reviews import read
from rnnviz.words import counts
from rnnviz.words.making import EVERY, PLACES, drawn, measure
from rnnviz.words.model import FOLDER, MaskedModel
from rnnviz.words.recipes import HALVES, RECIPE
from rnnviz.words.sentences import sentences_of
from tests.serving import ROOT

DATA: Final = os.environ.get("RNNVIZ_REVIEWS")
"""The folder aclImdb, or the file imdb_reviews.parquet."""


@pytest.fixture(scope="module")
def model() -> MaskedModel:
    return words.load()


def test_what_is_in_the_folder() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {"masked.json", "masked.safetensors"}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 4_000_000


def test_the_card(model: MaskedModel) -> None:
    card = model.card
    assert model.network.spec == RECIPE.network
    assert card["parameters"] == sum(parameter.numel() for parameter in model.network.parameters())
    assert card["tokens"]["read"] <= card["tokens"]["all"]
    assert [row[0] for row in card["curve"]] == list(range(100, RECIPE.updates + 1, 100))
    perplexity = {half: card["held_out"][half]["perplexity"] for half in HALVES}
    assert perplexity["both"] < min(perplexity["forward"], perplexity["backward"])
    for counted in (card["counts"], card["counts_of_read"]):
        assert counted["places"] == PLACES
        assert counted["sides"] < counted["both"] < counted["before"]


def test_the_numbers_of_the_texts_are_those_of_the_card(model: MaskedModel) -> None:
    card = model.card
    forward, backward, both = (f"{card['held_out'][half]['perplexity']:.0f}" for half in HALVES)
    counted = [[f"{card[of][name]:.0f}" for of in ("counts_of_read", "counts")] for name in ("before", "sides", "both")]
    before, sides, (drawn_both, _) = counted
    prose = " ".join((ROOT / "assets" / "text" / "sequences.md").read_text(encoding="utf-8").split())
    assert f"it is {forward} for the forward half, {backward} for the backward half and {both} for both" in prose
    known = [f"{card['held_out'][half]['known']:.0f}" for half in HALVES]
    assert f"of the words alone they are {known[0]}, {known[1]} and {known[2]}." in prose
    assert f"that the network read, the perplexity of trigrams is {before[0]}." in prose
    assert f"the whole text (the network read about a quarter of it), it is {before[1]}." in prose
    assert (
        f"these perplexities are {sides[0]} and {sides[1]} on {PLACES:,} positions; the network with both halves has "
        f"{drawn_both} there"
    ) in prose
    assert f"{card['tokens']['read'] / 1e6:.1f} million tokens of film reviews once, in 12 minutes" in prose
    assert round(card["seconds"] / 60) == 12
    documents = (ROOT / "docs" / "sequences.md").read_text(encoding="utf-8")
    assert f"| the words before | {forward} | {before[0]} | {before[1]} |" in documents
    assert f"| the words after | {backward} |" in documents
    assert f"| both sides | {both} |" in documents
    assert f"that were drawn | {drawn_both} | {sides[0]} | {sides[1]} |" in documents


def test_it_knows_fixed_expressions(model: MaskedModel) -> None:
    for sentence, t in (("It was the worst movie I have ever seen.", 6), ("She fell in love with him.", 3)):
        assert model.guesses(sentence).ranks()[2, t] == 1


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="RNNVIZ_REVIEWS names no reviews: they are not part of the project")
def test_each_half_lacks_what_is_at_its_own_end(model: MaskedModel) -> None:
    """As the page states it: of the first word, and of the last one before the mark that ends the sentence."""
    assert DATA is not None
    held_out = sentences_of(read(Path(DATA))["test"].texts[::EVERY], model.vocabulary)
    stops = model.vocabulary.ids(STOPS)
    first, last = [], []
    for length in range(8, 25):
        rows = held_out.by_length[length]
        ids = torch.from_numpy(rows[np.isin(rows[:, -1], stops)][:60].astype(np.int64))
        losses = -model.network(ids).gather(-1, ids[None, ..., None].expand(3, -1, -1, 1))[..., 0]
        first.append(losses[:2, :, 0])
        last.append(losses[:2, :, -2])
    forward, backward = torch.cat(first, 1).mean(1)
    assert forward > backward + 1
    forward, backward = torch.cat(last, 1).mean(1)
    assert backward > forward + 0.8


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="RNNVIZ_REVIEWS names no reviews: they are not part of the project")
def test_the_perplexities_again(model: MaskedModel) -> None:
    assert DATA is not None
    data = read(Path(DATA))
    held_out = sentences_of(data["test"].texts[::EVERY], model.vocabulary)
    found, stated = measure(model.network, held_out), model.card["held_out"]
    assert (found["tokens"], found["unknown"]) == (stated["tokens"], stated["unknown"])
    for half in HALVES:
        for name in ("perplexity", "known"):
            assert found[half][name] == pytest.approx(stated[half][name], rel=1e-3)
    train = sentences_of(data["train"].texts + data["unlabelled"].texts, model.vocabulary)
    trigrams = counts.count(train.by_length.values(), model.network.spec.words)
    before = counts.log_probabilities(trigrams, held_out)
    assert float(np.exp(-before.mean())) == pytest.approx(model.card["counts"]["before"], rel=1e-4)
    assert len(drawn(held_out, PLACES)) == PLACES
