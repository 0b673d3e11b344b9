"""The trained network for a problem on what a visitor typed, step by step."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz import checkpoints
from rnnviz.attention.decoding import END as ENDED
from rnnviz.checkpoints import EMBEDDING, Checkpoint
from rnnviz.models import Network, build
from rnnviz.names import CELL_LABELS
from rnnviz.sequences.kinds import PROBLEMS, SENTIMENTS, Unrolled
from rnnviz.sequences.lessons import END, LESSONS, WORDS_OF_DIGITS
from rnnviz.sequences.reading import LARGEST, tokens_of

REVIEWER: Final = "lecture-lstm"
REVERSER: Final = "reverse-none"

START: Final = "start"
"""The input of a decoder before its first output: always the same."""

LENGTHS: Final = (5, 10, 20, 30)
"""Of digits to be reversed, of which the caption says how often all is right."""


def unroll(problem: str, text: str) -> Unrolled:
    """What the trained network for one of ``kinds.PROBLEMS`` makes of a text.

    Raises:
        ValueError: If there is no such problem, or its network cannot read the text.

    >>> from rnnviz import sequences
    >>> unrolled = sequences.unroll("parity", "1 0 1 1")
    >>> [unrolled.symbols[k] for k in unrolled.probabilities.argmax(1)]
    ['odd', 'odd', 'even', 'odd']
    """
    tokens = tokens_of(problem, text)
    if problem == "review":
        return _review(" ".join(tokens))
    if problem == "reversing":
        return _reversing("".join(tokens))
    known = checkpoints.load(LESSONS[problem].checkpoint)
    network = build(known.model)
    if problem == "digit-word":
        return _each(known, network, tokens)
    if problem == "counting":
        return _counting(known, network, tokens[0])
    return _in_step(known, network, tokens)


def _each(known: Checkpoint, network: Network, digits: Sequence[str]) -> Unrolled:
    """A batch of sequences of one step each."""
    h, probabilities = _run(network, _embedded(known, digits)[:, None])  # (digit, 1, …)
    wanted = tuple(WORDS_OF_DIGITS[int(digit)] for digit in digits)
    return _unrolled(known, digits, h[:, 0], probabilities[:, 0], wanted, is_recurrent=False)


def _counting(known: Checkpoint, network: Network, number: str) -> Unrolled:
    """What is said is read next, until the end is said or no count would be as long."""
    read, said, rows, states = [number], list[str](), list[np.ndarray](), list[np.ndarray]()
    h: Tensor | None = None
    answers = known.card["answers"]
    while len(said) <= LARGEST and (not said or said[-1] != END):
        with torch.inference_mode():
            output, h = network.rnn(_embedded(known, read[-1:])[None], h)  # (1, 1, unit)
            rows.append(_softmax(network, output[0, 0]))
        states.append(output[0, 0].numpy())
        said.append(answers[int(rows[-1].argmax())])
        read.append(said[-1])
    count = len(said)
    wanted = [*map(str, range(1, int(number) + 1)), END]
    wanted = (wanted + [""] * count)[:count]
    fed = [False] + [True] * (count - 1)
    return _unrolled(known, read[:count], np.stack(states), np.stack(rows), tuple(wanted), fed=tuple(fed))


def _in_step(known: Checkpoint, network: Network, tokens: Sequence[str]) -> Unrolled:
    h, probabilities = _run(network, _embedded(known, tokens)[None])
    wanted = _parities(tokens) if known.family == "parity" else ("",) * len(tokens)
    return _unrolled(known, tokens, h[0], probabilities[0], wanted)


def _parities(bits: Sequence[str]) -> tuple[str, ...]:
    return tuple(("even", "odd")[total % 2] for total in np.cumsum([int(bit) for bit in bits]))


def _review(text: str) -> Unrolled:
    """The states of the shipped network over a review; it is asked once, after the last word."""
    from rnnviz import sentiment

    model = sentiment.load(REVIEWER)
    reading = model.read(text)
    if not any(reading.ids):
        raise ValueError("Enter at least one word that is in the vocabulary of the baseline LSTM.")
    h = model.trace(text).panel("h")
    positive = float(model.predict([text])[0])
    probabilities = np.full((len(h), 2), np.nan, np.float32)
    probabilities[-1] = 1 - positive, positive
    steps, test = len(h), model.card["test"]
    right = f"test accuracy {test['accuracy']:.1%} on {test['reviews']:,} reviews"
    return Unrolled(
        "review", "many-to-one", REVIEWER,
        f"Baseline {_sizes('lstm', 64, h.shape[1])}; {right}.",
        reading.tokens, (False,) * steps, tuple(number == 0 for number in reading.ids), h, SENTIMENTS, probabilities,
        ("",) * steps,
    )  # fmt: skip


def _reversing(digits: str) -> Unrolled:
    """The encoder reads and says nothing; the decoder goes on from its last state, and reads what it said itself."""
    from rnnviz import attention

    model = attention.load(REVERSER)
    found = model.decode(digits)
    many, steps = len(found.source), found.steps
    output, symbols = (tuple(map(_said, tokens)) for tokens in (found.output, found.symbols))
    silent = np.full((many, len(found.symbols)), np.nan, np.float32)
    wanted = [*digits[::-1], END if found.has_ended else ""]
    return Unrolled(
        "reversing", "delayed", REVERSER, _of_reverser(model.card, found.encoded.shape[1]),
        (*found.source, START, *output[:-1]), (False,) * (many + 1) + (True,) * (steps - 1),
        (False,) * (many + steps), np.concatenate([found.encoded, found.queries]), symbols,
        np.concatenate([silent, found.probabilities]),
        (*[""] * many, *(wanted + [""] * steps)[:steps]), turn=many,
    )  # fmt: skip


def _said(token: str) -> str:
    """What a network says, with its end called as the networks of the other problems call it."""
    return END if token == ENDED else token


def _of_reverser(card: Mapping[str, Any], units: int) -> str:
    """Sizes, seed, and how often the whole output is right, by length."""
    by_length = {row["length"]: row["accuracy"] for row in card["lengths"]}
    right = ", ".join(f"{by_length[length]:.0%} of {length}" for length in LENGTHS if length in by_length)
    recipe = card["recipe"]
    sizes = f"embedding {recipe['embedding']}, {units} units each, seed {recipe['seed']}, {recipe['steps']:,} updates"
    return f"GRU encoder and GRU decoder, {sizes}; the whole output is correct for {right} digits."


def _unrolled(
    known: Checkpoint,
    tokens: Sequence[str],
    h: np.ndarray,
    probabilities: np.ndarray,
    wanted: tuple[str, ...],
    *,
    fed: tuple[bool, ...] = (),
    is_recurrent: bool = True,
) -> Unrolled:
    card = known.card
    about = (
        f"{_sizes(known.model.cell, known.model.input_size, known.model.hidden_size)}, seed {card['seed']}, "
        f"{card['updates']:,} updates; correct on {card['accuracy']:.1%} {card['measured']}."
    )
    unknown = tuple(bool(number == 0) for number in known.encode(tokens))
    return Unrolled(
        known.family, PROBLEMS[known.family].kind, known.name, about, tuple(tokens), fed or (False,) * len(tokens),
        unknown, h, tuple(card["answers"]), probabilities, wanted, is_recurrent,
    )  # fmt: skip


def _sizes(cell: str, embedding: int, units: int) -> str:
    label = next(label for known, label in CELL_LABELS.items() if known == cell)
    return f"{label}, embedding {embedding}, {units} units"


def _embedded(known: Checkpoint, tokens: Sequence[str]) -> Tensor:
    """A row of the embedding for each token, (time, feature)."""
    return torch.from_numpy(known.weights[EMBEDDING].copy())[torch.from_numpy(known.encode(tokens))]


def _run(network: Network, x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """States and probabilities, (batch, time, unit) and (batch, time, symbol)."""
    with torch.inference_mode():
        h, _ = network.rnn(x)
        return h.numpy(), _softmax(network, h)


def _softmax(network: Network, h: Tensor) -> np.ndarray:
    if not isinstance(network.head, nn.Linear):
        raise ValueError("a network must have an output layer to predict anything; got none")  # noqa: TRY004 - it is its file
    found: np.ndarray = torch.softmax(network.head(h), -1).numpy()
    return found
