"""Every setting of .streamlit/config.toml takes effect, on a server that runs and wherever it is started from."""

import asyncio
import contextlib
import gzip
import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection

from rnnviz.ui.reviews import direct
from rnnviz.ui.server.serving import HEADERS, Once, headers
from tests.serving import PATIENCE, ROOT, Server, free_port, running
from tests.visiting import View, ask, visitor

WRITTEN: Final = {
    f"{section}.{name}": value
    for section, options in tomllib.loads((ROOT / ".streamlit/config.toml").read_text()).items()
    if section != "theme"
    for name, value in options.items()
}

# Stands where the server would begin to listen, and prints what it would listen with.
SETTINGS: Final = """
import json, sys
import uvicorn
from streamlit import config
def show(self, sockets):
    print(json.dumps({name: config.get_option(name) for name in json.loads(sys.stdin.read())}))
uvicorn.Server.run = show
from rnnviz import cli
sys.exit(cli.main(["app"]))
"""

# The address, the port and the hosts that visitors connect by are filled in.
ACCEPTED: Final = """
import socket
from http.client import HTTPConnection
from tests.inside import look_inside
def look(server):
    visitors = [HTTPConnection(host, {port}) for host in {hosts}]
    for visitor in visitors:
        visitor.request("GET", "/_stcore/health")
        visitor.getresponse().read()
    accepted = [one.transport.get_extra_info("socket") for one in server.server_state.connections]
    found = [one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0 for one in accepted]
    for visitor in visitors:
        visitor.close()
    return found
sys.exit(look_inside(look, "--address", "{address}", "--port", "{port}"))
"""

# A visitor opens the home page; then what watches files, by polling or by the system's events.
WATCHERS: Final = """
import threading
from websockets.sync.client import connect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.watcher.polling_path_watcher import PollingPathWatcher
from tests.inside import look_inside
polled = []
schedule = PollingPathWatcher._schedule
def remembered(self):
    polled.append(str(self._path))
    schedule(self)
PollingPathWatcher._schedule = remembered
def look(server):
    address = "ws://127.0.0.1:{port}/_stcore/stream"
    with connect(address, origin="http://127.0.0.1:{port}", subprotocols=["streamlit"], max_size=None) as page:
        asked, answer = BackMsg(), ForwardMsg()
        asked.rerun_script.query_string = ""
        page.send(asked.SerializeToString())
        while answer.WhichOneof("type") != "script_finished":
            answer.ParseFromString(page.recv())
    observers = [repr(one) for one in threading.enumerate() if type(one).__module__.startswith("watchdog")]
    return [*polled, *observers]
sys.exit(look_inside(look, "--port", "{port}"))
"""

UPLOAD: Final = """
from streamlit.testing.v1 import AppTest
page = AppTest.from_string("import streamlit as st; st.file_uploader('any')").run()
print(page.file_uploader[0].proto.max_upload_size_mb)
"""

# Without the warm-up, which is to load it, nothing may load torch for the first page.
LANDING: Final = """
import sys
from rnnviz.ui.shell import warmup
warmup._warm = lambda: None
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("app.py", default_timeout=30).run()
assert not page.exception, page.exception
print([name for name in ("torch", "rnnviz.capture", "rnnviz.models") if name in sys.modules])
"""

# What a page loads of other packages, once the server says where it is.
SECOND: Final = """
import sys
from rnnviz.ui.server import serving
from rnnviz.ui.shell import warmup
warmup._warm = lambda: None
serving.import_first()
heavy = ("numpy", "pandas", "pyarrow", "torch", "plotly.graph_objects")
before = {name for name in heavy if name in sys.modules}
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("app.py", default_timeout=30).run()
assert not page.exception, page.exception
print([name for name in heavy if name in sys.modules and name not in before])
"""

