"""A training that is not finished: the network, the optimizer's moments and the curves, in memory and as bytes."""

from typing import Any, Final

import numpy as np
import torch

from rnnviz.checkpoints.storing import packed, reading, unpacked
from rnnviz.sentiment.network import SentimentNetwork

_MOMENTS: Final = ("exp_avg", "exp_avg_sq", "step")
"""What Adam remembers of each parameter."""

Told = tuple[float, float, float, float | None]


class State:
    """Where a training is.

    Attributes:
        phase, step: The phase, and the updates that it has behind it.
        taught: float32 of shape (review,), or None. What the teachers of the phase say of the unlabelled reviews.
        history: An entry an epoch: ``phase``, ``loss``, ``accuracy``, ``validation_loss``, ``validation_accuracy``. In
            ``accuracy`` what teachers say counts as right; in that of the validation reviews, never.
        told: What was told after each update of the phase: loss, accuracy, the update's own loss, validation accuracy.
        seconds: Of processor time, which is the same beside others.
    """

    def __init__(self, network: SentimentNetwork) -> None:
        self.network = network
        self.phase = 0
        self.seconds = 0.0
        self.history: list[dict[str, float]] = []
        self.begin_phase(0)

    def begin_phase(self, phase: int) -> None:
        """Go over to a phase, with an optimizer that remembers nothing."""
        self.phase, self.step = phase, 0
        self.taught: np.ndarray | None = None
        self.told: list[Told] = []
        self.optimizer = torch.optim.Adam(self.network.parameters(), fused=True)
        self._sums = [0.0, 0.0, 0.0]

    def advance(self) -> None:
        """One step of the optimizer."""
        self.optimizer.step()
        self.step += 1

    def count(self, loss: float, right: int, reviews: int) -> None:
        """Add an update to the sums of the epoch."""
        self._sums = [a + b for a, b in zip(self._sums, (loss, right, reviews), strict=True)]

    @property
    def means(self) -> tuple[float, float]:
        """Loss and accuracy of the epoch so far."""
        loss, right, reviews = self._sums
        return loss / reviews, right / reviews

    def end_epoch(self, validation_loss: float, validation_accuracy: float) -> None:
        """Write an epoch into the history."""
        loss, accuracy = self.means
        self._sums = [0.0, 0.0, 0.0]
        self.history.append(
            {
                "phase": self.phase,
                "loss": loss,
                "accuracy": accuracy,
                "validation_loss": validation_loss,
                "validation_accuracy": validation_accuracy,
            }
        )

    def pack(self, made_of: str) -> bytes:
        """All of it; ``made_of``, its recipe and its reviews, says whether a training is the same."""
        tensors = {name: parameter.detach().cpu().numpy() for name, parameter in self.network.named_parameters()}
        for name, parameter in self.network.named_parameters():
            for moment in _MOMENTS:
                if parameter in self.optimizer.state:
                    tensors[f"{moment}/{name}"] = self.optimizer.state[parameter][moment].cpu().numpy()
        if self.taught is not None:
            tensors["taught"] = self.taught
        about = {
            "made_of": made_of,
            "phase": self.phase,
            "step": self.step,
            "history": self.history,
            "told": self.told,
            "seconds": self.seconds,
            "sums": self._sums,
        }
        return packed(tensors, about)

    def unpack(self, content: bytes, made_of: str) -> None:
        """Take all of it from what ``pack`` gave; RefusedError if that is damaged or of another training."""
        with reading("an unfinished training"):
            tensors, about = unpacked(content)
            if about["made_of"] != made_of:
                raise ValueError("it must be of this recipe and these reviews; it is of others")
            self._take(tensors, about)

    def _take(self, tensors: dict[str, np.ndarray], about: dict[str, Any]) -> None:
        self.begin_phase(about["phase"])
        with torch.no_grad():
            for name, parameter in self.network.named_parameters():
                parameter.copy_(torch.from_numpy(tensors[name].copy()))
                if f"step/{name}" in tensors:
                    self.optimizer.state[parameter] = {
                        moment: torch.from_numpy(tensors[f"{moment}/{name}"].copy()).to(parameter.device)
                        for moment in _MOMENTS
                    }
        self.step, self.history, self.seconds = about["step"], about["history"], about["seconds"]
        self.told = [tuple(one) for one in about["told"]]
        self._sums, self.taught = about["sums"], tensors.get("taught")
