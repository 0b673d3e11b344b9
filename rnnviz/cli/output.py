"""The files that commands are given: which must exist, and where shipped files go if nobody names a folder."""

from pathlib import Path

from rnnviz.places import IS_INSTALLED


def chosen(given: Path | None, shipped: Path) -> Path:
    """The path given with ``--out``; without one, in a checkout, where the package ships it.

    Raises:
        ValueError: If no path was given and the package is installed: its files belong to all users of the environment.
    """
    if given is not None:
        return given
    if IS_INSTALLED:
        raise ValueError("--out must be given: by default this command replaces what ships, which is installed here")
    return shipped


def existing_file(path: Path, option: str) -> Path:
    """A file that an option names.

    Raises:
        ValueError: If there is no such file, or it is a folder.
    """
    if path.is_file():
        return path
    got = f"the folder {path}" if path.is_dir() else f"{path}, where there is none"
    raise ValueError(f"{option} must be a file that is there; got {got}")


def writable_file(path: Path, option: str) -> Path:
    """A file that an option names, to be written.

    Raises:
        ValueError: If its folder does not exist, or the path is a folder.
    """
    if path.is_dir():
        raise ValueError(f"{option} must be a file; got the folder {path}")
    if not path.parent.is_dir():
        raise ValueError(f"{option} must be in a folder that is there; got {path}")
    return path
