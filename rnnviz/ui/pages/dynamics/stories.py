"""Networks whose fixed points tell what they have learned, each opened by one click."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from rnnviz import checkpoints
from rnnviz.ui.selection import DEFAULT, state, trained
from rnnviz.ui.shell import frame

_ZEROS: Final = {"views": (("dynamics.input", "zeros"),)}
_EXAMPLES: Final = {"views": (("dynamics.starts", "from-examples"),)}
_UNTRAINED: Final = {
    "trained": "",
    "hidden_size": 32,
    "num_layers": 1,
    "bidirectional": False,
    "input": "words",
    "words": DEFAULT.words,
}

STORIES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "Flip-flops": ("A stable point for each of the eight memories", {"trained": "flip-flop", "cell": "gru", "t": 2}),
    "Bracket depth": ("A stable point for each depth", {"trained": "brackets", "cell": "gru", "t": 17, **_EXAMPLES}),
    "Latch, RNN": ("One stable point: it remembers nothing", {"trained": "latch", "cell": "rnn", "t": 8, **_EXAMPLES}),
    "Latch, GRU": ("Two stable points: yes and no", {"trained": "latch", "cell": "gru", "t": 8, **_EXAMPLES}),
    "Latch, LSTM": ("Two stable points: yes and no", {"trained": "latch", "cell": "lstm", "t": 8, **_EXAMPLES}),
    "Parity": ("A saddle from which the state jumps from side to side", {"trained": "parity", "cell": "gru", "t": 0}),
    "Reviews": ("A slow direction", {"trained": "reviews-lecture-lstm", "cell": "lstm", "t": 0, **_ZEROS}),
    "Untrained": ("A single stable point", {"cell": "gru", "t": 3, **_UNTRAINED}),
}
"""Each button's description, and what it sets."""

_OWN: Final = "dynamics."


def buttons() -> None:
    """A button a story."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Examples", width="content")
        for name, (help_text, changes) in STORIES.items():
            st.button(name, key=f"dynamics.story {name}", help=help_text, on_click=open_story, args=(changes,))


def open_story(changes: Mapping[str, Any]) -> None:
    """Look at a story, with the defaults of this page and what is typed on others left alone."""
    now = state.current()
    others = (view for view in now.views if not view[0].startswith(_OWN))
    views = tuple(sorted((*others, *changes.get("views", ()))))
    state.try_update(**{**_text(changes), **changes, "views": views, "layer": 0, "direction": "forward", "edits": ()})
    frame.begin_anew()


def _text(changes: Mapping[str, Any]) -> dict[str, str]:
    """The example that a trained network comes with, also where another text was typed for it."""
    if not changes["trained"]:
        return {}
    known = checkpoints.load(f"{changes['trained']}-{changes['cell']}")
    return {"numbers" if known.splits == "numbers" else "words": trained.example_of(known)}
