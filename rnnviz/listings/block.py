"""A listing as blocks of plain torch: what is shown of a block is the source of the function that is run."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

_NOTES: Final = re.compile(r"  # (?:fmt: skip|type: ignore\[.*)$", re.MULTILINE)

Names = dict[str, Any]
"""What the blocks so far have defined, by name."""


@dataclass(frozen=True, eq=False)
class Block:
    """A few lines of a listing.

    Attributes:
        title: What the lines do, in a few words.
        run: A function whose parameters are names of earlier blocks and whose last line is ``return locals()``. The
            lines between are what is shown; its docstring is the text beside them.
        keras: The counterpart in Keras; empty if there is none.
        shows: The names whose values are worth a look, in this order.
        part: The part of the picture of the network that the lines are about; empty if they are about none.
        prints: The expressions that a script prints after the lines.
        checks: What holds after the lines, as expressions that a script asserts.
        repeats: The lines are run for ``t`` from 0 below this; 0 if they are not part of a loop.
        is_long: Whether the lines take many seconds, so that they run in scripts and notebooks alone.
        draws: The expression of a picture, with which the cell of the notebook ends; empty for none.

    >>> from rnnviz import listings
    >>> block = listings.MANUAL[0]
    >>> print(block.source)
    x = torch.tensor([[[1.0] * 5, [2.0] * 5, [3.0] * 5]])
    >>> block.shows, block.text
    (('x',), 'The input is one sequence of 3 steps with 5 features each.')
    """

    title: str
    run: Callable[..., Names]
    keras: str = ""
    shows: tuple[str, ...] = ()
    part: str = ""
    prints: str = ""
    checks: tuple[str, ...] = ()
    repeats: int = 0
    is_long: bool = False
    draws: str = ""

    @property
    def name(self) -> str:
        """What identifies the block in its listing."""
        return self.run.__name__.strip("_").replace("_", "-")

    @property
    def text(self) -> str:
        """The docstring as one paragraph."""
        return " ".join((inspect.getdoc(self.run) or "").split())

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of earlier blocks that the lines use."""
        return tuple(inspect.signature(self.run).parameters)

    @cached_property
    def source(self) -> str:
        """The lines of the function without its head, its docstring, the line that returns, and notes to checkers.

        TypeError if it is no function with a docstring.
        """
        text = textwrap.dedent(inspect.getsource(self.run))
        (function,) = ast.parse(text).body
        if not (isinstance(function, ast.FunctionDef) and ast.get_docstring(function)):
            raise TypeError(f"run must be a function with a docstring; got {self.run!r}")
        begin, end = function.body[0].end_lineno, function.body[-1].lineno - 1
        return _NOTES.sub("", textwrap.dedent("\n".join(text.splitlines()[begin:end]))).strip("\n")
