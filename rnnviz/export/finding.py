"""Where this machine has a Chromium, Chrome or Edge."""

import glob
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

VARIABLE: Final = "RNNVIZ_CHROMIUM"
"""The environment variable that names the browser's program, instead of a search."""

NAMES: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)

PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "~/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "%ProgramFiles%/Google/Chrome/Application/chrome.exe",
    "%ProgramFiles(x86)%/Google/Chrome/Application/chrome.exe",
    "%LocalAppData%/Google/Chrome/Application/chrome.exe",
    "%LocalAppData%/Chromium/Application/chrome.exe",
    "%ProgramFiles(x86)%/Microsoft/Edge/Application/msedge.exe",
    "%ProgramFiles%/Microsoft/Edge/Application/msedge.exe",
)

DOWNLOADS: Final = (
    "~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "~/Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "%LocalAppData%/ms-playwright/chromium-*/chrome-win*/chrome.exe",
)
"""Where playwright keeps the browsers that it has downloaded."""


def find() -> Path | None:
    """The browser's program, or None.

    Raises:
        FileNotFoundError: If the environment names a program that does not run.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not _runs(Path(named)):
            raise FileNotFoundError(f"{VARIABLE} must name a browser's program that runs; got {named!r}")
        return Path(named)
    return next((program for program in _candidates() if _runs(program)), None)


def require() -> Path:
    """The browser's program.

    Raises:
        FileNotFoundError: If there is none; the message says what was looked for, where, and what to do.
    """
    program = find()
    if program is None:
        places = "".join(f"\n  {_expand(place)}" for place in (*PLACES, *DOWNLOADS))
        raise FileNotFoundError(
            "pictures are drawn by a browser, and no Chromium, Chrome or Edge that runs was found here. Install one "
            f"(Debian: apt-get install chromium), or set {VARIABLE} to the path of its program.\n"
            f"Looked in PATH for {', '.join(NAMES)}; and for{places}"
        )
    return program


def _candidates() -> Iterator[Path]:
    for name in NAMES:
        found = shutil.which(name)
        if found:
            yield Path(found)
    for place in PLACES:
        yield Path(_expand(place))
    for pattern in DOWNLOADS:
        yield from (Path(match) for match in sorted(glob.glob(_expand(pattern)), reverse=True))  # noqa: PTH207 - absolute


def _expand(place: str) -> str:
    for variable in ("ProgramFiles(x86)", "ProgramFiles", "LocalAppData"):
        place = place.replace(f"%{variable}%", os.environ.get(variable, "/nowhere"))
    return str(Path(place).expanduser())


def _runs(program: Path) -> bool:
    """Whether the program exists and prints its version; on Windows, which would open a window, only the former."""
    if not program.is_file():
        return False
    if os.name == "nt":
        return True
    try:
        told = subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False)  # noqa: S603 - found or named here
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0
