"""A server of our own for a test: started on a free port, waited for, ended with all it has started."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PATIENCE: Final = 60.0
"""Seconds that a server may take on a machine busy with other things."""


@dataclass(frozen=True)
class Answer:
    """What a server said to one request."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Server:
    """A running server: ``url`` has no slash at its end, ``log`` is the file with all it has printed."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> Answer:
        """The answer to a GET request, whatever its status."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as response:
                return Answer(response.status, dict(response.headers), response.read().decode(errors="replace"))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read().decode(errors="replace"))

    def wait_until_ready(self) -> None:
        """Return once the warm-up is done, so that imports slow no measurement."""
        deadline = time.monotonic() + PATIENCE
        while self.get("/readyz").status != 200:
            assert time.monotonic() < deadline, f"not ready after {PATIENCE} s:\n{self.log.read_text()}"
            time.sleep(0.05)


def free_port() -> int:
    """A port of this machine that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(
    log: Path,
    *,
    cwd: Path = ROOT,
    program: Sequence[str] = (sys.executable, "-m"),
    command: Sequence[str] = ("rnnviz", "app", "--port"),
    environment: Mapping[str, str] | None = None,
    port: int | None = None,
    health: str = "/_stcore/health",
) -> Iterator[Server]:
    """A fresh ``python -m rnnviz app`` that answers; its output goes to a file, as a full pipe would stop it.

    The environment is that of the tests, with this checkout in it, unless another is given; the port is a free one.
    ``health`` is what it answers as soon as it runs; another server has another one.
    """
    port = port or free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*program, *command, str(port)],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT)} if environment is None else environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", log, process)
    try:
        _wait_for_health(server, health)
        yield server
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those it has started, gently first."""
    for how in ("SIGTERM", "SIGKILL"):
        if process.poll() is not None:
            return
        _signal_group(process, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)


def _signal_group(process: subprocess.Popen[bytes], how: str) -> None:
    if os.name == "nt":
        process.kill() if how == "SIGKILL" else process.terminate()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, getattr(signal, how))


def _wait_for_health(server: Server, path: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert server.process.poll() is None, f"the server has ended:\n{server.log.read_text()}"
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            if server.get(path).status == 200:
                return
        assert time.monotonic() < deadline, f"no answer after {PATIENCE} s:\n{server.log.read_text()}"
        time.sleep(0.05)
