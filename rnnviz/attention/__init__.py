"""Networks that read one sequence and say another, with attention and without."""

from rnnviz.attention.decoding import Arithmetic, Decoding
from rnnviz.attention.recipes import NAMES

__all__ = ["NAMES", "Arithmetic", "Decoding"]
