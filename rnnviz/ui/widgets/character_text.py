"""The text whose characters the page shows: one of ours, or one that the visitor has pasted."""

from typing import Final

import streamlit as st

from rnnviz.caching import cached
from rnnviz.characters import corpus
from rnnviz.characters.neurons import DEFAULT_MODULE
from rnnviz.ui.selection import entries
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import frame, networks
from rnnviz.ui.widgets.character_networks import sign, subject_of

LONGEST: Final = 5_000
"""The most characters that are read."""

USUAL: Final = 2_000
"""About the characters of our own text."""

_ENTRY: Final = "characters.read"
_MARK: Final = "class "
_PLAY: Final = "KING:\n"


def text_of(network: str) -> str:
    """The text, 1 to ``LONGEST`` characters; says on the page what the network does not know of it."""
    text = _kept() or usual(network)
    _tell_unknown(network, text)
    return text


def box(network: str) -> None:
    """The box for another text, which opens at a click."""
    st.html("<style>.st-key-characters_other { align-self: center; }</style>")
    with st.container(key="characters_other", width="content"), st.popover("Another text", width="content"):
        st.session_state["box_characters.read"] = _kept() or usual(network)
        st.text_area(
            f"Text, at most {LONGEST:,} characters", key="box_characters.read", height=220, width=640, on_change=_take,
            help="Ctrl+Enter takes it; an empty box brings ours back.",
        )  # fmt: skip


@cached(12)
def usual(network: str) -> str:
    """The text if nothing was pasted: part of a Python module that no network learned, or what this one writes."""
    path = corpus.library() / DEFAULT_MODULE
    if subject_of(network) == "python" and path.is_file():  # an interpreter may come without sources
        source = corpus.normalised(path.read_text(encoding="utf-8", errors="replace"))
        start = max(0, source.find(f"\n{_MARK}") + 1)
        end = source.find("\n", start + USUAL)
        return source[start : end + 1 if end >= 0 else None]
    from rnnviz.characters.generating import generate

    prompt = _MARK if subject_of(network) == "python" else _PLAY
    return generate(networks.character_model(network), prompt, count=1_000, temperature=0.6, seed=1).text


def said(network: str, text: str) -> str:
    """A description of the text."""
    if text != usual(network):
        return "your text"
    if subject_of(network) == "python" and (corpus.library() / DEFAULT_MODULE).is_file():
        return f"from {DEFAULT_MODULE}, a module of the standard library that no network here was trained on"
    return "written by this network at temperature 0.6, seed 1"


def _kept() -> str:
    """The pasted text in readable form; empty if there is none."""
    return entries.get(_ENTRY, "", LONGEST).replace("\r\n", "\n").replace("\r", "\n")


def _take() -> None:
    """Take the text in the box."""
    entries.keep(_ENTRY, st.session_state["box_characters.read"], "", LONGEST)


def _tell_unknown(network: str, text: str) -> None:
    alphabet = networks.character_model(network).alphabet
    unknown = alphabet.unknown(text)
    if unknown:
        named = " ".join(sign(symbol) for symbol in unknown[:12]) + (" …" if len(unknown) > 12 else "")
        st.warning(
            frame.plain(f"The network does not know {quoted(named)}: it reads {sign(alphabet.replacement)} there.")
        )
