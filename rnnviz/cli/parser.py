"""The parser of the command line: an error shows the help of the command that was meant."""

import argparse
import sys
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser that shows its own usage for an unknown option, and lists its commands where one is missing.

    argparse passes unknown options to the parser above, whose usage says nothing of the command.
    """

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # noqa: D102
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Print how the command is used, and exit."""
        if self._subparsers is None:
            super().error(message)
        self.print_help(sys.stderr)
        self.exit(2, f"\n{self.prog}: error: {message}\n")
