"""What the ablation of units changes: where it is measured, by a loop of torch's own cell, and as a file."""

import platform
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import characters
from rnnviz.characters import ablating, neurons
from rnnviz.characters.ablating import COUNTED, OUTCOMES, PASSAGES, WARM_UP, Ablated, Effect, outcomes
from tests.characters.made_up import made_up

TEXT = 'x = f(\'a\', "b\'")  # it\'s\n"""it\'s\nso"""\n[{\'k\': 1}]\n'


def marked(text: str, name: str) -> list[str]:
    """What comes next at each place, with two characters before it."""
    return [text[max(0, t - 1) : t + 2] for t in np.flatnonzero(outcomes(text)[name])]


def test_places_are_before_what_is_predicted() -> None:
    assert marked(TEXT, "quotes") == ["'a'", "b'\"", "'k'"]
    assert marked(TEXT, "docstring") == ['so"']
    assert marked(TEXT, "comment") == ["'s\n"]
    assert marked(TEXT, "brackets") == ["'\")", " 1}", "1}]"]
    assert len(marked(TEXT, "line_position")) == TEXT.count("\n")
    assert set(outcomes(TEXT)) == set(OUTCOMES)


@pytest.mark.parametrize("text", ["", "a", "'", '"""', '""""""', "\n"])
def test_any_text_has_places_or_none(text: str) -> None:
    assert {found.shape for found in outcomes(text).values()} == {(len(text),)}


def test_a_short_text_is_refused() -> None:
    model = made_up("gru")
    tracking = neurons.track(model, TEXT, "python")
    with pytest.raises(ValueError, match=r"a text must have more than 40,960 characters; got 50"):
        ablating.measure(model, TEXT, tracking, "a text")


@pytest.mark.parametrize("name", ["python-rnn", "python-gru", "python-lstm"])
def test_what_ships_is_of_the_units_that_track_most(name: str) -> None:
    model = characters.load(name)
    found, measured = ablating.load(model), neurons.load(model)
    assert found is not None, "run: python -m rnnviz neurons --ablate"
    assert measured is not None
    assert set(found.effects) == set(measured.tracking.r)
    for signal, own in found.effects.items():
        for of, effect in own.items():
            assert set(measured.tracking.best(signal, of, 3)) <= set(effect.change)
            assert all(low <= mean <= high for mean, low, high in effect.change.values())
            assert effect.passages <= min(effect.places, PASSAGES)


def next_shares(model: characters.CharacterModel, ids: np.ndarray, unit: int, mean: float | None) -> np.ndarray:
    """The probability of each next character (passage, time), by torch's cell; the unit held at its mean if given."""
    rnn = model.network.rnn
    cell = nn.GRUCell(rnn.input_size, rnn.hidden_size)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in rnn.state_dict().items()})
    x = nn.functional.one_hot(torch.from_numpy(ids), rnn.input_size).float()
    h, rows = torch.zeros(len(ids), rnn.hidden_size), []
    with torch.no_grad():
        for t in range(ids.shape[1] - 1):
            h = cell(x[:, t], h)
            if mean is not None:
                h[:, unit] = mean
            rows.append(model.network.head(h).softmax(-1).gather(1, torch.from_numpy(ids[:, t + 1, None]))[:, 0])
    return torch.stack(rows, 1).numpy()


@pytest.mark.slow
def test_a_shipped_effect_is_that_of_a_loop_of_torch_s_cell() -> None:
    model, text = characters.load("python-gru"), neurons.held_out_source()
    shipped, measured = ablating.load(model), neurons.load(model)
    assert shipped is not None
    assert measured is not None
    effect = shipped.effects["h"]["brackets"]
    unit = measured.tracking.best("h", "brackets", 1)[0]
    length = WARM_UP + COUNTED
    starts = len(text) // PASSAGES * np.arange(PASSAGES)
    ids = model.alphabet.encode(text)[starts[:, None] + np.arange(length + 1)]
    with torch.no_grad():
        states, _ = model.network.rnn(nn.functional.one_hot(torch.from_numpy(ids[:, :-1]), len(model.alphabet)).float())
    places = outcomes(text)["brackets"][starts[:, None] + np.arange(WARM_UP, length)]
    shares = [next_shares(model, ids, unit, mean)[:, WARM_UP:] for mean in (None, float(states[..., unit].mean()))]
    near = 0.002 if measured.said == shipped.said and shipped.said.endswith(platform.python_version()) else 0.1
    assert shares[0][places].mean() == pytest.approx(effect.base, abs=near)
    assert (shares[1] - shares[0])[places].mean() == pytest.approx(effect.change[unit][0], abs=near)
    assert effect.change[unit][0] < -0.1, "the network needs the unit"


def test_what_was_measured_goes_to_a_file_and_back(tmp_path: Path) -> None:
    model = made_up("gru")
    found = Ablated("a text of ours", {"h": {"quotes": Effect(0.5, 9, 4, {3: (-0.25, -0.5, -0.125)})}})
    path = ablating.save(model, found, tmp_path)
    back = ablating.load(model, tmp_path)
    assert back is not None
    assert back.said == found.said
    assert vars(back.effects["h"]["quotes"]) == vars(found.effects["h"]["quotes"])
    assert ablating.load(made_up("gru", seed=4), tmp_path) is None, "it is of other numbers"
    good = path.read_text()
    for broken in ("", "[]", '{"format": 1}', good.replace("-0.5", "-7"), good.replace(",-0.125", "")):
        path.write_text(broken)
        with pytest.raises(ValueError, match="expected what ablations change in python-made"):
            ablating.load(model, tmp_path)
