"""A text coloured by a unit: all units of a signal over it, and the properties of the text that they follow."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz import names, palette
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.packing import Packed, coarse, exact, rounded, whole
from rnnviz.widgets.words import replaced

if TYPE_CHECKING:
    from rnnviz.characters.ablating import Ablated
    from rnnviz.characters.neurons import Measured
    from rnnviz.characters.properties import Property

FINE: Final = 600_000
"""Numbers up to which each takes two bytes; beyond it takes one."""


def colored_text(
    text: str,
    signal: str,
    values: np.ndarray,
    told: "Sequence[Property]",
    *,
    held: "Measured | None" = None,
    ablated: "Ablated | None" = None,
    typed: str = "",
    begins: str = "",
    network: str = "",
    said: str = "",
    unit: int | None = None,
    t: int = 0,
) -> Drawn:
    """The text in the colours of a unit, which is chosen in the picture.

    Args:
        values: Of shape (time, unit). The signal.
        told: The properties of each character, of ``rnnviz.characters.properties``.
        held: What units follow on held-out text, of ``rnnviz.characters.neurons``.
        ablated: What the ablation of units changes, of ``rnnviz.characters.ablating``.
        typed: The text before characters that are not in the alphabet were replaced; these are marked. The same by
            default.
        begins: The name of the property that units are sorted by at first; by default the first.
        network: Its name.
        said: What the text is.
        unit: The unit at first; by default the one that follows ``begins`` most closely.
        t: The selected character.

    Returns:
        A picture, with the signal as (unit, time), so that a unit is one piece, in parts of its largest value.

    >>> from rnnviz import characters, pictures
    >>> from rnnviz.characters.properties import properties
    >>> text = "a = 'b'"
    >>> values = characters.load("python-lstm").trace(text).panel("h")
    >>> pictures.colored_text(text, "h", values, properties(text, "python"))
    Drawn(The text coloured by a unit)
    """
    from rnnviz.characters.neurons import tracked

    known = [one.name for one in told]
    begins = begins or known[0]
    here = tracked({signal: values}, told).r[signal]
    measured = _held(held, signal, known.index(begins))
    if measured["first"] is None:
        by = np.abs(here[known.index(begins)])
        measured["first"] = 0 if np.isnan(by).all() else int(np.nanargmax(by))
    scale = np.abs(values).max(axis=0).clip(min=1e-6) if signal == "c" else np.ones(values.shape[1])
    data = {
        "text": text,
        "unknown": replaced(typed, text),
        "of": signal,
        "units": values.shape[1],
        "signal": signal,
        "kind": "gate" if signal in names.SIGMOID_GATES else "signed",
        "scale": exact(scale),
        "values": _packed(values, scale),
        "properties": [
            {"name": one.name, "label": one.label, "kind": one.kind, "values": whole(one.values)} for one in told
        ],
        "here": rounded(here),
        **measured,
        "ablated": _effects(ablated, signal, known),
        "begins": begins,
        "label": f"{names.LABELS[signal]} {signal}",
        "foot": f"{network}, {values.shape[1]} units. Text: {said}; {len(text):,} "
        f"character{'s' * (len(text) != 1)}, starting from a zero state.",
        "palette": palette.themes(),
        "start": {"id": "alone", "unit": measured["first"] if unit is None else unit, "t": t, "what": begins},
    }
    return Drawn("colored_text", "The text coloured by a unit", data)


def _packed(values: np.ndarray, scale: np.ndarray) -> Packed:
    """Each unit (unit, time) in parts of its scale, in one or two bytes a number."""
    parts = np.ascontiguousarray(values.T) / scale[:, None]
    return rounded(parts) if values.size <= FINE else coarse(parts, 1.0)


def _effects(found: "Ablated | None", signal: str, known: list[str]) -> list[dict[str, object] | None] | None:
    """By property, what the ablation of units changes; None where nothing was measured."""
    if found is None or signal not in found.effects:
        return None
    from rnnviz.characters.ablating import OUTCOMES

    of = found.effects[signal]
    return [
        {
            "what": OUTCOMES[name], "base": of[name].base, "places": of[name].places, "passages": of[name].passages,
            "change": {str(unit): list(parts) for unit, parts in of[name].change.items()},
        }
        if name in of
        else None
        for name in known
    ]  # fmt: skip


def _held(found: "Measured | None", signal: str, begins: int) -> dict[str, Any]:
    """The measurements on held-out text, if the signal is a state and there is such text."""
    if found is None or signal not in found.tracking.r:
        why = "gates are measured on this text only" if found is not None else "measured on this text only"
        return {"held": None, "before": None, "chance": None, "measured": f"Correlation r, {why}", "first": None}
    r = found.tracking.r[signal]
    return {
        "held": rounded(r),
        "before": found.before[signal].tolist(),
        "chance": found.tracking.chance[signal].tolist(),
        "measured": f"Correlation r over {found.tracking.characters:,} characters of {found.said}, and over this text",
        "first": int(np.nanargmax(np.abs(r[begins]))),
    }
