"""All terms of the glossary as one text, so that it is one message and each heading has an anchor."""

from functools import cache

import streamlit as st

from rnnviz import glossary
from rnnviz.glossary import Term
from rnnviz.ui.shell import frame, notations


def show() -> None:
    """Every term with its explanation and a link to a view that shows it."""
    with st.container(key="glossary"):
        st.markdown(notations.written(_text()), width=frame.PROSE_WIDTH, unsafe_allow_html=True)


@cache
def _text() -> str:
    return "\n\n".join(map(_entry, glossary.terms()))


def _entry(term: Term) -> str:
    plurals = {f"{spelling}s" for spelling in term.spellings}
    others = [spelling for spelling in term.spellings[1:] if spelling not in plurals]
    also = f"*Also: {', '.join(others)}.* " if others else ""
    link = f'<a class="rnnviz-within" href="{term.address}" target="_self">{term.label}</a>'
    return f"## {term.name}\n\n{term.text}\n\n{also}See it: {link}."
