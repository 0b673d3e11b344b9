"""Two servers behind nginx, as deploy/nginx.conf says: a visitor stays with one, and moves on if that one is gone."""

import asyncio
import gzip
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import expect
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed

from rnnviz.ui.server import scripts
from rnnviz.ui.shell import runs
from tests.browser.conftest import Trouble
from tests.browser.waiting import settle
from tests.deploy import nginx
from tests.deploy.browsing import Answer, Browser, Page, upload
from tests.serving import PATIENCE, ROOT, Server, free_port, running
from tests.visiting import View

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="deploy/ is for Linux, and nginx for Windows works otherwise"),
]

VISITORS: Final = 20
TYPED: Final = View("Step_through", {"input": "numbers"})
TRAINING: Final = {
    "clipping.view": "in-training",
    "training.length": "10",
    "training.seeds": "1-seed",
    "training.steps": "300",
}
"""A training that ends in a moment."""


@dataclass(frozen=True)
class Replicas:
    """Servers behind one address, by their ports; ``folder`` has their finished runs and what they have printed."""

    url: str
    folder: Path
    servers: dict[int, Server]

    def of(self, page: Page) -> list[int]:
        """Those that know the session of a page: asked directly, they alone take its uploads."""
        return [port for port, server in self.servers.items() if _takes(server.url, page.session)]


def _takes(url: str, session: str) -> bool:
    direct = Browser(url)
    direct.get("/_stcore/health")  # brings the token that an upload needs
    status = upload(direct, f"/_stcore/upload_file/{session}/asked-directly", "a.csv", b"1")
    assert status in (204, 400), status
    return status == 204


@contextmanager
def server(folder: Path, port: int) -> Iterator[Server]:
    """A server that shares the folder of finished runs with the others."""
    said = {
        "PYTHONPATH": str(ROOT),
        "RNNVIZ_RUNS": str(folder / "runs"),
        "RNNVIZ_WORKERS": "1",
        "RNNVIZ_PROXY_HEADER": "X-Real-IP",
    }
    with running(folder / f"{port}.txt", port=port, environment={**os.environ, **said}) as found:
        yield found


@contextmanager
def two(folder: Path) -> Iterator[Replicas]:
    """Two servers behind nginx."""
    (folder / "nginx").mkdir()
    with ExitStack() as open_ones:
        servers = {port: open_ones.enter_context(server(folder, port)) for port in (free_port(), free_port())}
        for one in servers.values():
            one.wait_until_ready()
        url = open_ones.enter_context(nginx.running(folder / "nginx", tuple(servers)))
        yield Replicas(url, folder, servers)


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    with two(tmp_path_factory.mktemp("replicas")) as both:
        yield both


def at(url: str, port: int) -> Browser:
    """A visitor whom one replica has."""
    return Browser(url, {nginx.COOKIE: str(port)})


def pressed(page: Page, label: str) -> WidgetState:
    """What the page hears when a button is pressed."""
    [found] = [one for one in page.elements("button") if one.label == label]
    return WidgetState(id=found.id, trigger_value=True)


async def uploaded(page: Page, content: bytes) -> str:
    """Put a file into the page's box for numbers; what stands in the box then."""
    status, info = await page.upload("numbers.csv", content)
    assert status == 204, status
    [box] = page.elements("file_uploader")
    state = WidgetState(id=box.id)
    state.file_uploader_state_value.uploaded_file_info.append(info)
    await page.run(state)
    [text] = [one for one in page.elements("text_area") if one.label == "Numbers"]
    return str(text.value or text.default)


def test_twenty_visitors_stay_with_one_replica_each(replicas: Replicas) -> None:
    async def visit(number: int) -> int:
        browser, found = Browser(replicas.url), []
        for connection in range(3):
            async with browser.open(TYPED) as page:
                found += replicas.of(page)
                for _ in range(3):
                    status, _ = await page.upload("numbers.csv", f"{number} {connection}".encode())
                    assert status == 204, status
        assert found == [browser.replica] * 3
        return browser.replica

    async def visits() -> list[int]:
        return [await visit(number) for number in range(VISITORS)]

    shares = Counter(asyncio.run(visits()))
    assert set(shares) == set(replicas.servers)
    assert min(shares.values()) >= VISITORS // 4, shares


@pytest.mark.parametrize("which", [0, 1])
def test_an_upload_reaches_its_page(replicas: Replicas, which: int) -> None:
    async def visit() -> str:
        async with at(replicas.url, [*replicas.servers][which]).open(TYPED) as page:
            return await uploaded(page, b"0.25, -0.75\n0.5, 1")

    assert asyncio.run(visit()) == "0.25, -0.75\n0.5, 1"


async def download(page: Page) -> list[Answer]:
    """Ask a few times for the script behind the page's view."""
    await page.run(WidgetState(id=page.popovers()["Code"], bool_value=True))
    [button] = [one for one in page.elements("download_button") if one.label == "Download .py"]
    return [page.browser.get(button.url) for _ in range(5)]


@pytest.mark.parametrize("which", [0, 1])
def test_a_file_that_a_page_made_can_be_downloaded(replicas: Replicas, which: int) -> None:
    port = [*replicas.servers][which]

    async def visit() -> list[Answer]:
        async with at(replicas.url, port).open(View("Step_through", {"seed": str(port)})) as page:
            return await download(page)

    for answer in asyncio.run(visit()):
        assert answer.status == 200
        assert f"manual_seed({port})" in answer.body.decode()


