"""A listing as a script that runs by itself, and all listings as one notebook."""

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from rnnviz.listings.block import Block
from rnnviz.listings.lessons import LESSONS
from rnnviz.listings.manual import MANUAL
from rnnviz.listings.sentiment import SENTIMENT

_FILE_IMPORTS: Final = ("import json", "from pathlib import Path")
_FROM_FILE: Final = """\
# Lists of [text, label] by the name of the part; the page "In code" has this file.
data = json.loads(Path("reviews.json").read_text(encoding="utf-8"))"""

_TITLE: Final = """\
# Recurrent networks in PyTorch

Short programs about recurrent networks. Run the cells from top to bottom. The cells of the sentiment program take about
a minute. `rnnviz` must be installed: `python -m pip install -e .` in its folder. With `anywidget` beside it, the
numbers of a stepper can be edited. This file is written by `python -m rnnviz.listings`."""


def script(title: str, blocks: Sequence[Block], preamble: str = "", needed: Sequence[str] = ()) -> str:
    '''A listing as a script, with the counterparts in Keras as comments.

    Args:
        title: Its first line.
        preamble: Lines that come before the blocks.
        needed: The imports of the preamble.

    >>> from rnnviz import listings
    >>> print(listings.script("The input alone.", listings.MANUAL[:1]))
    """The input alone."""
    <BLANKLINE>
    import torch
    <BLANKLINE>
    # --- Input ---
    x = torch.tensor([[[1.0] * 5, [2.0] * 5, [3.0] * 5]])
    assert x.shape == (1, 3, 5)
    print(x.shape)
    <BLANKLINE>
    '''
    parts = [f'"""{title}"""', imports(blocks, needed), preamble]
    for some in _together(blocks):
        keras = [f"# Keras: {line}" for block in some for line in block.keras.splitlines()]
        parts.append("\n".join([f"# --- {_title(some)} ---", *keras, _code(some)]))
    return "\n\n".join(filter(None, parts)) + "\n"


def sentiment_script() -> str:
    """The sentiment program as a script that reads its reviews from a file beside it."""
    title = "Sentiment of reviews with a bidirectional LSTM, in plain PyTorch."
    return script(title, SENTIMENT, _FROM_FILE, _FILE_IMPORTS)


def manual_script() -> str:
    """The RNN by hand as a script."""
    return script("An RNN by hand, against nn.RNN.", MANUAL)


def notebook() -> str:
    """All listings as a notebook without outputs, as JSON.

    Source: The notebook format, nbformat 4.5, https://nbformat.readthedocs.io.

    >>> import json
    >>> from rnnviz import listings
    >>> json.loads(listings.notebook())["nbformat"]
    4
    """
    every = [block for lesson in LESSONS for block in lesson.blocks]
    cells = [("markdown", _TITLE), ("code", imports(every))]
    for lesson in LESSONS:
        cells.append(("markdown", f"## {lesson.heading}"))
        if lesson.preamble:
            cells.append(("code", lesson.preamble))
        for some in _together(lesson.blocks):
            cells += [
                ("markdown", f"### {_title(some)}\n\n{' '.join(block.text for block in some)}"),
                ("code", _code(some)),
            ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": [_cell(kind, text, number) for number, (kind, text) in enumerate(cells)],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def imports(blocks: Iterable[Block], needed: Iterable[str] = ()) -> str:
    """The imports that the lines of some blocks need, as their modules have them, and others; torch's come last."""
    some = list(blocks)
    tree = ast.parse("\n".join(_code([block]) for block in some))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = {line for module in {block.run.__module__ for block in some} for line in _imports(module, used)}
    ordered = sorted({*lines, *needed}, key=lambda line: (line.startswith("from"), line))
    groups = [[line for line in ordered if _is_standard(line) == standard] for standard in (True, False)]
    return "\n\n".join("\n".join(group) for group in groups if group)


def _imports(module: str, used: set[str]) -> Iterator[str]:
    for node in ast.parse(inspect.getsource(sys.modules[module])).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            node.names = [alias for alias in node.names if (alias.asname or alias.name) in used]
            if node.names:
                yield ast.unparse(node)


def _is_standard(line: str) -> bool:
    return line.split()[1].partition(".")[0] in sys.stdlib_module_names


def _together(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Each block by itself, and those of a loop together."""
    for repeats, group in groupby(blocks, key=lambda one: one.repeats):
        some = list(group)
        yield from [some] if repeats else [[block] for block in some]


def _title(blocks: Sequence[Block]) -> str:
    return " · ".join(block.title for block in blocks)


def _code(blocks: Sequence[Block]) -> str:
    """The lines of a block, or of those of a loop, with what they check and print."""
    code = "\n".join(line for block in blocks for line in _lines(block))
    repeats = blocks[0].repeats
    return f"for t in range({repeats}):\n{textwrap.indent(code, '    ')}" if repeats else code


def _lines(block: Block) -> Iterator[str]:
    yield block.source
    yield from (f"assert {check}" for check in block.checks)
    if block.prints:
        yield f"print({block.prints})"
    if block.draws:
        yield block.draws


def _cell(kind: str, text: str, number: int) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}}
    code: dict[str, object] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return cell | code | {"source": text.splitlines(keepends=True)}
