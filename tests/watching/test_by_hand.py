"""Loops without an optimizer are watched like others, and what no hook sees is refused with what to change."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import rnnviz
from rnnviz.record import CURVES, NUMBERS, Record
from tests.doctor.fitting import CharacterModel, Last, characters

Update = Callable[[nn.Module], None]


def by_data(model: nn.Module) -> None:
    for p in model.parameters():
        assert p.grad is not None
        p.data.add_(p.grad, alpha=-0.5)


def without_grad(model: nn.Module) -> None:
    with torch.no_grad():
        for p in model.parameters():
            p.sub_(0.5 * p.grad)  # type: ignore[operator]


def by_data_and_zeroed(model: nn.Module) -> None:
    by_data(model)
    for p in model.parameters():
        p.grad.zero_()  # type: ignore[union-attr]


def trained(update: Update | None, every: int = 1, *, watches: bool = True) -> tuple[list[Tensor], Record]:
    """As pytorch/examples/word_language_model trains: chunks in order, the state detached, the norm clipped."""
    torch.manual_seed(3)
    data, count = characters()
    rows, model = data[: 4 * 121].view(4, 121), CharacterModel(count)
    optimizer = torch.optim.SGD(model.parameters(), 0.5) if update is None else None
    watched, state = rnnviz.watch(model, every=every), None

    def train() -> None:
        nonlocal state
        for start in range(0, 120, 20):
            model.zero_grad()
            ids = rows[:, start : start + 21]
            state = None if state is None else tuple(one.detach() for one in state)
            logits, state = model(ids[:, :-1], state)
            loss = functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 0.25)
            if watches:
                watched.note_loss(loss)
            if optimizer is not None:
                optimizer.step()
            elif update is not None:
                update(model)

    if watches:
        with watched:
            train()
    else:
        train()
    return [*model.parameters()], watched.record


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("update", [by_data, without_grad, by_data_and_zeroed])
def test_updates_by_hand_are_recorded_as_those_of_an_optimizer(update: Update, every: int) -> None:
    _, expected = trained(None, every)
    weights, found = trained(update, every)
    plain, _ = trained(update, every, watches=False)
    assert all(map(torch.equal, plain, weights))
    assert (found.updates, found.update.tolist()) == (6, list(range(0, 6, every)))
    for name in CURVES:
        if update is by_data_and_zeroed and name == "grad_norm_after":
            assert np.isnan(found.grad_norm_after).all()  # the loop has set the gradients to 0
        else:
            np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-4, err_msg=name)
    for name in NUMBERS:
        one, other = found.layers[0][name], expected.layers[0][name]
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-7, err_msg=name)
    assert found.layers[0]["carried"].tolist() == [0.0] + [1.0] * (len(found.update) - 1)


def test_two_passes_that_add_up_are_one_update_by_hand() -> None:
    model = Last(nn.GRU(3, 4, batch_first=True), 2)
    with rnnviz.watch(model, every=1) as watched:
        for _ in range(3):
            for _ in range(2):
                model(torch.randn(2, 5, 3)).square().sum().backward()
            without_grad(model)
            model.zero_grad()
    assert watched.record.updates == 3
    assert watched.record.grad_norm_left.tolist() == [0, 0, 0]


def test_a_run_by_hand_that_ends_in_nan_names_the_gradient() -> None:
    model = Last(nn.GRU(3, 4, batch_first=True), 2)
    with rnnviz.watch(model, every=1) as watched:
        for update in range(4):
            model.zero_grad()
            loss = model(torch.randn(2, 5, 3)).square().sum()
            if update == 2:
                loss = loss + (model.head.weight * 0).sum().sqrt()
            loss.backward()
            by_data(model)
    first = watched.record.non_finite
    assert first is not None
    assert (first.update, first.kind, first.name) == (2, "gradient", "head.weight")


class ByForward(nn.Module):
    """Calls the forward method of its module, which calls no hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.module, self.head = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.module.forward(x)
        logits: Tensor = self.head(output[:, -1])
        return logits


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_call_of_forward_is_refused_at_the_first_update(by_hand: bool) -> None:
    model: Any = ByForward()
    optimizer, updates = torch.optim.SGD(model.parameters(), 0.1), 0

    def train() -> None:
        nonlocal updates
        for _ in range(3):
            model(torch.ones(2, 5, 3)).sum().backward()
            if by_hand:
                by_data(model)
            else:
                optimizer.step()
            updates += 1

    refused = pytest.raises(RuntimeError, match=r"module\.forward\(\.\.\.\) calls no hooks: write module\(\.\.\.\)")
    with refused, rnnviz.watch(model, every=10):
        train()
    assert updates <= 1


def test_a_forward_of_the_whole_model_is_watched() -> None:
    model = Last(nn.GRU(3, 4, batch_first=True), 2)
    with rnnviz.watch(model, every=1) as watched:
        for _ in range(3):
            model.forward(torch.ones(2, 5, 3)).sum().backward()
            by_data(model)
    assert watched.record.updates == 3
    assert np.isfinite(watched.record.layers[0]["grad_norm"]).all()


def test_a_module_that_is_not_called_is_no_error() -> None:
    model = nn.ModuleList([nn.GRU(3, 4), nn.GRU(3, 4)])
    with rnnviz.watch(model, every=1) as watched:
        model[0](torch.ones(2, 5, 3))[0].sum().backward()
        torch.optim.SGD(model.parameters(), 0.1).step()
    assert np.isnan(watched.record.layers[1]["steps"]).all()


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_a_loop_over_cells_is_refused_with_what_to_change(kind: str) -> None:
    model = nn.ModuleList([getattr(nn, f"{kind}Cell")(3, 4), nn.Linear(4, 2)])
    with pytest.raises(ValueError, match=rf"over nn\.{kind}Cell is not watched: nn\.{kind} computes the same"):
        rnnviz.watch(model)


def test_passes_without_any_update_are_noticed() -> None:
    model, other = nn.GRU(3, 4), nn.GRU(3, 4)
    optimizer = torch.optim.SGD(other.parameters(), 0.1)

    def train() -> None:
        model(torch.ones(2, 5, 3))[0].sum().backward()
        optimizer.step()

    with pytest.warns(UserWarning, match="Give the optimizer the parameters of the model"), rnnviz.watch(model):
        train()
