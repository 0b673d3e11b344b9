"""``python -m rnnviz index``: a network reads the standard library once, so that later searches need no wait."""

import argparse
import json
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from rnnviz.characters.recipes import NAMES

_NICENESS: Final = 10


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``index`` and its arguments."""
    parser = commands.add_parser(
        "index",
        help="make the index for the search of the page Characters",
        description="Read a million characters of this interpreter's standard library by a character network, and keep "
        "which of its units are on where. The page “Characters” does so by itself when it is needed.",
        allow_abbrev=False,
    )
    parser.add_argument("network", choices=NAMES)
    parser.add_argument("--signal", choices=("h", "c"), default="h", help="default: %(default)s")
    parser.add_argument("--told", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(command=_index)


def _index(arguments: argparse.Namespace) -> int:
    """Make the index, unless it is there."""
    import torch

    torch.set_num_threads(1)
    partials: set[Path] = set()
    if arguments.told:
        threading.Thread(target=_end_with_input, args=(partials,), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    try:
        return _make(arguments.network, arguments.signal, partials, told=arguments.told)
    except (OSError, ValueError) as error:
        if not arguments.told:
            raise
        reason = error.strerror if isinstance(error, OSError) else None  # without the file's name, for the page
        print(json.dumps({"error": reason or str(error)}), flush=True)
        return 1


def _make(network: str, signal: str, partials: set[Path], *, told: bool) -> int:
    """Make the index; unfinished files are noted in ``partials``."""
    from rnnviz import characters
    from rnnviz.characters import index
    from rnnviz.characters.corpus import python_library
    from rnnviz.characters.network import fingerprint

    model, text, folder = characters.load(network), python_library(), index.folder()
    spec = index.IndexSpec(fingerprint(model), text.key, signal, model.spec.hidden_size, len(text.text))
    try:
        is_there = index.look(spec, folder) is not None
    except ValueError as error:
        is_there = False
        if not told:
            print(f"{error}; it is made again", flush=True)
    if is_there:
        if not told:
            print(f"the index of {network}, {signal}, is there", flush=True)
        return 0

    def tell(partial: str, read: int) -> None:
        partials.add(folder / partial)
        if told:
            print(json.dumps({"partial": partial, "read": read}), flush=True)
        elif sys.stdout.isatty():
            print(f"\r{read * index.STREAMS:,} of {len(text.text):,} characters", end="", flush=True)

    began = time.monotonic()
    path: Path = index.make(model, text.text, spec, folder, tell)
    if not told:
        print(f"\r{path}: {len(text.text):,} characters in {time.monotonic() - began:.1f} s")
    return 0


def _end_with_input(partials: set[Path]) -> None:
    """End when the process that asked for the index is gone, and leave no unfinished file."""
    while os.read(0, 64):  # not the buffered file, whose lock this thread would hold at the end of the process
        pass
    for path in set(partials):
        with suppress(OSError):  # some systems keep what is open
            path.unlink()
    os._exit(0)
