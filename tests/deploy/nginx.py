"""Finds nginx for the tests of deploy/, or installs it: ``python -m tests.deploy.nginx``."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests import installing
from tests.serving import PATIENCE, ROOT, end, free_port

CONFIGURATION: Final = ROOT / "deploy" / "nginx.conf"
PORTS: Final = (8501, 8502)
"""The ports of the replicas, as the configuration has them."""

COOKIE: Final = "rnnviz_replica"
"""The cookie that names the replica of a visitor."""

PLACES: Final = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
"""Where nginx is on systems whose PATH leaves it out for users."""

SERVICES: Final = Path("/run/systemd/system")
"""There where the system starts the services of a package that is installed."""

ADVICE: Final = """\
No nginx was found, and none was installed. Install it the way this system installs programs (Debian: apt-get install
nginx; macOS: brew install nginx), then run the tests again. Where the package starts a web server at port 80, you can
end it (systemctl disable --now nginx): the tests start one of their own."""


def find() -> Path | None:
    """The program, if it is here."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{PLACES}")
    return Path(found) if found else None


def require() -> Path:
    """The program, installed if there is none; says what it does.

    It is installed only where that starts no server: a test must not open a port of somebody's machine.

    Raises:
        FileNotFoundError: If it is not here and is not installed.
    """
    way = installing.apt("nginx") if find() is None and not SERVICES.is_dir() else None
    if way is not None:
        installing.run("nginx", *way)
    program = find()
    if program is None:
        raise FileNotFoundError(ADVICE)
    print(f"nginx: {program}", flush=True)
    return program


def configuration(listen: int, replicas: Sequence[int]) -> str:
    """The shipped configuration with the addresses and ports of this machine, and nothing else changed."""
    here = {"listen 8080": f"listen 127.0.0.1:{listen}", "app-1": "127.0.0.1", "app-2": "127.0.0.1"}
    here |= {str(written): str(port) for written, port in zip(PORTS, replicas, strict=True)}
    text = CONFIGURATION.read_text(encoding="utf-8")
    assert all(written in text for written in here)
    return re.sub("|".join(here), lambda found: here[found[0]], text)


@contextlib.contextmanager
def running(folder: Path, replicas: Sequence[int]) -> Iterator[str]:
    """nginx with the shipped configuration before servers at these ports of this machine; gives its address.

    It keeps all that it writes in ``folder``.
    """
    port = free_port()
    file, log = folder / "nginx.conf", folder / "nginx.log"
    file.write_text(configuration(port, replicas), encoding="utf-8")
    # Started by root, nginx works as another user, who may not enter the folders of the tests.
    settings = "daemon off;" if os.geteuid() else "daemon off; user root;"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [require(), "-e", "stderr", "-p", f"{folder}/", "-c", file, "-g", settings],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, f"nginx has ended:\n{log.read_text()}"
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
            return
        assert time.monotonic() < deadline, f"nginx does not answer:\n{log.read_text()}"
        time.sleep(0.05)


if __name__ == "__main__":
    try:
        if os.name != "nt":  # nothing is tested with nginx there
            require()
    except FileNotFoundError as missing:
        sys.exit(str(missing))
