"""The numbers that are saved of the widgets of the page "Clipping"."""

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from rnnviz.cliff import Descent


def descents(unclipped: "Descent", clipped: "Descent") -> pd.DataFrame:
    """Both descents on the surface, a row a step: the values before the step, in float64."""
    columns = ("w", "b", "error", "grad_w", "grad_b", "grad_norm", "clipped_norm", "update_norm")
    arms = {"unclipped": unclipped, "clipped": clipped}
    return pd.DataFrame(
        {f"{arm} {name}": getattr(found, name) for arm, found in arms.items() for name in columns}
    ).rename_axis("step")
