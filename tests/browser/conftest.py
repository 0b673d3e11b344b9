"""A server, a browser and, for each test, a page that fails the test if anything goes wrong in the console."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, ViewportSize, expect, sync_playwright

from tests.browser import chromium
from tests.browser.waiting import LISTEN, PATIENCE, settle
from tests.serving import Server, running

HERE: Final = Path(__file__).parent
WINDOW: Final[ViewportSize] = {"width": 1366, "height": 768}
LOCAL: Final = frozenset({"127.0.0.1", "localhost"})


@dataclass
class Trouble:
    """What must not happen while a page is open; ``clear()`` it for what a test provokes on purpose."""

    seen: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def clear(self) -> None:
        """Forget the trouble so far."""
        self.seen.clear()

    def watch(self, page: Page) -> None:
        """Note all trouble of one page, and every address it asks for."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"uncaught in the page: {error}"))
        page.on("request", lambda request: self._address(request.url))
        page.on("websocket", lambda socket: self._address(socket.url))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"console: {message.text}")

    def _address(self, url: str) -> None:
        self.requests.append(url)
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL:
            self.seen.append(f"left this machine: {url}")

    def _failed(self, request: Request) -> None:
        # A page that is left takes its unfinished requests with it.
        if request.failure != "net::ERR_ABORTED":
            self.seen.append(f"failed: {request.url} ({request.failure})")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.seen.append(f"status {response.status}: {response.url}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser, and most of it is too slow for `make test`."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if item.get_closest_marker("smoke") is None:
                item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One warmed server for all browser tests: ``server.url``, ``server.get(path)``, ``server.log``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNVIZ_RUNS", str(tmp_path_factory.mktemp("runs")))  # none that another test has finished
        with running(tmp_path_factory.mktemp("server") / "output.txt") as running_server:
            running_server.wait_until_ready()
            yield running_server


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One headless browser for all browser tests; what they expect may take long on a busy machine."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chosen = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
        yield chosen
        chosen.close()


@pytest.fixture
def trouble() -> Trouble:
    """What has gone wrong in the test's page so far, and ``requests``, every address it has asked for."""
    return Trouble()


@pytest.fixture
def page(browser: Browser, trouble: Trouble) -> Iterator[Page]:
    """An empty page of a fresh visitor; no console error, failed or foreign request may have come up at the end."""
    with browser.new_context(viewport=WINDOW, reduced_motion="reduce", accept_downloads=True) as context:
        context.add_init_script(LISTEN)
        fresh = context.new_page()
        trouble.watch(fresh)
        yield fresh
    assert not trouble.seen, "\n".join(trouble.seen)


@pytest.fixture
def visit(page: Page, server: Server) -> Callable[[str], Page]:
    """``visit("/Gates?cell=lstm")`` opens an address of the server and returns the page once it has settled."""

    def open_and_settle(path: str = "/") -> Page:
        page.goto(server.url + path)
        return settle(page)

    return open_and_settle
