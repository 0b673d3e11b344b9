"""Tasks: what is wanted is right by a second way of reckoning it, and the baselines are what memoryless answers get."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rnnviz.checkpoints import UNKNOWN
from rnnviz.grammars import GRAMMARS
from rnnviz.spec import TASKS, TOMITA, ModelSpec, TaskName, TaskSpec
from rnnviz.tasks import HELD_OUT, Batch, Task, task
from rnnviz.text import fold, parse_rows, tokenize
from tests.together import together

LENGTHS = [2, 3, 10, 37]


def of(name: TaskName, length: int = 37) -> Task:
    return task(TaskSpec(name, length))


def drawn(name: TaskName, length: int = 37, size: int = 400, seed: int = 5) -> Batch:
    return of(name, length).draw(size, np.random.default_rng(seed))


@together("name", TASKS)
@together("length", LENGTHS)
def test_sizes_and_kinds(name: TaskName, length: int) -> None:
    made, batch = of(name, length), drawn(name, length)
    width = (made.features,) if made.features else ()
    assert batch.x.shape == (400, made.steps, *width)
    assert batch.y.shape == (400, made.asked)
    assert bool(made.vocabulary) == (made.features == 0) == (made.splits != "numbers")
    if made.vocabulary:
        assert made.vocabulary[0] == UNKNOWN
        assert set(np.unique(batch.x)) <= set(range(len(made.vocabulary)))
        assert all(fold(token) == token for token in made.vocabulary[1:])
    if made.classes:
        assert made.outputs == len(made.classes)
        assert set(np.unique(batch.y)) <= set(range(made.outputs))
    assert made.scored <= made.asked <= made.steps


@pytest.mark.parametrize("name", TASKS)
def test_a_seed_says_it_all(name: TaskName) -> None:
    for twin, same in ((drawn(name), True), (drawn(name, seed=6), False)):
        assert np.array_equal(drawn(name).x, twin.x) is same
    assert np.array_equal(of(name).held_out().x, of(name).held_out(HELD_OUT).x)
    assert len(of(name).held_out().x) == HELD_OUT


def test_the_first_word_decides() -> None:
    made, batch = of("latch"), drawn("latch", size=4000)
    assert len(made.vocabulary) == 10
    answers = {"yes": "yes", "no": "no"}
    for x, y in zip(batch.x[:100], batch.y[:100], strict=True):
        assert made.classes[y[0]] == answers[made.vocabulary[x[0]]]
    after = np.bincount(batch.x[:, 1:].ravel(), minlength=10) / batch.x[:, 1:].size
    np.testing.assert_allclose(after, 0.1, atol=0.01)
    assert batch.y.mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("length", LENGTHS)
def test_the_sum_of_the_marked_numbers(length: int) -> None:
    batch = drawn("adding", length)
    value, mark = batch.x[..., 0], batch.x[..., 1]
    for half in (mark[:, : length // 2], mark[:, length // 2 :]):
        assert (half.sum(1) == 1).all()
    np.testing.assert_allclose(batch.y[:, 0], [v[m > 0].sum() for v, m in zip(value, mark, strict=True)], rtol=1e-6)
    assert (value >= 0).all()
    assert (value < 1).all()


@pytest.mark.parametrize("length", LENGTHS)
def test_ten_letters_come_back_after_the_colon(length: int) -> None:
    made = of("copy", length)
    for x, y in zip(*(getattr(drawn("copy", length), part)[:20] for part in ("x", "y")), strict=True):
        typed = "".join(made.vocabulary[k] for k in x)
        wanted = "".join(made.classes[k] for k in y)
        assert len(typed) == length + 20
        assert typed == typed[:10] + "_" * (length - 1) + ":" + "_" * 10
        assert wanted == "_" * (length + 10) + typed[:10]


@pytest.mark.parametrize("length", LENGTHS)
def test_two_letters_in_their_order(length: int) -> None:
    made, batch = of("order", length), drawn("order", length)
    for x, y in zip(batch.x, batch.y, strict=True):
        typed = "".join(made.vocabulary[k] for k in x)
        assert "".join(letter for letter in typed if letter in "xy") == made.classes[y[0]]
    first, last = (np.isin(batch.x[:, ::way], [1, 2]).argmax(1) for way in (1, -1))
    if length >= 10:
        assert (first.min(), first.max()) == (length // 10, 2 * (length // 10) - 1)
        assert (length - 1 - last).min() == length // 2
    np.testing.assert_allclose(np.bincount(batch.y[:, 0]) / len(batch.y), 0.25, atol=0.07)


@pytest.mark.parametrize("length", LENGTHS)
def test_open_brackets_are_counted(length: int) -> None:
    made = of("brackets", length)
    batch = drawn("brackets", length)
    for x, y in zip(batch.x[:100], batch.y[:100], strict=True):
        depth = 0
        for k, wanted in zip(x, y, strict=True):
            depth += {"(": 1, ")": -1}.get(made.vocabulary[k], 0)
            assert made.classes[wanted] == str(depth)
    if length == 37:
        assert set(np.unique(batch.y)) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("length", LENGTHS)
def test_the_last_sign_of_each_channel(length: int) -> None:
    made, batch = of("flip-flop", length), drawn("flip-flop", length)
    for x, y in zip(batch.x[:100], batch.y[:100], strict=True):
        held = ["", "", ""]
        for pulses, target in zip(x, y, strict=True):
            for channel, pulse in enumerate(pulses):
                held[channel] = {1: "+", -1: "-"}.get(int(pulse), held[channel])
            assert made.classes[target] == "".join(held)
    assert (batch.x[:, 0] != 0).all()
    assert set(np.unique(batch.x)) <= {-1, 0, 1}
    if length == 37:
        assert (batch.x[:, 1:] != 0).mean() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("length", LENGTHS)
def test_the_baseline_of_a_flip_flop_is_what_the_present_pulses_give(length: int) -> None:
    made, batch = of("flip-flop", length), drawn("flip-flop", length, size=4000)
    unknown = (batch.x == 0).sum(-1)
    assert made.baseline == pytest.approx((unknown * math.log(2)).mean(), rel=0.02)
    assert made.chance == pytest.approx((0.5**unknown).mean(), rel=0.03)


@together("name", TOMITA)
@together("length", LENGTHS)
def test_whether_the_word_so_far_is_of_the_language(name: TaskName, length: int) -> None:
    made, batch = of(name, length), drawn(name, length)
    for x, y in zip(batch.x[:100], batch.y[:100], strict=True):
        typed = "".join(made.vocabulary[k] for k in x)
        verdicts = [made.classes[k] == "accepted" for k in y]
        assert verdicts == [GRAMMARS[name].holds(typed[: t + 1]) for t in range(length)]
    if length == 37:
        assert 0.2 < batch.y.mean() < 0.87


@pytest.mark.parametrize("name", TOMITA)
def test_the_baseline_of_a_grammar_is_what_the_present_symbol_gives(name: TaskName) -> None:
    made, batch = of(name), drawn(name, size=20_000)
    shares = [batch.y[batch.x == symbol].mean() for symbol in (1, 2)]
    weights = [(batch.x == symbol).mean() for symbol in (1, 2)]
    entropy = sum(
        -weight * sum(p * math.log(p) for p in (share, 1 - share) if p)
        for weight, share in zip(weights, shares, strict=True)
    )
    best = sum(weight * max(share, 1 - share) for weight, share in zip(weights, shares, strict=True))
    assert made.baseline == pytest.approx(entropy, rel=0.03)
    assert made.chance == pytest.approx(best, rel=0.03)


def test_baselines() -> None:
    assert of("latch").baseline == pytest.approx(math.log(2))
    assert of("order").baseline == pytest.approx(math.log(4))
    assert of("copy", 80).baseline == pytest.approx(10 * math.log(8) / 100)
    assert of("adding").baseline == 1 / 6
    y = drawn("adding", size=100_000).y
    assert np.square(y - 1).mean() == pytest.approx(1 / 6, rel=0.01)
    assert y.mean() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("length", LENGTHS)
def test_the_baseline_of_brackets_is_what_counting_gives(length: int) -> None:
    made, batch = of("brackets", length), drawn("brackets", length, size=20_000)
    seen = np.zeros((3, 5))
    np.add.at(seen, (np.where(batch.x == 1, 0, np.where(batch.x == 2, 1, 2)), batch.y), 1 / batch.x.size)
    share = seen / seen.sum(1, keepdims=True)
    entropy = -(seen[seen > 0] * np.log(share[seen > 0])).sum()
    assert made.baseline == pytest.approx(entropy, rel=0.02)
    assert made.chance == pytest.approx(seen.max(1).sum(), rel=0.02)


@pytest.mark.parametrize("name", TASKS)
def test_right_answers_are_right(name: TaskName) -> None:
    made, batch = of(name), drawn(name)
    if not made.classes:
        right = batch.y[..., None].astype(np.float64)
        assert made.score(right, batch.y) == 0
        assert made.accuracy(right + 0.03, batch.y) == 1
        assert made.accuracy(right + 0.05, batch.y) == 0
        assert made.score(right + 0.5, batch.y) == pytest.approx(0.25)
    else:
        right = np.eye(made.outputs)[batch.y]
        assert made.score(right, batch.y) == made.accuracy(right, batch.y) == 1
        assert made.score(-right, batch.y) == 0
        wrong = right.copy()
        wrong[: len(wrong) // 2] *= -1
        assert made.score(wrong, batch.y) == 0.5
    assert math.isnan(made.accuracy(right * np.nan, batch.y))


def test_goals() -> None:
    assert of("latch").reached(0.995, 0.995)
    assert not of("latch").reached(0.99, 0.995)
    assert of("adding").reached(0.001, 0.002)
    assert not of("adding").reached(math.nan, 0.002)
    assert not of("latch").reached(math.nan, 0.0)


def test_only_the_last_ten_of_a_copy_are_judged() -> None:
    made, batch = of("copy"), drawn("copy")
    lazy = np.zeros((400, made.steps, made.outputs))
    lazy[..., -1] = 1  # always a blank
    assert made.score(lazy, batch.y) == 0


@together("name", TASKS)
@together("seed", range(20))
def test_an_example_can_be_typed(name: TaskName, seed: int) -> None:
    made = of(name)
    example = made.example(seed)
    assert example == made.example(seed)
    assert len(example.inputs) == len(example.answers) == made.steps
    assert example.answers.count("") == made.steps - made.asked
    if made.splits == "numbers":
        rows = parse_rows(example.text)
        assert rows.shape == (made.steps, made.features)
        if name == "flip-flop":
            assert set(np.unique(rows)) <= {-1, 0, 1}
            return
        assert float(example.answers[-1]) == pytest.approx(rows.prod(1).sum(), abs=0.01)
        return
    typed = tokenize(example.text) if made.splits == "words" else tuple(example.text)
    assert typed == example.inputs
    known = [token for token in typed if token in made.vocabulary]
    assert UNKNOWN not in typed
    assert len(known) > len(typed) / 2


def test_a_network_is_fitted() -> None:
    model = ModelSpec("gru", 12, 8, output_size=3)
    assert of("order").fitted(model) == replace(model, output_size=4)
    assert of("adding").fitted(model) == replace(model, output_size=1, input_size=2)
