"""A watched training stays the same, and its record has its norms, gates, states, and the first bad number."""

import math
import weakref
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import rnnviz
from rnnviz import analysis, capture
from rnnviz.record import QUANTILES, Record
from rnnviz.watching import watched as watching
from rnnviz.watching.measures import sigmoid_twice, softmax_twice
from tests.doctor.fitting import CharacterModel, Last


class WithDropout(nn.Module):
    """A model that draws random numbers in its forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.rnn = nn.LSTM(6, 8, num_layers=2, dropout=0.3, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(16, 8, batch_first=True)
        self.drop, self.head = nn.Dropout(0.4), nn.Linear(8, 3)

    def forward(self, ids: Tensor) -> Tensor:
        output, _ = self.gru(self.rnn(self.drop(self.embedding(ids)))[0])
        logits: Tensor = self.head(self.drop(output[:, -1]))
        return logits


def trained(every: int | None, folder: Path | None = None) -> tuple[list[Tensor], list[float], Record | None]:
    """Weights and losses of a training, watched or not."""
    torch.manual_seed(5)
    model = WithDropout()
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    losses = []

    def train() -> None:
        for _ in range(7):
            ids = torch.randint(11, (12, 9))
            loss = functional.cross_entropy(model(ids), ids.sum(1) % 3)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 0.2)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(float(loss.detach()))

    if every is None:
        train()
        return [*model.parameters()], losses, None
    with rnnviz.watch(model, every=every, folder=folder) as watched:
        train()
    return [*model.parameters()], losses, watched.record


@pytest.mark.parametrize("every", [1, 3])
def test_a_watched_training_is_the_same_to_the_last_bit(every: int) -> None:
    weights, losses, _ = trained(None)
    again, same, record = trained(every)
    assert losses == same
    assert all(torch.equal(one, other) for one, other in zip(weights, again, strict=True))
    assert record is not None
    assert record.updates == 7
    assert record.update.tolist() == list(range(0, 7, every))
    assert [layer.path for layer in record.layers] == ["rnn", "gru"]


def test_no_hook_is_left_behind() -> None:
    module = nn.GRU(3, 4)
    counts = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    from torch.optim import optimizer as of_torch

    before = len(of_torch._global_optimizer_pre_hooks), len(of_torch._global_optimizer_post_hooks)
    with pytest.raises(ZeroDivisionError), rnnviz.watch(module, every=1):
        _ = 1 / 0
    assert not any(getattr(module, name) for name in counts)
    assert all(not parameter._post_accumulate_grad_hooks for parameter in module.parameters())
    assert (len(of_torch._global_optimizer_pre_hooks), len(of_torch._global_optimizer_post_hooks)) == before


def test_norms_before_clipping_are_those_that_torch_clips_by() -> None:
    torch.manual_seed(6)
    model = Last(nn.LSTM(3, 6, batch_first=True), 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    told, left = [], []
    with rnnviz.watch(model, every=2) as watched:
        for _ in range(6):
            for _ in range(2):  # two backward passes add up
                functional.cross_entropy(model(torch.randn(4, 5, 3)), torch.tensor([0, 1, 0, 1])).backward()  # type: ignore[no-untyped-call]
            told.append(float(nn.utils.clip_grad_norm_(model.parameters(), 0.3)))
            left.append(math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters() if p.grad is not None)))
            optimizer.step()
            optimizer.zero_grad()
    record = watched.record
    np.testing.assert_allclose(record.grad_norm, told[::2], rtol=1e-5)
    np.testing.assert_allclose(record.grad_norm_after, left[::2], rtol=1e-5)
    assert record.clipped.tolist() == [norm > 0.3 for norm in told[::2]]
    assert np.isnan(record.loss).all()


def test_gates_and_states_are_those_of_a_capture() -> None:
    torch.manual_seed(7)
    model = Last(nn.LSTM(3, 6, batch_first=True), 2)
    with torch.no_grad():
        model.rnn.weight_ih_l0 *= 6  # some gates are shut, others open
    x = torch.randn(20, 9, 3)
    trace = capture(model.rnn, x[:4])
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    value = float(torch.linalg.matrix_norm(model.rnn.weight_hh_l0.detach(), 2))
    with rnnviz.watch(model) as watched:
        loss = model(x).square().sum()
        loss.backward()
        watched.note_loss(loss)
        optimizer.step()
    (layer,) = watched.record.layers
    for k, gate in enumerate(layer.gates):
        found = analysis.saturation(trace, gate, 0.05, 0.95)
        np.testing.assert_allclose(layer["shut"][0, 0, 0, k], found.left.mean(), atol=1e-6)
        np.testing.assert_allclose(layer["open"][0, 0, 0, k], found.right.mean(), atol=1e-6)
    assert layer["shut"].max() > 0.1
    np.testing.assert_allclose(layer["saturated"][0, 0, 0], (np.abs(trace["h"]) > 0.95).mean(), atol=1e-6)
    lives = analysis.half_life(trace["f"])
    np.testing.assert_allclose(layer["half_life"][0, 0, 0], np.quantile(lives, QUANTILES, method="nearest"), rtol=1e-4)
    np.testing.assert_allclose(layer["singular_value"][0, 0, 0], value, rtol=1e-5)
    assert (layer["batch"][0], layer["steps"][0], layer["given"][0]) == (20, 9, 0)
    assert watched.record.loss[0] == np.float32(loss.item())


def test_dead_units_are_counted() -> None:
    model = Last(nn.RNN(3, 8, nonlinearity="relu", batch_first=True), 2)
    with torch.no_grad():
        model.rnn.weight_hh_l0.zero_()
        model.rnn.bias_ih_l0[:3] = -1_000
        model.rnn.bias_ih_l0[3:] = 5
    record = rnnviz.watching.pass_once(model, torch.randn(4, 9, 3))  # type: ignore[attr-defined]
    assert record.layers[0]["dead"][0, 0, 0] == np.float32(3 / 8)


@pytest.mark.parametrize("place", ["input", "parameter", "activation", "gradient"])
def test_the_first_number_that_is_not_finite_has_a_place(place: str) -> None:
    torch.manual_seed(8)
    model = Last(nn.RNN(3, 6, nonlinearity="relu", batch_first=True), 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    with rnnviz.watch(model, every=100) as watched:
        for update in range(4):
            x = torch.randn(4, 40, 3)
            bad = update == 2
            if bad and place == "input":
                x[1, 2, 0] = math.nan
            if bad and place == "parameter":
                with torch.no_grad():
                    model.head.bias[0] = math.inf
            if bad and place == "activation":
                with torch.no_grad():
                    model.rnn.weight_hh_l0.fill_(100.0)
                    model.rnn.bias_ih_l0.fill_(1.0)
            loss = model(x).square().sum()
            if bad and place == "gradient":
                loss = loss + (model.head.weight * 0).sum().sqrt()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    first = watched.record.non_finite
    assert first is not None
    assert (first.update, first.kind) == (2, place)
    named = {"input": "", "parameter": "head.bias", "activation": "rnn", "gradient": "head.weight"}
    assert first.name == named[place]
    (finding,) = [one for one in rnnviz.examine(watched.record) if one.name == "not_finite"]
    assert "after 2 updates" in finding.sentence


def test_what_the_last_update_breaks_is_seen_at_the_end() -> None:
    module = nn.GRU(3, 4)
    optimizer = torch.optim.SGD(module.parameters(), math.inf)
    with rnnviz.watch(module, every=5) as watched:
        module(torch.ones(5, 2, 3))[0].sum().backward()
        optimizer.step()
    first = watched.record.non_finite
    assert first is not None
    assert (first.update, first.kind) == (1, "parameter")


def test_of_two_optimizers_the_steps_of_the_first_are_updates() -> None:
    model = Last(nn.GRU(3, 4, batch_first=True), 2)
    other = nn.Linear(2, 2)
    optimizers = [torch.optim.SGD(part.parameters(), 0.1) for part in (other, model.rnn, model.head)]
    with rnnviz.watch(model, every=1) as watched:
        for _ in range(3):
            model(torch.randn(2, 5, 3)).sum().backward()
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()
    assert watched.record.updates == 3
    assert (watched.record.grad_norm > 0).all()


def test_an_optimizer_that_is_gone_is_followed_by_the_next() -> None:
    module = nn.GRU(3, 4)
    with rnnviz.watch(module, every=1) as watched:
        for _ in range(2):
            optimizer = torch.optim.SGD(module.parameters(), 0.1)
            gone = weakref.ref(optimizer)
            module(torch.ones(5, 2, 3))[0].sum().backward()
            optimizer.step()
            del optimizer
            assert gone() is None
    assert watched.record.updates == 2


def test_a_long_training_keeps_every_second_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_ROWS", 8)
    module = nn.GRU(3, 4)
    optimizer = torch.optim.SGD(module.parameters(), 1e-3)
    with rnnviz.watch(module, every=1) as watched:
        for _ in range(40):
            module(torch.ones(5, 2, 3))[0].sum().backward()
            optimizer.step()
    record = watched.record
    assert record.every == 8
    assert record.update.tolist() == [0, 8, 16, 24, 32]
    assert record.layers[0]["steps"].tolist() == [5.0] * 5


def test_a_validation_between_updates_is_not_the_call_of_the_update() -> None:
    model = Last(nn.GRU(3, 4, batch_first=True), 2)
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    with rnnviz.watch(model, every=1) as watched:
        model(torch.randn(2, 5, 3)).sum().backward()
        with torch.no_grad():
            model(torch.randn(9, 7, 3))
        optimizer.step()
    assert watched.record.layers[0]["batch"].tolist() == [2.0]


def carried(*, detached: bool, shuffled: bool) -> Record:
    torch.manual_seed(9)
    model = CharacterModel(7, "gru")
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    batches = list(torch.randint(7, (6, 4, 8)))
    state: Any = None
    with rnnviz.watch(model, every=4) as watched:
        for epoch in range(3):
            order = torch.randperm(6).tolist() if shuffled else range(6)
            state = None if epoch else state
            for k in order:
                logits, state = model(batches[k], state)
                logits.square().mean().backward()
                state = state.detach() if detached else state
                optimizer.step()
                if not detached:
                    break
            if not detached:
                model(batches[0], state)
                break
    return watched.record


def test_a_state_that_is_carried_on_is_noticed() -> None:
    record = carried(detached=True, shuffled=False)
    assert record.layers[0]["carried"].tolist() == [0.0, 1.0, 1.0, 0.0, 1.0]
    assert record.layers[0].attached_at == -1
    assert record.layers[0].moved == 0
    assert record.layers[0].followed == 2 * 5 * 4


def test_batches_that_are_shuffled_are_noticed() -> None:
    (layer,) = carried(detached=True, shuffled=True).layers
    assert layer.moved > layer.followed


def test_a_state_with_a_graph_is_noticed_at_an_update_without_a_row() -> None:
    assert carried(detached=False, shuffled=False).layers[0].attached_at == 1


def test_a_training_writes_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "WRITE_EVERY", 0.0)
    seen = []
    write = Record.save
    monkeypatch.setattr(Record, "save", lambda record, folder: (seen.append(len(record.update)), write(record, folder)))
    _, _, record = trained(3, tmp_path / "run")
    assert seen == [0, 1, 1, 1, 2, 2, 2, 3, 3]
    loaded = Record.load(tmp_path / "run")
    assert record is not None
    assert repr(loaded) == repr(record)


def test_a_model_without_a_recurrent_module_is_refused() -> None:
    with pytest.raises(ValueError, match=r"model must have an nn\.RNN, nn\.LSTM or nn\.GRU; got one of Linear"):
        rnnviz.watch(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="every must be a whole number of at least 1; got 0"):
        rnnviz.watch(nn.GRU(2, 2), every=0)


def test_one_model_is_watched_once_at_a_time() -> None:
    watched = rnnviz.watch(nn.GRU(2, 2))
    with watched, pytest.raises(RuntimeError, match="by one `with` at a time"):
        watched.__enter__()


@pytest.mark.parametrize("classes", [2, 5])
def test_a_softmax_before_the_cross_entropy_is_told_from_other_losses(classes: int) -> None:
    torch.manual_seed(10)
    logits, y = torch.randn(6, classes), torch.randint(classes, (6,))

    def gradient(loss: Any, p: Tensor) -> tuple[Tensor, Tensor]:
        p = p.detach().requires_grad_()
        return p.detach(), torch.autograd.grad(loss(p), p)[0]

    p = logits.softmax(1)
    weight = torch.rand(classes) + 0.1
    assert softmax_twice(*gradient(lambda p: functional.cross_entropy(p, y), p))
    weighted = gradient(lambda p: functional.cross_entropy(p, y, weight=weight, reduction="sum"), p)
    assert softmax_twice(*weighted) == (classes > 2)
    assert softmax_twice(*gradient(lambda p: functional.cross_entropy(p[None].transpose(1, 2), y[None]), p))
    one_hot = functional.one_hot(y, classes).float()
    assert not softmax_twice(*gradient(lambda p: functional.mse_loss(p, one_hot), p))
    assert not softmax_twice(*gradient(lambda p: functional.nll_loss(p.log(), y), p))
    assert not softmax_twice(*gradient(lambda p: functional.cross_entropy(p, y), logits))
    assert not softmax_twice(*gradient(lambda p: functional.cross_entropy(p, y), logits.log_softmax(1)))


def test_a_sigmoid_before_the_binary_cross_entropy_is_told_from_other_losses() -> None:
    torch.manual_seed(11)
    p, y = torch.rand(6, 1), torch.tensor([[0.0], [1], [1], [0], [1], [0]])

    def gradient(loss: Any) -> Tensor:
        leaf = p.clone().requires_grad_()
        return torch.autograd.grad(loss(leaf, y), leaf)[0]

    assert sigmoid_twice(p, gradient(functional.binary_cross_entropy_with_logits))
    assert not sigmoid_twice(p, gradient(functional.binary_cross_entropy))
    assert not sigmoid_twice(p, gradient(functional.mse_loss))
    assert not sigmoid_twice(p + 2, gradient(functional.binary_cross_entropy_with_logits))


def test_one_pass_only_reads_the_model() -> None:
    torch.manual_seed(12)
    model = WithDropout()
    model.drop.eval()
    ids = torch.randint(11, (4, 9))
    state = torch.get_rng_state()
    weights = [parameter.clone() for parameter in model.parameters()]
    rnnviz.examine(model, ids)
    assert torch.equal(state, torch.get_rng_state())
    assert model.training
    assert not model.drop.training
    assert all(torch.equal(one, other) for one, other in zip(weights, model.parameters(), strict=True))
    assert all(parameter.grad is None for parameter in model.parameters())


def closed(*, watched: bool, optimizer: type[torch.optim.Optimizer], **options: Any) -> tuple[list[Tensor], Any]:
    """A training whose optimizer runs forward and backward pass itself, as Lightning's does."""
    torch.manual_seed(7)
    model = Last(nn.GRU(3, 5, batch_first=True), 1)
    steps = optimizer(model.parameters(), **options)  # type: ignore[arg-type]
    found = None
    with rnnviz.watch(model, every=1) if watched else nullcontext() as seen:
        for _ in range(4):
            x = torch.randn(6, 8, 3)

            def closure(x: Tensor = x) -> Tensor:
                steps.zero_grad()
                loss = (model(x) - x[:, 0, :1]).square().mean()
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(model.parameters(), 0.05)
                return loss

            steps.step(closure)
    if watched:
        found = seen.record
    return [*model.parameters()], found


@pytest.mark.parametrize(
    ("optimizer", "options"), [(torch.optim.SGD, {"lr": 0.1}), (torch.optim.LBFGS, {"lr": 0.1, "max_iter": 3})]
)
def test_a_step_that_runs_the_passes_itself_is_looked_at_after_them(optimizer: Any, options: dict[str, Any]) -> None:
    plain, _ = closed(watched=False, optimizer=optimizer, **options)
    weights, record = closed(watched=True, optimizer=optimizer, **options)
    assert all(map(torch.equal, plain, weights))
    assert (record.updates, record.loss.shape) == (4, (4,))
    assert record.layers[0]["grad_norm"].shape == (4, 1, 1, 8)
    assert np.isfinite(record.layers[0]["grad_norm"]).all()
    np.testing.assert_allclose(record.grad_norm_after, 0.05, rtol=1e-3)
    assert (record.grad_norm > 0.05).all()
    assert np.isfinite(record.loss).all()
