"""From a recipe to a network that ships: trained, measured, written.

The same recipe gives the same network, bit for bit, on one machine.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate, pairwise
from operator import mul
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from rnnviz.attention import dates
from rnnviz.attention.model import AttentionModel, save
from rnnviz.attention.network import AttentionNetwork, started
from rnnviz.attention.recipes import NetworkSpec, Recipe
from rnnviz.attention.tasks import Task, draw_digits, task
from rnnviz.train.loop import Descent, Event, run

# --- What a trained network is worth, on what is held out ---

LENGTHS: Final = range(2, 41)
"""The digits of the sequences that the reversing networks are measured on: some more than they learned from."""

OF_EACH_LENGTH: Final = 400
DATES: Final = 4_000
STRANGE_DATES: Final = 1_400

_DRAWN: Final = 2**32 - 1
"""Part of the seed of what is measured on; no training draws from it."""


def greedy(network: AttentionNetwork, x: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray | None]:
    """The likeliest symbol at every step, fed back, for sources of one length, int64 of shape (batch, source).

    What comes back is int64 of shape (batch, step), and attention's weights, float32 of shape (batch, step, source), or
    None. After ``END`` more is said, up to ``limit`` steps: do not use it.
    """
    said, weights = [], []
    with torch.inference_mode():
        encoded, state = network.encode(torch.from_numpy(np.ascontiguousarray(x)))
        before = torch.full((len(x), 1), network.spec.said)
        for _ in range(limit):
            queries, state = network.follow(before, state)
            context = None
            if network.spec.score != "none":
                weights.append(torch.softmax(network.scores(queries, encoded), -1))
                context = weights[-1] @ encoded
            before = network.head(network.combined(queries, context)).argmax(-1)
            said.append(before)
    return torch.cat(said, 1).numpy(), torch.cat(weights, 1).numpy() if weights else None


def measured(network: AttentionNetwork, task: Task, seed: int = _DRAWN, share: float = 1.0) -> dict[str, Any]:
    """What a card says of a network, measured on sources that no training has seen.

    It has ``held_out`` (sources), ``accuracy`` (share of outputs that are right to the last symbol), ``lengths`` or
    ``forms``, and ``alignment``, None without attention. Another ``seed`` than the card's draws for a second opinion;
    ``share``, of the sources of the card, makes it quick.
    """
    generator = np.random.default_rng([0, seed])
    if task.name == "reverse":
        return _reversing(network, task, generator, max(1, int(OF_EACH_LENGTH * share)))
    learned = dates.draw(max(1, int(DATES * share)), generator, held_out=True)
    strange = dates.draw(max(1, int(STRANGE_DATES * share)), generator, held_out=True, is_strange=True)
    return _dating(network, task, learned, strange)


def _reversing(network: AttentionNetwork, task: Task, generator: np.random.Generator, count: int) -> dict[str, Any]:
    """By length; accuracy and alignment of all are over the lengths that were learned from."""
    rows, offsets = list[dict[str, Any]](), list[np.ndarray]()
    for length in LENGTHS:
        x = draw_digits(length, count, generator, held_out=True)
        said, weights = greedy(network, x, length + 1)
        y = np.concatenate([x[:, ::-1], np.full((count, 1), len(task.said) - 1)], 1)
        row = {"length": length, "count": count, "accuracy": _share((said == y).all(1))}
        if weights is not None:
            off = weights[:, :length].argmax(-1) - np.arange(length)[::-1]
            row["alignment"] = _share(off == 0)
            offsets.append(off.ravel())
        rows.append(row | {"symbols": _share(said == y)})
    learned = [row for row in rows if row["length"] <= task.learned]
    return {
        "held_out": count * len(learned),
        "accuracy": round(float(np.mean([row["accuracy"] for row in learned])), 4),
        "lengths": rows,
        "forms": None,
        "alignment": _mirrored(np.concatenate(offsets[: len(learned)])) if offsets else None,
    }


def _mirrored(off: np.ndarray) -> dict[str, float]:
    """How far from the mirrored place the largest weight is."""
    return {"exact": _share(off == 0), "before": _share(off == -1), "after": _share(off == 1)}


def _dating(
    network: AttentionNetwork, task: Task, learned: Sequence[dates.Written], strange: Sequence[dates.Written]
) -> dict[str, Any]:
    """By form, with a weekday and without; accuracy and alignment of all are over the forms that were learned."""
    right, looks = _read(network, task, learned)
    surprised, _ = _read(network, task, strange)
    return {
        "held_out": len(learned),
        "accuracy": _share(right),
        "lengths": None,
        "forms": [*_by_form(dates.FORMS, learned, right), *_by_form(dates.STRANGE, strange, surprised)],
        "alignment": _inside(looks) if looks else None,
    }


def _read(
    network: AttentionNetwork, task: Task, drawn: Sequence[dates.Written]
) -> tuple[np.ndarray, list[tuple[dates.Field, int]]]:
    """Which dates are right, and with attention where each digit of them was looked for."""
    right, looks = np.zeros(len(drawn), bool), list[tuple[dates.Field, int]]()
    by_length = dict[int, list[int]]()
    for k, written in enumerate(drawn):
        by_length.setdefault(len(written.text), []).append(k)
    for those in by_length.values():
        said, weights = greedy(network, task.encode([drawn[k].text for k in those]), len("YYYY-MM-DD") + 1)
        for row, k in enumerate(those):
            wanted = [*map(task.said.index, drawn[k].date.isoformat()), len(task.said) - 1]
            right[k] = said[row].tolist() == wanted
            if weights is not None:
                looks += _looks(weights[row], drawn[k].fields)
    return right, looks


def _by_form(forms: Iterable[str], drawn: Sequence[dates.Written], right: np.ndarray) -> list[dict[str, Any]]:
    rows = []
    for form, has_weekday in itertools.product(forms, (False, True)):
        those = [k for k, one in enumerate(drawn) if one.form == form and one.has_weekday == has_weekday]
        if those:
            about = {"form": form, "learned": form in dates.FORMS, "has_weekday": has_weekday}
            rows.append(about | {"count": len(those), "accuracy": _share(right[those])})
    return rows


def _looks(weights: np.ndarray, fields: Mapping[dates.Field, tuple[int, int]]) -> list[tuple[dates.Field, int]]:
    """For each digit of a date, its field, and how many places outside of it the largest weight is."""
    looks = list[tuple[dates.Field, int]]()
    for field, steps in dates.PLACES.items():
        begin, end = fields[field]
        for place in weights[list(steps)].argmax(-1).tolist():
            looks.append((field, max(begin - place, place - end + 1, 0)))
    return looks


def _inside(looks: Sequence[tuple[dates.Field, int]]) -> dict[str, float]:
    outside = np.array([places for _, places in looks])
    of = np.array([field for field, _ in looks])
    found = {"inside": _share(outside == 0), "within_one": _share(outside <= 1)}
    return found | {field: _share(outside[of == field] == 0) for field in dates.FIELDS}


def _share(right: np.ndarray) -> float:
    return round(float(np.mean(right)), 4)


# --- Training ---

EVERY: Final = 100
"""Updates of which the mean loss is kept."""

Tell = Callable[[Event[None]], object]
"""Gets an event every hundred updates and after the last; its loss is the mean cross entropy of a symbol, in nats."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A network, in eval mode and without gradients on its parameters, and how it was trained.

    Attributes:
        history: The mean loss of every hundred updates, in nats a symbol.
        seconds: Of one processor.
    """

    network: AttentionNetwork
    history: list[float]
    seconds: float


def spec_of(recipe: Recipe) -> NetworkSpec:
    """The sizes of the network that a recipe trains."""
    learned = task(recipe.task)
    return NetworkSpec(
        recipe.score,
        len(learned.read),
        len(learned.said),
        recipe.embedding,
        recipe.hidden,
        bidirectional=recipe.bidirectional,
    )


def train(recipe: Recipe, tell: Tell | None = None) -> Trained:
    """Train a network by teacher forcing: each symbol from the source and the right symbols before it."""
    network = started(spec_of(recipe), recipe.seed)
    descent, rates = Descent(network.named_parameters(), recipe.max_norm), _rates(recipe)
    batches = task(recipe.task).batches(recipe.batch_size, np.random.default_rng([recipe.seed, 0]))
    history, losses, begun = list[float](), list[float](), time.process_time()

    def update(step: int) -> Event[None] | None:
        pairs = next(batches)
        x, y = (torch.from_numpy(np.ascontiguousarray(array)) for array in (pairs.x, pairs.y))
        losses.append(descent.update(functional.cross_entropy(network(x, y).flatten(0, 1), y.flatten()), rates[step]))
        if descent.made % EVERY and descent.made < recipe.steps:
            return None
        history.append(float(np.mean(losses)))
        losses.clear()
        return Event(descent.made, recipe.steps, (history[-1],), None)

    run(range(recipe.steps), update, tell)
    return Trained(network.requires_grad_(requires_grad=False).eval(), history, time.process_time() - begun)


def make(recipe: Recipe, folder: Path, tell: Tell | None = None) -> AttentionModel:
    """Train a network, measure it, and write its files; one that is interrupted leaves none.

    What was written comes back.
    """
    trained, learned = train(recipe, tell), task(recipe.task)
    card = {
        "name": recipe.name,
        "recipe": asdict(recipe),
        "parameters": sum(parameter.numel() for parameter in trained.network.parameters()),
        "seconds": round(trained.seconds, 1),
        "torch": torch.__version__,
        "learned": learned.learned,
        **measured(trained.network, learned),
        "history": {"every": EVERY, "loss": [float(f"{loss:.4g}") for loss in trained.history]},
    }
    model = AttentionModel(recipe.name, trained.network, learned, card)
    save(model, folder)
    return model


def _rates(recipe: Recipe) -> list[float]:
    """The learning rate of each update, from product to product as torch's CosineAnnealingLR computes it."""
    heights = [1 + math.cos(math.pi * k / recipe.steps) for k in range(recipe.steps)]
    factors = (after / before for before, after in pairwise(heights))
    return list(accumulate(factors, mul, initial=recipe.rate))
