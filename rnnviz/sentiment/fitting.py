"""From reviews to a trained network: all phases of a recipe, interrupted and continued as you like."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.checkpoints.storing import packed
from rnnviz.sentiment.bag import fit_bag
from rnnviz.sentiment.calibration import log_loss, probabilities, temperature
from rnnviz.sentiment.network import SentimentNetwork, logits_of, started
from rnnviz.sentiment.phrases import phrases
from rnnviz.sentiment.process_group import Alone, ProcessGroup
from rnnviz.sentiment.reading import (
    STOPS,
    Encoded,
    Samples,
    Vocabulary,
    batches_of,
    padded,
    piece_of,
    random_of,
    vocabulary_of,
    window_of,
)
from rnnviz.sentiment.recipes import BAG_PENALTY, TEACHING_ORDERS, Noise, Recipe, Teacher
from rnnviz.sentiment.reviews import Part, Reviews
from rnnviz.train.loop import Descent, Event, run, unfinished

# --- Where a training is, in memory and as bytes ---

Told = tuple[float, float, float, float | None]

_PLAIN: Final = ("phase", "step", "history", "told", "seconds", "sums")
"""What a file has beside the arrays."""

_CURVES: Final = ("phase", "loss", "accuracy", "validation_loss", "validation_accuracy")


class State:
    """Where a training is.

    Attributes:
        phase: Counted from 0.
        descent: Of the phase.
        taught: float32 of shape (review,), or None. What the teachers of the phase say of the unlabelled reviews.
        history: An entry an epoch: ``phase``, ``loss``, ``accuracy``, ``validation_loss``, ``validation_accuracy``. In
            ``accuracy`` what teachers say counts as right; in that of the validation reviews, never.
        told: What was told after each update of the phase: loss, accuracy, the update's own loss, validation accuracy.
        seconds: Of processor time, which is the same beside others.
        sums: Of the epoch so far: the losses, the reviews that were right, and all reviews.
    """

    def __init__(self, network: SentimentNetwork, max_norm: float | None) -> None:
        self.network, self.max_norm = network, max_norm
        self.seconds = 0.0
        self.history: list[dict[str, float]] = []
        self.begin_phase(0)

    def begin_phase(self, phase: int) -> None:
        """Go over to a phase, with an optimizer that remembers nothing."""
        self.phase = phase
        self.taught: np.ndarray | None = None
        self.told: list[Told] = []
        self.descent = Descent(self.network.named_parameters(), self.max_norm, is_fused=True)
        self.sums = [0.0, 0.0, 0.0]

    @property
    def step(self) -> int:
        """The updates that the phase has behind it."""
        return self.descent.made

    def count(self, loss: float, right: int, reviews: int) -> tuple[float, float]:
        """Add an update to the sums of the epoch; return the mean loss and the accuracy so far."""
        self.sums = [a + b for a, b in zip(self.sums, (loss, right, reviews), strict=True)]
        return self.sums[0] / self.sums[2], self.sums[1] / self.sums[2]

    def end_epoch(self, *curves: float) -> None:
        """Write an epoch into the history: its mean loss and accuracy, then those on the validation reviews."""
        self.sums = [0.0, 0.0, 0.0]
        self.history.append(dict(zip(_CURVES, (self.phase, *curves), strict=True)))

    def pack(self, made_of: str) -> bytes:
        """All of it; ``made_of``, its recipe and its reviews, says whether a training is the same."""
        arrays = self.descent.arrays()
        if self.taught is not None:
            arrays["taught"] = self.taught
        return packed(arrays, {"made_of": made_of, **{name: getattr(self, name) for name in _PLAIN}})

    def unpack(self, content: bytes, made_of: str) -> None:
        """Take all of it from what ``pack`` gave; RefusedError if that is damaged or of another training."""
        with unfinished(content, made_of=made_of) as (arrays, about):
            self.begin_phase(about["phase"])
            self.descent.take(arrays, about["step"])
            self.history, self.seconds, self.sums = about["history"], about["seconds"], about["sums"]
            self.told = [tuple(one) for one in about["told"]]
            self.taught = arrays.get("taught")


# --- The training ---

SAVED_EVERY: Final = 60.0
"""Seconds between two savings of what is not finished. What comes out does not depend on it."""

_ORDER, _DRAWN = 0, 1
"""The purposes of random numbers."""

_Group = tuple[list[np.ndarray], Tensor]
"""Texts, and the probability of praise that is wanted for each."""


@dataclass(frozen=True)
class Epoch:
    """What an event measures: the epoch so far.

    Attributes:
        phase, phases: Counted from 1, and how many there are; the steps of the event are those of the phase.
        loss, accuracy: The mean over the epoch so far; the loss of the event is that of the update's reviews alone.
        validation: The accuracy on the validation reviews, at the end of an epoch.
    """

    phase: int
    phases: int
    loss: float
    accuracy: float
    validation: float | None


Tell = Callable[[Event[Epoch]], object]
"""Gets an event after each update; False stops the training there."""

Keep = Callable[[int, bytes], object]
"""Gets the updates that the phase has behind it, and with what the training goes on from there."""


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


@dataclass(frozen=True, eq=False)
class _Lessons:
    """What a phase learns from, and how.

    Attributes:
        phrases: Our own, for the phases that read some.
        stops: The numbers of the marks that end a sentence.
    """

    recipe: Recipe
    samples: Samples
    validation: Samples
    phrases: Samples
    stops: tuple[int, ...]

    def batches(self, phase: int, epoch: int) -> list[np.ndarray]:
        """The reviews of an epoch, batch by batch; the same whenever they are asked for."""
        random = random_of(self.recipe.seed, phase, _ORDER, epoch)
        return batches_of(self.samples.reviews.lengths, self.recipe.batch_size, random)

    def some_phrases(self, count: int, random: np.random.Generator) -> _Group:
        """A few phrases and the probabilities of praise that are wanted for them."""
        chosen = random.integers(len(self.phrases), size=count)
        return [self.phrases.reviews[k] for k in chosen], torch.from_numpy(self.phrases.targets[chosen])


def fit(
    recipe: Recipe,
    data: Mapping[Part, Reviews],
    tell: Tell,
    *,
    begun: bytes = b"",
    keep: Keep = lambda *_: None,
    process_group: ProcessGroup | None = None,
    retell: bool = False,
) -> Fitted:
    """Train as a recipe says, or go on with a training that was interrupted; the network is the same either way.

    What has been trained comes back, also where ``tell`` stops it.

    Args:
        begun: What was kept last of the training that was interrupted; empty to begin.
        keep: Called once a minute, after each epoch, and where ``tell`` stops the training.
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
    state = State(started(recipe.network, recipe.seed).to(process_group.device), recipe.max_norm)
    made_of = _digest(recipe, labelled, unlabelled)
    if heard := process_group.hear(begun):
        state.unpack(heard, made_of)

    def keep_state() -> None:
        if process_group.leads:
            keep(state.step, state.pack(made_of))

    while state.phase < len(recipe.phases):
        samples, teachers = labelled, recipe.phases[state.phase].teachers
        if teachers:
            if state.taught is None:
                state.taught = _taught(teachers, state.network, labelled, validation, unlabelled)
                keep_state()
            samples = Samples(labelled.reviews.joined(unlabelled), np.concatenate([labelled.targets, state.taught]))
        lessons = _Lessons(recipe, samples, validation, ours, stops)
        if not _run_phase(state, lessons, process_group, tell, keep_state, retell=retell):
            keep_state()
            break
        state.begin_phase(state.phase + 1)
        if state.phase < len(recipe.phases):  # what was told of the last phase stays with what was kept at its end
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


