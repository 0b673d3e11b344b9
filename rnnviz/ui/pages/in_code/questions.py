"""Predictions on the page "In code": the parameters of a larger LSTM, and another initial state."""

from typing import Final

from rnnviz.parameters import parameter_count
from rnnviz.spec import ModelSpec
from rnnviz.ui.shell.question import Answer, Question, Questions, between, number

TIMES: Final = (1.5, 2.5, 3.5)
"""Edges between the options for how many times as many parameters there are."""

START: Final = 2.0
_UNITS: Final = 64


def ask_sentiment() -> Questions:
    """How the count of parameters grows with the units."""
    text = (
        f"The bidirectional LSTM has {_UNITS} units in each direction. With {2 * _UNITS} units and the same input, how "
        "many times as many parameters does it have?"
    )
    options = ("As many as before", "About twice as many", "About three times as many", "About four times as many")
    return (Question(("in_code.sentiment", _UNITS), text, options, _grown),)


def _grown() -> Answer:
    before, after = (_parameters(units) for units in (_UNITS, 2 * _UNITS))
    said = f"{before:,} before and {after:,} after: {number(after / before, 3)} times as many."
    why = (
        "Each gate has a row for each unit, so there are twice as many rows. Each row also has a number for each unit "
        "of the state before, so it is longer, but not twice as long: its part for the input stays."
    )
    return Answer(between(after / before, TIMES, span=1.0), said, why)


def _parameters(units: int) -> int:
    return parameter_count(ModelSpec("lstm", _UNITS, units, output_size=0, bidirectional=True))


def ask_manual() -> Questions:
    """What another initial state changes at the first step."""
    text = f"With an initial state of {START:g} in both units instead of 0, what is the first unit of h at t = 0?"
    options = ("Smaller than now", "The same as now", "Larger than now")
    return (Question(("in_code.manual", START), text, options, _started),)


def _started() -> Answer:
    from rnnviz.listings.manual import first_state

    now, then = first_state(0.0)[0], first_state(START)[0]
    said = f"It is {number(then)} instead of {number(now)}."
    why = (
        f"The first row of W_hh has two positive numbers. Their products with {START:g} are added to the sum, and tanh "
        "increases with the sum."
    )
    return Answer(between(then - now, (-0.01, 0.01), span=2.0), said, why)
