"""One loss on its way back through time: against torch's ``.grad`` and autograd through a loop of steps."""

import numpy as np
import pytest
import torch

from rnnviz import reach
from rnnviz.models import build
from rnnviz.names import CELLS, Cell
from rnnviz.reach import through_time
from rnnviz.spec import Edit, ModelSpec
from tests.test_reach import by_steps, first_states
from tests.together import together

X = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
TOLERANCE = 1e-12


def made(cell: Cell, **more: object) -> ModelSpec:
    return ModelSpec(cell, 3, 4, output_size=2, **more)  # type: ignore[arg-type]


@together("of", ["projection", "read-out"])
@together("cut", [None, 1, 3, 10])
@together("layers", [1, 2])
@together("cell", CELLS)
def test_what_the_steps_add_is_torchs_gradient(cell: Cell, layers: int, cut: int | None, of: reach.Of) -> None:
    found = through_time(made(cell, num_layers=layers), X, [2, 6], of=of, cut=cut)
    for (layer, _), back in found.layers.items():
        ours = {"weight_hh": back.weight_hh, "weight_ih": back.weight_ih}
        ours |= {"bias_hh": back.sums.sum(0).ravel(), "bias_ih": back.reads.sum(0).ravel()}
        for name, grad in ours.items():
            np.testing.assert_allclose(grad, found.grads[f"rnn.{name}_l{layer}"], atol=TOLERANCE)


@pytest.mark.parametrize("cell", CELLS)
def test_both_directions_of_two_layers_are_torchs_too(cell: Cell) -> None:
    found = through_time(made(cell, num_layers=2, bidirectional=True), X, range(7))
    assert len(found.layers) == 4
    for (layer, direction), back in found.layers.items():
        ending = f"_l{layer}" + ("_reverse" if direction == "reverse" else "")
        np.testing.assert_allclose(back.weight_hh, found.grads[f"rnn.weight_hh{ending}"], atol=TOLERANCE)
        np.testing.assert_allclose(back.weight_ih, found.grads[f"rnn.weight_ih{ending}"], atol=TOLERANCE)


@together("is_started", [False, True])
@together("bidirectional", [False, True])
@together("cell", CELLS)
def test_the_derivatives_by_every_state_are_those_of_a_loop_of_steps(
    cell: Cell, bidirectional: bool, is_started: bool
) -> None:
    spec = made(cell, num_layers=2, bidirectional=bidirectional)
    module, x = build(spec).double().rnn, torch.from_numpy(X).double().requires_grad_()
    hx = first_states(spec) if is_started else ()
    output, states = by_steps(module, x, hx)
    vectors = torch.from_numpy(reach.loss_vectors(build(spec).double(), output.detach().numpy(), seed=spec.seed).copy())
    loss = (output * vectors)[[2, 6]].sum()
    found = through_time(spec, X, [2, 6], hx=hx)
    assert found.loss == pytest.approx(float(loss.detach()))
    for (layer, direction), back in found.layers.items():
        for state, ours in (("h", back.h), ("c", back.c)):
            if ours is not None:
                grads = torch.autograd.grad(
                    loss, states[layer, direction, state], retain_graph=True, materialize_grads=True
                )
                np.testing.assert_allclose(ours, torch.stack(grads).numpy(), atol=TOLERANCE)
    (by_x,) = torch.autograd.grad(loss, x)
    np.testing.assert_allclose(found.x, by_x.numpy(), atol=TOLERANCE)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("cut", [None, 3])
def test_the_sums_over_steps_are_torchs_from_other_states_than_zeros(cell: Cell, cut: int | None) -> None:
    spec = made(cell, num_layers=2)
    found, plain = (through_time(spec, X, [2, 6], cut=cut, hx=hx) for hx in (first_states(spec), ()))
    for (layer, _), back in found.layers.items():
        ours = {"weight_hh": back.weight_hh, "weight_ih": back.weight_ih}
        for name, grad in ours.items():
            np.testing.assert_allclose(grad, found.grads[f"rnn.{name}_l{layer}"], atol=TOLERANCE)
    assert np.abs(found.grads["rnn.weight_hh_l0"] - plain.grads["rnn.weight_hh_l0"]).max() > 1e-4


