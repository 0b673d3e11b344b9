"""What each number behind a finding is, in words."""

from collections.abc import Mapping
from typing import Final

from rnnviz.doctor.finding import Finding

_STEPS: Final = "steps of a sequence (median of the rows)"
_UPDATE: Final = "the update"

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "vanishing": {
        "steps": _STEPS,
        "reach": "last steps with a gradient of at least 0.001 of the largest",
        "factor": "what is left of the gradient's norm, a step back",
    },
    "exploding": {
        "factor": "the largest norm of a step over that of the last step",
        "share_of_rows": "share of the rows in which that is above 1,000",
        "singular_value": "largest singular value of W_hh in any row",
    },
    "saturated": {"share": "share of the numbers at an end of their range (median of the second half of the rows)"},
    "dead_units": {"share": "share of the units (median of the last three rows)", "units": "units of the layer"},
    "forget_bias": {
        "forget_bias": "mean forget bias in the first row",
        "half_life": "steps after which half of a cell state is left (median of the second half of the rows)",
        "steps": _STEPS,
    },
    "not_detached": {"update": _UPDATE},
    "shuffled_state": {
        "moved": "sequences that came after another one than before",
        "followed": "sequences that came after the same one",
    },
    "bidirectional_last": {
        "forward_at_last": "share of the gradient that enters the forward direction at the last step",
        "reverse_at_last": "share of the gradient that enters the reverse direction at the last step",
    },
    "padding_read": {
        "padding": "share of the steps that look like padding",
        "sequences_whose_padding_is_used": "share of these sequences whose last step is used",
    },
    "batch_first": {
        "batch": "sequences of a batch (median of the rows)",
        "steps": _STEPS,
        "reached": "share of the sequences with an output that is used",
        "batch_order": "how much the order of the sequences matters, in standard deviations of chance",
        "time_order": "how much the order of the steps matters, in standard deviations of chance",
    },
    "bias_doubled": {"share": "share of the numbers that are equal in bias_ih and bias_hh"},
    "gru_reset": {
        "bias_ih_used": "share of the numbers of bias_ih that are not 0",
        "bias_hh_used": "share of the numbers of bias_hh that are not 0",
    },
    "not_finite": {
        "update": _UPDATE,
        "weights_grown": "length of all weights by then over that at the beginning",
        "gradient_grown": "norm of the gradient before it over that of the first updates",
    },
    "gradients_kept": {
        "share": "share of the rows in which it is so",
        "left": "norm of the gradients that were not reset, in the last row",
    },
    "loss_not_falling": {
        "first": "loss at the beginning (mean of the first rows)",
        "last": "loss at the end (mean of the last rows)",
        "updates": "updates",
    },
    "gradient_growing": {
        "factor": "norm at the end over that at the beginning (medians)",
        "order": "correlation of the norms' ranks with the updates",
    },
    "clipping_always": {
        "share": "share of the updates that are clipped",
        "left": "norm after clipping over the norm before (median)",
        "threshold": "norm that nine of ten updates stay below",
        "median_norm": "norm before clipping (median)",
    },
    "clipping_never": {
        "spikes": "updates with a norm far above those just before",
        "largest_ratio": "the largest of these norms over the median of those just before",
        "threshold": "norm that nine of ten updates stay below",
    },
    "softmax_twice": {"share_of_rows": "share of the rows in which it is so"},
    "sigmoid_twice": {"share_of_rows": "share of the rows in which it is so"},
}
"""By the name of a finding and that of a number."""


def in_words(finding: Finding) -> dict[str, float]:
    """The numbers behind a finding by what each is.

    >>> from rnnviz import Finding, doctor
    >>> doctor.in_words(Finding("dead_units", "4 of 8 units are dead.", {"units": 8}, "Use tanh."))
    {'units of the layer': 8.0}
    """
    return {WORDS[finding.name][name]: value for name, value in finding.evidence.items()}