# Whether torch is said to be loading: before the warm-up, in it, and after it.
LOADING: Final = """
import threading
from rnnviz.ui.shell import warmup
warmup.HEAD_START = 0.0
go, load = threading.Event(), warmup.load_torch
def slow():
    go.wait(60)
    load() if not {fails} else 1 / 0
warmup.load_torch = slow
found = [warmup.is_loading()]
warmup.start()
found.append(warmup.is_loading())
go.set()
warmup._thread.join()
print(*found, warmup.is_loading())
"""

# What the commands load before the application, and what numpy and torch find once it is loaded.
THREADS: Final = """
import os, sys
os.environ["OMP_NUM_THREADS"] = "7"
import streamlit.web.bootstrap, streamlit.web.cli, rnnviz.cli.app
early = [name for name in ("numpy", "torch") if name in sys.modules]
import rnnviz.ui
print(early, os.environ["OMP_NUM_THREADS"])
"""

# As `streamlit run app.py` does it: no server of ours, only the pages.
DIRECT: Final = """
import gc
from rnnviz.ui.shell import warmup
warmup.HEAD_START = 0.0
from streamlit.testing.v1 import AppTest
AppTest.from_file("app.py", default_timeout=60).run()
assert warmup._done.wait(60)
print(warmup.warmth().torch_threads, gc.get_freeze_count() > 100_000)
"""


def packed(url: str) -> tuple[Message, bytes]:
    """The headers and the body that one gets who can unpack gzip."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return response.headers, response.read()


def run(program: str, *, cwd: Path = ROOT, stdin: str = "") -> str:
    """What a program prints in a fresh interpreter that finds the project."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    result = subprocess.run(
        [sys.executable, "-c", start + program], cwd=cwd, input=stdin, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server") / "output.txt") as running_server:
        yield running_server


def test_settings_hold_wherever_it_is_started(tmp_path: Path) -> None:
    output = run(SETTINGS, cwd=tmp_path, stdin=json.dumps(list(WRITTEN)))
    assert json.loads(output.splitlines()[-1]) == WRITTEN


def test_settings_that_the_design_rests_on() -> None:
    assert WRITTEN["runner.postScriptGC"] is False
    assert WRITTEN["global.maxCachedMessageAge"] == 20
    assert WRITTEN["global.minCachedMessageSize"] == 500
    assert WRITTEN["browser.gatherUsageStats"] is False
    assert WRITTEN["client.showSidebarNavigation"] is False
    assert WRITTEN["server.address"] == "127.0.0.1"


@pytest.mark.parametrize(("address", "hosts"), [("127.0.0.1", ["127.0.0.1"]), ("::", ["::1", "127.0.0.1"])])
def test_no_answer_waits_until_the_browser_has_confirmed_its_beginning(address: str, hosts: list[str]) -> None:
    program = ACCEPTED.format(address=address, port=free_port(), hosts=hosts)
    assert json.loads(run(program).splitlines()[-1]) == [True] * len(hosts)


def test_nothing_watches_files_while_pages_are_open() -> None:
    assert json.loads(run(WATCHERS.format(port=free_port())).splitlines()[-1]) == []


def test_uploads_are_limited() -> None:
    assert run(UPLOAD) == "64"


def test_the_home_page_loads_no_torch() -> None:
    assert run(LANDING) == "[]"


def test_no_page_waits_for_other_packages_once_the_server_says_where_it_is() -> None:
    assert run(SECOND) == "[]"


def test_numpy_and_torch_are_told_of_one_thread_before_they_are_loaded() -> None:
    assert run(THREADS) == "[] 1"


def test_the_warm_up_happens_without_our_server_too() -> None:
    assert run(DIRECT).split() == ["1", "True"]


def test_readiness_turns_when_the_warm_up_is_done(tmp_path: Path) -> None:
    with running(tmp_path / "output.txt") as server:
        first = server.get("/readyz")
        assert (first.status, json.loads(first.body)["ready"]) == (503, False)
        server.wait_until_ready()
        after = json.loads(server.get("/readyz").body)
    assert after["ready"]
    assert after["torch_threads"] == 1
    assert after["frozen"] > 100_000


