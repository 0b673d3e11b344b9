"""Whatever is sent to a server that runs: it goes on for everybody else, and its log stays short."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Iterator
from random import Random
from typing import Final
from urllib.parse import urlsplit

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from rnnviz.ui.server.incoming import kind_of
from tests.hostile import mutations
from tests.hostile.cases import MOST_SECONDS, Fuzzer, blocks, survives
from tests.hostile.mutations import drawn
from tests.serving import Server, running
from tests.ui.opened import BY_ADDRESS
from tests.visiting import PATIENCE, Seen, View, ask, look_at, resident, used, visitor, wait_for

EACH: Final = 20
"""Messages of one connection."""

ASK_AGAIN: Final = 2.0
"""Seconds after which an answer is asked for once more."""

LOG: Final = 20_000
"""Bytes that the log of a server may come to, whatever is sent."""

GROWTH: Final = 150_000_000
"""Bytes that a server may grow by."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server") / "output.txt") as server:
        server.wait_until_ready()
        asyncio.run(look_at(server.url, [View("Step_through"), View("Gates")], Seen()))
        yield server


def still_serves(server: Server) -> None:
    """Another visitor sees each page whole, and nothing went so wrong that the log has a traceback."""
    seen = Seen()
    asyncio.run(look_at(server.url, [View("Step_through", {"cell": "gru"}), View("Gates")], seen))
    assert (seen.views, seen.exceptions) == (2, [])
    log = server.log.read_text(encoding="utf-8")
    assert "Traceback" not in log, log[-4_000:]
    assert len(log) < LOG, log[-4_000:]


# --- Messages of any kind ---


def message(chosen: Random) -> bytes | str:
    """A message with hostile fields, a damaged one, or anything else."""
    way = chosen.randrange(12)
    if way == 0:
        return mutations.piece(chosen)
    if way == 1:
        return chosen.randbytes(chosen.choice((0, 1, 20, 2_000, 200_000)))
    made = _filled(chosen, BackMsg(), 0)
    if chosen.random() < 0.97:  # a run of a page takes a hundred times what the others take
        made.ClearField("rerun_script")
    content = made.SerializeToString()
    return mutations.content(chosen, content) if way < 4 else content


def _filled(chosen: Random, made: Message, depth: int) -> BackMsg:
    """A protobuf message of which a few fields, of whatever depth, have hostile values."""
    fields = list(made.DESCRIPTOR.fields)
    for field in chosen.sample(fields, min(len(fields), chosen.choice((1, 1, 2, 5)))):
        if field.type == field.TYPE_MESSAGE:
            if depth < 6:
                part = getattr(made, field.name)
                for inner in [part.add() for _ in range(chosen.choice((1, 3)))] if field.is_repeated else [part]:
                    inner.SetInParent()
                    _filled(chosen, inner, depth + 1)
        elif field.is_repeated:
            getattr(made, field.name).extend([_value(chosen, field)] * chosen.choice((1, 100)))
        else:
            setattr(made, field.name, _value(chosen, field))
    return made  # type: ignore[return-value]  # of the outermost


def _value(chosen: Random, field: FieldDescriptor) -> object:
    kind = field.cpp_type
    numbers = {1: (-(2**31), 2**31 - 1), 2: (-(2**63), 2**63 - 1), 3: (0, 2**32 - 1), 4: (0, 2**64 - 1), 8: (0, 0)}
    if kind in numbers:
        return chosen.choice((0, *numbers[kind]))
    if kind in (5, 6):
        return chosen.choice((0.0, -1e30, float("inf"), float("nan")))
    if kind == 7:
        return chosen.random() < 0.5
    text = mutations.piece(chosen) if chosen.random() < 0.9 else chosen.choice(mutations.LONG) * 5_000
    return text.encode() if field.type == field.TYPE_BYTES else text


def read(case: bytes | str) -> Iterator[str]:
    kind_of(case if isinstance(case, bytes) else None)
    yield from ()


@pytest.mark.parametrize("block", blocks(12))
def test_any_message_is_about_something_or_refused(block: int) -> None:
    survives(Fuzzer("message", message, read, (ValueError,)), block)


