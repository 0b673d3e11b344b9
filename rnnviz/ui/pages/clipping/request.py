"""A figure of the cliff as it is asked for."""

from typing import Literal

CliffName = Literal["steps", "surface"]
