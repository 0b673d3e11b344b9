"""The parameter table against the modules that torch builds, and the lecture's counts."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnviz.models import build
from rnnviz.names import CELLS
from rnnviz.parameters import count_formula, keras_count, keras_reason, parameter_count, parameter_table
from rnnviz.spec import ModelSpec

specs = st.builds(
    ModelSpec,
    cell=st.sampled_from(CELLS),
    input_size=st.integers(1, 6),
    hidden_size=st.integers(1, 6),
    num_layers=st.integers(1, 3),
    output_size=st.integers(0, 3),
    bidirectional=st.booleans(),
    bias=st.booleans(),
)


@settings(deadline=None, max_examples=40)
@given(specs)
def test_table_is_what_torch_builds(spec: ModelSpec) -> None:
    network = build(spec)
    built = [(name.removeprefix("rnn."), tuple(p.shape)) for name, p in network.named_parameters()]
    rows = parameter_table(spec)
    assert [(row.name, row.shape) for row in rows] == built
    assert [row.count for row in rows] == [p.numel() for p in network.parameters()]
    assert parameter_count(spec) == sum(p.numel() for p in network.parameters())
    for layer in range(spec.num_layers):
        own = sum(row.count for row in rows if row.layer == layer and row.direction == "forward")
        assert count_formula(spec, layer).endswith(f" = {own:,}")
    for row in rows:  # the numbers in the formula give the shape
        sides = row.formula.split(" = ")[1].split(" × ")
        assert tuple(eval(side.replace("·", "*")) for side in sides) == row.shape  # noqa: S307 - our own digits


def test_words() -> None:
    spec = ModelSpec("lstm", 32, 64, 2, bidirectional=True)
    rows = {row.name: row for row in parameter_table(spec)}
    assert rows["weight_ih_l0"].formula == "4 · hidden_size × input_size = 4·64 × 32"
    assert rows["weight_ih_l1"].formula == "4 · hidden_size × 2 · hidden_size = 4·64 × 2·64"
    assert rows["bias_hh_l1_reverse"].formula == "4 · hidden_size = 4·64"
    assert rows["head.weight"].formula == "output_size × 2 · hidden_size = 1 × 2·64"
    reverse = rows["weight_hh_l1_reverse"]
    assert (reverse.symbol, reverse.layer, reverse.direction) == ("W_{hh}", 1, "reverse")
    assert (rows["head.weight"].symbol, rows["head.weight"].layer) == ("W_{hy}", None)
    assert count_formula(spec) == "G·H·(D + H + 2) = 4·64·(32 + 64 + 2) = 25,088"
    assert count_formula(ModelSpec("rnn", bias=False)) == "G·H·(D + H) = 1·2·(5 + 2) = 14"
    assert parameter_table(ModelSpec())[0].formula == "hidden_size × input_size = 2 × 5"
    with pytest.raises(ValueError, match=r"layer must be in 0\.\.1 for this network; got 2"):
        count_formula(spec, 2)


@pytest.mark.parametrize(("bidirectional", "keras", "torch"), [(False, 101_249, 101_505), (True, 138_369, 138_881)])
def test_the_lecture_sentiment_models(keras: int, torch: int, *, bidirectional: bool) -> None:
    """Embedding 1000 x 64, (Bi)LSTM 64, dense 64, dense 1."""
    spec = ModelSpec("lstm", 64, 64, output_size=64, bidirectional=bidirectional)
    others = 1000 * 64 + (64 + 1)
    assert parameter_count(spec) + others == torch
    assert keras_count(spec) + others == keras
    assert f"{torch - keras} in all" in keras_reason(spec)


@pytest.mark.parametrize(
    ("cell", "options", "fewer"),
    [
        ("lstm", {}, 256),
        ("rnn", {}, 64),
        ("gru", {}, 0),
        ("gru", {"reset": "before"}, 192),
        ("gru", {"reset": "before", "bias": False}, 0),
        ("lstm", {"bias": False}, 0),
        ("lstm", {"num_layers": 2, "bidirectional": True}, 1024),
    ],
)
def test_keras(cell: Any, options: dict[str, Any], fewer: int) -> None:
    spec = ModelSpec(cell, 64, 64, **options)
    assert parameter_count(spec) - keras_count(spec) == fewer
    reason = keras_reason(spec)
    assert reason.count(".") == 1
    assert (f"{fewer:,} in all" in reason) == (fewer > 0)
    assert ("reset_after" in reason) == (cell == "gru" and spec.bias)
