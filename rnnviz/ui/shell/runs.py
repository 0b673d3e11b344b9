"""A training on a page: a button begins it, the page shows its progress, and the link finds it again."""

import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from rnnviz import jobs, runs
from rnnviz.analysis import Course
from rnnviz.caching import cached
from rnnviz.checkpoints import runs_folder
from rnnviz.jobs import Job, Seen
from rnnviz.jobs.engine import AnyJob, AnySeen
from rnnviz.spec import CharacterSpec, ReviewSpec, TrainSpec
from rnnviz.ui.selection import state
from rnnviz.ui.shell import frame
from rnnviz.ui.shell.visitors import visitor

EVERY: Final = 0.25
"""Seconds from one picture of a training to the next."""

_LOOKS: Final = "runs.looks"
_PACE_OVER: Final = 60
"""Pictures over which the pace of a training is measured."""

_MINUTES_FROM: Final = 120.0


@dataclass(frozen=True, eq=False)
class Run:
    """A training as far as it has come.

    Attributes:
        version: Grows with what is known; equal versions draw equal pictures.
        going: Whether more will come.
        courses: One an arm, in the order of the specs; never none.
    """

    id: str
    version: int
    going: bool
    courses: tuple[Course, ...]

    @property
    def specs(self) -> tuple[TrainSpec, ...]:
        """The settings of the arms."""
        return tuple(course.spec for course in self.courses)

    @property
    def cache_key(self) -> tuple[str, int, bool]:
        """What stands for the run in keys of caches, instead of its numbers."""
        return self.id, self.version, self.going


@cached(16)
def run_so_far(job: Job, moment: tuple[str, int], _seen: Seen) -> Run:  # noqa: ARG001 - the key
    """What an unfinished run has told, the same for all who ask at the same moment."""
    from rnnviz.analysis import courses

    return Run(job.id, _seen.next, going=_seen.state == "running", courses=courses(job.specs, _seen.events))


@cached(8)
def finished_run(job: Job) -> Run:
    """What a finished run has recorded; ValueError if it is not there."""
    from rnnviz.analysis import course

    found = tuple(course(history) for history in jobs.result(job))
    return Run(job.id, -1, going=False, courses=found)


Draw = Callable[[Any], None]
"""Draws the figures of a run; called again and again while the run goes on."""


@dataclass(frozen=True)
class Kind:
    """What differs between the trainings of networks for tasks, for reviews and for characters.

    Attributes:
        spec: The type of the settings.
        so_far, finished: What is drawn of a run: from the moment, a key of caches, and what is seen; or from its end.
            ValueError if that is not there.
        before: What happens before the first update, in words.
        repeats: Whether a finished run can be trained again, to be watched.
    """

    spec: type[Any]
    so_far: Callable[[Any, tuple[str, int], Any], Any]
    finished: Callable[[Any], Any]
    before: str = ""
    repeats: bool = False


TRAININGS: Final = Kind(TrainSpec, run_so_far, finished_run, repeats=True)


def live(
    specs: Sequence[TrainSpec] | Sequence[ReviewSpec] | Sequence[CharacterSpec],
    draw: Draw,
    *,
    key: str,
    label: str,
    ready: Callable[[], Any] = lambda: None,
    kind: Kind = TRAININGS,
    missing: str = "",
    text: str = "",
) -> bool:
    """The button that begins a training, its progress, and its figures; nothing is trained unasked.

    It shows the run of these specs, if anybody has begun it before; else what ships of them; else the last run of this
    visitor or link, with a note that the settings have changed since.

    Args:
        specs: The arms; empty if the settings mean none, with the reason beside them.
        key: ``<page>.<choice>``, under which the link holds the run.
        ready: Gives what ships, if it is of these specs.
        missing: What is said where there is nothing to show yet.
        text: What a CharacterSpec is to learn from, where it is here.

    Returns:
        Whether it goes on.
    """
    jobs.prepare()
    problem = _problem(specs)
    if problem:
        st.error(frame.plain(problem))
    elif told := jobs.unwritable():
        st.warning(frame.plain(told))
    place = _Place(tuple(specs) if not problem else (), draw, key, label, ready, kind, missing, text)
    polls = place.goes_on()

    def watch() -> None:
        place.show()
        if place.goes_on() != polls:
            st.rerun()

    st.fragment(watch, run_every=EVERY if polls else None)()
    return polls


