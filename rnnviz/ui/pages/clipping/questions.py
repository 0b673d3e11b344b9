"""Predictions on the page "Clipping": descents from elsewhere, first updates from another seed, and the arithmetic."""

from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from rnnviz import cliff
from rnnviz.cliff import CUSHION, Settings
from rnnviz.spec import TrainSpec
from rnnviz.ui.pages.clipping import cliff as cliff_view
from rnnviz.ui.shell.question import Answer, Question, Questions, between, number, seeded, shuffled

SAME: Final = 0.001
"""Last errors that differ by less count as the same."""

SEED: Final = 9
UPDATES: Final = 20
"""The seed, shown nowhere, and the updates of a training that is tried."""

WORK: Final = 40_000_000
"""Gate values that these updates may compute, which takes about a second; a larger training is not tried."""

NORMS: Final = (10.0, 1e3, 1e6)
LOSSES: Final = (1.0, 100.0)
_STARTS: Final = 4
_VECTORS: Final = ((3.0, 4.0), (30.0, -40.0), (0.6, 0.8), (-5.0, 12.0))


def ask(view: str, shown: Settings | TrainSpec | None) -> Questions:
    """The questions of a view: "cliff", "training", "thresholds" or "code"; ``shown`` are the settings on show."""
    if isinstance(shown, Settings):
        return ask_cliff(shown)
    if view == "code" and shown is not None:
        return ask_arithmetic(shown.max_norm, shown.max_value)
    return ask_training(shown)


def ask_cliff(settings: Settings) -> Questions:
    """Which of two descents from another place ends lower."""
    bare = replace(settings, w=0.0, b=0.0)
    random = seeded("cliff", bare)
    w = np.round(random.uniform(4.4, 7.6, _STARTS), 1)
    b = np.round(cliff.edge(w) + random.uniform(-0.15, 0.15, _STARTS), 2)
    return tuple(_descent(replace(settings, w=one, b=other)) for one, other in zip(w.tolist(), b.tolist(), strict=True))


def ask_training(spec: TrainSpec | None) -> Questions:
    """The sizes of gradients and losses in the first updates from another seed; ``spec`` is None without a training."""
    if spec is None:
        return ""
    arithmetic = ask_arithmetic(spec.max_norm, spec.max_value)
    tried = replace(spec, seeds=(SEED,), steps=UPDATES, every=UPDATES, goal=None)
    if tried.work > WORK or isinstance(arithmetic, str):
        return arithmetic
    bare = replace(tried, max_norm=None, max_value=None)
    found = [_first_norms(bare)]
    kind, limit = ("norm", spec.max_norm) if spec.max_norm is not None else ("value", spec.max_value)
    if limit is not None:
        found += [_first_losses(tried, f"clipped by {kind} to {number(limit)}"), _first_losses(bare, "unclipped")]
    return (*found, *arithmetic[:2])


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
    far, short = float(unclipped.update_norm.max()), int(clipped.clipped.sum())
    return Answer(
        right,
        f"The last errors are {number(bare)} unclipped and {number(kept)} clipped.",
        f"The longest unclipped step is {number(far)} long; clipping shortens {short:,} gradients. "
        "A descent that never reaches the cliff is the same with and without clipping.",
    )


# --- First updates from another seed ---


def _first_norms(bare: TrainSpec) -> Question:
    text = (
        f"Start the unclipped training with seed {SEED}, which the page does not show. How large is the largest norm "
        f"of the gradient in its first {UPDATES} updates?"
    )
    options = ("Up to 10", "10 to 1,000", "1,000 to a million", "More, or not finite")
    return Question(("training", bare), text, options, partial(_norms, bare))


def _norms(bare: TrainSpec) -> Answer:
    norms, _ = _tried(bare)
    most, at = float(norms.max()), int(norms.argmax())
    return Answer(
        between(most, NORMS),
        f"It is {number(most)}, at update {at + 1}; the first is {number(float(norms[0]))}.",
        "A gradient through many steps is a product of many factors, so a small change of the weights can change it "
        "much.",
    )


def _first_losses(spec: TrainSpec, how: str) -> Question:
    text = (
        f"Start the training, {how}, with seed {SEED}, which the page does not show. How large does the loss of a "
        f"batch get in its first {UPDATES} updates?"
    )
    options = ("It stays below 1", "1 to 100", "More than 100, or not finite")
    return Question(("training", spec, "loss"), text, options, partial(_losses, spec))


def _losses(spec: TrainSpec) -> Answer:
    norms, losses = _tried(spec)
    return Answer(
        between(float(losses.max()), LOSSES),
        f"The largest loss is {number(float(losses.max()))}, the largest gradient norm {number(float(norms.max()))} "
        "before clipping.",
        "Always predicting 1 gives a loss of about 0.17 here. An update is the rate times the gradient, so a bound on "
        "the gradient also bounds how far one update can move the weights.",
    )


def _tried(spec: TrainSpec) -> tuple[np.ndarray, np.ndarray]:
    """Gradient norms and losses of the first updates; infinite for what is not finite."""
    from rnnviz.train import train

    history = train(spec)
    norms, losses = (np.nan_to_num(row[0].astype(np.float64), nan=np.inf) for row in (history.grad_norm, history.loss))
    return norms, losses


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
