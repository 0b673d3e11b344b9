"""Recipes of all families: impossible settings are refused, and the order of the fields is part of what is stored."""

import math
import re
from dataclasses import fields, replace
from typing import Any

import pytest

from rnnviz.attention import recipes as attention
from rnnviz.characters import recipes as characters
from rnnviz.sentiment import recipes as sentiment

ATTENTION, CHARACTERS = attention.RECIPES["dates-dot"], characters.RECIPES["python-rnn"]
SENTIMENT = sentiment.RECIPES["bilstm"]


@pytest.mark.parametrize(
    ("recipe", "wrong", "message"),
    [
        (ATTENTION, {"steps": 0}, "steps must be a whole number of at least 1; got 0"),
        (ATTENTION, {"rate": -1}, "rate must be a finite number of at least 0; got -1"),
        (ATTENTION, {"max_norm": -1}, "max_norm must be None or a finite number of at least 0; got -1"),
        (CHARACTERS, {"batch": 2.0}, "batch must be a whole number of at least 1; got 2.0"),
        (CHARACTERS, {"rate": math.nan}, "rate must be a finite number of at least 0; got nan"),
        (CHARACTERS, {"updates": True}, "updates must be a whole number of at least 1; got True"),
        (SENTIMENT, {"seed": -1}, "seed must be a whole number of at least 0; got -1"),
        (SENTIMENT, {"batch_size": 0}, "batch_size must be a whole number of at least 1; got 0"),
        (sentiment.Phase(1, 0.1), {"epochs": 0}, "epochs must be a whole number of at least 1; got 0"),
    ],
)
def test_settings_that_cannot_train_are_refused(recipe: Any, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        replace(recipe, **wrong)


def test_what_may_be_left_open_may_be() -> None:
    assert replace(SENTIMENT, max_norm=None, seed=0).max_norm is None


@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        (characters.Recipe, "cell hidden_size updates rate batch length dropout falls seed"),
        (
            sentiment.Recipe,
            "name network phases has_marks noise window reads_pieces max_norm is_calibrated batch_size seed",
        ),
        (sentiment.Phase, "epochs rate fades teachers phrases"),
        (sentiment.Noise, "words embedding pooled"),
        (sentiment.NetworkSpec, "words embedding hidden bidirectional pooling dense"),
    ],
)
def test_fields_stand_in_the_order_by_which_unfinished_trainings_are_known(recipe: type, names: str) -> None:
    """Each file names its training by its recipe as text: with another order no unfinished training goes on."""
    assert [field.name for field in fields(recipe)] == names.split()
