"""General sentences, each tried over seeds and settings; and that there is none without a test."""

import ast
import math
from itertools import product
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import analysis, capture, clipping, memory_grid, sentiment, spec
from rnnviz.attention.cards import by_length
from rnnviz.characters.generating import MAX_TEMPERATURE, distribution
from rnnviz.memory_grid import REGIMES, SEEDS, VARIANTS, cell_spec
from rnnviz.names import CELLS
from rnnviz.runs import identity
from rnnviz.spec import TaskSpec
from rnnviz.tasks import task
from rnnviz.ui.reviews.samples import REVIEWS
from tests.serving import ROOT
from tests.statements import general
from tests.statements.reading import numbers
from tests.together import together

DRAWS: Final = range(20)
MEMORY: Final = "assets/text/memory.md"


# --- The list ---


@together("sentence", [sentence for _, sentence in general.sentences()])
def test_each_general_sentence_has_one_claim(sentence: str) -> None:
    assert len(general.claims_of(sentence)) == 1, sentence


@together("words", general.CLAIMS)
def test_each_claim_is_of_a_sentence_and_has_its_test(words: str) -> None:
    assert sum(words in sentence for _, sentence in general.sentences()) == 1
    file, _, name = general.CLAIMS[words].test.partition("::")
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    assert name in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def test_the_document_is_the_list() -> None:
    assert (ROOT / general.DOCUMENT).read_text(encoding="utf-8") == general.document()


# --- The claims ---


def rnn(cell: str, inputs: int, units: int, seed: int, **settings: Any) -> nn.RNNBase:
    torch.manual_seed(seed)
    made: nn.RNNBase = getattr(nn, cell.upper())(inputs, units, **settings)
    return made.requires_grad_(requires_grad=False)


def test_networks_that_reverse_fail_beyond_the_lengths_of_their_training() -> None:
    for score, found in by_length().items():
        seen = found.lengths <= found.learned
        assert found.accuracy[~seen][-1] == 0, score
        if score != "none":
            assert found.accuracy[seen].min() > 0.99, score


def test_a_temperature_keeps_the_order() -> None:
    for seed, temperature in product(DRAWS, np.linspace(0, MAX_TEMPERATURE, 41)):
        logits = np.random.default_rng(seed).normal(0, 3, 30)
        shares = distribution(logits, float(temperature))[logits.argsort()]
        assert (np.diff(shares) >= 0).all()


def test_equal_settings_are_one_run() -> None:
    names = set()
    for seed, cell in product(DRAWS, CELLS):
        text = "A text to learn from, long enough for this. " * 40
        made = [spec.CharacterSpec(spec.text_key(text), cell=cell, seed=seed) for _ in range(2)]
        assert identity(made[:1]) == identity(made[1:])
        names.add(identity(made[:1]))
    assert len(names) == len(DRAWS) * len(CELLS)


def test_no_unclipped_network_is_left_at_a_rate_of_1_and_above() -> None:
    told = "unclipped, at {} and above no network has a finite number left"
    (least,) = numbers("assets/text/clipping.md", told)
    found = clipping.shipped_rates("GRU")
    lost = found.unclipped[found.rates >= least.value]
    assert lost.shape[1] == 20
    assert not np.isfinite(lost).any()


def test_where_a_gate_lies_that_is_never_shut_and_never_open() -> None:
    for seed, (cell, gates) in product(DRAWS, {"lstm": "ifo", "gru": "rz"}.items()):
        trace = capture(rnn(cell, 4, 16, seed), torch.randn(40, 4, generator=torch.Generator().manual_seed(seed)) * 2)
        for gate in gates:
            values, shares = trace.panel(gate), analysis.saturation(trace, gate)
            neither = ((values >= 0.1) & (values <= 0.9)).all(0)
            at_origin = (shares.left[0, 0] == 0) & (shares.right[0, 0] == 0)
            np.testing.assert_array_equal(at_origin, neither)


def test_where_a_gate_lies_that_is_open_at_almost_every_step() -> None:
    network = rnn("lstm", 4, 16, 0)
    network.bias_ih_l0[16:32] = 9.0
    shares = analysis.saturation(capture(network, torch.randn(40, 4)), "f")
    assert shares.right.min() == 1
    assert shares.left.max() == 0


def test_what_a_constant_gate_leaves() -> None:
    for gate in np.linspace(0.05, 0.95, 20):
        left = np.cumprod(np.full(50, gate))
        np.testing.assert_allclose(left, gate ** np.arange(1, 51))
        (life,) = analysis.half_life(np.full((50, 1), gate))
        assert life == pytest.approx(math.log(2) / -math.log(gate))
        assert gate**life == pytest.approx(0.5)


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_a_unit_without_weights_is_0_in_a_plain_rnn(nonlinearity: str) -> None:
    for seed in DRAWS:
        network = rnn("rnn", 3, 8, seed, nonlinearity=nonlinearity)
        for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"):
            network.get_parameter(name)[5] = 0
        assert not capture(network, torch.randn(30, 3)).panel("h")[:, 5].any()


def test_the_frobenius_norm_is_the_largest() -> None:
    for seed, cell, units in product(DRAWS, CELLS, (1, 2, 16, 64)):
        for part in rnn(cell, 3, units, seed).weight_hh_l0.double().split(units):
            whole = float(torch.linalg.matrix_norm(part))
            singular = float(torch.linalg.matrix_norm(part, 2))
            radius = float(torch.linalg.eigvals(part).abs().max())
            assert whole >= singular * (1 - 1e-12)
            assert whole >= radius * (1 - 1e-12)


