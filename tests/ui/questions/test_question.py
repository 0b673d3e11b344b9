"""Ties, edges, numbers that are none, and what tells questions apart."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.spec import ModelSpec
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell.question import Answer, Question, between, largest, listed, number, of_layer, seeded, share, token

FINITE = st.floats(-1e6, 1e6)
NONE = Answer((), "", "")


@given(st.lists(FINITE, min_size=1, max_size=6))
def test_the_largest_is_among_the_right_ones_and_no_smaller_one_is(values: Sequence[float]) -> None:
    found = largest(values)
    assert int(np.argmax(values)) in found
    assert all(values[k] >= max(values) - 1e-6 * abs(max(values)) for k in found)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((1.0, 1.0, 0.5), (0, 1)),
        ((1.0, 1.0 + 1e-8), (0, 1)),
        ((0.0, 0.0), (0, 1)),
        ((-1.0, -2.0), (0,)),
        ((1.0, np.nan), ()),
        ((1.0, np.inf), ()),
    ],
)
def test_equal_ones_are_right_alike_and_what_is_no_number_never(values: tuple[float, ...], found: object) -> None:
    assert largest(values) == found


@given(FINITE, st.lists(FINITE, min_size=1, max_size=4, unique=True).map(sorted))
def test_a_number_is_between_its_neighbours(value: float, edges: list[float]) -> None:
    found = between(value, edges)
    assert sum(edge < value for edge in edges) in found
    near = 1e-6 * abs(value)
    assert all(k == 0 or edges[k - 1] <= value + near for k in found)
    assert all(k == len(edges) or edges[k] >= value - near for k in found)


@pytest.mark.parametrize(
    ("value", "found"),
    [(1.0, (0, 1)), (0.999, (0,)), (2.5, (2,)), (np.inf, (2,)), (-np.inf, (0,)), (np.nan, ())],
)
def test_on_an_edge_both_sides_are_right(value: float, found: object) -> None:
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
    assert [token(one) for one in ("a b", " ", "", "\n\n")] == ["a b", "␣", "␣", "␣␣"]


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
