"""The networks that ship do what their cards say, on sources that neither training nor the card has seen."""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from rnnviz.attention import NAMES, cards, dates, load
from rnnviz.attention.recipes import RECIPES, SCORES
from rnnviz.attention.tasks import draw_digits, is_held_out
from rnnviz.attention.training import LENGTHS, measured

FRESH = 20_261


@lru_cache(maxsize=len(NAMES))
def fresh(name: str) -> dict[str, Any]:
    """What is measured on newly drawn held-out sources, a quarter as many as for the card."""
    model = load(name)
    return measured(model.network, model.task, FRESH, 0.25)


def of(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {(row.get("length"), row.get("form"), row.get("has_weekday")): row for row in rows}


@pytest.mark.parametrize("name", NAMES)
def test_files_are_small_and_made_by_the_recipe(name: str) -> None:
    told = dict(load(name).card)
    assert told == cards.card(name)
    assert told["recipe"] == {key: getattr(RECIPES[name], key) for key in RECIPES[name].__dataclass_fields__}
    assert (cards.FOLDER / f"{name}.safetensors").stat().st_size <= 600_000
    assert told["parameters"] == sum(parameter.numel() for parameter in load(name).network.parameters())
    assert told["seconds"] < 300


@pytest.mark.parametrize("name", NAMES)
def test_accuracy_is_as_stated(name: str) -> None:
    told, now = cards.card(name), fresh(name)
    assert now["accuracy"] == pytest.approx(told["accuracy"], abs=0.03)
    rows = of(told["lengths"] or told["forms"])
    for key, row in of(now["lengths"] or now["forms"]).items():
        spread = 4 * (rows[key]["accuracy"] * (1 - rows[key]["accuracy"]) / row["count"]) ** 0.5
        assert row["accuracy"] == pytest.approx(rows[key]["accuracy"], abs=0.05 + spread), key


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("none")])
def test_alignment_is_as_stated(name: str) -> None:
    told, now = cards.card(name)["alignment"], fresh(name)["alignment"]
    assert set(told) == set(now)
    for what, share in now.items():
        assert share == pytest.approx(told[what], abs=0.03), what


def test_the_bottleneck() -> None:
    by_length = cards.by_length()
    at = {score: dict(zip(by_length[score].lengths, by_length[score].accuracy, strict=True)) for score in SCORES}
    assert at["none"][10] > 0.99
    assert at["none"][20] < 0.6
    assert at["none"][30] < 0.02
    assert min(at[score][length] for score in ("additive", "dot") for length in range(2, 31)) > 0.99
    for one in by_length.values():
        np.testing.assert_array_equal(one.lengths, LENGTHS)
        assert one.learned == 30
    assert by_length["none"].alignment is None


def test_dates_are_right_and_looked_for_where_they_stand() -> None:
    for score in SCORES:
        assert cards.card(f"dates-{score}")["accuracy"] > 0.99
    for score in ("additive", "dot"):
        assert cards.card(f"dates-{score}")["alignment"]["inside"] > 0.9
    for rows in cards.by_form().values():
        assert {row.form for row in rows if row.learned} == set(dates.FORMS)
        assert {row.form for row in rows if not row.learned} == set(dates.STRANGE)


def test_one_by_one_as_in_batches() -> None:
    """Through ``decode``, which pages use, on a few held-out sources of each task."""
    generator = np.random.default_rng(FRESH)
    digits = ["".join(map(str, row)) for row in draw_digits(24, 25, generator, held_out=True)]
    for score in ("additive", "dot"):
        model = load(f"reverse-{score}")
        assert [model.decode(source).text for source in digits] == [source[::-1] for source in digits]
    for score in SCORES:
        model = load(f"dates-{score}")
        for written in dates.draw(40, generator, held_out=True):
            decoding = model.decode(written.text)
            assert (decoding.text, decoding.has_ended) == (written.date.isoformat(), True)


def test_held_out_is_what_training_never_draws() -> None:
    assert is_held_out(draw_digits(12, 50, np.random.default_rng([0, FRESH]), held_out=True)).all()
    assert all(dates.is_held_out(one.date) for one in dates.draw(50, np.random.default_rng(1), held_out=True))


def test_another_first_digit_mostly_leaves_the_rest_right_with_attention_and_never_without() -> None:
    drawn = np.random.default_rng(0).integers(0, 10, (40, 12))
    sources = ["".join(map(str, row)) for row in drawn.tolist()]
    rest = dict.fromkeys(("none", "additive", "dot"), 0)
    for score in rest:
        model = load(f"reverse-{score}")
        for source in sources:
            said = model.decode(source, forced={0: str((int(source[-1]) + 3) % 10)}).text
            rest[score] += said[1:] == source[-2::-1]
    assert rest["none"] == 0
    assert min(rest["additive"], rest["dot"]) > len(sources) / 2
    again = load("reverse-additive").decode("31415926", forced={0: "7"}).text
    assert again == "7" + "62951413"  # the exception that the text names
