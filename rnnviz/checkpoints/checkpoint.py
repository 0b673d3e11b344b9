"""One trained network with its vocabulary, and what was measured of it."""

import json
import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType, NoneType
from typing import Any, Final, Literal, get_args

import numpy as np

from rnnviz.parameters import parameter_table
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec, is_family
from rnnviz.text import folds
from rnnviz.tokenizing import Tokenizer

Splits = Literal["words", "exact words", "characters", "numbers", "review", "bare review", "exact characters", "pieces"]
SPLITS: Final[tuple[Splits, ...]] = get_args(Splits)

UNKNOWN: Final = "[UNK]"
"""The first token of most vocabularies: it stands for all tokens that are not in them."""

EXACT: Final[Splits] = "exact characters"
"""What a text is split into where upper and lower case differ, and a line end is a character."""

PIECES: Final[Splits] = "pieces"
"""What a text is split into by a tokenizer of its own."""

WITH_CASE: Final[tuple[Splits, ...]] = (EXACT, "exact words", PIECES)
"""What a text is split into where upper and lower case differ."""

EMBEDDING: Final = "embedding.weight"

OUTPUTS: Final = ("outputs.weight", "outputs.bias")
"""The output layer of a network whose outputs are too many to be shown each: it is no part of the model, so that no
page computes all of its logits at all steps."""

STARTS: Final = ("h_0", "c_0")
"""What a network begins with where that is not zeros: h, and c of an LSTM, each of shape (layer * direction, unit)."""

