"""Probes of a network's states on held-out sequences: what they are trained on, how good they are, and the scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz import names
from rnnviz.caching import cached
from rnnviz.names import Direction
from rnnviz.properties import PROPERTIES, labels_of, offered
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.networks import captioned, network_lines
from rnnviz.ui.codegen.source import Raw, literal, script
from rnnviz.ui.selection import Selection, checkpoint_of, network
from rnnviz.ui.selection.visit import let_go
from rnnviz.ui.shell import networks

if TYPE_CHECKING:
    from rnnviz.cells import Recurrent
    from rnnviz.figures import Figure
    from rnnviz.palette import Theme
    from rnnviz.probing import Probe

Place = tuple[str, int, Direction]
"""A state, its layer and its direction."""

COUNT: Final = 100
"""Held-out sequences; of a large network fewer."""

_FEW, _LARGE = 40, 128
"""Of a network with so many units, so many sequences."""


def properties_of(seen: Selection) -> tuple[str, ...]:
    """The properties that probes of a network can be trained on; none of a network without held-out sequences."""
    known = checkpoint_of(seen.model)
    return () if known is None else offered(known)


def places(seen: Selection) -> tuple[Place, ...]:
    """Every state of a network: of each layer and direction h, and of an LSTM c."""
    model = seen.model
    return tuple(
        (signal, layer, direction)
        for layer in range(model.num_layers)
        for direction in model.directions
        for signal in names.STATES[model.cell]
    )


def named(place: Place, seen: Selection) -> str:
    """A state as an axis has it."""
    signal, layer, direction = place
    arrow = f" {names.ARROWS[direction]}" if seen.model.bidirectional else ""
    return f"{signal}, layer {layer}{arrow}"


def count_of(seen: Selection) -> int:
    """How many held-out sequences there is time for."""
    return _FEW if seen.model.hidden_size >= _LARGE else COUNT


@cached(16, costly=lambda *_: True)
def probes(seen: Selection, name: str) -> Mapping[Place, "Probe"]:
    """The probe of a property from each state of a network; of a selection from ``held.relevant``.

    Raises:
        ValueError: If the property is not known of the network's sequences.
    """
    rnn = networks.recording(seen).network.rnn
    return _probes(seen, name, rnn, places(seen))


@cached(16, costly=lambda *_: True)
def untrained(seen: Selection, name: str, place: Place) -> "Probe":
    """The probe from a state of the same network with default initialization; else as from ``probes``.

    Raises:
        ValueError: As from ``probes``.
    """
    from rnnviz.models import build

    return _probes(seen, name, build(replace(network(seen), trained="")).rnn, [place])[place]


def _probes(seen: Selection, name: str, rnn: "Recurrent", among: Sequence[Place]) -> dict[Place, "Probe"]:
    from rnnviz.capture import capture
    from rnnviz.held_out import held_out
    from rnnviz.probing import probe

    known = checkpoint_of(seen.model)
    if known is None:
        raise ValueError("network must be a trained one")
    held = held_out(known, count_of(seen))
    told = labels_of(known, held, name)
    states = capture(rnn, next(rnn.parameters()).new_tensor(held.x), held.lengths, tokens=held.tokens)
    found = {}
    for place in among:
        let_go()
        signal, layer, direction = place
        found[place] = probe(states, told, signal=signal, layer=layer, direction=direction)
    return found


# --- Figures ---


@cached(32)
def accuracy_figure(seen: Selection, name: str, theme: "Theme") -> "Figure":
    """Accuracy and that on control tasks, from each state."""
    found = list(probes(seen, name).values())
    shown = [
        np.array([one.accuracy for one in found]),
        np.array([one.interval for one in found]),
        np.array([one.control for one in found]),
        found[0].commonest,
    ]
    return accuracy_drawing(seen, name).figure(*shown, theme=theme)


def accuracy_drawing(seen: Selection, name: str) -> Drawing:
    """The call that draws it."""
    one = next(iter(probes(seen, name).values()))
    told = [
        f"Each probe is trained on {one.trained_on:,} steps and tested on {one.held_out:,} steps of other sequences.",
        "Intervals: 95 %, by a bootstrap over sequences.",
        *captioned(seen)["caption"],  # type: ignore[misc]
    ]
    return Drawing(
        "probe_accuracy", [named(place, seen) for place in places(seen)], Raw("accuracy"), Raw("intervals"),
        Raw("control"), Raw("commonest"), of=PROPERTIES[name], caption=told,
    )  # fmt: skip


@dataclass(frozen=True)
class Towards:
    """A direction: of the probe of a property from a state, towards a label."""

    name: str
    place: Place
    label: str

    @property
    def written(self) -> str:
        """As an act of steering names it."""
        return f"probe.{self.name}.{self.label}"


@cached(32)
def direction_figure(seen: Selection, towards: Towards, units: tuple[int, ...], theme: "Theme") -> "Figure":
    """The direction of a probe towards a label, unit by unit."""
    direction = probes(seen, towards.name)[towards.place].direction(towards.label)
    return direction_drawing(seen, towards, units).figure(direction, theme=theme)


def direction_drawing(seen: Selection, towards: Towards, units: tuple[int, ...]) -> Drawing:
    """The call that draws it."""
    name, place, label = towards.name, towards.place, towards.label
    one = probes(seen, name)[place]
    shares = f"accuracy {one.accuracy:.1%}, control tasks {one.control:.1%}"
    told = [
        f"The probe of {PROPERTIES[name]} from {named(place, seen)}: {shares}.",
        *captioned(seen)["caption"],  # type: ignore[misc]
    ]
    marked = {"units": units} if units else {}
    return Drawing("probe_direction", Raw("direction"), label, of=place[0], **marked, caption=told)


# --- Scripts ---


def captured_lines(seen: Selection) -> str:
    """Lines that define ``held`` and ``states``, the trace of the held-out sequences, from ``known`` and ``rnn``."""
    return "\n".join(
        [
            f"held = held_out(known, {count_of(seen)})",
            "states = rnnviz.capture(",
            "    rnn, torch.from_numpy(held.x), held.lengths, tokens=held.tokens",
            ")",
        ]
    )


def accuracy_script(seen: Selection, name: str) -> str:
    """The script of the accuracies."""
    lines = [
        network_lines(network(seen), seen.edits),
        captured_lines(seen),
        f"labels = labels_of(known, held, {literal(name)})",
        f"places = {literal(list(places(seen)))}",
        "found = [",
        "    rnnviz.probe(states, labels, signal=signal, layer=layer, direction=way)",
        "    for signal, layer, way in places",
        "]",
        "accuracy = np.array([one.accuracy for one in found])",
        "intervals = np.array([one.interval for one in found])",
        "control = np.array([one.control for one in found])",
        "commonest = found[0].commonest",
    ]
    return script(*lines, accuracy_drawing(seen, name).shown())


def direction_script(seen: Selection, towards: Towards, units: tuple[int, ...]) -> str:
    """The script of a direction."""
    signal, layer, direction = towards.place
    lines = [
        network_lines(network(seen), seen.edits),
        captured_lines(seen),
        f"labels = labels_of(known, held, {literal(towards.name)})",
        f"place = {literal({'signal': signal, 'layer': layer, 'direction': direction})}",
        f"direction = rnnviz.probe(states, labels, **place).direction({literal(towards.label)})",
    ]
    return script(*lines, direction_drawing(seen, towards, units).shown())
