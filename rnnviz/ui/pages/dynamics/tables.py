"""The numbers behind the pictures: a row a point."""

from typing import TYPE_CHECKING

import pandas as pd

from rnnviz.ui.pages.dynamics.search import Found

if TYPE_CHECKING:
    from rnnviz.dynamics import SpeedPlane


def points(found: Found | None, shown: "SpeedPlane") -> pd.DataFrame:
    """Kind, speed, slowest time constant and output of each point, and its place on the plane."""
    if found is None:
        return pd.DataFrame({"kind": []}).rename_axis("point")
    some = found.points
    places = shown.projected(some.states)
    return pd.DataFrame(
        {
            "kind": some.kinds,
            "output": found.outputs.said,
            "speed q": some.speeds,
            "largest |λ|": abs(some.eigenvalues[:, 0]),
            "its time constant (steps)": some.time_constants[:, 0],
            "unstable directions": some.unstable,
            "starts": some.found,
            "distance from the plane": shown.distances(some.states),
            "component 1": places[:, 0],
            "component 2": places[:, 1],
        }
    ).rename_axis("point")
