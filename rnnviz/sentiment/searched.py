"""The reviews in which the units of a network are searched for: the data set that the server has, or synthetic ones."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnnviz.sentiment import synthetic
from rnnviz.sentiment.reviews import read
from rnnviz.spec import REVIEWS_VARIABLE

COUNT: Final = 2_000
"""The most reviews that are searched."""


@dataclass(frozen=True)
class Searched:
    """Reviews to search.

    Attributes:
        said: What they are, in words, to be put after their number.
        problem: Why these are not those that the environment names; empty if they are.
    """

    texts: tuple[str, ...]
    said: str
    problem: str = ""


def searched() -> Searched:
    """The first test reviews of the data set that the environment names; without one, synthetic reviews.

    >>> import os
    >>> from rnnviz.sentiment.searched import searched
    >>> _ = os.environ.pop("RNNVIZ_REVIEWS", None)
    >>> found = searched()
    >>> len(found.texts), found.said
    (2000, 'synthetic reviews')
    """
    named, problem = os.environ.get(REVIEWS_VARIABLE), ""
    if named:
        try:
            return Searched(read(Path(named))["test"].texts[:COUNT], "held-out reviews of the data set")
        except Exception as error:  # noqa: BLE001 - a file of anybody's is read by libraries of others
            problem = f"the reviews that {REVIEWS_VARIABLE} names cannot be read ({type(error).__name__})"
    return Searched(synthetic.reviews(COUNT, seed=0)["train"].texts, "synthetic reviews", problem)
