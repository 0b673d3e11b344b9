"""The data of the widget that shows a program in blocks: lines with what each word is, values, and the picture."""

import io
import keyword
import tokenize
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

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


def payload(
    blocks: "Sequence[Block]", values: "Mapping[str, Sequence[Value]]", picture: Mapping[str, Any]
) -> dict[str, Any]:
    """The data of the widget, but for where it begins."""
    return {"blocks": [_block(blocks, k, values) for k in range(len(blocks))], "picture": picture}


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
