"""What the page of gradients says of factors a step and of lengths, over 20 seeds or 20 random sequences."""

from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np
import pytest

from rnnviz import analysis, checkpoints, sentiment, tasks
from rnnviz.figures import GradientCurve, length_gradient_curves
from rnnviz.names import CELLS, Cell
from rnnviz.reach import length_gradients, step_gradients
from rnnviz.sentiment.explaining import leave_one_out
from rnnviz.spec import ModelSpec
from rnnviz.ui.pages.gradients import lines as gradient_lines
from rnnviz.ui.pages.gradients import view as gradient_view
from rnnviz.ui.selection import DEFAULT, step_count
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.openings import OPENINGS
from tests.statements.reading import numbers

PAGE: Final = "assets/text/gradients.md"
FAMILIES: Final = ("latch", "adding", "brackets")
SEEDS: Final = range(20)


# --- time ---


@cache
def norms_back(cell: Cell, inputs: int) -> np.ndarray:
    """Of 64 units as torch starts them: the gradient's norm k steps back from the last of 101, (seed, k)."""
    found = []
    for seed in SEEDS:
        x = np.random.default_rng([seed, inputs]).standard_normal((101, inputs))
        found.append(step_gradients(ModelSpec(cell, inputs, 64, seed=seed), x, at=100).norms[::-1])
    return np.stack(found)


def factors(cell: Cell, inputs: int) -> np.ndarray:
    return np.array([analysis.factor_per_step(norms, 20).factor for norms in norms_back(cell, inputs)])


def is_about(low: float, found: np.ndarray, high: float) -> bool:
    """Whether a range holds all that was found, and is not much wider."""
    return low < found.min() < low + 0.03 and high - 0.03 < found.max() < high


def test_what_a_plain_rnn_keeps_at_each_step():
    units, fewest, most, low, high, left, steps = numbers(
        PAGE,
        "with {} units and inputs of {} to {} numbers, over 30 steps or more a plain RNN with tanh keeps between {} "
        "and {} of the gradient at each step, and so less than {} after {} steps",
    )
    assert (units.value, steps.value) == (64, 20)
    sizes = [int(fewest.value), 4, 8, int(most.value)]
    found = np.concatenate([factors("rnn", size) for size in sizes])
    assert is_about(low.value, found, high.value)
    vanishing = changed(OPENINGS["Gradients"], **gradient_view.PRESETS["Vanishes"][1])
    shown = gradient_lines.step_gradients(vanishing, gradient_lines.Line("started", "rnn"), "h", "projection", 29)
    assert vanishing.model.hidden_size == units.value
    assert all(low.value < analysis.factor_per_step(one.norms[::-1], 7).factor < high.value for one in shown)
    after = np.concatenate([norms[:, 20] / norms[:, 0] for norms in (norms_back("rnn", size) for size in sizes)])
    assert 0.1 * left.value < after.max() < left.value


