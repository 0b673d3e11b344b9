"""The request for a figure of the cliff."""

from typing import Literal

CliffName = Literal["steps", "surface"]
