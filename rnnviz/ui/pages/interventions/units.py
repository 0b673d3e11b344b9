"""The view "Each unit": what is lost on held-out sequences when each unit is ablated, one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz import names
from rnnviz.caching import cached
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.networks import captioned, network_lines
from rnnviz.ui.codegen.source import Raw, literal, script
from rnnviz.ui.pages.interventions import acts, running
from rnnviz.ui.pages.interventions.held import relevant
from rnnviz.ui.pages.interventions.view import signal_picker
from rnnviz.ui.selection import Selection, checkpoint_of, network, state, without_viewpoint
from rnnviz.ui.selection.visit import let_go
from rnnviz.ui.shell import frame, networks
from rnnviz.ui.widgets.network_controls import network_picker, place_picker

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.palette import Theme

PART: Final = "each_unit"
COUNT: Final = 100
"""Held-out sequences; of a large network fewer."""

DRAWS: Final = 2_000
MOST_UNITS: Final = 64
"""Of a larger network, the first ones."""

_STEPS: Final = 100
_LEAST, _LEAST_UNITS = 20, 16
"""Sequences and units that are measured in any case."""

_MOST_SECONDS: Final = 4.0
_NONE: Final = (
    "This view measures on held-out sequences with known targets. It works for the networks of the tasks, of "
    "parity, parts of speech, reviews and Python source. Choose one of these above."
)


@dataclass(frozen=True, eq=False)
class Losses:
    """What is lost without each unit.

    Attributes:
        units: Which they are.
        base: The accuracy without interventions.
        mean, low, high: Of shape (unit,): the accuracy that is lost, and the ends of its 95 % interval.
        described: What was measured on.
    """

    units: tuple[int, ...]
    base: float
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    described: str


def show(selection: Selection) -> str:
    """The sorted bars of the selection's network; what comes back is their signal, empty where there are no bars."""
    with frame.row("center"):
        network_picker(selection)
        place_picker(selection)
        signal = signal_picker(selection)
    seen = replace(relevant(selection), layer=selection.layer, direction=selection.direction)
    try:
        figure = figure_of(seen, signal, selection.units, frame.theme())
    except ValueError:
        frame.note(_NONE)
        return ""
    found = losses(seen, signal)
    order = np.argsort(-found.mean, kind="stable")
    frame.show(
        figure, key="interventions.units", alt=figure.layout.meta["alt"],
        on_pick=lambda bar: _pick(selection, signal, [found.units[k] for k in order], bar),
        code=lambda: script_of(seen, signal, selection.units),
    )  # fmt: skip
    return signal


def _pick(selection: Selection, signal: str, units: list[int], bar: int) -> None:
    """Show the ablation of a unit, in the view "Reach in"."""
    from rnnviz.spec.acts import Act

    if 0 <= bar < len(units):
        act = Act(
            "ablate", signal, how="zero", layer=selection.layer, direction=selection.direction, units=(units[bar],)
        )
        acts.replace_all(act)
        state.choose("interventions.view", "reach-in", "reach-in")


@cached(16, costly=lambda *_: True)
def losses(seen: Selection, signal: str) -> Losses:
    """What is lost without each unit's signal; of a selection from ``relevant`` with layer and direction.

    The interval is that of a bootstrap over sequences: whole sequences are drawn again, the same for both networks.

    Raises:
        ValueError: If no held-out sequences of the network are known here.
    """
    units = units_of(seen)
    right, described = _correct(seen, signal, [[unit] for unit in units])
    lost = right[0] - right[1:]  # (unit, sequence)
    return Losses(units, float(right[0].mean()), lost.mean(1), *interval(lost), described)


@cached(16, costly=lambda *_: True)
def lost_together(seen: Selection, signal: str, units: tuple[int, ...]) -> float:
    """The accuracy that is lost without all of some units at once; of a selection as for ``losses``.

    Raises:
        ValueError: As from ``losses``.
    """
    right, _ = _correct(seen, signal, [units])
    return float((right[0] - right[1]).mean())


