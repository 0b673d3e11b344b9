"""From reviews to a trained network: all phases of a recipe, interrupted and continued as you like."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from rnnviz.sentiment.batches import STOPS, Samples
from rnnviz.sentiment.loop import Event, Lessons, Tell, run_phase
from rnnviz.sentiment.network import SentimentNetwork, started
from rnnviz.sentiment.phrases import phrases
from rnnviz.sentiment.process_group import Alone, ProcessGroup
from rnnviz.sentiment.reading import Encoded, Vocabulary, vocabulary_of
from rnnviz.sentiment.recipes import Recipe
from rnnviz.sentiment.reviews import Part, Reviews
from rnnviz.sentiment.state import State
from rnnviz.sentiment.teaching import taught

__all__ = ["Event", "Fitted", "Tell", "fit"]


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a training came to.

    Attributes:
        history: As ``State.history``.
        seconds: Of processor time, for the updates alone.
    """

    network: SentimentNetwork
    vocabulary: Vocabulary
    history: list[dict[str, float]]
    seconds: float


def fit(
    recipe: Recipe,
    data: Mapping[Part, Reviews],
    tell: Tell,
    *,
    begun: bytes = b"",
    keep: Callable[[bytes], object] = lambda _: None,
    process_group: ProcessGroup | None = None,
    retell: bool = False,
) -> Fitted:
    """Train as a recipe says, or go on with a training that was interrupted; the network is the same either way.

    Args:
        tell: Called with an Event after each update.
        begun: What was kept last of the training that was interrupted; empty to begin.
        keep: Given all that has been trained so far, once a minute and after each epoch.
        process_group: Who trains; this process alone for None. The network is the same to rounding. The one that leads
            is given what was begun, and keeps.
        retell: Whether to tell first what was told of the phase before the interruption.

    Raises RefusedError if what was begun is damaged or of another training, ValueError if reviews are missing.
    """
    vocabulary, labelled, validation, unlabelled = _encoded(recipe, data)
    texts, opinions = zip(*phrases(), strict=True)
    ours = Samples(vocabulary.encode(texts), np.array(opinions, np.float32))
    stops = tuple(vocabulary.numbers[mark] for mark in STOPS if mark in vocabulary.numbers)
    process_group = process_group or Alone()
    state = State(started(recipe.network, recipe.seed).to(process_group.device))
    made_of = _digest(recipe, labelled, unlabelled)
    if heard := process_group.hear(begun):
        state.unpack(heard, made_of)

    def keep_state() -> None:
        if process_group.leads:
            keep(state.pack(made_of))

    while state.phase < len(recipe.phases):
        samples, teachers = labelled, recipe.phases[state.phase].teachers
        if teachers:
            if state.taught is None:
                state.taught = taught(teachers, state.network, labelled, validation, unlabelled)
                keep_state()
            samples = Samples(labelled.reviews.joined(unlabelled), np.concatenate([labelled.targets, state.taught]))
        lessons = Lessons(recipe, samples, validation, ours, stops)
        run_phase(state, lessons, process_group, tell, keep_state, retell=retell)
        state.begin_phase(state.phase + 1)
        keep_state()
    return Fitted(state.network.cpu().eval(), vocabulary, state.history, state.seconds)


def _encoded(recipe: Recipe, data: Mapping[Part, Reviews]) -> tuple[Vocabulary, Samples, Samples, Encoded]:
    """The vocabulary, and the reviews that a recipe wants in its numbers."""
    train, unlabelled = data["train"], data["unlabelled"].texts
    if not any(phase.teachers for phase in recipe.phases):
        unlabelled = ()
    elif not unlabelled:
        raise ValueError(f"{recipe.name} must have the unlabelled reviews too; got none")
    vocabulary = vocabulary_of((*train.texts, *unlabelled), recipe.network.words, has_marks=recipe.has_marks)
    labelled, validation = (Samples(vocabulary.encode(part.texts), part.labels) for part in (train, data["validation"]))
    return vocabulary, labelled, validation, vocabulary.encode(unlabelled)


def _digest(recipe: Recipe, labelled: Samples, unlabelled: Encoded) -> str:
    digest = hashlib.blake2b(json.dumps(asdict(recipe)).encode(), digest_size=16)
    for array in (labelled.reviews.ids, unlabelled.ids, labelled.targets):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
