"""What is typed into the boxes that one page has alone: kept in the session and in the link."""

from rnnviz.ui import state


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


def keep(name: str, text: str, default: str) -> None:
    """Keep what was typed; the default needs no keeping.

    Parameters
    ----------
    name : str
        ``<page>.<box>``.
    text : str
        Where it is too long, nothing is kept and the next run of a page says so.
    default : str
    """
    state.enter(name, text, default)
