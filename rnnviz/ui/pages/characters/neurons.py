"""A text coloured by one unit of a character network, and which units follow a property of the text."""

import re
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from rnnviz import names
from rnnviz.checkpoints.characters import FAMILY
from rnnviz.text import MAX_EXACT
from rnnviz.ui.pages.characters import code as codegen
from rnnviz.ui.pages.characters import neuron_payload, questions, tables
from rnnviz.ui.pages.characters.neuron_payload import Request
from rnnviz.ui.selection import state
from rnnviz.ui.shell import components, frame, inside, networks, predictions
from rnnviz.ui.widgets import character_networks, character_text, controls, widget_files

NAME: Final = "characters.neurons"
"""The widget's name, and its key."""

_KEPT: Final = "characters.unit"
"""In the link: unit, character and property."""

_LIKE: Final = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[a-z0-9-]+")


def show() -> None:
    """The network, the signal, and the text in the colours of a unit."""
    with frame.row():
        network = character_networks.picker()
        signals = names.SIGNALS[networks.character_model(network).spec.cell]
        usual = "c" if "c" in signals else "h"
        options = {signal: signal for signal in signals}
        signal = controls.choice("Coloured by", options, key="characters.signal", default=usual, ever=names.LABELS)
        character_text.box(network)
    text = character_text.text_of(network)
    request = Request(network, text, signal)
    with st.spinner("Reading held-out text once, to compute the correlations of each unit …", show_time=True):
        payload = neuron_payload.payload(request)
    if NAME not in st.session_state:  # it is mounted anew, and has forgotten what was chosen
        frame.restart(NAME)
    begin = _chosen(payload)
    data = {**payload, "start": frame.start(NAME, **begin)}
    components.colored_text(data, key=NAME, on_chosen=lambda sent: take(sent, payload))
    widget_files.offer(
        "colored_text", NAME, "The text coloured by a unit", data,
        numbers=lambda: tables.colored(request),
        code=lambda: codegen.neurons(request, begin, neuron_payload.told(request), **_measured(network)),
    )  # fmt: skip
    predictions.show(lambda: questions.ask_units(network))
    _into(network, text)
    frame.explain("characters", "neurons")


def _measured(network: str) -> dict[str, Any]:
    """How the measurements of a network come about, for the script."""
    return {"held": neuron_payload.measured_by(network), "ablated": neuron_payload.ablated(network) is not None}


def _into(network: str, text: str) -> None:
    """Links to the pages of states, gates and gradients with this network and as much of the text as they read."""
    subject, _, cell = network.partition("-")
    cut = f"the first {MAX_EXACT:,} characters of " * (len(text) > MAX_EXACT)
    wanted = inside.with_network(f"{FAMILY}{subject}", cell, text[:MAX_EXACT])
    inside.links(wanted, f"this network, with {cut}this text")


def take(sent: object, payload: Mapping[str, Any]) -> None:
    """Keep the unit, the character and the property that the widget reports, which can be anything."""
    match sent:
        case {"unit": int(unit), "t": int(t), "what": str(what)}:
            known = [one["name"] for one in payload["properties"]]
            if 0 <= unit < payload["units"] and 0 <= t < len(payload["text"]) and what in known:
                first = _first(payload)
                state.choose(_KEPT, _written(unit, t, what), _written(first["unit"], first["t"], first["what"]))
                return
    state.tell("what was chosen must be a unit, a character and a property of this text; nothing was changed")


def _chosen(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the link chooses, as far as it exists."""
    first = _first(payload)
    kept = state.view(_KEPT)
    if kept is not None and not _LIKE.fullmatch(kept):
        controls.unreadable(_KEPT, "a unit, a character and a property, like 7.0.quotes", "")
    unit, _, rest = (kept or "").partition(".")
    t, _, what = rest.partition(".")
    known = {one["name"].replace("_", "-"): one["name"] for one in payload["properties"]}
    limits = {"unit": (unit, payload["units"]), "t": (t, len(payload["text"]))}
    wanted: dict[str, Any] = dict(first)
    for name, (text, limit) in limits.items():
        if text.isascii() and text.isdigit() and int(text[:9]) < limit:
            wanted[name] = int(text[:9])
    return wanted | ({"what": known[what]} if what in known else {})


def _first(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The choice at first: the unit that follows best the property that a page begins with."""
    return {"unit": payload["first"], "t": 0, "what": payload["begins"]}


def _written(unit: int, t: int, what: str) -> str:
    return f"{unit}.{t}.{what.replace('_', '-')}"
