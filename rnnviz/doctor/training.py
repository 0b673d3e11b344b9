"""What is wrong with a training as a whole: its numbers, its clipping, its loss."""

from typing import Final

import numpy as np

from rnnviz.doctor.finding import Finding, digits, middle
from rnnviz.record import Record

ROWS: Final = 10
"""Rows from which one can say always and never."""

SPIKE: Final = 10.0
"""How many times the norms just before it a norm must be to be a spike."""

JUST_BEFORE: Final = 5
"""Rows that a norm is compared with."""


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
    remedy = {
        "input": "Look for NaN in the data.",
        "parameter": "Lower the learning rate and clip the gradient's norm.",
        "activation": "Lower the learning rate and clip the gradient's norm.",
        "gradient": "Look at the loss: the logarithm of 0, a division by 0 and the root of 0 have no finite slope.",
    }[first.kind]
    sentence = f"The first number that is not finite is in {place}, after {first.update} updates."
    return Finding("not_finite", sentence, {"update": first.update}, remedy)


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
    """Whether gradients jump and nothing clips them."""
    norms = record.grad_norm
    if len(norms) < ROWS or record.clipped.any():
        return None
    spikes = [
        norms[k] / middle(norms[k - JUST_BEFORE : k])
        for k in range(JUST_BEFORE, len(norms))
        if norms[k] > SPIKE * middle(norms[k - JUST_BEFORE : k])
    ]
    if not spikes:
        return None
    threshold = _threshold(norms)
    return Finding(
        "clipping_never",
        f"No gradient is clipped, and {len(spikes)} of {len(norms)} are more than {SPIKE:.0f} times as long as those "
        f"just before, up to {digits(max(spikes))} times.",
        {"spikes": len(spikes), "largest_ratio": max(spikes), "threshold": threshold},
        f"Clip the norm at about {digits(threshold)} (torch.nn.utils.clip_grad_norm_), which nine of ten stay below.",
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
