"""What is wrong with a training as a whole: its numbers, its clipping, its loss."""

from typing import Final

import numpy as np

from rnnviz.doctor.finding import Finding, digits, middle
from rnnviz.record import Record

ROWS: Final = 10
"""Rows from which one can say always and never."""

SPIKE: Final = 10.0
"""How many times the norms just before it a norm must be to be a spike."""

USUAL: Final = 5.0
"""How many times the norm that nine of ten others stay below it must be as well."""

JUST_BEFORE: Final = 5
"""Rows that a norm is compared with."""

MOSTLY: Final = 0.9

WEIGHTS_GROWN: Final = 3.0
"""How many times as long as at the beginning all weights of a training that diverges are."""

GRADIENT_GROWN: Final = 30.0
"""How many times as large as at the beginning its gradient, or its loss, is."""

GROWING: Final = 10.0
"""How many times as long as at the beginning gradients are that grow from update to update."""

RISING: Final = 0.75
"""The correlation of their ranks with the updates."""

LOSSES: Final = 20
UPDATES: Final = 50
"""Losses and updates from which one can say that a loss does not fall."""

LITTLE: Final = 0.03
"""The share by which a loss has to fall at the least."""


def diverged(record: Record) -> bool:
    """Whether the first number that is not finite came after weights, gradients or the loss had grown a lot."""
    first = record.non_finite
    if first is None or first.kind == "input" or not first.update:
        return False
    if first.kind == "parameter" or (first.weights_grown or 0) >= WEIGHTS_GROWN:
        return True
    norms, losses = (values[np.isfinite(values)] for values in (record.grad_norm, record.loss))
    grown = [(first.gradient_grown or 0) / GRADIENT_GROWN]
    grown += [
        values[-1] / (GRADIENT_GROWN * abs(values[0])) for values in (norms, losses) if len(values) > 1 and values[0]
    ]
    return max(grown) >= 1


def not_finite(record: Record) -> Finding | None:
    """Whether there was a NaN or an infinity."""
    first = record.non_finite
    if first is None:
        return None
    place = {
        "input": "the input of the model",
        "parameter": f"the parameter {first.name}",
        "activation": f"the states of {first.name}" if first.name else "the output of the model",
        "gradient": f"the gradient of {first.name}",
    }[first.kind]
    sentence = f"The first number that is not finite is in {place}, after {first.update} updates."
    evidence: dict[str, float] = {"update": first.update}
    for name in ("weights_grown", "gradient_grown"):
        if (grown := getattr(first, name)) is not None:
            evidence[name] = grown
    if diverged(record):
        remedy = "Lower the learning rate: try a tenth of it first. If single gradients are long, clip their norm at 1."
        grown = first.weights_grown or 0
        length = (
            f": the weights are {digits(grown)} times as long as at the beginning" if grown >= WEIGHTS_GROWN else ""
        )
        return Finding("not_finite", f"The training diverges{length}. {sentence}", evidence, remedy)
    remedy = {
        "input": "Look for NaN in the data.",
        "activation": (
            "Lower the learning rate, and clip the gradient's norm."
            if first.update
            else "Scale the input to about mean 0 and standard deviation 1, and start with smaller weights."
        ),
        "gradient": "Look at the loss: the logarithm of 0, a division by 0 and the root of 0 have no finite slope.",
        "parameter": "Look at how the weights are made or loaded: no update has been made.",
    }[first.kind]
    return Finding("not_finite", sentence, evidence, remedy)


def gradients_kept(record: Record) -> Finding | None:
    """Whether gradients are added to those of earlier updates."""
    left = record.grad_norm_left[record.update > 0]
    left = left[~np.isnan(left)]
    if len(left) < 2 or not (share := float((left > 0).mean())) >= MOSTLY:
        return None
    return Finding(
        "gradients_kept",
        "The gradients are not reset: each backward pass adds to the gradients of all updates before.",
        {"share": share, "left": float(left[-1])},
        "Call optimizer.zero_grad() in every update, before loss.backward().",
    )