def test_health_answers_while_imports_go_on(server: Server) -> None:
    assert server.get("/_stcore/health").body == "ok"


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/readyz", "/favicon.png", "/missing.js"])
def test_headers_are_sent_with_every_answer(server: Server, path: str) -> None:
    answer = server.get(path)
    sent = {name.lower(): value for name, value in answer.headers.items()}
    assert {name: sent.get(name.lower()) for name in HEADERS} == HEADERS


def test_origins_that_may_show_views_are_named_and_nothing_else_changes() -> None:
    usual, opened = headers(), headers(("https://moodle.example.org", "http://slides:8000"))
    name, ancestors = "Content-Security-Policy", "frame-ancestors 'self'"
    assert opened[name] == usual[name].replace(ancestors, f"{ancestors} https://moodle.example.org http://slides:8000")
    assert set(usual) - set(opened) == {"X-Frame-Options"}
    assert opened["Cross-Origin-Opener-Policy"] == "same-origin"


def test_no_inline_script_runs_but_streamlits_own(server: Server) -> None:
    scripts = re.findall(r"<script>", server.get("/").body)
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["script-src"].count("'sha256-") == len(scripts)
    assert "unsafe-inline" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"]


def handshake(server: Server, *, origin: str, host: str = "") -> str:
    """What the server answers to a websocket that a page of this origin opens."""
    address, port = server.url.removeprefix("http://").split(":")
    request = (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: {host or f'{address}:{port}'}\r\nOrigin: {origin}\r\n"
        "Connection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cm5udml6IHdhcyBoZXJlIQ==\r\n"
        "Sec-WebSocket-Protocol: streamlit\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    )
    with socket.create_connection((address, int(port)), timeout=PATIENCE) as client:
        client.sendall(request.encode())
        return client.recv(4096).decode(errors="replace")


def test_websockets_open_uncompressed(server: Server) -> None:
    answer = handshake(server, origin=server.url)
    assert answer.startswith("HTTP/1.1 101")
    assert "permessage-deflate" not in answer


def test_a_foreign_page_is_refused_and_nobody_is_asked_about_it(tmp_path: Path) -> None:
    # Whatever left the machine by HTTP would come by here, and would wait for its answer.
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with running(
            tmp_path / "output.txt",
            environment={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "http_proxy": proxy,
                "https_proxy": proxy,
                "no_proxy": "",
            },
        ) as server:
            answers = [handshake(server, origin=f"http://evil{number}.example") for number in range(10)]
        silent.setblocking(False)
        asked = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                silent.accept()[0].close()
                asked += 1
    assert [answer.split(" ")[1] for answer in answers] == ["403"] * 10
    assert asked == 0


def test_a_page_that_was_given_this_address_under_its_own_name_is_refused(server: Server) -> None:
    port = server.url.rpartition(":")[2]
    assert handshake(server, origin=f"http://evil.example:{port}", host=f"evil.example:{port}").startswith(
        "HTTP/1.1 403"
    )
    request = urllib.request.Request(server.url, headers={"Host": f"evil.example:{port}"})
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(request, timeout=PATIENCE)
    with refused.value as answer:
        assert "start it with --host evil.example" in answer.read().decode()
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("/clipping", "/Clipping"),
        ("/Step%20through", "/Step_through"),
        ("/step-through?seed=5&words=a+%C3%A9", "/Step_through?seed=5&words=a+%C3%A9"),
        ("/Gates/x/y", "/Gates"),
        ("/home", "/"),
        ("/Gates", None),
        ("/Gates/_stcore/health", None),
        ("/nowhere", None),
        ("//evil.example/gates", None),
    ],
)
def test_an_address_as_it_was_typed_leads_to_the_page(server: Server, typed: str, address: str | None) -> None:
    def location(accept: str) -> str | None:
        with contextlib.closing(HTTPConnection(*server.url.removeprefix("http://").split(":"))) as visitor:
            visitor.request("GET", typed, headers={"Accept": accept})
            return visitor.getresponse().headers["Location"]

    assert location("text/html,application/xhtml+xml") == address
    assert location("application/json") is None


