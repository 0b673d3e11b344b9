"""The letters of weights and biases as torch or a textbook writes them, and texts rewritten from torch's into a book's.

Everything in rnnviz is written in torch's letters. What a reader sees passes through ``rewritten``; names in code,
``weight_ih_l0``, do not. Signals (h_t, the gates, their sums) are torch's in every notation.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal, get_args

from rnnviz.names import GATES

Notation = Literal["torch", "raschka", "goodfellow"]

NOTATIONS: Final[tuple[Notation, ...]] = get_args(Notation)

LABELS: Final[Mapping[Notation, str]] = {
    "torch": "torch",
    "raschka": "Raschka",
    "goodfellow": "Goodfellow",
}

HELP: Final = (
    "The letters of weights and biases on all pages. Code keeps torch's names, and the gates keep torch's letters. "
    "torch has two biases, $b_{ih}$ and $b_{hh}$; a textbook has one, which is their sum.\n\n"
    "- torch: $W_{ih}$ and $W_{hh}$; our output layer is $W_{hy}$.\n"
    "- Raschka, Liu and Mirjalili (2022), chapter 15: $W_{xh}$ and $W_{hh}$. The book's $b_h$ is $b_{xh} + b_{hh}$. "
    "Its output layer $W_{ho}$ stays $W_{hy}$, since $W_{ho}$ is a weight of the output gate too.\n"
    "- Goodfellow, Bengio and Courville (2016), section 10.2: $U$ for the input, $W$ for the state before, $V$ for the "
    "output. Each gate has its own, as $U^f$ and $W^f$ (section 10.10). The book's $b$ is $b_U + b_W$. Its $c$ is "
    "$b_V$, since $c_t$ is the cell state."
)
"""What a reader has to know of the choice, as Markdown."""

_GATES: Final = tuple(dict.fromkeys(gate for cell in ("lstm", "gru") for gate in GATES[cell]))

_SKIPPED: Final = r"```.*?```|`[^`]*`"
"""Code in Markdown, which keeps torch's names."""

_TOKEN: Final = re.compile(
    rf"{_SKIPPED}|(?<![A-Za-z0-9_\\])([Wb])"
    r"(?:_\{([a-z]{1,2})\}|<sub>([a-z]{1,2})</sub>|_([a-z]{1,2})(?![A-Za-z0-9_])|([ᵢₕₒᵣₙ]{2})(?![A-Za-z0-9_]))"
    r"(\^(?=[\\{\w]))?",
    re.DOTALL,
)
"""A letter with its index, as LaTeX, HTML and plain text write it, and whether a power follows in LaTeX."""

_RAISED: Final = str.maketrans("ᵢₕₒᵣₙ", "ihorn")
"""What an alt text has lowered, where Unicode has such letters."""


@cache
def table(notation: Notation) -> Mapping[str, str]:
    """The LaTeX of every letter that is another than torch's, by torch's in plain text: ``{"W_ih": "U"}``."""
    letters = {"raschka": _raschka, "goodfellow": _goodfellow}
    return {} if notation == "torch" else letters[notation]()


def rewritten(text: str, notation: Notation) -> str:
    """A text of ours in torch's letters, in another notation: each letter stays LaTeX, HTML or plain text, as it was.

    Args:
        text: A formula, Markdown or a sentence. Code in backticks stays.

    >>> rewritten(r"W_{hf} h_{t-1} + b_{hf}", "goodfellow")
    'W^{f} h_{t-1} + b_{W}^{f}'
    >>> rewritten("the norm of W<sub>ih</sub>", "raschka")
    'the norm of W<sub>xh</sub>'
    """
    letters = table(notation)

    def written(match: re.Match[str]) -> str:
        letter, braced, marked, bare, lowered, power = match.groups()
        found = letters.get(f"{letter}_{braced or marked or bare or (lowered or '').translate(_RAISED)}")
        if found is None:
            return match[0]
        if marked:
            return _in_html(found) + (power or "")
        if bare or lowered:
            return _in_words(found) + (power or "")
        return f"{{{found}}}^" if power and "^" in found else found + (power or "")

    return _TOKEN.sub(written, text) if letters else text


def translated(value: Any, notation: Notation) -> Any:
    """Plain data with every text in another notation, see ``rewritten``; keys and arrays stay.

    >>> translated({"title": "W<sub>hh</sub>", "sizes": [3, 4]}, "goodfellow")
    {'title': 'W', 'sizes': [3, 4]}
    """
    if isinstance(value, str):
        return rewritten(value, notation)
    if isinstance(value, dict):
        return {name: translated(part, notation) for name, part in value.items()}
    return [translated(part, notation) for part in value] if isinstance(value, list | tuple) else value


def _raschka() -> dict[str, str]:
    """Source: Raschka, Liu and Mirjalili (2022), chapter 15, whose example names torch's two biases so as well."""
    return {f"{letter}_i{gate}": f"{letter}_{{x{gate}}}" for letter in "Wb" for gate in ("h", *_GATES)}


def _goodfellow() -> dict[str, str]:
    """Source: Goodfellow, Bengio and Courville (2016), equations 10.8 to 10.11 and 10.40 to 10.44."""
    found = {"W_hy": "V", "b_y": "b_{V}"}
    for gate in ("h", *_GATES):
        above = "" if gate == "h" else f"^{{{gate}}}"
        found |= {f"W_i{gate}": f"U{above}", f"W_h{gate}": f"W{above}"}
        found |= {f"b_i{gate}": f"b_{{U}}{above}", f"b_h{gate}": f"b_{{W}}{above}"}
    return found


def _in_html(latex: str) -> str:
    return re.sub(r"\^\{(\w+)\}", r"<sup>\1</sup>", re.sub(r"_\{(\w+)\}", r"<sub>\1</sub>", latex))


def _in_words(latex: str) -> str:
    return re.sub(r"[{}]", "", latex)
