"""Predictions on the page "Clipping": descents from elsewhere, other trainings, and the arithmetic."""

from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from rnnviz import cliff, clipping
from rnnviz.analysis.training import LEARNED, share_clipped
from rnnviz.cliff import CUSHION, Settings
from rnnviz.pictures.cliff import end
from rnnviz.spec import TrainSpec
from rnnviz.ui.pages.clipping import cliff as cliff_view
from rnnviz.ui.pages.clipping import rates, training
from rnnviz.ui.shell.question import (
    Answer,
    Question,
    Questions,
    between,
    leader,
    number,
    seeded,
    share,
    shuffled,
)

_STARTS: Final = 8
_ACROSS: Final = (4.4, 6.9)
"""Where w may start, so that b, near the cliff, is on the map."""

_SHORTENED: Final = (0.1, 0.5)
_LIMITS: Final = (0.1, 0.5, 0.02, 0.05)
_VECTORS: Final = ((3.0, 4.0), (30.0, -40.0), (0.6, 0.8), (-5.0, 12.0))


def ask(view: str, shown: Settings | TrainSpec | str | None) -> Questions:
    """The questions of a view, by its name in ``VIEWS`` of the page, with its settings or its network of the rates."""
    if isinstance(shown, Settings):
        return ask_cliff(shown)
    if isinstance(shown, str):
        return ask_rates(shown)
    if shown is None:
        return ""
    if view == "training":
        return ask_training(shown)
    if view == "thresholds":
        return ask_thresholds(shown)
    return ask_arithmetic(shown.max_norm, shown.max_value)


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
    """No answer is right where the last bit of the start decides."""
    unclipped, clipped = cliff_view.both(settings)
    options = {("off", "on"): (0,), ("lost", "on"): (0,), ("off", "off"): (1,), ("on", "on"): (2,)}
    right: tuple[int, ...] = options.get((end(unclipped), end(clipped)), ())
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
        "learning rates, with 20 seeds at each. Over all these rates, which runs reach the lower median loss?"
    )
    return Question(("rates", name), text, ("The unclipped one", "The clipped one"), partial(_reached, name))


def _reached(name: str) -> Answer:
    found = rates.shipped(name)
    bare, kept = (float(found.medians(arm).min()) for arm in clipping.ARMS)
    learned = [int(found.trains(arm).sum()) for arm in clipping.ARMS]
    return Answer(
        leader((-bare, -kept), span=max(bare, kept)),
        f"The lowest medians are {number(bare, 2)} unclipped and {number(kept, 2)} clipped. The median is below "
        f"{LEARNED:g} at {learned[0]} of {len(found.rates)} rates unclipped and at {learned[1]} clipped.",
        "Clipping widens the range of rates that train. It reaches a lower loss where, as in the IRNN, the gradient "
        "through time becomes too long at every rate that is high enough to learn in these updates.",
    )


# --- In training ---


def ask_training(shown: TrainSpec) -> Questions:
    """How often clipping shortens a gradient, in the trainings that are not on the screen."""
    own = clipping.preset_of(shown)
    return tuple(_shortened(name) for name in clipping.PRESETS if name != own)


def _shortened(name: str) -> Question:
    spec = clipping.PRESETS[name]
    text = (
        f"“{name}”, another preset, is trained on adding with T = {spec.task.length}, a learning rate of "
        f"{number(spec.rate)} and max_norm = {number(spec.max_norm or 0)}. At how many of its {spec.steps:,} updates "
        f"does clipping shorten the gradient, on average over {len(spec.seeds)} seeds?"
    )
    options = ("At less than 10 %", "At 10 to 50 %", "At more than 50 %")
    return Question(("shortened", name), text, options, partial(_clipped_share, name))


def _clipped_share(name: str) -> Answer:
    shares = share_clipped(training.shipped_pair(name).courses[1])
    said = ", ".join(f"{100 * found:.0f} %" for found in shares)
    return Answer(
        between(float(shares.mean()), _SHORTENED),
        f"It shortens {share(float(shares.mean()))} of them ({said} of the single seeds).",
        "Clipping leaves every gradient below the threshold as it is. The threshold, the network and how far the "
        "training has come decide how many are above it.",
    )


# --- Thresholds ---


def ask_thresholds(shown: TrainSpec) -> Questions:
    """Which threshold of the norm does the same as one of the values."""
    return tuple(_same(shown.model.hidden_size, limit) for limit in _LIMITS)


def _same(size: int, limit: float) -> Question:
    """A gradient whose numbers are all beyond the limit, so that both kinds of clipping keep its direction."""
    text = (
        f"A gradient of W_hh, {size} × {size}, has the numbers {number(10 * limit)} and {number(-10 * limit)} only. "
        f"Clipping by value with a threshold of {number(limit)} changes it. Which threshold of clipping by norm leaves "
        "the same gradient?"
    )
    found = [number(limit * factor) for factor in (size, 1, size**2, 10 * size, 1 / size)]
    options = shuffled(dict.fromkeys(found), "same", size, limit)
    return Question(("same", size, limit), text, options, partial(_equal, size, limit, options))


def _equal(size: int, limit: float, options: tuple[str, ...]) -> Answer:
    return Answer(
        (options.index(number(limit * size)),),
        f"{number(limit * size)}: after clipping by value, all {size**2:,} numbers are {number(limit)} or "
        f"{number(-limit)}, and the norm of this is {number(limit)} × √{size**2:,}.",
        "A threshold of values is about one number, a threshold of the norm about all of them together. The same "
        "threshold of both clips differently, and the more so the larger the network is.",
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
