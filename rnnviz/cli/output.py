"""Where commands write what ships, if nobody names a folder."""

from pathlib import Path

from rnnviz.places import IS_INSTALLED


def chosen(given: Path | None, shipped: Path) -> Path:
    """The file or folder that was given with ``--out``; in a checkout, where it ships, if none was.

    Parameters
    ----------
    given : Path or None
    shipped : Path

    Raises
    ------
    ValueError
        If none was given and the package is installed: what ships is then everybody's who uses this environment.
    """
    if given is not None:
        return given
    if IS_INSTALLED:
        raise ValueError("--out must be given: by default this command replaces what ships, which is installed here")
    return shipped
