"""Requests of a browser that come close upon each other, and what Streamlit makes of them.

``python -m tests.ui.lost_messages ends|values|set|acts|inner [kept]`` prints what the browser is told, as JSON: of two
parts of a page, the second asked for as the first has ended; of a control whose old value comes with a part that runs
by itself; of one that the page has set, and whose old value comes at once, and later; of a button that is pressed in
the moment in which another part is asked for; of a part that runs twice and has another in it. With ``kept`` as this
project's server runs.
"""

import asyncio
import json
import sys
import threading
import time
from typing import Final

import streamlit as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
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
        """All texts that were told, in their order, with the fragment of each."""
        said = [message.delta for message in self.heard if message.HasField("delta")]
        texts = [delta for delta in said if delta.new_element.WhichOneof("type") == "markdown"]
        return {delta.new_element.markdown.body: delta.fragment_id for delta in texts}

    def has(self, text: str) -> bool:
        """Whether it has heard of a text with this beginning."""
        return any(said.startswith(text) for said in self.texts())

    def control(self) -> str:
        """The identity of the control."""
        boxes = [message.delta.new_element.text_input.id for message in self.heard if message.HasField("delta")]
        return next(filter(None, boxes))

    def button(self) -> str:
        """The identity of the button."""
        buttons = [message.delta.new_element.button.id for message in self.heard if message.HasField("delta")]
        return next(filter(None, buttons))


def page() -> None:
    """Two parts, each of which says how often it has run, a control, and a part that sets it."""
    for name in ("first", "second"):
        st.fragment(count, key=name)(name)
    st.text_input("Control", key="control", on_change=chosen)
    st.fragment(sets, key="sets")()
    st.fragment(outer, key="outer")()


def sets() -> None:
    """A part that sets the control when it runs again, and has a button."""
    count("sets")
    st.button("Press", key="press", on_click=pressed)
    if st.session_state["sets"] > 1:
        st.session_state["control"] = "set"
        st.session_state["chosen"] = ", none"


def outer() -> None:
    """A part with another in it, which each time stands one place further down."""
    st.session_state["outer"] = st.session_state.get("outer", 0) + 1
    for place in range(st.session_state["outer"]):
        st.markdown(f"outer {place}")
    time.sleep(0.2)
    st.fragment(count, key="inner")("inner")


def count(name: str) -> None:
    """One part."""
    st.session_state[name] = st.session_state.get(name, 0) + 1
    said = f"{name} {st.session_state[name]}{st.session_state.get('chosen', '')}"
    presses = st.session_state.get("presses", 0)
    st.markdown(f"{said}, {presses} pressed" if presses else said)


def chosen() -> None:
    """The visitor has used the control."""
    st.session_state["chosen"] = f", chosen {st.session_state['control']}"


def pressed() -> None:
    """The visitor has pressed the button."""
    st.session_state["presses"] = st.session_state.get("presses", 0) + 1


async def told(what: str) -> list[str]:
    """What the browser is told."""
    runtime = Runtime(RuntimeConfig(__file__, MemoryMediaFileStorage("/media"), MemoryUploadedFileManager("/upload")))
    await runtime.start()
    browser = Browser()
    session = runtime.connect_session(browser, {})
    runtime.handle_backmsg(session, BackMsg(rerun_script=ClientState()))
    await wait_for(browser, "inner 1")
    parts = browser.texts()
    if what == "inner":
        before = len(browser.heard)
        parts = browser.texts()
        for _ in range(2):  # the second waits for the first, of which nothing is sent until both are done
            runtime.handle_backmsg(session, asked(parts["outer 0"]))
        while any("ScriptRunner" in thread.name for thread in threading.enumerate()):
            time.sleep(0.01)
        await wait_for(browser, "inner 3")
        del browser.heard[:before]
    elif what == "ends":
        runtime.handle_backmsg(session, asked(parts["first 1"]))
        while any("ScriptRunner" in thread.name for thread in threading.enumerate()):
            time.sleep(0.01)  # the loop is busy, and the run ends meanwhile
        runtime.handle_backmsg(session, asked(parts["second 1"]))
        await wait_for(browser, "second 2")
    elif what == "set":
        control = browser.control()
        runtime.handle_backmsg(session, asked(parts["first 1"], (control, "old")))
        await wait_for(browser, "first 2")
        runtime.handle_backmsg(session, asked(parts["sets 1"], (control, "old")))
        await wait_for(browser, "sets 2")
        runtime.handle_backmsg(session, asked(parts["second 1"], by_itself=True))
        await wait_for(browser, "second 2")
        runtime.handle_backmsg(session, asked(parts["first 1"], (control, "old")))
        await wait_for(browser, "first 3")
        await asyncio.sleep(run_order.UNSEEN_FOR + 0.5)
        runtime.handle_backmsg(session, asked(parts["first 1"], (control, "set")))
        await wait_for(browser, "first 4")
        runtime.handle_backmsg(session, asked(parts["first 1"], (control, "old")))
        await wait_for(browser, "first 5")
    elif what == "acts":
        both = asked(parts["first 1"])
        both.rerun_script.widget_states.widgets.add(id=browser.button(), trigger_value=True)
        runtime.handle_backmsg(session, both)
        await wait_for(browser, "first 2")
        await asyncio.sleep(0.5)
    else:
        control = browser.control()
        runtime.handle_backmsg(session, asked(parts["first 1"], (control, "old"), by_itself=True))
        await wait_for(browser, "first 2")
        runtime.handle_backmsg(session, asked(parts["first 1"], (control, "new")))
        while not browser.has("second 2"):
            runtime.handle_backmsg(session, asked(parts["second 1"], (control, "new"), by_itself=True))
            await asyncio.sleep(0.05)
    runtime.stop()
    return list(browser.texts())


def asked(fragment: str, value: tuple[str, str] | None = None, *, by_itself: bool = False) -> BackMsg:
    message = BackMsg()
    message.rerun_script.fragment_id = fragment
    message.rerun_script.is_auto_rerun = by_itself
    if value is not None:
        message.rerun_script.widget_states.widgets.add(id=value[0], string_value=value[1])
    return message


async def wait_for(browser: Browser, text: str) -> None:
    end = time.monotonic() + PATIENCE
    while not browser.has(text):
        assert time.monotonic() < end, browser.texts()
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    if st.runtime.exists():
        page()
    else:
        if "kept" in sys.argv:
            run_order.keep()
            run_order.keep()
        print(json.dumps(asyncio.run(told(sys.argv[1]))))
