"""What a Trace or a Walk shows, checked against torch's own kernels, run again now."""

from rnnviz.verify.comparing import Apart, Difference, farthest, verify
from rnnviz.verify.conventions import Convention, gru_conventions

__all__ = ["Apart", "Convention", "Difference", "farthest", "gru_conventions", "verify"]