def begin_label(specs: Sequence[TrainSpec] | Sequence[ReviewSpec] | Sequence[CharacterSpec]) -> str:
    """What the button of a training says: where it goes on if a part of it is kept; ``specs`` may be empty."""
    found = runs.begun(runs_folder(), specs) if specs else None
    if found is None or found[0] >= specs[0].steps:  # all updates are kept of what others have trained to its end
        return "Train it here"
    return f"Continue from update {found[0]:,}"


_SHIPS: Final = "This is a finished run of these settings that ships with rnnviz. The button trains it here, live."
OF_OTHERS: Final = "Another visitor has trained these settings: the figures show that run."
"""What is said beside a run that this visitor has not asked for."""
_GONE: Final = "The run of this link is not stored here. The button starts it again."
_IN_PART: Final = "The run of this link has ended early. The button continues it."


@dataclass(frozen=True, eq=False)
class _Place:
    """A training's place on a page."""

    specs: tuple[TrainSpec | ReviewSpec | CharacterSpec, ...]
    draw: Draw
    key: str
    label: str
    ready: Callable[[], Any]
    kind: Kind
    missing: str
    text: str

    def goes_on(self) -> bool:
        """Whether there is something to watch."""
        job = self._job()
        return job is not None and not self._left(job) and _seen(job).state in ("queued", "running")

    def show(self) -> None:
        """Show the button, the progress and the figures."""
        job, shipped = self._job(), self.ready() if self.specs else None
        seen = _seen(job) if job is not None else None
        if shipped is not None and job is not None and job.specs != self.specs:
            job, seen = None, None
        with st.container(key=f"{self.key.replace('.', '_')}_head"):
            self._head(job, seen)
        with st.container():
            ended = seen is not None and seen.state in ("stopped", "failed")
            run = self._run(job, seen) if job is not None and seen is not None and not (ended and shipped) else None
            run = run or shipped  # what ships of the same specs stays until there is more of a run
            if run is not None:
                self.draw(run)

    def _job(self) -> AnyJob | None:
        """The run of the specs, or the one that the link names."""
        own = jobs.find(runs.identity(self.specs), self.kind.spec) if self.specs else None
        return own or jobs.find(state.view(self.key), self.kind.spec)

    def _left(self, job: AnyJob) -> bool:
        return bool(st.session_state.get(f"{self.key}.left") == job.id)

    def _head(self, job: AnyJob | None, seen: AnySeen | None) -> None:
        """The buttons and the progress."""
        live = job is not None and seen is not None and seen.state in ("queued", "running")
        own = job is not None and job.specs == self.specs
        if job is not None and live and not self._left(job):
            with frame.row():
                st.button("Stop", key=f"{self.key}.stop", on_click=self._stop, args=(job,), icon=":material/stop:")
                others = seen is not None and seen.state == "queued" and not seen.asked
                if not own or others:
                    self._begin_button()
            hint = f"Another visitor requested this run. Press “{self.label}” to request it too." if others else ""
            _bar(job, seen or _seen(job), self.kind.before, hint if own else "")
            return
        if job is not None and live:
            st.info("Other visitors watch this run, so it continues without you.")
            st.button("Watch it again", key=f"{self.key}.return", on_click=self._return)
            return
        over = own and seen is not None and seen.state == "done"
        done = over and job is not None and self._is_mine(job)
        ends = job is None or seen is None or seen.state in ("stopped", "failed")
        with frame.row("center"):
            stopped = own and seen is not None and seen.state == "stopped"
            self._begin_button(done=done, anew=stopped or (over and self.kind.repeats))
            if done and self.kind.repeats:
                st.button(
                    "Train again", key=f"{self.key}.again", on_click=self._begin, args=(True,),
                    icon=":material/play_arrow:", help="The numbers will be the same. This is to watch it.",
                )  # fmt: skip
            if ends and self.specs and self.ready() is not None:
                st.caption(_SHIPS, width="content")
            elif over and not done:
                st.caption(OF_OTHERS, width="content")
        if done:  # where the bar was, so that nothing under it moves at the end
            st.progress(1.0, text=_made(self.specs[0].steps, self.specs[0].steps))
        self._told(job, seen, own=own)

    def _begin_button(self, *, done: bool = False, anew: bool = False) -> None:
        """The button; equal specs give equal numbers, so a finished run is run again only if that is asked for."""
        st.button(
            "Trained" if done else self.label, key=f"{self.key}.begin", on_click=self._begin, args=(anew,),
            type="primary",
            disabled=done or not self.specs, icon=":material/check:" if done else ":material/play_arrow:",
        )  # fmt: skip

    def _told(self, job: AnyJob | None, seen: AnySeen | None, *, own: bool) -> None:
        """Why the page does not show what was asked for."""
        if job is None or seen is None:
            wanted = state.view(self.key)
            if wanted and self.specs and jobs.find(wanted, self.kind.spec) is None and self.ready() is None:
                frame.note(_IN_PART if self._is_begun(wanted) else _GONE)
            elif self.missing and self.ready() is None:
                frame.note(self.missing)
            return
        if seen.state == "failed":
            st.error(frame.plain(f"The run has failed: {seen.message}. The button starts it again."))
        elif seen.state == "done" and seen.message:
            st.warning(frame.plain(seen.message))
        elif seen.state == "stopped":
            reached = f" after {seen.events[-1].step:,} of {job.specs[0].steps:,} updates" if seen.events else ""
            frame.note(f"The run has ended early{reached}: {seen.message}.")
        if not own and self.specs:
            frame.note("The settings have changed. The figures show the previous run.")

    def _is_begun(self, wanted: str) -> bool:
        """Whether a part of the run of these settings is stored, and it is the one that the link names."""
        return wanted == runs.identity(self.specs) and runs.begun(runs_folder(), self.specs) is not None

    def _run(self, job: AnyJob, seen: AnySeen) -> Any:
        if seen.state == "done":
            try:
                return self.kind.finished(job)
            except ValueError as error:
                st.error(frame.plain(f"The run cannot be read: {error}. The button starts it again."))
                return None
        if not seen.events:
            return None
        running = seen.state == "running"
        return self.kind.so_far(job, (seen.state, int(time.monotonic() / EVERY) if running else seen.next), seen)

    def _begin(self, anew: bool) -> None:
        try:
            job = jobs.submit(self.specs, visitor(), self.text, anew=anew)
        except (ValueError, queue.Full) as error:
            state.tell(str(error))
            return
        self._return()
        st.session_state[f"{self.key}.mine"] = self._begun() | {job.id}
        state.choose(self.key, job.id, "")

    def _stop(self, job: AnyJob) -> None:
        if jobs.cancel(job, visitor()):
            st.session_state[f"{self.key}.left"] = job.id

    def _is_mine(self, job: AnyJob) -> bool:
        """Whether this visitor has asked for a run, or the link names it; a run of others is trained here as well."""
        return job.id == state.view(self.key) or job.id in self._begun()

    def _begun(self) -> frozenset[str]:
        begun: frozenset[str] = st.session_state.get(f"{self.key}.mine", frozenset())
        return begun

    def _return(self) -> None:
        st.session_state.pop(f"{self.key}.left", None)


