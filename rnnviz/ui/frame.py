"""What every page has: its set-up, the navigation, what was wrong with the link, and text that explains."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st

from rnnviz.ui import state, warmup
from rnnviz.ui.selection import Selection

TEXTS: Final = Path(__file__).resolve().parents[2] / "assets" / "text"


@dataclass(frozen=True)
class Page:
    """A page of the lecture path.

    Attributes
    ----------
    path : str
        As ``st.page_link`` takes it.
    title, question, answer : str
        What it is called, what it answers, and how.
    """

    path: str
    title: str
    question: str
    answer: str


HOME: Final = Page("app.py", "Home", "Where does the lecture lead?", "")
PATH: Final = (
    Page(
        "pages/1_Step_through.py",
        "Step through",
        "What happens inside the cell at every step?",
        "The network unrolled, one step at a time: every product, gate and state, and what each number is made of.",
    ),
)
"""The pages in the order of the lecture."""


def begin(title: str) -> Selection:
    """Set the page up, draw the navigation, and keep the link true.

    Parameters
    ----------
    title : str
        Of a page in ``PATH``, or ``Home``.

    Returns
    -------
    Selection
        What the visitor is looking at.
    """
    page = next(page for page in (HOME, *PATH) if page.title == title)
    heading = "rnnviz" if page is HOME else f"{title} · rnnviz"
    st.set_page_config(page_title=heading, page_icon="🔬", layout="wide")
    warmup.start()
    _count_visit(title)
    with st.sidebar:
        st.page_link(HOME.path, label="**rnnviz**")
        for stop in PATH:
            st.page_link(stop.path, label=stop.title)
    if page is not HOME:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.title(title, anchor=False, width="content")
            st.markdown(page.question, width="content")
    selection = state.current()
    for message in state.messages():
        st.warning(plain(message))
    state.write_link()
    return selection


def visit() -> int:
    """A number that grows whenever a page is opened: what belongs to the browser starts anew with it."""
    return int(st.session_state.get("visit", 0))


def explain(name: str) -> None:
    """Show the prose of ``assets/text/<name>.md``."""
    st.markdown((TEXTS / f"{name}.md").read_text(encoding="utf-8"))


def _count_visit(title: str) -> None:
    if st.session_state.get("page") != title:
        st.session_state["page"] = title
        st.session_state["visit"] = visit() + 1


def plain(message: str) -> str:
    """A message with every sign of Markdown made harmless, since it may quote what a visitor or a link said."""
    return "".join(f"\\{char}" if char in r"\`*_{}[]()#+-.!|<>~$:&" else char for char in message)
