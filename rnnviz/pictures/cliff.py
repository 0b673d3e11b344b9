"""The map of an error surface with a cliff, and two gradient descents on it, without and with clipping."""

import math
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from rnnviz import cliff as errors
from rnnviz import palette
from rnnviz.cliff import Descent, Settings
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.packing import Packed, exact, rounded
from rnnviz.written import raised

Place = Literal["on", "off", "lost"]
"""Where a descent ends: on the map, off it, or at values that are not finite."""

SWING: Final = 50
"""So many last steps say whether a descent has come to rest."""

RANGES: Final = {"w": (4.0, 8.0), "b": (-4.0, -2.0)}
"""The ranges of the map, where a descent may start."""

PLACES: Final = {"w": 201, "b": 129}
"""The number of the map's places along each axis."""

_PARTS: Final = ("xₜ = w σ(xₜ₋₁) + b", "x₀ = 0.5", "E = (σ(x₅₀) − 0.7)²")
EQUATION: Final = ", ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in _PARTS)


def cliff(unclipped: Descent, clipped: Descent, *, t: int | None = None) -> Drawn:
    """The map with both descents, which are stepped through.

    Args:
        unclipped, clipped: Of ``rnnviz.cliff.descend``, from the same start.
        t: The selected step; by default the one at which the unclipped descent goes farthest.

    Returns:
        A picture of at most 100 kB.

    >>> from dataclasses import replace
    >>> from rnnviz import pictures
    >>> from rnnviz.cliff import Settings, descend
    >>> settings = Settings(7.0, -3.5, max_norm=1.0)
    >>> pictures.cliff(descend(replace(settings, max_norm=None)), descend(settings))
    Drawn(From this start no gradient exceeds the threshold: clipping changes nothing)
    """
    settings, title = clipped.settings, headline(unclipped, clipped)
    data = {
        "map": _map(),
        "arms": [{"name": "unclipped", "rows": _rows(unclipped)}, {"name": "clipped", "rows": _rows(clipped)}],
        "begin": [settings.w, settings.b],
        "longest": unclipped.longest,
        "title": title,
        "said": told(unclipped, clipped),
        "caption": described(settings),
        "palette": palette.relief_themes(),
        "start": {"id": "alone", "t": t},
        "turn": 0,
    }
    return Drawn("cliff", title, data, is_titled=True)


def described(settings: Settings) -> str:
    """Equation, rate, threshold and steps in a line."""
    return f"{EQUATION}; {chosen(settings)}; float64"


def chosen(settings: Settings) -> str:
    """Rate, threshold, steps and start in a line."""
    begin = f"w = {_number(settings.w)}, b = {_number(settings.b)}"
    return f"rate {settings.rate:g}, max_norm {settings.max_norm:g}, {settings.steps} steps from {begin}"


def headline(unclipped: Descent, clipped: Descent) -> str:
    """What clipping has come to: which descent is thrown off the map, and how far one step went.

    Near the cliff the last bits of the start decide the digits of a step and of the last error, so none are said. Where
    they decide the path, that is said in the place of its end.
    """
    by_chance = "the last bit of the start decides the path from step"
    if not clipped.clipped.any():
        if (at := errors.parted(clipped)) < clipped.settings.steps:
            return f"Before step {at} no gradient exceeds the threshold; {by_chance} {at} on"
        return "From this start no gradient exceeds the threshold: clipping changes nothing"
    most, place, place_clipped = _number(clipped.update_norm.max()), end(unclipped), end(clipped)
    if place == place_clipped == "on":
        return f"Both descents end on the map; clipped, no step is longer than {most}"
    jump = min(float(one.update_norm.max()) for one in (unclipped, *errors.neighbours(unclipped.settings)))
    size = f" longer than {10.0 ** math.floor(math.log10(jump)):,g}" if 1 <= jump < math.inf else ""
    without = {
        "on": "the descent ends on the map",
        "off": f"one step{size} throws the descent off the map",
        "lost": "the descent ends in values that are not finite",
        "chance": f"{by_chance} {errors.parted(unclipped)} on",
    }[place]
    with_it = {
        "on": "the descent ends on the map",
        "off": "the descent ends off the map",
        "lost": "the descent has no finite values",
        "chance": f"{by_chance} {errors.parted(clipped)} on",
    }[place_clipped]
    return f"Unclipped, {without}; clipped, no step is longer than {most}, and {with_it}"


def end(descent: Descent) -> Place | Literal["chance"]:
    """Where a descent ends, unless that is chance.

    It is not if the paths from the neighbouring starts stay together, or if after they part no step can be long enough
    to cross the border of the map.
    """
    at = errors.parted(descent)
    longest = descent.settings.rate * (descent.settings.max_norm or math.inf)
    every = (descent, *errors.neighbours(descent.settings))
    if at < len(descent.w) and not all(_to_border(one, at) > longest for one in every):
        return "chance"
    return where(descent)