@cache
def factors_of_words(cell: Cell, inputs: int, words: str) -> np.ndarray:
    found = []
    for seed in SEEDS:
        one = changed(OPENINGS["Gradients"], cell=cell, input_size=inputs, words=words, seed=seed)
        last = step_count(one) - 1
        norms = gradient_lines.step_gradients(one, gradient_lines.OWN, "h", "projection", last)[0].norms
        found.append(analysis.factor_per_step(norms[::-1], min(20, last // 4)).factor)
    return np.array(found)


SIZES: Final = (2, 4, 5, 8, 16)


@pytest.mark.slow
def test_what_cells_keep_at_each_step_of_words():
    steps, low, high = numbers(PAGE, "over {} steps or more a plain RNN with tanh keeps between {} and {}")
    gated_low, gated_high = numbers(PAGE, "fade almost as fast, with factors between {} and {}.")
    opening = OPENINGS["Gradients"].words
    assert len(opening.split()) >= steps.value
    for cell, least, most in (("rnn", low, high), ("lstm", gated_low, gated_high), ("gru", gated_low, gated_high)):
        found = np.concatenate([factors_of_words(cell, size, opening) for size in SIZES])
        assert least.value < found.min()
        assert found.max() < most.value
    low, high = numbers(PAGE, "Over ten steps all three have factors between {} and {}.")
    short = [factors_of_words(cell, size, DEFAULT.words) for cell in CELLS for size in SIZES]
    assert is_about(low.value, np.concatenate(short), high.value)


def test_what_a_plain_rnn_keeps_of_longer_inputs():
    inputs, low, high = numbers(PAGE, "With inputs of {} numbers the RNN keeps less, between {} and {}.")
    assert is_about(low.value, factors("rnn", int(inputs.value)), high.value)


def test_what_gated_cells_keep_at_each_step():
    low, high = numbers(PAGE, "an LSTM and a GRU fade almost as fast, with factors between {} and {}.")
    assert is_about(
        low.value, np.concatenate([factors(cell, n) for cell in ("lstm", "gru") for n in (2, 4, 16)]), high.value
    )


def test_the_gradient_of_an_open_gate_falls_at_first_and_then_holds():
    low, high, steps, least, most = numbers(
        PAGE,
        "With “Holds” the gradient falls to between {} and {} % in the first {} steps back, since the loss depends on "
        "its own h directly and on earlier ones only through the gates and c. From there on its factor is between {} "
        "and {}",
    )
    begin = int(steps.value)
    for seed in SEEDS:
        one = changed(OPENINGS["Gradients"], **gradient_view.PRESETS["Holds"][1], seed=seed)
        last = step_count(one) - 1
        back = gradient_lines.step_gradients(one, gradient_lines.OWN, "h", "projection", last)[0].norms[::-1]
        assert begin == min(20, last // 4)
        assert low.value < 100 * back[begin] / back[0] < high.value
        assert least.value < analysis.factor_per_step(back, begin).factor < most.value


# --- why ---


def shown_factors(**changes: Any) -> np.ndarray:
    """The factors at each step of 20 networks, on the page's own words and on the random numbers of a preset."""
    rows = "\n".join(" ".join(f"{v:.2f}" for v in row) for row in np.random.default_rng(7).standard_normal((100, 4)))
    found = []
    for seed in SEEDS:
        for begun in (OPENINGS["Gradients"], changed(DEFAULT, numbers=rows)):
            one = changed(begun, **changes, seed=seed)
            last = step_count(one) - 1
            norms = gradient_lines.step_gradients(one, gradient_lines.OWN, "h", "projection", last)[0].norms
            found.append(analysis.factor_per_step(norms[::-1], min(20, last // 4)).factor)
    return np.array(found)


def test_relu_lets_the_gradient_grow_as_w_hh_does_and_tanh_does_not():
    scale, grown = numbers(
        PAGE,
        "$W_{hh}$ is {} times the identity, the activation function is ReLU, and the gradient grows by nearly {} at "
        "each step back.",
    )
    explodes = gradient_view.PRESETS["Explodes"][1]
    assert (explodes["nonlinearity"], explodes["recurrent"], explodes["recurrent_scale"]) == (
        "relu", "identity", scale.value,
    )  # fmt: skip
    found = shown_factors(**explodes)
    assert ((found > 0.98 * grown.value) & (found < grown.value)).all()
    words, low, high = numbers(
        PAGE,
        "in 20 networks of 64 units on the {} words of that link, the gradient grows by a factor between {} and {} at "
        "each step.",
    )
    opening = OPENINGS["Gradients"]
    assert len(opening.words.split()) == words.value
    linked = f"words={quote(opening.words)}&input_size={opening.model.input_size}&hidden_size={explodes['hidden_size']}"
    assert linked in Path(PAGE).read_text(encoding="utf-8")
    with_tanh = {**explodes, "nonlinearity": "tanh", "recurrent": "orthogonal", "recurrent_scale": 2.0}
    assert is_about(low.value, shown_factors(**with_tanh), high.value)


# --- length ---


def test_a_straight_line_against_length_is_an_exponential():
    numbers(
        PAGE,
        "The length has a linear axis and the gradient a logarithmic one, so an exponential, $f^T$, is a straight "
        "line.",
    )
    lengths = np.array([1, 5, 10, 20, 50, 100])
    ratios = []
    for seed in SEEDS:
        x = np.random.default_rng([seed, 3]).standard_normal((lengths[-1], 4))
        ratios.append(length_gradients(ModelSpec("rnn", 4, 32, seed=seed), x, lengths))
    figure: Any = length_gradient_curves([GradientCurve("rnn", "", np.stack(ratios))], lengths)
    assert (figure.layout.xaxis.type or "linear", figure.layout.yaxis.type) == ("linear", "log")
    for ratio in ratios:
        exponential, power = (np.corrcoef(x, np.log(ratio))[0, 1] for x in (lengths, np.log(lengths)))
        assert exponential < -0.99 < -0.95 < power


@pytest.mark.slow
@pytest.mark.parametrize("units", [64, 128])
def test_what_is_left_of_the_gradient_of_a_wide_layer(units: int) -> None:
    least, steps, whole = numbers(
        PAGE,
        "With {} or 128 units in one layer, torch’s initialization and random inputs, each of the three cells loses "
        "this gradient before {} steps: float32 could not hold what is left. With a forget bias of 3 the LSTM keeps "
        "more than a millionth over {} steps.",
    )
    assert least.value <= units <= 128
    lengths = (1, round(steps.value), round(whole.value))
    for seed in SEEDS:
        for size in (1, 16, 64):
            x = np.random.default_rng([seed, 3]).standard_normal((lengths[-1], size))
            for cell in CELLS:
                first, left, _ = length_gradients(ModelSpec(cell, size, units, seed=seed), x, lengths)
                assert np.float32(left / first) == 0
            first, *_, left = length_gradients(ModelSpec("lstm", size, units, seed=seed, forget_bias=3.0), x, lengths)
            assert left / first > 1e-6


@pytest.mark.slow
def test_with_fewer_units_the_seed_decides_what_is_left() -> None:
    numbers(PAGE, "With fewer units the seed decides how much is left.")
    for cell in CELLS:
        left = []
        for seed in SEEDS:
            x = np.random.default_rng([seed, 3]).standard_normal((300, 1))
            first, last = length_gradients(ModelSpec(cell, 1, 2, seed=seed), x, (1, 300))
            left.append(last / first)
        assert max(left) > 1e30 * min(left)


@cache
def left_of(family: str, cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """What reaches the first of 100 and of 500 random inputs, after training and before it, (sequence, length)."""
    one, known = changed(DEFAULT, cell=cell, trained=family), checkpoints.load(f"{family}-{cell}")
    after, before = [], []
    for seed in SEEDS:
        x = gradient_lines.random_inputs(one, gradient_lines.OWN, seed)
        after.append(length_gradients(known.model, x, (1, 100, 500))[1:])
        before.append(length_gradients(known.trained_by.model, x, (1, 100))[1:])
    return np.stack(after), np.stack(before)


@pytest.mark.slow
def test_over_100_steps_training_has_brought_more_to_the_first():
    steps, gated, sequences, others, longest = numbers(
        PAGE,
        "Over {} steps the {} trained GRUs keep more of the gradient than before training on each of {} random "
        "sequences; the other {} networks do so on most. None read more than {} steps in training.",
    )
    assert (steps.value, sequences.value) == (100, len(SEEDS))
    more = {(family, cell): 0 for family in FAMILIES for cell in CELLS}
    for name in more:
        after, before = left_of(*name)
        more[name] = int((after[:, 0] > before[:, 0]).sum())
    of_grus = [count for (_, cell), count in more.items() if cell == "gru"]
    rest = [count for (_, cell), count in more.items() if cell != "gru"]
    assert (len(of_grus), len(rest)) == (gated.value, others.value)
    assert min(of_grus) == len(SEEDS)
    assert min(rest) > len(SEEDS) / 2
    known = [checkpoints.load(f"{family}-{cell}") for family, cell in more]
    assert max(tasks.task(one.task).steps for one in known) == longest.value


@pytest.mark.slow
def test_at_500_steps_next_to_nothing_is_left_but_in_the_gru_that_adds():
    steps, most, kept = numbers(
        PAGE,
        "at {} steps all but one have less than {} of the gradient left. On these random inputs the GRU that adds "
        "keeps more than {}:",
    )
    assert steps.value == 500
    left = {(family, cell): left_of(family, cell)[0][:, 1] for family in FAMILIES for cell in CELLS}
    adding = left.pop(("adding", "gru"))
    assert 1e-3 * most.value < max(found.max() for found in left.values()) < most.value
    assert np.median(adding) > kept.value
    assert adding.min() > kept.value


@pytest.mark.parametrize("inputs", [2, 16])
def test_with_a_loss_at_every_step_the_curve_of_the_rnn_hardly_falls(inputs):
    numbers(PAGE, "With a loss at every step the curve of the RNN hardly falls.")
    for seed in SEEDS:
        x = np.random.default_rng([seed, inputs]).standard_normal((31, inputs))
        norms = step_gradients(ModelSpec("rnn", inputs, 64, seed=seed), x).norms
        assert norms[0] > 0.7 * np.median(norms)


# --- words-reviews ---


def test_the_words_that_count_when_left_out_have_the_largest_gradient_at_no_step():
    words = ("wooden", "delight", "bored")
    named = "“{}”, “{}” and “{}”".format(*words)
    numbers(PAGE, f"{named} change the prediction of the BiLSTM with attention most when they are left out.")
    numbers(PAGE, "No: at every output step another word has the largest gradient.")
    one = OPENINGS["Sentiment"]
    model = sentiment.load("bilstm")
    tokens = model.read(one.words).tokens
    left_out = np.abs(leave_one_out(model, one.words))
    assert {tokens[k] for k in np.argsort(-left_out)[:3]} == set(words)
    for at in range(len(tokens)):
        norms = gradient_lines.step_gradients(one, gradient_lines.OWN, "x", "read-out", at)[0].norms
        assert tokens[int(norms.ravel().argmax())] not in words
