"""``python -m rnnviz memory``: all that the page "Memory" shows before a visitor trains there."""

import argparse
import time
from pathlib import Path

from rnnviz.cli.output import chosen


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``memory`` and its arguments."""
    parser = commands.add_parser(
        "memory",
        help="train what the page Memory shows",
        description="Train the grids of the page Memory, and store the results and the networks of the default grid.",
        allow_abbrev=False,
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: assets/models/memory")
    parser.set_defaults(command=_memory)


def _memory(arguments: argparse.Namespace) -> int:
    """Train one cell after the other; the outcomes are written once all are there."""
    import torch

    from rnnviz.checkpoints import save
    from rnnviz.memory_grid import OUTCOMES, shipped_networks, shipped_specs
    from rnnviz.outcome import as_text, outcome
    from rnnviz.train import checkpoint_of, train

    torch.set_num_threads(1)
    out: Path = chosen(arguments.out, OUTCOMES.parent)
    specs, networks, found = shipped_specs(), shipped_networks(), []
    for number, spec in enumerate(specs, start=1):
        begun = time.monotonic()
        history = train(spec)
        found.append(outcome(history))
        if spec in networks:
            save(checkpoint_of(history, networks[spec]), out)
        window = f" window {spec.window}" if spec.window else ""
        bias = f" bias {spec.model.forget_bias:g}" if spec.model.forget_bias is not None else ""
        print(
            f"{number} of {len(specs)}: {spec.task.name} {spec.task.length}{window} {spec.model.cell}{bias}: solved by "
            f"{found[-1].solved} of {len(spec.seeds)} ({time.monotonic() - begun:.1f} s)",
            flush=True,
        )
    out.mkdir(parents=True, exist_ok=True)
    (out / OUTCOMES.name).write_text(as_text(found, torch=torch.__version__), encoding="utf-8", newline="\n")
    return 0