def _taught(
    teachers: tuple[Teacher, ...],
    network: SentimentNetwork,
    labelled: Samples,
    validation: Samples,
    unlabelled: Encoded,
) -> np.ndarray:
    """What the unlabelled reviews are taken to say: the mean opinion of those who have learned from the labelled ones.

    These are the probabilities of praise, float32 of shape (review,), that a network, trained so far, is to learn from.
    The bag learns from ``labelled``; ``validation`` shows how far an opinion is to be trusted.
    """
    opinions = []
    for teacher in teachers:
        if teacher == "bag":
            bag = fit_bag(labelled.reviews, labelled.targets, TEACHING_ORDERS, BAG_PENALTY)
            pair = [bag.logits(reviews) for reviews in (validation.reviews, unlabelled)]
        else:
            pair = [logits_of(network, reviews) for reviews in (validation.reviews, unlabelled)]
        opinions.append([logits / temperature(pair[0], validation.targets) for logits in pair])
    seen, told = (np.sum(logits, 0) for logits in zip(*opinions, strict=True))
    return probabilities(told / temperature(seen, validation.targets)).astype(np.float32)


def _run_phase(
    state: State, lessons: _Lessons, process_group: ProcessGroup, tell: Tell, keep: Callable[[], None], *, retell: bool
) -> bool:
    """Go on with the phase that a state is in; return whether it came to its end."""
    recipe, phase = lessons.recipe, lessons.recipe.phases[state.phase]
    per_epoch = -(-len(lessons.samples) // recipe.batch_size)
    steps = phase.epochs * per_epoch
    batches = lru_cache(1)(partial(lessons.batches, state.phase))

    def event(step: int) -> Event[Epoch]:
        loss, accuracy, batch_loss, validation = state.told[step - 1]
        return Event(step, steps, (batch_loss,), Epoch(state.phase + 1, len(recipe.phases), loss, accuracy, validation))

    def update(step: int) -> Event[Epoch]:
        begun = time.process_time()
        chosen = batches(step // per_epoch)[step % per_epoch]
        loss, right = _update(
            state, lessons, process_group, chosen, phase.rate * (1 - step / steps if phase.fades else 1)
        )
        means, validation = state.count(loss, right, len(chosen)), None
        if state.step % per_epoch == 0:
            validation_loss, validation = _measured(state.network, lessons.validation)
            state.end_epoch(*means, validation_loss, validation)
        state.seconds += time.process_time() - begun
        state.told.append((*means, loss / len(chosen), validation))
        if validation is not None:
            keep()
        return event(state.step)

    if any(tell(event(step)) is False for step in range(1, state.step + 1 if retell else 1)):
        return False
    return run(range(state.step, steps), update, tell, keep, SAVED_EVERY)


def _measured(network: SentimentNetwork, samples: Samples) -> tuple[float, float]:
    """Loss and accuracy."""
    logits = logits_of(network, samples.reviews)
    return log_loss(logits, samples.targets), float(np.mean((logits > 0) == (samples.targets > 0.5)))


def _update(
    state: State, lessons: _Lessons, process_group: ProcessGroup, chosen: np.ndarray, rate: float
) -> tuple[float, int]:
    """One step of the optimizer; the summed loss on the reviews and how many were judged as their targets say."""
    random = random_of(lessons.recipe.seed, state.phase, _DRAWN, state.step)
    generator = torch.Generator().manual_seed(int(random.integers(2**62)))
    counted = [
        _learned(state.network, group, lessons.recipe.noise, generator, process_group)
        for group in _groups(lessons, state.phase, chosen, random)
    ]
    gradients = [parameter.grad for parameter in state.network.parameters() if parameter.grad is not None]
    process_group.add_up([counted[0], *gradients])  # between backward and step, so each is called by itself
    state.descent.step(rate)
    loss, right = counted[0].tolist()
    return loss, int(right)


def _groups(lessons: _Lessons, phase: int, chosen: np.ndarray, random: np.random.Generator) -> list[_Group]:
    """What an update reads: the reviews first, then what belongs to them."""
    recipe, targets = lessons.recipe, torch.from_numpy(lessons.samples.targets[chosen])
    reviews = [lessons.samples.reviews[k] for k in chosen]
    groups = [([window_of(review, recipe.window, random) for review in reviews], targets)]
    if recipe.reads_pieces:
        groups.append(([piece_of(review, lessons.stops, random) for review in reviews], targets))
    if phrases := recipe.phases[phase].phrases:
        groups.append(lessons.some_phrases(phrases, random))
    return groups


def _learned(
    network: SentimentNetwork, group: _Group, noise: Noise, generator: torch.Generator, process_group: ProcessGroup
) -> Tensor:
    """Add to the gradients what this process's share of a group gives; return its summed loss and the number right."""
    rows, targets = group
    share = process_group.share(len(rows))
    count = len(rows[share])
    mine = share if count else slice(1)  # who has none reads one for nothing: everybody draws noise, has gradients
    wanted = targets[mine].to(process_group.device)
    ids, lengths = (torch.from_numpy(array).to(process_group.device) for array in padded(rows))
    logits = network(ids, lengths, noise, generator, mine)
    loss = functional.binary_cross_entropy_with_logits(logits, wanted)
    torch.autograd.backward(loss * (count / len(rows)))
    right = ((logits > 0) == (wanted > 0.5)).sum()
    return torch.stack([loss.detach() * count, right * (count > 0)])
