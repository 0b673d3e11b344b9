"""The data of the widget that shows a decoding: every step of it comes at once."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz.caching import cached
from rnnviz.ui.pages.attention import translation
from rnnviz.ui.pages.attention.edits import Edit, Forced
from rnnviz.ui.shell import networks
from rnnviz.widgets import packing

if TYPE_CHECKING:
    from rnnviz.attention import Arithmetic, AttentionModel, Decoding
    from rnnviz.ui.pages.attention.translation import Request

_DATES: Final = "Where the network looks while it writes the date"
_WITHOUT: Final = "Without attention, the whole source goes through one vector"
_SCORES: Final = {"additive": "additive score of {units} units", "dot": "dot-product score", "none": "no attention"}
_HEARD: Final = 40
"""Steps that the alternative text lists."""


@cached(64)
def payload(now: "Request") -> dict[str, object]:
    """A decoding and the arithmetic of all its looks, as plain data with packed arrays."""
    model = networks.attention_model(now.network)
    used = translation.used(now)
    decoding = model.decode(now.source, **used)
    is_changed = any(used.values())
    return {
        "network": now.network,
        "score": now.score,
        "title": _title(now, decoding),
        "caption": caption(model, decoding),
        "alt": alt(decoding),
        "units": len(decoding.start),
        "source": list(decoding.source),
        "output": list(decoding.output),
        "symbols": list(decoding.symbols),
        "right": model.task.right(now.source),
        "before": list(model.decode(now.source).output) if is_changed else None,
        "forced": {str(step): token for step, token in decoding.forced.items() if step < decoding.steps},
        "edited": {
            str(step): {str(place): value for place, value in places.items()}
            for step, places in decoding.edited.items()
            if step < decoding.steps
        },
        "edits": [_edit(edit, decoding) for edit in now.edits],
        "arrays": {name: packing.exact(array) for name, array in _arrays(model, decoding).items()},
    }


def _title(now: "Request", decoding: "Decoding") -> str:
    """What the picture shows; of digits, how often the network looks at the one that it outputs."""
    if decoding.weights is None:
        return _WITHOUT
    if now.task != "reverse":
        return _DATES
    looked = [decoding.source[place] for place in decoding.weights.argmax(axis=1)]
    digits = [(seen, told) for seen, told in zip(looked, decoding.output, strict=True) if told.isdigit()]
    found = sum(seen == told for seen, told in digits)
    return f"At {found} of {len(digits)} digits the largest weight is on the digit that is output"


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
    return (
        f"{model.name}: GRU encoder {ways} and GRU decoder, {spec.hidden} units each, {score}, seed {seed}; "
        f"{len(decoding.source)} positions, {decoding.steps} steps, the most likely token at each; ■ is the end."
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
