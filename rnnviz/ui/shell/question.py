"""A question with a few options; the network says which is right, and computes that only when it is asked."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.ui.selection import Selection
from rnnviz.ui.shell.training_captions import raised

_ID: Final = 12

ROUNDING: Final = 1e-6
"""The relative rounding difference between machines: no question asks which of two such numbers is larger."""


@dataclass(frozen=True)
class Answer:
    """What the network says.

    Attributes:
        right: The options that are right: several if they are equal, none if there is no finite number.
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


def largest(values: Sequence[float]) -> tuple[int, ...]:
    """Places of the largest number: several if others are equal within rounding; none if a number is not finite."""
    found = np.asarray(values, np.float64)
    if not np.isfinite(found).all():
        return ()
    return tuple(np.flatnonzero(found >= found.max() - ROUNDING * abs(found.max())).tolist())


def between(value: float, edges: Sequence[float]) -> tuple[int, ...]:
    """Which of the intervals between some edges holds a number: two if it is an edge within rounding; none for NaN.

    Args:
        edges: Increasing; the first interval is below the first of them, the last above the last.
    """
    if np.isnan(value):
        return ()
    near = ROUNDING * abs(value) if np.isfinite(value) else 0.0
    low, high = np.searchsorted(edges, value - near, "left"), np.searchsorted(edges, value + near, "right")
    return tuple(range(int(low), int(high) + 1))


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


def token(label: str) -> str:
    """A label of a step for a sentence; an invisible one gets a sign."""
    return label if label.strip() else "␣" * max(1, len(label))


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: ``a, b and c``."""
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