@pytest.mark.slow
def test_who_leaves_while_the_server_answers_leaves_no_trace(server: Server) -> None:
    for _ in range(10):
        asyncio.run(_leave(server.url))
    still_serves(server)


async def _leave(url: str) -> None:
    """Break off during a run, with more asked for than the server has dealt with."""
    asked = BackMsg()
    asked.app_heartbeat = True
    async with visitor(url) as there:
        await ask(there, View("Step_through"))
        await there.recv()
        for _ in range(2_000):
            await there.send(asked.SerializeToString())


async def _send(url: str, messages: list[bytes | str]) -> None:
    """Send some messages over one websocket, or over another where the server has ended it."""
    waiting = list(messages)
    while waiting:
        with contextlib.suppress(ConnectionClosed):
            async with visitor(url) as there:
                while waiting:
                    await there.send(waiting.pop(0))
                    if await _has_ended(there):
                        break


async def _has_ended(there: ClientConnection) -> bool:
    """Whether the server has ended the connection; if not, it has dealt with all that was sent.

    A run that begins clears what waits to be sent, an answer among it, so it is asked for again.
    """
    asked = BackMsg()
    asked.app_heartbeat = True
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            await there.send(asked.SerializeToString())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ASK_AGAIN):
                    while ForwardMsg.FromString(await there.recv(decode=False)).WhichOneof("type") != "heartbeat_ack":
                        pass
                    return False
        raise AssertionError(f"no answer within {PATIENCE} s")
    except ConnectionClosed:
        return True


@pytest.mark.parametrize("block", blocks(4))
def test_a_server_survives_any_messages(server: Server, block: int) -> None:
    before, size = used(server.process.pid), resident(server.process.pid)
    for first in range(1_000 * block, 1_000 * (block + 1), EACH):
        asyncio.run(_send(server.url, [message(drawn("sent", first + k)) for k in range(EACH)]))
        after = used(server.process.pid)
        assert after - before <= EACH * MOST_SECONDS, f"drawn('sent', {first}) and {EACH - 1} more: {after - before} s"
        before = after
    assert resident(server.process.pid) - size < GROWTH
    still_serves(server)


def test_text_and_what_is_no_message_end_a_websocket_without_a_traceback(server: Server) -> None:
    asyncio.run(_send(server.url, ["text", b"\xff\xff\xff", "", b"\x07"]))
    still_serves(server)


def test_no_message_is_larger_than_streamlit_takes(server: Server) -> None:
    """It was taken in whole, up to 200 MB, before it was refused."""

    async def send() -> tuple[bool, int]:
        async with visitor(server.url) as there:
            with contextlib.suppress(ConnectionClosed):
                await there.send(b"\0" * 25_000_001)
            ended = await _has_ended(there)
            return ended, there.protocol.close_rcvd.code if there.protocol.close_rcvd else 0

    assert asyncio.run(send()) == (True, 1009)
    still_serves(server)


# --- Handshakes ---

HEADERS: Final = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "cm5udml6IHdhcyBoZXJlIQ==",
    "Sec-WebSocket-Protocol": "streamlit",
    "Sec-WebSocket-Extensions": "permessage-deflate",
    "Cookie": "_streamlit_xsrf=2|a|b|1; _streamlit_user=a",
    "X-Real-IP": "10.0.0.1",
    "X-Forwarded-For": "10.0.0.1",
    "Accept-Language": "en",
    "User-Agent": "Mozilla/5.0",
    "Content-Length": "0",
    "Transfer-Encoding": "chunked",
}
FOREIGN: Final = ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "user@127.0.0.1", "null", "")


def handshake(chosen: Random, host: str) -> tuple[bytes, bool]:
    """A request for the websocket with hostile headers, and whether it may succeed: by host and origin."""
    names = {"Host": host} | {name: HEADERS[name] for name in HEADERS if chosen.random() < 0.9}
    if chosen.random() < 0.6:
        names["Origin"] = f"http://{host}"
    allowed = True
    for name in chosen.sample(sorted(names), chosen.choice((0, 1, 2))):
        if name in ("Host", "Origin"):
            names[name] = "http://" * (name == "Origin") + chosen.choice(FOREIGN)
            allowed = False
        else:
            names[name] = mutations.text(chosen, names[name])[:20_000]
    if chosen.random() < 0.1:
        names["Host"], allowed = f"{host}\r\nHost: {chosen.choice(FOREIGN)}", False
    path = "/_stcore/stream" if chosen.random() < 0.8 else f"/_stcore/{mutations.piece(chosen)}"
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in names.items())]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace"), allowed


