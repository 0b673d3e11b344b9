"""``python -m rnnviz clipping``: all that the page "Clipping" shows of networks before a visitor trains there."""

import argparse
from pathlib import Path
from typing import Final

from rnnviz.cli.output import chosen


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``clipping`` and its arguments."""
    parser = commands.add_parser(
        "clipping",
        help="train what the page Clipping shows",
        description="Train the default runs of the page Clipping, and store the results: two arms of every preset, one "
        "preset at every threshold, and three networks at every learning rate with twenty seeds (about ten minutes).",
        allow_abbrev=False,
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: assets/runs")
    parser.add_argument("--parts", nargs="+", choices=[*_PARTS], default=[*_PARTS], help="default: all")
    parser.set_defaults(command=_clipping)


def _clipping(arguments: argparse.Namespace) -> int:
    """Make the parts that are asked for."""
    import torch

    from rnnviz.clipping import SHIPPED

    torch.set_num_threads(1)
    out: Path = chosen(arguments.out, SHIPPED)
    out.mkdir(parents=True, exist_ok=True)
    for name in arguments.parts:
        _PARTS[name](out)
    return 0


def _presets(out: Path) -> None:
    """Both arms of every preset."""
    from rnnviz.clipping import PRESETS, pair, pair_file
    from rnnviz.train import train_together

    for preset, spec in PRESETS.items():
        unclipped, clipped = train_together(pair(spec))
        for path, history in (
            (pair_file(preset, "unclipped", out), unclipped),
            (pair_file(preset, "clipped", out), clipped),
        ):
            history.save(path)
            print(f"{path.name}: {history!r}", flush=True)


def _thresholds(out: Path) -> None:
    """One preset at every threshold."""
    from rnnviz.analysis import course, sweeps
    from rnnviz.clipping import KINDS, USUAL_SWEEP, arms, sweep_file
    from rnnviz.train import train_together

    for found in sweeps([course(history) for history in train_together(arms(USUAL_SWEEP, KINDS))]):
        path = sweep_file("value" if found.by_value else "norm", out)
        path.write_text(found.to_json(), encoding="utf-8", newline="\n")
        print(f"{path.name}: {len(found.specs)} arms of a {USUAL_SWEEP.model.cell}", flush=True)


def _rates(out: Path) -> None:
    """Each of ``RATED`` at every learning rate, as many seeds together as one training may have."""
    from rnnviz.analysis import rate_sweep
    from rnnviz.clipping import RATE_SEEDS, RATED, rate_arms, rates_file
    from rnnviz.spec.training import RUNS_LIMIT
    from rnnviz.train import train_together

    groups = [RATE_SEEDS[k : k + RUNS_LIMIT] for k in range(0, len(RATE_SEEDS), RUNS_LIMIT)]
    for name in RATED:
        found = rate_sweep([train_together(rate_arms(name, seeds=seeds)) for seeds in groups])
        path = rates_file(name, out)
        path.write_text(found.to_json(), encoding="utf-8", newline="\n")
        print(f"{path.name}: {found.clipped.size} networks with clipping and as many without", flush=True)


_PARTS: Final = {"presets": _presets, "thresholds": _thresholds, "rates": _rates}
"""What the command can make, by name."""
