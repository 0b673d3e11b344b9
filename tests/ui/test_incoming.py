"""What a browser sends that its page never sends does not get to Streamlit."""

import asyncio
from typing import Final

import pytest
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from rnnviz.ui.server.incoming import KINDS, PROTOCOL_ERROR, Incoming, kind_of
from tests.together import together

OPERATIONS: Final = frozenset(
    field.name for field in BackMsg().backend_operation_request.DESCRIPTOR.oneofs_by_name["payload"].fields
)
ALL: Final = OPERATIONS | {field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields} - {
    "backend_operation_request"
}


def message_of(kind: str) -> BackMsg:
    made = BackMsg()
    part = made.backend_operation_request if kind in OPERATIONS else made
    field = part.DESCRIPTOR.fields_by_name[kind]
    if field.type == field.TYPE_MESSAGE:
        getattr(part, kind).SetInParent()
    else:
        setattr(part, kind, True)
    return made


def passed(*sent: Message) -> tuple[list[Message], list[Message]]:
    """What an application behind the middleware hears, and what the browser does; the application answers each."""
    waiting, heard, answers = [*sent, {"type": "websocket.disconnect", "code": 1000}], list[Message](), list[Message]()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            heard.append(message)
            await send({"type": "websocket.send", "bytes": b"answer"})
        heard.append(message)
        await send({"type": "websocket.send", "bytes": b"late"})

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        answers.append(message)

    asyncio.run(Incoming(application)({"type": "websocket"}, receive, send))
    return heard, answers


def of(content: bytes) -> Message:
    return {"type": "websocket.receive", "bytes": content}


@together("kind", sorted(ALL))
def test_only_what_pages_send_is_heard(kind: str) -> None:
    first, message, last = {"type": "websocket.connect"}, of(message_of(kind).SerializeToString()), of(b"")
    heard, answers = passed(first, message, last)
    assert kind_of(message["bytes"]) == kind
    assert heard[:-1] == ([first, message] if kind in KINDS else [first])
    assert len(answers) == len(heard)


def test_streamlit_has_these_messages() -> None:
    """A new one is to be thought about."""
    assert KINDS < ALL
    assert {
        "clear_cache", "set_run_on_save", "load_git_info", "debug_disconnect_websocket", "debug_shutdown_runtime",
        "install_skills", "dismiss_skills_nudge",
    } == ALL - KINDS  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [of(b"\xff\xff\xff"), {"type": "websocket.receive", "text": "{}"}, {"type": "websocket.receive", "bytes": None}],
    ids=["bytes", "text", "nothing"],
)
def test_what_is_no_message_ends_the_websocket(message: Message) -> None:
    good = of(message_of("app_heartbeat").SerializeToString())
    heard, answers = passed(good, message, good)
    assert [one["type"] for one in heard] == ["websocket.receive", "websocket.disconnect"]
    assert [one["type"] for one in answers] == ["websocket.send", "websocket.close"]
    assert answers[-1]["code"] == PROTOCOL_ERROR


def test_who_leaves_while_he_is_answered_has_left() -> None:
    """As Streamlit answers: in a task beside the one that listens."""
    arrives: list[Message] = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1006}]

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        await asyncio.create_task(websocket.send_bytes(b"answer"))
        with pytest.raises(WebSocketDisconnect):
            await websocket.receive_bytes()

    async def receive() -> Message:
        return arrives.pop(0)

    async def send(message: Message) -> None:
        if message["type"] == "websocket.send":
            raise OSError

    asyncio.run(Incoming(application)({"type": "websocket"}, receive, send))
    assert not arrives


@pytest.mark.parametrize("name", ["", "control_notation", "$$", "\0"])
def test_a_run_with_a_value_of_no_control_is_not_asked_for(name: str) -> None:
    message = BackMsg()
    message.rerun_script.widget_states.widgets.add(id=name, string_value="torch")
    assert kind_of(message.SerializeToString()) == ""
    message.rerun_script.widget_states.widgets[0].id = "$$ID-0-control_notation"
    assert kind_of(message.SerializeToString()) == "rerun_script"
