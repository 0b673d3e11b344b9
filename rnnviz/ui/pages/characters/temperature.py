"""What temperature does: to the logits of Raschka's example, to a network's prediction, and to its texts."""

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from rnnviz import names
from rnnviz.caching import cached
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw
from rnnviz.ui.pages.characters import code as codegen
from rnnviz.ui.pages.characters import questions, writing_payload
from rnnviz.ui.pages.characters.code import TemperatureFigure
from rnnviz.ui.pages.characters.writing import prompt_box, seed_box
from rnnviz.ui.pages.characters.writing_payload import Request as Writing
from rnnviz.ui.pages.characters.writing_payload import caption
from rnnviz.ui.shell import frame, looks, networks, predictions
from rnnviz.ui.widgets import character_networks, controls
from rnnviz.ui.widgets.character_networks import sign, signs
from rnnviz.written import probability

if TYPE_CHECKING:
    from rnnviz.figures import Figure

EXAMPLE: Final = (1.0, 1.0, 3.0)
EXAMPLES_TEMPERATURES: Final = (1.0, 2.0, 10.0)
"""The logits of Raschka's example, and its temperatures."""

_EXAMPLE_LABELS: Final = [f"z = {z:g}{mark}" for z, mark in zip(EXAMPLE, ("", " ", ""), strict=True)]

OFFERED: Final = {f"T = {value:g}": value for value in (0.0, 0.1, 0.3, 0.5, 0.7, 1.0, 1.2, 1.5, 2.0)}
USUAL: Final = ("T = 0.3", "T = 0.7", "T = 1.2")
MOST: Final = 4
"""The most temperatures side by side."""

SHOWN: Final = 12
"""The likeliest symbols that are shown."""

SAMPLE: Final = 240
"""Characters of a sample."""

HOTTEST: Final = 5.0
"""Where the curve of entropies ends."""


def show() -> None:
    """Raschka's three logits, the network's own, and what it generates."""
    with frame.row():
        network = character_networks.picker()
    prompt = prompt_box(network)
    with frame.row():
        chosen, told = _chosen()
        seed = seed_box()
    if told:
        st.caption(told)
    left, right = frame.pair("temperature_pictures", (1, 1))
    with left:
        _figure(TemperatureFigure("bars", chosen, frame.theme(), network, prompt))
    with right:
        _figure(TemperatureFigure("entropy", chosen, frame.theme(), network, prompt))
    st.header("The same seed at each temperature", anchor=False)
    _samples(network, prompt, chosen, seed)
    st.header("By hand: three characters", anchor=False)
    left, right = frame.pair("temperature_example", (1, 1))
    with left:
        st.latex(names.TEMPERATURE)
        frame.explain("characters", "example")
    with right:
        _figure(TemperatureFigure("example", EXAMPLES_TEMPERATURES, frame.theme()))
    predictions.show(lambda: questions.ask_temperature(network, prompt))
    frame.explain("characters", "temperature")


def _chosen() -> tuple[tuple[float, ...], str]:
    """The temperatures to compare, the coldest first, and a note if they are not those that were chosen."""
    chosen = controls.choices(
        "Temperatures", list(OFFERED), key="characters.temperatures", default=USUAL, hint=f"At most {MOST} are shown."
    )
    told = ""
    if not chosen:
        told = f"No temperature is chosen, so {', '.join(USUAL)} are shown."
    elif len(chosen) > MOST:
        told = f"At most {MOST} temperatures fit side by side. These are not shown: {', '.join(chosen[MOST:])}."
    return tuple(OFFERED[name] for name in chosen[:MOST] or USUAL), told


def _figure(request: TemperatureFigure) -> None:
    figure = figure_of(request)
    frame.show(figure, key=f"characters.{request.name}", alt=figure.layout.meta["alt"], code=lambda: code_of(request))


def _samples(network: str, prompt: str, temperatures: tuple[float, ...], seed: int) -> None:
    """A text at each temperature, side by side."""
    model = networks.character_model(network)
    for place, temperature in zip(st.columns(len(temperatures)), temperatures, strict=True):
        request = Writing(network, prompt, SAMPLE, temperature, seed)
        found = writing_payload.written(request)
        with place:
            own = found.bits[found.prompt - 1 :].mean()
            st.markdown(f"**T = {temperature:g}** · {own:.2f} bits per character")
            looks.scrolled(found.text, 13, f"Generated text at T = {temperature:g}")
    st.caption(frame.plain(f"{caption(model, Writing(network, prompt))}, seed {seed}. Bits are measured at T = 1."))


