"""The caches of trainings, which are known by their ids and how far they are, never by their numbers."""

from typing import TYPE_CHECKING

from rnnviz.caching import cached

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


@cached(16)
def run_so_far(job: "Job", moment: tuple[str, int], _seen: "Seen") -> "Run":  # noqa: ARG001 - the moment is the key
    """What a run that is not done has told, the same for all who ask at the same moment."""
    from rnnviz.ui import runs

    return runs.run_so_far(job, _seen)


@cached(8)
def finished_run(job: "Job") -> "Run":
    """What a finished run has recorded; equal specs have equal numbers."""
    from rnnviz.ui import runs

    return runs.finished_run(job)


@cached(16)
def live_training(run: "Run", *, beside: bool, logarithmic: bool) -> bytes:
    """The curves of a training that goes on, the same for all who watch it."""
    from rnnviz.ui.training_view import live_message

    return live_message(run, beside=beside, logarithmic=logarithmic)


@cached(64)
def training_figure(wanted: "Wanted", run: "Run") -> "Figure":
    """A figure of a training, drawn once for all who watch it."""
    from rnnviz.ui.training_view import figure_of

    return figure_of(wanted, run)


@cached(16)
def live_sweep(sweeps: "Sweeps") -> bytes:
    """The losses of a training at many thresholds that goes on, the same for all who watch it."""
    from rnnviz.ui.training_view import live_sweep_message

    return live_sweep_message(sweeps)


@cached(32)
def sweep_figure(wanted: "Wanted", sweeps: "Sweeps") -> "Figure":
    """A figure of a training at many thresholds, drawn once for all who watch it."""
    from rnnviz.ui.training_view import sweep_figure_of

    return sweep_figure_of(wanted, sweeps)


@cached(1)
def shipped_pair() -> "Run":
    """The usual training with and without clipping, as it ships."""
    from rnnviz.ui import training_view

    return training_view.shipped_pair()


@cached(2)
def shipped_sweep(kind: "Kind") -> "Sweep":
    """The usual training at many thresholds, as it ships."""
    from rnnviz import clipping

    return clipping.shipped_sweep(kind)


@cached(512)
def finished_outcome(job: "Job") -> "Outcome":
    """What a finished training of one arm came to; ValueError if it is not there."""
    from rnnviz import jobs
    from rnnviz.outcome import outcome

    return outcome(jobs.result(job)[0])


@cached(16)
def review_so_far(job: "ReviewJob", moment: tuple[str, int], _seen: "ReviewSeen") -> "ReviewRun":  # noqa: ARG001 - the moment is the key
    """What a training on reviews that is not done has told, the same for all who ask at the same moment."""
    from rnnviz.ui import review_training

    return review_training.run_so_far(job, _seen)


@cached(4)
def finished_review(job: "ReviewJob") -> "ReviewRun":
    """What a finished training on reviews came to, with its network."""
    from rnnviz.ui import review_training

    return review_training.finished_run(job)


@cached(16)
def live_review(run: "ReviewRun", shipped: float) -> bytes:
    """The curves of a training on reviews that goes on, the same for all who watch it."""
    from rnnviz.ui import review_training

    return review_training.live_message(run, shipped)


@cached(32)
def review_training_figure(name: str, run: "ReviewRun", shipped: float, theme: "Theme") -> "Figure":
    """A figure of a training on reviews, drawn once for all who watch it."""
    from rnnviz.ui import review_training

    return review_training.figure_of(name, run, shipped, theme)


@cached(16)
def lesson_so_far(job: "CharacterJob", moment: tuple[str, int], _seen: "CharacterSeen") -> "Lesson":  # noqa: ARG001 - the moment is the key
    """What a training on a text that is not done has told, the same for all who ask at the same moment."""
    from rnnviz.ui import character_lesson

    return character_lesson.lesson_so_far(job, _seen)


@cached(8)
def finished_lesson(job: "CharacterJob") -> "Lesson":
    """What a finished training on a text came to, with its network."""
    from rnnviz.ui import character_lesson

    return character_lesson.finished_lesson(job)


@cached(16)
def live_lesson(lesson: "Lesson") -> bytes:
    """The curves of a training on a text that goes on, the same for all who watch it."""
    from rnnviz.ui import character_lesson

    return character_lesson.live_message(lesson)


@cached(32)
def lesson_figure(lesson: "Lesson", theme: "Theme") -> "Figure":
    """The curves of a training on a text, drawn once for all who look at it."""
    from rnnviz.ui import character_lesson

    return character_lesson.figure_of(lesson, theme)


@cached(64)
def lesson_text(lesson: "Lesson", prompt: str, temperature: float, seed: int) -> str:
    """What a network that was trained on the page writes after a prompt, the prompt first."""
    from rnnviz.ui import character_lesson

    return character_lesson.written(lesson, prompt, temperature, seed)
