"""What Streamlit mixes up where runs of a page come close upon each other.

A session loses messages where a part of a page is asked for in the moment between the end of a script and the handling
of its last messages: the next run takes its place at once, and what the last one has still to say is thrown away, as if
it had been broken off. On a busy server that is a picture that does not change, a progress that stands still, or a
place on the page that the browser does not know.

What a part has said and has not been sent is taken back when the part runs anew. What the parts inside of it have said
was not, and reached the browser before the places in which it belongs. Nor were names of what the browser has kept,
which did not tell of which part they are.

Each message of a browser brings what stands in all controls. Where the page has just set one of them, and the browser
has not heard of it yet, the old value would be taken for the visitor's choice. A part of a page that runs again by
itself, by ``run_every``, is never a choice, so it brings no values. In other messages a value that the browser has told
before is none for as long as nobody can have seen the new one and have changed it back.

Two acts of the same moment, in two parts of a page, come as one message that asks for the part of the first alone: what
the second did is told to its callback, and is not shown. A control that is chosen in such a moment has no effect that
anybody sees: a menu that was opened as the page told that it was ready stayed empty.

A browser that has asked for another page names the one before until it hears of the other. What is done in a part of
the page before, or what that part reports, went back there: a part that stands on both pages ran for the wrong one, the
controls of the right one were forgotten, and an error stood in place of the page.

A step through the browser's history is one only in the run that it asks for. Where the next act breaks that off before
it begins, the address says where the visitor is, and nobody knows any more that he has gone there. So the session has
the number of such steps, in each run at the address of the last, and ``selection.visit`` the number that it followed.

What a whole run has said and has not been sent is thrown away as the next begins, which says it again. But a change of
one setting draws the view alone, and what stands beside it then never came. So the session knows whether all was told.

A run that is told to stop, as another page is asked for, goes on until it next says something. Where it was about to
begin anew, it chose its own page once more, for the other run as well, and the visitor stayed where he was.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import Any, Final
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils import script_run_context
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.state.common import user_key_from_element_id
from streamlit.runtime.state.query_params import sanitize_query_string
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX, SessionState, Value, WStates

LOOKS_EVERY: Final = 0.002
"""Seconds between looks at whether the last messages are handled; they are on their way already."""

ACTS: Final = {"trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value"}
"""What stands in a message for what was just done, not for how something stands."""

WIDGET: Final = re.compile(re.escape(STREAMLIT_INTERNAL_KEY_PREFIX) + "_(.+)__events")
"""In the identity of what is done in one of our own widgets, the identity of the widget."""

UNSEEN_FOR: Final = 1.0
"""Seconds after a run in which nobody has seen a control that it has set, and has set it back."""

HISTORY_STEPS: Final = "rnnviz.history_steps"
"""In the session: the number of steps through the browser's history; ``selection.visit`` reads it."""

WHOLE: Final = "rnnviz.whole"
"""In the session: whether the last whole run has come to its end, and to the browser; ``shell.frame`` has it too."""

_page: Final[WeakKeyDictionary[AppSession, str]] = WeakKeyDictionary()
"""The page that a session's browser has asked for last."""

_waiting: Final[WeakKeyDictionary[AppSession, list[RerunData]]] = WeakKeyDictionary()
"""What waits for the end of a session's last run, in the order in which it was asked for."""


