"""Who trains: one process, or several of them that share each batch and take the same steps.

Several may be on the devices of one machine or of many: Lightning Fabric joins them. Each reads its share of every
batch, and the gradients are added up before the step. All draw the noise for the whole batch, so the network is that of
one process, to rounding, however many there are.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from rnnviz import extras
from rnnviz.sentiment.network import EVERY

if TYPE_CHECKING:
    from lightning_fabric import Fabric


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
    with together() as several:
        yield several


class Together:
    """The processes of one training, on a launched Fabric: see ``ProcessGroup``."""

    def __init__(self, fabric: "Fabric") -> None:
        self._fabric = fabric
        self.device = fabric.device
        self.leads = fabric.is_global_zero

    def share(self, texts: int) -> slice:
        """One text in as many as there are processes, so that all have long ones and short ones."""
        return slice(self._fabric.global_rank, texts, self._fabric.world_size)

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Put in the place of each tensor its sum over all processes; one message for all."""
        message = torch.cat([tensor.flatten() for tensor in tensors])
        self._fabric.all_reduce(message, reduce_op="sum")
        parts = torch.split(message, [tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))

    def hear(self, content: bytes) -> bytes:
        """What the one that leads has to say."""
        heard: bytes = self._fabric.broadcast(content)
        return heard


@contextmanager
def together() -> Iterator[Together]:
    """Join those that torchrun has started."""
    from lightning_fabric import Fabric

    here = int(os.environ["LOCAL_WORLD_SIZE"])
    fabric = Fabric(strategy="ddp", devices=here, num_nodes=int(os.environ["WORLD_SIZE"]) // here)
    fabric.launch()
    try:
        yield Together(fabric)
    finally:
        torch.distributed.destroy_process_group()
