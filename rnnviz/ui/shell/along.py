"""One line at the top of a page: the visitor's network and text of another page come along, and go again."""

from html import escape
from typing import Final

import streamlit as st

from rnnviz.page_registry import Page
from rnnviz.ui.selection import Selection, network, state
from rnnviz.ui.selection.described import line
from rnnviz.ui.shell import touring

TAKE: Final = "Take your {} along"
BACK: Final = "This page’s example"

_KEY: Final = "along"
_MOST: Final = 60
"""The most characters of a text that are shown."""

_LOOKS: Final = f"""<style>
.st-key-{_KEY} {{ column-gap: 0.75rem; row-gap: 0; }}
.st-key-{_KEY} button {{ min-height: 1.5rem; padding: 0; }}
.st-key-{_KEY} p.along {{
  margin: 0; font-size: 0.875rem; line-height: 1.5rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
}}
@media (max-width: 640px) {{ .st-key-{_KEY} p.along {{ display: none; }} }}
</style>"""


def show(page: Page) -> None:
    """Offer what the visitor last chose on another page, and the way back; nothing while presenting or at a stop."""
    selection, other, can_go_back = state.current(), state.can_take(), state.can_go_back()
    if selection.present or touring.is_at_stop(page.title) or not (other or can_go_back):
        return
    with st.container(key=_KEY, horizontal=True, vertical_alignment="center"):
        st.html(_LOOKS)
        if other is not None:
            title, wanted = other
            said = TAKE.format(state.would_come())
            st.button(f":primary[{said}]", key="along.take", type="tertiary", on_click=state.take_along)
            _say(f"from {title}: {_in_words(wanted)}")
        if can_go_back:
            st.button(f":primary[{BACK}]", key="along.back", type="tertiary", on_click=state.go_back)
            if other is None:
                _say(f"This page shows your {state.has_come()}.")


def _say(words: str) -> None:
    st.html(f'<p class="along">{escape(words)}</p>', width="content")


def _in_words(selection: Selection) -> str:
    """The network in a line, and the beginning of its text."""
    text = " ".join(selection.text.split())
    shown = text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
    return f"{line(network(selection), len(selection.edits))}, “{shown}”"
