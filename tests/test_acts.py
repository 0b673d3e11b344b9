"""Interventions as short texts: what can be written, what is refused, and that reading gives back what was written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.spec.acts import ABLATIONS, ALIGNMENTS, MOST_ACTS, Act, read, read_all
from tests.together import together

PLACES = st.fixed_dictionaries(
    {
        "layer": st.integers(0, 9),
        "direction": st.sampled_from(("forward", "reverse")),
        "steps": st.just(()) | st.tuples(st.integers(0, 99), st.integers(100, 999_999)) | st.just((7, 7)),
    }
)
UNITS = st.lists(st.integers(0, 9999), max_size=64, unique=True).map(tuple)
VALUES = st.decimals(-1000, 1000, places=4).map(float)
ALONG = st.sampled_from(("pc0", "pc9", "means0-4/10-14", "probe.depth.3", "probe.quotes.inside"))
GATES = st.sampled_from("hcifgorzn")


def ablated(place: dict[str, Any], units: tuple[int, ...], signal: str, how: str) -> Act:
    return Act("ablate", signal, how=how, units=units, **place)


def patched(place: dict[str, Any], units: tuple[int, ...], signal: str, how: str) -> Act:
    return Act("patch", signal, how=how, units=units, **place)


def clamped(place: dict[str, Any], units: tuple[int, ...], signal: str, value: float) -> Act:
    return Act("clamp", signal, value, units=units, **place)


def steered(place: dict[str, Any], value: float, along: str) -> Act:
    return Act("steer", "h", value, along=along, **place)


@given(
    st.builds(ablated, PLACES, UNITS, GATES, st.sampled_from(ABLATIONS))
    | st.builds(clamped, PLACES, UNITS, GATES, VALUES)
    | st.builds(patched, PLACES, UNITS, GATES, st.sampled_from(ALIGNMENTS))
    | st.builds(steered, PLACES, VALUES, ALONG)
)
def test_what_is_written_is_read(act: Act) -> None:
    assert read(act.written) == act
    assert read_all(f"{act.written};{act.written}") == (act, act)


@together(
    "text, message",
    [
        ("x", "must look like clamp:f@0"),
        ("clamp:f@0=", "must look like"),
        ("erase:f@0=1", "must begin with ablate, clamp, patch, steer"),
        ("clamp:q@0=1", "signal must be one of"),
        ("clamp:f@0=zero", "clamp must be to a number"),
        ("ablate:f@0=1", "ablate must be to zero or mean or resample"),
        ("patch:f@0=mean", "patch must be to start or end or unchanged"),
        ("clamp:f@0=1001", "must be a number in -1000..1000"),
        ("clamp:h@0=1*pc0", "only steer has a direction"),
        ("steer:f@0=1", "steer must be of a state"),
        ("steer:h@0:u1=1*pc0", "a direction is of all units"),
        ("steer:h@0:u1=1*probe.depth.3", "a direction is of all units"),
        ("steer:h@0=1*probe.depth", "must look like"),
        ("steer:h@0=1*probe.depth.3.4", "must look like"),
        ("clamp:h@0=1*probe.depth.3", "only steer has a direction"),
        ("clamp:h@0:u1.1=1", "different ones"),
        ("clamp:h@0:t9-3=1", "a first and a last"),
        ("clamp:h@0=1e3", "must look like"),
        ("clamp:h@0=1\n", "must look like"),
        (";".join(["clamp:h@0=1"] * (MOST_ACTS + 1)), f"at most {MOST_ACTS}"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_all(text)
