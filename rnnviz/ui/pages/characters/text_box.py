"""The choice of a text to learn: Python's library, a box, or a file; checked, and kept for the session."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from rnnviz import jobs
from rnnviz.jobs import CharacterJob
from rnnviz.spec import TEXT_LEAST, TEXT_MOST, text_key
from rnnviz.ui.pages.characters import lesson as character_lesson
from rnnviz.ui.shell import components, frame
from rnnviz.ui.widgets import controls

PASTED_MOST: Final = 200_000
"""The most characters of a box; a browser is slow with more."""

FILE_MOST: Final = 4
"""The most megabytes of a file: ``TEXT_MOST`` characters take no more."""

SOURCES: Final = {"Python’s library": "library", "Paste a text": "pasted", "Upload a file": "file"}

_KEPT: Final = {"pasted": "characters.pasted", "file": "characters.uploaded"}
"""Where the session holds a text, so that no visit to another page loses it."""


@dataclass(frozen=True)
class Given:
    """A text to learn from.

    Attributes:
        key: What identifies it.
        content: Empty if only its key is known, from a link.
    """

    key: str
    content: str


def show(wanted: CharacterJob | None) -> Given | None:
    """The choice of a text, with its errors below; if the visitor gave none, that of ``wanted``, the link's run."""
    source = controls.choice("Text to learn from", SOURCES, key="characters.source")
    if source == "library":
        return _library()
    text = _pasted(is_linked=wanted is not None) if source == "pasted" else _uploaded()
    if text:
        return _checked(text)
    if wanted is None:
        frame.note(
            f"Use any text, in any language, of {TEXT_LEAST:,} to {TEXT_MOST:,} characters. It is sent only to "
            "this server, for this training, and is not stored there. A pasted text also stays in this tab until you "
            "close it. Everyone who gets the link to the run sees what the network generates, which can contain pieces "
            "of the text."
        )
        return None
    content = jobs.text_of(wanted.specs[0].text)
    if not content:
        st.caption("The run of this link was trained on somebody’s text, which is not shown or stored here.")
    return Given(wanted.specs[0].text, content)


def _library() -> Given | None:
    text = character_lesson.library_text()
    if not text:
        st.error("This Python has no sources of its library. Paste a text or upload a file.")
        return None
    return _checked(text, "The beginning of the standard library of the Python that runs this page: ")


def _pasted(*, is_linked: bool) -> str:
    """The text in the box, which a reload brings back from the visitor's own tab."""
    kept, widget = _KEPT["pasted"], "box_characters.pasted"
    found = {"box": widget.replace(".", "-"), "begun": kept in st.session_state, "linked": is_linked}
    components.kept_text(found, key="characters.kept_text", on_found=_take)
    st.html("<style>.st-key-characters-kept_text { display: none; }</style>")
    st.session_state[widget] = st.session_state.get(kept, "")
    st.text_area(
        f"Your text, at most {PASTED_MOST:,} characters. Press Ctrl+Enter to apply.", key=widget, height=180,
        on_change=lambda: st.session_state.update({kept: st.session_state[widget]}),
    )  # fmt: skip
    text: str = st.session_state[widget]
    if len(text) > PASTED_MOST:
        st.error(
            f"A pasted text must have at most {PASTED_MOST:,} characters; got {len(text):,}. A file may have more."
        )
        return ""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _take(sent: object) -> None:
    """Take the text that the tab had; a browser can send anything."""
    if isinstance(sent, str) and _KEPT["pasted"] not in st.session_state:
        st.session_state[_KEPT["pasted"]] = sent[: 5 * PASTED_MOST].encode("utf-8", "replace").decode("utf-8")


def _uploaded() -> str:
    """The text of the last file that could be read; an unreadable file is reported, and does not replace it."""
    from rnnviz.characters.corpus import decoded

    kept = _KEPT["file"]
    file = st.file_uploader(
        f"A text file in UTF-8, at most {FILE_MOST} MB and {TEXT_MOST:,} characters", key="characters.file",
        max_upload_size=FILE_MOST,
    )  # fmt: skip
    if file is not None:
        try:
            text = decoded(file.getvalue())
            text_key(text)
            st.session_state[kept] = (file.name, text)
        except ValueError as error:
            st.error(frame.plain(f"{file.name[:40]}: {error}"))
    known: tuple[str, str] = st.session_state.get(kept, ("", ""))
    name, text = known
    if text:
        st.caption(frame.plain(f"{name[:60]} begins: {' '.join(text[:160].split())} …"))
    return text


def _checked(text: str, said: str = "") -> Given | None:
    try:
        key = text_key(text)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return None
    st.caption(f"{said}{len(text):,} characters, {len(set(text)):,} different ones.")
    return Given(key, text)
