"""Whether a probability means what it says: how far off it is, and the temperature that puts it right."""

from typing import Final

import numpy as np

BINS: Final = 15

_HALVINGS: Final = 60
_COLDEST, _HOTTEST = 1 / 64, 64.0


def probabilities(logits: np.ndarray) -> np.ndarray:
    """The logistic function, without overflow, in an array of the same shape."""
    small = np.exp(-np.abs(logits))
    predicted: np.ndarray = np.where(logits >= 0, 1, small) / (1 + small)
    return predicted


def log_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """The mean cross-entropy of logits and labels, both of shape (text,), in nats."""
    return float(np.mean(np.logaddexp(0, logits) - logits * labels))


def temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The divisor of logits, from 1/64 to 64, that makes their loss least; logits and labels are of shape (text,).

    The slope of the loss by the inverse temperature rises with it, so halving finds its zero. A best temperature beyond
    these bounds gives the bound.

    Source: Guo, Pleiss, Sun, Weinberger (2017), arXiv 1706.04599, section 4.2.
    """
    low, high = 1 / _HOTTEST, 1 / _COLDEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        slope = np.mean((probabilities(middle * logits) - labels) * logits)
        low, high = (middle, high) if slope < 0 else (low, middle)
    return 2 / (low + high)


def reliability(predicted: np.ndarray, labels: np.ndarray, bins: int = BINS) -> np.ndarray:
    """What was said and what was true, both of shape (text,), for texts of like confidence together.

    It is float64 of shape (bin, 3): texts in the bin, their mean probability, their share of praise, both NaN where
    there is no text. The bins are of equal width from 0 to 1.
    """
    places = np.minimum((predicted * bins).astype(int), bins - 1)
    counts = np.bincount(places, minlength=bins).astype(float)
    sums = [np.bincount(places, values, minlength=bins) for values in (predicted, labels)]
    some = np.where(counts > 0, counts, np.nan)
    return np.stack([counts, sums[0] / some, sums[1] / some], 1)


def calibration_error(predicted: np.ndarray, labels: np.ndarray, bins: int = BINS) -> float:
    """The expected calibration error of judgements and labels, both of shape (text,).

    It is how far the said share of praise is from the true one, on average over texts.
    """
    counts, said, true = reliability(predicted, labels, bins).T
    return float(np.nansum(counts * np.abs(said - true)) / counts.sum())