def test_who_refuses_cookies_stays_with_one_replica_too(replicas: Replicas) -> None:
    async def visit() -> list[int]:
        browser, found = Browser(replicas.url, refuses=True), []
        for number in range(4):
            async with browser.open(View("Step_through", {"seed": str(1_000 + number)})) as page:
                assert {answer.status for answer in await download(page)} == {200}
                found += replicas.of(page)
        assert not browser.cookies
        return found

    found = asyncio.run(visit())
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_run_that_one_replica_has_trained_is_finished_at_the_other(replicas: Replicas) -> None:
    one, other = replicas.servers
    link = View("Clipping", {"views": " ".join(f"{name}:{value}" for name, value in TRAINING.items())})

    def labels(page: Page) -> set[str]:
        return {button.label for button in page.elements("button")}

    async def visit() -> None:
        async with at(replicas.url, other).open(link) as page:
            assert "Train both" in labels(page)
        async with at(replicas.url, one).open(link) as page:
            await page.run(pressed(page, "Train both"))
            deadline = time.monotonic() + PATIENCE
            while "Trained" not in labels(page):
                assert time.monotonic() < deadline, labels(page)
                await asyncio.sleep(0.2)
                await page.run()
        async with at(replicas.url, other).open(link) as page:
            assert "Train both" in labels(page), "a run of others can be watched again"
            assert any(runs.OF_OTHERS in one.body for one in page.elements("markdown"))
            assert page.elements("plotly_chart")

    asyncio.run(visit())


def test_scripts_come_packed_and_are_kept_by_browsers(replicas: Replicas) -> None:
    largest = max((scripts.STATIC / "js").iterdir(), key=lambda file: file.stat().st_size)
    for port in replicas.servers:
        answer = at(replicas.url, port).get(f"/static/js/{largest.name}", Accept_Encoding="gzip")
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.body) == largest.read_bytes()
        assert answer.headers["Cache-Control"] == "public, immutable, max-age=31536000"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert "Set-Cookie" not in answer.headers
    plain = at(replicas.url, port).get(f"/static/js/{largest.name}")
    assert "Content-Encoding" not in plain.headers
    assert plain.body == largest.read_bytes()


def test_foreign_pages_and_unknown_hosts_are_refused_as_without_nginx(replicas: Replicas) -> None:
    host = replicas.url.removeprefix("http://")
    websocket = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": "cm5udml6IHdhcyBoZXJlIQ==",
        "Sec_WebSocket_Protocol": "streamlit",
    }

    def opened(**headers: str) -> int:
        return Browser(replicas.url).get("/_stcore/stream", **websocket, **headers).status

    assert opened(Origin=f"http://{host}") == 101
    assert opened(Origin=f"https://{host}") == 101  # where nginx has a certificate
    assert opened(Origin="http://evil.example") == 403
    assert opened(Origin="http://127.0.0.1:1") == 403
    assert opened(Origin="http://evil.example", Host="evil.example") == 403
    assert Browser(replicas.url).get("/", Host="evil.example").status == 403


def test_visitors_of_a_replica_that_is_killed_go_on_at_the_other(tmp_path: Path) -> None:
    with two(tmp_path) as replicas, ExitStack() as restarted:
        lost, stays = replicas.servers

        async def visit() -> None:
            async with AsyncExitStack() as pages:
                theirs = [await pages.enter_async_context(at(replicas.url, lost).open(TYPED)) for _ in range(3)]
                others = [await pages.enter_async_context(at(replicas.url, stays).open(TYPED)) for _ in range(3)]
                os.kill(replicas.servers[lost].process.pid, signal.SIGKILL)
                moved = []
                for page in theirs:
                    await ended(page)
                    moved.append(await pages.enter_async_context(page.browser.connect(TYPED)))
                    assert page.browser.replica == stays
                for page in (*moved, *others):
                    await page.run()
                    assert await uploaded(page, b"0.5") == "0.5"

                restarted.enter_context(server(replicas.folder, lost))
                await asyncio.to_thread(wait_for_newcomers, replicas.url, lost)
                for page in (*moved, *others):  # who has moved is not called back
                    assert await uploaded(page, b"0.75") == "0.75"
                    assert page.browser.replica == stays

        asyncio.run(visit())


async def ended(page: Page) -> None:
    """Return once the websocket of a page is ended from the other side."""
    with suppress(ConnectionClosed):
        while True:
            async with asyncio.timeout(PATIENCE):
                await page.there.recv()


def wait_for_newcomers(url: str, port: int) -> None:
    """Return once visitors are sent to a replica again."""
    deadline = time.monotonic() + PATIENCE
    found = 0
    while found != port:
        assert time.monotonic() < deadline, f"no newcomer is sent to {port}"
        time.sleep(0.5)
        browser = Browser(url)
        assert browser.get("/").status == 200
        found = browser.replica


@pytest.mark.browser
def test_a_real_browser_goes_on_by_itself(tmp_path: Path, page: BrowserPage, trouble: Trouble) -> None:
    with two(tmp_path) as replicas:
        lost, stays = replicas.servers

        def named() -> int:
            found = [one for one in page.context.cookies() if one["name"] == nginx.COOKIE]
            return int(found[0]["value"]) if found else 0

        def put(content: str) -> None:
            page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
                {"name": "numbers.csv", "mimeType": "text/csv", "buffer": content.encode()}
            )
            expect(page.get_by_label("Numbers", exact=True)).to_have_value(content)

        page.context.add_cookies([{"name": nginx.COOKIE, "value": str(lost), "url": replicas.url}])
        page.goto(f"{replicas.url}/Step_through?input=numbers")
        settle(page)
        put("0.25, 0.5")
        assert named() == lost
        os.kill(replicas.servers[lost].process.pid, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while named() != stays:  # the answer to the new websocket says so
            assert time.monotonic() < deadline
            page.wait_for_timeout(100)
        settle(page)
        trouble.clear()  # the websocket that broke
        put("0.5, 0.75")
        page.goto("about:blank")  # it is to miss no server at the end
