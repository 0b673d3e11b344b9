"""The loop that all families share, and one network's updates: torch's own, put down and taken up alike."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnviz.checkpoints.storing import RefusedError, packed
from rnnviz.train import Event, loop
from rnnviz.train.descent import Descent, unfinished

X = torch.linspace(-1, 1, 12).view(4, 3)


def network(seed: int = 0, width: int = 3) -> nn.Linear:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Linear(width, 2)


def loss_of(module: nn.Linear) -> Tensor:
    return (module(X) - 3).square().sum()


def event(step: int) -> Event[None]:
    return Event(step + 1, 9, (0.5,), None)


def test_every_update_is_told_and_its_event_may_be_missing() -> None:
    made: list[int] = []
    told: list[Event[None]] = []

    def update(step: int) -> Event[None] | None:
        made.append(step)
        return event(step) if step % 3 == 2 else None

    assert loop.run(range(2, 9), update, told.append)
    assert made == list(range(2, 9))
    assert [one.step for one in told] == [3, 6, 9]
    assert loop.run(range(2), update)


def test_it_stops_after_the_update_whose_event_is_answered_with_false() -> None:
    told: list[int] = []

    def tell(one: Event[None]) -> bool:
        told.append(one.step)
        return one.step < 4

    assert not loop.run(range(9), event, tell, keep=lambda: told.append(-1), every=0.0)
    assert told == [1, -1, 2, -1, 3, -1, 4]


@pytest.mark.parametrize("every", [0.0, None])
def test_what_was_learned_is_kept_between_updates_when_it_is_time(
    every: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock: Iterator[float] = iter(range(0, 900, 6))
    monkeypatch.setattr(loop.time, "monotonic", lambda: float(next(clock)))
    kept: list[int] = []
    assert loop.run(range(8), event, keep=lambda: kept.append(1), every=every)
    assert len(kept) == (8 if every == 0 else 4)  # each look at the clock is six seconds later, and each keeping one


@pytest.mark.parametrize("max_norm", [None, 0.5])
@pytest.mark.parametrize("is_fused", [None, True])
def test_updates_are_those_of_torch(max_norm: float | None, is_fused: bool | None) -> None:
    mine, theirs = network(), network()
    descent = Descent(mine.named_parameters(), max_norm, is_fused=is_fused)
    adam = torch.optim.Adam(theirs.parameters(), fused=is_fused)
    for rate in (0.1, 0.05, 0.2):
        loss = loss_of(theirs)
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if max_norm is not None:
            nn.utils.clip_grad_norm_(theirs.parameters(), max_norm)
        adam.param_groups[0]["lr"] = rate
        adam.step()
        assert descent.update(loss_of(mine), rate) == loss.item()
    assert torch.equal(mine.weight, theirs.weight)
    assert torch.equal(mine.bias, theirs.bias)
    assert descent.made == 3


@pytest.mark.parametrize("is_fused", [None, True])
@pytest.mark.parametrize("made", [0, 2])
def test_what_is_put_down_is_taken_up_to_the_same_bits(made: int, is_fused: bool | None) -> None:
    whole, again = network(), network(1)
    first, second = (Descent(one.named_parameters(), 1.0, is_fused=is_fused) for one in (whole, again))
    for _ in range(made):
        first.update(loss_of(whole), 0.1)
    with unfinished(packed(first.arrays(), {"made_of": "mine"}), made_of="mine") as (arrays, _):
        second.take(arrays, made)
    for descent, one in ((first, whole), (second, again)):
        for _ in range(2):
            descent.update(loss_of(one), 0.1)
    assert second.made == first.made == made + 2
    assert torch.equal(whole.weight, again.weight)
    assert torch.equal(whole.bias, again.bias)


Change = Callable[[dict[str, np.ndarray]], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays.pop("exp_avg/bias"),
        lambda arrays: arrays.pop("weight"),
        lambda arrays: arrays.update(bias=np.zeros(3, np.float32)),
        lambda arrays: arrays.update({"step/bias": np.zeros((1,))}),
    ],
    ids=["no moment", "no weight", "other shape", "other type"],
)
def test_what_is_of_another_network_changes_nothing(change: Change) -> None:
    one, other = network(), network(1)
    descent = Descent(one.named_parameters())
    descent.update(loss_of(one), 0.1)
    arrays = descent.arrays()
    change(arrays)
    before = other.weight.clone()
    content, begun = packed(arrays, {"made_of": "mine"}), Descent(other.named_parameters())
    with (
        pytest.raises(RefusedError, match="expected an unfinished training; "),
        unfinished(content, made_of="mine") as (read, _),
    ):
        begun.take(read, 1)
    assert torch.equal(other.weight, before)


@pytest.mark.parametrize("note", [{"made_of": "yours"}, {}])
def test_what_is_of_another_training_is_refused(note: dict[str, str]) -> None:
    with (
        pytest.raises(RefusedError, match=r"of the same settings and data|KeyError: 'made_of'"),
        unfinished(packed({}, note), made_of="mine"),
    ):
        pytest.fail("it was read")
