"""What is said over the picture of a decoding."""

import pytest

from rnnviz.attention.edits import Forced
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
    assert title == f"At {mirrored} of {len(source)} steps the largest weight is on the digit whose turn it is"


@pytest.mark.parametrize("score", ["dot", "additive"])
@pytest.mark.parametrize(("step", "token"), [(0, "7"), (3, "9"), (7, "<end>")])
def test_a_forced_output_counts_the_looks_and_not_the_output(score: str, step: int, token: str) -> None:
    model, source = networks.attention_model(f"reverse-{score}"), "31415926"
    free, found = model.decode(source), model.decode(source, forced={step: token})
    assert free.weights is not None
    assert found.weights is not None
    assert (found.weights[: step + 1] == free.weights[: step + 1]).all(), "what is forced comes after the look"
    looks = [len(source) - 1 - int(row.argmax()) for row in found.weights[: len(source)]]
    mirrored = sum(look == t for t, look in enumerate(looks))
    title = decoding.payload(model, source, [Forced(step, token)])["title"]
    assert title == f"At {mirrored} of {len(looks)} steps the largest weight is on the digit whose turn it is"


def test_of_one_digit_nothing_is_counted() -> None:
    title = decoding.payload(networks.attention_model("reverse-dot"), "5")["title"]
    assert title == "Where the source has one position, all the weight is on it"
