"""Installs programs that tests need, where the system lets us: with apt, or with a command of their own."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

APT_SECONDS: Final = 600

Way = tuple[str, list[list[str]], int]
"""A way to install: its name, its commands, and the seconds that each may take."""


def apt(*packages: str) -> Way | None:
    """How apt installs packages; None where there is no apt, or nobody who may use it."""
    root = _as_root()
    if root is None or shutil.which("apt-get") is None:
        return None
    get = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    return "apt-get", [[*get, "update"], [*get, "install", "--no-install-recommends", *packages]], APT_SECONDS


def is_debian() -> bool:
    """Whether this is Debian itself."""
    release = Path("/etc/os-release")
    return release.is_file() and "ID=debian" in release.read_text().splitlines()


def run(program: str, name: str, commands: list[list[str]], seconds: int) -> bool:
    """Run the commands of one way to install a program, until one fails; whether none did."""
    for command in commands:
        print(f"{program}: none yet; {name}: {' '.join(command)}", flush=True)
        try:
            result = subprocess.run(command, stdout=subprocess.DEVNULL, timeout=seconds, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"{program}: {name} failed: {error}", flush=True)
            return False
        if result.returncode != 0:
            print(f"{program}: {name} failed with exit code {result.returncode}", flush=True)
            return False
    return True


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
