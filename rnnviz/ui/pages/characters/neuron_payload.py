"""The data of the widget of coloured text: all units of a signal over a text, and what they follow."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz import names, palette
from rnnviz.caching import cached
from rnnviz.characters.properties import properties
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import character_networks, character_text
from rnnviz.widgets.packing import Packed, coarse, exact, rounded, whole

if TYPE_CHECKING:
    from rnnviz.characters.ablating import Ablated
    from rnnviz.characters.neurons import Measured

BEGINS: Final = {"python": "quotes", "shakespeare": "line_position"}
"""The property that the page begins with, by what the network has read."""

FINE: Final = 600_000
"""Numbers up to which each takes two bytes; beyond it takes one."""


@dataclass(frozen=True)
class Request:
    """What is looked at."""

    network: str
    text: str
    signal: str


@cached(12)
def tracking(network: str) -> "Measured | None":
    """The properties of held-out text that units follow, as shipped or measured here; None without such a text."""
    from rnnviz.characters import neurons as measuring

    model = networks.character_model(network)
    try:
        found = measuring.load(model)
    except ValueError:
        found = None
    if found is None and character_networks.subject_of(network) == "python":
        with suppress(ValueError):  # an interpreter may come without its library's sources
            found = measuring.measure_here(model)
    return found


@cached(12)
def ablated(network: str) -> "Ablated | None":
    """What the ablation of units changes, as shipped; None if it was not measured of these very numbers."""
    from rnnviz.characters import ablating

    try:
        return ablating.load(networks.character_model(network))
    except ValueError:
        return None


@cached(8)
def payload(request: Request) -> dict[str, Any]:
    """All that the widget gets, except where it begins.

    Returns:
        Plain data and packed arrays; the signal as (unit, time), so that a unit is one piece, in parts of ``scale``.
    """
    from rnnviz.characters.neurons import tracked

    model = networks.character_model(request.network)
    subject: Any = character_networks.subject_of(request.network)
    read = model.alphabet.decode(model.alphabet.encode(request.text))
    values = networks.character_trace(request.network, request.text).panel(request.signal)  # (time, unit)
    told = properties(read, subject)
    here = tracked({request.signal: values}, told).r[request.signal]
    begins = BEGINS[subject]
    held = _held(request, [one.name for one in told].index(begins))
    by = here[[one.name for one in told].index(begins)] if held["first"] is None else None
    first = int(np.nanargmax(np.abs(by))) if by is not None else held["first"]
    gate = request.signal in names.SIGMOID_GATES
    scale = np.abs(values).max(axis=0).clip(min=1e-6) if request.signal == "c" else np.ones(values.shape[1])
    return {
        "text": read,
        "of": f"{request.network} {request.signal}",
        "units": values.shape[1],
        "signal": request.signal,
        "kind": "gate" if gate else "signed",
        "scale": exact(scale),
        "values": _packed(values, scale),
        "properties": [
            {"name": one.name, "label": one.label, "kind": one.kind, "values": whole(one.values)} for one in told
        ],
        "here": rounded(here),
        **held,
        "ablated": _effects(request, [one.name for one in told]),
        "first": first,
        "begins": begins,
        "label": f"{names.LABELS[request.signal]} {request.signal}",
        "foot": f"{character_networks.label(request.network)}, {values.shape[1]} units. Text: "
        f"{character_text.said(request.network, request.text)}; {len(read):,} characters, starting from a zero state.",
        "palette": palette.themes(),
    }


def _packed(values: np.ndarray, scale: np.ndarray) -> Packed:
    """Each unit (unit, time) in parts of its scale, in one or two bytes a number."""
    parts = np.ascontiguousarray(values.T) / scale[:, None]
    return rounded(parts) if values.size <= FINE else coarse(parts, 1.0)


def _effects(request: Request, known: list[str]) -> list[dict[str, object] | None] | None:
    """By property, what the ablation of units changes; None where nothing was measured."""
    found = ablated(request.network)
    if found is None or request.signal not in found.effects:
        return None
    from rnnviz.characters.ablating import OUTCOMES

    of = found.effects[request.signal]
    return [
        {
            "what": OUTCOMES[name], "base": of[name].base, "places": of[name].places, "passages": of[name].passages,
            "change": {str(unit): list(parts) for unit, parts in of[name].change.items()},
        }
        if name in of
        else None
        for name in known
    ]  # fmt: skip


def _held(request: Request, begins: int) -> dict[str, Any]:
    """The measurements on held-out text, if the signal is a state and there is such text."""
    found = tracking(request.network)
    if found is None or request.signal not in found.tracking.r:
        why = "gates are measured on this text only" if found is not None else "measured on this text only"
        return {"held": None, "before": None, "chance": None, "measured": f"Correlation r, {why}", "first": None}
    r = found.tracking.r[request.signal]
    return {
        "held": rounded(r),
        "before": found.before[request.signal].tolist(),
        "chance": found.tracking.chance[request.signal].tolist(),
        "measured": f"Correlation r over {found.tracking.characters:,} characters of {found.said}, and over this text",
        "first": int(np.nanargmax(np.abs(r[begins]))),
    }
