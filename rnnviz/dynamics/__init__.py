"""A recurrent network under constant input as a dynamical system: where its state stays, and how fast it moves.

Importing this package loads no torch; its names load what they need.
"""

from typing import TYPE_CHECKING, Final

from rnnviz.extras import lazily

if TYPE_CHECKING:
    from rnnviz.dynamics.planes import speed_plane
    from rnnviz.dynamics.points import KINDS, FixedPoints, Modes, SpeedPlane, leading_modes, visited_states
    from rnnviz.dynamics.searching import fixed_points
    from rnnviz.dynamics.steps import iterated

__all__ = [
    "KINDS",
    "FixedPoints",
    "Modes",
    "SpeedPlane",
    "fixed_points",
    "iterated",
    "leading_modes",
    "speed_plane",
    "visited_states",
]

_HOMES: Final = {
    "KINDS": "rnnviz.dynamics.points",
    "FixedPoints": "rnnviz.dynamics.points",
    "Modes": "rnnviz.dynamics.points",
    "SpeedPlane": "rnnviz.dynamics.points",
    "fixed_points": "rnnviz.dynamics.searching",
    "iterated": "rnnviz.dynamics.steps",
    "leading_modes": "rnnviz.dynamics.points",
    "speed_plane": "rnnviz.dynamics.planes",
    "visited_states": "rnnviz.dynamics.points",
}

__getattr__ = lazily(__name__, _HOMES, __all__)
