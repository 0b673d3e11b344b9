"""A recurrent network under constant input as a dynamical system: where its state stays, and how fast it moves.

Importing this package loads no torch; its names load what they need.
"""

from typing import TYPE_CHECKING, Final

from rnnviz.extras import lazily

if TYPE_CHECKING:
    from rnnviz.dynamics.planes import speed_plane
    from rnnviz.dynamics.points import KINDS, FixedPoints, SpeedPlane, visited_states
    from rnnviz.dynamics.searching import fixed_points

__all__ = ["KINDS", "FixedPoints", "SpeedPlane", "fixed_points", "speed_plane", "visited_states"]

_HOMES: Final = {
    "KINDS": "rnnviz.dynamics.points",
    "FixedPoints": "rnnviz.dynamics.points",
    "SpeedPlane": "rnnviz.dynamics.points",
    "fixed_points": "rnnviz.dynamics.searching",
    "speed_plane": "rnnviz.dynamics.planes",
    "visited_states": "rnnviz.dynamics.points",
}

__getattr__ = lazily(__name__, _HOMES, __all__)
