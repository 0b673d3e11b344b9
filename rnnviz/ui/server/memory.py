"""Gives free memory back to the system, where the C library (glibc, that of Linux) has a function for it.

glibc keeps what threads have freed in a heap for each of them, and a server has a thread for each visitor.
"""

import ctypes
import threading
import time
from typing import Any, Final

EVERY: Final = 5.0
"""Seconds between two such calls."""

_ARENAS: Final = 2
_ALONE: Final = 2**18  # bytes from which on an allocation is mapped by itself, and given back when it is freed
_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # as malloc.h has them


def start() -> None:
    """Give free memory back from now on; nothing happens where that cannot be done."""
    library = _library()
    if library is not None:
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_MMAP_THRESHOLD, _ALONE)
        threading.Thread(target=_give_back, args=(library,), name="rnnviz-memory", daemon=True).start()


def _library() -> Any:
    """The C library, if it has the function."""
    try:
        library = ctypes.CDLL(None)
        _ = library.mallopt, library.malloc_trim
    except (OSError, TypeError, AttributeError):
        return None
    return library


def _give_back(library: Any) -> None:
    while True:
        time.sleep(EVERY)
        library.malloc_trim(0)
