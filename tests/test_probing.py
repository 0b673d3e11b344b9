"""A probe reads what is in the states, says what chance and meaningless labels give, and its direction steers."""

from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import Probe, Trace, build, capture, checkpoints, intervene, probe, tasks
from rnnviz.interventions import steer
from tests.together import together

BRACKETS: Final = checkpoints.load("brackets-gru")


def sequences(count: int = 60, *, steps: int = 20, seed: int = 0) -> torch.Tensor:
    return torch.randint(-9, 10, (count, steps), generator=torch.Generator().manual_seed(seed))


def traced(values: torch.Tensor) -> Trace:
    torch.manual_seed(0)
    return capture(nn.GRU(1, 16, batch_first=True), values[..., None] / 9, tokens=values.tolist())


def signs_before(values: torch.Tensor) -> list[list[Any]]:
    return [[None, *(value > 0 for value in row[:-1])] for row in values.tolist()]


def test_a_property_of_the_step_before_is_read_and_meaningless_labels_less_well() -> None:
    values = sequences()
    found = probe(traced(values), signs_before(values))
    assert found.classes == ("False", "True")
    assert found.accuracy > found.control + 0.1
    assert found.selectivity == found.accuracy - found.control
    assert 0.4 < found.commonest < 0.6
    assert found.interval[0] <= found.accuracy <= found.interval[1]
    assert (found.trained_on, found.held_out, found.kinds) == (42 * 19, 18 * 19, 19)


@together("seed", range(20))
def test_labels_that_are_nowhere_in_the_states_are_not_read(seed: int) -> None:
    values = sequences(80, seed=seed)
    labels = np.random.default_rng(seed).integers(2, size=values.shape).tolist()
    found = probe(traced(values), labels, seed=seed)
    assert abs(found.accuracy - 0.5) < 0.1


def test_it_is_logistic_regression() -> None:
    """At the least of the loss its gradient is 0: computed here by hand, on all steps of the training part."""
    values = sequences(8)
    trace, labels = traced(values), (values > 2).tolist()
    found = probe(trace, labels, held_out=0.01)
    unseen = [k for k in range(8) if found.held_out == 20 and k in _held_out(8)]
    rows = [k for k in range(8) if k not in unseen]
    states = trace["h"][0, 0, rows].reshape(-1, 16).astype(np.float64)
    classes = np.array(labels)[rows].ravel().astype(int)
    mean, scale = states.mean(0), states.std(0)
    logits = states @ found.weight.T + found.bias
    share = np.exp(logits - logits.max(1, keepdims=True))
    wrong = share / share.sum(1, keepdims=True) - np.eye(2)[classes]
    gradient = wrong.T @ ((states - mean) / scale) / len(states) + 2e-3 * found.weight * scale
    assert abs(gradient).max() < 1e-3
    np.testing.assert_array_equal(found.predicted(states), np.array(["False", "True"])[logits.argmax(1)])


def _held_out(count: int) -> list[int]:
    return np.random.default_rng(0).permutation(count)[:1].tolist()


def test_the_depth_of_brackets_is_in_the_states_and_its_direction_moves_the_output() -> None:
    assert BRACKETS.task is not None
    batch = tasks.task(BRACKETS.task).held_out(60)
    network, x = build(BRACKETS.model), torch.tensor(BRACKETS.weights["embedding.weight"][batch.x])
    trace = capture(network.rnn, x, tokens=[[BRACKETS.vocabulary[k] for k in row] for row in batch.x])
    found = probe(trace, batch.y.tolist())
    assert found.accuracy > 0.95
    steered = intervene(network.rnn, x, [steer(found.direction("2", "0"), 1.5, steps=[x.shape[1] - 1])])
    assert network.head is not None
    before, after = (network.head(torch.tensor(one["h"][0, 0, :, -1])) for one in (trace, steered))
    assert float(((after - before)[:, 2] - (after - before)[:, 0]).min()) > 0


def test_padding_and_several_traces() -> None:
    values = sequences(12)
    whole, lengths = traced(values), [20] * 6 + [7] * 6
    torch.manual_seed(0)
    gru = nn.GRU(1, 16, batch_first=True)
    tokens = [row[:length] for row, length in zip(values.tolist(), lengths, strict=True)]
    padded = capture(gru, values[..., None] / 9, lengths, tokens=tokens)
    labels = [[value > 0 for value in row] for row in tokens]
    found = probe([padded, whole], labels + (values > 0).tolist())
    assert found.trained_on + found.held_out == sum(lengths) + 12 * 20
    assert found.accuracy > 0.95


def test_without_tokens_there_is_no_control_task() -> None:
    values = sequences(12)
    torch.manual_seed(0)
    trace = capture(nn.GRU(1, 16, batch_first=True), values[..., None] / 9)
    found = probe(trace, values > 0, held_out=0.1)
    assert found.classes == ("False", "True")
    assert np.isnan([found.control, found.selectivity, *found.interval]).all(), "one sequence is held out"


def bad(labels: Any, **options: Any) -> Probe:
    return probe(traced(sequences(6, steps=4)), labels, **options)


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        ([["a"] * 4] * 5, {}, "labels must be of 6 sequences; got 5"),
        ([["a"] * 3] * 6, {}, "labels of sequence 0 must be 4, one a step; got 3"),
        ([["a"] * 4] * 6, {}, "at least 2 labels; got a at all of them"),
        ([[None] * 4] * 6, {}, "labels must have one that is not None"),
        ([["a", "b", "a", "b"]] * 6, {"held_out": 1}, "held_out must be a share between 0 and 1 of at least 4"),
        ([["a", "b", "a", "b"]] * 3 + [[None] * 4] * 3, {}, "at least 4 sequences with labels; got 0.3 of 3"),
        (np.arange(120).reshape(6, 20), {}, "labels of sequence 0 must be 4"),
        ([["a", "b", "a", "b"]] * 6, {"layer": 2}, "layer must be in 0..0 for this trace; got 2"),
    ],
)
def test_what_does_not_fit_is_said(labels: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bad(labels, **options)


def test_a_label_that_there_is_not_has_no_direction() -> None:
    with pytest.raises(ValueError, match="label must be one of a, b; got 'c'"):
        bad([["a", "b", "a", "b"]] * 6).direction("c")
    with pytest.raises(ValueError, match="other must be another label than a; got a"):
        bad([["a", "b", "a", "b"]] * 6).direction("a", "a")


def test_numbers_are_no_labels() -> None:
    values = sequences(12)
    with pytest.raises(ValueError, match="labels must be at most 100 different ones; got 240, as "):
        probe(traced(values), np.random.default_rng(0).random(values.shape))
