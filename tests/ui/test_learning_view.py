"""What is said of the networks of a subject comes from their cards, whoever wins."""

from collections.abc import Iterator
from typing import Any

import pytest

from rnnviz.ui.pages.characters import learning as learning_view
from rnnviz.ui.pages.characters import temperature as temperature_view
from rnnviz.ui.pages.characters.learning import Request
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import controls

COUNTED = {"order": 3, "validation": [4.0, 3.0, 2.5, 2.6], "test": [4.1, 3.1, 2.55, 2.65]}


def card(test: float, **more: Any) -> dict[str, Any]:
    recipe = {"hidden_size": 8, "seed": 1, "updates": 400, "batch": 4, "length": 10, "rate": 0.002}
    curve = {"update": [200, 400], "train": [3.0, 2.5], "validation": [3.1, test + 0.1]}
    return {
        "data": "a text", "test": test, "validation": test + 0.1, "seconds": 120.0, "parameters": 1234,
        "recipe": recipe, "curve": curve, "ngrams": COUNTED,
        "characters": {"train": 1000, "validation": 100, "test": 100}, **more,
    }  # fmt: skip


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, dict[str, Any]]]:
    """Of three made-up networks; others have a card without anything measured."""
    made = {"python-rnn": card(2.9), "python-lstm": card(2.3), "python-gru": card(2.4)}
    monkeypatch.setattr(networks, "character_card", lambda name: made.get(name, {"data": "a text"}))
    learning_view.figure_of.clear()
    yield made
    learning_view.figure_of.clear()


def test_every_network_is_compared_with_counting(cards: dict[str, dict[str, Any]]) -> None:
    said = learning_view._who_wins("python")
    assert said == (
        "The best n-gram model uses 2 characters and needs 2.55 bits on the test text. "
        "Better than n-grams: the LSTM by 0.25, the GRU by 0.15. Worse than n-grams: the RNN by 0.35."
    )


def test_where_counting_wins_that_is_said(cards: dict[str, dict[str, Any]]) -> None:
    for each in cards.values():
        each["test"] += 1
    said = learning_view._who_wins("python")
    assert "Better than" not in said
    assert "Worse than n-grams: the RNN by 1.35, the LSTM by 0.75, the GRU by 0.85." in said


def test_networks_that_learned_longer_are_compared_where_all_have_been(cards: dict[str, dict[str, Any]]) -> None:
    cards["python-gru"]["curve"] = {"update": [200, 400, 600], "train": [3, 2, 1.5], "validation": [3.0, 2.2, 2.0]}
    said = learning_view._who_wins("python")
    assert said.endswith(
        "Their trainings had different lengths, so the table does not show which cell is the best. After 400 updates, "
        "the last that all of them had, held-out text needs RNN 3.00, LSTM 2.40, GRU 2.20 bits per character. The rate "
        "of the shortest training had already decayed by then, which is an advantage for it."
    )


def test_the_table_has_all_that_was_measured(cards: dict[str, dict[str, Any]]) -> None:
    table = learning_view._table("python")
    assert list(table.index) == ["RNN", "LSTM", "GRU", "3-grams"]
    assert list(table.iloc[1]) == ["2.400", "2.300", "1,234", "400", "2"]
    assert list(table.iloc[3]) == ["2.500", "2.550", "–", "–", "–"]


def test_curves_of_all_cells_with_counting_on_the_same_text(cards: dict[str, dict[str, Any]]) -> None:
    figure = learning_view.figure_of(Request("python", "light"))
    assert figure is not None
    assert [curve.name for curve in figure.data][::2] == ["RNN, held-out", "LSTM, held-out", "GRU, held-out"]
    assert figure.layout.shapes[0].y0 == 2.5
    assert learning_view.figure_of(Request("shakespeare", "light")) is None


def test_snapshots_say_when_they_were_taken_and_how_good_they_were() -> None:
    assert learning_view._when(card(2.7, update=300)) == " · 300 updates · 2.70 bits"
    assert learning_view._when(card(2.0)) == " · 400 updates · 2.00 bits"
    assert learning_view._when({"data": "a text"}) == ""


@pytest.mark.parametrize(
    ("chosen", "wanted", "told"),
    [
        ([], (0.3, 0.7, 1.2), "No temperature is chosen, so T = 0.3, T = 0.7, T = 1.2 are shown."),
        (["T = 0", "T = 2"], (0.0, 2.0), ""),
        (
            ["T = 0", "T = 0.1", "T = 0.3", "T = 0.5", "T = 0.7"],
            (0.0, 0.1, 0.3, 0.5),
            "At most 4 temperatures fit side by side. These are not shown: T = 0.7.",
        ),
    ],
)
def test_at_most_four_temperatures(
    chosen: list[str], wanted: tuple[float, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controls, "choices", lambda *_, **__: chosen)
    assert temperature_view._chosen() == (wanted, told)


def test_the_end_of_a_prompt_stands_on_one_line() -> None:
    assert temperature_view.ending("a b\nc") == "a␣b↵c"
    assert temperature_view.ending("") == "↵"
    assert temperature_view.ending("x" * 40) == "…" + "x" * 16