def answer_to(url: str, request: bytes) -> str:
    """The status that a server answers with; empty if it ends the connection without, or waits for more."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PATIENCE) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            return client.recv(4096).decode(errors="replace")[9:12]
    return ""


@pytest.mark.parametrize("block", blocks(4))
def test_a_server_survives_any_handshake(server: Server, block: int) -> None:
    host, before, statuses = server.url.removeprefix("http://"), used(server.process.pid), set[str]()
    for number in range(1_000 * block, 1_000 * (block + 1)):
        request, allowed = handshake(drawn("handshake", number), host)
        status = answer_to(server.url, request)
        assert not status.startswith("5"), f"drawn('handshake', {number}): {status}\n{request!r}"
        assert allowed or status != "101", f"drawn('handshake', {number}) was let in\n{request!r}"
        statuses.add(status)
    assert statuses >= {"101", "403", "400"}
    assert used(server.process.pid) - before < 1_000 * MOST_SECONDS / 20
    still_serves(server)


# --- What widgets send ---

PAGES: Final = tuple(name for name in BY_ADDRESS if name)


async def _widgets(there: ClientConnection) -> list[tuple[str, str]]:
    """The kinds and the ids of all widgets that a run of a page shows."""
    found: dict[str, str] = {}
    while True:
        told = ForwardMsg.FromString(await asyncio.wait_for(there.recv(decode=False), PATIENCE))
        if told.WhichOneof("type") == "script_finished":
            return sorted((kind, name) for name, kind in found.items())
        if told.WhichOneof("type") == "delta":
            kind = told.delta.new_element.WhichOneof("type")
            name = getattr(getattr(told.delta.new_element, kind), "id", "") if kind else ""
            if name:
                found[str(name)] = str(kind)


def _state(chosen: Random, kind: str, name: str) -> WidgetState:
    """What a widget says of itself, by somebody who has rewritten the page."""
    state = WidgetState(id=name)
    if kind == "bidi_component":
        told = {
            "t": 3,
            "unit": 1,
            "first": 0,
            "id": "a",
            "frames": ["YQ=="],
            "look": 1,
            "text": "a",
            "edits": [[0, 1, 0.5]],
        }
        state.json_value = _json(chosen, told)
    elif kind in ("text_input", "text_area"):
        state.string_value = mutations.text(chosen, "1 2 3").encode("utf-8", "replace").decode()[:150_000]
    elif kind == "button":
        state.trigger_value = True
    return state


def _json(chosen: Random, told: object) -> str:
    """A hostile object that Streamlit can read; of all else it writes a traceback, and no page hears of it."""
    while True:
        text = json.dumps(mutations.data(chosen, told))
        with contextlib.suppress(ValueError):
            if isinstance(json.loads(text), dict):
                return text


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) for name in PAGES])
def test_a_page_survives_whatever_its_widgets_say(server: Server, name: str) -> None:
    async def visit() -> list[str]:
        seen = Seen()
        async with visitor(server.url) as there:
            await ask(there, View(name))
            widgets = [one for one in await _widgets(there) if one[0] in ("bidi_component", "text_input", "text_area")]
            for number in range(30):
                chosen = drawn(f"widgets of {name}", number)
                asked = BackMsg()
                asked.rerun_script.page_name = name
                states = [_state(chosen, *chosen.choice(widgets)) for _ in range(chosen.choice((1, 3)))]
                asked.rerun_script.widget_states.widgets.extend({one.id: one for one in states}.values())
                await there.send(asked.SerializeToString())
                await wait_for(there, seen)
                if seen.exceptions:
                    return [f"drawn('widgets of {name}', {number})", *seen.exceptions, repr(states)[:2_000]]
        return []

    assert asyncio.run(visit()) == []
    still_serves(server)
