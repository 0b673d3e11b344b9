"""The networks that ship: what they say of sentences of our own, and that their cards are about them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch

from rnnviz.sentiment import BAG, NAMES, SentimentModel, load
from rnnviz.sentiment.making import measure
from rnnviz.sentiment.model import FOLDER
from rnnviz.sentiment.network import SentimentNetwork
from rnnviz.sentiment.phrases import CASES, KINDS
from rnnviz.sentiment.recipes import RECIPES
from rnnviz.sentiment.reviews import read
from tests.serving import ROOT

DATA: Final = os.environ.get("RNNVIZ_REVIEWS")
"""The folder aclImdb, or the file imdb_reviews.parquet."""

PRAISE: Final = (
    "I loved this film. The story is moving, the acting is superb, and I will watch it again.",
    "A wonderful movie: funny, clever, beautifully shot. One of the best I have seen in years.",
)
BLAME: Final = (
    "I hated this film. The story is boring, the acting is awful, and I wanted my money back.",
    "A terrible movie: dull, stupid, badly shot. One of the worst I have seen in years.",
)
PAIRS: Final = (("great", "terrible"), ("terrible", "great"))


@pytest.fixture(scope="module")
def models() -> dict[str, SentimentModel]:
    return {name: load(name) for name in NAMES}


@pytest.fixture(scope="module")
def ours(models: dict[str, SentimentModel]) -> SentimentModel:
    return models["bilstm"]


def test_what_is_in_the_folder() -> None:
    files = list(FOLDER.iterdir())
    networks = {f"{name}.{ending}" for name in NAMES for ending in ("json", "safetensors")}
    assert {path.name for path in files} == networks | {"agreement.json"}
    assert sum(path.stat().st_size for path in files) < 12_000_000


@pytest.mark.parametrize("name", NAMES)
def test_praise_and_blame(models: dict[str, SentimentModel], name: str) -> None:
    positive, negative = models[name].predict(PRAISE), models[name].predict(BLAME)
    assert positive.min() > 0.6
    assert negative.max() < 0.4


def test_ours_is_sure_of_short_texts(ours: SentimentModel) -> None:
    halves = [f"I expected it to be {one} but it was {other}" for one, other in PAIRS]
    texts = ["great", "terrible", "good", "not good", "bad", "not bad", *halves]
    predicted = dict(zip(texts, ours.predict(texts), strict=True))
    assert predicted["great"] > 0.75
    assert predicted["terrible"] < 0.25
    assert predicted["not good"] < 0.4
    assert predicted["not good"] < predicted["good"]
    assert predicted["not bad"] > predicted["bad"]
    great_then_terrible, terrible_then_great = (predicted[text] for text in halves)
    assert great_then_terrible < 0.3
    assert terrible_then_great > 0.6


def test_the_order_of_words_matters_to_all_but_the_bag(models: dict[str, SentimentModel]) -> None:
    halves = ("I expected it to be great but it was terrible", "I expected it to be terrible but it was great")
    for name, model in models.items():
        one, other = model.predict(halves)
        assert (one == other) == (name == BAG)


def test_the_running_judgement_turns_at_the_words(ours: SentimentModel) -> None:
    text = "I expected it to be great but it was terrible"
    running = ours.running(text)
    changes = np.diff(running, prepend=0.5)
    assert np.argmax(changes) == text.split().index("great")
    assert np.argmin(changes) == text.split().index("terrible")
    assert running[-1] == pytest.approx(ours.predict([text])[0], abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_cards(models: dict[str, SentimentModel], name: str) -> None:
    card = models[name].card
    assert card["name"] == name
    assert (card["reviews"]["test"], card["test"]["reviews"]) == (24_877, 24_877)
    assert card["reviews"]["train"] + card["reviews"]["validation"] <= 25_000
    right = sum(card["test"]["confusion"][k][k] for k in (0, 1))
    assert card["test"]["accuracy"] == pytest.approx(right / 24_877, abs=1e-4)
    assert sum(row["reviews"] for row in card["test"]["lengths"]) == 24_877
    predicted = models[name].predict([case.text for case in CASES])
    np.testing.assert_allclose([case["predicted"] for case in card["cases"]], predicted, rtol=1e-3)
    assert [(case["text"], case["is_positive"], case["kind"]) for case in card["cases"]] == list(CASES)
    assert card["torch"]
    assert card["seconds"] > 0


@pytest.mark.parametrize("name", RECIPES)
def test_curves_and_sizes(models: dict[str, SentimentModel], name: str) -> None:
    model, recipe = models[name], RECIPES[name]
    assert len(model.card["history"]) == sum(phase.epochs for phase in recipe.phases)
    assert isinstance(model.network, SentimentNetwork)
    assert model.network.spec == recipe.network
    assert not any(parameter.requires_grad for parameter in model.network.parameters())
    assert len(model.vocabulary.tokens) == recipe.network.words
    assert all(torch.isfinite(parameter).all() for parameter in model.network.parameters())


def test_what_was_aimed_at(models: dict[str, SentimentModel]) -> None:
    test = {name: model.card["test"] for name, model in models.items()}
    assert test["bilstm"]["accuracy"] >= 0.9
    assert test["bilstm"]["calibration_error"] <= 0.03
    for name in ("lecture-lstm", "lecture-bilstm"):
        assert 0.845 < test[name]["accuracy"] < 0.875  # .854 to .864 over nine copies of the lecture's


def test_the_cards_in_words(models: dict[str, SentimentModel]) -> None:
    rows = _table_rows(ROOT / "docs" / "sentiment.md")
    said = {row[0].strip("`"): row[1:] for row in rows}
    in_short = {row[0].strip("`"): row[1:] for row in _table_rows(ROOT / "docs" / "library.md")}
    cases = {name: {case["text"]: case for case in model.card["cases"]} for name, model in models.items()}
    for name, model in models.items():
        test = model.card["test"]
        right = sum(_is_right(case) for case in cases[name].values())
        numbers = (f"{test['accuracy']:.4f}", f"{test['loss']:.3f}", f"{test['calibration_error']:.4f}")
        assert said[name][1:5] == [*numbers, f"{right} of {len(CASES)}"]
        shorter = [f"{test[number]:.3f}".lstrip("0") for number in ("accuracy", "calibration_error")]
        assert in_short[name][:3] == [*shorter, f"{right} of {len(CASES)}"]
    assert [row[1:] for row in rows if row[0] == "under 100" or row[0][0].isdigit()] == [
        [f"{row['reviews']:,}", f"{row['accuracy']:.4f}"] for row in models["bilstm"].card["test"]["lengths"]
    ]
    order = [name.strip("`") for name in said["sentence"][1:]]
    for kind in KINDS:
        of_kind = [[_is_right(case) for case in cases[name].values() if case["kind"] == kind] for name in order]
        assert said[kind] == [f"{sum(right)} of {len(right)}" for right in of_kind]
    for text, *_ in CASES:
        asked = [cases[name][text] for name in order]
        expected = [f"{case['predicted']:.2f}{'' if _is_right(case) else ' ✗'}" for case in asked]
        assert said[text] == ["positive" if asked[0]["is_positive"] else "negative", *expected]


def _table_rows(path: Path) -> list[list[str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _is_right(case: Mapping[str, Any]) -> bool:
    return bool((case["predicted"] > 0.5) == case["is_positive"])


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="RNNVIZ_REVIEWS names no reviews: they are not part of the project")
@pytest.mark.parametrize("name", NAMES)
def test_the_accuracies_again(models: dict[str, SentimentModel], name: str) -> None:
    assert DATA is not None
    found, said = measure(models[name], read(Path(DATA))["test"]), models[name].card["test"]
    assert found["reviews"] == said["reviews"]
    for number in ("accuracy", "loss", "calibration_error"):
        assert found[number] == pytest.approx(said[number], abs=2e-4)
