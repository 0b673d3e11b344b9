"""How a layer is used: what of its output is read, which states and sequences it is given."""

from typing import Final

import numpy as np

from rnnviz.doctor.finding import MODEL, Finding, middle
from rnnviz.history import NEVER
from rnnviz.record import LayerRecord

ALL: Final = 0.99

ORDERED: Final = 6.0
"""Standard deviations of chance from which the order along an axis matters."""


def not_detached(layer: LayerRecord) -> Finding | None:
    """Whether a state came with the graph of an earlier update."""
    if layer.attached_at == NEVER:
        return None
    return Finding(
        "not_detached",
        f"At update {layer.attached_at} the initial state still carries the graph of the update before: backward goes "
        "through all earlier batches, or fails.",
        {"update": layer.attached_at},
        "Detach the state between batches: h = h.detach(), for an LSTM both h and c.",
        _at(layer),
    )


def bidirectional_last(layer: LayerRecord) -> Finding | None:
    """Whether both directions are read at the last step, where the reverse one has seen one step only."""
    forward, reverse = middle(layer["at_last"]), middle(layer["reverse_at_last"])
    if not (forward >= ALL and reverse >= ALL and middle(layer["steps"]) > 1):
        return None
    order = "output[:, -1]" if layer.batch_first else "output[-1]"
    return Finding(
        "bidirectional_last",
        f"Only the last step of a bidirectional output is used ({order}), where the reverse direction has read one "
        "step.",
        {"forward_at_last": forward, "reverse_at_last": reverse},
        "Use torch.cat([h_n[-2], h_n[-1]], 1), or the mean of the output over the steps.",
        _at(layer),
    )


def padding_read(layer: LayerRecord) -> Finding | None:
    """Whether the last step is used where it is padding."""
    padding, padded, last = (middle(layer[name]) for name in ("padding", "padded", "at_last"))
    if not (padding >= 0.05 and padded >= 0.5 and last >= 0.9):
        return None
    return Finding(
        "padding_read",
        f"The layer reads padding and its last step is used: about {padding:.0%} of the steps are the same row at the "
        "end of sequences of different lengths.",
        {"padding": padding, "sequences_whose_padding_is_used": padded},
        "Pack the batch (torch.nn.utils.rnn.pack_padded_sequence with the lengths), or take the output at lengths - 1.",
        _at(layer),
    )


def batch_first(layer: LayerRecord) -> Finding | None:
    """Whether batch and time look swapped."""
    batch, steps, reached = (middle(layer[name]) for name in ("batch", "steps", "reached"))
    order = f"batch_first={layer.batch_first}"
    remedy = f"Create the layer with batch_first={not layer.batch_first}, or swap the first two axes of its input."
    if batch >= 4 and reached * batch <= 1.01:
        sentence = (
            f"Batch and time look swapped: of {batch:.0f} sequences, as the layer reads its input with {order}, "
            "only one has an output that is used."
        )
        return Finding(
            "batch_first", sentence, {"batch": batch, "steps": steps, "reached": reached}, remedy, _at(layer)
        )
    if (crossed := _order(layer, "batch_order")) >= ORDERED and crossed > 4 * abs(_order(layer, "time_order")):
        sentence = (
            f"Batch and time look swapped: with {order} neighbours along what the layer reads as the batch follow from "
            "each other, as steps do, and its steps come in no order."
        )
        evidence = {"batch": batch, "steps": steps, "batch_order": crossed, "time_order": _order(layer, "time_order")}
        return Finding("batch_first", sentence, evidence, remedy, _at(layer))
    if _sizes_are_swapped(layer):
        sentence = (
            f"Batch and time look swapped: with {order} the layer always reads {steps:.0f} steps, and the size of its "
            "batch changes from update to update, as the length of sequences does."
        )
        return Finding("batch_first", sentence, {"batch": batch, "steps": steps}, remedy, _at(layer))
    if not _last_batch_is_shorter(layer):
        return None
    sentence = (
        f"Batch and time look swapped: with {order} the layer reads {batch:.0f} sequences at every update, and their "
        f"length falls from {np.nanmax(layer['steps']):.0f} to {np.nanmin(layer['steps']):.0f} now and then, "
        "as the size of a last batch does."
    )
    return Finding("batch_first", sentence, {"batch": batch, "steps": steps}, remedy, _at(layer))


