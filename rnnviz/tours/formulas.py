"""Formulas of a tour: where they stand in a line, and whether a browser can set them."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final

MOST_NESTED: Final = 20

_PARTS: Final = re.compile(r"(\\.|`[^`\n]+`|(?<!\$)\$[^$\n]+\$(?!\$))")
"""What Markdown takes as one piece, from the left: a character after a backslash, code, a formula."""

_TOKENS: Final = re.compile(r"\\[A-Za-z]+|\\.|\S")
_PLAIN: Final = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho varrho sigma tau
    upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar partial nabla
    infty emptyset sum prod int oint bigcup bigcap max min sup inf lim limsup liminf argmax argmin arg log ln lg exp sin
    cos tan cot sinh cosh tanh det dim ker deg gcd Pr cdot cdots ldots dots vdots ddots times div pm mp ast star circ
    bullet odot oplus ominus otimes cap cup setminus wedge vee neg lnot land lor forall exists nexists in notin ni
    subset subseteq supset supseteq le leq ge geq ll gg lt gt ne neq approx equiv sim simeq cong propto mid parallel
    perp to gets mapsto leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow longrightarrow
    longleftarrow uparrow downarrow implies iff Re Im top bot angle triangle prime quad qquad langle rangle lfloor
    rfloor lceil rceil lvert rvert lVert rVert vert Vert lbrace rbrace displaystyle textstyle
"""
_FONTS: Final = "text textbf textit textrm mathrm mathbf mathit mathbb mathcal mathsf mathtt"
_OF_ONE: Final = """
    sqrt hat bar tilde vec dot ddot widehat widetilde overline underline overrightarrow underbrace overbrace
    boldsymbol bm operatorname boxed
"""
_OF_TWO: Final = "frac dfrac tfrac binom overset underset stackrel"
ARGUMENTS: Final[Mapping[str, int]] = MappingProxyType(
    {
        **{f"\\{name}": 0 for name in chain(_PLAIN.split(), ",;:! {}|%#&_")},
        **{f"\\{name}": 1 for name in chain(_FONTS.split(), _OF_ONE.split())},
        **{f"\\{name}": 2 for name in _OF_TWO.split()},
    }
)
"""How many arguments each known command takes."""
BARE: Final = frozenset(f"\\{name}" for name in _FONTS.split())
"""Commands with arguments that may themselves be an argument without braces."""

_DELIMITER: Final = re.compile(r"[()\[\]|./<>]|\\[{}|]|\\[lr](angle|brace|floor|ceil|vert|Vert)")


def parts(text: str) -> list[str]:
    """A text in parts that together are the text; every second one is code, a formula, or an escaped character."""
    return _PARTS.split(text)


def problems_of(line: str) -> Iterator[str]:
    """What is wrong with the formulas of a line: each message says what must be, not what was found."""
    cut = parts(line)
    if any("$" in words for words in cut[::2]):
        yield "a formula must begin and end with one $ on the same line; the sign itself is \\$"
    for part in cut[1::2]:
        if part.startswith("$"):
            try:
                _check(part[1:-1])
            except ValueError as error:
                yield f"the formula {part if len(part) <= 40 else f'{part[:40]}…'} {error}"


def _check(formula: str) -> None:
    """Raise unless a formula can be set with the LaTeX that a tour may use."""
    if formula != formula.strip():
        raise ValueError("must have no blank after its first $ or before its last; the sign itself is \\$")
    tokens = _TOKENS.findall(formula)
    end = _row(tokens, 0, None, 0)
    if end < len(tokens):
        raise ValueError(f"must have an opening sign for each closing one; {tokens[end]} has none")


def _row(tokens: list[str], at: int, closing: str | None, depth: int) -> int:
    """The end of a row of tokens: before its closing token, or at the end of the formula if none is wanted."""
    raised: set[str] = set()
    while at < len(tokens) and tokens[at] not in ("}", "\\right", closing):
        sign = tokens[at]
        if sign in ("_", "^"):
            if sign in raised:
                raise ValueError(f"must have one {sign} for each base")
            raised.add(sign)
            at = _argument(tokens, at + 1, sign, depth)
        else:
            raised = set()
            at = _one(tokens, at, depth)
    if closing is not None and (at == len(tokens) or tokens[at] != closing):
        raise ValueError(f"must have a {closing} for each opening sign")
    return at


def _one(tokens: list[str], at: int, depth: int) -> int:
    """The end of a token, a group or a command with its arguments."""
    if depth > MOST_NESTED:
        raise ValueError(f"must be nested at most {MOST_NESTED} deep")
    sign = tokens[at]
    if sign == "{":
        return _row(tokens, at + 1, "}", depth + 1) + 1
    if sign == "\\left":
        inner = _delimiter(tokens, at)
        return _delimiter(tokens, _row(tokens, inner, "\\right", depth + 1))
    if sign in ("#", "&", "%", "\\"):
        raise ValueError(f"must have a backslash before {sign}")
    if not sign.startswith("\\"):
        return at + 1
    if sign not in ARGUMENTS:
        raise ValueError(f"must have commands that a tour knows; {sign} is none")
    at += 1
    if sign == "\\sqrt" and tokens[at : at + 1] == ["["]:
        at = _row(tokens, at + 1, "]", depth + 1) + 1
    for _ in range(ARGUMENTS[sign]):
        at = _argument(tokens, at, sign, depth)
    return at


def _argument(tokens: list[str], at: int, of: str, depth: int) -> int:
    """The end of the argument of a command or an index."""
    if at == len(tokens) or tokens[at] in ("}", "_", "^", "\\right"):
        raise ValueError(f"must go on after {of}")
    if tokens[at] == "\\left" or (ARGUMENTS.get(tokens[at], 0) and tokens[at] not in BARE):
        raise ValueError(f"must have braces around {tokens[at]} after {of}")
    return _one(tokens, at, depth + 1)


def _delimiter(tokens: list[str], at: int) -> int:
    """The end of the bracket after a command that sizes it to its content."""
    if at + 1 >= len(tokens) or not _DELIMITER.fullmatch(tokens[at + 1]):
        raise ValueError(f"must have a bracket after {tokens[at]}")
    return at + 2
