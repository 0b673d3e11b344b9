"""The trainings that show how far back networks remember: tasks over distances and windows, for several cells."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from rnnviz.checkpoints import MEMORY
from rnnviz.names import CELL_LABELS, Cell
from rnnviz.outcome import Outcome, from_text
from rnnviz.spec import ModelSpec, TaskName, TaskSpec, TrainSpec
from rnnviz.tasks import Example, task

MemoryTask = Literal["latch", "adding", "copy", "order"]

HIDDEN: Final = 32
EMBEDDING: Final = 16
BATCH: Final = 64
MAX_NORM: Final = 1.0
SEEDS: Final = (0, 1, 2)
STEPS_LIMIT: Final = 3000
"""The most updates that the page offers: the slowest cell of a grid then takes a few minutes."""

OUTCOMES: Final = MEMORY / "outcomes.json"
"""The outcomes of the trainings of ``shipped_specs``."""


@dataclass(frozen=True)
class Variant:
    """A cell and the forget bias that its training starts from."""

    cell: Cell
    forget_bias: float | None = None

    @property
    def label(self) -> str:
        """Its name on the page."""
        bias = "" if self.forget_bias is None else f", forget bias {self.forget_bias:g}"
        return CELL_LABELS[self.cell] + bias

    @property
    def key(self) -> str:
        """The same in a name: ``lstm`` or ``bias1-lstm``."""
        return self.cell if self.forget_bias is None else f"bias{self.forget_bias:g}-{self.cell}"


VARIANTS: Final = (Variant("rnn"), Variant("gru"), Variant("lstm"), Variant("lstm", 1.0), Variant("lstm", 3.0))
"""The columns of the grid."""


@dataclass(frozen=True)
class Regime:
    """How a task is trained.

    Attributes:
        distances, usual: Each ``TaskSpec.length`` that the page offers, and those of the grid that ships.
        rate: Of Adam.
        steps: The most updates of the grid that ships.
        goal: As of ``TrainSpec``.
    """

    distances: tuple[int, ...]
    usual: tuple[int, ...]
    rate: float
    steps: int
    goal: float


REGIMES: Final[Mapping[MemoryTask, Regime]] = {
    # Of 500 answers 498 are the fewest that are above 99.5 %.
    "latch": Regime((5, 10, 15, 20, 30, 40, 60, 100), (5, 10, 20, 40), 3e-3, 600, 0.995),
    "adding": Regime((10, 20, 50, 100), (10, 20, 50), 1e-2, 1500, 0.01),
    "copy": Regime((5, 10, 20, 40), (5, 10, 20), 1e-2, 1500, 0.995),
    "order": Regime((10, 20, 40, 80), (10, 20, 40), 3e-3, 1000, 0.995),
}
"""By task, the usual one first."""

WINDOWED: Final[Mapping[MemoryTask, TaskSpec]] = {
    "latch": TaskSpec("latch", 10),
    "adding": TaskSpec("adding", 10),
    "copy": TaskSpec("copy", 5),
    "order": TaskSpec("order", 10),
}
"""The tasks of the shipped trainings over windows."""


def cell_spec(spec: TaskSpec, variant: Variant, *, steps: int | None = None, window: int | None = None) -> TrainSpec:
    """The training of one cell of a grid, by default with the updates of the task's regime.

    A ValueError says that it cannot be trained.
    """
    regime = regime_of(spec.name)
    drawn = ModelSpec(variant.cell, EMBEDDING, HIDDEN, forget_bias=variant.forget_bias)
    return TrainSpec(
        model=task(spec).fitted(drawn), task=spec, optimizer="adam", rate=regime.rate, max_norm=MAX_NORM,
        steps=regime.steps if steps is None else steps, batch_size=BATCH, seeds=SEEDS, window=window, goal=regime.goal,
    )  # fmt: skip


def regime_of(name: TaskName) -> Regime:
    """How a task is trained; ValueError for a task that is in no grid."""
    for known, regime in REGIMES.items():
        if known == name:
            return regime
    raise ValueError(f"task must be one of {', '.join(REGIMES)}; got {name}")


def windows(spec: TaskSpec) -> tuple[int, ...]:
    """The windows that are worth comparing; the last holds the whole sequence."""
    steps = task(spec).steps
    return tuple(sorted({1, 2, steps // 2, int(0.8 * steps), steps - 1, steps}))


def grid_specs(name: MemoryTask) -> list[TrainSpec]:
    """The trainings of a task's usual grid, row by row."""
    return [cell_spec(TaskSpec(name, length), variant) for length in REGIMES[name].usual for variant in VARIANTS]


