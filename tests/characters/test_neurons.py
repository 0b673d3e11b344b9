"""Correlations are numpy's, a planted unit is found, and long texts are read as short ones are."""

from pathlib import Path

import numpy as np
import pytest

from rnnviz import characters
from rnnviz.characters import corpus, neurons, streams
from rnnviz.characters.neurons import STRETCHES, WARM_UP, correlations, track, tracked
from rnnviz.characters.properties import properties
from rnnviz.names import CELLS, Cell
from tests.characters.made_up import made_up

TEXT = 'def ab(c):\n    # hi "k"\n    a = "bad (cab"\n    bag = [c, \'d\']\n' * 6
PLAY = "KING:\nWhat light is this, my lord, that so late\nBreaks upon the wall? I hear thee, speak!\n\n"


def test_correlations_are_numpys() -> None:
    rng = np.random.default_rng(0)
    values, told = rng.normal(size=(50, 4)).astype(np.float32), rng.integers(0, 2, (50, 3)).astype(np.float32)
    wanted = np.corrcoef(np.concatenate([told, values], axis=1), rowvar=False)[:3, 3:]
    np.testing.assert_allclose(correlations(values, told), wanted, atol=1e-6)


def test_yes_and_no_give_the_point_biserial_correlation() -> None:
    values = np.array([[1.0], [2.0], [4.0], [7.0]], np.float32)
    yes = np.array([0, 0, 1, 1], np.float32)
    mean_yes, mean_no, n = 5.5, 1.5, 4
    wanted = (mean_yes - mean_no) / values.std() * np.sqrt(2 * 2 / n**2)
    assert correlations(values, yes[:, None])[0, 0] == pytest.approx(wanted, abs=1e-6)


def test_what_stands_still_has_no_correlation() -> None:
    values = np.stack([np.full(9, 0.25), np.arange(9.0)], axis=1).astype(np.float32)
    r = correlations(values, np.stack([np.arange(9.0), np.ones(9)], axis=1))
    assert np.isnan(r).tolist() == [[True, False], [True, True]]
    assert r[0, 1] == pytest.approx(1)


def test_a_planted_unit_is_found_and_chance_is_small() -> None:
    rng = np.random.default_rng(1)
    told = properties(TEXT * 20, "python")
    values = rng.normal(size=(len(TEXT) * 20, 30)).astype(np.float32)
    quotes = next(one.values for one in told if one.name == "quotes")
    values[:, 17] = -3 * quotes + 0.5 * values[:, 17]
    found = tracked({"h": values}, told)
    assert found.best("h", "quotes", 3)[0] == 17
    assert found.r["h"][found.names.index("quotes"), 17] < -0.9
    assert found.best("h", "docstring", 3) == [], "the text has none, so nothing goes along with it"


@pytest.mark.parametrize("cell", CELLS)
def test_states_read_side_by_side_are_those_of_the_trace(cell: Cell) -> None:
    model = made_up(cell)
    text = TEXT[:180]
    signals = ("h", "c") if cell == "lstm" else ("h",)
    ids = np.stack([model.alphabet.encode(text), model.alphabet.encode(text[::-1])])
    read = list(streams.pieces(model, ids, 50, signals))
    for row, of in enumerate((text, text[::-1])):
        for signal in signals:
            whole = np.concatenate([piece[signal][row] for piece in read])
            np.testing.assert_allclose(whole, model.trace(of).panel(signal), atol=2e-6)


def test_only_states_can_be_had_of_long_texts() -> None:
    with pytest.raises(ValueError, match="must be h; got 'c'"):
        next(streams.pieces(made_up("gru"), np.zeros((1, 4), np.int64), 2, ("c",)))


@pytest.mark.parametrize("cell", CELLS)
def test_the_first_stretch_begins_with_zeros_and_the_others_with_what_stands_before_them(cell: Cell) -> None:
    model = made_up(cell)
    text, count, warm_up = TEXT[:180], 3, 20
    signals = ("h", "c") if cell == "lstm" else ("h",)
    read = list(
        streams.stretches(model, model.alphabet.encode(text), count, warm_up=warm_up, length=25, signals=signals)
    )
    for row, before in enumerate((0, warm_up, warm_up)):
        whole = model.trace(text[60 * row - before : 60 * (row + 1)])
        for signal in signals:
            states = np.concatenate([piece[signal][row] for piece in read])
            np.testing.assert_allclose(states, whole.panel(signal)[before:], atol=2e-6)