def _to_border(descent: Descent, first: int) -> float:
    """How near the border of the map a descent comes from a step on; negative off the map."""
    places = {"w": descent.w[first:], "b": descent.b[first:]}
    return min(float(np.minimum(places[name] - low, high - places[name]).min()) for name, (low, high) in RANGES.items())


def where(descent: Descent) -> Place:
    """Where a descent ends: on the map, off it, or at values that are not finite."""
    end = {"w": float(descent.w[-1]), "b": float(descent.b[-1])}
    if not np.isfinite([*end.values(), descent.error[-1]]).all():
        return "lost"
    return "on" if all(low <= end[name] <= high for name, (low, high) in RANGES.items()) else "off"


def told(unclipped: Descent, clipped: Descent) -> list[str]:
    """What happened on two descents from the same start, in sentences made of the numbers."""
    most = clipped.settings.max_norm
    count = int(clipped.clipped.sum())
    if not count:
        here = "From this start no" if (chance := _chance(unclipped, clipped)) else "No"
        return [
            f"{here} gradient is longer than max_norm = {most:g}: clipping changes nothing. {_ended(clipped)}",
            *chance,
        ]
    at = unclipped.longest
    jump = (
        f"Unclipped, at step {at}: the gradient’s norm is about {_number(unclipped.grad_norm[at], 2)}, "
        f"and one step of length about {_number(unclipped.update_norm[at], 2)}{_landed(unclipped, at + 1)}."
    )
    longest = clipped.update_norm.max()
    shortened = "1 gradient is" if count == 1 else f"{count} of {clipped.settings.steps} gradients are"
    said = [
        jump if (unclipped.grad_norm[at + 1 : at + 2] == 0).any() else f"{jump} {_ended(unclipped)}",
        f"Clipped: {shortened} shortened to {most:g}, and no step is longer than {_number(longest)}. {_ended(clipped)}",
    ]
    return [*said, *_chance(unclipped, clipped)]


# --- Parts ---


def _chance(unclipped: Descent, clipped: Descent) -> list[str]:
    """From which steps on all numbers are chance, if there are such steps."""
    sure = {arm: errors.parted(one) for arm, one in (("unclipped", unclipped), ("clipped", clipped))}
    from_on = [f"from step {at} on ({arm})" for arm, at in sure.items() if at < clipped.settings.steps]
    if not from_on:
        return []
    return [f"The last bit of the start decides the path {' and '.join(from_on)}: the numbers after that are chance."]


@lru_cache(maxsize=1)
def _map() -> dict[str, object]:
    w, b = (np.linspace(*RANGES[axis], PLACES[axis]) for axis in RANGES)
    error, _, _ = errors.error_and_gradient(w, b[:, None])  # (b, w)
    edge = errors.edge(w)
    seen = w[(edge >= RANGES["b"][0]) & (edge <= RANGES["b"][1])]
    ends = [[float(at), float(errors.edge(at))] for at in (seen[0], seen[-1])]
    return {"off": rounded(np.sqrt(error)), "w": RANGES["w"], "b": RANGES["b"], "edge": ends}


def _rows(descent: Descent) -> Packed:
    """(step, 8): w, b, E, its gradient by both, the length of that before and after clipping and of the step."""
    columns = ("w", "b", "error", "grad_w", "grad_b", "grad_norm", "clipped_norm", "update_norm")
    with np.errstate(over="ignore"):
        return exact(np.stack([getattr(descent, name) for name in columns], axis=1))


def _landed(descent: Descent, t: int) -> str:
    """Where a step has led."""
    if t >= descent.settings.steps:
        return " is the last"
    w, b, error = (float(part[t]) for part in (descent.w, descent.b, descent.error))
    if not np.isfinite([w, b, error]).all():
        return " leads to values that are not finite"
    flat = " and the gradient is 0, so it stays there" if descent.grad_norm[t] == 0 else ""
    return f" leads to w = {_number(w, 2)}, b = {_number(b, 2)}, where the error is {_number(error, 2)}{flat}"


def _ended(descent: Descent) -> str:
    """The error of a descent at rest; where it still goes back and forth across the cliff, how far it goes up.

    At which step it stops is then chance, and so is the last error.
    """
    last = descent.error[-SWING:]
    if not np.isfinite(last).all() or last.max() <= 2 * last.min():
        return f"At the end the error is {_number(last[-1], 2)}."
    largest = f"in the last {len(last)} steps it is at most about {_number(last.max(), 1)}"
    moves = "goes up and down" if (np.diff(last) > 0).any() else "falls"
    return f"At the end the error still {moves}: {largest}."


def _number(value: float, digits: int = 4) -> str:
    """A number as a sentence has it: ``2,200``, ``−0.09``, ``8.1·10⁻⁷``."""
    if math.isfinite(value) and abs(value) >= 10**digits:
        value = round(value, digits - len(f"{abs(value):.0f}"))
        return f"{value:,.0f}".replace("-", "−")
    return raised(f"{value:,.{digits}g}")
