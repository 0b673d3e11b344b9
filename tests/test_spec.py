"""Settings are refused with what was wrong, what was expected, what was got."""

import dataclasses
import math
import re
from typing import Any

import pytest

from rnnviz.spec import Edit, ModelSpec


def test_the_default_is_the_network_of_the_lecture() -> None:
    spec = ModelSpec()
    assert (spec.cell, spec.input_size, spec.hidden_size, spec.num_layers, spec.seed) == ("rnn", 5, 2, 1, 1)
    assert (spec.nonlinearity, spec.bias, spec.bidirectional, spec.output_size) == ("tanh", True, False, 1)
    assert (spec.forget_bias, spec.recurrent, spec.recurrent_scale) == (None, "default", 1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"cell": "LSTM"}, "cell must be one of rnn, lstm, gru; got 'LSTM'"),
        ({"cell": None}, "cell must be one of rnn, lstm, gru; got None"),
        ({"nonlinearity": "sigmoid"}, "nonlinearity must be one of tanh, relu; got 'sigmoid'"),
        ({"input_size": 0}, "input_size must be a whole number of at least 1; got 0"),
        ({"hidden_size": -2}, "hidden_size must be a whole number of at least 1; got -2"),
        ({"hidden_size": 2.0}, "hidden_size must be a whole number of at least 1; got 2.0"),
        ({"hidden_size": "2"}, "hidden_size must be a whole number of at least 1; got '2'"),
        ({"num_layers": 0}, "num_layers must be a whole number of at least 1; got 0"),
        ({"num_layers": True}, "num_layers must be a whole number of at least 1; got True"),
        ({"output_size": -1}, "output_size must be a whole number of at least 0; got -1"),
        ({"seed": -1}, "seed must be a whole number of at least 0; got -1"),
        ({"seed": None}, "seed must be a whole number of at least 0; got None"),
        ({"forget_bias": math.nan}, "forget_bias must be None or a finite number; got nan"),
        ({"forget_bias": "1"}, "forget_bias must be None or a finite number; got '1'"),
        ({"forget_bias": True}, "forget_bias must be None or a finite number; got True"),
        ({"forget_bias": 1e39}, "forget_bias must be None or a finite number; got 1e+39"),
        ({"recurrent": "zeros"}, "recurrent must be one of default, orthogonal, identity; got 'zeros'"),
        ({"recurrent_scale": -0.1}, "recurrent_scale must be a finite number of at least 0; got -0.1"),
        ({"recurrent_scale": math.inf}, "recurrent_scale must be a finite number of at least 0; got inf"),
        ({"recurrent_scale": None}, "recurrent_scale must be a finite number of at least 0; got None"),
    ],
    ids=str,
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ModelSpec(**wrong)


def test_the_least_of_everything_is_a_network() -> None:
    least = ModelSpec("gru", 1, 1, 1, 0, seed=0)
    assert (least.input_size, least.hidden_size, least.num_layers, least.output_size, least.seed) == (1, 1, 1, 0, 0)


def test_directions() -> None:
    assert ModelSpec().directions == ("forward",)
    assert ModelSpec(bidirectional=True).directions == ("forward", "reverse")


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ({}, ""),
        ({"cell": "lstm", "forget_bias": 0}, "forget bias 0"),
        ({"cell": "lstm", "forget_bias": -1.5, "recurrent_scale": 0.9}, "forget bias -1.5, W_hh × 0.9"),
        ({"cell": "gru", "forget_bias": 1, "recurrent": "orthogonal"}, "W_hh orthogonal"),
        ({"cell": "lstm", "bias": False, "forget_bias": 1}, ""),
        ({"recurrent": "orthogonal", "recurrent_scale": 2}, "W_hh orthogonal × 2"),
    ],
    ids=str,
)
def test_initialisation_in_words(start: dict[str, Any], words: str) -> None:
    assert ModelSpec(**start).initialisation == words


@pytest.mark.parametrize("made", [ModelSpec(), Edit("x", (0, 0), 1.0)], ids=["ModelSpec", "Edit"])
def test_settings_are_keys_and_never_change(made: ModelSpec | Edit) -> None:
    assert {made: 1}[dataclasses.replace(made)] == 1
    for field in dataclasses.fields(made):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, field.name, getattr(made, field.name))


def test_a_changed_copy_is_checked_too() -> None:
    with pytest.raises(ValueError, match="hidden_size must be"):
        dataclasses.replace(ModelSpec(), hidden_size=0)