class _State(SessionState):
    """The values of a session's controls, of which an old one replaces none that the page has just set."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0.0
        """When the browser last asked for a run."""
        self.steps = 0
        """How many steps through its history the browser has told."""
        self.stepped_to = ("", "")
        """The page and the query to which the last has led."""
        self.is_whole = True
        """Whether all had been told of the runs before as the browser last asked for a whole run."""
        self._told = WidgetStates()
        self._asked_with: dict[str, WidgetState] = {}
        """The values of the controls in the last message of the browser, by their identities."""
        self._set: dict[str, tuple[str, Any, float]] = {}
        """What the page has set: by the identity of a control, its key, the value and when that run ended."""

    def on_script_will_rerun(self, fresh_widget_states: WidgetStates | None, **others: Any) -> None:
        run = get_script_run_ctx(suppress_warning=True)
        if self.steps and run is not None and (run.page_script_hash, run.query_string) == self.stepped_to:
            self._new_session_state[HISTORY_STEPS] = self.steps
        if not self.is_whole:
            self.is_whole = True
            self._new_session_state[WHOLE] = False
        told = fresh_widget_states
        if told is None or not told.widgets:
            super().on_script_will_rerun(told, **others)
            return
        kept = self._set_and_not_seen(told)
        self._told = told
        believed = [value for value in told.widgets if value.id not in kept]
        super().on_script_will_rerun(WidgetStates(widgets=believed), **others)
        for name, value in kept.values():
            self._new_session_state.setdefault(name, value)  # so that the browser is told again

    def on_script_finished(self, *others: Any, **more: Any) -> None:
        if _is_to_stop():
            return
        now = time.monotonic()
        just_set = {self._get_widget_id(name): (name, value, now) for name, value in self._new_session_state.items()}
        self._set = {widget: one for widget, one in self._set.items() if now < one[-1] + UNSEEN_FOR} | just_set
        super().on_script_finished(*others, **more)

    def chosen(self, told: WidgetStates) -> list[str]:
        """The identities of the controls with another value than in the last message, and than the session has."""
        if not told.widgets:
            return []
        before, self._asked_with = self._asked_with, {value.id: value for value in told.widgets}
        return [name for name, value in self._asked_with.items() if value not in (before.get(name), self._has(name))]

    def _has(self, widget: str) -> WidgetState | None:
        """What the session has as the value of a control, as a browser would tell it; None if it has none."""
        try:
            value = self._getitem(widget, user_key_from_element_id(widget))
        except KeyError:
            return None
        return WStates({widget: Value(value)}, self._new_widget_state.widget_metadata).get_serialized(widget)

    def _dispatch_trigger_callbacks(self, votes: Any, wid: str, *others: Any) -> None:
        found = WIDGET.fullmatch(wid)
        with self._under_its_key(found[1]) if found else nullcontext():
            super()._dispatch_trigger_callbacks(votes, wid, *others)

    @contextmanager
    def _under_its_key(self, widget: str) -> Iterator[None]:
        """Have an own widget read under its key, though it is gone, or another page has one of this key."""
        key = str(user_key_from_element_id(widget))
        now = self._key_id_mapper.get_id_from_key(key, widget)
        self._old_state.setdefault(widget, {})
        self._key_id_mapper[key] = widget
        try:
            yield
        finally:
            self._key_id_mapper[key] = now

    def _set_and_not_seen(self, told: WidgetStates) -> dict[str, tuple[str, Any]]:
        """Of the controls that the page has set and for which the browser tells the old value again: key and value."""
        before = {value.id: value for value in self._told.widgets}
        again = {value.id for value in told.widgets if before.get(value.id) == value}
        self._set = {widget: one for widget, one in self._set.items() if widget in again or widget not in before}
        return {
            widget: (name, value)
            for widget, (name, value, ended) in self._set.items()
            if widget in again and self.asked <= ended + UNSEEN_FOR
        }


def keep() -> None:
    """Have every session of this process do better; called again, nothing happens."""
    begin: Any = AppSession._create_scriptrunner
    ask: Any = AppSession.request_rerun
    clear: Any = AppSession._clear_queue
    connect: Any = AppSession.__init__
    if hasattr(begin, "__wrapped__"):
        return

    @wraps(begin)
    def begin_after_the_last(session: AppSession, asked: RerunData) -> None:
        waiting = _waiting.setdefault(session, [])
        if session._scriptrunner is None and not waiting:
            begin(session, asked)  # also where the whole page is asked for: that breaks off what goes on
        elif not asked.is_auto_rerun:  # the next of those comes soon
            waiting.append(asked)
            if len(waiting) == 1:
                session._event_loop.call_later(LOOKS_EVERY, begin_in_order, session)

    def begin_in_order(session: AppSession) -> None:
        waiting = _waiting[session]
        while waiting and session._state != AppSessionState.SHUTDOWN_REQUESTED:
            if session._scriptrunner is None:
                begin(session, waiting.pop(0))
            elif session._scriptrunner.request_rerun(waiting[0]):
                waiting.pop(0)
            else:
                session._event_loop.call_later(LOOKS_EVERY, begin_in_order, session)
                return

    @wraps(ask)
    def ask_for_all_without_old_values(session: AppSession, state: ClientState | None = None) -> None:
        _note_what_is_asked(session, state)
        if state is None:
            ask(session, None)
            return
        if state.is_auto_rerun and _is_of_the_page_before(session, state):
            return
        if state.is_auto_rerun and not _has_waiting_values(session):
            state.ClearField("widget_states")
        _go_on_to_the_page(session, state)
        for asked in _for_all_parts(session, state):
            _note_what_was_told(session, asked)
            ask(session, asked)

    @wraps(clear)
    def clear_with_inner_parts(session: AppSession, fragments: list[str] | None = None) -> None:
        parts = [*fragments, *_unsent_inside(session, fragments)] if fragments else []
        clear(session, parts or fragments)
        queue = session._browser_queue
        queue._queue = [message for message in queue._queue if not (message.ref_hash and message.hash in parts)]

    @wraps(connect)
    def connect_with_own_state(session: AppSession, *others: Any, **more: Any) -> None:
        connect(session, *others, **more)
        session._session_state = _State()

    AppSession._create_scriptrunner = begin_after_the_last  # type: ignore[assignment, method-assign]
    AppSession.request_rerun = ask_for_all_without_old_values  # type: ignore[assignment, method-assign]
    AppSession._clear_queue = clear_with_inner_parts  # type: ignore[assignment, method-assign]
    AppSession.__init__ = connect_with_own_state  # type: ignore[assignment, method-assign]
    _keep_pages()
    _keep_parts_of_names()


def _keep_parts_of_names() -> None:
    """Have the name of what a browser has kept tell of which part it is: in its own hash, which nothing reads."""
    context: Any = script_run_context
    name = context.create_reference_msg

    @wraps(name)
    def name_with_part(message: ForwardMsg) -> ForwardMsg:
        named: ForwardMsg = name(message)
        if named.ref_hash:
            named.hash = message.delta.fragment_id
        return named

    context.create_reference_msg = name_with_part


def _keep_pages() -> None:
    """Have a page chosen only by a run that goes on."""
    intend: Any = PagesManager.set_script_intent
    choose: Any = PagesManager.set_current_page_script_hash

    @wraps(intend)
    def intend_unless_stopped(pages: PagesManager, page: str, name: str) -> None:
        if not _is_to_stop():
            intend(pages, page, name)

    @wraps(choose)
    def choose_unless_stopped(pages: PagesManager, page: str) -> None:
        if not _is_to_stop():
            choose(pages, page)

    PagesManager.set_script_intent = intend_unless_stopped  # type: ignore[assignment, method-assign]
    PagesManager.set_current_page_script_hash = choose_unless_stopped  # type: ignore[assignment, method-assign]


def _is_to_stop() -> bool:
    """Whether the run of this thread is one that goes on only until it says something."""
    run = get_script_run_ctx(suppress_warning=True)
    requests = run.script_requests if run is not None else None
    return requests is not None and requests._state == ScriptRequestType.STOP


def _go_on_to_the_page(session: AppSession, asked: ClientState) -> None:
    """What is asked for a part of the page before is asked for the page to which the visitor has gone, the whole of it.

    What stands in the controls of the page before is no choice on this one; what was done there is told, and what this
    one says of the page before, as in its links there, may be another thing now.
    """
    if not asked.fragment_id:
        _page[session] = asked.page_script_hash
    elif _is_of_the_page_before(session, asked):
        asked.page_script_hash = _page[session]
        asked.ClearField("fragment_id")
        if not _has_waiting_values(session):
            acts = [value for value in asked.widget_states.widgets if value.WhichOneof("value") in ACTS]
            asked.widget_states.CopyFrom(WidgetStates(widgets=acts))


def _note_what_is_asked(session: AppSession, state: ClientState | None) -> None:
    """Note when the browser has asked, and whether by a step through its history."""
    values = session._session_state
    if not isinstance(values, _State):
        return
    values.asked = time.monotonic()
    if state is not None and state.is_history_navigation:
        values.steps += 1
        values.stepped_to = (state.page_script_hash, sanitize_query_string(state.query_string))


def _note_what_was_told(session: AppSession, asked: ClientState) -> None:
    """Note for a whole run whether a run goes on, or something waits to be sent, which it would throw away."""
    if isinstance(session._session_state, _State) and not asked.fragment_id:
        unsent = any(message.WhichOneof("type") == "delta" for message in session._browser_queue._queue)
        session._session_state.is_whole = session._scriptrunner is None and not unsent


def _is_of_the_page_before(session: AppSession, asked: ClientState) -> bool:
    """Whether a part of another page is asked for than the one to which the visitor has gone.

    A page that an address names has no hash yet, so nothing is known of where the visitor is.
    """
    gone_to = _page.get(session)
    return bool(asked.fragment_id and gone_to) and gone_to != asked.page_script_hash


def _for_all_parts(session: AppSession, asked: ClientState) -> list[ClientState]:
    """What is asked for each part in which something was done; once, where something was done outside of parts."""
    values = session._session_state
    known = values._new_widget_state.widget_metadata
    acts = [value.id for value in asked.widget_states.widgets if value.WhichOneof("value") in ACTS]
    chosen = values.chosen(asked.widget_states) if isinstance(values, _State) else []
    parts = {known[act].fragment_id for act in (*acts, *chosen) if act in known}
    if not asked.fragment_id or None in parts:
        asked.ClearField("fragment_id")
        return [asked]
    return [asked, *(_without_acts(asked, part) for part in parts if part and part != asked.fragment_id)]


def _without_acts(asked: ClientState, part: str) -> ClientState:
    """The same asked for another part; the acts are told once."""
    other = ClientState()
    other.CopyFrom(asked)
    other.fragment_id = part
    stands = [value for value in asked.widget_states.widgets if value.WhichOneof("value") not in ACTS]
    other.widget_states.CopyFrom(WidgetStates(widgets=stands))
    return other


def _has_waiting_values(session: AppSession) -> bool:
    """Whether a visitor's act waits, which is taken together with what comes next: then that must have all values."""
    requests = session._scriptrunner._requests if session._scriptrunner is not None else None
    if requests is None or requests._state != ScriptRequestType.RERUN:
        return False
    waiting = requests._rerun_data.widget_states
    return waiting is not None and bool(waiting.widgets)


def _unsent_inside(session: AppSession, fragments: list[str]) -> set[str]:
    """The fragments inside of these, or in no part any more, of which something has not been sent yet."""
    parts, ids = session._fragment_storage, set(fragments)
    unsent = {_part_of(message) for message in session._browser_queue._queue}
    return {part for part in unsent - {""} if not parts.contains(part) or parts.has_ancestor_in(part, ids)}


def _part_of(message: ForwardMsg) -> str:
    """The fragment that has said it; empty for the page, and for what is said of the session."""
    return message.hash if message.ref_hash else message.delta.fragment_id
