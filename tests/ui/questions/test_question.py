"""Ties, edges, numbers that are none, and what tells questions apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.spec import ModelSpec
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell.question import (
    MARGIN,
    Answer,
    Question,
    between,
    leader,
    listed,
    number,
    of_layer,
    seeded,
    share,
)
from rnnviz.written import visible

FINITE = st.floats(-1e6, 1e6)
NONE = Answer((), "", "")


@given(st.lists(FINITE, min_size=2, max_size=6), st.sampled_from([None, 1.0, 100.0]))
def test_a_leader_is_ahead_of_every_other_by_the_margin(values: list[float], span: float | None) -> None:
    second, first = sorted(values)[-2:]
    lead = MARGIN * (abs(first) if span is None else span)
    wanted = (values.index(first),) if first > second and first - second >= lead else ()
    assert leader(values, span) == wanted


@pytest.mark.parametrize(
    ("values", "span", "found"),
    [
        ((0.512, 0.544, 0.530), 1.0, ()),
        ((0.512, 0.844, 0.530), 1.0, (1,)),
        ((2.6e-4, 1e-5), 1.0, ()),
        ((2.6e-4, 1e-5), None, (0,)),
        ((1.0, 1.0), None, ()),
        ((0.0, 0.0), None, ()),
        ((1.0, np.nan), None, ()),
        ((1.0, np.inf), None, ()),
    ],
)
def test_what_is_close_or_no_number_has_no_leader(values: tuple[float, ...], span: float, found: object) -> None:
    assert leader(values, span) == found


@given(FINITE, st.lists(FINITE, min_size=1, max_size=4, unique=True).map(sorted))
def test_a_number_is_between_its_neighbours_and_far_from_both(value: float, edges: list[float]) -> None:
    far = all(abs(value - edge) >= MARGIN * abs(edge) for edge in edges)
    assert between(value, edges) == ((sum(edge < value for edge in edges),) if far else ())


@pytest.mark.parametrize(
    ("value", "found"),
    [(1.0, ()), (0.9, ()), (0.7, (0,)), (2.5, (2,)), (np.inf, (2,)), (-np.inf, (0,)), (np.nan, ())],
)
def test_near_an_edge_neither_side_is_right(value: float, found: object) -> None:
    assert between(value, (1.0, 2.0)) == found


def test_a_question_is_another_one_where_anything_of_it_is() -> None:
    one = Question(("a", 1), "Is it?", ("yes", "no"), lambda: NONE)
    assert one.id == Question(("a", 1), "Is it?", ("yes", "no"), lambda: NONE).id
    others = [
        Question(("a", 2), "Is it?", ("yes", "no"), lambda: NONE),
        Question(("a", 1), "Was it?", ("yes", "no"), lambda: NONE),
        Question(("a", 1), "Is it?", ("yes", "never"), lambda: NONE),
        Question(("a", 1), "Is it \ud800?", ("yes", "no"), lambda: NONE),
    ]
    assert len({one.id, *(other.id for other in others)}) == 5


def test_equal_settings_draw_the_same() -> None:
    assert seeded("a", 1).permutation(20).tolist() == seeded("a", 1).permutation(20).tolist()
    assert seeded("a", 1).permutation(20).tolist() != seeded("a", 2).permutation(20).tolist()


def test_numbers_and_names_are_written_as_on_the_page() -> None:
    assert [number(one) for one in (-0.5, 1234.5, 1e-9, -2e12, np.inf)] == ["−0.5", "1,234", "1·10⁻⁹", "−2·10¹²", "∞"]
    assert [share(one) for one in (0.5, 0.12345, 3e-7, 1.0)] == ["50 %", "12.3 %", "3·10⁻⁵ %", "100 %"]
    assert [listed(some) for some in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert [visible(one) for one in ("a b", " ", "", "\n\n")] == ["a b", "␣", "␣", "␣␣"]


@pytest.mark.parametrize(
    ("layers", "bidirectional", "said"),
    [
        (1, False, ""),
        (2, False, " of layer 1"),
        (1, True, " in the forward direction"),
        (2, True, " of layer 1 in the forward direction"),
    ],
)
def test_of_several_layers_and_directions_it_is_said_which_is_meant(
    layers: int, bidirectional: bool, said: str
) -> None:
    seen = Selection(ModelSpec(cell="lstm", num_layers=layers, bidirectional=bidirectional))
    assert of_layer(seen, 1) == said
