"""Predictions on the page "Clipping": descents from elsewhere, and the arithmetic."""

from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from rnnviz import cliff
from rnnviz.cliff import CUSHION, Settings
from rnnviz.spec import TrainSpec
from rnnviz.ui.pages.clipping import cliff as cliff_view
from rnnviz.ui.shell.question import Answer, Question, Questions, between, leader, number, seeded, shuffled

SAME: Final = 0.001
"""Last errors that differ by less count as the same."""

_STARTS: Final = 4
_ACROSS: Final = (4.4, 6.9)
"""Where w may start, so that b, near the cliff, is on the map."""

_VECTORS: Final = ((3.0, 4.0), (30.0, -40.0), (0.6, 0.8), (-5.0, 12.0))


def ask(shown: Settings | TrainSpec | None) -> Questions:
    """The questions of a view whose settings are ``shown``; of the arithmetic if that is a training."""
    if isinstance(shown, Settings):
        return ask_cliff(shown)
    return "" if shown is None else ask_arithmetic(shown.max_norm, shown.max_value)


def ask_cliff(settings: Settings) -> Questions:
    """Which of two descents from another place ends lower."""
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
        "threshold and steps. Which one ends at the lower error?"
    )
    options = ("The unclipped one", "The clipped one", f"Neither: they end within {SAME:g} of each other")
    return Question(("cliff", settings), text, options, partial(_ends, settings))


def _ends(settings: Settings) -> Answer:
    unclipped, clipped = cliff_view.both(settings)
    bare, kept = float(unclipped.error[-1]), float(clipped.error[-1])
    if np.isnan(bare):
        right: tuple[int, ...] = (1,)
    else:
        right = tuple((0, 2, 1)[k] for k in between(bare - kept, (-SAME, SAME)))
        right = right if right == (2,) or leader((-bare, -kept), span=max(bare, kept)) else ()
    far, short = float(unclipped.update_norm.max()), int(clipped.clipped.sum())
    return Answer(
        right,
        f"The last errors are {number(bare)} unclipped and {number(kept)} clipped.",
        f"The longest unclipped step is {number(far)} long; clipping shortens {short:,} gradients. "
        "A descent that never reaches the cliff is the same with and without clipping.",
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
