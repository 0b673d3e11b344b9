"""Searches for fixed points, each made once for all who ask: at once, or away from the page where it takes longer.

A long search is a thread and no process: nearly all of its time goes into products of matrices, during which other
threads have the interpreter. One goes on at a time, and it ends when somebody stops it.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.caching import cached
from rnnviz.ui.pages.dynamics import moments
from rnnviz.ui.pages.dynamics.outputs import Outputs, outputs_of
from rnnviz.ui.pages.dynamics.request import Request, constant_input, examples_of
from rnnviz.ui.shell import networks

if TYPE_CHECKING:
    from rnnviz.dynamics import FixedPoints, Modes, SpeedPlane
    from rnnviz.progress import SearchProgress
    from rnnviz.trace import Trace

MODES: Final = 3
"""The modes of each point that are kept."""

REMEMBERED: Final = 16
"""The most long searches whose results are kept."""

PATIENCE: Final = 60.0
"""Seconds after which a long search that nobody watches is stopped."""

COSTLY: Final = 64
"""The numbers of a state from which on visitors take turns."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found.

    Attributes:
        points: Without their Jacobians, of which the modes are kept.
        modes: One a point.
        outputs: What the network outputs at each point.
        made: The iterations of the search, which the visitor may have stopped there.
    """

    points: "FixedPoints"
    modes: "tuple[Modes, ...]"
    outputs: Outputs
    made: int


@dataclass(frozen=True)
class Searching:
    """How far a long search is.

    Attributes:
        told: Of its last iteration; None until there is one.
        message: Why it failed; empty if it did not.
    """

    told: "SearchProgress | None" = None
    found: Found | None = None
    message: str = ""


def _is_costly(request: Request, *_: object) -> bool:
    return request.size > COSTLY


@cached(24, costly=_is_costly)
def found(request: Request) -> Found:
    """The fixed points of a request for which the page waits."""
    return _search(request, None)


@cached(24, costly=_is_costly)
def plane(request: Request, reached: tuple[tuple[float, ...], ...]) -> "SpeedPlane":
    """The speed on the plane of the visited states; ``reached`` are more states that it shall reach to.

    For a network at an earlier moment of its training the plane is that of its end, and reaches to the points there.
    """
    from rnnviz import dynamics

    now = networks.recording(request.network)
    through = now.trace
    if moments.is_earlier(request.network):
        whole = replace(request, network=moments.at_the_end(request.network))
        through = networks.recording(whole.network).trace
        path = dynamics.visited_states(now.trace, layer=request.layer, direction=request.direction)
        reached = (*reached, *map(tuple, path), *map(tuple, found(whole).points.states))
    return dynamics.speed_plane(
        now.network.rnn, constant_input(request), through=through, including=np.array(reached) if reached else None,
        layer=request.layer, direction=request.direction, resolution=request.resolution,
    )  # fmt: skip


def _search(request: Request, on_progress: "Callable[[SearchProgress], object] | None") -> Found:
    from rnnviz import dynamics

    now, made = networks.recording(request.network), 0

    def told(progress: "SearchProgress") -> object:
        nonlocal made
        made = progress.step
        return on_progress is None or on_progress(progress)

    points = dynamics.fixed_points(
        now.network.rnn, constant_input(request), starts=_starts(request),
        layer=request.layer, direction=request.direction, count=request.count,
        iterations=request.iterations, on_progress=told,
    )  # fmt: skip
    outputs = outputs_of(request, points.h)
    modes = tuple(
        dynamics.leading_modes(points, point, count=MODES, weight=outputs.weight) for point in range(len(points))
    )
    return Found(replace(points, jacobians=np.empty((len(points), 0, 0))), modes, outputs, made)


def _starts(request: Request) -> "Trace | None":
    """The trace of the visited states: on the input, or on examples of the task; None for random states."""
    now = networks.recording(request.network)
    if request.starts == "visited":
        return now.trace
    if request.starts == "random":
        return None
    from rnnviz.capture import capture

    like = next(now.network.parameters())
    return capture(now.network.rnn, like.new_tensor(examples_of(request.network)))


# --- Away from the page ---


_lock: Final = threading.Lock()
_turn: Final = threading.Lock()
_long: Final["OrderedDict[object, Searching]"] = OrderedDict()
_stopped: Final[set[object]] = set()
_watched: Final[dict[object, float]] = {}
"""When somebody asked last how far a search is."""


def begin(request: Request) -> None:
    """Begin a long search, unless it goes on."""
    key = _key(request)
    with _lock:
        before = _long.get(key)
        if before is not None and before.found is None and not before.message:
            return
        _long[key] = Searching()
        _long.move_to_end(key)
        _stopped.discard(key)
        _watched[key] = time.monotonic()
        while len(_long) > REMEMBERED:
            _forget(_long.popitem(last=False)[0])
    threading.Thread(target=_work, args=(key, request), name="rnnviz-dynamics", daemon=True).start()


def progress(request: Request) -> Searching | None:
    """How far a long search is; None if nobody has asked for it."""
    key = _key(request)
    with _lock:
        if key in _watched:
            _watched[key] = time.monotonic()
        return _long.get(key)


def stop(request: Request) -> None:
    """Stop a long search; what it has found until then is its result."""
    with _lock:
        _stopped.add(_key(request))


def is_stopped(request: Request) -> bool:
    """Whether a long search has been told to stop."""
    with _lock:
        return _key(request) in _stopped


def _forget(key: object) -> None:
    """Stop a search whose result nobody could have; the lock is held."""
    _watched.pop(key, None)
    _stopped.discard(key)


def _goes_on(key: object) -> bool:
    """Whether a search is wanted still."""
    with _lock:
        return key not in _stopped and time.monotonic() - _watched.get(key, -PATIENCE) < PATIENCE


def _key(request: Request) -> object:
    return replace(request, network=request.network), request.network.cache_key


def _work(key: object, request: Request) -> None:
    def told(now: "SearchProgress") -> bool:
        _note(key, Searching(now))
        return _goes_on(key)

    try:
        with _turn:
            found_here = _search(request, told)
        _note(key, Searching(found=found_here))
    except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
        _note(key, Searching(message=f"{type(error).__name__}: {error}"[:300]))


def _note(key: object, now: Searching) -> None:
    with _lock:
        if key in _long:
            _long[key] = now