@pytest.mark.parametrize("cell", CELLS)
def test_what_arrives_is_what_the_later_step_hands_back(cell: Cell) -> None:
    for cut in (None, 3):
        back = through_time(made(cell), X, [2, 6], cut=cut).layers[0, "forward"]
        np.testing.assert_allclose(back.h, back.above + back.next_h, atol=TOLERANCE)
        handed = np.concatenate([back.past_h[1:], np.zeros((1, 4))])
        if cut:
            handed[cut - 1 :: cut] = 0
            assert np.abs(back.past_h[6]).max() > 0  # there was something to cut
        np.testing.assert_allclose(back.next_h, handed, atol=TOLERANCE)
        assert not back.above[[0, 1, 3, 4, 5]].any()


def test_a_loss_does_not_reach_before_the_cut() -> None:
    back = through_time(made("lstm"), X, [6], cut=3).layers[0, "forward"]
    assert back.c is not None
    assert np.abs(back.h[6]).max() > 0
    assert not back.h[:6].any()
    assert not back.c[:6].any()


@pytest.mark.parametrize("cell", CELLS)
def test_jacobians_are_those_of_autograd(cell: Cell) -> None:
    spec = made(cell)
    module = build(spec).double().rnn
    back = through_time(spec, X, [6]).layers[0, "forward"]
    size = 8 if cell == "lstm" else 4
    assert back.jacobians.shape == (7, size, size)
    _, states = by_steps(module, torch.from_numpy(X).double())
    for t in (1, 4):
        kinds = "hc" if cell == "lstm" else "h"
        entry = torch.cat([states[0, "forward", state][t - 1].detach() for state in kinds])

        def step(state: torch.Tensor, t: int = t) -> torch.Tensor:
            parts = tuple(part[None] for part in state.split(4))
            _, after = module(torch.from_numpy(X[t : t + 1]).double(), parts if cell == "lstm" else parts[0])
            return torch.cat([part[0] for part in after]) if cell == "lstm" else after[0]

        exact = torch.autograd.functional.jacobian(step, entry)
        np.testing.assert_allclose(back.jacobians[t], exact.numpy(), atol=TOLERANCE)
        assert back.stretches()[t] == pytest.approx(float(torch.linalg.matrix_norm(exact, 2)))


def test_what_a_step_adds_has_the_norm_of_its_product() -> None:
    back = through_time(made("gru"), X, [6]).layers[0, "forward"]
    for t in range(7):
        outer = np.outer(back.sums[t].ravel(), back.h_prev[t])
        assert back.added_hh[t] == pytest.approx(np.linalg.norm(outer))
        assert back.added_ih[t] == pytest.approx(np.linalg.norm(np.outer(back.reads[t].ravel(), back.inputs[t])))
    assert back.added_hh[0] == 0  # the first step starts from zeros


def test_the_norm_is_the_one_that_torch_clips_by() -> None:
    found = through_time(made("lstm"), X, range(7), of="read-out")
    grads = [torch.from_numpy(grad) for grad in found.grads.values()]
    assert found.norm == pytest.approx(float(torch.nn.utils.get_total_norm(grads)))
    assert "head.weight" in found.grads


def test_edits_of_weights_count() -> None:
    plain, edited = (
        through_time(made("rnn"), X, [6], edits=edits) for edits in ((), (Edit("weight_hh_l0", (0, 1), 2.0),))
    )
    assert np.abs(plain.layers[0, "forward"].h - edited.layers[0, "forward"].h).max() > 1e-3


@pytest.mark.parametrize(
    ("more", "cut", "message"),
    [
        ({"bidirectional": True}, 2, "cut must be None for a network that reads in both directions"),
        ({}, 0, "cut must be a number of steps of at least 1; got 0"),
    ],
)
def test_what_cannot_be_cut_is_told(more: dict[str, object], cut: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        through_time(made("rnn", **more), X, [6], cut=cut)