def shuffled_state(layer: LayerRecord) -> Finding | None:
    """Whether a state is carried on to sequences that do not follow those before."""
    seen = layer.moved + layer.followed
    if layer.moved < 4 or layer.moved < layer.followed:
        return None
    return Finding(
        "shuffled_state",
        f"The state is carried on from batch to batch, but the batches are shuffled: of {seen} sequences that came "
        f"again, {layer.moved} came after another one than before.",
        {"moved": layer.moved, "followed": layer.followed},
        "Do not shuffle (shuffle=False, each row continuing the one before), or start every batch from zeros.",
        _at(layer),
    )


def bias_doubled(layer: LayerRecord) -> Finding | None:
    """Whether both biases are the same, which adds one bias twice."""
    share = middle(layer["bias_equal"][:1])
    if not share > 0.9:
        return None
    return Finding(
        "bias_doubled",
        f"bias_ih and bias_hh are equal in {share:.0%} of their numbers, and torch adds both: a port from Keras that "
        "put its one bias into both counts it twice. (A training that started with both at 0 also ends like this.)",
        {"share": share},
        "After a port, put the bias into bias_ih and fill bias_hh with 0.",
        _at(layer),
    )


def gru_reset(layer: LayerRecord) -> Finding | None:
    """Whether a GRU looks like a port of one with the other reset convention."""
    used, other = middle(layer["bias_ih_used"][:1]), middle(layer["bias_hh_used"][:1])
    if layer.cell != "gru" or layer.reset == "before" or not (used > 0.9 and other == 0):
        return None
    return Finding(
        "gru_reset",
        "Every number of bias_hh is 0 and bias_ih is not: the weights may come from a GRU with one bias (Keras with "
        "reset_after=False), which resets the state before the product with W_hn. Torch resets after it, so the same "
        "weights give other states.",
        {"bias_ih_used": used, "bias_hh_used": other},
        "Compare the outputs of both on one batch; port from reset_after=True, or put the weights into "
        "rnnviz.kernels.ResetBeforeGRU, which resets before the product.",
        _at(layer),
    )


def _last_batch_is_shorter(layer: LayerRecord) -> bool:
    """Whether the steps are one number, seldom a smaller one, and the batch always the same, without carried states."""
    steps, batch = layer["steps"], layer["batch"]
    known = ~np.isnan(steps)
    steps, batch, given = steps[known], batch[known], layer["given"][known]
    sizes, counts = np.unique(steps, return_counts=True)
    return bool(
        len(steps) >= 4
        and len(sizes) == 2
        and counts[1] > counts[0]
        and len(np.unique(batch)) == 1
        and not given.any()
        and not layer["packed"][known].any()
    )


def _order(layer: LayerRecord, name: str) -> float:
    """How much the order along an axis matters in all rows together, in standard deviations of chance."""
    known = layer[name][~np.isnan(layer[name])]
    return float(known.sum() / np.sqrt(len(known))) if len(known) else 0.0


def _sizes_are_swapped(layer: LayerRecord) -> bool:
    """Whether the number of steps is always the same, and that of the sequences is not, in many sizes."""
    known = ~np.isnan(layer["steps"])
    steps, batch = layer["steps"][known], layer["batch"][known]
    counts = np.unique(batch, return_counts=True)[1]
    return bool(
        len(np.unique(steps)) == 1
        and len(counts) >= 4
        and counts.max() < len(batch) / 2
        and not layer["packed"][known].any()
    )


def _at(layer: LayerRecord) -> str:
    return layer.path or MODEL
