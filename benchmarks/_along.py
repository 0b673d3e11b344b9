"""The application, training two networks for as long as a file is there: ``python -m benchmarks._along FILE --port N``.

Their events are asked for four times a second by each of two visitors, as their pages would.
"""

import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rnnviz import cli, jobs, tasks
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec

TASK: Final = TaskSpec("adding", 200)
MODEL: Final = tasks.task(TASK).fitted(ModelSpec("lstm", 2, 64))
TRAININGS: Final = tuple(TrainSpec(MODEL, TASK, steps=20_000, seeds=(seed,)) for seed in (0, 1))
VISITORS: Final = ("one", "another")
ASK_EVERY: Final = 0.25


def underway(switch: Path) -> Path:
    """The file that is there while both trainings go on."""
    return switch.with_suffix(".underway")


def train_along(switch: Path) -> None:
    """Train whenever there is the file, for ever."""
    while True:
        time.sleep(ASK_EVERY)
        if switch.exists():
            asked = [jobs.submit(spec, visitor) for spec, visitor in zip(TRAININGS, VISITORS, strict=True)]
            seen = [jobs.events(job, visitor) for job in asked for visitor in VISITORS]
            if all(one.state == "running" and one.events for one in seen):
                underway(switch).touch()
        elif underway(switch).exists():
            for spec in TRAININGS:
                for visitor in VISITORS:
                    jobs.cancel(jobs.submit(spec, visitor), visitor)
            underway(switch).unlink()


def main(argv: Sequence[str]) -> int:
    """Serve until interrupted."""
    threading.Thread(target=train_along, args=(Path(argv[0]),), daemon=True).start()
    return cli.main(["app", *argv[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
