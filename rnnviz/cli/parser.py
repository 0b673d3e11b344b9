"""The parser of the command line: what it refuses, it says with the help of the command that was meant."""

import argparse
import sys
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser that names its own usage for an unknown option, and lists its commands where it misses one.

    argparse itself hands what a command does not know to the parser above, whose usage says nothing of that command.
    """

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # noqa: D102
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Say how the command is used, and end."""
        if self._subparsers is None:
            super().error(message)
        self.print_help(sys.stderr)
        self.exit(2, f"\n{self.prog}: error: {message}\n")