_MEASURED: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    **dict.fromkeys(("held_out", "seed", "updates"), ((int,), "a whole number")),
    **dict.fromkeys(("accuracy", "bits", "loss"), ((int, float, NoneType), "a number or null")),
    **dict.fromkeys(("checked", "learned", "measured"), ((str,), "a text")),
}
"""What pages show of a card: the types of each entry, and the same in words."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained network with its vocabulary, and what was measured of it.

    It is checked once, here, and trusted afterwards. The arrays are made read-only.

    Attributes:
        name: ``<family>-<cell>``, the family as in ``ModelSpec.trained``.
        trained_by: The training with this network's one seed; its sizes alone if it learned from texts and no task.
        weights: By torch's names, as edits know them: ``weight_ih_l0``, ``head.bias``; ``embedding.weight`` of shape
            (token, feature) where tokens are read; ``outputs.bias`` and ``outputs.weight`` of an output layer beside
            the model, the latter missing where it is the embedding (tied weights);
            ``h_0`` and ``c_0`` of shape (layer * direction, unit) where a network begins with other states than zeros.
        vocabulary: The tokens in the order of the embedding, ``[UNK]`` first; empty where numbers are read.
        splits: What a text is split into. A review loses what a web page leaves in it, a bare one its marks too; of
            exact characters the case counts.
        card: What was measured, as plain data: ``loss``, ``accuracy``, ``seconds`` and the like, as far as it is known.
        unknown: The token of the vocabulary that is read in place of all that are not in it; empty if there is none,
            so that only tokens of the vocabulary can be read, and it does not begin with ``[UNK]``.
        tokenizer: What splits a text into pieces; None for all else.

    >>> from rnnviz import checkpoints
    >>> known = checkpoints.load("latch-lstm")
    >>> known.family, known.splits
    ('latch', 'words')
    >>> known.weights["weight_hh_l0"].shape
    (128, 32)
    """

    name: str
    trained_by: TrainSpec | ModelSpec
    weights: Mapping[str, np.ndarray]
    vocabulary: tuple[str, ...] = ()
    splits: Splits = "numbers"
    card: Mapping[str, Any] = field(default_factory=dict)
    unknown: str = UNKNOWN
    tokenizer: Tokenizer | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        if not self.name.endswith(f"-{self._untrained.cell}") or not is_family(self.family):
            raise ValueError(f"name must be <family>-{self._untrained.cell}; got {self.name!r}")
        if isinstance(self.trained_by, TrainSpec) and len(self.trained_by.seeds) != 1:
            raise ValueError(f"trained_by must have the one seed of this network; got {self.trained_by.seeds}")
        if self.splits not in SPLITS:
            raise ValueError(f"splits must be one of {', '.join(SPLITS)}; got {self.splits!r}")
        if (self.splits == PIECES) != (self.tokenizer is not None):
            raise ValueError(f"tokenizer must be there for {PIECES} and only there; got splits {self.splits!r}")
        vocabulary = checked_vocabulary(self.vocabulary, self.splits, self.unknown, anywhere="opened" in self.card)
        object.__setattr__(self, "vocabulary", vocabulary)
        object.__setattr__(self, "weights", _checked_weights(self.weights, self._shapes()))
        object.__setattr__(self, "card", _checked_card(self.card))

    @property
    def family(self) -> str:
        """The name without the cell."""
        return self.name.removesuffix(f"-{self._untrained.cell}")

    @property
    def model(self) -> ModelSpec:
        """The network with these weights: ``models.build`` makes it."""
        return replace(self._untrained, trained=self.family)

    @property
    def task(self) -> TaskSpec | None:
        """What it was trained on; None for texts."""
        return self.trained_by.task if isinstance(self.trained_by, TrainSpec) else None

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The place of each token in the vocabulary."""
        return MappingProxyType({token: k for k, token in enumerate(self.vocabulary)})

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The tokens that it knows: the vocabulary without ``unknown``, unless that is a character like others."""
        return tuple(token for token in self.vocabulary if not self.is_strange(token))

    @cached_property
    def is_one_hot(self) -> bool:
        """Whether each token is a one-hot vector: the embedding is the identity."""
        embedding = self.weights.get(EMBEDDING)
        return embedding is not None and np.array_equal(embedding, np.eye(*embedding.shape))

    @property
    def _untrained(self) -> ModelSpec:
        return self.trained_by.model if isinstance(self.trained_by, TrainSpec) else self.trained_by

    def folded(self, tokens: Sequence[str]) -> list[str]:
        """Tokens as the vocabulary has them: without case, unless the network reads exact characters."""
        return list(tokens) if self.splits in WITH_CASE else folds(tokens)

    def is_strange(self, token: str) -> bool:
        """Whether a token, as ``folded`` gives it, is not in the vocabulary, or stands for such alone."""
        return token not in self.numbers or (token == self.unknown and self.splits != EXACT)

    def unreadable(self, tokens: Sequence[str]) -> tuple[str, ...]:
        """The tokens that cannot be read, each once: none where some token stands for all that are not known."""
        if self.unknown:
            return ()
        return tuple(token for token in dict.fromkeys(self.folded(tokens)) if token not in self.numbers)

    def encode(self, tokens: Sequence[str]) -> np.ndarray:
        """The numbers of tokens in the vocabulary, int64 of shape (time,); that of ``unknown`` for others.

        Raises:
            ValueError: If a token is not in the vocabulary, and none of it stands for such.
        """
        if strange := self.unreadable(tokens):
            raise ValueError(f"tokens must be in the vocabulary of {self.name}; got {reprlib.repr(strange[0])}")
        other = self.numbers.get(self.unknown, 0)
        return np.array([self.numbers.get(token, other) for token in self.folded(tokens)], np.int64)

    def vectors(self, tokens: Sequence[str]) -> np.ndarray:
        """What the network reads for tokens, a row of its embedding each: float32 of shape (time, feature).

        Raises:
            ValueError: If the network reads numbers.
        """
        if not self.vocabulary:
            raise ValueError(f"{self.name} reads numbers, {self.model.input_size} a step; got tokens")
        rows: np.ndarray = self.weights[EMBEDDING][self.encode(tokens)]
        return rows

    @property
    def outputs(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The weight (output, direction * unit) and the bias (output,) of an output layer beside the model, if any."""
        weight, bias = OUTPUTS
        if bias not in self.weights:
            return None
        return self.weights[weight if weight in self.weights else EMBEDDING], self.weights[bias]

    def start_of(self, model: ModelSpec) -> tuple[np.ndarray, ...]:
        """The initial h, and c of an LSTM, each of shape (layer * direction, unit); none where they are zeros.

        Args:
            model: The network of these weights that begins with them: whole, or its forward direction alone.
        """
        rows = model.num_layers * len(model.directions)
        return tuple(self.weights[name][:rows] for name in STARTS if name in self.weights)

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        model = self._untrained
        embedding = {EMBEDDING: (len(self.vocabulary), model.input_size)} if self.vocabulary else {}
        units = (model.num_layers * len(model.directions), model.hidden_size)
        starts = STARTS[: 1 + (model.cell == "lstm")]
        started = dict.fromkeys(starts, units) if any(name in self.weights for name in STARTS) else {}
        own = {row.name: row.shape for row in parameter_table(model)}
        return own | embedding | started | self._shapes_beside(embedding)

    def _shapes_beside(self, embedding: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        """Those of an output layer beside the model, if there is one: it has as many rows as its bias."""
        weight, bias = OUTPUTS
        if bias not in self.weights and weight not in self.weights:
            return {}
        model = self._untrained
        rows = np.size(self.weights.get(bias, ()))
        wanted = (rows, model.hidden_size * len(model.directions))
        is_tied = weight not in self.weights and embedding.get(EMBEDDING) == wanted
        if model.output_size or not rows:
            raise ValueError(f"an output layer beside the model must be its only one, with a bias; got {rows} rows")
        return {bias: (rows,)} if is_tied else {weight: wanted, bias: (rows,)}


def check_name(name: object) -> None:
    """Raise ValueError if no checkpoint may have that name."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"a checkpoint's name must be of lower case letters, digits and hyphens, at most 64; got {str(name)[:80]!r}"
        )


