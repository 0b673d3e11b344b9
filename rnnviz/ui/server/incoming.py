"""Which messages of a browser reach Streamlit: those that its own page sends while somebody uses the application.

Streamlit would answer others. One asks for the files in the application's folder that git does not know, for which
Streamlit runs git while everybody waits. Others write a line or a traceback into the log each time.
"""

from contextlib import suppress
from typing import Final

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.state.common import is_element_id
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX

KINDS: Final = frozenset(
    {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "deferred_file", "dataframe_chunk"}
)
"""The kinds of message that pass."""

PROTOCOL_ERROR: Final = 1002
"""The code, by RFC 6455, that ends a websocket which brought no message at all."""


class Incoming:
    """ASGI middleware that keeps other messages from the application, and ends a websocket that brings none.

    The application learns from a message that its visitor has gone, never from an answer that fails: Streamlit takes
    what Starlette then raises for text that was sent to it, and writes two tracebacks into the log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        ended = False

        async def receive_known() -> Message:
            nonlocal ended
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                try:
                    kind = kind_of(message.get("bytes"))
                except ValueError:
                    await send_before_the_end({"type": "websocket.close", "code": PROTOCOL_ERROR, "reason": ""})
                    ended = True
                    return {"type": "websocket.disconnect", "code": PROTOCOL_ERROR, "reason": ""}
                if kind in KINDS:
                    return message

        async def send_before_the_end(message: Message) -> None:
            if not ended:
                with suppress(OSError):
                    await send(message)

        await self.app(scope, receive_known, send_before_the_end)


def kind_of(content: bytes | None) -> str:
    """The kind of a message; empty if it has none, or asks for a run with values of what is no control.

    Streamlit's own controls look through all values of a session, and stop the page at one that no control has.

    Args:
        content: From anybody; None where there was text.

    Raises:
        ValueError: If it is no message.
    """
    if content is None:
        raise ValueError("a message must be bytes; got text")
    try:
        message = BackMsg.FromString(content)
    except DecodeError as error:
        raise ValueError(f"a message must be a BackMsg; {error}") from error
    kind: str = message.WhichOneof("type") or ""
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") or ""
    values = message.rerun_script.widget_states.widgets if kind == "rerun_script" else ()
    return kind if all(_is_of_a_control(value.id) for value in values) else ""


def _is_of_a_control(name: str) -> bool:
    return is_element_id(name) or name.startswith(STREAMLIT_INTERNAL_KEY_PREFIX)
