"""Checked against torch: what a Trace or a Walk shows, compared with torch's own kernels, run again now."""

from rnnviz.verify.comparing import Difference, verify
from rnnviz.verify.conventions import Convention, gru_conventions

__all__ = ["Convention", "Difference", "gru_conventions", "verify"]
