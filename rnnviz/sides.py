"""What a probability of "positive" is called: the one rule, for every page, widget, script and question."""

from typing import Final

UNDECIDED: Final = (0.48, 0.52)
"""From the first to the second, a prediction is on neither side."""

RULE: Final = f"From P = {UNDECIDED[0]:g} to {UNDECIDED[1]:g} the prediction is undecided."
"""The rule as pages say it."""

NAMES: Final = {-1: "negative", 0: "undecided", 1: "positive"}
"""The sides of a review, as ``side`` numbers them."""


def side(positive: float) -> int:
    """On which side a probability is: 1 above ``UNDECIDED``, -1 below it, 0 inside of it; also 0 if it is NaN.

    Accuracy counts the nearer side of each prediction, the undecided ones too.

    >>> from rnnviz.sides import side
    >>> [side(p) for p in (0.3, 0.48, 0.5, 0.592)]
    [-1, 0, 0, 1]
    """
    low, high = UNDECIDED
    return int(positive > high) - int(positive < low)


def side_name(positive: float) -> str:
    """The side of a review in a word.

    >>> from rnnviz.sides import side_name
    >>> side_name(0.592), side_name(0.51)
    ('positive', 'undecided')
    """
    return NAMES[side(positive)]
