"""However a browser behaves, it and all it has started are gone in the end, and its profile with them."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rnnviz.export import devtools
from rnnviz.export.devtools import Browser

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script, and there are no groups")

SCRIPT = """#!{python}
import os, pathlib, signal, subprocess, sys, time
{deaf}
child = "import signal, time; {deaf}; print('up', flush=True); time.sleep(100)"
begun = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE)
begun.stdout.readline()
pathlib.Path({place!r}).write_text(f"{{os.getpid()}} {{begun.pid}}")
time.sleep(100)
"""


def started(folder: Path, *, deaf: bool) -> tuple[Browser, list[int]]:
    """A stand-in for a browser with a child, both of which may be deaf to a request to end; and their numbers."""
    told = "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if deaf else "signal"
    program, place = folder / "browser", folder / "numbers"
    program.write_text(SCRIPT.format(python=sys.executable, deaf=told, place=str(place)))
    program.chmod(0o755)
    browser = Browser(program, "127.0.0.1")
    until(lambda: place.is_file() and len(place.read_text().split()) == 2)
    return browser, [int(number) for number in place.read_text().split()]


def until(true: Any) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_up(number: int) -> bool:
    """Whether a process is there and has not ended; one that nobody has asked after yet has."""
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True, check=False).stdout
    return bool(said.strip()) and not said.startswith("Z")


@pytest.mark.parametrize("deaf", [False, True])
def test_it_is_gone_with_its_children(deaf: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devtools, "_ENDS_WITHIN", 0.2 if deaf else 60.0)
    browser, numbers = started(tmp_path, deaf=deaf)
    assert all(map(is_up, numbers))
    browser.close()
    until(lambda: not any(map(is_up, numbers)))
    assert not browser._profile.exists()


def test_where_a_group_may_not_be_told_the_browser_alone_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, (parent, child) = started(tmp_path, deaf=False)

    def forbidden(*_: object) -> None:
        raise PermissionError

    with monkeypatch.context() as place:
        place.setattr(os, "killpg", forbidden)
        browser.close()
    assert not is_up(parent)
    assert not browser._profile.exists()
    os.kill(child, 9)
