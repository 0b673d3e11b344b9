"""Requests of a browser that come close upon each other, and what Streamlit makes of them.

``python -m tests.ui.lost_messages WHAT [kept]`` prints what the browser is told, as JSON; with ``kept`` as the server
of this project runs. Of what:

- ``ends``: two parts of a page, the second asked for as the first has ended;
- ``order``: both, asked for one after the other as a run has ended;
- ``values``: a control whose old value comes with a part that runs by itself;
- ``set``: one that the page has set, and whose old value comes at once, and later;
- ``acts``: a button that is pressed in the moment in which another part is asked for;
- ``choice``: a control that is changed in the moment in which another part is asked for, and then not again;
- ``alone``: one whose callback has another part run alone, and a control that is changed before its turn comes;
- ``left``: an own widget in which something is done when another page has just been asked for;
- ``stopped``: a part that was about to run once more as another page is asked for;
- ``inner``: a part that runs twice and has another in it;
- ``late``: such a part whose place is known to the browser, and nothing in it;
- ``names``: a part that runs twice and whose texts the browser has kept; what is told are the places of elements for
  which a container, or what stands before them, was not told.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

import streamlit as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime, RuntimeConfig, SessionClient
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from rnnviz.ui.server import run_order
from rnnviz.ui.shell import frame

PATIENCE: Final = 20.0

LONG: Final = "long " * 500  # a text that a browser keeps

HELD: Final = 0.8  # seconds for which a run is held up, as by a busy processor, where it matters who is first


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
        """All texts and errors that were told, in their order, with the fragment of each."""
        said = [message.delta for message in self.heard if message.HasField("delta")]
        texts = [(delta.new_element.markdown.body or delta.new_element.exception.type, delta) for delta in said]
        return {text: delta.fragment_id for text, delta in texts if text}

    def has(self, text: str) -> bool:
        """Whether it has heard of a text with this beginning."""
        return any(said.startswith(text) for said in self.texts())

    def kept(self) -> list[str]:
        """By which a browser names what it keeps."""
        return [message.hash for message in self.heard if message.metadata.cacheable]

    def without_a_place(self) -> list[str]:
        """The places of elements for which those before them, or their container, were not told."""
        children: dict[tuple[int, ...], int] = {(0,): 0, (1,): 0}
        missed = []
        for message in self.heard:
            *inside, index = message.metadata.delta_path or [0, 0]
            if index > children.get(tuple(inside), -1):
                missed.append(".".join(map(str, message.metadata.delta_path)))
                continue
            children[tuple(inside)] = max(children[tuple(inside)], index + 1)
            if message.delta.HasField("add_block"):
                children.setdefault((*inside, index), 0)
        return missed

    def control(self, label: str = "Control") -> str:
        """The identity of a control."""
        elements = [message.delta.new_element for message in self.heard if message.HasField("delta")]
        return next(one.text_input.id for one in elements if one.text_input.label == label)

    def widget(self) -> str:
        """The identity of the own widget."""
        widgets = [message.delta.new_element.bidi_component.id for message in self.heard if message.HasField("delta")]
        return next(filter(None, widgets))

    def pages(self) -> list[str]:
        """The identities of the pages."""
        told = next(message.navigation for message in self.heard if message.HasField("navigation"))
        return [page.page_script_hash for page in told.app_pages]

    def button(self) -> str:
        """The identity of the button."""
        buttons = [message.delta.new_element.button.id for message in self.heard if message.HasField("delta")]
        return next(filter(None, buttons))


def page() -> None:
    """Two parts, each of which says how often it has run, the first with a control, and a part that sets it."""
    st.fragment(own, key="own part")()
    st.fragment(first, key="first")()
    st.fragment(count, key="second")("second")
    st.fragment(sets, key="sets")()
    if "stopped" in sys.argv:
        st.fragment(again, key="again")()
    if "late" in sys.argv:
        st.fragment(late, key="late")()
    if "names" in sys.argv:
        st.fragment(named, key="named")()
    if "alone" in sys.argv:
        st.fragment(reports, key="reports")()
    st.fragment(outer, key="outer")()


def other() -> None:
    """Another page, which has a widget of the same key."""
    st.fragment(own, key="own part")()
    count("other")


def first() -> None:
    """A part with a control."""
    count("first")
    st.text_input("Control", key="control", on_change=chosen)


def own() -> None:
    """A part with a widget of our own."""
    count("own")
    st.components.v2.component("own", html="<p></p>")(key="mine", on_done_change=done)


def done() -> None:
    """The visitor has done something in the own widget."""
    st.session_state["chosen"] = f", done {getattr(st.session_state['mine'], 'done', None)}"


def sets() -> None:
    """A part that sets the control when it runs again, and has a button."""
    count("sets")
    st.button("Press", key="press", on_click=pressed)
    if st.session_state["sets"] > 1 and "alone" not in sys.argv:
        st.session_state["control"] = "set"
        st.session_state["chosen"] = ", none"


def again() -> None:
    """A part that has itself run once more, and is held up before that."""
    count("again")
    if st.session_state["again"] == 2:
        try:
            st.rerun(scope="fragment")
        finally:
            time.sleep(HELD / 2)


def reports() -> None:
    """A part with a control of which only the second part tells."""
    count("reports")
    st.text_input("Reports", key="reported", on_change=reported)


def reported() -> None:
    """The visitor has used that control."""
    if "kept" in sys.argv:
        frame.rerun_alone("second")
    else:
        st.rerun(["second"])


def late() -> None:
    """A part that is held up before it has anything in it, another part among that."""
    time.sleep(HELD / 2)
    count("late")
    st.fragment(count, key="in late")("in late")


def outer() -> None:
    """A part with another in it, which each time stands one place further down."""
    st.session_state["outer"] = st.session_state.get("outer", 0) + 1
    for place in range(st.session_state["outer"]):
        st.markdown(f"outer {place}")
    time.sleep(0.2)
    st.fragment(count, key="inner")("inner")


def named() -> None:
    """A part with a long text, and another in a container, which each time stand one place further down."""
    count("named")
    for place in range(st.session_state["named"]):
        st.markdown(f"named, {place}")
    st.markdown(LONG)
    st.container().markdown(LONG + "more")
    time.sleep(0.2)


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
    runtime.handle_backmsg(session, asked())
    await wait_for(browser, "inner 1")
    await SAID[what](browser, lambda message: runtime.handle_backmsg(session, message))
    runtime.stop()
    return browser.without_a_place() if what == "names" else list(browser.texts())


async def inner(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    parts, before = browser.texts(), len(browser.heard)
    ask_twice(ask, asked(parts["outer 0"]))
    await wait_for(browser, "inner 3")
    del browser.heard[:before]


async def names(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    again = asked(browser.texts()["named 1"])
    again.rerun_script.cached_message_hashes.extend(browser.kept())
    ask_twice(ask, again)
    await wait_for(browser, "named 3")
    await rest()
    assert any(message.ref_hash for message in browser.heard)


def ask_twice(ask: Callable[[BackMsg], None], message: BackMsg) -> None:
    """The second waits for the first, of which nothing is sent until both are done."""
    for _ in range(2):
        ask(message)
    while is_running():
        time.sleep(0.01)


async def after_its_place(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    parts, before = browser.texts(), len(browser.heard)
    ask(asked(parts["late 1"]))
    await asyncio.sleep(HELD / 4)
    ask(asked(parts["late 1"]))
    while is_running():
        time.sleep(0.01)
    await rest()
    del browser.heard[:before]


async def ends(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    ask_as_a_run_ends(browser, ask)
    await wait_for(browser, "second 2")


async def order(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    parts = browser.texts()
    ask_as_a_run_ends(browser, ask)
    while not browser.has("first 2"):
        await asyncio.sleep(0)  # the run's end is known, and the time until the next look has not passed
    ask(asked(parts["first 1"]))
    await wait_for(browser, "first 3")
    await wait_for(browser, "second 2")


async def left(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    here, there = browser.pages()
    done_here = asked(browser.texts()["own 1"], page=here)
    done_here.rerun_script.widget_states.widgets.add(
        id=f"$$STREAMLIT_INTERNAL_KEY_{browser.widget()}__events",
        json_trigger_value='[{"event": "done", "value": 7}]',
    )
    ask(asked(page=there))
    ask(done_here)
    # Streamlit alone may never show the other page, and an error at once in its place.
    alone = [] if "kept" in sys.argv else ["own 3, done None", "KeyError"]
    await wait_for(browser, "other 1", "other 2", *alone)
    await rest()


async def stopped(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    here, there = browser.pages()
    ask(asked(browser.texts()["again 1"], page=here))
    await asyncio.sleep(HELD / 4)
    ask(asked(page=there))
    await rest()


async def sets_back(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    parts, control = browser.texts(), browser.control()
    ask(asked(parts["first 1"], (control, "old")))
    await wait_for(browser, "first 2")
    ask(asked(parts["sets 1"], (control, "old")))
    await wait_for(browser, "sets 2")
    ask(asked(parts["second 1"], by_itself=True))
    await wait_for(browser, "second 2")
    ask(asked(parts["first 1"], (control, "old")))
    await wait_for(browser, "first 3")
    await asyncio.sleep(run_order.UNSEEN_FOR + 0.5)
    ask(asked(parts["first 1"], (control, "set")))
    await wait_for(browser, "first 4")
    ask(asked(parts["first 1"], (control, "old")))
    await wait_for(browser, "first 5")


async def acts(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    both = asked(browser.texts()["first 1"])
    both.rerun_script.widget_states.widgets.add(id=browser.button(), trigger_value=True)
    ask(both)
    await wait_for(browser, "first 2")
    await asyncio.sleep(0.5)


async def choice(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    for said in ("second 2", "second 3"):
        ask(asked(browser.texts()["second 1"], (browser.control(), "new")))
        await wait_for(browser, said)
        await asyncio.sleep(0.5)


async def alone(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    parts, reports = browser.texts(), browser.control("Reports")
    ask(asked(parts["outer 0"]))
    ask(asked(parts["reports 1"], (reports, "new")))
    both = asked(parts["first 1"], (browser.control(), "new"))
    both.rerun_script.widget_states.widgets.add(id=reports, string_value="new")
    ask(both)
    await rest()


async def values(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    parts, control = browser.texts(), browser.control()
    ask(asked(parts["first 1"], (control, "old"), by_itself=True))
    await wait_for(browser, "first 2")
    ask(asked(parts["first 1"], (control, "new")))
    while not browser.has("second 2"):
        ask(asked(parts["second 1"], (control, "new"), by_itself=True))
        await asyncio.sleep(0.05)


SAID: Final = {  # what the browser says; a text below would stand on the page
    "ends": ends,
    "order": order,
    "values": values,
    "set": sets_back,
    "acts": acts,
    "choice": choice,
    "alone": alone,
    "left": left,
    "stopped": stopped,
    "inner": inner,
    "late": after_its_place,
    "names": names,
}


def ask_as_a_run_ends(browser: Browser, ask: Callable[[BackMsg], None]) -> None:
    """Ask for the first part, and for the second when that has ended and nobody could hear of it."""
    parts = browser.texts()
    ask(asked(parts["first 1"]))
    while is_running():
        time.sleep(0.01)
    ask(asked(parts["second 1"]))


def asked(
    fragment: str = "", value: tuple[str, str] | None = None, *, by_itself: bool = False, page: str = ""
) -> BackMsg:
    message = BackMsg()
    message.rerun_script.fragment_id = fragment
    message.rerun_script.page_script_hash = page
    message.rerun_script.is_auto_rerun = by_itself
    if value is not None:
        message.rerun_script.widget_states.widgets.add(id=value[0], string_value=value[1])
    return message


async def rest() -> None:
    """Wait until no run goes on, and all is told."""
    while is_running():
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)


def is_running() -> bool:
    """Whether a run of the page goes on."""
    return any("ScriptRunner" in thread.name for thread in threading.enumerate())


async def wait_for(browser: Browser, *texts: str) -> None:
    """Wait until one of the texts is told."""
    end = time.monotonic() + PATIENCE
    while not any(map(browser.has, texts)):
        assert time.monotonic() < end, browser.texts()
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    if st.runtime.exists():
        if "stopped" in sys.argv:
            time.sleep(HELD)
        st.navigation([st.Page(page, default=True), st.Page(other)]).run()
    else:
        if "kept" in sys.argv:
            run_order.keep()
            run_order.keep()
        print(json.dumps(asyncio.run(told(sys.argv[1]))))
