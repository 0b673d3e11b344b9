"""The training itself: update by update, phase by phase, to be stopped and continued at any of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.sentiment.batches import Samples, batches_of, piece_of, random_of, window_of
from rnnviz.sentiment.calibration import log_loss
from rnnviz.sentiment.network import SentimentNetwork
from rnnviz.sentiment.process_group import ProcessGroup
from rnnviz.sentiment.reading import Encoded, padded
from rnnviz.sentiment.recipes import Noise, Recipe
from rnnviz.sentiment.state import State, Told

SAVED_EVERY: Final = 60.0
"""Seconds between two savings of what is not finished. What comes out does not depend on it."""

_TOKENS_AT_ONCE: Final = 32_768
_ORDER, _DRAWN = 0, 1
"""The purposes of random numbers."""

_Group = tuple[list[np.ndarray], Tensor]
"""Texts, and the probability of praise that is wanted for each."""


@dataclass(frozen=True)
class Event:
    """What there is to tell after an update.

    Attributes:
        phase, phases, step, steps: Counted from 1, and how many there are; the steps are those of the phase.
        loss, accuracy: The mean over the epoch so far.
        batch_loss: Of the reviews of this update alone.
        validation: The accuracy on the validation reviews, at the end of an epoch.
    """

    phase: int
    phases: int
    step: int
    steps: int
    loss: float
    accuracy: float
    batch_loss: float
    validation: float | None = None


Tell = Callable[[Event], None]


@dataclass(frozen=True, eq=False)
class Lessons:
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


def logits_of(network: SentimentNetwork, reviews: Encoded) -> np.ndarray:
    """The logits of praise, float64 of shape (text,), computed for texts of like length together."""
    logits = np.empty(len(reviews))
    order = np.argsort(-reviews.lengths, kind="stable")
    begin = 0
    device = network.embedding.weight.device
    with torch.inference_mode():
        while begin < len(order):
            together = max(1, _TOKENS_AT_ONCE // max(1, len(reviews[order[begin]])))
            chosen = order[begin : begin + together]
            ids, lengths = (torch.from_numpy(array).to(device) for array in padded([reviews[k] for k in chosen]))
            logits[chosen] = network(ids, lengths).double().cpu().numpy()
            begin += together
    return logits


def run_phase(
    state: State, lessons: Lessons, process_group: ProcessGroup, tell: Tell, keep: Callable[[], None], *, retell: bool
) -> None:
    """Go on with the phase that a state is in, to its end.

    Args:
        state: Where it begins, and where it is after each update.
        process_group: Who shares the work.
        keep: Called once a minute and after each epoch, never halfway through an update.
        retell: Whether to tell first what was told of the phase before an interruption.
    """
    phase = lessons.recipe.phases[state.phase]
    per_epoch = -(-len(lessons.samples) // lessons.recipe.batch_size)
    steps = phase.epochs * per_epoch

    def event(step: int) -> Event:
        return Event(state.phase + 1, len(lessons.recipe.phases), step, steps, *state.told[step - 1])

    for step in range(1, state.step + 1 if retell else 1):
        tell(event(step))
    kept, begun = time.monotonic(), time.process_time()
    epoch, batches = -1, list[np.ndarray]()
    while state.step < steps:
        if state.step // per_epoch != epoch:
            epoch = state.step // per_epoch
            batches = lessons.batches(state.phase, epoch)
        chosen = batches[state.step % per_epoch]
        for group in state.optimizer.param_groups:
            group["lr"] = phase.rate * (1 - state.step / steps if phase.fades else 1)
        loss, right = _update(state, lessons, process_group, chosen)
        state.count(loss, right, len(chosen))
        ended = state.step % per_epoch == 0
        if ended:
            state.end_epoch(*measured(state.network, lessons.validation))
        worked = time.process_time()
        state.seconds, begun = state.seconds + worked - begun, worked
        state.told.append(_told(state, loss / len(chosen), ended=ended))
        if ended or time.monotonic() - kept > SAVED_EVERY:
            keep()
            kept = time.monotonic()
        tell(event(state.step))


def measured(network: SentimentNetwork, samples: Samples) -> tuple[float, float]:
    """Loss and accuracy."""
    logits = logits_of(network, samples.reviews)
    return log_loss(logits, samples.targets), float(np.mean((logits > 0) == (samples.targets > 0.5)))


def _update(state: State, lessons: Lessons, process_group: ProcessGroup, chosen: np.ndarray) -> tuple[float, int]:
    """One step of the optimizer; the summed loss on the reviews and how many were judged as their targets say."""
    random = random_of(lessons.recipe.seed, state.phase, _DRAWN, state.step)
    generator = torch.Generator().manual_seed(int(random.integers(2**62)))
    state.optimizer.zero_grad()
    counted = [
        _learned(state.network, group, lessons.recipe.noise, generator, process_group)
        for group in _groups(lessons, state.phase, chosen, random)
    ]
    parameters = list(state.network.parameters())
    process_group.add_up([counted[0], *(parameter.grad for parameter in parameters if parameter.grad is not None)])
    if lessons.recipe.max_norm is not None:
        torch.nn.utils.clip_grad_norm_(parameters, lessons.recipe.max_norm)
    state.advance()
    loss, right = counted[0].tolist()
    return loss, int(right)


def _groups(lessons: Lessons, phase: int, chosen: np.ndarray, random: np.random.Generator) -> list[_Group]:
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


def _told(state: State, batch_loss: float, *, ended: bool) -> Told:
    if not ended:
        return *state.means, batch_loss, None
    last = state.history[-1]
    return last["loss"], last["accuracy"], batch_loss, last["validation_accuracy"]
