"""Which networks the page of gradients draws beside each other, what each of them reads, and how many seeds."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from rnnviz import checkpoints, reach
from rnnviz.checkpoints import characters, decoders, encoders
from rnnviz.checkpoints.reviews import FAMILY
from rnnviz.models import build
from rnnviz.names import CELLS
from rnnviz.sequences.lessons import LESSONS
from rnnviz.spec import Edit
from rnnviz.ui.pages.gradients import lines as gradient_lines
from rnnviz.ui.pages.gradients.lines import OWN, Line
from rnnviz.ui.selection import DEFAULT, Selection, cells_of, families, inputs, network
from rnnviz.ui.selection.changes import changed

WORDS = "yes well so um er like you know"

BORROWED = (FAMILY, characters.FAMILY, decoders.FAMILY, encoders.FAMILY)
"""How families begin that learned from texts, so that the network before its training is not known."""


def untrained(**fields: Any) -> Selection:
    return changed(DEFAULT, **{"cell": "lstm", "input": "words", "input_size": 3, "hidden_size": 8, **fields})


def trained(family: str = "latch", cell: str = "lstm", **fields: Any) -> Selection:
    return changed(changed(DEFAULT, cell=cell, trained=family), **fields)


def test_beside_an_untrained_network_there_are_those_that_torch_starts() -> None:
    assert list(gradient_lines.offered(untrained())) == [
        "This network", "RNN", "LSTM", "GRU", "LSTM, forget bias 1", "LSTM, forget bias 3",
    ]  # fmt: skip
    assert list(gradient_lines.offered(untrained(bias=False))) == ["This network", "RNN", "LSTM", "GRU"]


def test_at_first_those_are_drawn_that_torch_starts_or_all_that_were_trained() -> None:
    assert gradient_lines.usual(untrained()) == ["This network", "RNN", "LSTM", "GRU", "LSTM, forget bias 3"]
    assert gradient_lines.usual(trained()) == ["This network", "Before training", "RNN, trained", "GRU, trained"]
    assert gradient_lines.usual(trained(cell="gru"))[2:] == ["RNN, trained", "LSTM, trained"]


@pytest.mark.parametrize(
    "family",
    [
        name
        for name in families()
        if not name.startswith(BORROWED) and name not in LESSONS and set(cells_of(name)) == {*CELLS}
    ],
)
@pytest.mark.parametrize("cell", CELLS)
def test_beside_a_trained_network_there_are_itself_before_and_the_other_cells(family: str, cell: Any) -> None:
    one = trained(family, cell)
    lines = gradient_lines.offered(one)
    known = checkpoints.load(f"{family}-{cell}")
    before = gradient_lines.spec_of(one, lines["Before training"])
    assert before == known.trained_by.model  # its seed is the one that the training began with
    assert not before.trained
    assert gradient_lines.spec_of(one, OWN) == known.model
    others = [name for name in lines if name.endswith(", trained")]
    assert len(others) == 2
    for name in others:
        spec = gradient_lines.spec_of(one, lines[name])
        assert (spec.trained, spec.cell) == (family, lines[name].cell)
        assert spec.cell != cell
    for name in ("RNN", "LSTM", "GRU"):
        spec = gradient_lines.spec_of(one, lines[name])
        assert (spec.trained, spec.initialisation) == ("", "")
        assert (spec.hidden_size, spec.seed) == (known.model.hidden_size, known.model.seed)
    dashes = {line.dash for name, line in lines.items() if name not in ("This network", *others)}
    assert "solid" not in dashes


@pytest.mark.parametrize("family", [name for name in families() if name.startswith(FAMILY)])
def test_what_was_trained_on_reviews_stands_beside_what_torch_starts(family: str) -> None:
    one = trained(family, "lstm")
    assert "Before training" not in gradient_lines.offered(one)
    assert gradient_lines.usual(one) == ["This network", "RNN", "LSTM", "GRU"]
    found = gradient_lines.length_ratios(one, OWN)
    assert np.isfinite(found).all()
    assert found[0, 0] == 1
    assert 0 < found[0, -1] < 1e-3


def test_trained_networks_read_their_own_embedding_and_their_twins_the_same_as_they() -> None:
    one = trained(words=WORDS)
    lines = gradient_lines.offered(one)
    own = inputs(one)
    np.testing.assert_array_equal(own, checkpoints.load("latch-lstm").vectors(WORDS.split()))
    for name in ("This network", "Before training", "RNN", "GRU", "LSTM, forget bias 3"):
        np.testing.assert_array_equal(gradient_lines.input_of(one, lines[name]), own)
    for cell, name in (("rnn", "RNN, trained"), ("gru", "GRU, trained")):
        expected = checkpoints.load(f"latch-{cell}").vectors(WORDS.split())
        np.testing.assert_array_equal(gradient_lines.input_of(one, lines[name]), expected)
        assert not np.array_equal(expected, own)


def test_a_line_of_a_trained_network_is_the_gradient_of_its_weights() -> None:
    """Against torch's own module with the weights of the checkpoint, in float64."""
    one = trained(words=WORDS)
    known = checkpoints.load("latch-gru")
    rnn = torch.nn.GRU(16, 32, batch_first=True)
    rnn.load_state_dict({n: torch.tensor(w) for n, w in known.weights.items() if n.split("_")[0] in ("weight", "bias")})
    rnn, head = rnn.double(), torch.tensor(known.weights["head.weight"]).double()
    x = torch.tensor(known.vectors(WORDS.split())).double().requires_grad_()
    answers = rnn(x)[0][-1] @ head.T + torch.tensor(known.weights["head.bias"]).double()
    expected = torch.autograd.grad(answers.max(), x)[0].norm(dim=-1)
    (found,) = gradient_lines.step_gradients(one, Line("trained", "gru"), "x", "read-out", 7)
    np.testing.assert_allclose(found.norms, expected, rtol=1e-9)


