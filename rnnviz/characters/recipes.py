"""Which character networks ship, and how each is trained."""

from typing import Final, Literal, get_args

from rnnviz.names import CELLS

Subject = Literal["python", "shakespeare"]
SUBJECTS: Final[tuple[Subject, ...]] = get_args(Subject)

NAMES: Final = tuple(f"{subject}-{cell}" for subject in SUBJECTS for cell in CELLS)
"""The networks that ship: ``<subject>-<cell>``."""

SNAPSHOTS: Final = ("python-lstm@start", "python-lstm@early", "python-lstm@middle", "python-lstm")
"""One network at four times of its training: untrained, early, in the middle, and finished."""

SHIPPED_NAMES: Final = NAMES + SNAPSHOTS[:-1]
"""All that ``load`` knows."""