def largest(name: str, text: str) -> np.ndarray:
    """How far from zero each unit's c goes in each of four stretches of a text: (stretch, unit)."""
    model = characters.load(name)
    read = streams.stretches(model, model.alphabet.encode(text), 4, warm_up=WARM_UP, length=256, signals=("c",))
    return np.abs(np.concatenate([piece["c"] for piece in read], axis=1)).max(axis=1)


@pytest.mark.parametrize("name", ["python-lstm", "shakespeare-lstm"])
def test_no_unit_goes_farther_in_the_first_stretch_than_over_the_same_text_in_the_middle(name: str) -> None:
    width = 1_024
    text = corpus.beginning(4 * width) if name == "python-lstm" else (PLAY * 40)[: 4 * width]
    first, middle = largest(name, text)[0], largest(name, text[width:] + text[:width])[3]
    assert (first / (middle + 1)).max() < 2


def test_a_text_that_cannot_be_cut_into_stretches() -> None:
    with pytest.raises(ValueError, match="multiple of 5"):
        next(streams.stretches(made_up(), np.zeros(12, np.int64), 5, warm_up=0, length=4))


def test_a_long_text_is_tracked_as_a_short_one_is() -> None:
    model = made_up()
    text = (TEXT * 60)[: STRETCHES * WARM_UP]
    found = track(model, text, "python")
    whole = tracked({signal: model.trace(text).panel(signal) for signal in "hc"}, properties(text, "python"))
    assert found.characters == len(text)
    for signal in "hc":
        np.testing.assert_allclose(found.r[signal], whole.r[signal], atol=0.02)  # the beginnings of stretches differ


def test_a_text_must_be_longer_than_one_character() -> None:
    with pytest.raises(ValueError, match="at least 2 characters"):
        track(made_up(), "a", "python")


def test_what_was_measured_goes_to_a_file_and_back(tmp_path: Path) -> None:
    model = made_up("gru")
    found = neurons.measure(model, TEXT, "python", "a text of ours")
    path = neurons.save(model, found, tmp_path)
    back = neurons.load(model, tmp_path)
    assert back is not None
    assert (back.said, back.tracking.names) == (found.said, found.tracking.names)
    np.testing.assert_allclose(back.tracking.r["h"], found.tracking.r["h"], atol=6e-4)
    np.testing.assert_allclose(back.before["h"], found.before["h"], atol=6e-4)
    assert neurons.load(made_up("gru", seed=4), tmp_path) is None, "it is of other numbers"
    for broken in ("", "[]", '{"format": 2}', path.read_text().replace('"names":["', '"names":["another","', 1)):
        path.write_text(broken)
        with pytest.raises(ValueError, match="expected what was measured of python-made"):
            neurons.load(model, tmp_path)


@pytest.mark.parametrize("name", characters.NAMES)
def test_what_ships_is_of_the_networks_that_ship(name: str) -> None:
    found = neurons.load(characters.load(name))
    assert found is not None, "run: python -m rnnviz neurons --data tinyshakespeare.txt"
    assert found.tracking.characters >= 50_000
    assert set(found.tracking.r) == ({"h", "c"} if name.endswith("lstm") else {"h"})


@pytest.mark.slow
def test_what_ships_is_what_is_measured_again() -> None:
    """To rounding under the Python that it was measured under; near it under any other."""
    model = characters.load("python-lstm")
    shipped, found = neurons.load(model), neurons.measure_here(model)
    assert shipped is not None
    near = 0.003 if shipped.said == found.said else 0.1
    for signal in "hc":
        best, again = (np.nanmax(np.abs(one.tracking.r[signal]), axis=1) for one in (shipped, found))
        np.testing.assert_allclose(again, best, atol=near)
        np.testing.assert_allclose(found.before[signal], shipped.before[signal], atol=near)
        np.testing.assert_allclose(found.tracking.chance[signal], shipped.tracking.chance[signal], atol=near)


def test_what_the_page_says_of_quotes_and_words() -> None:
    found = neurons.load(characters.load("python-lstm"))
    assert found is not None
    quotes, word = (found.tracking.names.index(name) for name in ("quotes", "word"))
    assert np.nanmax(np.abs(found.tracking.r["c"][quotes])) > 0.7
    assert found.before["c"][quotes] < 0.2
    assert found.before["c"][word] > 0.6


def test_the_text_that_is_measured_was_held_out() -> None:
    text = neurons.held_out_source()
    assert len(text) >= 50_000
    assert "class RobotFileParser" not in text, "it is not the text that the page shows"
