"""Finds a Chromium, Chrome or Edge for the browser tests, or installs one: ``python -m tests.browser.chromium``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rnnviz.export.devtools import VARIABLE, find
from tests import installing

FLAGS: Final = (
    "--no-sandbox",
    "--font-render-hinting=none",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""A browser that calls nobody by itself, runs as root in a container, and has letters as wide as in a window."""

DOWNLOAD_SECONDS: Final = 240

ADVICE: Final = f"""\
No Chromium, Chrome or Edge was found, and none could be installed. Do one of these, then run the tests again:
  - install Chromium or Chrome the way this system installs programs (Debian: apt-get install chromium-headless-shell);
  - run: python -m playwright install chromium
  - set {VARIABLE} to the path of a browser's program."""


def require() -> Path:
    """The browser's program, installed if there is none; says what it does.

    Raises:
        FileNotFoundError: If none is here and none can be installed.
    """
    for install in (None, *_ways_to_install()):
        if install is not None and not installing.run("browser", *install):
            continue
        program = find()
        if program is not None:
            print(f"browser: {program}", flush=True)
            return program
    raise FileNotFoundError(ADVICE)


def _ways_to_install() -> Iterator[installing.Way]:
    """What to try, in order: on Debian its own package, which needs no other host; elsewhere playwright's download.

    Ubuntu's package of that name is only a pointer to another shop, so Ubuntu begins with the download too.
    """
    download = (
        "playwright's download",
        [[sys.executable, "-m", "playwright", "install", "chromium"]],
        DOWNLOAD_SECONDS,
    )
    apt = installing.apt("chromium-headless-shell", "fonts-liberation", "fonts-dejavu-core")
    if apt is None:
        yield download
    else:
        yield from (apt, download) if installing.is_debian() else (download, apt)


if __name__ == "__main__":
    try:
        require()
    except FileNotFoundError as missing:
        sys.exit(str(missing))
