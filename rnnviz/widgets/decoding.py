"""What the widget of a decoding gets: every step of it at once, with the arithmetic of every look."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz.attention.edits import Edit, Forced, edited, forced
from rnnviz.widgets import packing

if TYPE_CHECKING:
    from rnnviz.attention import Arithmetic, AttentionModel, Decoding

_DATES: Final = "Where the network looks while it writes the date"
_ONE: Final = "Where the source has one position, all the weight is on it"
_WITHOUT: Final = "Without attention, the whole source goes through one vector"
_SCORES: Final = {"additive": "additive score of {units} units", "dot": "dot-product score", "none": "no attention"}
_HEARD: Final = 40
"""Steps that the alternative text lists."""


def changes(model: "AttentionModel", edits: Sequence[Edit]) -> dict[str, Any]:
    """What a network can make of changes, as ``AttentionModel.decode`` takes them: without attention, no weights."""
    return {"forced": forced(edits), "edited": {} if model.score == "none" else edited(edits)}


def payload(model: "AttentionModel", source: str, edits: Sequence[Edit] = ()) -> dict[str, object]:
    """A decoding and the arithmetic of all its looks, as plain data with packed arrays.

    Args:
        edits: In the order in which they were made; all are possible, but some may have no effect.

    Raises:
        ValueError: If the source cannot be read, or a change is not possible.
    """
    used = changes(model, edits)
    decoding = model.decode(source, **used)
    return {
        "network": model.name,
        "score": model.score,
        "title": _title(model, decoding),
        "caption": caption(model, decoding),
        "alt": alt(decoding),
        "units": len(decoding.start),
        "source": list(decoding.source),
        "output": list(decoding.output),
        "symbols": list(decoding.symbols),
        "right": model.task.right(source),
        "before": list(model.decode(source).output) if any(used.values()) else None,
        "forced": {str(step): token for step, token in decoding.forced.items() if step < decoding.steps},
        "edited": {
            str(step): {str(place): value for place, value in places.items()}
            for step, places in decoding.edited.items()
            if step < decoding.steps
        },
        "edits": [_edit(edit, decoding) for edit in edits],
        "arrays": {name: packing.exact(array) for name, array in _arrays(model, decoding).items()},
    }


def _title(model: "AttentionModel", decoding: "Decoding") -> str:
    """What the picture shows; of digits, how often the network looks at the one whose turn it is."""
    if decoding.weights is None:
        return _WITHOUT
    if model.task.name != "reverse":
        return _DATES
    if len(decoding.source) == 1:
        return _ONE
    # By place, not by character: a digit may stand beside its like, and an output may be forced that is another.
    looked = decoding.weights.argmax(axis=1)[: len(decoding.source)]
    found = sum(len(decoding.source) - 1 - place == step for step, place in enumerate(looked.tolist()))
    return f"At {found} of {len(looked)} steps the largest weight is on the digit whose turn it is"


def _arrays(model: "AttentionModel", decoding: "Decoding") -> dict[str, np.ndarray]:
    """What is drawn and written out: by step first, then by place of the source, then by unit."""
    found = {
        "start": decoding.start,
        "queries": decoding.queries,
        "encoded": decoding.encoded,
        "probabilities": decoding.probabilities,
    }
    if decoding.weights is None or decoding.context is None or decoding.scores is None:
        return found
    looks = [model.arithmetic(decoding, step) for step in range(decoding.steps)]
    found |= {"weights": decoding.weights, "context": decoding.context, "scores": decoding.scores}
    found |= {
        "softmax": np.stack([look.softmax for look in looks]),
        "exponentials": np.stack([look.exponentials for look in looks]),
        "largest": np.array([[look.largest] for look in looks]),
        "total": np.array([[look.total] for look in looks]),
        "sum": decoding.weights.sum(1, keepdims=True),
    }
    return found | (_additive(looks) if decoding.score == "additive" else {})


def _additive(looks: "list[Arithmetic]") -> dict[str, np.ndarray]:
    """The operands of an additive score; those of the source and of the network are the same at every step."""
    first = looks[0]
    found: dict[str, Any] = {"fromKeys": first.from_keys, "bias": first.bias, "v": first.v}
    return found | {
        "fromQuery": np.stack([np.asarray(look.from_query) for look in looks]),
        "activated": np.stack([np.asarray(look.activated) for look in looks]),
    }


def caption(model: "AttentionModel", decoding: "Decoding") -> str:
    """Network, sizes and seed."""
    spec = model.network.spec
    ways = "in two directions" if spec.bidirectional else "in one direction"
    seed = model.card.get("recipe", {}).get("seed", model.card.get("seed", 0))
    score = _SCORES[spec.score].format(units=spec.units)
    places, steps = (
        f"{count} {name}{'s' * (count != 1)}"
        for count, name in ((len(decoding.source), "position"), (decoding.steps, "step"))
    )
    return (
        f"{model.name}: GRU encoder {ways} and GRU decoder, {spec.hidden} units each, {score}, seed {seed}; "
        f"{places}, {steps}, the most likely token at each; ■ is the end."
    )


def alt(decoding: "Decoding") -> str:
    """The picture in words."""
    said = f"{''.join(decoding.source)} is the input, {decoding.text or 'nothing'} is the output."
    if decoding.weights is None:
        return f"{said} The whole source goes through one vector of {len(decoding.start)} numbers."
    looks = (
        f"{token} from position {int(row.argmax())} {decoding.source[int(row.argmax())]} {row.max():.2f}"
        for token, row in zip(decoding.output[:_HEARD], decoding.weights, strict=False)
    )
    return f"{said} The largest weight of each step: {', '.join(looks)}."


def _edit(edit: Edit, decoding: "Decoding") -> dict[str, object]:
    if isinstance(edit, Forced):
        is_used = decoding.forced.get(edit.step) == edit.token and edit.step < decoding.steps
        return {"kind": "force", "step": edit.step, "token": edit.token, "used": is_used}
    is_used = edit.place in decoding.edited.get(edit.step, {}) and edit.step < decoding.steps
    return {"kind": "weight", "step": edit.step, "place": edit.place, "value": edit.value, "used": is_used}
