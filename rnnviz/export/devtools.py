"""A browser without a window: where this machine has one, and how the DevTools protocol drives it.

Source: The protocol's domains Browser, Target, Page and Runtime: https://chromedevtools.github.io/devtools-protocol/.
"""

import glob
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

# --- Where there is a Chromium, Chrome or Edge ---


VARIABLE: Final = "RNNVIZ_CHROMIUM"
"""The environment variable that names the browser's program, instead of a search."""

NAMES: Final = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
"""Programs in PATH, the best first: the headless shell draws the same pages with half of the work."""

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
    "~/.cache/ms-playwright/chromium_headless_shell-*/*/*headless*shell",
    "~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "~/Library/Caches/ms-playwright/chromium_headless_shell-*/*/*headless*shell",
    "~/Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "%LocalAppData%/ms-playwright/chromium_headless_shell-*/*/*headless*shell.exe",
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
            f"(Debian: apt-get install chromium-headless-shell), or set {VARIABLE} to the path of its program.\n"
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


# --- A browser, driven ---


PATIENCE: Final = 60.0
"""Seconds that a page may take on a busy machine."""

_ENDS_WITHIN: Final = 10.0
"""Seconds that the browser has to end by itself."""

_FLAGS: Final = (
    "--headless=new",
    "--font-render-hinting=none",
    "--disable-gpu",
    "--hide-scrollbars",
    "--mute-audio",
    "--force-color-profile=srgb",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--remote-debugging-port=0",
)
"""A browser that makes no requests of its own, and that draws all tabs at full speed, with letters as in a window."""

_PORT_FILE: Final = "DevToolsActivePort"


class Browser:
    """A browser with an empty profile, which is deleted at the end; use it in a ``with`` statement.

    The first call of ``tab`` waits for its start, so that other work can run meanwhile.

    Args:
        host: The only host that it can reach.
    """

    def __init__(self, program: Path, host: str) -> None:
        self._profile = Path(tempfile.mkdtemp(prefix="rnnviz-browser-"))
        # A container runs as root, where Chromium has no sandbox to give.
        flags = [*_FLAGS, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])]
        flags += [f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {host}", f"--user-data-dir={self._profile}"]
        self._log = (self._profile / "log").open("wb")
        # Of a process group of its own: Ctrl+C is for the command, which then ends the browser.
        self._process = subprocess.Popen(  # noqa: S603 - found or named on this machine
            [program, *flags, "about:blank"],
            env={**os.environ, "TMPDIR": str(self._profile)},  # where it leaves things behind
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._address = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def tab(self, width: int, height: int) -> "Tab":
        """A tab of a fresh visitor, with a window of so many CSS pixels.

        Raises:
            OSError: If the browser did not start.
        """
        self._address = self._address or self._wait_for_address()
        return Tab(self._address, width, height)

    def close(self) -> None:
        """End the browser and all it has started, and delete its profile."""
        if not self._is_asked_to_end():
            self._signal(signal.SIGTERM)
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            self._process.wait()
        self._log.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _is_asked_to_end(self) -> bool:
        """Whether it could be asked by its protocol: by a signal, a script that has launched it would end before it."""
        try:
            with connect(self._address, open_timeout=_ENDS_WITHIN) as connection:
                connection.send(json.dumps({"id": 1, "method": "Browser.close"}))
        except (OSError, WebSocketException):
            return False
        return True

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the browser and all it has started; where that is not possible, to the browser alone."""
        with suppress(ProcessLookupError):
            try:
                os.killpg(self._process.pid, number)
            except (AttributeError, PermissionError):  # Windows; macOS while one of the group has ended
                self._process.send_signal(number)

    def _wait_for_address(self) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError):
                port, _, path = (self._profile / _PORT_FILE).read_text(encoding="utf-8").partition("\n")
                if path:
                    return f"ws://127.0.0.1:{int(port)}{path.strip()}"
            time.sleep(0.02)
        said = (self._profile / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
        raise OSError("the browser did not start; it said:\n  " + "\n  ".join(said or ["nothing"]))


class Tab:
    """A tab of its own visitor, with its own connection; use it in a ``with`` statement.

    Args:
        address: Where the browser listens.
        width, height: Of its window, in CSS pixels.
    """

    def __init__(self, address: str, width: int, height: int) -> None:
        self._connection: ClientConnection = connect(address, max_size=None, compression=None)
        self._count = 0
        self._events: deque[dict[str, Any]] = deque(maxlen=1000)
        self._session: str | None = None
        self._context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call(
            "Target.createTarget",
            url="about:blank",
            browserContextId=self._context,
            width=width,
            height=height,
        )["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Runtime.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The browser's answer.

        Args:
            method: One of the protocol, such as ``Page.navigate``.

        Raises:
            OSError: If the browser refuses, does not answer for a minute, or has gone.
        """
        self._count += 1
        asked = self._count
        message: dict[str, Any] = {"id": asked, "method": method, "params": params}
        if self._session is not None and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self._session
        deadline = time.monotonic() + PATIENCE
        try:
            self._connection.send(json.dumps(message))
            while (heard := self._receive(deadline)).get("id") != asked:
                self._events.append(heard)
        except ConnectionClosed:
            raise OSError("the browser has gone") from None
        except TimeoutError:
            raise OSError(f"the browser did not answer {method} within {PATIENCE:.0f} s") from None
        if "error" in heard:
            raise OSError(f"the browser refused {method}: {heard['error'].get('message')}")
        answer: dict[str, Any] = heard["result"]
        return answer

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page, awaited if it is a promise.

        Raises:
            ValueError: With what the page has thrown.
            OSError: As ``call``.
        """
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"].get("exception", {})
            said = str(thrown.get("description") or thrown.get("value") or answer["exceptionDetails"].get("text"))
            raise ValueError(said.partition("\n")[0].removeprefix("Error: "))
        return answer["result"].get("value")

    def begin_with(self, script: str) -> None:
        """Run a script at the beginning of every page that is opened from now on."""
        self.call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def download_to(self, folder: Path) -> None:
        """Put the files that pages save into a folder."""
        self.call(
            "Browser.setDownloadBehavior",
            behavior="allowAndName",
            browserContextId=self._context,
            downloadPath=str(folder),
            eventsEnabled=True,
        )
        self._downloads = folder

    def downloaded(self, expression: str) -> Path:
        """The complete file that the page saves when it runs an expression; its name has no meaning.

        Raises:
            ValueError: If the page has thrown, or the file did not come whole.
        """
        self._events.clear()
        self.evaluate(expression)
        deadline = time.monotonic() + PATIENCE
        while True:
            while self._events:
                event = self._events.popleft()
                told = event.get("params", {})
                if event.get("method") == "Browser.downloadProgress" and told.get("state") == "completed":
                    return self._downloads / str(told["guid"])
                if told.get("state") == "canceled":
                    raise ValueError("the browser gave the file up")
            try:
                self._events.append(self._receive(deadline))
            except TimeoutError:
                raise ValueError(f"no file came within {PATIENCE:.0f} s") from None
            except ConnectionClosed:
                raise OSError("the browser has gone") from None

    def _receive(self, deadline: float) -> dict[str, Any]:
        heard: dict[str, Any] = json.loads(self._connection.recv(timeout=max(0.0, deadline - time.monotonic())))
        return heard
