"""A program in blocks: lines with what each word is, the values that they make, and the picture of the network."""

import io
import keyword
import tokenize
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rnnviz import palette
from rnnviz.widgets.drawn import Drawn

if TYPE_CHECKING:
    from rnnviz.listings.block import Block
    from rnnviz.listings.executing import Value

Word = tuple[str, str]
"""What a piece of a line is (empty for plain text), and the piece."""

LONG: Final = (
    "These lines take long, so they run only in the script and in the notebook. On this page, the later blocks use "
    "the untrained network. “Run it” below the program trains a network."
)

_KINDS: Final = {tokenize.STRING: "text", tokenize.NUMBER: "number", tokenize.COMMENT: "comment"}


def listing(
    blocks: "Sequence[Block]",
    values: "Mapping[str, Sequence[Value]]",
    picture: Mapping[str, Any],
    *,
    title: str = "A program, block by block",
    block: str | None = None,
) -> Drawn:
    """A program of ``rnnviz.listings``.

    Args:
        values: What ``listings.execute`` recorded.
        picture: Of ``schematics``: the network, with the parts that blocks are about.
        title: Of what is saved of it.
        block: The name of the selected block; by default the first.

    >>> from rnnviz import listings, pictures
    >>> values, _ = listings.execute(listings.MANUAL)
    >>> pictures.listing(listings.MANUAL, values, pictures.schematics.manual())
    Drawn(A program, block by block)
    """
    data = {
        "blocks": [_block(blocks, k, values) for k in range(len(blocks))],
        "picture": picture,
        "palette": palette.themes(),
        "start": {"id": "saved", "block": block or blocks[0].name},
    }
    return Drawn("listing", title, data)


def _block(blocks: "Sequence[Block]", k: int, values: "Mapping[str, Sequence[Value]]") -> dict[str, Any]:
    block = blocks[k]
    opens = block.repeats and not (k and blocks[k - 1].repeats)
    head = [f"for t in range({block.repeats}):"] * bool(opens)
    indent = "    " * bool(block.repeats)
    source = "\n".join([*head, *(f"{indent}{line}" if line else "" for line in block.source.splitlines())])
    return {
        "name": block.name,
        "title": block.title,
        "lines": words_of(source),
        "keras": block.keras,
        "text": block.text,
        "part": block.part,
        "values": [
            {"name": one.name, "kind": one.kind, "rows": one.rows, "t": one.t} for one in values.get(block.name, ())
        ],
        "note": LONG if block.is_long else "",
    }


def words_of(source: str) -> list[list[Word]]:
    """The lines of a source, each in pieces."""
    lines = source.splitlines()
    pieces: list[list[Word]] = [[] for _ in lines]
    ends = [0] * len(lines)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        (row, begin), (last, end) = token.start, token.end
        kind = "keyword" if keyword.iskeyword(token.string) else _KINDS.get(token.type, "")
        if kind and row == last:
            line = lines[row - 1]
            pieces[row - 1] += [("", line[ends[row - 1] : begin]), (kind, line[begin:end])]
            ends[row - 1] = end
    return [
        [(kind, text) for kind, text in [*some, ("", line[end:])] if text]
        for some, line, end in zip(pieces, lines, ends, strict=True)
    ]