def window_specs(name: MemoryTask) -> list[TrainSpec]:
    """The trainings of a task over windows that ship, row by row."""
    spec = WINDOWED[name]
    return [cell_spec(spec, variant, window=window) for window in windows(spec) for variant in VARIANTS]


def shipped_specs() -> list[TrainSpec]:
    """All trainings whose outcomes ship."""
    return [spec for grid in (grid_specs, window_specs) for name in REGIMES for spec in grid(name)]


@lru_cache(maxsize=1)
def shipped() -> Mapping[TrainSpec, Outcome]:
    """The outcomes that ship, by what was trained; an error if their file is missing or damaged."""
    outcomes, _ = from_text(OUTCOMES.read_text(encoding="utf-8"))
    return {one.spec: one for one in outcomes}


def shipped_of(spec: TrainSpec) -> Outcome | None:
    """The outcome of a training, if what ships tells it; of usual settings also with more or fewer updates."""
    known = shipped().get(_usual(spec))
    return known and known.until(spec.steps)


def shipped_network_of(spec: TrainSpec) -> str:
    """The family of the shipped network with which the first seed of this training ends; empty if none ships."""
    usual = _usual(spec)
    known = shipped().get(usual)
    ends_so = known is not None and (usual == spec or known.solved_at[0] in range(spec.steps + 1))
    return shipped_networks().get(usual, "") if ends_so else ""


def _usual(spec: TrainSpec) -> TrainSpec:
    return replace(spec, steps=regime_of(spec.task.name).steps)


@lru_cache(maxsize=1)
def made_with() -> str:
    """The version of torch that made the outcomes that ship."""
    _, about = from_text(OUTCOMES.read_text(encoding="utf-8"))
    return f"torch {about['torch'].partition('+')[0]}"


def shipped_networks() -> dict[TrainSpec, str]:
    """The trainings whose first seed's network ships, each with its family, as in ``ModelSpec.trained``."""
    return {spec: _family(spec) for spec in grid_specs("latch")}


def label_of(family: str) -> str | None:
    """The title of a family of the grid, as ``memory-latch-20`` or ``memory-latch-20-bias1``; None for any other."""
    found = _FAMILY.fullmatch(family)
    if not found:
        return None
    name, length, bias = found.groups()
    return f"Memory: {name} {length}" + (f", forget bias {bias}" if bias else "")


def remembered(spec: TaskSpec, example: Example) -> tuple[int, ...]:
    """The steps of a task's example that the answer depends on."""
    if spec.name == "latch":
        return (0,)
    if spec.name == "copy":
        return tuple(range(10))
    if spec.name == "adding":
        return tuple(t for t, row in enumerate(example.inputs) if row.endswith(" 1"))
    return tuple(t for t, letter in enumerate(example.inputs) if letter in "xy")


_FAMILY: Final = re.compile(r"memory-([a-z]+)-([0-9]+)(?:-bias([0-9.]+))?")


def _family(spec: TrainSpec) -> str:
    variant = Variant(spec.model.cell, spec.model.forget_bias)
    return f"memory-{spec.task.name}-{spec.task.length}-{variant.key}".removesuffix(f"-{variant.cell}")
