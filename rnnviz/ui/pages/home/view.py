"""The parts of the home page below its instrument: text and links, so that it paints at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rnnviz import tours
from rnnviz.page_registry import (
    ATTENTION,
    BESIDE,
    CHARACTERS,
    CLIPPING,
    GATES,
    HIDDEN_STATES,
    PAGES,
    SEQUENCES,
    STEP_THROUGH,
    Page,
)
from rnnviz.palette import GROUNDS
from rnnviz.ui.selection import addresses
from rnnviz.ui.shell import frame, touring

_ACROSS: Final = 3
_BEGIN: Final = "home_begin"
_PRIMARY: Final = """
.st-key-home_begin a, .st-key-home_begin a:hover {{ padding: 0.4rem 0.9rem; background: {accent}; }}
.st-key-home_begin a p {{ color: {background}; }}
"""
"""The first link looks like a button; a real one that leads to another page leaves two entries in the history."""


@dataclass(frozen=True)
class Start:
    """A link that opens a page on something worth seeing; ``params`` are those of the link."""

    title: str
    text: str
    params: Mapping[str, str]
    page: Page = STEP_THROUGH


STARTING_POINTS: Final = (
    Start("Raschka's RNN", "Three steps, two units: small enough to check with pencil and paper.", {"cell": "rnn"}),
    Start(
        "An LSTM reads a sentence",
        "Three gates and a cell state: which word opens which gate?",
        {"cell": "lstm", "input": "words", "input_size": "3", "hidden_size": "3"},
    ),
    Start(
        "A GRU, torch's and the textbook's",
        "The position of the reset gate and the meaning of z differ, and so do the numbers.",
        {"cell": "gru", "hidden_size": "3", "seed": "0"},
    ),
    Start(
        "Two layers, both directions, 64 units",
        "A larger network: strips of colour instead of digits, and a reverse direction.",
        {
            "cell": "lstm",
            "input": "words",
            "input_size": "16",
            "hidden_size": "64",
            "num_layers": "2",
            "bidirectional": "1",
        },
    ),
    Start(
        "A state that explodes",
        "One ReLU unit whose recurrent weight was edited to 1.3.",
        {
            "nonlinearity": "relu",
            "hidden_size": "1",
            "numbers": "1\n" + "0\n" * 15 + "0",
            "edits": "weight_ih_l0[0,0]=1;weight_hh_l0[0,0]=1.3;bias_ih_l0[0]=0;bias_hh_l0[0]=0",
        },
    ),
    Start(
        "A state that vanishes",
        "The same unit with the weight 0.7: after twenty steps less than a thousandth of the first state is left.",
        {
            "nonlinearity": "relu",
            "hidden_size": "1",
            "numbers": "1\n" + "0\n" * 19 + "0",
            "edits": "weight_ih_l0[0,0]=1;weight_hh_l0[0,0]=0.7;bias_ih_l0[0]=0;bias_hh_l0[0]=0",
        },
    ),
    Start(
        "An LSTM that counts brackets",
        "Trained to output the bracket depth. Drag over the deepest part, (z, to see which units are on there.",
        {"cell": "lstm", "trained": "brackets"},
        HIDDEN_STATES,
    ),
    Start(
        "Gates that wait for a mark",
        "Trained to add the two marked numbers of thirty. Its input gates open at these two.",
        {"cell": "lstm", "trained": "adding"},
        GATES,
    ),
    Start(
        "One update that kills a network",
        "The same weights and data, with and without clipping. "
        "Without it the second update ends the learning: by update 50 all 32 units output 0 at every step.",
        {"views": "clipping.view:in-training"},
        CLIPPING,
    ),
    Start(
        "Parity, far beyond the training length",
        "Even or odd so far, over 100 bits. The network was trained on at most 20, and one wrong step spoils the rest.",
        {"views": "sequences.kind:in-step", "entries": f"sequences.parity={'+'.join('1011001110' * 10)}"},
        SEQUENCES,
    ),
    Start(
        "Twenty-two digits through one vector",
        "Without attention the reversed digits go wrong halfway. With additive attention the same digits come out "
        "right.",
        {"views": "attention.score:no-attention", "entries": "attention.reverse=3141592653589793238462"},
        ATTENTION,
    ),
    Start(
        "A unit that follows the quotes",
        "Python source coloured by one unit, and the units ranked by correlation with a property of the text.",
        {"views": "characters.view:neurons"},
        CHARACTERS,
    ),
)
"""In rows, as they stand on the home page."""


def hero() -> None:
    """Purpose, and where to begin."""
    st.html(f"<style>{_PRIMARY.format(**GROUNDS[frame.theme()])}</style>")
    frame.explain("home")
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key=_BEGIN, width="content"):
            frame.link_to(STEP_THROUGH, "Step through a network →")
        for page in BESIDE:
            frame.link_to(page, f"{page.title} →")


def guided_tours() -> None:
    """A link to the beginning of every tour, ours first; of one that cannot be read, why not."""
    shelf = sorted(tours.listed(), key=lambda one: one.tour is None)
    st.header("Guided tours" if len(shelf) > 1 else "A guided tour", anchor=False)
    for one, place in zip(shelf, _places(), strict=False) if len(shelf) > 1 else [(shelf[0], st)]:
        with place.container(border=True, height="stretch" if len(shelf) > 1 else "content"):
            if one.tour is None:
                st.markdown(f"**{frame.plain(one.name)}**.md cannot be read")
                st.caption(f"{frame.plain(one.problems[0])}. `python -m rnnviz tours check` lists all problems.")
                continue
            said = f"{one.tour.about} " if one.tour.about else ""
            by = f" By {one.tour.author}." if one.tour.author else ""
            touring.begin_link(one.name, one.tour, f"**▶ {frame.plain(one.tour.title)}**")
            count = len(one.tour.stops)
            st.markdown(frame.plain(f"{said}{count} stop{'s' if count > 1 else ''}.{by}"))


def lecture_path() -> None:
    """A card for every page, in the order of the course."""
    st.header("The pages, in the order of the course", anchor=False)
    for (number, page), place in zip(enumerate(PAGES, start=1), _places(), strict=False):
        with place.container(border=True, height="stretch"):
            frame.link_to(page, f"**{number} · {page.title}**", width="stretch")
            st.markdown(f"**{page.question}** {page.answer}")


def starting_points() -> None:
    """Links that open a page on something worth seeing."""
    st.header("Or begin with", anchor=False)
    for point, place in zip(STARTING_POINTS, _places(), strict=False):
        with place.container(border=True, height="stretch"):
            params = address_of(point)
            st.page_link(point.page.path, label=f"**{point.title}**", query_params=params, width="stretch")
            st.markdown(point.text)


def address_of(point: Start) -> dict[str, str]:
    """The parameters of a link in full; of the lecture's own network, for which that would be none, as given."""
    return addresses.written(point.page.title, point.params) or dict(point.params)


def _places() -> Iterator[DeltaGenerator]:
    """Places for cards, row after row, made on request."""
    while True:
        yield from st.columns(_ACROSS)
