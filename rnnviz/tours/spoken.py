"""What a tour says, as somebody reads it out: without the signs of Markdown and LaTeX."""

import re
from html import unescape
from typing import Final

from rnnviz.tours.formulas import BARE, parts

_LINK: Final = re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)")
_STRESS: Final = re.compile(r"(\*\*|\*)(?=\S)(.+?)(?<=\S)\1")
_KEPT: Final = re.compile("\0([0-9]+)\0")
_INDEX: Final = re.compile(r"(?<=[_^])\{([^{}]*\W[^{}]*)\}")
_COMMAND: Final = re.compile(r"\\([A-Za-z]+)( ?)")
_SIGNS: Final = {
    "infty": "∞", "partial": "∂", "cdot": "·", "cdots": "…", "ldots": "…", "dots": "…", "top": "⊤", "to": "→",
}  # fmt: skip
"""Of commands whose sign HTML calls otherwise."""


def spoken(text: str) -> str:
    r"""A text of a tour without markup; what it stresses, and where its links lead, is left out.

    >>> from rnnviz.tours.spoken import spoken
    >>> spoken(r"**Why** is $z_t \odot h_{t-1}$ at [the *last* step](Gates?t=9) above $\lambda$?")
    'Why is z_t ⊙ h_(t-1) at the last step above λ?'
    """
    cut = parts(_LINK.sub(r"\1", text))
    pieces = [_piece(piece) for piece in cut[1::2]]
    cut[1::2] = [f"\0{number}\0" for number in range(len(pieces))]  # words may be stressed with a formula among them
    words = _STRESS.sub(r"\2", _STRESS.sub(r"\2", "".join(cut)))
    return _KEPT.sub(lambda found: pieces[int(found[1])], words)


def _piece(piece: str) -> str:
    """Code, a formula, or the character after a backslash."""
    if piece.startswith("\\"):
        return piece[1:]
    inside = piece[1:-1]
    if piece.startswith("`"):
        return inside
    return re.sub(r"[{}\\]", "", _INDEX.sub(r"(\1)", _COMMAND.sub(_sign, inside)))


def _sign(command: re.Match[str]) -> str:
    name, blank = command.groups()
    if f"\\{name}" in BARE:
        return ""
    sign = _SIGNS.get(name) or unescape(f"&{name};")
    return f"{name if sign.startswith('&') else sign}{blank}"
