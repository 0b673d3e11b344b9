"""Who trains: one process, or several of them that share each batch and take the same steps."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor

from rnnviz import extras
from rnnviz.sentiment.network import EVERY


class ProcessGroup(Protocol):
    """The processes of one training, as one of them sees them: this one computes on ``device``.

    The one that leads writes files and tells how far they are.
    """

    device: torch.device
    leads: bool

    def share(self, texts: int) -> slice:
        """The texts, of so many, that this process reads; perhaps none."""

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Put in the place of each tensor its sum over all processes."""

    def hear(self, content: bytes) -> bytes:
        """What the one that leads has to say, whatever the others have."""


class Alone:
    """One process on the CPU, which does all of it."""

    device = torch.device("cpu")
    leads = True

    def share(self, texts: int) -> slice:  # noqa: ARG002 - as ProcessGroup has it
        """All of them."""
        return EVERY

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Nothing to add."""

    def hear(self, content: bytes) -> bytes:
        """The same."""
        return content


@contextmanager
def process_group() -> Iterator[ProcessGroup]:
    """Those that torchrun has started this process with; none otherwise. ValueError if Lightning Fabric is missing."""
    if not (torch.distributed.is_available() and torch.distributed.is_torchelastic_launched()):
        yield Alone()
        return
    extras.require("devices", "training by several processes")
    from rnnviz.sentiment.together import together

    with together() as several:
        yield several
