"""The view "Probe": what a linear function reads out of the states, and steering along its direction."""

from typing import TYPE_CHECKING, Final

import streamlit as st

from rnnviz.properties import PROPERTIES
from rnnviz.spec.acts import LARGEST, MOST_ACTS, Act, read_all
from rnnviz.ui.pages.interventions import acts, probing
from rnnviz.ui.pages.interventions.held import relevant
from rnnviz.ui.pages.interventions.probing import Place, Towards
from rnnviz.ui.pages.interventions.view import signal_picker
from rnnviz.ui.selection import Selection, state
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets import controls
from rnnviz.ui.widgets.network_controls import network_picker, place_picker

if TYPE_CHECKING:
    from rnnviz.probing import Probe

PART: Final = "probe"
_COUNTS: Final = [f"Towards {count}" for count in range(10)]
"""Labels of depths, of which another network has more or fewer."""

_NONE: Final = (
    "This view trains probes on held-out sequences with known properties. It works for the networks of the tasks, of "
    "parity, parts of speech, reviews and Python source. Choose one of these above."
)


def show(selection: Selection) -> str:
    """Accuracy by state, the direction of the chosen state's probe, and the button that steers along it.

    What comes back is the property, empty where none is known.
    """
    seen = relevant(selection)
    there = probing.properties_of(seen)
    with frame.row("center"):
        network_picker(selection)
        place_picker(selection)
        signal = signal_picker(selection, states=True)
    if not there:
        frame.note(_NONE)
        return ""
    with frame.row():
        options = {PROPERTIES[name].capitalize(): name for name in there}
        ever = [label.capitalize() for label in PROPERTIES.values()]
        name = controls.choice("Property", options, key="interventions.property", ever=ever)
    with st.spinner("Training the probes …", show_time=True):
        found = probing.probes(seen, name)
    place = (signal, selection.layer, selection.direction)
    st.markdown(frame.plain(in_words(found[place], name, probing.named(place, seen))))
    figure = probing.accuracy_figure(seen, name, frame.theme())
    frame.show(
        figure, key="interventions.probes", alt=figure.layout.meta["alt"],
        code=lambda: probing.accuracy_script(seen, name),
    )  # fmt: skip
    direction(selection, seen, name, place, found[place])
    return name


def in_words(found: "Probe", name: str, where: str) -> str:
    """What a probe is worth, beside control tasks and the commonest label."""
    low, high = found.interval
    gained = f"{100 * found.selectivity:+.1f}".replace("-", "−")
    return (
        f"A linear probe computes “{PROPERTIES[name]}” from {where}, correctly at {found.accuracy:.1%} of the held-out "
        f"steps (95 % interval {low:.1%} to {high:.1%}). On control tasks it reaches {found.control:.1%}, so its "
        f"selectivity is {gained} points. Always predicting the most frequent label of “{PROPERTIES[name]}” gives "
        f"{found.commonest:.1%}."
    )


def direction(selection: Selection, seen: Selection, name: str, place: Place, found: "Probe") -> None:
    """The direction towards a label by unit, and the act that it makes."""
    with frame.row("bottom"):
        label = controls.choice(
            "Direction", {f"Towards {one}": one for one in found.classes}, key=f"interventions.{name}_towards",
            default=f"Towards {found.classes[-1]}", ever=_COUNTS, listed=True,
        )  # fmt: skip
        towards = Towards(name, place, label)
        if not selection.present:
            key = "interventions.probe_strength"
            strength = controls.number("Strength", -LARGEST, LARGEST, key=key, default=4.0, is_held=True)
            full = len(read_all(selection.interventions)) >= MOST_ACTS
            if st.button(
                "Steer along this direction", key="interventions.steer", type="primary",
                disabled=full or bool(controls.refused(key)),
                help="Adds this intervention, at the selected steps or at all, and opens “Reach in”. "
                f"At most {MOST_ACTS} at once.",
            ) and not controls.refused(key):  # fmt: skip
                _steer(towards, float(strength))
                st.rerun()
    if not selection.present and (problem := controls.refused(key)):
        st.error(frame.plain(problem))
    figure = probing.direction_figure(seen, towards, selection.units, frame.theme())
    frame.show(
        figure, key="interventions.direction", alt=figure.layout.meta["alt"], below=True,
        code=lambda: probing.direction_script(seen, towards, selection.units),
    )  # fmt: skip


def _steer(towards: Towards, strength: float) -> None:
    signal, layer, direction = towards.place
    where = {"layer": layer, "direction": direction, "steps": state.current().span}
    acts.add(Act("steer", signal, strength, along=towards.written, **where))  # type: ignore[arg-type]
    state.choose("interventions.view", "reach-in", "reach-in")
