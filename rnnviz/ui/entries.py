"""What is typed into the boxes that one page has alone: kept in the session and in the link."""

from rnnviz.ui import state
from rnnviz.ui.selection import MAX_ENTRY


def get(name: str, default: str) -> str:
    """What stands in a box.

    Parameters
    ----------
    name : str
        ``<page>.<box>``, lower-case letters and underscores.
    default : str

    Returns
    -------
    str
        At most ``selection.MAX_ENTRY`` characters of anybody's: whoever asks has to check them.
    """
    kept = state.entry(name)
    return default if kept is None else kept


def keep(name: str, text: str, default: str, most: int = MAX_ENTRY) -> None:
    """Keep what was typed, of what is too long its beginning; the default needs no keeping.

    A box of Streamlit's with a limit drops a long paste in silence, so boxes have none and this is asked.

    Parameters
    ----------
    name : str
        ``<page>.<box>``.
    text : str
    default : str
    most : int, default MAX_ENTRY
        Characters; the next run of the page says where there were more.
    """
    if len(text) > most:
        state.tell(f"A text must have at most {most:,} characters; got {len(text):,}: the first {most:,} are read")
    state.enter(name, text[:most], default)
