"""Whatever the home page leads to is there, and shows what was promised."""

from typing import Any, Final

import numpy as np
import pytest

from rnnviz import attention, clipping, sequences
from rnnviz.analysis import course, first_bad_update, on_in_range
from rnnviz.stepping import Recording, record
from rnnviz.ui.pages.home import view as home
from rnnviz.ui.selection import inputs, network, steps
from rnnviz.ui.selection.link import from_params, to_params
from tests.together import together

POINTS: Final = {point.title: dict(point.params) for point in home.STARTING_POINTS}


def recording_of(params: dict[str, str]) -> Recording:
    selection, problems = from_params(params)
    assert problems == []
    return record(network(selection), inputs(selection), steps(selection), selection.edits)


@together("title", POINTS)
def test_a_starting_point_is_a_link_without_problems(title: str) -> None:
    recording = recording_of(POINTS[title])
    for layer in range(recording.spec.num_layers):
        for direction in recording.spec.directions:
            differences = [each.difference for each in recording.check(recording.walk(layer, direction))]
            assert max(differences) < 1e-5
    assert np.isfinite(recording.trace["h"]).all()


@together("title", POINTS)
def test_a_starting_point_says_nothing_that_is_not_heard(title: str) -> None:
    """Every parameter has an effect: names are known, and no value is a default."""
    selection, _ = from_params(POINTS[title])
    idle = {name for name in POINTS[title] if name not in to_params(selection)} - {"cell"}
    assert idle == set()


def test_titles_are_told_apart() -> None:
    assert len(POINTS) == len(home.STARTING_POINTS)
    assert len({tuple(sorted(params.items())) for params in POINTS.values()}) == len(POINTS)


def test_the_lecture_own_network() -> None:
    recording = recording_of(POINTS["Raschka's RNN"])
    # Sums of ten products, rounded as the processor can.
    np.testing.assert_allclose(recording.trace["h"][0, 0, 0, 2], [-0.8649416, 0.90466356], rtol=0, atol=1e-6)
    assert recording.trace.sizes["time"] == 3


def test_two_layers_both_directions_64_units() -> None:
    sizes = recording_of(POINTS["Two layers, both directions, 64 units"]).trace.sizes
    assert (sizes["layer"], sizes["direction"], sizes["unit"]) == (2, 2, 64)


@pytest.mark.parametrize(
    ("title", "weight"), [("A state that explodes", 1.3), ("A state that vanishes", 0.7)], ids=["1.3", "0.7"]
)
def test_one_unit_is_a_power_of_its_weight(title: str, weight: float) -> None:
    h: Any = recording_of(POINTS[title]).trace["h"][0, 0, 0, :, 0]
    np.testing.assert_allclose(h, weight ** np.arange(len(h)), rtol=1e-5)
    text = next(point.text for point in home.STARTING_POINTS if point.title == title)
    assert str(weight) in text


def test_after_twenty_steps_less_than_a_thousandth_is_left() -> None:
    h = recording_of(POINTS["A state that vanishes"]).trace["h"][0, 0, 0, :, 0]
    assert h[19] > h[0] / 1000 > h[20] > 0


def test_some_units_are_on_in_the_deepest_brackets_alone() -> None:
    recording = recording_of(POINTS["An LSTM that counts brackets"])
    begin = "".join(recording.tokens).index("(z")
    depth = np.cumsum([(read == "(") - (read == ")") for read in recording.tokens])
    assert depth[begin] == depth[begin + 1] == depth.max()
    assert len(on_in_range(recording.trace.panel("h"), begin, begin + 1, 0.3)) == 4


def test_the_input_gates_of_the_adding_network_answer_to_the_marks() -> None:
    recording = recording_of(POINTS["Gates that wait for a mark"])
    marked = {step for step, token in enumerate(recording.tokens) if token.endswith(" 1")}
    gates = recording.trace.panel("i")
    moved = np.abs(gates - np.median(gates, 0)).mean(1)
    assert len(marked) == 2
    assert set(np.argsort(moved)[-2:].tolist()) == marked


def test_the_network_in_training_dies_of_its_second_update() -> None:
    selection, _ = from_params(POINTS["One update that kills a network"])
    assert dict(selection.views) == {"clipping.view": "in-training"}
    unclipped, clipped = clipping.shipped_pair()
    bad = first_bad_update(course(unclipped))
    assert bad is not None
    assert bad.update == 2
    assert unclipped.dead[0, -1] == unclipped.spec.model.hidden_size == 32
    assert clipped.dead[0, -1] < 32


def test_a_hundred_bits_and_their_parity() -> None:
    selection, _ = from_params(POINTS["Parity, far beyond the training length"])
    found = sequences.unroll("parity", dict(selection.entries)["sequences.parity"])
    said = tuple(found.symbols[k] for k in found.probabilities.argmax(1))
    assert found.steps == 100
    assert said == found.targets


def test_digits_that_one_vector_does_not_hold() -> None:
    selection, _ = from_params(POINTS["Twenty-two digits through one vector"])
    digits = dict(selection.entries)["attention.reverse"]
    said = {
        score: "".join(attention.load(f"reverse-{score}").decode(digits).output[:-1]) for score in ("none", "additive")
    }
    assert said["additive"] == digits[::-1]
    half = len(digits) // 2
    assert said["none"][: half - 2] == digits[::-1][: half - 2]
    assert said["none"][half:] != digits[::-1][half:]
