"""``python -m rnnviz clipping``: all that the page "Clipping" shows of networks before a visitor trains there."""

import argparse
from pathlib import Path

from rnnviz.cli.output import chosen


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``clipping`` and its arguments."""
    parser = commands.add_parser(
        "clipping",
        help="train what the page Clipping shows",
        description="Train the default runs of the page Clipping, and store the results.",
        allow_abbrev=False,
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: assets/runs")
    parser.set_defaults(command=_clipping)


def _clipping(arguments: argparse.Namespace) -> int:
    """Train both arms of every preset, then one preset at every threshold."""
    import torch

    from rnnviz.analysis import course, sweeps
    from rnnviz.clipping import KINDS, PRESETS, SHIPPED, USUAL_SWEEP, arms, pair, pair_file, sweep_file
    from rnnviz.train import train_together

    torch.set_num_threads(1)
    out: Path = chosen(arguments.out, SHIPPED)
    out.mkdir(parents=True, exist_ok=True)
    for preset, spec in PRESETS.items():
        unclipped, clipped = train_together(pair(spec))
        for path, history in (
            (pair_file(preset, "unclipped", out), unclipped),
            (pair_file(preset, "clipped", out), clipped),
        ):
            history.save(path)
            print(f"{path.name}: {history!r}", flush=True)
    for found in sweeps([course(history) for history in train_together(arms(USUAL_SWEEP, KINDS))]):
        path = sweep_file("value" if found.by_value else "norm", out)
        path.write_text(found.to_json(), encoding="utf-8", newline="\n")
        print(f"{path.name}: {len(found.specs)} arms of a {USUAL_SWEEP.model.cell}", flush=True)
    return 0
