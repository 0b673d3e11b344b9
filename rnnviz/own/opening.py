"""A stranger's network as a checkpoint, from its tensors and what its owner has confirmed of them."""

import re
import reprlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from typing import Any, Final

import numpy as np

from rnnviz.checkpoints import EXACT, PIECES, Checkpoint, held
from rnnviz.checkpoints.checkpoint import EMBEDDING, OUTPUTS, Splits
from rnnviz.extras import PACKAGES
from rnnviz.names import POOLINGS, Pooling
from rnnviz.own.choosing import MOST_OUTPUTS, Choice, doubts, pooling_in
from rnnviz.own.parts import Part, head_of, weights_of
from rnnviz.own.proposals import no_embeddings, no_heads
from rnnviz.own.stacks import without
from rnnviz.own.starting import start_of
from rnnviz.own.tensors import package_for
from rnnviz.own.vocabulary import Vocabulary, nameless
from rnnviz.text import LINE_END, MAX_INPUTS, fold
from rnnviz.tokenizing import EXTRA

MOST_UNITS: Final = 2_048
"""The most units of a layer and direction."""

MOST_LAYERS: Final = 8

_LATER: Final[Mapping[str, object]] = {"pooling": "ends", "reset": "after", "unused": (), "start": ()}
"""What could not always be chosen, and is taken by default."""

_MOST_NAME: Final = 40
_MOST_DOUBTS: Final = 3
"""Tensors that a message says something of."""


@dataclass(frozen=True)
class Files:
    """The names of the files that a network came in."""

    network: str
    vocabulary: str = ""


def family_of(content: bytes, choice: Choice) -> str:
    """The name of a network for one visit: of the file's digest, which nobody guesses, and of what was chosen."""
    kept = [getattr(choice, field.name) for field in fields(choice) if field.name not in ("part", *_LATER)]
    # Their defaults do not count: links from before they could be chosen go on to mean them.
    later = [getattr(choice, name) for name, usual in _LATER.items() if getattr(choice, name) != usual]
    chosen = (choice.part.name, *kept, *later)
    if choice.vocabulary is not None and choice.vocabulary.tokenizer is not None:
        chosen += (choice.vocabulary.tokenizer.digest,)
    of_choice = sha256(repr(chosen).encode("utf-8", "replace")).hexdigest()
    return f"{held.FAMILY}{sha256(content).hexdigest()[: held.DIGITS]}-{of_choice[:8]}"


def named_after(stem: str) -> str:
    """The name of a network after that of its file: lower case letters, digits and hyphens.

    >>> from rnnviz import own
    >>> own.named_after("My LSTM (v2)")
    'my-lstm-v2'
    """
    name = re.sub("[^a-z0-9]+", "-", stem.lower()).strip("-")[:_MOST_NAME].strip("-")
    return name or "network"


def checkpoint(
    family: str, tensors: Mapping[str, np.ndarray], choice: Choice, files: Files | None = None
) -> Checkpoint:
    """The network as every page opens it.

    Args:
        family: Of its name, without the cell.
        files: What it came in, for its label and for scripts that open it again.

    Raises:
        ValueError: If the choice does not fit the tensors: which part, what was expected and what was got.
    """
    part = choice.part
    _check_bounds(part)
    _check_doubts(choice, tensors)
    if choice.vocabulary is None and part.model.input_size > MAX_INPUTS:
        raise ValueError(
            f"a network that reads numbers must have at most {MAX_INPUTS:,} inputs; got {part.model.input_size:,}"
        )
    weights = dict(weights_of(part, tensors))
    cell = part.model.cell
    model = replace(
        part.model,
        nonlinearity=choice.nonlinearity if cell == "rnn" else "tanh",
        reset=choice.reset if cell == "gru" else "after",
    )
    weights |= start_of(part, tensors, choice.start)
    rows = 0
    if choice.head:
        head, bias = head_of(part, tensors, choice.head)
        rows = len(bias)
        model = replace(model, output_size=rows if rows <= MOST_OUTPUTS else 0)
        names = ("head.weight", "head.bias") if rows <= MOST_OUTPUTS else OUTPUTS
        weights |= dict(zip(names, (head, bias), strict=True))
    _check_said(choice, rows)
    tokens: tuple[str, ...] = ()
    if choice.vocabulary is not None:
        weights[EMBEDDING] = embedding = _embedding(part, tensors, choice)
        tokens = _fitted(choice.vocabulary, len(embedding))
        if rows > MOST_OUTPUTS and np.array_equal(weights[OUTPUTS[0]], embedding):  # tied weights are kept once
            del weights[OUTPUTS[0]]
    splits: Splits = (choice.splits or choice.vocabulary.splits) if choice.vocabulary else "numbers"
    if splits == EXACT and LINE_END not in tokens:
        tokens = tuple(LINE_END if one == "\n" else one for one in tokens)
    if splits == "words" and choice.vocabulary:
        tokens = _folded(tokens, choice.vocabulary.unknown)
    card = _card(choice, files or Files(family), pooling_in(tensors, part, choice.head))
    rest = without(tensors, choice.start)
    if not choice.head and (refused := no_heads(part, rest)):
        card["no_outputs"] = [reason for _, reason in refused]
    if not choice.embedding and (refused := no_embeddings(part, rest, len(tokens) or None)):
        card["no_embeddings"] = [reason for _, reason in refused]
    return Checkpoint(
        name=f"{family}-{model.cell}",
        trained_by=model,
        weights=weights,
        vocabulary=tokens,
        splits=splits,
        card=card,
        unknown=choice.vocabulary.unknown if choice.vocabulary else "",
        tokenizer=choice.vocabulary.tokenizer if choice.vocabulary and splits == PIECES else None,
    )


