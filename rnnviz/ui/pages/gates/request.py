"""The request for a figure of “Gates”: data from which the picture and the code behind it are made."""

from dataclasses import dataclass
from typing import Literal

from rnnviz.palette import Theme

GateName = Literal["saturation", "half_life", "retention", "contributions", "heatmap", "histogram", "norms"]


@dataclass(frozen=True)
class GateFigure:
    """A figure of saturation, memory or weights.

    Attributes:
        of: The kernel of a figure of weights.
        narrow: Only the selected layer and direction, in a figure of saturation.
    """

    name: GateName
    theme: Theme = "light"
    of: str = "weight_hh"
    narrow: bool = True
