"""How often each check of ``rnnviz.examine`` finds its fault, and how often it blames a training without a fault.

Small trainings with a planted fault, and healthy ones, with several seeds each: those of tests/doctor. A model of
coins, which has nothing to learn, is healthy for all checks but that its loss does not fall.
Run as ``python -m benchmarks.examining [--quick] [--write]``; --write puts the table into docs/library.md.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch

from rnnviz.doctor import NAMES
from tests.doctor.faulty import PLANTED
from tests.doctor.learning import COINS, FAULTS, HEALTHY
from tests.doctor.sound import SOUND

PAGE: Final = Path(__file__).parents[1] / "docs" / "library.md"
BEGIN, END = "<!-- rates of the checks -->\n", "<!-- end of the rates -->\n"
SEEDS: Final = 6

NOT_FALLING: Final = "loss_not_falling"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write it if that is asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.examining", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one seed; nothing is written")
    parser.add_argument(
        "--first", type=int, default=0, metavar="SEED", help="begin with another seed; nothing is written"
    )
    parser.add_argument("--write", action="store_true", help="write the table into docs/library.md")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    found = table(arguments.first, 1 if arguments.quick else SEEDS)
    print(found)
    if arguments.write and not arguments.quick and not arguments.first:
        text = PAGE.read_text(encoding="utf-8")
        before, after = text.index(BEGIN) + len(BEGIN), text.index(END)
        PAGE.write_text(text[:before] + found + text[after:], encoding="utf-8")
    return 0


def table(first: int, seeds: int) -> str:
    """The rates as Markdown."""
    planted, hits, alarms, healthy = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    faults = [*((name, script) for script, name in PLANTED.items()), *FAULTS.values()]
    sound = [
        *((script, False) for script in (*SOUND, *HEALTHY.values())),
        *((script, True) for script in COINS.values()),
    ]
    for seed in range(first, first + seeds):
        for name, script in faults:
            torch.manual_seed(seed)
            planted[name] += 1
            hits[name] += name in {finding.name for finding in script()}
        for script, is_coin in sound:
            torch.manual_seed(seed)
            judged = [name for name in NAMES if not (is_coin and name == NOT_FALLING)]
            healthy.update(judged)
            alarms.update({finding.name for finding in script()} & set(judged))
    rows = [f"| `{name}` | {hits[name]} of {planted[name]} | {alarms[name]} of {healthy[name]} |\n" for name in NAMES]
    return (
        f"| check | found, {len(faults)} faults with {seeds} seeds | false alarms, {len(sound)} healthy trainings with "
        f"{seeds} seeds |\n| --- | --- | --- |\n{''.join(rows)}"
        f"| all | {hits.total()} of {planted.total()} | {alarms.total()} findings in {len(sound) * seeds} trainings |\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())
