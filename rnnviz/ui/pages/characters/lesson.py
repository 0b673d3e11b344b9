"""The state of a training on a text, unfinished or finished; as picture, widget and figure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rnnviz import jobs
from rnnviz.caching import cached
from rnnviz.jobs import CharacterJob, CharacterSeen
from rnnviz.names import CELL_LABELS
from rnnviz.palette import Theme
from rnnviz.spec import CharacterSpec
from rnnviz.ui.codegen.drawing import curves_of
from rnnviz.ui.widgets import live_view

if TYPE_CHECKING:
    from rnnviz.characters import CharacterModel
    from rnnviz.figures import Figure
    from rnnviz.figures.picture import Picture

LIBRARY: Final = 300_000
"""Characters of the standard library that a network learns if the visitor has brought no text."""

WRITTEN: Final = 400
"""Characters that are written on request."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """A training on a text as far as it has come.

    Attributes:
        version: Grows with what is known.
        going: Whether more will come.
        losses, looks: Updates, and bits per character: of what was read, and of the held-out end of the text.
        counted: Bits per character of that end by the best n-grams.
        samples: Updates, and what the network wrote then; while the training goes on, only the last.
        model: The trained network, once the training is over.
    """

    id: str
    version: int
    going: bool
    spec: CharacterSpec
    losses: tuple[list[int], list[float]]
    looks: tuple[list[int], list[float]]
    counted: float | None
    samples: tuple[tuple[int, str], ...]
    model: "CharacterModel | None" = None

    @property
    def cache_key(self) -> tuple[str, int, bool]:
        """What stands for the run in keys of caches, instead of its numbers."""
        return self.id, self.version, self.going


@cached(1)
def library_text() -> str:
    """The text for a visitor who has brought none."""
    from rnnviz.characters.corpus import beginning

    return beginning(LIBRARY)


@cached(16)
def lesson_so_far(job: CharacterJob, moment: tuple[str, int], _seen: CharacterSeen) -> Lesson:  # noqa: ARG001 - the key
    """What an unfinished run has told, the same for all who ask at the same moment."""
    told = _seen.events
    samples = [(event.step, event.sample) for event in told if event.sample]
    looks = [(event.step, event.validation) for event in told if event.validation is not None]
    return Lesson(
        job.id,
        _seen.next,
        _seen.state == "running",
        job.specs[0],
        ([event.step for event in told], [event.loss for event in told]),
        ([step for step, _ in looks], [bits for _, bits in looks]),
        next((event.counted for event in told if event.counted is not None), None),
        tuple(samples[-1:]),
    )


@cached(8)
def finished_lesson(job: CharacterJob) -> Lesson:
    """The result of a finished run; ValueError if it is not there."""
    model = jobs.result(job)
    card, spec = model.card, job.specs[0]
    stride = -(-spec.updates // len(card["losses"]))
    ends = [min(spec.updates, (k + 1) * stride) for k in range(len(card["losses"]))]
    looks = [tuple(pair) for pair in card["looks"]]
    return Lesson(
        job.id,
        -1,
        False,  # noqa: FBT003 - it is over
        spec,
        (ends, card["losses"]),
        ([step for step, _ in looks], [bits for _, bits in looks]),
        card["ngrams"]["bits"],
        tuple((step, sample) for step, sample in card["samples"]),
        model,
    )


@cached(64)
def written(lesson: Lesson, prompt: str, temperature: float, seed: int) -> str:
    """What the network of a finished run writes after a prompt, the prompt first."""
    from rnnviz.characters.generating import generate

    if lesson.model is None:
        return ""
    drawn = generate(lesson.model, prompt, count=WRITTEN, temperature=temperature, seed=seed)
    return drawn.text if prompt else drawn.text[drawn.prompt :]


def picture(lesson: Lesson) -> "Picture":
    """The picture of a run, live and at its end."""
    from rnnviz import figures

    symbols = len(lesson.model.alphabet) if lesson.model is not None else 0
    return figures.lesson_picture(lesson.spec.updates, lesson.losses, lesson.looks, lesson.counted, symbols)


@cached(16)
def live_message(lesson: Lesson) -> bytes:
    """The curves of a run that goes on, as their widget takes them."""
    return live_view.review_message(lesson.id, [picture(lesson)], (caption(lesson.spec),))


@cached(32)
def figure_of(lesson: Lesson, theme: Theme) -> "Figure":
    """The curves of a run that does not go on."""
    return curves_of(caption(lesson.spec)).figure(picture(lesson), theme=theme)


def caption(spec: CharacterSpec) -> str:
    """The settings of a training for its captions."""
    return (
        f"{CELL_LABELS[spec.cell]}, {spec.hidden_size} units; Adam, rate {spec.rate:g}, at most {spec.batch} stretches "
        f"of {spec.length} characters an update, gradients clipped to norm 1; seed {spec.seed}."
    )
