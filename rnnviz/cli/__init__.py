"""The command line: ``python -m rnnviz app`` starts the application, ``python -m rnnviz train`` trains networks."""

import argparse
import sys
from collections.abc import Callable, Sequence

from rnnviz import __version__
from rnnviz.cli import agreement, app, clipping, export, index, memory, neurons, own, predict, tours, train
from rnnviz.cli.output import Parser
from rnnviz.cli.train import INTERRUPTED


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, with the process's arguments by default; bad arguments exit with 2.

    Returns:
        The exit code: 0 for done, 1 for not possible, 130 for interrupted (0 if only that ends the command).
    """
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except KeyboardInterrupt:
        print()
        return 0 if arguments.until_interrupted else INTERRUPTED
    except (OSError, ValueError) as error:
        print(f"rnnviz: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = Parser(
        prog="rnnviz", description="A microscope for recurrent networks.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"rnnviz {__version__}")
    parser.set_defaults(until_interrupted=False)
    commands = parser.add_subparsers(metavar="command", required=True)
    app.add(commands)
    own.add(commands)
    train.add(commands)
    memory.add(commands)
    clipping.add(commands)
    predict.add(commands)
    agreement.add(commands)
    index.add(commands)
    neurons.add(commands)
    export.add(commands)
    tours.add(commands)
    return parser
