"""A private instance of the application, on a free port, while pictures are made."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from rnnviz import places
from rnnviz.export.links import ADDRESS_VARIABLE

PATIENCE: Final = 120.0
"""Seconds from its start until it is ready, on a busy machine."""


@contextmanager
def running(address: str, folder: Path) -> Iterator[str]:
    """The URL of an application that is ready; the application ends with the block.

    Args:
        address: What the links in its files begin with.
        folder: Where its output goes.

    Raises:
        OSError: If it does not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    log = folder / "application.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-P", "-m", "rnnviz", "app", "--port", url.rpartition(":")[2]],
            cwd=places.ROOT,
            env={**os.environ, ADDRESS_VARIABLE: address, **places.search_path()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, url, log)
        yield url
    finally:
        _end(process)


def is_ready(url: str) -> bool:
    """Whether an application answers that it is ready."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:  # noqa: S310 - an address of the web
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def check(url: str) -> None:
    """Make sure that an application that somebody else started answers.

    Raises:
        OSError: If none answers.
    """
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=10) as answer:  # noqa: S310 - an address of the web
            said = answer.read(10)
    except (urllib.error.URLError, OSError) as error:
        raise OSError(f"the server must be an application that runs; at {url} there is none: {error}") from None
    if said.strip() != b"ok":
        raise OSError(f"the server must be an application that runs; at {url} there is something else")


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_ready(url):
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
            raise OSError("the application did not start; it said:\n  " + "\n  ".join(said or ["nothing"]))
        time.sleep(0.05)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ask the process to end, then end it and all that it has started."""
    for gently in (True, False):
        if process.poll() is None:
            _signal(process, gently=gently)
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)


def _signal(process: "subprocess.Popen[bytes]", *, gently: bool) -> None:
    with suppress(ProcessLookupError):
        if os.name != "nt":
            os.killpg(process.pid, signal.SIGTERM if gently else signal.SIGKILL)
        elif gently:
            process.terminate()
        else:
            process.kill()
