"""Settings are refused with what was wrong, what was expected, what was got."""

import dataclasses
import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.spec import TASKS, Edit, ModelSpec, TaskSpec, TrainSpec, from_json, to_json
from tests.together import together


def test_the_default_is_the_network_of_the_lecture() -> None:
    spec = ModelSpec()
    assert (spec.cell, spec.input_size, spec.hidden_size, spec.num_layers, spec.seed) == ("rnn", 5, 2, 1, 1)
    assert (spec.nonlinearity, spec.bias, spec.bidirectional, spec.output_size) == ("tanh", True, False, 1)
    assert (spec.forget_bias, spec.recurrent, spec.recurrent_scale) == (None, "default", 1)


@together(
    "wrong, message",
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
        ({"recurrent": "identity"}, "W_hh identity, W_ih small, b 0"),
        ({"recurrent": "identity", "bias": False, "recurrent_scale": 0.5}, "W_hh identity × 0.5, W_ih small"),
        ({"cell": "gru", "recurrent": "identity"}, "W_hh identity"),
    ],
    ids=str,
)
def test_initialisation_in_words(start: dict[str, Any], words: str) -> None:
    assert ModelSpec(**start).initialisation == words


@pytest.mark.parametrize("made", [ModelSpec(), Edit("x", (0, 0), 1.0), TaskSpec(), TrainSpec()], ids=repr)
def test_settings_are_keys_and_never_change(made: ModelSpec | Edit | TaskSpec | TrainSpec) -> None:
    assert {made: 1}[dataclasses.replace(made)] == 1
    for field in dataclasses.fields(made):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, field.name, getattr(made, field.name))


def test_a_changed_copy_is_checked_too() -> None:
    with pytest.raises(ValueError, match="hidden_size must be"):
        dataclasses.replace(ModelSpec(), hidden_size=0)


TRAIN = TrainSpec(ModelSpec("lstm", 8, 16, output_size=2, forget_bias=1.0), TaskSpec("latch", 30), seeds=(4, 2))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"trained": "Latch"}, "lower case letters, digits and hyphens; got 'Latch'"),
        ({"trained": "-latch"}, "hyphens; got '-latch'"),
        ({"trained": "../latch"}, "hyphens; got '../latch'"),
        ({"trained": "latch\n"}, r"hyphens; got 'latch\n'"),
        ({"trained": "a" * 61}, "hyphens; got 'aaaaaaaaaaaa...aaaaaaaaaaaaa'"),
        ({"trained": None}, "hyphens; got None"),
        ({"bias": 1}, "bias must be True or False; got 1"),
        ({"bidirectional": "no"}, "bidirectional must be True or False; got 'no'"),
    ],
    ids=str,
)
def test_other_wrong_settings_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"{re.escape(message)}$"):
        ModelSpec(**wrong)


def test_trained_weights_have_no_start() -> None:
    assert ModelSpec("lstm", forget_bias=3.0, recurrent="orthogonal", trained="run-0123abcd-0").initialisation == ""


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "sorting"}, f"task must be one of {', '.join(TASKS)}; got 'sorting'"),
        ({"length": 1}, "length must be a whole number in 2..500 to be trained; got 1"),
        ({"length": 501}, "length must be a whole number in 2..500 to be trained; got 501"),
        ({"length": 20.0}, "length must be a whole number in 2..500 to be trained; got 20.0"),
    ],
    ids=str,
)
def test_wrong_tasks_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        TaskSpec(**wrong)


