"""The request for a figure of temperatures: data from which both the picture and the code behind it are made."""

from dataclasses import dataclass
from typing import Literal

from rnnviz.palette import Theme


@dataclass(frozen=True)
class TemperatureFigure:
    """A figure of temperatures, and all that it depends on.

    Attributes:
        network, prompt: Both empty for the lecture's example.
    """

    name: Literal["example", "bars", "entropy"]
    temperatures: tuple[float, ...]
    theme: Theme
    network: str = ""
    prompt: str = ""
