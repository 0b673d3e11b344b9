"""Finds a Chromium, Chrome or Edge for the browser tests, or installs one: ``python -m tests.browser.chromium``."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rnnviz.export.devtools import VARIABLE, find

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""A browser that calls nobody by itself, and that runs as root in a container."""

APT_SECONDS: Final = 600
DOWNLOAD_SECONDS: Final = 240

ADVICE: Final = f"""\
No Chromium, Chrome or Edge was found, and none could be installed. Do one of these, then run the tests again:
  - install Chromium or Chrome the way this system installs programs (Debian: apt-get install chromium);
  - run: python -m playwright install chromium
  - set {VARIABLE} to the path of a browser's program."""


def require() -> Path:
    """The browser's program, installed if there is none; says what it does.

    Raises:
        FileNotFoundError: If none is here and none can be installed.
    """
    for install in (None, *_ways_to_install()):
        if install is not None and not _run(*install):
            continue
        program = find()
        if program is not None:
            print(f"browser: {program}", flush=True)
            return program
    raise FileNotFoundError(ADVICE)


def _ways_to_install() -> Iterator[tuple[str, list[list[str]], int]]:
    """What to try, in order: on Debian its own package, which needs no other host; elsewhere playwright's download.

    Ubuntu's package of that name is only a pointer to another shop, so Ubuntu begins with the download too.
    """
    download = (
        "playwright's download",
        [[sys.executable, "-m", "playwright", "install", "chromium"]],
        DOWNLOAD_SECONDS,
    )
    root = _as_root()
    if root is None or shutil.which("apt-get") is None:
        yield download
        return
    get = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    packages = ["chromium", "fonts-liberation", "fonts-dejavu-core"]
    apt = ("apt-get", [[*get, "update"], [*get, "install", "--no-install-recommends", *packages]], APT_SECONDS)
    yield from (apt, download) if _is_debian() else (download, apt)


def _as_root() -> list[str] | None:
    """What to put before a command so that it runs as root without a question; None if that cannot be."""
    if os.name == "nt":
        return None
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def _is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.is_file() and "ID=debian" in release.read_text().splitlines()


def _run(name: str, commands: list[list[str]], seconds: int) -> bool:
    """Run the commands of one way to install, until one fails."""
    for command in commands:
        print(f"browser: none yet; {name}: {' '.join(command)}", flush=True)
        try:
            result = subprocess.run(command, stdout=subprocess.DEVNULL, timeout=seconds, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"browser: {name} failed: {error}", flush=True)
            return False
        if result.returncode != 0:
            print(f"browser: {name} failed with exit code {result.returncode}", flush=True)
            return False
    return True


if __name__ == "__main__":
    try:
        require()
    except FileNotFoundError as missing:
        sys.exit(str(missing))