def loss_not_falling(record: Record) -> Finding | None:
    """Whether the loss is no lower at the end than at the beginning, by more than it varies."""
    losses = record.loss[np.isfinite(record.loss)]
    if len(losses) < LOSSES or record.updates < UPDATES:
        return None
    part = max(3, len(losses) // 10)
    first, last = losses[:part].astype(float), losses[-3 * part :].astype(float)
    fallen = float(first.mean() - last.mean())
    spread = float(np.median(np.abs(np.diff(losses))))
    if fallen > max(LITTLE * abs(first.mean()), 2.5 * spread * np.sqrt(1 / len(first) + 1 / len(last))):
        return None
    return Finding(
        "loss_not_falling",
        f"The loss does not fall: it begins at {digits(first.mean())} and is {digits(last.mean())} after "
        f"{record.updates} updates.",
        {"first": first.mean(), "last": last.mean(), "updates": record.updates},
        "Train on one single batch. If its loss does not fall either, look for an error: labels that do not belong to "
        "the inputs, a detach, an optimizer without the model's parameters. If it falls, try learning rates 10 "
        "times as high and as low.",
    )


def gradient_growing(record: Record) -> Finding | None:
    """Whether the gradient grows from update to update while nothing is learned."""
    norms = record.grad_norm[np.isfinite(record.grad_norm) & (record.grad_norm > 0)]
    if len(norms) < ROWS or learned(record.loss, little=LITTLE):
        return None
    part = max(2, len(norms) // 5)
    grown = middle(norms[-part:]) / middle(norms[:part])
    order = np.corrcoef(np.arange(len(norms)), norms.argsort().argsort())[0, 1]
    if not (grown >= GROWING and order >= RISING):
        return None
    return Finding(
        "gradient_growing",
        f"The gradient grows from update to update: its norm is {digits(grown)} times as large at the end as at the "
        "beginning.",
        {"factor": grown, "order": order},
        "Lower the learning rate: try a tenth of it first.",
    )


def learned(losses: np.ndarray, little: float = 0.5) -> bool:
    """Whether a loss has fallen by more than a share of what it was at the beginning; half of it by default."""
    finite = losses[np.isfinite(losses)]
    if len(finite) < ROWS:
        return False
    part = max(3, len(finite) // 10)
    return bool(finite[-part:].mean() < (1 - little) * finite[:part].mean())


def clipping_always(record: Record) -> Finding | None:
    """Whether clipping shortens all gradients by a lot, so that it sets the length of the step."""
    before, after = record.grad_norm, record.grad_norm_after
    if len(before) < ROWS or not (share := float(record.clipped.mean())) >= 0.95:
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        left = middle(after / before)
    if not left < 0.1:
        return None
    threshold = _threshold(before)
    return Finding(
        "clipping_always",
        f"Clipping is on at {share:.0%} of the updates and leaves {left:.2g} of the norm (median): it sets the length "
        "of every step in place of the gradient.",
        {"share": share, "left": left, "threshold": threshold, "median_norm": middle(before)},
        f"Clip at about {digits(threshold)}, which nine of ten gradients stay below.",
    )


def clipping_never(record: Record) -> Finding | None:
    """Whether gradients jump, so far above all others that they harm, and nothing clips them."""
    norms = record.grad_norm
    if len(norms) < ROWS or np.isnan(record.grad_norm_after).all() or record.clipped.any():
        return None
    high = [k for k in range(JUST_BEFORE, len(norms)) if SPIKE * middle(norms[k - JUST_BEFORE : k]) < norms[k] < np.inf]
    usual = _threshold(np.delete(norms, high))
    spikes = [k for k in high if norms[k] > USUAL * usual]  # late in a training ten times hardly anything is little
    if not spikes or len(spikes) > len(norms) / 4:
        return None
    ratio = max(float(norms[k] / middle(norms[k - JUST_BEFORE : k])) for k in spikes)
    threshold = _threshold(np.delete(norms, spikes))
    return Finding(
        "clipping_never",
        f"No gradient is clipped, and {len(spikes)} of {len(norms)} are more than {SPIKE:.0f} times as long as those "
        f"just before, up to {digits(ratio)} times.",
        {"spikes": len(spikes), "largest_ratio": ratio, "threshold": threshold},
        f"Clip the norm at about {digits(threshold)} (torch.nn.utils.clip_grad_norm_): nine of ten of the other "
        "gradients are shorter.",
    )


def softmax_twice(record: Record) -> Finding | None:
    """Whether probabilities go into a cross-entropy that takes logits."""
    return _activated_twice(
        record.softmax_twice, "softmax_twice", "sum to 1 (a softmax)", "CrossEntropyLoss", "applies the softmax"
    )


def sigmoid_twice(record: Record) -> Finding | None:
    """Whether probabilities go into a binary cross-entropy that takes logits."""
    return _activated_twice(
        record.sigmoid_twice, "sigmoid_twice", "are in 0 to 1 (a sigmoid)", "BCEWithLogitsLoss", "applies the sigmoid"
    )


def _activated_twice(found: np.ndarray, name: str, outputs: str, loss: str, applies: str) -> Finding | None:
    known = found[~np.isnan(found)]
    share = float(known.mean()) if known.size else 0.0
    if share < 0.8:
        return None
    return Finding(
        name,
        f"The model's outputs {outputs}, and their gradient is that of {loss}, which {applies} once more.",
        {"share_of_rows": share},
        f"Return the logits: {loss} {applies} itself.",
    )


def _threshold(norms: np.ndarray) -> float:
    """The norm that nine of ten updates stay below."""
    finite = norms[np.isfinite(norms)]
    return float(np.quantile(finite, 0.9)) if finite.size else float("nan")
