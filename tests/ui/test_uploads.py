"""Uploads take a bounded part of the server's memory."""

import asyncio
from typing import Any, Final

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rnnviz.ui.server.uploads import MOST_OF_ALL, MOST_OF_ONE, ROUTE, Uploads

MB: Final = 2**20


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands where Streamlit does: takes whatever reaches it."""
    await PlainTextResponse("taken")(scope, receive, send)


async def answer(app: ASGIApp, method: str, length: bytes | None) -> tuple[int, str]:
    """The status and the text of the answer to a request of the session "mine"."""
    headers = [] if length is None else [(b"content-length", length)]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": f"{ROUTE}mine/file", "headers": headers}
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], sent[1]["body"].decode()


def put(held: dict[str, int], length: int | bytes | None, method: str = "PUT") -> tuple[int, str]:
    """The answer to an upload that says that it has so many bytes, while others are held."""
    said = str(length).encode() if isinstance(length, int) else length
    return asyncio.run(answer(Uploads(application, lambda: held), method, said))


def test_a_file_is_taken_while_there_is_room() -> None:
    assert put({}, 64 * MB) == (200, "taken")
    assert put({"mine": 64 * MB, "other": 100 * MB}, 64 * MB)[0] == 200


def test_one_visitor_takes_no_more_than_a_share() -> None:
    status, said = put({"mine": MOST_OF_ONE - MB}, 2 * MB)
    assert status == 413
    assert "of one visit" in said
    assert put({"other": MOST_OF_ONE - MB}, 2 * MB)[0] == 200


def test_all_together_take_no_more_than_there_is_room() -> None:
    held = {str(k): 100 * MB for k in range(4)}
    assert sum(held.values()) == MOST_OF_ALL
    status, said = put(held, 1)
    assert status == 413
    assert "as many files as it has room for" in said


@pytest.mark.parametrize("length", [None, b"", b"-1", b"x", b"1e9", b"\xb2"])
def test_an_upload_without_a_length_is_refused(length: bytes | None) -> None:
    assert put({}, length)[0] == 411


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
def test_other_requests_pass(method: str) -> None:
    assert put({"mine": MOST_OF_ALL}, None, method) == (200, "taken")


def test_uploads_on_their_way_count() -> None:
    """Of ten that come at once, two find room."""

    async def at_once() -> list[tuple[int, str]]:
        everybody = asyncio.Event()

        async def waits(scope: Scope, receive: Receive, send: Send) -> None:
            await everybody.wait()
            await application(scope, receive, send)

        guard = Uploads(waits, dict)
        tasks = [asyncio.create_task(answer(guard, "PUT", str(64 * MB).encode())) for _ in range(10)]
        await asyncio.sleep(0.05)
        everybody.set()
        found = await asyncio.gather(*tasks)
        assert guard.coming == []
        return found

    assert sorted(status for status, _ in asyncio.run(at_once())) == [200, 200, *[413] * 8]
