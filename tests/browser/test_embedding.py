"""A view inside a page of another origin: shown where the server allows it, refused where it does not."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.conftest import Trouble
from tests.browser.waiting import PATIENCE, SETTLED, settle
from tests.serving import Server, running


class Course:
    """Pages at another port, under another name of this machine: another site for a browser."""

    def __init__(self) -> None:
        pages = self.pages = {}

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path in pages else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(pages.get(self.path, "").encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.origin = f"http://localhost:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def show(self, page: Page, frame: str) -> FrameLocator:
        """Open a page of the course that has this line in it."""
        self.pages["/course"] = f'<!doctype html><link rel="icon" href="data:,"><h1>Week 5</h1>{frame}'
        page.goto(f"{self.origin}/course")
        return page.frame_locator("iframe")


@pytest.fixture(scope="module")
def course() -> Iterator[Course]:
    made = Course()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def open_server(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose views the course may show."""
    command = ("rnnviz", "app", "--embed-from", course.origin, "--embed-from", "https://moodle.example.org", "--port")
    with running(tmp_path_factory.mktemp("embedding") / "output.txt", command=command) as server:
        server.wait_until_ready()
        yield server


def test_a_view_in_a_page_of_a_course(page: Page, open_server: Server, course: Course) -> None:
    page.goto(f"{open_server.url}/Step_through?cell=lstm&seed=3")
    settle(page)
    page.get_by_role("button", name="QR code").click()
    page.get_by_text("Show this view inside another page").click()
    expect(page.get_by_text(f"Works in pages of {course.origin}, https://moodle.example.org.")).to_be_visible()
    line = page.get_by_role("textbox", name="The line of HTML").input_value()
    assert 'title="Step through · rnnviz"' in line
    assert 'loading="lazy" allow="clipboard-write; fullscreen"' in line
    assert "seed=3" in unescape(line)

    inside = course.show(page, line)
    inside.locator(SETTLED).wait_for(timeout=PATIENCE)
    read_out = inside.locator(".step-through .read-out")
    expect(read_out).to_contain_text("t = 0", timeout=PATIENCE)
    inside.get_by_role("heading", name="Step through").click()
    page.keyboard.press("ArrowRight")
    expect(read_out).to_contain_text("t = 1")
    expect(inside.get_by_test_id("stSidebar")).to_be_hidden()
    expect(inside.get_by_role("button", name="QR code")).to_be_hidden()

    with page.expect_popup() as opened:
        inside.get_by_role("link", name="Open in rnnviz").click()
    whole = settle(opened.value)
    expect(whole).to_have_url(re.compile(r"/Step_through\?.*seed=3"))
    assert "embed=" not in whole.url
    expect(whole.get_by_test_id("stSidebar")).to_be_visible()


def test_where_nobody_is_allowed_the_browser_refuses(
    visit: Callable[[str], Page], server: Server, course: Course, trouble: Trouble
) -> None:
    page = visit("/Gates")
    page.get_by_role("button", name="QR code").click()
    expect(page.get_by_text("Show this view inside another page")).to_be_hidden()
    expect(page.get_by_text("--embed-from https://moodle.example.org")).to_be_visible()
    with page.expect_event("console", lambda message: "frame-ancestors 'self'" in message.text):
        inside = course.show(page, f'<iframe src="{server.url}/Gates?embed=true"></iframe>')
    expect(inside.get_by_test_id("stApp")).to_have_count(0)
    trouble.clear()
