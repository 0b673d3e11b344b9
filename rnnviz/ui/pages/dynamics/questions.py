"""Predictions on the page "Dynamics": where the state goes, and how long a deviation lasts."""

from functools import partial
from typing import Final

import numpy as np

from rnnviz.pictures.phase_plane import short
from rnnviz.ui.pages.dynamics.request import Request, constant_input, in_words
from rnnviz.ui.pages.dynamics.search import Found, found
from rnnviz.ui.selection import Selection
from rnnviz.ui.selection.fields import many
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, between, number, share

STEPS: Final = 1000
"""The steps for which the input stays constant."""

LATER: Final = 10
"""The steps after which what is left of a deviation is asked for."""

EDGES: Final = (0.01, 0.1, 0.5)
_LEFT: Final = ("Less than 1 %", "1 to 10 %", "10 to 50 %", "More than half")
_MOST: Final = 8
"""The most options."""

AWAY: Final = (2, 3, 1)
"""Steps after which it is asked where a deviation from a point that is not stable has gone."""

_WENT: Final = (
    "On the same side of the point, and nearer to it",
    "On the same side, and farther away",
    "On the other side, and nearer",
    "On the other side, and farther away",
)

_ARRIVED: Final = 1e-3
"""The distance from a point within which the state has arrived."""


def ask(selection: Selection, request: Request | None, now: Found | None, view: str) -> Questions:
    """Where a state would go that the plane does not show; what is left of a deviation at the first point.

    Args:
        view: One of "points" (the plane), "eigenvalues", "modes".
    """
    if request is None or now is None or request.is_long or request.network.model.bidirectional:
        return ""
    if not len(now.points.kinds):
        return ""
    is_stable = bool((now.points.kinds == "stable").any())
    if view == "eigenvalues":
        return (_deviation(request),) if is_stable else tuple(_away(request, steps) for steps in AWAY)
    if view == "points" and 1 < len(options(now)) <= _MOST:
        return (_end(request, selection.t, options(now)),)
    return (_approach(request, selection.t),) if is_stable else ""


def options(now: Found) -> tuple[str, ...]:
    """What the network outputs at its stable points, each once; their numbers where it has no output."""
    stable = np.flatnonzero(now.points.kinds == "stable").tolist()
    named = [short(now.outputs.said[k]) or f"Point {k}" for k in stable]
    return tuple(dict.fromkeys(named))


def _end(request: Request, t: int, named: tuple[str, ...]) -> Question:
    text = (
        f"Every number of the state at t = {t} changes its sign. Then the input stays {in_words(request)} for "
        f"{STEPS:,} steps. Which of these belongs to the stable point at which the state arrives?"
    )
    return Question(("dynamics", request, t), text, named, partial(_arrived, request, t, named))


def _arrived(request: Request, t: int, named: tuple[str, ...]) -> Answer:
    now = found(request)
    last = _later(request, -_state(request, t), STEPS)
    far = np.linalg.norm(now.points.states - last, axis=1)
    nearest = int(far.argmin())
    is_there = far[nearest] < _ARRIVED and now.points.kinds[nearest] == "stable"
    said = short(now.outputs.said[nearest]) or f"Point {nearest}"
    return Answer(
        (named.index(said),) if is_there and said in named else (),
        f"After {STEPS:,} steps the state is {number(float(far[nearest]), 2)} from point {nearest}: {said}.",
        "The basin of attraction of a point is the set of all states that end at it. The state with the other signs is "
        "in the basin of this point.",
    )


def _approach(request: Request, t: int) -> Question:
    text = (
        f"Every number of the state at t = {t} changes its sign. Then the input stays {in_words(request)} for {LATER} "
        "steps. A stable point is nearest to the state that is reached: how much of the distance to it is left?"
    )
    return Question(("dynamics", request, "approach", t), text, _LEFT, partial(_approached, request, t))


def _approached(request: Request, t: int) -> Answer:
    points = found(request).points
    begun = -_state(request, t)
    last = _later(request, begun, LATER)
    stable = points.states[points.kinds == "stable"]
    far = np.linalg.norm(stable - last, axis=1)
    nearest = int(far.argmin())
    left = float(far[nearest] / np.linalg.norm(stable[nearest] - begun))
    return Answer(
        between(left, EDGES),
        f"{share(left)} of the distance is left after {LATER} steps.",
        "Near a stable point each step multiplies the deviation by its eigenvalues, and the mode with the largest |λ| "
        "lasts longest. Far away, the activation functions decide too.",
    )


def _state(request: Request, t: int) -> np.ndarray:
    """The state that the sequence has at a step, h or (h, c)."""
    from rnnviz.dynamics import visited_states

    trace = networks.recording(request.network).trace
    state: np.ndarray = visited_states(trace, layer=request.layer, direction=request.direction)[t]
    return state


def _later(request: Request, state: np.ndarray, steps: int) -> np.ndarray:
    """Where a state is after some steps of the constant input."""
    from rnnviz.dynamics import iterated

    rnn, x = networks.recording(request.network).network.rnn, constant_input(request)
    last: np.ndarray = iterated(rnn, x, state[None], steps, layer=request.layer, direction=request.direction)[0]
    return last


def _away(request: Request, steps: int) -> Question:
    text = (
        f"At point 0, which is not stable, the state is moved a little along the mode with the largest |λ|, while the "
        f"input stays {in_words(request)}. Where is the deviation after {many(steps, 'step')}?"
    )
    return Question(("dynamics", request, "away", steps), text, _WENT, partial(_moved_away, request, steps))


def _moved_away(request: Request, steps: int) -> Answer:
    value = complex(found(request).points.eigenvalues[0, 0])
    factor = value**steps
    is_clear = value.imag == 0 and between(abs(factor), (1.0,))
    return Answer(
        (2 * int(factor.real < 0) + int(abs(factor) > 1),) if is_clear else (),
        f"λ = {number(value.real, 3)}; after {many(steps, 'step')} the factor is {number(factor.real, 3)}.",
        "Each step multiplies a small deviation along this direction by λ. A negative λ takes it to the other side at "
        "every step, and |λ| above 1 makes it larger.",
    )


def _deviation(request: Request) -> Question:
    text = (
        f"At point 0, a stable one, the state is moved a little along the slowest mode, while the input stays "
        f"{in_words(request)}. How much of the deviation is left after {LATER} steps?"
    )
    return Question(("dynamics", request, "deviation"), text, _LEFT, partial(_left, request))


def _left(request: Request) -> Answer:
    value = complex(found(request).points.eigenvalues[0, 0])
    left = abs(value) ** LATER
    return Answer(
        between(left, EDGES),
        f"|λ| = {number(abs(value))}, and |λ|^{LATER} = {share(left)}.",
        "Each step multiplies a small deviation along this direction by λ. The nearer |λ| is to 1, the longer the "
        "state remembers it.",
    )
