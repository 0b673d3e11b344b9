"""In which order the sequences of a training come, as far as it matters where a state is carried on."""

from typing import Final

from torch import Tensor

_NUMBERS: Final = 64
"""Of each sequence so many numbers tell it from the others."""

_SLOTS: Final = 4
"""Sequences of a batch that are followed."""

_MOST: Final = 10_000
"""Sequences that are remembered."""


class Order:
    """Which sequence came before each, in the same position of the batch.

    A state that is carried on is that of the sequence before. In a second epoch each sequence has to come after the
    same one as in the first, unless the batches are shuffled.
    """

    def __init__(self) -> None:
        self.followed = self.moved = 0
        self._before: Tensor | None = None
        self._now: Tensor | None = None
        self._known: dict[bytes, bytes] = {}

    def see(self, tokens: Tensor, *, carried: bool) -> None:
        """Note the sequences of a call, (sequence, time, …), and whether the state before them was carried on."""
        self._now = tokens[:_SLOTS].flatten(1)[:, :_NUMBERS].clone()
        if not carried or self._before is None:
            return
        for before, now in zip(_keys(self._before), _keys(self._now), strict=False):
            known = self._known.get(now)
            if known is None:
                if len(self._known) < _MOST:
                    self._known[now] = before
            elif known == before:
                self.followed += 1
            else:
                self.moved += 1

    def end_update(self) -> None:
        """The sequences of this update are those before the ones of the next."""
        self._before = self._now


def _keys(tokens: Tensor) -> list[bytes]:
    return [row.tobytes() for row in tokens.cpu().numpy()]
