"""What the page of attention says of networks that are made to output a wrong first digit."""

from typing import Final

import numpy as np

from rnnviz import attention
from tests.statements.reading import numbers

PAGE: Final = "assets/text/attention.md"
SOURCES: Final = 400
ABOUT: Final = 5
"""Per cent: what "about" allows."""


def test_how_often_all_others_are_right_after_a_wrong_first_digit():
    length, dot, additive = numbers(
        PAGE,
        "Force another first digit, in several inputs of {} digits. The network with the dot product still outputs all "
        "the others correctly for about {} % of inputs, the one with the additive score for about {} %, and the one "
        "without attention for next to none. Why?",
    )
    random = np.random.default_rng(0)
    digits = random.integers(10, size=(SOURCES, int(length.value)))
    wrong = (digits[:, -1] + random.integers(1, 10, SOURCES)) % 10

    def share(score: str) -> float:
        model = attention.load(f"reverse-{score}")
        right = 0
        for row, first in zip(digits, wrong, strict=True):
            source = "".join(map(str, row))
            right += model.decode(source, forced={0: str(first)}).text[1:] == source[-2::-1]
        return 100 * right / SOURCES

    assert abs(share("dot") - dot.value) < ABOUT
    assert abs(share("additive") - additive.value) < ABOUT
    assert share("none") < 1


def test_where_the_largest_weight_stands():
    length, dot, there, beside = numbers(
        PAGE,
        "In random inputs of {} digits the largest weight of the dot product stands on the output digit at {} % of the "
        "steps. That of the additive score stands there at {} %, and one position to the right of it at {} %.",
    )
    steps = int(length.value)
    digits = np.random.default_rng(0).integers(10, size=(SOURCES // 4, steps))

    def shares(score: str) -> tuple[float, float]:
        """Per cent of steps at which the largest weight is on the output digit, and right of it."""
        model = attention.load(f"reverse-{score}")
        largest = np.stack([model.decode("".join(map(str, row))).weights[:steps].argmax(1) for row in digits])
        offsets = largest - np.arange(steps)[::-1]
        return 100 * float((offsets == 0).mean()), 100 * float((offsets == 1).mean())

    assert abs(shares("dot")[0] - dot.value) < 1
    assert np.abs(np.subtract(shares("additive"), (there.value, beside.value))).max() < 1
