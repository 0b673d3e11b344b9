"""A network trained on somebody's text while they wait: told on its way, stopped at any time, and gone on with."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch

from rnnviz.characters import ngrams
from rnnviz.characters.alphabet import Alphabet
from rnnviz.characters.generating import generate
from rnnviz.characters.network import CharacterModel, pack, unpack
from rnnviz.characters.recipes import Recipe
from rnnviz.characters.training import Training, bits_beside, made_of, streams_of
from rnnviz.parameters import parameter_count
from rnnviz.progress import EVENTS_LIMIT, CharacterProgress
from rnnviz.spec import CharacterSpec, to_json
from rnnviz.train.loop import run

NAME: Final = "here"
"""What the networks are called, all of them."""

SAMPLE: Final = 240
SAMPLE_TEMPERATURE: Final = 0.7
SAMPLE_SEED: Final = 1
"""The seed of what a network writes to show how far it is: characters, temperature, seed."""

SAMPLE_EVERY: Final = 1.0
"""Seconds."""

SAMPLES_KEPT: Final = (0, 10, 30, 100, 300, 1_000, 3_000, 10_000)
"""After how many updates what the network writes is kept in the card, beside that of the end."""

LOOKS: Final = 40
"""How often the text that is held back is read in a training of ``_USUAL`` updates."""

_USUAL: Final = 2_000
_HELD_BACK: Final = 20_000
"""The most characters of it that are read on the way; at the end all are."""

_DIGITS: Final = 4

Tell = Callable[[CharacterProgress], bool]
"""Gets an event; False stops the training."""

Keep = Callable[[int, bytes], None]
"""Gets the updates that were made, and with what the training goes on from there."""


def train_on_text(
    spec: CharacterSpec, text: str, tell: Tell, begun: bytes = b"", keep: Keep = lambda *_: None
) -> tuple[CharacterModel, bytes]:
    """Train a network on a text, whose last tenth is held back.

    Args:
        begun: Of a training with the same settings but fewer updates, which goes on; empty to begin.
        keep: Called every ten seconds.

    Returns:
        model: As its file gives it back. Its card has ``spec``, whose updates are those that were made, ``characters``
            (``train``, ``validation``), ``parameters``, ``torch``, ``seconds``, ``losses`` (means of equally many
            updates), ``looks`` and ``samples`` (pairs of updates and what was seen), ``validation`` (bits per character
            of all that was held back) and ``ngrams`` (``order`` and ``bits``).
        begun: With which it goes on.

    Raises RefusedError if ``begun`` is of another training or damaged; nothing has been told then.
    """
    lesson = _Lesson(spec, text, begun)
    lesson.retell(tell)
    training = lesson.training
    steps = range(training.update, spec.updates)
    run(steps, lesson.update, tell, lambda: keep(training.update, lesson.begun()))
    return lesson.finished()


class _Lesson:
    """A training on a text with what is seen on the way."""

    def __init__(self, spec: CharacterSpec, text: str, begun: bytes) -> None:
        self.spec = spec
        first = len(text) * 9 // 10
        self.alphabet = Alphabet.of(text[:first])
        self.ids, self.rest = self.alphabet.encode(text[:first]), self.alphabet.encode(text[first:])
        self.training = Training(recipe_of(spec, first), self.alphabet, self.ids)
        self.same = made_of(self.training.recipe, self.alphabet, text)
        self.seen: dict[str, Any] = {"seconds": 0.0, "looks": [], "samples": [], "ngrams": None}
        if begun:
            self.seen = self.training.unpack(begun, self.same)
        self.began = time.process_time() - self.seen["seconds"]
        self.held_back = _beside(self.rest[:_HELD_BACK])
        self.stride = -(-spec.updates // EVENTS_LIMIT)
        self.look_every = -(-_USUAL // LOOKS)
        self.told = self.training.update
        self.sampled = time.monotonic()

    def retell(self, tell: Tell) -> None:
        """Tell what was before, which is nothing where a training begins."""
        if self.seen["ngrams"] is None:
            self.seen["ngrams"] = counted(self.ids, self.rest, len(self.alphabet))
            self._keep_sample()
        looks, losses = dict(self.seen["looks"]), self.training.losses
        for end in range(self.stride, len(losses) + 1, self.stride):
            at = next((k for k in range(end - self.stride + 1, end + 1) if k in looks), 0)
            loss = float(np.mean(losses[end - self.stride : end]))
            tell(CharacterProgress(end, loss, looks.get(at), self.seen["ngrams"]["bits"]))

    def update(self, _: int) -> CharacterProgress | None:
        """Make an update, and return what there is to see after it."""
        self.training.step()
        update, is_last = self.training.update, self.training.update == self.spec.updates
        look = sample = None
        if update % self.look_every == 0:
            look = self._look()
            self.seen["looks"].append([update, look])
        elif is_last:
            look = self._look()
        if update in SAMPLES_KEPT:
            self._keep_sample()
        if time.monotonic() - self.sampled > SAMPLE_EVERY or is_last or self.told == 0:
            sample, self.sampled = self.sample(), time.monotonic()
        if update % self.stride and look is None and sample is None:
            return None
        loss = float(np.mean(self.training.losses[self.told :]))
        self.told = update
        return CharacterProgress(update, loss, look, self.seen["ngrams"]["bits"], sample or "")

    def sample(self) -> str:
        """What the network writes by now, the same numbers drawn each time."""
        model = self.training.model(NAME, {})
        drawn = generate(model, "", count=SAMPLE, temperature=SAMPLE_TEMPERATURE, seed=SAMPLE_SEED)
        return drawn.text[drawn.prompt :]

    def begun(self) -> bytes:
        """The bytes with which it goes on."""
        self.seen["seconds"] = round(time.process_time() - self.began, 2)
        return self.training.pack(self.same, self.seen)

    def finished(self) -> tuple[CharacterModel, bytes]:
        """What has come of it."""
        training, begun = self.training, self.begun()
        stride = -(-max(1, training.update) // EVENTS_LIMIT)
        losses = [
            round(float(np.mean(training.losses[k : k + stride])), _DIGITS) for k in range(0, training.update, stride)
        ]
        end = [[training.update, self._look()]] if training.update % self.look_every else []
        card = {
            "spec": to_json(replace(self.spec, updates=max(1, training.update))),
            "characters": {"train": len(self.ids), "validation": len(self.rest)},
            "parameters": parameter_count(training.model(NAME, {}).spec),
            "torch": torch.__version__,
            "losses": losses,
            **self.seen,
            "looks": [*self.seen["looks"], *end],
            "samples": [*self.seen["samples"], [training.update, self.sample()]],
            "validation": round(bits_beside(training.network, _beside(self.rest)), _DIGITS),
        }
        return unpack(pack(training.model(NAME, card))), begun

    def _look(self) -> float:
        return round(bits_beside(self.training.network, self.held_back), _DIGITS)

    def _keep_sample(self) -> None:
        self.seen["samples"].append([self.training.update, self.sample()])


def recipe_of(spec: CharacterSpec, characters: int) -> Recipe:
    """How a text of so many characters is learned from; of a short one, fewer stretches are read side by side."""
    length = min(spec.length, characters - 1)
    return Recipe(
        spec.cell,
        spec.hidden_size,
        spec.updates,
        spec.rate,
        batch=max(1, min(spec.batch, (characters - 1) // length)),
        length=length,
        falls="for ever",
        seed=spec.seed,
    )


def counted(ids: np.ndarray, rest: np.ndarray, symbols: int) -> Mapping[str, Any]:
    """What counting characters, int64 of shape (time,), comes to on the text that is held back, of the same kind.

    It is ``order``, the best on that very text, so that n-grams are at their best; and ``bits`` per character.
    """
    most = int(min(ngrams.LARGEST, 64 // np.log2(max(2, symbols))))
    bits = ngrams.count(ids, symbols, most).bits(rest)
    return {"order": int(bits.argmin()) + 1, "bits": round(float(bits.min()), _DIGITS)}


def _beside(ids: np.ndarray, width: int = 1_000) -> np.ndarray:
    """A text in stretches of about ``width`` characters."""
    return streams_of(ids, max(1, len(ids) // width), 1)
