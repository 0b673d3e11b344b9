"""A few sentences to learn from."""

from itertools import product
from typing import Final

import numpy as np

from rnnviz.sentiment.reviews import Part, Reviews

TEXTS: Final = tuple(
    f"{start} film {verb} {what}{mark}"
    for start, verb, what, mark in product(("The", "A"), ("is", "was"), ("good", "bad"), (".", "!"))
)

DATA: Final[dict[Part, Reviews]] = {
    "train": Reviews(TEXTS, np.zeros(len(TEXTS), np.float32)),
    "validation": Reviews((), np.zeros(0, np.float32)),
    "test": Reviews(TEXTS[::2] * 50, np.zeros(50 * len(TEXTS[::2]), np.float32)),
    "unlabelled": Reviews(TEXTS[:4], np.zeros(4, np.float32)),
}