# --- Figures ---


@cached(32)
def figure_of(request: TemperatureFigure) -> "Figure":
    """The figure of a request, computed."""
    drawn, theme = drawing(request), request.theme
    if request.name == "example":
        found, bits = distributions(np.array(EXAMPLE), request.temperatures)
        return drawn.figure(_EXAMPLE_LABELS, found, request.temperatures, entropies=bits, theme=theme)
    logits = after(request.network, request.prompt)
    found, bits = distributions(logits, request.temperatures)
    if request.name == "entropy":
        places = np.linspace(0.05, HOTTEST, 100)
        chosen = list(zip(request.temperatures, bits.tolist(), strict=True))
        return drawn.figure(places, distributions(logits, places.tolist())[1], chosen, len(logits), theme=theme)
    likeliest = _likeliest(logits)
    symbols = networks.character_model(request.network).alphabet.symbols
    labels = [sign(symbols[k]) for k in likeliest]
    return drawn.figure(labels, found[:, likeliest], request.temperatures, entropies=bits, theme=theme)


def code_of(request: TemperatureFigure) -> str:
    """The script of a figure."""
    by_hand = (EXAMPLE, _EXAMPLE_LABELS) if request.name == "example" else ()
    return codegen.temperatures(request, drawing(request), *by_hand)


def drawing(request: TemperatureFigure) -> Drawing:
    """The call that draws a figure."""
    temperatures, bits = Raw("temperatures"), Raw("bits")
    if request.name == "example":
        title = "Logits 1, 1 and 3 at three temperatures"
        return Drawing(
            "temperature_bars", Raw("labels"), Raw("found"), temperatures, entropies=bits, title=title, decimals=4
        )
    model = networks.character_model(request.network)
    sentences = [f"{caption(model, Writing(request.network, request.prompt))}."]
    if request.name == "entropy":
        return Drawing(
            "entropy_curve", Raw("places"), Raw("curve"), Raw("chosen"), Raw("len(logits)"), caption=sentences
        )
    logits = after(request.network, request.prompt)
    rest = 1 - distributions(logits, request.temperatures)[0][:, _likeliest(logits)].sum(axis=1)
    others = ", ".join(probability(share) for share in rest)
    sentences += [
        f"The {SHOWN} most likely of {len(logits)} characters. The sum of all others, from top to bottom: {others}."
    ]
    title = f"After “{ending(request.prompt)}”: what comes next?"
    return Drawing(
        "temperature_bars", Raw("labels"), Raw("found[:, likeliest]"), temperatures, entropies=bits, title=title,
        caption=sentences,
    )  # fmt: skip


def _likeliest(logits: np.ndarray) -> np.ndarray:
    """The numbers of the symbols that are shown, the likeliest first."""
    return np.argsort(-logits, kind="stable")[:SHOWN]


def after(network: str, prompt: str) -> np.ndarray:
    """A network's output after a prompt: logits of shape (symbol,)."""
    from rnnviz.characters.generating import opening

    model = networks.character_model(network)
    logits: np.ndarray = model.logits(opening(model, prompt))[-1]
    return logits


def distributions(logits: np.ndarray, temperatures: "tuple[float, ...] | list[float]") -> tuple[np.ndarray, np.ndarray]:
    """The same logits at several temperatures.

    Args:
        logits: Of shape (symbol,).
        temperatures: At 0 the likeliest is certain.

    Returns:
        probabilities: Of shape (temperature, symbol).
        entropies: Of shape (temperature,). In bits.
    """
    from rnnviz.characters.generating import distribution, entropy

    found = np.array([distribution(logits, temperature) for temperature in temperatures])
    return found, entropy(found)


def ending(prompt: str, most: int = 16) -> str:
    """The last characters of a prompt, on one line."""
    shown = signs(prompt[-most:] or "\n")
    return shown if len(prompt) <= most else f"…{shown}"
