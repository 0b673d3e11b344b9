"""Two parts of a page asked for one after the other, the second in the moment in which Streamlit loses the first's end.

``python -m tests.ui.lost_messages [kept]`` prints what the browser is told, as JSON; with ``kept`` as this project's
server runs.
"""

import asyncio
import json
import sys
import threading
import time
from typing import Final

import streamlit as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime, RuntimeConfig, SessionClient
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from rnnviz.ui.server import run_order

PATIENCE: Final = 20.0


class Browser(SessionClient):
    """Hears what is sent to it."""

    def __init__(self) -> None:
        self.heard: list[ForwardMsg] = []

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        self.heard.append(msg)

    @property
    def client_ip(self) -> str | None:
        return None

    def texts(self) -> dict[str, str]:
        """The newest text of each part, with the part's fragment."""
        said = [message.delta for message in self.heard if message.HasField("delta")]
        texts = [delta for delta in said if delta.new_element.WhichOneof("type") == "markdown"]
        return {delta.new_element.markdown.body: delta.fragment_id for delta in texts}


def page() -> None:
    """Two parts, each of which says how often it has run."""
    for name in ("first", "second"):
        st.fragment(count, key=name)(name)


def count(name: str) -> None:
    """One part."""
    st.session_state[name] = st.session_state.get(name, 0) + 1
    st.markdown(f"{name} {st.session_state[name]}")


async def told() -> list[str]:
    """What the browser is told."""
    runtime = Runtime(RuntimeConfig(__file__, MemoryMediaFileStorage("/media"), MemoryUploadedFileManager("/upload")))
    await runtime.start()
    browser = Browser()
    session = runtime.connect_session(browser, {})
    runtime.handle_backmsg(session, asked(""))
    parts = await wait_for(browser, {"first 1", "second 1"})
    runtime.handle_backmsg(session, asked(parts["first 1"]))
    while any("ScriptRunner" in thread.name for thread in threading.enumerate()):
        time.sleep(0.01)  # the loop is busy, and the run ends meanwhile
    runtime.handle_backmsg(session, asked(parts["second 1"]))
    found = await wait_for(browser, {"second 2"})
    runtime.stop()
    return list(found)


def asked(fragment: str) -> BackMsg:
    message = BackMsg()
    message.rerun_script.fragment_id = fragment
    return message


async def wait_for(browser: Browser, texts: set[str]) -> dict[str, str]:
    end = time.monotonic() + PATIENCE
    while not texts <= browser.texts().keys():
        assert time.monotonic() < end, browser.texts()
        await asyncio.sleep(0.01)
    return browser.texts()


if __name__ == "__main__":
    if st.runtime.exists():
        page()
    else:
        if "kept" in sys.argv:
            run_order.keep()
            run_order.keep()
        print(json.dumps(asyncio.run(told())))
