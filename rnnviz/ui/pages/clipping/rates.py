"""Many learning rates: where the same network ends with clipping and without it, over twenty seeds."""

from typing import TYPE_CHECKING

import streamlit as st

from rnnviz import clipping
from rnnviz.analysis import RateSweep
from rnnviz.analysis.training import LEARNED
from rnnviz.caching import cached
from rnnviz.palette import Theme
from rnnviz.tasks import task
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw, literal, script
from rnnviz.ui.pages.clipping.settings import take
from rnnviz.ui.selection import described, state
from rnnviz.ui.shell import frame, training_captions
from rnnviz.ui.shell.question import listed
from rnnviz.ui.widgets import controls
from rnnviz.ui.widgets.controls import slug

if TYPE_CHECKING:
    from rnnviz.figures import Figure


def show() -> str:
    """The figure of one network, and in words which rates train it; the name of the network."""
    with frame.row("center"):
        name = controls.choice("Network", {name: name for name in clipping.RATED}, key="rates.network")
        st.button("Train at one of these rates", key="rates.train", on_click=_train, args=(name,))
    figure = figure_of(name, frame.theme())
    frame.show(figure, key="rates", alt=figure.layout.meta["alt"], code=lambda: code_of(name))
    st.markdown(frame.plain(" ".join(told(shipped(name)))))
    return name


def told(found: RateSweep) -> list[str]:
    """Which rates train a network with clipping and without it, in sentences made of the numbers."""
    ranges, best, seeds = [], [], found.clipped.shape[1]
    for arm in clipping.ARMS:
        ranges.append(f"{arm} at {_rates([f'{rate:g}' for rate in found.rates[found.trains(arm)]])}")
        at = int(found.medians(arm).argmin())
        best.append(f"{arm} {found.medians(arm)[at]:.2g} at {found.rates[at]:g}")
    return [
        f"A rate trains if the median of the {seeds} seeds’ losses is below {LEARNED:g}: {'; '.join(ranges)}.",
        f"The lowest median loss is {', '.join(best)}.",
    ]


@cached(len(clipping.RATED))
def shipped(name: str) -> RateSweep:
    """The losses of a network, as they ship."""
    return clipping.shipped_rates(name)


@cached(8)
def figure_of(name: str, theme: Theme) -> "Figure":
    """The figure of one network."""
    found = shipped(name)
    return _drawing(found).figure(found, baseline=task(found.spec.task).baseline, theme=theme)


def code_of(name: str) -> str:
    """The script of the figure."""
    return script(
        f"name = {literal(name)}",
        "# python -m rnnviz clipping --parts rates trains the networks behind it",
        "found = clipping.shipped_rates(name)",
        _drawing(shipped(name)).shown(),
    )


def _drawing(found: RateSweep) -> Drawing:
    said = training_captions.settings(found.spec).replace(f"rate {found.spec.rate:g}, ", "").rpartition("; seeds")[0]
    told = described.marked_up(said).replace("W_ih", "W<sub>ih</sub>")
    return Drawing("rate_curve", Raw("found"), baseline=Raw("task(found.spec.task).baseline"), caption=[f"{told}."])


def _train(name: str) -> None:
    """Go to the training of this network, where its rate can be changed."""
    take(clipping.RATED[name][0])
    state.choose("clipping.view", slug("In training"), "")


def _rates(rates: list[str]) -> str:
    return f"{'rate' if len(rates) == 1 else 'rates'} {listed(rates)}" if rates else "no rate"