def test_metrics_are_not_for_visitors(server: Server) -> None:
    assert server.get("/_stcore/metrics").status == 404


def test_the_warm_up_happens_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnviz.ui.shell import warmup

    runs: list[int] = []
    monkeypatch.setattr(warmup, "_thread", None)
    monkeypatch.setattr(warmup, "_warm", lambda: runs.append(1))
    for _ in range(3):
        warmup.start()
    assert warmup._thread is not None
    warmup._thread.join(10)
    assert runs == [1]


def test_the_rest_follows_a_warm_up_even_if_it_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnviz.ui.shell import warmup

    done: list[str] = []
    monkeypatch.setattr(warmup, "_thread", None)
    monkeypatch.setattr(warmup, "_warm", lambda: done.append("warm"))
    warmup.start(then=lambda: done.append("then"))
    assert warmup._thread is not None
    warmup._thread.join(10)
    assert done == ["warm", "then"]


def test_streamlits_scripts_come_packed_once_the_server_is_warm(server: Server) -> None:
    from rnnviz.ui.server import scripts

    largest = max((scripts.STATIC / "js").iterdir(), key=lambda file: file.stat().st_size)
    url, deadline = f"{server.url}/static/js/{largest.name}", time.monotonic() + PATIENCE
    while (found := packed(url))[0]["Content-Encoding"] != "gzip":
        assert time.monotonic() < deadline, str(found[0])
        time.sleep(0.2)
    headers, body = found
    assert gzip.decompress(body) == largest.read_bytes()
    assert len(body) < 0.4 * largest.stat().st_size
    assert headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in headers["Cache-Control"]
    assert headers["Vary"] == "Accept-Encoding"
    assert {name: headers[name] for name in HEADERS} == HEADERS


def test_who_cannot_unpack_gets_them_as_they_are(server: Server) -> None:
    from rnnviz.ui.server import scripts

    small = min((scripts.STATIC / "js").glob("index.*.js"), key=lambda file: file.stat().st_size)
    answer = server.get(f"/static/js/{small.name}")
    assert "content-encoding" not in {name.lower() for name in answer.headers}
    assert answer.body == small.read_text(encoding="utf-8")


def test_a_document_names_what_every_page_needs_once_and_it_is_there(server: Server) -> None:
    from rnnviz.ui.server import documents

    headers, body = packed(f"{server.url}/Step_through")
    page = gzip.decompress(body).decode()
    assert page == documents.written() == server.get("/").body
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert headers["Cache-Control"] == "no-cache"
    files = re.findall(r"/static/js/([\w.-]+)\"", page)
    assert len(files) == len(set(files))
    assert {part for part in documents.EVERYWHERE if any(file.startswith(f"{part}.") for file in files)} == set(
        documents.EVERYWHERE
    )
    assert {server.get(f"/static/js/{file}").status for file in files} == {200}


def test_a_document_says_where_the_server_is_before_streamlits_scripts_begin(server: Server) -> None:
    from rnnviz.ui.server import documents

    page = server.get("/Gates").body
    assert 0 < page.index(f'<script defer src="{documents.TOLD_AT}">') < page.index('<script type="module"')
    answer = server.get(documents.TOLD_AT)
    assert "BACKEND_BASE_URL: location.origin" in answer.body
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


def test_what_is_no_page_is_left_to_streamlit(server: Server) -> None:
    for address in ("/nowhere", "/Gates/_stcore/health", "/start.0123456789abcdef.js"):
        assert "BACKEND_BASE_URL" not in server.get(address).body
        assert "/start." not in server.get(address).body


def test_the_module_of_a_widget_is_fetched_once(server: Server) -> None:
    from rnnviz.ui.shell import modules

    module = modules.of("panels")
    headers, body = packed(server.url + module.address)
    assert gzip.decompress(body).decode() == module.source == server.get(module.address).body
    assert "immutable" in headers["Cache-Control"]
    assert headers["Content-Type"].startswith("text/javascript")
    assert {name: headers[name] for name in HEADERS} == HEADERS


