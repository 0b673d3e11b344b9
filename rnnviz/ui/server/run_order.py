"""What Streamlit mixes up where runs of a page come close upon each other.

A session loses messages where a part of a page is asked for in the moment between the end of a script and the handling
of its last messages: the next run takes its place at once, and what the last one has still to say is thrown away, as if
it had been broken off. On a busy server that is a picture that does not change, a progress that stands still, or a
place on the page that the browser does not know.

What a part has said and has not been sent is taken back when the part runs anew. What the parts inside of it have said
was not, and reached the browser before the places in which it belongs.

A part of a page that runs again by itself, by ``run_every``, brings what stands in all controls. Where the page has
just set one of them, and the browser has not heard of it yet, the old value would be taken for the visitor's choice.
"""

from collections.abc import Sequence
from functools import wraps
from typing import Any, Final

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

LOOKS_EVERY: Final = 0.002
"""Seconds between looks at whether the last messages are handled; they are on their way already."""


def keep() -> None:
    """Have every session of this process do better; called again, nothing happens."""
    begin: Any = AppSession._create_scriptrunner
    ask: Any = AppSession.request_rerun
    clear: Any = AppSession._clear_queue
    if hasattr(begin, "__wrapped__"):
        return

    @wraps(begin)
    def begin_after_the_last(session: AppSession, asked: RerunData) -> None:
        if session._scriptrunner is None:  # also where the whole page is asked for: that breaks off what goes on
            begin(session, asked)
        elif not asked.is_auto_rerun:  # the next of those comes soon
            session._event_loop.call_later(LOOKS_EVERY, _ask_again, session, asked)

    @wraps(ask)
    def ask_without_old_values(session: AppSession, state: ClientState | None = None) -> None:
        if state is not None and state.is_auto_rerun and not _has_waiting_values(session):
            state.ClearField("widget_states")
        ask(session, state)

    @wraps(clear)
    def clear_with_inner_parts(session: AppSession, fragments: list[str] | None = None) -> None:
        clear(session, [*fragments, *_unsent_inside(session, fragments)] if fragments else fragments)

    AppSession._create_scriptrunner = begin_after_the_last  # type: ignore[assignment, method-assign]
    AppSession.request_rerun = ask_without_old_values  # type: ignore[assignment, method-assign]
    AppSession._clear_queue = clear_with_inner_parts  # type: ignore[assignment, method-assign]


def _ask_again(session: AppSession, asked: RerunData) -> None:
    if session._state == AppSessionState.SHUTDOWN_REQUESTED:
        return
    going_on = session._scriptrunner
    if going_on is None or not going_on.request_rerun(asked):
        session._create_scriptrunner(asked)


def _has_waiting_values(session: AppSession) -> bool:
    """Whether a visitor's act waits, which is taken together with what comes next: then that must have all values."""
    requests = session._scriptrunner._requests if session._scriptrunner is not None else None
    if requests is None or requests._state != ScriptRequestType.RERUN:
        return False
    waiting = requests._rerun_data.widget_states
    return waiting is not None and bool(waiting.widgets)


def _unsent_inside(session: AppSession, fragments: list[str]) -> set[str]:
    """The fragments of what has not been sent yet and stands in a place that these have made, which was not either."""
    unsent = [message for message in session._browser_queue._queue if message.HasField("delta")]
    places = [
        tuple(message.metadata.delta_path)
        for message in unsent
        if message.delta.fragment_id in fragments and message.delta.HasField("add_block")
    ]
    inside = {message.delta.fragment_id for message in unsent if _is_in(message.metadata.delta_path, places)}
    return inside - {""}


def _is_in(path: Sequence[int], places: Sequence[tuple[int, ...]]) -> bool:
    return any(tuple(path[: len(place)]) == place for place in places)
