"""A question with a few options; the network says which is right, and computes that only when it is asked."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.ui.selection import Selection
from rnnviz.written import raised

_ID: Final = 12

MARGIN: Final = 0.2
"""The least lead of the right answer: a share of the range of its quantity, or of the number if that has no range.

A fifth of an axis is seen at a glance and can be argued for. A smaller lead is decided by details of the weights, in
the end by rounding, so that a question about it would be a lottery.
"""


@dataclass(frozen=True)
class Answer:
    """What the network says.

    Attributes:
        right: The option that is right; none if no option leads by the margin, or a number is not finite. Such a
            question is not asked.
        said: The numbers, as they were computed.
        why: The reason, in a sentence or two.
    """

    right: tuple[int, ...]
    said: str
    why: str


@dataclass(frozen=True, eq=False)
class Question:
    """A question about what the visitor looks at; all texts are plain and may quote what was typed.

    Attributes:
        about: All that the answer depends on beside the text, with a ``repr`` that identifies it.
        answer: Computes the Answer; nothing is computed before.
    """

    about: object
    text: str
    options: tuple[str, ...]
    answer: Callable[[], Answer]

    @property
    def id(self) -> str:
        """What identifies this question, the same for all visitors."""
        told = repr((self.about, self.text, self.options)).encode("utf-8", "backslashreplace")
        return hashlib.sha256(told).hexdigest()[:_ID]


Questions = tuple[Question, ...] | str
"""The questions of a view, most important first; or why there is none, which may be empty."""


def seeded(*about: object) -> np.random.Generator:
    """A generator that draws the same for settings with the same ``repr``, on every machine."""
    digest = hashlib.sha256(repr(about).encode("utf-8", "backslashreplace")).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def shuffled(options: Iterable[str], *about: object) -> tuple[str, ...]:
    """Options in an order that does not reveal which is right; equal settings (see ``seeded``) have equal orders."""
    all_ = list(options)
    return tuple(all_[k] for k in seeded("options", *about).permutation(len(all_)).tolist())


def leader(values: Sequence[float], span: float | None = None) -> tuple[int, ...]:
    """The place of the largest number; none if it does not lead by the margin, or if a number is not finite.

    Args:
        span: The range of the quantity; the largest number itself if it has none.
    """
    found = np.asarray(values, np.float64)
    if not np.isfinite(found).all():
        return ()
    second, first = np.sort(found)[-2:].tolist()
    lead = MARGIN * (abs(first) if span is None else span)
    return (int(found.argmax()),) if first - second >= lead and first > second else ()


def between(value: float, edges: Sequence[float], span: float | None = None) -> tuple[int, ...]:
    """Which of the intervals between some edges holds a number; none if it is too near to an edge, or NaN.

    Args:
        edges: Increasing; the first interval is below the first of them, the last above the last.
        span: The range of the quantity, of which a share has to be between the number and each edge; the edge itself
            if it has none.
    """
    near = any(abs(value - edge) < MARGIN * (abs(edge) if span is None else span) for edge in edges)
    return () if near or np.isnan(value) else (int(np.searchsorted(edges, value)),)


def number(value: float, digits: int = 4) -> str:
    """A number to some significant digits, as sentences have it."""
    return raised(f"{value:,.{digits}g}").replace("inf", "∞")


def share(value: float) -> str:
    """A share in per cent."""
    return f"{number(100 * value, 3)} %"


def of_layer(seen: Selection, layer: int) -> str:
    """Words after a noun that name the layer, where there are several; of two directions they mean the forward one."""
    model = seen.model
    return f"{f' of layer {layer}' * (model.num_layers > 1)}{' in the forward direction' * model.bidirectional}"


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: ``a, b and c``."""
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
