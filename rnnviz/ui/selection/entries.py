"""The texts in boxes that only one page has: kept in the session and in the link."""

from typing import Final

from rnnviz.ui.selection import state

USUAL: Final = 2_000
"""The most characters of a box without a limit of its own; no box may have more than ``fields.MAX_ENTRY``."""


def get(name: str, default: str, most: int = USUAL) -> str:
    """The text in a box, at most ``most`` characters. Anybody may have written it, so the caller has to check it.

    Args:
        name: ``<page>.<box>``, lower-case letters and underscores.
    """
    kept = state.entry(name)
    if kept is not None and len(kept) > most:  # from a link that nobody here has made
        keep(name, kept, default, most)
        state.begin_again()
    return default if kept is None else kept[:most]


def keep(name: str, text: str, default: str, most: int = USUAL) -> None:
    """Keep what was typed, cut to ``most`` characters, which the page's next run reports; the default needs no keeping.

    Streamlit's own limit would drop a long paste without a word, so boxes have none and this function cuts.

    Args:
        name: ``<page>.<box>``.
    """
    if len(text) > most:
        state.tell(f"A text must have at most {most:,} characters; got {len(text):,}: the first {most:,} are used")
    state.enter(name, text[:most], default)


def number_in(text: str, count: int) -> int | None:
    """The whole number in 0..``count`` - 1 that a text is; None of any other. Anybody may have written it."""
    number = int(text) if len(text) < 10 and text.isascii() and text.isdecimal() else count
    return number if number < count else None