def test_clipping_never_lengthens() -> None:
    for seed, threshold in product(DRAWS, (0.01, 0.1, 1.0, 10.0, 100.0)):
        network = rnn("lstm", 3, 8, seed).requires_grad_()
        sum(output.square().sum() for output in network(torch.randn(30, 3))[:1]).backward()  # type: ignore[union-attr]
        before = float(nn.utils.get_total_norm([one.grad for one in network.parameters() if one.grad is not None]))
        nn.utils.clip_grad_norm_(network.parameters(), threshold)
        after = float(nn.utils.get_total_norm([one.grad for one in network.parameters() if one.grad is not None]))
        assert after <= before * (1 + 1e-6)
        assert before > threshold or after == pytest.approx(before)


def solved(name: memory_grid.MemoryTask, length: float) -> list[int]:
    found = memory_grid.shipped()
    return [found[cell_spec(TaskSpec(name, int(length)), variant)].solved for variant in VARIANTS]


def test_who_adds_over_short_distances() -> None:
    short, middle, long = numbers(
        MEMORY, "All cells learn to add over {} and {} steps, the plain RNN last. Over {} steps all but the plain RNN"
    )
    for length in (short, middle):
        assert solved("adding", length.value) == [len(SEEDS)] * len(VARIANTS)
        found = memory_grid.shipped()
        rows = [found[cell_spec(TaskSpec("adding", int(length.value)), variant)].solved_at for variant in VARIANTS]
        assert np.median(rows[0]) == max(np.median(row) for row in rows)
    assert solved("adding", long.value) == [0] + [len(SEEDS)] * 4


def test_who_solves_the_order_of_few_letters() -> None:
    short, middle, long = numbers(
        MEMORY, "All cells solve the task over {} and {} letters. Over {} letters the plain RNN and the LSTM with"
    )
    for length in (short, middle):
        assert solved("order", length.value) == [len(SEEDS)] * len(VARIANTS)
    assert solved("order", long.value)[0] == solved("order", long.value)[2] == 0


def test_the_baseline_of_adding() -> None:
    for length, seed in product(REGIMES["adding"].distances, DRAWS):
        sums = task(TaskSpec("adding", length)).draw(2_000, np.random.default_rng(seed)).y
        assert np.square(sums - 1).mean() == pytest.approx(1 / 6, abs=0.02)


def test_the_distance_of_the_latch() -> None:
    for length, seed in product(REGIMES["latch"].distances, DRAWS):
        made = TaskSpec("latch", length)
        example = task(made).example(seed)
        assert memory_grid.remembered(made, example) == (0,)
        assert len(example.inputs) == length + 1
        assert example.answers[-1] == example.inputs[0]
        assert not any(example.answers[:-1])


def test_the_longest_window_holds_what_must_be_remembered() -> None:
    for name, seed in product(REGIMES, DRAWS):
        made = memory_grid.WINDOWED[name]
        example = task(made).example(seed)
        assert memory_grid.windows(made)[-1] == len(example.inputs)
        assert max(memory_grid.remembered(made, example)) < len(example.inputs)


def test_the_copy_task_asks_for_blanks_first() -> None:
    for length, seed in product(REGIMES["copy"].distances, DRAWS):
        answers = task(TaskSpec("copy", length)).example(seed).answers
        assert set(answers[:-10]) == {"_"}
        assert "_" not in answers[-10:]


def test_a_bag_of_words_does_not_see_the_order() -> None:
    bag = sentiment.load(sentiment.BAG)
    for review in REVIEWS.values():
        words = review.text.split()
        orders = [" ".join(np.random.default_rng(seed).permutation(words)) for seed in DRAWS]
        found = bag.predict([" ".join(words), *orders])
        np.testing.assert_allclose(found, found[0], rtol=1e-6)


def test_the_loss_of_one_half() -> None:
    (loss,) = numbers("assets/text/sentiment.md", "always predicts 0.5 has a loss of ln 2 = {} nats")
    for label in (0.0, 1.0):
        assert loss.is_rounded(nn.BCEWithLogitsLoss()(torch.zeros(1), torch.tensor([label])).item())


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_without_a_loop_the_same_input_gives_the_same_state(nonlinearity: str) -> None:
    for seed in DRAWS:
        network = rnn("rnn", 3, 8, seed, nonlinearity=nonlinearity)
        x = torch.randn(1, 3).expand(10, 3)
        assert np.ptp(capture(network, x).panel("h"), axis=0).max() > 0
        network.weight_hh_l0[:] = 0
        assert np.ptp(capture(network, x).panel("h"), axis=0).max() == 0


def test_the_first_step_does_not_depend_on_the_recurrent_weights() -> None:
    for seed, cell in product(DRAWS, CELLS):
        network, x = rnn(cell, 3, 8, seed, bidirectional=True), torch.randn(10, 3)
        before = capture(network, x)
        for name in ("weight_hh_l0", "weight_hh_l0_reverse"):
            network.get_parameter(name)[:] = torch.randn_like(network.get_parameter(name))
        after = capture(network, x)
        for direction, first in (("forward", 0), ("reverse", 9)):
            one, other = (trace.panel("h", direction=direction) for trace in (before, after))
            same = np.isclose(one, other, atol=1e-6).all(1)
            assert same[first], (cell, direction)
            assert same.sum() == 1
