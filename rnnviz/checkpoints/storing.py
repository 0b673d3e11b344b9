"""Arrays and a note about them as one safetensors file, written as a whole or not at all."""

import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as read_tensors
from safetensors.numpy import save as tensors_as_bytes


def packed(tensors: Mapping[str, np.ndarray], note: Mapping[str, Any], called: str = "note") -> bytes:
    """The content of a file; equal arguments give equal bytes.

    Parameters
    ----------
    tensors : mapping of str to ndarray
    note : mapping of str to object
        Plain data.
    called : str, default "note"
        What the note is called in the file.

    Returns
    -------
    bytes
    """
    return tensors_as_bytes(
        {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()},
        metadata={called: json.dumps(note)},  # one entry, since the order of several would differ
    )


def unpacked(content: bytes, called: str = "note") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """What ``packed`` was given.

    Parameters
    ----------
    content : bytes
    called : str, default "note"

    Returns
    -------
    tensors : dict of str to ndarray
    note : dict of str to object

    Raises
    ------
    ValueError
        If it is nothing of the kind.
    """
    try:
        tensors = read_tensors(content)
        # What read_tensors took has a header that is as long as its first eight bytes say.
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        note = json.loads(header["__metadata__"][called])
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"expected a safetensors file with a note; {type(error).__name__}: {error}") from error
    if not isinstance(note, dict):
        raise ValueError(f"a note must be an object; got {note!r:.80}")  # noqa: TRY004 - it is data from outside
    return tensors, note


def write(path: Path, content: bytes) -> Path:
    """Write a file that is never seen half done.

    Parameters
    ----------
    path : Path
        Its folder is made if it is missing.
    content : bytes

    Returns
    -------
    Path
        The same.

    Raises
    ------
    OSError
        If the disk does not take it; nothing is left of it then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half_done = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        half_done.write_bytes(content)
        half_done.replace(path)
    except OSError:
        with suppress(OSError):
            half_done.unlink()
        raise
    return path