def _seen(job: AnyJob) -> AnySeen:
    return jobs.events(job, visitor())


def _problem(specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> str:
    """Why the trainings are refused; empty if they are not."""
    try:
        if specs:
            runs.check(specs)
    except ValueError as error:
        return str(error)
    return ""


def _bar(job: AnyJob, seen: AnySeen, before: str, hint: str) -> None:
    """The progress, and about how long the rest will take."""
    steps = job.specs[0].steps
    why = f" {seen.message[:1].upper()}{seen.message[1:]}" if seen.message else ""
    if seen.state == "queued":
        place = "next" if seen.position == 1 else f"number {seen.position}"
        st.progress(0.0, text=frame.plain(f"Waiting, {place} in the queue.{why} {hint}".strip()))
        return
    if not seen.events and before:
        st.progress(0.0, text=before + frame.plain(why))
        return
    done = seen.events[-1].step if seen.events else 0
    left = _seconds_left(job, done)
    told = f", about {_duration(left)} left" if left is not None else ""
    st.progress(min(1.0, done / steps), text=frame.plain(f"{_made(done, steps)}{told}{'.' * bool(why)}{why}"))


def _made(done: int, steps: int) -> str:
    return f"Update {done:,} of {steps:,}"


def _seconds_left(job: AnyJob, done: int) -> float | None:
    """By the pace of the last seconds that this visitor has watched; None until there is one."""
    known, looks = st.session_state.get(_LOOKS, ("", ()))
    before = looks if known == job.id and looks and looks[-1][1] <= done else ()
    now = time.monotonic()
    looks = (*before[-_PACE_OVER:], (now, done)) if done else ()
    st.session_state[_LOOKS] = (job.id, looks)
    if not looks:
        return None
    spent, made = now - looks[0][0], done - looks[0][1]
    return spent / made * (job.specs[0].steps - done) if made > 0 and spent > 2 else None


def _duration(seconds: float) -> str:
    """A duration as people say it: in seconds below two minutes, in hours from two hours on."""
    if seconds < _MINUTES_FROM:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < _MINUTES_FROM else f"{minutes / 60:.0f} h"
