"""What the page of sequences says of the networks that ship."""

from typing import Final

import numpy as np

from rnnviz.sequences import unroll
from rnnviz.words import SkipGramSpec
from tests.statements.reading import numbers

PAGE: Final = "assets/text/sequences.md"
STARTS: Final = 30


def test_parity_is_right_on_random_bits_and_lost_after_a_run_of_zeros() -> None:
    trained, length, first, last = numbers(
        PAGE,
        "In training the network had at most {} random bits. Its output is correct on random sequences of {} bits, "
        "too. It is not correct after a long run of zeros: after an odd number of ones the output changes to “even” at "
        "zero number {} to {} in a row",
    )
    generator = np.random.default_rng(11)
    for _ in range(STARTS):
        long = unroll("parity", "".join(map(str, generator.integers(2, size=int(length.value)))))
        assert long.outputs == long.targets
        bits = generator.integers(2, size=generator.integers(int(trained.value)))
        start = "".join(map(str, bits)) + ("101"[: 3 if bits.sum() % 2 else 1])
        lost = unroll("parity", start + "0" * 40).outputs[len(start) :]
        assert first.value <= lost.index("even") + 1 <= last.value
        assert "odd" not in lost[lost.index("even") :]


def test_the_settings_with_which_word_vectors_open() -> None:
    said = numbers(
        PAGE,
        "With the settings with which this view opens (vectors of {} numbers, {} words on each side, {} negatives, {} "
        "epoch)",
    )
    spec = SkipGramSpec()
    assert [one.value for one in said] == [spec.size, spec.window, spec.negatives, spec.epochs]
