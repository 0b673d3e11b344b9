"""A text that a network writes after a prompt, or a text of somebody's that it reads: what it expected at each step."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from rnnviz.characters.network import CharacterModel

LIKELIEST: Final = 5
"""How many next characters are named at each step."""

LONGEST: Final = 1_000
"""The most characters that are written at once."""

MAX_TEMPERATURE: Final = 5.0


@dataclass(frozen=True, eq=False)
class Writing:
    """A text, and how likely a network found each of its characters: those of a prompt, and those it drew.

    A step reads a character, and expects the one after it. So of a text of n characters there are n - 1 steps whose
    next character is known, and no step expects its first character.

    Attributes:
        text: Prompt and what was written, as the network reads it.
        prompt: How many characters of it were given.
        temperature: At which the others were drawn; 1 where none were.
        ids: int64 of shape (time + 1,). The characters of the text by their place in the alphabet.
        logits: float32 of shape (time, symbol). What the network said at each step of the character after it.

    >>> from rnnviz import characters
    >>> writing = characters.generate(characters.load("python-gru"), "def ", count=12, temperature=0.5, seed=0)
    >>> len(writing.text), writing.prompt
    (16, 4)
    >>> writing.logits.shape
    (15, 96)
    """

    text: str
    prompt: int
    temperature: float
    ids: np.ndarray
    logits: np.ndarray

    @cached_property
    def probabilities(self) -> np.ndarray:
        """What the next character is drawn from: float64 ndarray of shape (time, symbol)."""
        return distribution(self.logits, self.temperature)

    @cached_property
    def likeliest(self) -> np.ndarray:
        """The likeliest next characters, the first first: int64 ndarray of shape (time, 5), fewer of few characters."""
        return np.argsort(-self.logits, axis=1, kind="stable")[:, :LIKELIEST]

    @cached_property
    def entropies(self) -> np.ndarray:
        """How unsure the network itself is of the next character, in bits: float64 ndarray of shape (time,)."""
        return entropy(softmax(self.logits))

    @cached_property
    def bits(self) -> np.ndarray:
        """What each next character cost at temperature 1, in bits: float64 ndarray of shape (time,)."""
        steps = np.arange(len(self.logits))
        found: np.ndarray = -_log_softmax(self.logits)[steps, self.ids[1:]] / np.log(2)
        return found


def generate(model: CharacterModel, prompt: str, *, count: int, temperature: float, seed: int) -> Writing:
    """Let a network write on after a prompt, each character drawn from what it expects and then read in its turn.

    Args:
        prompt: Read first; a line break where it is empty, since something must be. What the alphabet has not is read
            as its replacement.
        count: How many characters to write, 1..``LONGEST``.
        temperature: What the logits are divided by, 0..``MAX_TEMPERATURE``; at 0 the likeliest character is taken.
        seed: Of numpy's PCG64, of which each character takes one number in [0, 1): the first character whose cumulative
            probability is above it. The same on every machine, as far as the logits are.

    Raises:
        ValueError: If a number is outside its limits.

    >>> from rnnviz import characters
    >>> model = characters.load("python-lstm")
    >>> writing = characters.generate(model, "import ", count=20, temperature=0.5, seed=0)
    >>> writing.text.startswith("import "), len(writing.text)
    (True, 27)
    """
    if not 1 <= count <= LONGEST:
        raise ValueError(f"count must be in 1..{LONGEST:,}; got {count:,}")
    if not 0 <= temperature <= MAX_TEMPERATURE:
        raise ValueError(f"temperature must be in 0..{MAX_TEMPERATURE:g}; got {temperature:g}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0; got {seed}")
    rng = np.random.Generator(np.random.PCG64(seed))
    given = list(model.alphabet.encode(opening(model, prompt)))
    read, state = model.read(np.array(given))
    ids, logits = list(given), [read]
    for k in range(count):
        ids.append(draw(logits[-1][-1], temperature, float(rng.random())))
        if k < count - 1:
            state, said = model.advance(state, ids[-1])
            logits.append(said[None])
    return Writing(model.alphabet.decode(ids), len(given), temperature, np.array(ids), np.concatenate(logits))


def score(model: CharacterModel, text: str) -> Writing:
    """Let a network read a text, writing nothing: all of it is given.

    A character that is not in the alphabet is read as its replacement.

    Raises:
        ValueError: If there are not at least two characters, a first one and one to be expected.

    >>> from rnnviz import characters
    >>> writing = characters.score(characters.load("python-lstm"), "for i in range(10):")
    >>> writing.prompt == len(writing.text)
    True
    """
    if len(text) < 2:
        raise ValueError(f"a text must have at least 2 characters to be scored; got {len(text)}")
    ids = model.alphabet.encode(text)
    return Writing(model.alphabet.decode(ids), len(ids), 1.0, ids, model.read(ids[:-1])[0])


def opening(model: CharacterModel, prompt: str) -> str:
    """What is read before anything is written: the prompt, or where it is empty a line break, or else a space."""
    known = model.alphabet.symbols
    return prompt or next((symbol for symbol in "\n " if symbol in known), known[0])


def draw(logits: np.ndarray, temperature: float, at: float) -> int:
    """The character whose stretch of the cumulative distribution holds a number ``at`` in [0, 1).

    The logits are of shape (symbol,). Temperature 0 is for the likeliest, of equal ones the first.
    """
    if temperature == 0:
        return int(np.argmax(logits))
    reached = np.cumsum(softmax(logits, temperature))
    # The sum may be a rounding error away from 1, so it is what the number is a share of.
    return int(np.searchsorted(reached, at * reached[-1], side="right").clip(max=len(reached) - 1))


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities from logits, exp(z / T) over its sum, in float64; both are of shape (..., symbol), T is above 0."""
    found: np.ndarray = np.exp(_log_softmax(logits, temperature))
    return found


def distribution(logits: np.ndarray, temperature: float) -> np.ndarray:
    """The softmax at a temperature; at 0 its limit: the likeliest is certain, of equal ones the first."""
    if temperature:
        return softmax(logits, temperature)
    return np.asarray(np.argmax(logits, axis=-1, keepdims=True) == np.arange(logits.shape[-1]), np.float64)


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """How unsure a distribution is, in bits: 0 where one thing is certain, log2 n where n are equally likely.

    Probabilities of shape (..., symbol) give float64 of shape (...).
    """
    safe = np.where(probabilities > 0, probabilities, 1.0)  # 0 log 0 is 0
    found: np.ndarray = (probabilities * -np.log2(safe)).sum(axis=-1)
    return found


def _log_softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    scaled = logits.astype(np.float64) / temperature
    scaled = scaled - scaled.max(axis=-1, keepdims=True)
    found: np.ndarray = scaled - np.log(np.exp(scaled).sum(axis=-1, keepdims=True))
    return found
