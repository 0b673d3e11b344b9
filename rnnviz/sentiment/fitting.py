"""From reviews to a trained network: all phases of a recipe, interrupted and continued as you like."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rnnviz.sentiment.batches import STOPS, Samples
from rnnviz.sentiment.company import Alone, Company
from rnnviz.sentiment.loop import Event, Lessons, Tell, run_phase
from rnnviz.sentiment.network import SentimentNetwork, started
from rnnviz.sentiment.phrases import phrases
from rnnviz.sentiment.reading import Encoded, Vocabulary, vocabulary_of
from rnnviz.sentiment.recipes import Recipe
from rnnviz.sentiment.reviews import Part, Reviews
from rnnviz.sentiment.state import State
from rnnviz.sentiment.teaching import taught

__all__ = ["Event", "Fitted", "Tell", "fit"]


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a training came to.

    Attributes
    ----------
    network : SentimentNetwork
    vocabulary : Vocabulary
    history : list of dict
        As ``State.history``.
    seconds : float
        Of processor time, for the updates alone.
    """

    network: SentimentNetwork
    vocabulary: Vocabulary
    history: list[dict[str, float]]
    seconds: float


def fit(
    recipe: Recipe, data: Mapping[Part, Reviews], unfinished: Path, tell: Tell, company: Company | None = None
) -> Fitted:
    """Train as a recipe says, or go on with a training that was interrupted; the network is the same either way.

    Parameters
    ----------
    recipe : Recipe
    data : mapping of str to Reviews
    unfinished : Path
        The file that holds what has been trained so far. It is left where it is.
    tell : callable
        Called with an Event after each update.
    company : Company, optional
        Who trains; this process alone for None. The network is the same to rounding.

    Returns
    -------
    Fitted

    Raises
    ------
    ValueError
        If the file is of another training, or reviews are missing.
    """
    vocabulary, labelled, validation, unlabelled = _encoded(recipe, data)
    texts, opinions = zip(*phrases(), strict=True)
    ours = Samples(vocabulary.encode(texts), np.array(opinions, np.float32))
    stops = tuple(vocabulary.numbers[mark] for mark in STOPS if mark in vocabulary.numbers)
    company = company or Alone()
    state = State(started(recipe.network, recipe.seed).to(company.device))
    made_of = _digest(recipe, labelled, unlabelled)
    begun = company.hear(unfinished.read_bytes() if company.leads and unfinished.is_file() else None)
    if begun is not None:
        state.load(begun, made_of, unfinished)

    def keep() -> None:
        if company.leads:
            state.save(unfinished, made_of)

    while state.phase < len(recipe.phases):
        samples, teachers = labelled, recipe.phases[state.phase].teachers
        if teachers:
            if state.taught is None:
                state.taught = taught(teachers, state.network, labelled, validation, unlabelled)
                keep()
            samples = Samples(labelled.reviews.joined(unlabelled), np.concatenate([labelled.targets, state.taught]))
        run_phase(state, Lessons(recipe, samples, validation, ours, stops), company, tell, keep)
        state.begin_phase(state.phase + 1)
        keep()
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