@together(
    "wrong, message",
    [
        ({"optimizer": "lion"}, "optimizer must be one of sgd, adam; got 'lion'"),
        ({"rate": -0.1}, "rate must be a finite number of at least 0; got -0.1"),
        ({"rate": math.nan}, "rate must be a finite number of at least 0; got nan"),
        ({"max_norm": -1}, "max_norm must be None or a finite number of at least 0; got -1"),
        ({"max_value": math.inf}, "max_value must be None or a finite number of at least 0; got inf"),
        ({"goal": "0.9"}, "goal must be None or a finite number of at least 0; got '0.9'"),
        ({"steps": 0}, "steps must be a whole number in 1..20000 to be trained; got 0"),
        ({"batch_size": 1000}, "batch_size must be a whole number in 1..512 to be trained; got 1000"),
        ({"every": True}, "every must be a whole number in 1..20000 to be trained; got True"),
        ({"window": 0}, "window must be a whole number of at least 1; got 0"),
        ({"seeds": ()}, "seeds must be a tuple of 1 to 10 whole numbers; got ()"),
        ({"seeds": [1]}, "seeds must be a tuple of 1 to 10 whole numbers; got [1]"),
        ({"seeds": tuple(range(11))}, "seeds must be a tuple of 1 to 10 whole numbers; got (0, 1, 2, 3, 4, 5, ...)"),
        ({"seeds": (1, 2.0)}, "seed must be a whole number in 0..2147483647 to be trained; got 2.0"),
        ({"seeds": (1, 1)}, "seeds must be different from each other; got (1, 1)"),
        ({"model": ModelSpec(bidirectional=True)}, "read in one direction to be trained; got both directions"),
        ({"model": ModelSpec(trained="latch")}, "to be trained; got weights trained as 'latch'"),
        ({"model": ModelSpec(hidden_size=300)}, "hidden_size must be a whole number in 1..256 to be trained; got 300"),
        (
            {"task": TaskSpec("latch", 500), "model": ModelSpec("lstm", hidden_size=256), "batch_size": 128},
            "seeds x batch_size x length x gates of all units and layers must be at most 20,000,000; got 65,536,000",
        ),
        (
            {"task": TaskSpec("latch", 200), "model": ModelSpec("gru", hidden_size=200), "steps": 20_000},
            "at most 50,000,000,000; got 76,800,000,000",
        ),
    ],
)
def test_wrong_trainings_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"{re.escape(message)}$"):
        TrainSpec(**wrong)


@pytest.mark.parametrize("wrong", [{"model": "rnn"}, {"task": None}], ids=str)
def test_parts_of_other_kinds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"must be a (Model|Task)Spec; got"):
        TrainSpec(**wrong)


def test_the_seed_of_the_model_does_not_tell_trainings_apart() -> None:
    again = dataclasses.replace(TRAIN, model=dataclasses.replace(TRAIN.model, seed=99))
    assert again == TRAIN
    assert hash(again) == hash(TRAIN)
    assert again.model.seed == 4


@pytest.mark.parametrize(
    "made", [ModelSpec(), ModelSpec("gru", 3, 4, trained="latch"), TaskSpec("copy", 9), TRAIN, TrainSpec()], ids=str
)
def test_settings_come_back_from_json(made: ModelSpec | TaskSpec | TrainSpec) -> None:
    back = from_json(type(made), json.loads(json.dumps(to_json(made), allow_nan=False)))
    assert back == made
    assert to_json(back) == to_json(made)


@together(
    "data, message",
    [
        ([], r"a TrainSpec must be a JSON object; got \[\]"),
        (None, "a TrainSpec must be a JSON object; got None"),
        ({"color": 1}, "a TrainSpec may only have model, task, optimizer, .*; got 'color'"),
        ({"__class__": 1}, "may only have .*; got '__class__'"),
        ({"model": "lstm"}, "a ModelSpec must be a JSON object; got 'lstm'"),
        ({"model": {"hidden": 3}}, "a ModelSpec may only have cell, .*; got 'hidden'"),
        ({"model": {"cell": ["lstm"]}}, "cell must be one of rnn, lstm, gru; got \\['lstm'\\]"),
        ({"model": {"bias": "yes"}}, "bias must be True or False; got 'yes'"),
        ({"task": {"name": {}}}, "task must be one of .*; got {}"),
        ({"task": {"length": 10**30}}, "length must be a whole number in 2..500"),
        ({"seeds": 5}, "seeds must be a tuple of 1 to 10 whole numbers; got 5"),
        ({"seeds": [[1]]}, "seed must be a whole number"),
        ({"rate": math.inf}, "rate must be a finite number"),
        ({"optimizer": "x" * 10_000}, "optimizer must be one of sgd, adam; got 'x{12}...x{13}'"),
    ],
)
def test_nothing_of_json_is_trusted(data: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_json(TrainSpec, data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = [field.name for field in dataclasses.fields(TrainSpec)]
INNER = [field.name for kind in (ModelSpec, TaskSpec) for field in dataclasses.fields(kind)]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON | st.dictionaries(st.sampled_from(INNER), JSON), max_size=4))
def test_any_json_is_taken_or_refused(data: dict[str, Any]) -> None:
    try:
        made = from_json(TrainSpec, data)
    except ValueError:
        return
    assert from_json(TrainSpec, to_json(made)) == made