def _card(choice: Choice, files: Files, proposed: Pooling) -> dict[str, Any]:
    """The label, the names of the outputs, how ``open_file`` is called to open the same, and what it needs for that.

    Args:
        proposed: The pooling that ``open_file`` takes if none is given.
    """
    told: dict[str, Any] = {"part": choice.part.name, "embedding": choice.embedding, "head": choice.head}
    if files.vocabulary:
        told = {"vocabulary": files.vocabulary} | told
    if choice.splits:
        told["splits"] = choice.splits
    if choice.part.model.cell == "rnn":
        told["nonlinearity"] = choice.nonlinearity
    if choice.reset != choice.part.model.reset:  # otherwise the file says it, or it is torch's
        told["reset"] = choice.reset
    if choice.unused:
        told["unused"] = list(choice.unused)
    if choice.start:
        told["start"] = list(choice.start)
    if choice.classes:
        told["classes"] = list(choice.classes)
    if {choice.pooling, proposed} != {"ends"}:
        told["pooling"] = choice.pooling
    named = {"answers": _answers(choice.classes)} if choice.classes else {}
    packages = [package_for(files.network)]
    if choice.vocabulary is not None and choice.vocabulary.tokenizer is not None:
        packages += PACKAGES[EXTRA].values()
    needs = " ".join(filter(None, packages))
    return {"label": files.network, "opened": told} | named | ({"needs": needs} if needs else {})


def _answers(classes: tuple[str, ...]) -> list[str]:
    """The names of the classes; of one logit, of which the second class has a name, the first is not that."""
    return [f"not {classes[0]}", *classes] if len(classes) == 1 else list(classes)


def _check_said(choice: Choice, outputs: int) -> None:
    if choice.splits == PIECES and (choice.vocabulary is None or choice.vocabulary.tokenizer is None):
        raise ValueError(
            f"splits can be {PIECES} only with a tokenizer.json of pieces of words; got another vocabulary"
        )
    if outputs == 1 and len(choice.classes) > 2:
        raise ValueError(f"classes must be 1 or 2 names for one output; got {len(choice.classes)}")
    if choice.classes and outputs != 1 and len(choice.classes) != outputs:
        raise ValueError(f"classes must be {outputs} names, one an output; got {len(choice.classes)}")
    name, times = Counter(choice.classes).most_common(1)[0] if choice.classes else ("", 0)
    if times > 1:
        raise ValueError(f"classes must be different names; got {reprlib.repr(name)} {times} times")
    if not all(one.strip() for one in choice.classes):
        raise ValueError("classes must be names with at least one letter each; got an empty one")
    if choice.pooling not in POOLINGS:
        raise ValueError(f"pooling must be one of {', '.join(POOLINGS)}; got {choice.pooling!r:.40}")


def _check_doubts(choice: Choice, tensors: Mapping[str, np.ndarray]) -> None:
    if strange := [name for name in choice.unused if name not in tensors]:
        raise ValueError(f"unused must be tensors of the file; got {reprlib.repr(strange[0])}")
    answered = (*choice.unused, *choice.start)
    if found := {name: why for name, why in doubts(choice, tensors).items() if name not in answered}:
        said = "; ".join(list(found.values())[:_MOST_DOUBTS]) + "; …" * (len(found) > _MOST_DOUBTS)
        raise ValueError(
            f"{said}. If the network begins with one as it is, name it as its start. If h depends on none of them, "
            f"name them as unused: {', '.join(found)}. Else rnnviz.capture reads the model itself, in Python"
        )


def _check_bounds(part: Part) -> None:
    where = part.name or "the file"
    if part.model.hidden_size > MOST_UNITS:
        raise ValueError(
            f"hidden_size of {where} must be at most {MOST_UNITS:,} to be shown; got {part.model.hidden_size:,}. "
            "rnnviz.capture reads it in Python"
        )
    if part.model.num_layers > MOST_LAYERS:
        raise ValueError(
            f"num_layers of {where} must be at most {MOST_LAYERS} to be shown; got {part.model.num_layers}"
        )


def _embedding(part: Part, tensors: Mapping[str, np.ndarray], choice: Choice) -> np.ndarray:
    """A row for every token: the matrix chosen, or the identity for one-hot inputs."""
    if not choice.embedding:
        return np.eye(part.model.input_size, dtype=np.float32)
    if choice.embedding not in part.embeddings:
        raise ValueError(
            f"the embedding must be a matrix with {part.model.input_size} columns; got {choice.embedding!r}"
        )
    return tensors[choice.embedding]


def _fitted(vocabulary: Vocabulary, rows: int) -> tuple[str, ...]:
    """The tokens of so many rows; rows after the last token have no names of their own."""
    tokens = vocabulary.tokens
    if len(tokens) > rows:
        raise ValueError(f"the vocabulary must have at most {rows:,} tokens, one a row; got {len(tokens):,}")
    return (*tokens, *(nameless(number) for number in range(len(tokens), rows)))


def _folded(tokens: tuple[str, ...], unknown: str) -> tuple[str, ...]:
    """Tokens as words without case are looked up, but for the one that stands for all others."""
    folded = tuple(token if token == unknown else fold(token) for token in tokens)
    if len(set(folded)) < len(tokens):
        raise ValueError("words that are read without case must differ in more than case; choose words with case")
    return folded
