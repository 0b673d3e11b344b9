"""Numbers as pages and widgets write them."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import numpy as np

_RAISED: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def probability(value: float) -> str:
    """A probability as pages write it, rounded once; as ``probability`` of ``assets/components/shared/arrays.js``."""
    if np.isnan(value):
        return "–"
    if 0 < value < 0.0005:
        return "< 0.001"
    return str(_rounded(value))


def shortened(name: str, most: int = 24) -> str:
    """A name that a visitor gave, as long as there is room for it.

    >>> shortened("a class with a very long name", 10)
    'a class w…'
    """
    return name if len(name) <= most else f"{name[: most - 1]}…"


def visible(label: str) -> str:
    """A label of a step for a sentence; an invisible one gets a sign."""
    return label if label.strip() else "␣" * max(1, len(label))


def raised(text: str) -> str:
    """A number as Python writes it, with its power of ten as people write it.

    >>> raised("-3e-05")
    '−3·10⁻⁵'
    """
    digits, _, power = text.partition("e")
    written = f"{digits}·10{str(int(power)).translate(_RAISED)}" if power else digits
    return written.replace("-", "−")


def number(value: float) -> str:
    """A number in at most six digits.

    >>> number(-22.0), number(0.1), number(-1e-6)
    ('−22', '0.1', '−1·10⁻⁶')
    """
    return raised(f"{value:g}")


def change(before: float, after: float) -> str:
    """From one probability to another, as the difference of what stands beside it, so that the three agree.

    >>> change(0.1814, 0.7279), change(0.5, 0.5)
    ('+0.547', '0.000')
    """
    if np.isnan(before) or np.isnan(after):
        return "–"
    moved = _rounded(after) - _rounded(before)
    return f"{moved:+}".replace("-", "−") if moved else "0.000"


def _rounded(value: float) -> Decimal:
    return Decimal(float(value)).quantize(Decimal("0.001"), ROUND_HALF_UP)
