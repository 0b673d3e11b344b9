"""What is typed into the boxes that one page has alone: kept in the session and in the link."""

from typing import Final

from rnnviz.ui.selection import state

USUAL: Final = 2_000
"""The most characters of a box that says nothing else; no box may have more than ``selection.MAX_ENTRY``."""


def get(name: str, default: str, most: int = USUAL) -> str:
    """What stands in a box.

    Args:
        name: ``<page>.<box>``, lower-case letters and underscores.
        most: Characters.

    Returns:
        At most ``most`` characters of anybody's: whoever asks has to check them.
    """
    kept = state.entry(name)
    if kept is not None and len(kept) > most:  # from a link that nobody here has made
        keep(name, kept, default, most)
        state.begin_again()
    return default if kept is None else kept[:most]


def keep(name: str, text: str, default: str, most: int = USUAL) -> None:
    """Keep what was typed, of what is too long its beginning; the default needs no keeping.

    A box of Streamlit's with a limit drops a long paste in silence, so boxes have none and this is asked.

    Args:
        name: ``<page>.<box>``.
        most: Characters; the next run of the page says where there were more.
    """
    if len(text) > most:
        state.tell(f"A text must have at most {most:,} characters; got {len(text):,}: the first {most:,} are read")
    state.enter(name, text[:most], default)
