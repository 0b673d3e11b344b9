"""The ground that all pages stand on, as a browser sees it."""

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import WINDOW, Trouble
from tests.browser.test_accessibility import predicted, said
from tests.browser.waiting import settle, until
from tests.serving import PATIENCE, ROOT, Server, running

ADDRESSES: Final = ["/", *(f"/{path.stem.partition('_')[2]}" for path in sorted((ROOT / "pages").glob("*.py")))]

FIRST_VISIT: Final = {"requests": 100, "bytes": 5_000_000, "messages": 150_000}
"""What Home may take at most with an empty browser: requests, bytes of their bodies unpacked, and by the websocket."""

SHOWN_AGAIN: Final = 15_000
"""Bytes that a run sends at most which changes nothing."""


@pytest.mark.smoke
@pytest.mark.parametrize("address", ADDRESSES)
def test_page_opens_without_trouble(visit: Callable[[str], Page], address: str) -> None:
    """No console error and no request off the machine, which the fixture sees to, and axe objects to nothing."""
    page = visit(address)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    found = predicted(page)
    assert not found, said(found)


def test_streamlits_own_navigation_and_menu_entries_are_off(visit: Callable[[str], Page]) -> None:
    page = visit("/")
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
    expect(page.get_by_test_id("stAppDeployButton")).to_have_count(0)


def test_home_needs_no_plotly(visit: Callable[[str], Page], trouble: Trouble) -> None:
    visit("/")
    assert any(url.endswith(".js") for url in trouble.requests)
    assert not [url for url in trouble.requests if "plotly" in url.lower()]


def test_what_leaves_this_machine_is_seen(visit: Callable[[str], Page], trouble: Trouble) -> None:
    page = visit("/")
    page.evaluate("fetch('http://192.0.2.1/elsewhere').catch(() => null)")
    assert any("192.0.2.1" in line for line in trouble.seen)
    trouble.clear()


def test_reruns_do_not_end_in_a_garbage_collection(visit: Callable[[str], Page], server: Server) -> None:
    """By default each would: five visits are five full collections at the least."""
    before = json.loads(server.get("/readyz").body)["full_collections"]
    for _ in range(5):
        visit("/")
    assert json.loads(server.get("/readyz").body)["full_collections"] - before <= 1


def test_a_first_visit_of_home_takes_little(browser: Browser, server: Server) -> None:
    """benchmarks/opening.py has how soon it is painted."""
    taken = dict.fromkeys(FIRST_VISIT, 0)

    def add(name: str, count: int) -> None:
        taken[name] += count

    with browser.new_context(viewport=WINDOW) as context:
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.requestWillBeSent", lambda _: add("requests", 1))
        network.on("Network.dataReceived", lambda event: add("bytes", event["dataLength"]))
        page.on("websocket", lambda one: one.on("framereceived", lambda frame: add("messages", len(frame))))
        page.goto(server.url)
        settle(page)
    print(taken)
    assert all(taken.values())
    assert {name: count for name, count in taken.items() if count > FIRST_VISIT[name]} == {}


@pytest.mark.parametrize("name", ["Step through", "Hidden states", "Gradients", "Sentiment"])
def test_a_page_that_is_shown_again_sends_little(page: Page, server: Server, name: str) -> None:
    """A browser names what it has kept, and a server that sent it anew would send twice as much and more."""
    taken: list[int] = []
    page.on("websocket", lambda one: one.on("framereceived", lambda frame: taken.append(len(frame))))
    page.goto(f"{server.url}/{name.replace(' ', '_')}")
    settle(page)
    first = sum(taken)
    taken.clear()
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    until(page, lambda: len(taken) > 10)
    settle(page)
    assert first > 20_000
    assert sum(taken) < SHOWN_AGAIN


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
@pytest.mark.usefixtures("interruptible")
def test_interrupting_ends_it_with_a_page_open(browser: Browser, tmp_path: Path) -> None:
    with running(tmp_path / "output.txt") as server, browser.new_context() as context:
        page = context.new_page()
        page.goto(server.url)
        settle(page)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(PATIENCE) == 0
        assert "Traceback" not in server.log.read_text()
