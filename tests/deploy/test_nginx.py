"""What nginx passes on, keeps and refuses, before servers that write down what they are asked."""

import gzip
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from rnnviz.ui.selection.link import LINK_LIMIT
from tests.deploy import nginx
from tests.deploy.browsing import Browser

pytestmark = [
    pytest.mark.slow,  # because nginx may have to be installed
    pytest.mark.skipif(os.name == "nt", reason="deploy/ is for Linux, and nginx for Windows works otherwise"),
]

SCRIPT: Final = b"let answer = 42;\n" * 500
YEAR: Final = "public, immutable, max-age=31536000"


@dataclass
class Server:
    """A server that answers every request and remembers it."""

    asked: list[tuple[str, Message]] = field(default_factory=list)
    port: int = 0

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Scripts whose name says so are packed, as by rnnviz; pages are not."""
        request.rfile.read(int(request.headers.get("Content-Length", 0)))
        self.asked.append((request.path, request.headers))
        is_packed = "packed" in request.path
        body = gzip.compress(SCRIPT) if is_packed else SCRIPT
        request.send_response(200)
        if request.path.startswith("/static/"):
            request.send_header("Content-Type", "text/javascript; charset=utf-8")
            request.send_header("Cache-Control", YEAR)
        if is_packed:
            request.send_header("Content-Encoding", "gzip")
            request.send_header("Vary", "Accept-Encoding")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen at a free port of this machine."""
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                ours.answer(self)

            def do_PUT(self) -> None:
                ours.answer(self)

            def log_message(self, *args: object) -> None:
                """Print nothing."""

        with ThreadingHTTPServer(("127.0.0.1", self.port), Handler) as server:
            self.port = server.server_address[1]
            Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            yield
            server.shutdown()


@dataclass
class Place:
    """nginx before two such servers, which can be ended one by one."""

    url: str
    servers: list[Server]
    running: list[ExitStack]

    def asked(self, path: str) -> list[Message]:
        """The headers of all requests for a path that came to a server."""
        return [headers for server in self.servers for asked, headers in server.asked if asked == path]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as everything:
        servers, running = [Server(), Server()], [everything.enter_context(ExitStack()) for _ in range(2)]
        for server, one in zip(servers, running, strict=True):
            one.enter_context(server.listening())
        url = everything.enter_context(nginx.running(tmp_path, [server.port for server in servers]))
        yield Place(url, servers, running)


def test_a_visitor_cannot_write_the_address_that_turns_depend_on(place: Place) -> None:
    Browser(place.url).get("/", X_Real_IP="10.0.0.1")
    assert place.asked("/")[0].get_all("X-Real-IP") == ["127.0.0.1"]


def test_the_host_arrives_as_the_browser_wrote_it(place: Place) -> None:
    Browser(place.url).get("/", Host="rnn.example.org:8443")
    assert place.asked("/")[0].get_all("Host") == ["rnn.example.org:8443"]


def test_newcomers_are_sent_to_the_replicas_in_turn(place: Place) -> None:
    browsers = [Browser(place.url) for _ in range(10)]
    for browser in browsers:
        browser.get("/Gates")
    assert [len(server.asked) for server in place.servers] == [5, 5]
    for browser in browsers:
        before = browser.replica
        assert "Set-Cookie" not in browser.get("/Gates").headers
        assert browser.replica == before
    assert [len(server.asked) for server in place.servers] == [10, 10]


@pytest.mark.parametrize("cookie", ["1", "evil.example:80", "../..", "8501 8502", "x" * 3_000])
def test_a_cookie_that_names_no_replica_is_replaced(place: Place, cookie: str) -> None:
    browser = Browser(place.url, {nginx.COOKIE: cookie})
    assert browser.get("/").status == 200
    assert browser.replica in [server.port for server in place.servers]


def test_nginx_asks_once_for_a_packed_script_and_keeps_no_other(place: Place) -> None:
    for number in range(6):
        browser = Browser(place.url, {nginx.COOKIE: str(place.servers[number % 2].port)})
        for name in ("packed", "plain"):
            answer = browser.get(f"/static/js/{name}.js", Accept_Encoding="gzip")
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.headers["Cache-Control"] == YEAR
            assert gzip.decompress(answer.body) == SCRIPT
            assert "Set-Cookie" not in answer.headers
    assert (len(place.asked("/static/js/packed.js")), len(place.asked("/static/js/plain.js"))) == (1, 6)


def test_the_longest_link_passes_with_the_page_that_it_stands_on(place: Place) -> None:
    long = ("numbers", "words", "second", "edits", "entries")
    link = "/Step_through?" + "&".join(f"{name}={'1' * LINK_LIMIT}" for name in long)
    assert Browser(place.url).get(link, Referer=place.url + link).status == 200
    assert place.asked(link)[0]["Referer"] == place.url + link


def test_a_large_upload_reaches_no_replica(place: Place) -> None:
    browser = Browser(place.url)
    assert browser.request("PUT", "/_stcore/upload_file/a/b", bytes(64 * 2**20)).status == 200
    # Refused by its size alone, before any of it has come.
    assert browser.request("PUT", "/_stcore/upload_file/a/c", Content_Length="72000000").status == 413
    assert not place.asked("/_stcore/upload_file/a/c")


def test_a_visitor_of_a_replica_that_is_gone_has_the_other_at_once_and_stays_there(place: Place) -> None:
    gone, other = place.servers
    browser = Browser(place.url, {nginx.COOKIE: str(gone.port)})
    browser.get("/")
    assert browser.replica == gone.port
    place.running[0].close()
    assert browser.get("/").status == 200
    assert browser.replica == other.port
    before = len(gone.asked)
    place.running[0].enter_context(gone.listening())
    browser.get("/")
    assert browser.replica == other.port
    assert len(gone.asked) == before


def test_without_any_replica_nginx_says_so_and_has_the_scripts_that_it_keeps(place: Place) -> None:
    browser = Browser(place.url)
    browser.get("/static/js/packed.js", Accept_Encoding="gzip")
    for one in place.running:
        one.close()
    assert browser.get("/").status == 502
    assert browser.get("/static/js/packed.js", Accept_Encoding="gzip").status == 200