def test_a_module_of_another_version_is_not_there(server: Server) -> None:
    answer = server.get("/widgets/panels.0123456789abcdef.js")
    assert (answer.status, answer.body) == (404, "Not Found")


def posted(server: Server, body: bytes, **headers: str) -> tuple[int, Message, str]:
    """The status, the headers and the text of the answer to a question about a review."""
    request = urllib.request.Request(server.url + direct.ADDRESS, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def test_a_key_in_a_review_is_answered_without_a_run_of_the_page(server: Server) -> None:
    server.wait_until_ready()
    asked = {"box": "0.1", "network": "bilstm", "text": "What a good film", "in_words": True}
    status, headers, body = posted(server, json.dumps(asked).encode(), Origin=server.url)
    assert status == 200
    answer = json.loads(body)
    assert answer["said"]["sign"] == "positive"
    assert answer["words"]["tokens"] == ["What", "a", "good", "film"]
    assert headers["Cache-Control"] == "no-store"
    assert {name: headers[name] for name in HEADERS} == HEADERS


def test_questions_that_are_none_too_long_or_of_a_foreign_page_are_refused(server: Server) -> None:
    server.wait_until_ready()
    status, _, why = posted(server, b"{}")
    assert (status, why.partition(",")[0]) == (400, "a question must have the texts box")
    status, _, why = posted(server, b" " * (direct.MOST_BYTES + 1))
    assert (status, why) == (400, f"a question must have at most {direct.MOST_BYTES:,} bytes")
    assert posted(server, b"{}", Origin="http://elsewhere.example")[0] == 403


def test_who_hangs_up_or_asks_too_much_at_once_is_no_trouble_for_others(server: Server) -> None:
    server.wait_until_ready()
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0)) as asking:
            asking.sendall(f"POST {direct.ADDRESS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{{".encode())
    asked = {"box": "0.2", "network": "bilstm", "text": "good " * 1_900, "in_words": True}
    with ThreadPoolExecutor(60) as visitors:
        found = list(visitors.map(lambda _: posted(server, json.dumps(asked).encode())[0], range(60)))
    assert set(found) == {200, 503}
    assert posted(server, json.dumps({**asked, "text": "good"}).encode())[0] == 200
    assert "Traceback" not in server.log.read_text(encoding="utf-8")


def test_an_update_brings_neither_scripts_nor_markup_nor_styles(server: Server) -> None:
    sent = asyncio.run(widgets_of(server, View("Gates", {"cell": "lstm", "input": "words", "hidden_size": "16"})))
    assert {name.removeprefix("rnnviz_") for name in sent} >= {"bar", "panels"}
    for widget in sent.values():
        assert len(widget.js_content) < 500
        assert not widget.html_content + widget.css_content


def test_what_a_page_reports_late_does_not_keep_its_visitor_from_the_next(server: Server) -> None:
    """A browser may send that typing rests with the request for the page to which its visitor goes."""

    async def go_on() -> list[str]:
        async with visitor(server.url) as there:
            await ask(there, View("Sentiment"))
            sent = await told(there)
            (pages,) = (one.navigation.app_pages for one in sent if one.WhichOneof("type") == "navigation")
            review = next(one.id for one in widgets(sent) if one.component_name == "rnnviz_review")
            asked = BackMsg()
            asked.rerun_script.page_script_hash = next(
                page.page_script_hash for page in pages if page.url_pathname == "Hidden_states"
            )
            settled = json.dumps({"settled": {"start": "1.1", "count": 3}})
            asked.rerun_script.widget_states.widgets.add(id=review, json_value=settled)
            await there.send(asked.SerializeToString())
            return [element.heading.body for element in elements(await told(there))]

    server.wait_until_ready()  # before, typing reruns nothing alone
    assert "Hidden states" in asyncio.run(go_on())