def test_a_network_with_a_start_of_its_own_is_told_from_torchs_by_more_than_its_width() -> None:
    one = changed(untrained(), recurrent="orthogonal", recurrent_scale=2.0)
    others = [line.dash for name, line in gradient_lines.offered(one).items() if name != "This network"]
    assert "solid" not in [*others, gradient_lines.orthogonal(one, 1.5).dash]
    assert gradient_lines.orthogonal(one, 1.5).dash != gradient_lines.offered(one)["RNN"].dash
    assert gradient_lines.offered(untrained())["RNN"].dash == "solid"


def test_lines_that_are_one_network_are_drawn_once() -> None:
    one = untrained()
    lines = list(gradient_lines.offered(one).values())
    assert gradient_lines.distinct(one, lines[:4]) == (OWN, lines[1], lines[3])
    typed = replace(one, edits=(Edit("bias_hh_l0", (0,), 1.0),))
    assert len(gradient_lines.distinct(typed, lines[:4])) == 4
    gru = trained("adding", "gru")  # it began as torch starts a GRU
    offered = gradient_lines.offered(gru)
    assert gradient_lines.distinct(gru, offered.values()) == tuple(
        line for name, line in offered.items() if name != "GRU"
    )


def test_words_typed_over_count_for_all_and_weights_for_the_network_alone() -> None:
    edits = (Edit("x", (1, 0), 5.0), Edit("weight_hh_l0", (0, 0), 2.0))
    one = replace(untrained(), edits=edits)
    assert gradient_lines.edits_of(one, OWN) == edits[1:]
    for line in gradient_lines.offered(one).values():
        assert gradient_lines.input_of(one, line)[1, 0] == 5
        if line != OWN:
            assert gradient_lines.edits_of(one, line) == ()


def test_an_orthogonal_start_is_the_one_that_every_page_has() -> None:
    one = untrained(cell="rnn")
    spec = gradient_lines.spec_of(one, gradient_lines.orthogonal(one, 1.5))
    typed = network(changed(one, recurrent="orthogonal", recurrent_scale=1.5))
    assert torch.equal(build(spec).rnn.weight_hh_l0, build(typed).rnn.weight_hh_l0)


def test_there_is_one_seed_beside_what_was_trained_and_else_as_many_as_are_quick() -> None:
    assert gradient_lines.seeds_for(trained()) == gradient_lines.lengths_for(trained())[1] == 1
    counts = [gradient_lines.seeds_for(untrained(hidden_size=units, words=WORDS * 25)) for units in (16, 64, 256)]
    assert counts == [5, 3, 1]
    one = untrained()
    first, second, *_ = gradient_lines.step_gradients(one, OWN, "h", "projection", 9)
    assert not np.array_equal(first.norms, second.norms)
    other = reach.step_gradients(replace(network(one), seed=2), inputs(one), at=9)  # on the same words
    np.testing.assert_array_equal(second.norms, other.norms)


@pytest.mark.parametrize(("units", "layers", "longest"), [(64, 1, 500), (512, 1, 500), (256, 4, 400), (512, 4, 100)])
def test_lengths_reach_as_far_as_can_be_computed_at_once(units: int, layers: int, longest: int) -> None:
    one = untrained(hidden_size=units, num_layers=layers)
    lengths, _ = gradient_lines.lengths_for(one)
    assert (lengths[0], lengths[-1]) == (1, longest)


def test_random_inputs_are_what_was_read_in_training() -> None:
    one = trained()
    known = checkpoints.load("latch-lstm")
    drawn = gradient_lines.random_inputs(one, OWN, 3)
    assert drawn.shape == (500, 16)
    rows = {row.tobytes() for row in known.weights["embedding.weight"][1:]}
    assert {row.tobytes() for row in drawn} == rows
    np.testing.assert_array_equal(gradient_lines.random_inputs(one, Line("before"), 3), drawn)
    other = gradient_lines.random_inputs(one, Line("trained", "gru"), 3)
    assert {row.tobytes() for row in other} != rows
    for normal in (gradient_lines.random_inputs(trained("adding"), OWN, 3), gradient_lines.random_inputs(one, OWN, 3)):
        assert normal.shape[0] == 500
    numbers = gradient_lines.random_inputs(untrained(), OWN, 3)
    assert abs(numbers.mean()) < 0.1
    assert abs(numbers.std() - 1) < 0.1


def test_of_both_directions_the_forward_one_alone_has_a_length() -> None:
    one = untrained(bidirectional=True, edits=(Edit("weight_hh_l0_reverse", (0, 0), 9.0),))
    ratios = gradient_lines.length_ratios(one, OWN)
    assert ratios.shape == (3, 13)
    np.testing.assert_array_equal(ratios, gradient_lines.length_ratios(untrained(), OWN))
    typed = untrained(edits=(Edit("weight_hh_l0", (0, 0), 3.0),))
    assert not np.array_equal(ratios[:, 1:], gradient_lines.length_ratios(typed, OWN)[:, 1:])
