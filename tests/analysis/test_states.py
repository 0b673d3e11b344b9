"""The order of units, their principal components, the selection of those that are on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnnviz.analysis import ORDERS, how_many_on, on_in_range, principal_components, unit_order

PANELS = arrays(
    np.float32,
    st.tuples(st.integers(1, 9), st.integers(1, 7)),
    elements=st.floats(-1, 1, width=32) | st.sampled_from([np.nan, np.inf]),
)


@settings(deadline=None, max_examples=60)
@given(panel=PANELS, by=st.sampled_from(ORDERS))
def test_every_order_is_of_all_units_and_the_same_again(panel: np.ndarray, by: str) -> None:
    order = unit_order(panel, by)
    assert sorted(order) == list(range(panel.shape[1]))
    assert order.dtype.kind == "i"
    assert np.array_equal(order, unit_order(panel.copy(), by))


def test_orders_by_hand() -> None:
    panel = np.array([[0, 0.1, -0.9, 0.5], [0, 0.9, 0, 0.5], [0, -0.2, 0.1, 0.5], [-0.3, 0, 0, 0.5]])
    padded = np.concatenate([panel, np.full((2, 4), np.nan)])
    for one in (panel, padded, panel.astype(np.float32)):
        assert list(unit_order(one)) == [0, 1, 2, 3]
        assert list(unit_order(one, "peak")) == [2, 3, 1, 0]  # steps 0, 0, 1, 3; equal ones as stored
        assert list(unit_order(one, "variance")) == [1, 2, 0, 3]
        assert unit_order(one, "cluster")[-1] == 3  # never changes
    with pytest.raises(ValueError, match="by must be one of index, variance, peak, cluster; got 'size'"):
        unit_order(panel, "size")  # type: ignore[arg-type]


def test_cluster_lays_a_shuffled_sweep_of_phases_in_order() -> None:
    time, phases = np.linspace(0, 2 * np.pi, 200, endpoint=False), np.linspace(0, 0.9 * np.pi, 20)
    sweep = np.cos(time[:, None] - phases)
    shuffle = np.random.default_rng(0).permutation(20)
    found = shuffle[unit_order(sweep[:, shuffle], "cluster")]
    assert set(np.abs(np.diff(found))) == {1}


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), units=st.integers(2, 12))
def test_cluster_depends_on_the_units_not_on_their_numbers(seed: int, units: int) -> None:
    random = np.random.default_rng(seed)
    panel, shuffle = random.standard_normal((15, units)), random.permutation(units)
    order, found = unit_order(panel, "cluster"), shuffle[unit_order(panel[:, shuffle], "cluster")]
    assert list(found) in (list(order), list(order[::-1]))


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), units=st.integers(2, 8))
def test_components_of_several_panels(seed: int, units: int) -> None:
    random = np.random.default_rng(seed)
    panels = [random.standard_normal((time, units)) for time in (5, 9)]
    panels[0][3] = np.nan
    projections, ratio, components = principal_components(panels, count=units)
    known = np.concatenate([panels[0][[0, 1, 2, 4]], panels[1]])
    variances = np.linalg.eigvalsh(np.cov(known.T))[::-1]
    np.testing.assert_allclose(ratio, variances / variances.sum(), atol=1e-12)
    np.testing.assert_allclose(components @ components.T, np.eye(units), atol=1e-12)
    assert (components[np.arange(units), np.abs(components).argmax(1)] > 0).all()
    assert np.isnan(projections[0][3]).all()
    rebuilt = projections[1] @ components + known.mean(0)  # all components together lose nothing
    np.testing.assert_allclose(rebuilt, panels[1], atol=1e-12)


def test_components_where_nothing_varies_or_too_much_is_asked() -> None:
    projections, ratio, _ = principal_components([np.ones((4, 3), np.float32)])
    assert not projections[0].any()
    assert np.isnan(ratio).all()
    with pytest.raises(ValueError, match=r"count must be in 1\.\.3, of finite steps and units; got 4"):
        principal_components([np.ones((5, 3))], count=4)
    with pytest.raises(ValueError, match=r"same units; got \[2, 3\]"):
        principal_components([np.ones((5, 3)), np.ones((5, 2))])
    with pytest.raises(ValueError, match="got none"):
        principal_components([])


def test_selection_by_hand() -> None:
    panel = np.array(
        [
            [0.0, 0.9, 0.0, 0.0, 0.9],
            [0.5, 0.5, 0.5, 0.0, 0.5],
            [0.6, 0.6, 0.6, 0.9, 0.1],
            [0.0, 0.0, 0.7, 0.0, 0.0],
            [np.nan] * 5,
        ]
    )
    assert list(on_in_range(panel, 1, 2, 0.5)) == [0]  # 1 was on before, 2 after, 3 and 4 not throughout
    assert list(on_in_range(panel, 0, 2, 0.5)) == [1]  # nothing is before the sequence
    assert list(on_in_range(panel, 3, 3, 0.7)) == [2]  # padding is off
    assert list(on_in_range(panel, 3, 4, 0.5)) == []
    assert list(how_many_on(panel, [0, 2, 3], 0.5)[:4]) == [0, 2, 3, 1]
    assert list(how_many_on(panel, [], 0.5)[:4]) == [0, 0, 0, 0]
    assert np.isnan(how_many_on(panel, [], 0.5)[4])
    for begin, end in ((-1, 2), (3, 2), (2, 5)):
        with pytest.raises(ValueError, match=rf"in 0\.\.4 and in order; got {begin} and {end}"):
            on_in_range(panel, begin, end, 0.5)


@settings(deadline=None, max_examples=60)
@given(panel=PANELS, data=st.data(), threshold=st.floats(-1, 1))
def test_selected_units_are_those_that_the_sentence_says(
    panel: np.ndarray, data: st.DataObject, threshold: float
) -> None:
    begin = data.draw(st.integers(0, len(panel) - 1))
    end = data.draw(st.integers(begin, len(panel) - 1))
    expected = []
    for k, unit in enumerate(panel.T):
        inside = all(unit[t] >= threshold for t in range(begin, end + 1))
        before = begin > 0 and unit[begin - 1] >= threshold
        after = end + 1 < len(unit) and unit[end + 1] >= threshold
        expected += [k] if inside and not before and not after else []
    assert list(on_in_range(panel, begin, end, threshold)) == expected
