"""``python -m rnnviz neurons``: which properties of text the units of the shipped character networks follow."""

import argparse
import time
from pathlib import Path

from rnnviz.characters.recipes import NAMES
from rnnviz.cli.output import chosen, existing_file


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``neurons`` and its arguments."""
    parser = commands.add_parser(
        "neurons",
        help="measure what units of character networks track",
        description="Correlate each unit of each character network with properties of held-out text, and write the "
        "numbers for the page “Characters”. Run this again after training the networks.",
        allow_abbrev=False,
    )
    parser.add_argument("--only", action="append", choices=NAMES, help="one network; may be given again")
    parser.add_argument(
        "--data", type=Path, metavar="FILE", help="tinyshakespeare.txt, for the networks of Shakespeare"
    )
    parser.add_argument(
        "--ablate", action="store_true", help="also ablate the units of Python source that track most; takes minutes"
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: where they ship")
    parser.set_defaults(command=_neurons)


def _neurons(arguments: argparse.Namespace) -> int:
    """Measure and write."""
    import torch

    from rnnviz import characters
    from rnnviz.characters import ablating, corpus, neurons

    torch.set_num_threads(1)
    out = chosen(arguments.out, neurons.FOLDER)
    play = None if arguments.data is None else corpus.read_text(existing_file(arguments.data, "--data")).test
    for name in arguments.only or NAMES:
        if name.startswith("shakespeare") and play is None:
            print(f"{name}: left out, since --data is not given")
            continue
        began, model = time.monotonic(), characters.load(name)
        if name.startswith("python"):
            found = neurons.measure_here(model)
        else:
            found = neurons.measure(model, str(play), "shakespeare", "the held-out end of tinyshakespeare")
        path = neurons.save(model, found, out)
        print(f"{path}: {found.tracking.characters:,} characters in {time.monotonic() - began:.0f} s", flush=True)
        if arguments.ablate and name.startswith("python"):
            path = ablating.save(model, ablating.measure_here(model, found.tracking), out)
            print(f"{path}: after {time.monotonic() - began:.0f} s", flush=True)
    return 0
