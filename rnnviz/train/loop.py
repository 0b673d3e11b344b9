"""The training loop that all families share, and one network on its way down its loss."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.checkpoints.storing import reading, unpacked

MeasuredT = TypeVar("MeasuredT")
EventT = TypeVar("EventT")

KEEP_EVERY: Final = 10.0
"""Seconds between two calls of ``keep``. The trained network does not depend on it."""


@dataclass(frozen=True)
class Event(Generic[MeasuredT]):
    """What is known after an update.

    Attributes:
        step, steps: The updates made, and those of the whole training.
        loss: Of the last update, a number for each network that is trained; where only some updates have an event, the
            mean since the event before.
        measured: What else is known of the networks, which depends on the family; None between two measurements.
        grad_norm, update_norm: As in History, a number for each network. Empty where ``rnnviz.train`` did not train.

    >>> from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
    >>> from rnnviz.train import Event, train
    >>> told: list[Event] = []
    >>> spec = TrainSpec(ModelSpec("rnn", 2, 4), TaskSpec("adding", 5), steps=3, seeds=(0,))
    >>> history = train(spec, told.append)
    >>> [event.step for event in told]
    [1, 2, 3]
    """

    step: int
    steps: int
    loss: tuple[float, ...]
    measured: MeasuredT
    grad_norm: tuple[float, ...] = ()
    update_norm: tuple[float, ...] = ()


def run(
    steps: Iterable[int],
    update: Callable[[int], EventT | None],
    tell: Callable[[EventT], object] | None = None,
    keep: Callable[[], object] | None = None,
    every: float | None = None,
) -> bool:
    """Make one update after the other; return whether all were made.

    Args:
        steps: The updates, counted from 0. Those before an interruption are not among them.
        update: Makes one, and returns its event; None where it has none.
        tell: Gets each event; False stops the training there.
        keep: Called between two updates, about every ``every`` seconds (``KEEP_EVERY`` for None). It stores what the
            training needs to go on later.
    """
    kept, every = time.monotonic(), KEEP_EVERY if every is None else every
    for step in steps:
        event = update(step)
        if event is not None and tell is not None and tell(event) is False:
            return False
        if keep is not None and time.monotonic() - kept > every:
            keep()
            kept = time.monotonic()
    return True


# --- One network, and the file from which an unfinished training goes on ---


_MOMENTS: Final = ("exp_avg", "exp_avg_sq", "step")
"""What Adam remembers of each parameter."""


class Descent:
    """The parameters of one network, and Adam, which moves them against their gradients.

    Attributes:
        parameters: By their names.
        made: The updates so far.
    """

    def __init__(
        self, named: Iterable[tuple[str, Tensor]], max_norm: float | None = None, *, is_fused: bool | None = None
    ) -> None:
        self.parameters = dict(named)
        self.max_norm = max_norm
        self.optimizer = torch.optim.Adam(self.parameters.values(), fused=is_fused)
        self.made = 0

    def update(self, loss: Tensor, rate: float) -> float:
        """Make one update by the gradient of a loss; return the loss."""
        torch.autograd.backward(loss)
        self.step(rate)
        return loss.item()

    def step(self, rate: float) -> None:
        """Clip the gradients that ``backward`` has left, move the parameters, and forget the gradients."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if self.max_norm is not None:
            nn.utils.clip_grad_norm_(self.parameters.values(), self.max_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.made += 1

    def arrays(self) -> dict[str, np.ndarray]:
        """The parameters, and what Adam remembers of each: with these and the updates made, ``take`` goes on."""
        arrays = {name: parameter.detach().cpu().numpy() for name, parameter in self.parameters.items()}
        for name, parameter in self.parameters.items():
            for moment, tensor in self.optimizer.state.get(parameter, {}).items():
                arrays[f"{moment}/{name}"] = tensor.cpu().numpy()
        return arrays

    def take(self, arrays: Mapping[str, np.ndarray], made: int) -> None:
        """Go on after ``made`` updates from what ``arrays`` gave.

        Raises ValueError or KeyError if they are not of this network; nothing is changed then.
        """
        moments = _MOMENTS if made else ()
        for name, parameter in self.parameters.items():
            for key in (name, *(f"{moment}/{name}" for moment in moments)):
                shape = (1,) if key.startswith("step/") else tuple(parameter.shape)
                if np.atleast_1d(arrays[key]).shape != shape or arrays[key].dtype != np.float32:
                    raise ValueError(f"{key} must be float32 of shape {shape}")
        self.made = made
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(torch.from_numpy(arrays[name].copy()))
                self.optimizer.state[parameter] = {
                    moment: torch.from_numpy(arrays[f"{moment}/{name}"].copy()).to(parameter.device)
                    for moment in moments
                }


@contextmanager
def unfinished(content: bytes, **made_of: str) -> Iterator[tuple[dict[str, np.ndarray], dict[str, Any]]]:
    """The arrays and the note of a training that goes on, from ``storing.packed``, while they are read.

    ``made_of`` is what the note must say of settings and data. Raises RefusedError for whatever goes wrong.
    """
    with reading("an unfinished training"):
        arrays, about = unpacked(content)
        if any(about[name] != wanted for name, wanted in made_of.items()):
            raise ValueError("it must be of the same settings and data; it is of others")
        yield arrays, about