async def widgets_of(server: Server, view: View) -> dict[str, BidiComponent]:
    """The widgets that a page mounts, by name, as they are sent."""
    async with visitor(server.url) as there:
        await ask(there, view)
        return {widget.component_name: widget for widget in widgets(await told(there))}


def elements(sent: Iterable[ForwardMsg]) -> list[Element]:
    return [one.delta.new_element for one in sent if one.WhichOneof("type") == "delta"]


def widgets(sent: Iterable[ForwardMsg]) -> list[BidiComponent]:
    return [one.bidi_component for one in elements(sent) if one.WhichOneof("type") == "bidi_component"]


async def told(there: ClientConnection) -> list[ForwardMsg]:
    """What a visitor is sent until a run has come to its end."""
    sent: list[ForwardMsg] = []
    async with asyncio.timeout(PATIENCE):
        while True:
            one = ForwardMsg.FromString(await there.recv(decode=False))
            sent.append(one)
            ended = one.WhichOneof("type") == "script_finished"
            if ended and one.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return sent


@pytest.mark.parametrize("fails", [False, True])
def test_torch_is_loading_until_the_warm_up_has_it_or_gives_up(fails: bool) -> None:
    assert run(LOADING.format(fails=fails)) == "False True False"


def test_torch_is_not_loading_where_it_was_imported_before() -> None:
    assert run(f"import torch\n{LOADING.format(fails=False)}") == "False False False"


def test_a_failed_warm_up_never_says_ready(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    import threading

    from rnnviz.ui.shell import warmup

    monkeypatch.setattr(warmup, "_done", threading.Event())
    monkeypatch.setattr(warmup, "HEAD_START", 0.0)
    monkeypatch.setattr(warmup, "HEAVY", ("a_module_that_is_not_there.at_all",))
    warmup._warm()
    assert not warmup.warmth().ready
    assert "the warm-up failed" in caplog.text


def test_headers_of_a_page_are_kept_if_it_sets_its_own() -> None:
    import asyncio

    from starlette.types import Message, Receive, Scope, Send

    from rnnviz.ui.server.serving import SecurityHeaders

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"referrer-policy", b"no-referrer")]})

    sent: list[Message] = []

    async def record(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    asyncio.run(SecurityHeaders(page)({"type": "http"}, receive, record))
    headers = sent[0]["headers"]
    assert (b"referrer-policy", b"no-referrer") in headers
    assert len(headers) == len(HEADERS)
    assert all(name == name.lower() for name, _ in headers)
    assert not [1 for (a, _), (b, _) in pairwise(sorted(headers)) if a == b]


def test_no_header_says_where_a_visitor_comes_from() -> None:
    """Behind a proxy on this machine any browser could write it. Only what ``RNNVIZ_PROXY_HEADER`` names counts."""
    import asyncio

    from starlette.types import Receive, Scope, Send

    from rnnviz.ui.server import serving as server

    found: list[object] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(scope["client"])

    settings = server._settings(application)  # type: ignore[arg-type]  # stands where the application does
    settings.load()
    headers = [(b"x-forwarded-for", b"10.0.0.1"), (b"x-forwarded-proto", b"https")]
    scope = {"type": "http", "client": ("127.0.0.1", 5000), "headers": headers, "scheme": "http"}
    asyncio.run(settings.loaded_app(scope, None, None))  # type: ignore[arg-type]
    assert found == [("127.0.0.1", 5000)]


def test_a_kind_of_warning_is_written_once_in_signs_that_can_be_printed() -> None:
    once = Once()

    def record(level: int, message: str, *args: object) -> logging.LogRecord:
        return logging.LogRecord("a", level, "file", 1, message, args, None)

    first = record(logging.WARNING, "refused %s", "a\n\x1b[31m" + "b" * 9_000)
    assert once.filter(first)
    assert first.getMessage().isprintable()
    assert len(first.getMessage()) == 300
    assert not once.filter(record(logging.WARNING, "refused %s", "another"))
    assert once.filter(record(logging.WARNING, "something else"))
    assert all(once.filter(record(logging.ERROR, "an error")) for _ in range(2))
