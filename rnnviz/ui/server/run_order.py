"""A run of a page is told to its end before the next one begins.

Streamlit's sessions lose messages where a part of a page is asked for in the moment between the end of a script and the
handling of its last messages: the next run takes its place at once, and what the last one has still to say is thrown
away, as if it had been broken off. On a busy server that is a picture that does not change, a progress that stands
still, or a place on the page that the browser does not know.
"""

from functools import wraps
from typing import Any, Final

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData

LOOKS_EVERY: Final = 0.002
"""Seconds between looks at whether the last messages are handled; they are on their way already."""


def keep() -> None:
    """Have every session of this process wait for the last messages of a run; called again, nothing happens."""
    begin: Any = AppSession._create_scriptrunner
    if hasattr(begin, "__wrapped__"):
        return

    @wraps(begin)
    def begin_after_the_last(session: AppSession, asked: RerunData) -> None:
        if session._scriptrunner is None:  # also where the whole page is asked for: that breaks off what goes on
            begin(session, asked)
        else:
            session._event_loop.call_later(LOOKS_EVERY, _ask_again, session, asked)

    AppSession._create_scriptrunner = begin_after_the_last  # type: ignore[assignment, method-assign]


def _ask_again(session: AppSession, asked: RerunData) -> None:
    if session._state == AppSessionState.SHUTDOWN_REQUESTED:
        return
    going_on = session._scriptrunner
    if going_on is None or not going_on.request_rerun(asked):
        session._create_scriptrunner(asked)
