"""States: an order to draw units in, their common directions, and which of them are on."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, get_args

import numpy as np

Order = Literal["index", "variance", "peak", "cluster"]
ORDERS: Final[tuple[Order, ...]] = get_args(Order)

_PAIRS: Final = 4096  # pairs looked at together: those of units that are no ends any more are left out in one go


class Principal(NamedTuple):
    """Panels in their common principal components.

    Attributes:
        projections: One a panel, each of shape (time, component). Centred on the mean of all steps; NaN where a step
            holds a number that is not finite.
        explained_ratio: Of shape (component,). Share of the variance, largest first; NaN where nothing varies.
        components: Of shape (component, unit). Orthonormal; the entry of largest size is positive.
    """

    projections: list[np.ndarray]
    explained_ratio: np.ndarray
    components: np.ndarray


def unit_order(panel: np.ndarray, by: Order = "index") -> np.ndarray:
    """An order in which to draw the units, int of shape (unit,); ties keep their order.

    Args:
        panel: Of shape (time, unit). Steps that hold a number that is not finite are left out.
        by: As stored; largest variance over time first; by the step at which the unit's size is largest; or like beside
            like. For the last, units are chained greedily, most correlated pair of free ends first, and those that
            never change come last.

    Raises:
        ValueError: If ``by`` is none of the four.

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> h = np.array([[0.0, 1.0, 0.2], [0.0, -1.0, 0.4]])  # (time, unit)
    >>> analysis.unit_order(h, "variance")
    array([1, 2, 0])
    """
    if by not in ORDERS:
        raise ValueError(f"by must be one of {', '.join(ORDERS)}; got {by!r}")
    known = _known(panel)
    if by == "index" or not len(known):
        return np.arange(panel.shape[1])
    if by == "variance":
        return np.argsort(-known.var(0), kind="stable")
    if by == "peak":
        return np.argsort(np.abs(known).argmax(0), kind="stable")
    return _chained(known)


def principal_components(panels: Sequence[np.ndarray], count: int = 2) -> Principal:
    """Several panels (time, unit) in the directions along which all their steps together vary most.

    Their times may differ, their units may not.

    Raises:
        ValueError: If there are fewer than ``count`` units or finite steps, or the units differ.

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> panel = np.random.default_rng(0).standard_normal((20, 8))  # (time, unit)
    >>> [points] = analysis.principal_components([panel]).projections
    >>> points.shape
    (20, 2)
    """
    units = {panel.shape[1] for panel in panels}
    if len(units) != 1:
        raise ValueError(f"panels must be one or more of the same units; got {sorted(units) or 'none'}")
    known = np.concatenate([_known(panel) for panel in panels])  # (steps of all panels, unit)
    if not 1 <= count <= min(known.shape):
        raise ValueError(f"count must be in 1..{min(known.shape)}, of finite steps and units; got {count}")
    mean = known.mean(0)
    # Rows of V' in X - mean = U S V' are the eigenvectors of the covariance, and its eigenvalues go as S².
    _, sizes, directions = np.linalg.svd(known - mean, full_matrices=False)
    components = directions[:count]  # (component, unit)
    # The sign of a component is free, so the one is taken that makes its largest entry positive.
    largest = np.take_along_axis(components, np.abs(components).argmax(1)[:, None], 1)
    components = components * np.sign(largest)
    variances = sizes**2
    total = variances.sum()
    return Principal(
        projections=[_projected(panel, mean, components) for panel in panels],
        explained_ratio=variances[:count] / total if total else np.full(count, np.nan),
        components=components,
    )


def closest_unit(panel: np.ndarray, target: np.ndarray) -> tuple[int, float]:
    """The unit of a panel (time, unit) that correlates most with a target (time,), whatever the sign, and its r.

    Units that are constant or not finite do not count; if no other is left, r is 0.

    >>> import numpy as np
    >>> from rnnviz.analysis import closest_unit
    >>> unit, r = closest_unit(np.array([[0.0, 1.0], [0.0, -1.0], [0.0, -3.0]]), np.array([0, 1, 2]))
    >>> unit, round(r, 6)
    (1, -1.0)
    """
    with np.errstate(all="ignore"):
        values = panel.astype(np.float64) - panel.mean(0, dtype=np.float64)
        wanted = target - target.mean()
        r = np.nan_to_num(
            wanted @ values / (np.linalg.norm(wanted) * np.linalg.norm(values, axis=0)), posinf=0, neginf=0
        )
    unit = int(np.abs(r).argmax())
    return unit, float(np.clip(r[unit], -1, 1))


def on_in_range(panel: np.ndarray, begin: int, end: int, threshold: float) -> np.ndarray:
    """The units that are on at every step of a range and off just beside it: int of shape (selected,), ascending.

    Args:
        panel: Of shape (time, unit).
        begin, end: First and last step of the range. A side on which the sequence itself ends asks for nothing.
        threshold: A unit is on where it is at least this.

    Raises:
        ValueError: If the range is empty or leaves the panel.

    Source: Strobelt, Gehrmann, Pfister, Rush (2018), LSTMVis, arXiv 1606.07461, the select view.

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> h = np.array([[0.1, 0.9], [0.8, 0.9], [0.8, 0.9], [0.2, 0.9]])  # (time, unit)
    >>> analysis.on_in_range(h, begin=1, end=2, threshold=0.5)
    array([0])
    """
    time = len(panel)
    if not 0 <= begin <= end < time:
        raise ValueError(f"begin and end must be in 0..{time - 1} and in order; got {begin} and {end}")
    on = panel >= threshold  # (time, unit)
    selected = on[begin : end + 1].all(0)
    for neighbour in (begin - 1, end + 1):
        if 0 <= neighbour < time:
            selected &= ~on[neighbour]
    return np.flatnonzero(selected)


def how_many_on(panel: np.ndarray, units: Sequence[int] | np.ndarray, threshold: float) -> np.ndarray:
    """How many of some units of a panel (time, unit) are on at every step: float of shape (time,), NaN on padding.

    A unit is on where it is at least ``threshold``.

    Source: Strobelt, Gehrmann, Pfister, Rush (2018), LSTMVis, arXiv 1606.07461, the match view.

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> h = np.array([[0.1, 0.9], [0.8, 0.9], [0.8, 0.2]])  # (time, unit)
    >>> analysis.how_many_on(h, [0, 1], threshold=0.5)
    array([1., 2., 1.])
    """
    counts = (panel[:, np.asarray(units, dtype=np.intp)] >= threshold).sum(1)
    return np.where(np.isnan(panel).all(1), np.nan, counts)


def _known(panel: np.ndarray) -> np.ndarray:
    """The finite steps, in float64."""
    known: np.ndarray = panel[np.isfinite(panel).all(1)].astype(np.float64)
    return known


def _projected(panel: np.ndarray, mean: np.ndarray, components: np.ndarray) -> np.ndarray:
    projection = np.full((len(panel), len(components)), np.nan)
    projection[np.isfinite(panel).all(1)] = (_known(panel) - mean) @ components.T  # (time, component)
    return projection


def _chained(known: np.ndarray) -> np.ndarray:
    """Units in one chain of high correlations, the constant ones behind it."""
    changes = known.max(0) > known.min(0)
    varying = np.flatnonzero(changes)
    centred = known[:, varying] - known[:, varying].mean(0)
    scaled = centred / np.linalg.norm(centred, axis=0)
    alike = np.round(scaled.T @ scaled, 9)  # rounded: equal pairs are told apart by their numbers, not by the processor
    order = _chain_of(alike)
    if len(order) and order[0] > order[-1]:  # a chain reads the same both ways, so the lower number begins
        order = order[::-1]
    return np.concatenate([varying[order], np.flatnonzero(~changes)])


def _chain_of(alike: np.ndarray) -> np.ndarray:
    """All units in one chain; of the units that still end a chain, the most alike are joined first."""
    count = len(alike)
    first, second = np.triu_indices(count, 1)  # every pair once
    pairs = np.argsort(-alike[first, second], kind="stable")
    chain = [[k] for k in range(count)]  # of every unit that is an end
    free = np.ones(count, bool)  # whether it is one
    longest = chain[0] if count else []
    for begin in range(0, len(pairs), _PAIRS):
        some = pairs[begin : begin + _PAIRS]
        for pair in some[free[first[some]] & free[second[some]]]:
            a, b = int(first[pair]), int(second[pair])
            left, right = chain[a], chain[b]
            # Joining both ends of one chain would close a ring; and an end may be gone since the portion began.
            if left is right or not (free[a] and free[b]):
                continue
            # Turned so that left ends in a and right begins with b.
            longest = (left if left[-1] == a else left[::-1]) + (right if right[0] == b else right[::-1])
            free[a], free[b] = len(left) == 1, len(right) == 1  # a unit alone is still the end on its other side
            chain[longest[0]] = chain[longest[-1]] = longest  # only its ends are ever joined again
        if len(longest) == count:
            break
    return np.array(longest, dtype=np.intp)