def checked_vocabulary(
    vocabulary: tuple[str, ...], splits: Splits, unknown: object = UNKNOWN, *, anywhere: bool = False
) -> tuple[str, ...]:
    """The vocabulary of a file as it is, once checked.

    Args:
        anywhere: Whether ``[UNK]`` may be at another place than the first, as in vocabularies of others.

    Raises:
        ValueError: If its tokens are not ``[UNK]`` and other texts, each once, or there are some for numbers. With
            another ``unknown`` than ``[UNK]``, that must be among them, unless it is empty.
    """
    if bool(vocabulary) != (splits != "numbers"):
        raise ValueError(f"vocabulary must be empty for numbers and only there; got {len(vocabulary)} for {splits}")
    if vocabulary and not anywhere and unknown == UNKNOWN and vocabulary[0] != UNKNOWN:
        raise ValueError(f"vocabulary must begin with {UNKNOWN}; got {vocabulary[0]!r}")
    if not isinstance(unknown, str) or (vocabulary and unknown and unknown not in vocabulary):
        raise ValueError(f"unknown must be empty or a token of the vocabulary; got {reprlib.repr(unknown)}")
    if not all(isinstance(token, str) for token in vocabulary) or len(set(vocabulary)) < len(vocabulary):
        raise ValueError("vocabulary must be texts, each once; got others")
    return vocabulary


def _checked_card(card: Mapping[str, Any]) -> Mapping[str, Any]:
    """A copy as plain data; what pages show of it may be missing, but is never of another kind."""
    plain = json.loads(json.dumps(dict(card)))
    for name, (kinds, kind) in _MEASURED.items():
        if name in plain and type(plain[name]) not in kinds:
            raise ValueError(f"{name} of a card must be {kind}; got {reprlib.repr(plain[name])}")
    return MappingProxyType(plain)


def _checked_weights(
    weights: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]]
) -> Mapping[str, np.ndarray]:
    """Read-only views in torch's order."""
    if set(weights) != set(shapes):
        raise ValueError(f"weights must be {', '.join(shapes)}; got {', '.join(weights) or 'nothing'}")
    views = {}
    for name, shape in shapes.items():
        view = np.asarray(weights[name]).view()
        if view.dtype != np.float32 or view.shape != shape:
            raise ValueError(f"{name} must be float32 of shape {shape}; got {view.dtype} of shape {view.shape}")
        view.flags.writeable = False
        views[name] = view
    return MappingProxyType(views)
