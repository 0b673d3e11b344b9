"""What is said over the picture of a decoding."""

import pytest

from rnnviz.ui.shell import networks
from rnnviz.widgets import decoding


@pytest.mark.parametrize("score", ["dot", "additive"])
@pytest.mark.parametrize("source", ["31415926", "11111111", "1122334455", "3141592653589793238462"])
def test_looks_are_counted_by_place_also_where_a_digit_stands_beside_its_like(score: str, source: str) -> None:
    model = networks.attention_model(f"reverse-{score}")
    found = model.decode(source)
    assert found.weights is not None
    assert found.text == source[::-1]
    mirrored = sum(int(row.argmax()) == len(source) - 1 - t for t, row in enumerate(found.weights[: len(source)]))
    title = decoding.payload(model, source)["title"]
    assert title == f"At {mirrored} of {len(source)} digits the largest weight is on the digit that is output"


def test_of_one_digit_nothing_is_counted() -> None:
    title = decoding.payload(networks.attention_model("reverse-dot"), "5")["title"]
    assert title == "Where the source has one position, all the weight is on it"
