"""The text of a visitor that Match searches with a network from a file: pasted or uploaded, a sequence a line."""

from typing import Final

import streamlit as st

from rnnviz import checkpoints
from rnnviz.caching import cached
from rnnviz.checkpoints import Checkpoint
from rnnviz.checkpoints.classifiers import splitter, unit_of
from rnnviz.ui.selection import entries
from rnnviz.ui.selection.changes import STATES_LIMIT
from rnnviz.ui.selection.fields import MAX_ENTRY, quoted
from rnnviz.ui.selection.trained import refusal
from rnnviz.ui.shell import frame

MOST: Final = 200_000
"""The most characters of the box; a browser is slow with more."""

_ENTRY: Final = "hidden_states.text"
"""In the link: the text, if it has room there."""

_LONG: Final = "hidden_states.long_text"
"""In the session: a text that no link has room for."""

_PROBLEM: Final = "hidden_states.text_problem"
_TAKEN: Final = "hidden_states.text_taken"


def box(known: Checkpoint) -> str:
    """The text in the box; empty if there is none or the network cannot read it, which is said below the box."""
    key = f"typed_{_ENTRY}"
    st.session_state[key] = text = entries.get(_ENTRY, "", MAX_ENTRY) or st.session_state.get(_LONG, "")
    st.text_area(
        "Text to search, each line a sequence. Press Ctrl+Enter to apply.", key=key, height=110,
        on_change=lambda: take(st.session_state[key]), placeholder="Paste a text of the kind that the network reads.",
    )  # fmt: skip
    _upload()
    if said := st.session_state.get(_PROBLEM, ""):
        st.error(frame.plain(said))
    if len(text) > MAX_ENTRY:
        st.caption(f"A text of more than {MAX_ENTRY:,} characters is not in the link.")
    if not text.strip():
        return ""
    try:
        sequences_in(known.name, text)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return ""
    return text


def take(typed: str) -> None:
    """Search a text from now on: in the link if that has room for it, else in the session alone."""
    text = typed.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    problem = ""
    if len(text) > MOST:
        problem = f"A text must have at most {MOST:,} characters; got {len(text):,}: the first {MOST:,} are searched."
    st.session_state[_PROBLEM], text = problem, text[:MOST]
    is_short = len(text) <= MAX_ENTRY
    st.session_state[_LONG] = "" if is_short else text
    entries.keep(_ENTRY, text if is_short else "", "", MAX_ENTRY)


def lines_of(text: str) -> dict[int, str]:
    """The lines that are not empty, by their numbers in the text: from 1, as editors count them."""
    return {number: line for number, line in enumerate(text.split("\n"), start=1) if line.strip()}


@cached(4)
def sequences_in(name: str, text: str) -> list[tuple[str, ...]]:
    """The tokens of each line that is not empty.

    Args:
        name: The checkpoint's.

    Raises:
        ValueError: If the network cannot read a line, or it is too long: which line, what was expected and what was
            got.
    """
    known = checkpoints.load(name)
    lines, most = lines_of(text), longest_line(known)
    read = splitter(known, list(lines.values()))
    found = []
    for number, line in lines.items():
        try:
            tokens = read(line)
        except ValueError as error:
            raise ValueError(f"{_named(number, line)}: {error}") from None
        if len(tokens) > most:
            raise ValueError(
                f"{_named(number, line)} must have at most {most:,} {unit_of(known)}s for this network; got "
                f"{len(tokens):,}. Divide it into several lines."
            )
        if strange := known.unreadable(tokens):
            raise ValueError(f"{_named(number, line)}: {refusal(known, strange)}")
        found.append(tokens)
    return found


def longest_line(known: Checkpoint) -> int:
    """The most tokens of a line: the states of one pass are bounded as on every page."""
    model = known.model
    return STATES_LIMIT // (model.hidden_size * model.num_layers * len(model.directions))


def _named(number: int, line: str) -> str:
    """A line by its number in the text, as in the table, and how it begins."""
    return f"Line {number} ({quoted(line[:30])})"


def _upload() -> None:
    """Put a text file into the box, where it can be seen and changed."""
    with st.expander("From a text file"):
        file = st.file_uploader(
            "Text file", type=["txt"], key="hidden_states.text_file", label_visibility="collapsed", max_upload_size=1
        )
    if file is None or st.session_state.get(_TAKEN) == file.file_id:
        return
    st.session_state[_TAKEN] = file.file_id
    try:
        text = file.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError:
        st.session_state[_PROBLEM] = f"{file.name[:40]} must be text in UTF-8; got other bytes. The text before stays."
    else:
        take(text)
    st.rerun()