def _correct(seen: Selection, signal: str, groups: Sequence[Sequence[int]]) -> tuple[np.ndarray, str]:
    """The accuracy with all units and without those of each group, (1 + group, sequence), and on what sequences."""
    from rnnviz.held_out import correct, held_out
    from rnnviz.interventions import ablate, each_alone

    known = checkpoint_of(seen.model)
    if known is None:
        raise ValueError("network must be a trained one")
    held = held_out(known, count_of(seen))
    rnn = networks.recording(without_viewpoint(seen)).network.rnn
    place = {"layer": seen.layer, "direction": seen.direction}
    runs = [[], *([ablate(signal, list(group), **place)] for group in groups)]  # type: ignore[arg-type]
    states = each_alone(rnn, held.x, runs, held.lengths, pause=let_go)
    return np.stack([correct(known, held, one) for one in states]), held.described


def count_of(seen: Selection) -> int:
    """How many held-out sequences there is time for."""
    each = running.seconds(seen.model, _STEPS) * len(units_of(seen))
    return max(_LEAST, min(COUNT, int(_MOST_SECONDS / each)))


def units_of(seen: Selection) -> tuple[int, ...]:
    """The units that are ablated."""
    most = max(_LEAST_UNITS, int(_MOST_SECONDS / (_LEAST * running.seconds(seen.model, _STEPS))))
    return tuple(range(min(MOST_UNITS, most, seen.model.hidden_size)))


def interval(lost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ends of the 95 % intervals of the means over sequences, by a bootstrap; lost is (unit, sequence)."""
    random = np.random.default_rng(0)
    drawn = random.integers(lost.shape[1], size=(DRAWS, lost.shape[1]))
    counts = np.stack([np.bincount(draw, minlength=lost.shape[1]) for draw in drawn])  # (draw, sequence)
    means = lost @ counts.T / lost.shape[1]  # (unit, draw)
    low, high = np.percentile(means, (2.5, 97.5), axis=1)
    return low, high


@cached(16)
def figure_of(seen: Selection, signal: str, units: tuple[int, ...], theme: "Theme") -> "Figure":
    """The sorted bars."""
    found = losses(seen, signal)
    return drawing(seen, signal, units).figure(found.mean, found.low, found.high, theme=theme)


def drawing(seen: Selection, signal: str, units: tuple[int, ...]) -> Drawing:
    """The call that draws them."""
    found = losses(seen, signal)
    many = "" if len(found.units) == seen.model.hidden_size else f" The first {len(found.units)} units are measured."
    what = f"The {names.LABELS[signal]} {signal} of one unit is 0 at every step of {found.described}."
    told = [
        what,
        f"With all units it is correct at {found.base:.1%} of the targets.{many}",
        "Intervals: 95 %, by a bootstrap over sequences.",
        *captioned(seen)["caption"],  # type: ignore[misc]
    ]
    marked = {"units": units} if units else {}
    return Drawing(
        "ablation_bars", Raw("lost.mean(1)"), Raw("low"), Raw("high"), of="accuracy lost", **marked, caption=told
    )


def script_of(seen: Selection, signal: str, units: tuple[int, ...]) -> str:
    """The script of the bars."""
    place = (f", layer={seen.layer}" if seen.layer else "") + (
        f', direction="{seen.direction}"' if seen.direction != "forward" else ""
    )
    lines = [
        network_lines(network(seen), seen.edits),
        f"held = held_out(known, {count_of(seen)})",
        f"runs = [[ablate({literal(signal)}, [unit]{place})] for unit in range({len(units_of(seen))})]",
        "right = [correct(known, held, states)",
        "         for states in each_alone(rnn, held.x, [[], *runs], held.lengths)]",
        "lost = right[0] - np.stack(right[1:])  # (unit, sequence)",
        "# A bootstrap over sequences.",
        "random = np.random.default_rng(0)",
        f"drawn = random.integers(lost.shape[1], size=({DRAWS}, lost.shape[1]))",
        "means = lost[:, drawn].mean(-1)  # (unit, draw)",
        "low, high = np.percentile(means, (2.5, 97.5), axis=1)",
    ]
    return script(*lines, drawing(seen, signal, units).shown())
