"""Two programs in blocks, each with what it gives; and the files with which they run elsewhere."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from rnnviz.caching import cached
from rnnviz.pictures import listing, schematics
from rnnviz.ui.pages.in_code import code, questions, running
from rnnviz.ui.selection import state
from rnnviz.ui.shell import components, frame, numbers, predictions
from rnnviz.ui.shell.question import Questions
from rnnviz.ui.widgets import controls, widget_files

if TYPE_CHECKING:
    from pandas import DataFrame

    from rnnviz.listings.sentiment import Pairs
    from rnnviz.sentiment.reviews import Part


@dataclass(frozen=True, eq=False)
class Program:
    """A program of the page.

    Attributes:
        name: That of its view and of its part of the page's text.
        title: Of what is saved of it.
        data: Runs it and gives the data of its widget.
        script: Gives it as a script.
        code: Gives the script of the widget, by its title and the chosen block.
        ask: Gives the questions about it.
    """

    name: str
    title: str
    data: Callable[[], dict[str, Any]]
    script: Callable[[], str]
    code: Callable[[str, str], str]
    ask: Callable[[], Questions]

    @property
    def key(self) -> str:
        """Of its widget, and of the chosen block in the link."""
        return f"in_code.{self.name}"


@cached(1, costly=lambda: True)
def sentiment_data() -> dict[str, Any]:
    """The sentiment program, run on synthetic reviews up to its training."""
    from rnnviz import listings
    from rnnviz.listings import summary

    values, names = listings.execute(listings.SENTIMENT, data=_reviews())
    for name, more in summary.counted(names).items():
        values[name] = values.get(name, ()) + more
    return dict(listing(listings.SENTIMENT, values, schematics.sentiment()).data)


@cached(1)
def manual_data() -> dict[str, Any]:
    """The RNN by hand, run."""
    from rnnviz import listings

    values, _ = listings.execute(listings.MANUAL)
    return dict(listing(listings.MANUAL, values, schematics.manual()).data)


def _reviews() -> "dict[Part, Pairs]":
    """The synthetic reviews that ship, as the program takes them."""
    from rnnviz import listings
    from rnnviz.sentiment import synthetic

    return listings.pairs(synthetic.reviews(2_000, seed=0))


def _sentiment_script() -> str:
    from rnnviz.listings.documents import sentiment_script

    return sentiment_script()


def _manual_script() -> str:
    from rnnviz.listings.documents import manual_script

    return manual_script()


def _notebook() -> str:
    from rnnviz.listings.documents import notebook

    return notebook()


SENTIMENT: Final = Program(
    "sentiment",
    "The sentiment program, block by block",
    sentiment_data,
    _sentiment_script,
    code.sentiment,
    questions.ask_sentiment,
)
MANUAL: Final = Program(
    "manual",
    "An RNN by hand against nn.RNN, block by block",
    manual_data,
    _manual_script,
    code.manual,
    questions.ask_manual,
)


def show(program: Program) -> None:
    """A program, the files of it, and the text."""
    data = program.data()
    start = frame.start(program.key, block=_block(program, data))
    components.listing({**data, "start": start}, key=program.key, on_block=lambda sent: _choose(program, data, sent))
    with st.container(horizontal=True, vertical_alignment="top"):
        numbers.below(program.key, lambda: table(data))
        widget_files.offer(
            "listing", program.key, program.title, {**data, "start": {"id": "saved", "block": _block(program, data)}},
            numbers=lambda: table(data), code=lambda: program.code(program.title, _block(program, data)),
        )  # fmt: skip
    _downloads(program)
    if program is SENTIMENT:
        running.show(data)
    predictions.show(program.ask)


def _block(program: Program, data: Mapping[str, Any]) -> str:
    """The chosen block; the first if a link names none of them."""
    names = [block["name"] for block in data["blocks"]]
    chosen = state.view(program.key) or names[0]
    if chosen not in names:
        controls.unreadable(program.key, f"one of {', '.join(names)}", names[0])
    return chosen if chosen in names else names[0]


def _choose(program: Program, data: Mapping[str, Any], sent: object) -> None:
    """Take a block from the browser, which can send anything."""
    names = [block["name"] for block in data["blocks"]]
    if sent not in names:
        return state.tell(f"a block must be one of {', '.join(names)}; nothing was changed")
    return state.choose(program.key, str(sent), names[0])


def table(data: Mapping[str, Any]) -> "DataFrame":
    """Every value that the widget shows, a row each."""
    import pandas as pd

    rows = [
        {
            "block": block["title"],
            "name": one["name"],
            "t": one["t"],
            "is": one["kind"],
            "values": " | ".join(one["rows"]),
        }
        for block in data["blocks"]
        for one in block["values"]
    ]
    return pd.DataFrame(rows)


def _downloads(program: Program) -> None:
    """The script, what it reads, and the notebook; each is made when it is asked for."""
    if state.current().present:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        _download("Script (.py)", program.script, f"{program.name}.py", "text/x-python")
        if program is SENTIMENT:
            _download("Reviews (.json)", lambda: json.dumps(_reviews(), indent=0), "reviews.json", "application/json")
        _download("Notebook of all listings (.ipynb)", _notebook, "lecture.ipynb", "application/x-ipynb+json")


def _download(label: str, made: Callable[[], str], file: str, mime: str) -> None:
    st.download_button(label, made, file, mime, key=f"in_code.{file}", on_click="ignore")
