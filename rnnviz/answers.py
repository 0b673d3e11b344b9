"""What a trained network outputs at each step of an input, in words, beside the target where the input has one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

import numpy as np

from rnnviz.checkpoints import EXACT, Checkpoint
from rnnviz.grammars import BITS, GRAMMARS
from rnnviz.sides import side, side_name
from rnnviz.spec import TOMITA, TaskSpec
from rnnviz.tasks import CLOSE, task

MOST_CLASSES: Final = 100

_TOGETHER: Final = 2_000_000
"""Logits that are computed at once."""

_NUMBERS: Final = 4
"""The most outputs without names whose numbers are said."""

NOUNS: Final[Mapping[str, str]] = {"brackets": "depth", "adding": "sum", "order": "order"}
"""What the output is, where its name alone does not say it: “depth 2”."""


@dataclass(frozen=True)
class Answer:
    """The output that a network is asked for at one step.

    Attributes:
        output: The most likely class, or a number.
        probability: Of that class; None for a number, and where the network is undecided.
        target: Empty where it is not known.
        correct: None where the target is not known.
    """

    t: int
    output: str
    probability: float | None
    target: str = ""
    correct: bool | None = None


def answers(known: Checkpoint, logits: np.ndarray, tokens: Sequence[str], x: np.ndarray) -> tuple[Answer, ...]:
    """The outputs of a trained network at the steps at which its training asked for one; none if that is not known.

    A step whose logits are not finite has none.

    Args:
        logits: Of shape (time, output).
        tokens: One a step.
        x: Of shape (time, feature).

    >>> import numpy as np
    >>> from rnnviz import checkpoints
    >>> from rnnviz.answers import answers
    >>> logits = np.zeros((3, 5), np.float32)
    >>> found = answers(checkpoints.load("brackets-gru"), logits, "(a)", logits)
    >>> [(one.output, one.target, one.correct) for one in found]
    [('0', '1', False), ('0', '1', False), ('0', '0', True)]
    """
    if known.task is not None and not task(known.task).classes:
        return _number(logits, x)
    classes = classes_of(known)
    if logits.shape[1] == 1 and len(classes) == 2:  # the sigmoid is a softmax beside a logit of 0
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    if not classes or logits.shape[1] != len(classes):
        return ()
    wanted = _targets(known, classes, known.folded(tokens))
    first = len(logits) - 1 if known.task is not None and task(known.task).asked == 1 else 0
    return tuple(
        _class(t, logits[t], classes, wanted[t]) for t in range(first, len(logits)) if np.isfinite(logits[t]).all()
    )


def likeliest(known: Checkpoint, states: np.ndarray) -> tuple[Answer, ...]:
    """The likeliest output at each step of a network whose output layer stands beside its model.

    The probability is that of the softmax over all outputs, whose logits are computed some rows at a time. A step whose
    states are not finite has none.

    Args:
        states: Of shape (time, direction * unit), float32. The top layer's, as torch's modules return them.

    Raises:
        ValueError: If the network has no such output layer, or the states do not fit it.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> from rnnviz.answers import likeliest
    >>> shapes = {"rnn.weight_ih_l0": (12, 2), "rnn.weight_hh_l0": (12, 3), "out.weight": (300, 3)}
    >>> tensors = {name: np.eye(*shape, dtype=np.float32) for name, shape in shapes.items()}
    >>> known = own.checkpoint("mine", tensors, own.Choice(own.parts(tensors)[0], head="out.weight"))
    >>> [(one.t, one.output, round(one.probability, 3)) for one in likeliest(known, np.float32([[0, 9, 0]]))]
    [(0, 'output 1', 0.964)]
    """
    if known.outputs is None:
        raise ValueError(f"{known.name} must have an output layer beside its model; got none")
    weight, bias = known.outputs
    if states.ndim != 2 or states.shape[1] != weight.shape[1]:
        raise ValueError(f"states must be of shape (time, {weight.shape[1]}); got {states.shape}")
    places, shares = _most_likely(states, weight, bias)
    return tuple(
        Answer(t, output_name(known, int(place)), float(share))
        for t, (place, share) in enumerate(zip(places, shares, strict=True))
        if np.isfinite(share)
    )


def output_name(known: Checkpoint, place: int) -> str:
    """The name of an output of an output layer beside the model.

    That is what its owner calls it; else the token, if there are as many outputs as tokens; else its number.
    """
    count = 0 if known.outputs is None else len(known.outputs[1])
    named = known.card.get("answers")
    if isinstance(named, list) and len(named) == count and all(isinstance(name, str) for name in named):
        return str(named[place])
    return known.vocabulary[place] if len(known.vocabulary) == count else f"output {place}"


def _most_likely(states: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The place of the largest logit at each step, and its softmax; NaN where a logit is not finite."""
    steps = len(states)
    places, most, total = np.zeros(steps, np.int64), np.full(steps, -np.inf), np.zeros(steps)
    rows = max(1, _TOGETHER // steps)
    with np.errstate(invalid="ignore", over="ignore"):
        for first in range(0, len(weight), rows):
            logits = states @ weight[first : first + rows].T + bias[first : first + rows]  # (time, row)
            here = logits.argmax(axis=1)
            top = logits[np.arange(steps), here]
            larger = np.maximum(most, top)
            shares = np.exp(logits - larger.astype(np.float32)[:, None]).sum(axis=1, dtype=np.float64)
            total = total * np.exp(most - larger) + shares
            places, most = np.where(top > most, first + here, places), larger
        return places, 1 / total


def decoded(output: Sequence[str], probabilities: np.ndarray, right: Sequence[str] | None) -> tuple[Answer, ...]:
    """What a network that translates outputs at each step of its decoder.

    Args:
        output: A symbol a step; at fewer steps than there are probabilities if it did not come to an end.
        probabilities: Of shape (time, symbol).
        right: The symbols that are right, the end included; None where that is not known.

    >>> import numpy as np
    >>> from rnnviz.answers import decoded
    >>> [(one.output, one.correct) for one in decoded(["a", "<end>"], np.full((2, 2), 0.5), ["b", "<end>"])]
    [('a', False), ('<end>', True)]
    """
    shares = probabilities.max(axis=-1)
    return tuple(
        Answer(t, said, float(share), target, said == target if target else None)
        for t, (said, share, target) in enumerate(zip_longest(output, shares, right or (), fillvalue=""))
        if said
    )


def sentiment_answer(steps: int, positive: float) -> tuple[Answer, ...]:
    """What a network predicts of a review of so many tokens, at the last of them; ``positive`` is a probability."""
    if not np.isfinite(positive):
        return ()
    probability = {1: positive, 0: None, -1: 1 - positive}[side(positive)]
    return (Answer(steps - 1, side_name(positive), probability),)


def outputs_in_words(known: Checkpoint | None, logits: np.ndarray) -> tuple[str, ...]:
    """What an output layer outputs, each row in words: the likeliest class, or the numbers where classes have no names.

    Args:
        known: The trained network; None of another.
        logits: Of shape (row, output).

    >>> import numpy as np
    >>> from rnnviz import checkpoints
    >>> from rnnviz.answers import outputs_in_words
    >>> outputs_in_words(checkpoints.load("brackets-gru"), np.array([[0.0, 0.0, 4.0, 0.0, 0.0]]))
    ('depth 2 (0.932)',)
    >>> outputs_in_words(None, np.array([[0.5, -2.0]]))
    ('0.5, −2',)
    """
    names = classes_of(known) if known is not None else ()
    if logits.shape[1] == 1 and len(names) == 2:  # the sigmoid is a softmax beside a logit of 0
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    if not names or len(names) != logits.shape[1]:
        more = ", …" if logits.shape[1] > _NUMBERS else ""
        rows = (", ".join(f"{value:.3g}" for value in row[:_NUMBERS]) for row in logits)
        return tuple(f"{row}{more}".replace("-", "\N{MINUS SIGN}") for row in rows)
    noun = noun_of(known) if known is not None else ""
    found = (_class(0, row, names, "") for row in logits)
    return tuple(class_in_words(f"{noun} {one.output}" if noun else one.output, one.probability) for one in found)


def class_in_words(name: str, probability: float | None) -> str:
    """A class with its probability: ``depth 2 (0.932)``; an invisible name gets a sign."""
    shown = name if name.strip() else "␣"
    return shown if probability is None else f"{shown} ({probability:.3f})"


def review_in_words(positive: float) -> str:
    """The prediction of a network of reviews with its probability.

    >>> from rnnviz.answers import review_in_words
    >>> review_in_words(0.2), review_in_words(0.5)
    ('negative (0.800)', 'undecided, P(positive) = 0.500')
    """
    name = side_name(positive)
    if not side(positive):
        return f"{name}, P(positive) = {positive:.3f}"
    return class_in_words(name, max(positive, 1 - positive))


def classes_of(known: Checkpoint) -> tuple[str, ...]:
    """The classes of a network in the order of its logits; none if its output is a number, or they are not known."""
    if known.task is not None:
        return task(known.task).classes
    named = known.card.get("answers")
    if not isinstance(named, list) or len(named) > MOST_CLASSES or not all(isinstance(name, str) for name in named):
        return ()
    return tuple(named)


def noun_of(known: Checkpoint) -> str:
    """What the outputs are, where their names alone do not say it; else nothing."""
    return NOUNS.get(known.task.name, "") if known.task else ""


def _class(t: int, logits: np.ndarray, classes: tuple[str, ...], target: str) -> Answer:
    shares = np.exp(logits.astype(np.float64) - logits.max())
    most = int(logits.argmax())
    output = classes[most]
    return Answer(t, output, float(shares[most] / shares.sum()), target, output == target if target else None)


def _number(logits: np.ndarray, x: np.ndarray) -> tuple[Answer, ...]:
    """The sum of two numbers, of the last step; the target is known where two are marked."""
    said = float(logits[-1, 0])
    if not np.isfinite(said):
        return ()
    marked = x[x[:, 1] == 1, 0]
    if len(marked) != 2 or np.any((x[:, 1] != 0) & (x[:, 1] != 1)):
        return (Answer(len(logits) - 1, _written(said), None),)
    total = float(marked.sum())
    return (Answer(len(logits) - 1, _written(said), None, _written(total), abs(said - total) < CLOSE),)


def _written(number: float) -> str:
    return f"{number:.3f}".replace("-", "\N{MINUS SIGN}")


def _targets(known: Checkpoint, classes: tuple[str, ...], tokens: list[str]) -> list[str]:
    """The target of each step; empty where the input is not one that the training could have had."""
    if known.task is not None:
        return _OF_TASKS[known.task.name](known.task, tokens)
    if known.splits == EXACT:
        return [token if token in classes else "" for token in (*tokens[1:], "")]
    find = _OF_LESSONS.get(known.family)
    return find(classes, tokens) if find else [""] * len(tokens)


def _at_the_end(target: str, steps: int) -> list[str]:
    return [""] * (steps - 1) + [target]


def _latch(_: TaskSpec, tokens: list[str]) -> list[str]:
    return _at_the_end(tokens[0] if tokens[0] in ("no", "yes") else "", len(tokens))


def _order(_: TaskSpec, tokens: list[str]) -> list[str]:
    symbols = [token for token in tokens if token in ("x", "y")]
    return _at_the_end("".join(symbols) if len(symbols) == 2 else "", len(tokens))


def _brackets(spec: TaskSpec, tokens: list[str]) -> list[str]:
    """The depth; unknown from where more are closed than open, or more are open than in training."""
    depths = np.cumsum([{"(": 1, ")": -1}.get(token, 0) for token in tokens])
    strange = np.logical_or.accumulate((depths < 0) | (depths >= len(task(spec).classes)))
    return ["" if is_strange else str(depth) for depth, is_strange in zip(depths, strange, strict=True)]


def _copy(spec: TaskSpec, tokens: list[str]) -> list[str]:
    letters, steps = tokens[:10], len(tokens)
    if steps != task(spec).steps or tokens[-11] != ":" or not set(letters) <= set(task(spec).classes) - {"_"}:
        return [""] * steps
    return ["_"] * (steps - 10) + letters


def _parity(classes: tuple[str, ...], tokens: list[str]) -> list[str]:
    ones = np.cumsum([{"1": 1}.get(token, 0) for token in tokens])
    strange = np.logical_or.accumulate([token not in ("0", "1") for token in tokens])
    return ["" if is_strange else classes[count % 2] for count, is_strange in zip(ones, strange, strict=True)]


def _digit_word(classes: tuple[str, ...], tokens: list[str]) -> list[str]:
    return [classes[int(token)] if token in _DIGITS else "" for token in tokens]


def _counting(classes: tuple[str, ...], tokens: list[str]) -> list[str]:
    """The next number, and the end after the last; unknown from where the input is not that count."""
    most = int(tokens[0]) if tokens[0] in classes[:-1] else 0
    found: list[str] = []
    for t, token in enumerate(tokens):
        is_count = t <= most > 0 and (t == 0 or token == str(t)) and (not found or found[-1])
        found.append((str(t + 1) if t < most else classes[-1]) if is_count else "")
    return found


def _tomita(spec: TaskSpec, tokens: list[str]) -> list[str]:
    """Whether each beginning is of the language; unknown from the first token that is neither 0 nor 1."""
    word = "".join(token if token in BITS else " " for token in tokens).partition(" ")[0]
    states, machine = GRAMMARS[spec.name].machine.run(word), GRAMMARS[spec.name].machine
    found = [task(spec).classes[machine.accepting[state]] for state in states[1:]]
    return found + [""] * (len(tokens) - len(found))


def _flip_flop(spec: TaskSpec, tokens: list[str]) -> list[str]:
    """The last sign of each channel; unknown before each has had a pulse, and from where a number is no pulse."""
    last, found = [""] * len(task(spec).classes[0]), list[str]()
    for token in tokens:
        pulses = token.split()
        if len(pulses) != len(last) or not set(pulses) <= {"-1", "0", "1"}:
            break
        last = [{"1": "+", "-1": "-"}.get(pulse, kept) for pulse, kept in zip(pulses, last, strict=True)]
        found.append("".join(last) if all(last) else "")
    return found + [""] * (len(tokens) - len(found))


_DIGITS: Final = frozenset("0123456789")
_OF_TASKS: Final[Mapping[str, Callable[[TaskSpec, list[str]], list[str]]]] = {
    "latch": _latch,
    "order": _order,
    "brackets": _brackets,
    "copy": _copy,
    "flip-flop": _flip_flop,
    **dict.fromkeys(TOMITA, _tomita),
}
_OF_LESSONS: Final[Mapping[str, Callable[[tuple[str, ...], list[str]], list[str]]]] = {
    "parity": _parity,
    "digit-word": _digit_word,
    "counting": _counting,
}
