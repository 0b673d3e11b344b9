"""A server, a browser and, for each test, a page that fails the test if anything goes wrong in the console."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.browser import chromium
from tests.browser.waiting import LISTEN, PATIENCE, settle
from tests.serving import Server, running

HERE: Final = Path(__file__).parent
WINDOW: Final[ViewportSize] = {"width": 1366, "height": 768}
STORES: Final = "cookies,local_storage,indexeddb,service_workers,cache_storage"
"""Where a page can leave something in a browser for the next visit."""
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
def playwright() -> Iterator[Playwright]:
    """Drives the browsers; what a test expects of them may take long on a busy machine."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A headless browser for tests that open windows of their own, each a visitor's with nothing in its cache."""
    chosen = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
    yield chosen
    chosen.close()


@pytest.fixture(scope="package")
def shared_window(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """The window that ``page`` opens in, which keeps what it has compiled of plotly's script and of Streamlit's.

    Compiling takes a third of what it takes to open a page. What is compiled is kept in a cache on disk, which a window
    has only if its browser was launched for it, and by the process that draws pages, which stays as long as any page
    of this machine's servers is open: an empty one, which no server has to give.
    """
    context = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"),
        executable_path=chromium.require(),
        args=[*chromium.FLAGS, "--process-per-site"],
        viewport=WINDOW,
        reduced_motion="reduce",
        accept_downloads=True,
    )
    context.pages[0].route("**/*", lambda route: route.fulfill(body=""))
    context.pages[0].goto("http://127.0.0.1/")
    context.add_init_script(LISTEN)
    yield context
    context.close()


@pytest.fixture
def trouble() -> Trouble:
    """What has gone wrong in the test's page so far, and ``requests``, every address it has asked for."""
    return Trouble()


@pytest.fixture
def page(shared_window: BrowserContext, trouble: Trouble) -> Iterator[Page]:
    """An empty page of a fresh visitor; no console error, failed or foreign request may have come up at the end."""
    keeping, *_ = shared_window.pages
    fresh = shared_window.new_page()
    trouble.watch(fresh)
    yield fresh
    for opened in shared_window.pages:
        if opened != keeping:
            opened.close()
    _forget(shared_window, keeping, {origin_of(url) for url in trouble.requests})
    assert not trouble.seen, "\n".join(trouble.seen)


def origin_of(url: str) -> str:
    """The scheme, the host and the port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _forget(shared_window: BrowserContext, keeping: Page, origins: set[str]) -> None:
    """Take from a window all that a visitor has left in it, except for the browser's own cache."""
    shared_window.clear_permissions()
    shared_window.set_offline(False)
    session = shared_window.new_cdp_session(keeping)
    for origin in origins:
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": STORES})
    session.detach()


@pytest.fixture
def visit(page: Page, server: Server) -> Callable[[str], Page]:
    """``visit("/Gates?cell=lstm")`` opens an address of the server and returns the page once it has settled."""

    def open_and_settle(path: str = "/") -> Page:
        page.goto(server.url + path)
        return settle(page)

    return open_and_settle
