"""What a new process loads in the background, so that the first page with a network is not slow."""

import gc
import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final

HEAVY: Final = ("pandas", "plotly.graph_objects", "rnnviz.stepping", "rnnviz.figures")
"""Imported in this order after torch, which takes by far the longest."""

HEAD_START: Final = 1.5
"""Seconds left to the first visitor: beside the imports the home page took 1.7 s to paint, without them 1 s."""

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_done = threading.Event()
_has_torch = threading.Event()
_thread: threading.Thread | None = None


@dataclass(frozen=True)
class Warmth:
    """The state of the warm-up.

    Attributes:
        ready: Whether everything heavy is loaded.
        torch_threads: Threads that a torch operation may use; None while torch is not ready.
        frozen: Objects that the garbage collector need not look at again.
        full_collections: Garbage collections of everything else, in the life of the process; a number that grows with
            every rerun means that ``runner.postScriptGC`` is on.
    """

    ready: bool
    torch_threads: int | None
    frozen: int
    full_collections: int


def start(then: Callable[[], None] = lambda: None) -> None:
    """Begin the warm-up in the background, once a process, and run ``then`` after it; further calls return at once."""
    global _thread  # noqa: PLW0603 - once a process is the point
    if _thread is not None:
        return
    with _lock:
        if _thread is None:
            if "torch" in sys.modules:  # whoever began this process has imported it
                _has_torch.set()
            # Not a daemon: a process that ends in the middle of an import of torch may crash.
            _thread = threading.Thread(target=_run, args=(then,), name="rnnviz-warmup", daemon=False)
            _thread.start()


def is_loading() -> bool:
    """Whether torch is still to be loaded: what needs a network would wait for seconds."""
    return _thread is not None and not _has_torch.is_set()


def load_torch() -> None:
    """Load torch at once, so that no page shows anything in place of what a network computes."""
    import_module("torch").set_num_threads(1)
    _has_torch.set()


def warmth() -> Warmth:
    """What is loaded by now."""
    ready = _done.is_set()
    threads = import_module("torch").get_num_threads() if ready else None
    return Warmth(
        ready=ready,
        torch_threads=threads,
        frozen=gc.get_freeze_count(),
        full_collections=gc.get_stats()[-1]["collections"],
    )


def _run(then: Callable[[], None]) -> None:
    _warm()
    _has_torch.set()  # also where that failed: pages load what they need themselves, and say what is wrong
    then()


def _warm() -> None:
    """Load what is heavy, then exempt it from garbage collection."""
    _done.wait(HEAD_START)
    try:
        load_torch()
        for name in HEAVY:
            import_module(name)
    except Exception:  # noqa: BLE001 - whatever it is, it must reach the log
        _log.exception("the warm-up failed; pages will load what they need themselves")
        return
    gc.collect()
    gc.freeze()
    _done.set()
