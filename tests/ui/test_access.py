"""What the server refuses: by the host that was asked for, and by the page that asks."""

import asyncio
import logging
from typing import Any, Final

import pytest
from starlette.types import Message, Receive, Scope, Send

from rnnviz.ui.server.access import MOST_TOLD, Access
from tests.together import together

HOSTS: Final = ("localhost", "laptop", "rnn.example.org")
SOCKET: Final = "/_stcore/stream"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands where Streamlit does: accepts whatever reaches it."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def answer(
    *headers: tuple[str, str], method: str = "", path: str = "/", access: Access | None = None
) -> tuple[int, str]:
    """The status and the text; a websocket if no method is named."""
    scope: dict[str, Any] = {"type": "http" if method else "websocket", "path": path}
    scope |= {"method": method} if method else {}
    scope["headers"] = [(name.encode(), value.encode()) for name, value in headers]
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request" if method else "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run((access or Access(application, HOSTS))(scope, receive, send))
    if not method:
        return {"websocket.accept": 101, "websocket.close": 403}[sent[0]["type"]], ""
    return sent[0]["status"], sent[1]["body"].decode()


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8501",
        "LOCALHOST:8501",
        "localhost",
        "laptop:8501",
        "laptop.:8501",
        "rnn.example.org",
        "rnn.example.org:8443",
        "127.0.0.1:8501",
        "192.168.178.23:8501",
        "[::1]:8501",
        "[fe80::1]",
    ],
)
def test_its_names_and_any_address_are_answered_to(host: str) -> None:
    assert answer(("host", host), method="GET")[0] == 200
    assert answer(("host", host), ("origin", f"https://{host}"), path=SOCKET)[0] == 101
    assert answer(("host", host), ("origin", f"http://{host}"), method="PUT")[0] == 200


@together(
    "host",
    [
        "evil.example",
        "evil.example:8501",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "www.rnn.example.org",
        "localhost:port",
        "localhost:8501:1",
        "user@localhost",
        "localhost/",
        "[localhost]",
        "[::1",
        "::1",
        "127.0.0.1.",
        "2130706433",
        "",
    ],
)
def test_no_other_name_is_whoever_asks(host: str) -> None:
    assert answer(("host", host), method="GET")[0] == 403
    assert answer(("host", host), path=SOCKET)[0] == 403
    # A page that was given this machine's address under its own name.
    assert answer(("host", host), ("origin", f"http://{host}"), path=SOCKET)[0] == 403


def test_a_request_names_one_host() -> None:
    assert answer(method="GET")[0] == 403
    assert answer(("host", "localhost"), ("host", "localhost"), method="GET")[0] == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:8502",
        "http://localhost",
        "http://127.0.0.1:8501",
        "http://laptop:8501",
        "http://localhost:8501.evil.example",
        "http://user@localhost:8501",
        "null",
        "",
        "localhost:8501",
        "http://[::1",
    ],
)
def test_pages_of_others_open_no_websocket_and_change_nothing(origin: str) -> None:
    headers = (("host", "localhost:8501"), ("origin", origin))
    assert answer(*headers, path=SOCKET)[0] == 403
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert answer(*headers, method=method)[0] == 403
    for method in ("GET", "HEAD"):
        assert answer(*headers, method=method)[0] == 200


def test_one_origin_among_several_does_not_help() -> None:
    origins = (("origin", "http://localhost:8501"), ("origin", "http://evil.example"))
    assert answer(("host", "localhost:8501"), *origins, path=SOCKET)[0] == 403


def test_a_program_that_sends_no_origin_is_answered() -> None:
    assert answer(("host", "localhost:8501"), path=SOCKET)[0] == 101
    assert answer(("host", "localhost:8501"), method="PUT")[0] == 200


def test_whoever_is_refused_reads_what_lets_them_in(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        status, text = answer(("host", "rnn.uni.example:8501"), method="GET")
    assert status == 403
    assert text.startswith("Refused: this server does not know the host 'rnn.uni.example:8501'; ")
    assert text.endswith("; if that is its name, start it with --host rnn.uni.example.\n")
    assert "--host rnn.uni.example" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        answer(("host", "127.0.0.1:8501"), ("origin", "https://rnn.uni.example"), path=SOCKET)
    assert "a page of 'https://rnn.uni.example' asked for the host '127.0.0.1:8501'" in caplog.text
    assert "pass the header Host on" in caplog.text


def test_refusals_fill_no_log(caplog: pytest.LogCaptureFixture) -> None:
    access = Access(application, HOSTS)
    with caplog.at_level(logging.WARNING):
        for number in range(2 * MOST_TOLD):
            for _ in range(2):
                answer(("host", f"{number}.example\n" + 5_000 * "x"), method="GET", access=access)
    assert len(caplog.records) == MOST_TOLD
    assert max(len(one.getMessage()) for one in caplog.records) < 500
    assert not any("\n" in one.getMessage() for one in caplog.records)


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/", "/base/_stcore/metrics"])
def test_metrics_are_there_only_where_they_are_asked_for(path: str) -> None:
    host = ("host", "localhost")
    assert answer(host, method="GET", path=path)[0] == 404
    assert answer(host, method="GET", path=path, access=Access(application, HOSTS, metrics=True))[0] == 200
    assert answer(host, method="GET", path="/_stcore/health")[0] == 200
