"""The caches of trainings, which are known by their ids and how far they are, never by their numbers."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

if TYPE_CHECKING:
    from rnnviz.analysis import Sweep
    from rnnviz.clipping import Kind
    from rnnviz.figures import Figure
    from rnnviz.jobs import CharacterJob, CharacterSeen, Job, ReviewJob, ReviewSeen, Seen
    from rnnviz.outcome import Outcome
    from rnnviz.palette import Theme
    from rnnviz.ui.character_lesson import Lesson
    from rnnviz.ui.review_training import ReviewRun
    from rnnviz.ui.runs import Run
    from rnnviz.ui.training_view import Sweeps, Wanted

_IDS: Final[dict[str | type, Callable[[Any], Any]]] = {
    "rnnviz.jobs.engine.Asked": lambda job: job.id,
    "rnnviz.jobs.engine.View": lambda _: "",
    "rnnviz.ui.runs.Run": lambda run: (run.id, run.version, run.going),
    "rnnviz.ui.review_training.ReviewRun": lambda run: (run.id, run.version, run.going),
    "rnnviz.ui.character_lesson.Lesson": lambda lesson: (lesson.id, lesson.version, lesson.going),
    "rnnviz.ui.training_view.Sweeps": lambda sweeps: (sweeps.id, sweeps.version),
}
"""What stands for each of them in the key of a cache."""


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_IDS)
def run_so_far(job: "Job", moment: tuple[str, int], seen: "Seen") -> "Run":  # noqa: ARG001 - the moment is the key
    """What a run that is not done has told, the same for all who ask at the same moment."""
    from rnnviz.ui import runs

    return runs.run_so_far(job, seen)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=_IDS)
def finished_run(job: "Job") -> "Run":
    """What a finished run has recorded; equal specs have equal numbers."""
    from rnnviz.ui import runs

    return runs.finished_run(job)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_IDS)
def live_training(run: "Run", *, beside: bool, logarithmic: bool) -> bytes:
    """The curves of a training that goes on, the same for all who watch it."""
    from rnnviz.ui.training_view import live_message

    return live_message(run, beside=beside, logarithmic=logarithmic)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=_IDS)
def training_figure(wanted: "Wanted", run: "Run") -> "Figure":
    """A figure of a training, drawn once for all who watch it."""
    from rnnviz.ui.training_view import figure_of

    return figure_of(wanted, run)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_IDS)
def live_sweep(sweeps: "Sweeps") -> bytes:
    """The losses of a training at many thresholds that goes on, the same for all who watch it."""
    from rnnviz.ui.training_view import live_sweep_message

    return live_sweep_message(sweeps)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=_IDS)
def sweep_figure(wanted: "Wanted", sweeps: "Sweeps") -> "Figure":
    """A figure of a training at many thresholds, drawn once for all who watch it."""
    from rnnviz.ui.training_view import sweep_figure_of

    return sweep_figure_of(wanted, sweeps)


@st.cache_resource(max_entries=1, show_spinner=False)
def shipped_pair() -> "Run":
    """The usual training with and without clipping, as it ships."""
    from rnnviz.ui import training_view

    return training_view.shipped_pair()


@st.cache_resource(max_entries=2, show_spinner=False)
def shipped_sweep(kind: "Kind") -> "Sweep":
    """The usual training at many thresholds, as it ships."""
    from rnnviz import clipping

    return clipping.shipped_sweep(kind)


@st.cache_resource(max_entries=512, show_spinner=False)
def finished_outcome(job: "Job") -> "Outcome":
    """What a finished training of one arm came to; ValueError if it is not there."""
    from rnnviz import jobs
    from rnnviz.outcome import outcome

    return outcome(jobs.result(job)[0])


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_IDS)
def review_so_far(job: "ReviewJob", moment: tuple[str, int], seen: "ReviewSeen") -> "ReviewRun":  # noqa: ARG001 - the moment is the key
    """What a training on reviews that is not done has told, the same for all who ask at the same moment."""
    from rnnviz.ui import review_training

    return review_training.run_so_far(job, seen)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=_IDS)
def finished_review(job: "ReviewJob") -> "ReviewRun":
    """What a finished training on reviews came to, with its network."""
    from rnnviz.ui import review_training

    return review_training.finished_run(job)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_IDS)
def live_review(run: "ReviewRun", shipped: float) -> bytes:
    """The curves of a training on reviews that goes on, the same for all who watch it."""
    from rnnviz.ui import review_training

    return review_training.live_message(run, shipped)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=_IDS)
def review_training_figure(name: str, run: "ReviewRun", shipped: float, theme: "Theme") -> "Figure":
    """A figure of a training on reviews, drawn once for all who watch it."""
    from rnnviz.ui import review_training

    return review_training.figure_of(name, run, shipped, theme)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_IDS)
def lesson_so_far(job: "CharacterJob", moment: tuple[str, int], seen: "CharacterSeen") -> "Lesson":  # noqa: ARG001 - the moment is the key
    """What a training on a text that is not done has told, the same for all who ask at the same moment."""
    from rnnviz.ui import character_lesson

    return character_lesson.lesson_so_far(job, seen)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=_IDS)
def finished_lesson(job: "CharacterJob") -> "Lesson":
    """What a finished training on a text came to, with its network."""
    from rnnviz.ui import character_lesson

    return character_lesson.finished_lesson(job)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_IDS)
def live_lesson(lesson: "Lesson") -> bytes:
    """The curves of a training on a text that goes on, the same for all who watch it."""
    from rnnviz.ui import character_lesson

    return character_lesson.live_message(lesson)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=_IDS)
def lesson_figure(lesson: "Lesson", theme: "Theme") -> "Figure":
    """The curves of a training on a text, drawn once for all who look at it."""
    from rnnviz.ui import character_lesson

    return character_lesson.figure_of(lesson, theme)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_IDS)
def lesson_text(lesson: "Lesson", prompt: str, temperature: float, seed: int) -> str:
    """What a network that was trained on the page writes after a prompt, the prompt first."""
    from rnnviz.ui import character_lesson

    return character_lesson.written(lesson, prompt, temperature, seed)
