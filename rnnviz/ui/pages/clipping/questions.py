"""Predictions on the page "Clipping": descents from elsewhere, and the arithmetic."""

from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from rnnviz import cliff, clipping
from rnnviz.analysis.training import LEARNED
from rnnviz.cliff import CUSHION, Settings
from rnnviz.pictures.cliff import where
from rnnviz.spec import TrainSpec
from rnnviz.ui.pages.clipping import cliff as cliff_view
from rnnviz.ui.pages.clipping import rates
from rnnviz.ui.shell.question import Answer, Question, Questions, leader, number, seeded, shuffled

_BESIDE: Final = 1e-9
"""How far the starts beside the one of a question are from it."""

_STARTS: Final = 4
_ACROSS: Final = (4.4, 6.9)
"""Where w may start, so that b, near the cliff, is on the map."""

_VECTORS: Final = ((3.0, 4.0), (30.0, -40.0), (0.6, 0.8), (-5.0, 12.0))


def ask(shown: Settings | TrainSpec | str | None) -> Questions:
    """The questions of a view whose settings are ``shown``: of the cliff, the arithmetic, or a network of the rates."""
    if isinstance(shown, Settings):
        return ask_cliff(shown)
    if isinstance(shown, str):
        return (*ask_rates(shown), *ask_arithmetic(None, None))
    return "" if shown is None else ask_arithmetic(shown.max_norm, shown.max_value)


def ask_cliff(settings: Settings) -> Questions:
    """Which of two descents from another place ends off the map."""
    bare = replace(settings, w=0.0, b=0.0)
    random = seeded("cliff", bare)
    w = np.round(random.uniform(*_ACROSS, _STARTS), 1)
    b = np.round(cliff.edge(w) + random.uniform(-0.15, 0.15, _STARTS), 2)
    return tuple(_descent(replace(settings, w=one, b=other)) for one, other in zip(w.tolist(), b.tolist(), strict=True))


def ask_arithmetic(max_norm: float | None, max_value: float | None) -> Questions:
    """What torch's two ways of clipping leave of a gradient.

    Args:
        max_norm, max_value: Those of the training on show; 1 is taken for a missing one.
    """
    vectors = [tuple(part * (max_norm or max_value or 1.0) for part in vector) for vector in _VECTORS]
    limits = {"norm": max_norm or max_value or 1.0, "value": max_value or max_norm or 1.0}
    kinds = ("norm", "value", "norm", "value")
    return tuple(_clipped(kind, vector, limits[kind]) for kind, vector in zip(kinds, vectors, strict=True))


# --- The cliff ---


def _descent(settings: Settings) -> Question:
    text = (
        f"Both descents start at w = {number(settings.w)}, b = {number(settings.b)}, with the same learning rate, "
        "threshold and steps. Which of them ends off the map?"
    )
    options = ("Only the unclipped one", "Both", "Neither")
    return Question(("cliff", settings), text, options, partial(_ends, settings))


def _ends(settings: Settings) -> Answer:
    """Right only if starts beside this one end alike: at the cliff the last digits of a start decide much."""
    beside = [replace(settings, w=settings.w + k * _BESIDE) for k in (-1, 0, 1)]
    ends = {"".join("on" if where(arm) == "on" else "off" for arm in cliff_view.both(one)) for one in beside}
    options = {"offon": (0,), "offoff": (1,), "onon": (2,)}
    right: tuple[int, ...] = options.get(ends.pop(), ()) if len(ends) == 1 else ()
    unclipped, clipped = cliff_view.both(settings)
    far, short = float(unclipped.update_norm.max()), int(clipped.clipped.sum())
    return Answer(
        right,
        f"The longest step is {number(far, 2)} long unclipped, and "
        f"{number(float(clipped.update_norm.max()), 2)} clipped; clipping shortens {short:,} gradients.",
        "A gradient is long only on a narrow strip beside the cliff. A descent that lands there is thrown off unless "
        "the "
        "step is shortened. One that never lands there, because it stays away or hops over the strip, is the same "
        "with and without clipping.",
    )


# --- Learning rates ---


def ask_rates(shown: str) -> Questions:
    """What clipping gains for the networks that are not on the screen."""
    return tuple(_rated(name) for name in clipping.RATED if name != shown)


def _rated(name: str) -> Question:
    text = (
        f"The {name} is trained on adding with T = {clipping.PRESETS[clipping.RATED[name][0]].task.length} at many "
        "learning rates, with 20 seeds at each. Over all these rates, which arm reaches the lower median loss?"
    )
    return Question(("rates", name), text, ("The unclipped one", "The clipped one"), partial(_reached, name))


def _reached(name: str) -> Answer:
    found = rates.shipped(name)
    bare, kept = (float(found.medians(arm).min()) for arm in clipping.ARMS)
    learned = [int((found.medians(arm) < LEARNED).sum()) for arm in clipping.ARMS]
    return Answer(
        leader((-bare, -kept), span=max(bare, kept)),
        f"The lowest medians are {number(bare, 2)} unclipped and {number(kept, 2)} clipped. The median is below "
        f"{LEARNED:g} at {learned[0]} of {len(found.rates)} rates unclipped and at {learned[1]} clipped.",
        "Clipping widens the range of rates that train. It reaches a lower loss where, as in the IRNN, the gradient "
        "through time becomes too long at every rate that is high enough to learn in these updates.",
    )


# --- The arithmetic ---


def clip(kind: str, vector: tuple[float, ...], limit: float) -> tuple[float, ...]:
    """A gradient as torch's ``clip_grad_norm_`` (kind "norm") or ``clip_grad_value_`` ("value") leaves it."""
    if kind == "value":
        return tuple(min(limit, max(-limit, part)) for part in vector)
    scale = min(1.0, limit / (float(np.linalg.norm(vector)) + CUSHION))
    return tuple(scale * part for part in vector)


def _clipped(kind: str, vector: tuple[float, ...], limit: float) -> Question:
    text = f"A gradient is {_written(vector)}. What is it after clip_grad_{kind}_ with a limit of {number(limit)}?"
    shrunk = tuple(limit * part / max(map(abs, vector)) for part in vector)
    bounds = tuple(limit if part > 0 else -limit for part in vector)
    each = [clip("norm", vector, limit), clip("value", vector, limit), vector, shrunk, bounds]
    options = shuffled(dict.fromkeys(map(_written, each)), kind, vector, limit)
    return Question(("clip", kind, vector, limit), text, options, partial(_left, kind, vector, limit, options))


def _left(kind: str, vector: tuple[float, ...], limit: float, options: tuple[str, ...]) -> Answer:
    left = clip(kind, vector, limit)
    turned = abs(vector[0] * left[1] - vector[1] * left[0]) > 1e-6 * float(
        np.linalg.norm(vector) * np.linalg.norm(left)
    )
    why = {
        "norm": (
            "The whole gradient is multiplied by one number. Its direction stays the same, and its norm is at most "
            "the limit."
        ),
        "value": "Each number is limited by itself, so no number is beyond the limit"
        + (", and the direction of the gradient has changed." if turned else "."),
    }[kind]
    norms = f"Its norm goes from {number(float(np.linalg.norm(vector)))} to {number(float(np.linalg.norm(left)))}."
    return Answer((options.index(_written(left)),), f"{_written(left)}. {norms}", why)


def _written(vector: tuple[float, ...]) -> str:
    return f"({', '.join(number(part) for part in vector)})"
