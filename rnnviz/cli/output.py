"""The files that commands are given: which must be there, and where what ships is written if nobody names a folder."""

from pathlib import Path

from rnnviz.places import IS_INSTALLED


def chosen(given: Path | None, shipped: Path) -> Path:
    """The file or folder that was given with ``--out``; in a checkout, where it ships, if none was.

    Raises:
        ValueError: If none was given and the package is installed: what ships is then everybody's who uses this
            environment.
    """
    if given is not None:
        return given
    if IS_INSTALLED:
        raise ValueError("--out must be given: by default this command replaces what ships, which is installed here")
    return shipped


def existing_file(path: Path, option: str) -> Path:
    """A file that an option names, which must be there.

    Raises:
        ValueError: If it is not, or if it is a folder.
    """
    if path.is_file():
        return path
    got = f"the folder {path}" if path.is_dir() else f"{path}, where there is none"
    raise ValueError(f"{option} must be a file that is there; got {got}")


def writable_file(path: Path, option: str) -> Path:
    """A file that an option names, which is to be written: its folder must be there.

    Raises:
        ValueError: If it is not, or if the path is that of a folder itself.
    """
    if path.is_dir():
        raise ValueError(f"{option} must be a file; got the folder {path}")
    if not path.parent.is_dir():
        raise ValueError(f"{option} must be in a folder that is there; got {path}")
    return path
