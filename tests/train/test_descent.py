"""The loop that all families share, and one network's updates: torch's own, put down and taken up alike."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnviz.checkpoints.storing import RefusedError, packed
from rnnviz.train import Event, loop
from rnnviz.train.loop import Descent, unfinished

X = torch.linspace(-1, 1, 12).view(4, 3)


def network(seed: int = 0) -> nn.Linear:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Linear(3, 2)


def loss_of(module: nn.Linear) -> Tensor:
    return (module(X) - 3).square().sum()


def equal(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def event(step: int) -> Event[None]:
    return Event(step + 1, 9, (0.5,), None)


def test_every_update_is_made_and_its_event_told_if_it_has_one() -> None:
    made: list[int] = []
    told: list[Event[None]] = []
    assert loop.run(
        range(2, 9), lambda step: made.append(step) or (event(step) if step % 3 == 2 else None), told.append
    )  # type: ignore[func-returns-value]
    assert made == list(range(2, 9))
    assert [one.step for one in told] == [3, 6, 9]


def test_it_stops_after_the_update_whose_event_is_answered_with_false() -> None:
    told: list[int] = []
    keep = lambda: told.append(-1)  # noqa: E731
    assert not loop.run(range(9), event, lambda one: told.append(one.step) or one.step < 4, keep, every=0.0)  # type: ignore[func-returns-value]
    assert told == [1, -1, 2, -1, 3, -1, 4]


@pytest.mark.parametrize(("every", "times"), [(0.0, 8), (None, 4)])
def test_what_was_learned_is_kept_when_it_is_time(
    every: float | None, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock: Iterator[int] = iter(range(0, 900, 6))  # each look at it six seconds after the one before
    monkeypatch.setattr(loop.time, "monotonic", lambda: next(clock))
    kept: list[int] = []
    assert loop.run(range(8), event, keep=lambda: kept.append(1), every=every)
    assert len(kept) == times


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
    assert equal(mine, theirs)


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
        descent.update(loss_of(one), 0.1)
    assert second.made == first.made == made + 1
    assert equal(whole, again)


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays.pop("exp_avg/bias"),
        lambda arrays: arrays.pop("weight"),
        lambda arrays: arrays.update(bias=np.zeros(3, np.float32)),
        lambda arrays: arrays.update({"step/bias": np.zeros(1)}),
    ],
    ids=["no moment", "no weight", "other shape", "other type"],
)
def test_what_is_of_another_network_changes_nothing(change: Callable[[dict[str, np.ndarray]], object]) -> None:
    one, other = network(), network(1)
    descent = Descent(one.named_parameters())
    descent.update(loss_of(one), 0.1)
    arrays = descent.arrays()
    change(arrays)
    with pytest.raises((ValueError, KeyError)):
        Descent(other.named_parameters()).take(arrays, 1)
    assert equal(other, network(1))


@pytest.mark.parametrize("note", [{"made_of": "yours"}, {}])
def test_what_is_of_another_training_is_refused(note: dict[str, str]) -> None:
    refused = pytest.raises(RefusedError, match=r"of the same settings and data|KeyError: 'made_of'")
    with refused, unfinished(packed({}, note), made_of="mine"):
        pytest.fail("it was read")
