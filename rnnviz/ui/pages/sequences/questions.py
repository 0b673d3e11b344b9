"""Predictions on the page "Sequences": how small changes of the input change the output."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.attention.tasks import LONGEST
from rnnviz.sequences import Problem, grammar
from rnnviz.sequences.reading import LARGEST, MOST_BITS
from rnnviz.ui.reviews.other_questions import backwards
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, between, leader, number, seeded

if TYPE_CHECKING:
    from rnnviz.sequences import Unrolled

REVIEWER: Final = "lecture-lstm"
"""The network that classifies reviews on this page."""


def ask(problem: Problem, text: str) -> Questions:
    """What the network of a problem outputs if one thing of its input is another; the network can read ``text``."""
    read = [token for token in networks.unrolled(problem.name, text).inputs if token]
    match problem.name:
        case "parity":
            return _of_bits(read)
        case "word-classes":
            return _of_words(read)
        case "counting":
            return _of_numbers(read)
        case "digit-word":
            return (_unused(read[0]),)
        case "review":
            asked = backwards(REVIEWER, " ".join(read), "this review")
            return (asked,) if asked else ""
    found = networks.unrolled(problem.name, text)
    return _of_reversed("".join(found.inputs[: found.turn]))


# --- The five kinds ---


def _says(problem: str, text: str) -> "Unrolled":
    return networks.unrolled(problem, text)


def _of_bits(bits: Sequence[str]) -> Questions:
    order = seeded("parity", bits).permutation(len(bits)).tolist()[:3]
    found = []
    for t in order:
        turned = [("0" if bit == "1" else "1") if k == t else bit for k, bit in enumerate(bits)]
        text = (
            f"Suppose the bit at t = {t} is {turned[t]}, not {bits[t]}. What does the network output after the last "
            "bit?"
        )
        found.append(_last("parity", turned, text))
    if 2 * len(bits) <= MOST_BITS:
        text = (
            f"Suppose the input is the {len(bits)} bits twice in a row. What does the network output after the last "
            "bit?"
        )
        found.append(_last("parity", [*bits, *bits], text))
    return tuple(found)


def _last(problem: str, tokens: Sequence[str], text: str) -> Question:
    options = ("even", "odd")
    return Question(("sequences", problem, tuple(tokens)), text, options, partial(_parity, tuple(tokens), options))


def _parity(bits: tuple[str, ...], options: tuple[str, ...]) -> Answer:
    found = _says("parity", " ".join(bits))
    row = found.probabilities[-1]
    right = tuple(options.index(found.symbols[k]) for k in leader(row.tolist(), span=1.0))
    ones = sum(bit == "1" for bit in bits)
    is_true = options[ones % 2] == options[right[0]] if right else False
    why = "This is correct" if is_true else "The network is wrong here: its training sequences had 1 to 20 bits"
    return Answer(
        right,
        f"P({options[right[0]] if right else '?'}) = {number(float(row.max()))}.",
        f"{why}; there are {ones} ones.",
    )


def _of_words(words: Sequence[str]) -> Questions:
    known = list(dict.fromkeys(words))
    either = [word for word in known if word in grammar.EITHER]
    order = seeded("word-classes", words).permutation(len(known)).tolist()
    asked = dict.fromkeys([*either, *(known[k] for k in order)])
    return tuple(_class_of(word) for word in list(asked)[:4])


def _class_of(word: str) -> Question:
    text = (
        f"Suppose the input is “{word}” alone, with no word before it. Which part of speech does the network predict?"
    )
    return Question(("sequences", "class", word), text, tuple(grammar.PARTS), partial(_class, word))


def _class(word: str) -> Answer:
    found = _says("word-classes", word)
    row, symbols = found.probabilities[0], found.symbols
    right = tuple(grammar.PARTS.index(symbols[k]) for k in leader(row.tolist(), span=1.0))
    second = np.argsort(-row, kind="stable")[1]
    why = (
        f"The second most likely is {symbols[second]}, {number(float(row[second]))}. Without earlier words the state "
        "is 0, so the prediction depends only on the word and on how sentences in the training data begin."
    )
    return Answer(right, f"P({symbols[int(row.argmax())]}) = {number(float(row.max()))}.", why)


def _of_numbers(read: Sequence[str]) -> Questions:
    others = [n for n in range(2, LARGEST + 1) if str(n) != read[0]]
    order = seeded("counting", read[0]).permutation(len(others)).tolist()[:4]
    return tuple(_count(others[k]) for k in order)


def _count(given: int) -> Question:
    text = (
        f"Given {given}, the network outputs one number after the other and has to stop by itself. How many outputs "
        "are there, with the one that says “end”?"
    )
    low = given - int(seeded("count", given).integers(3))
    options = tuple(str(low + k) for k in range(4))
    return Question(("sequences", "count", given), text, options, partial(_counted, given, options))


def _counted(given: int, options: tuple[str, ...]) -> Answer:
    found = _says("counting", str(given))
    count = str(len(found.outputs))
    why = "After the first step its input is only its own last output, so only its state can hold how far to count."
    return Answer(
        (options.index(count),) if count in options else (), f"The output is {', '.join(found.outputs)}: {count}.", why
    )


def _unused(digit: str) -> Question:
    text = f"Given {digit}, the network makes one step. Which of its weights have no influence on the output?"
    options = ("The embedding", "W_ih", "W_hh", "Those of the output layer")
    return Question(("sequences", "unused", digit), text, options, partial(_without_state, digit, options))


def _without_state(digit: str, options: tuple[str, ...]) -> Answer:
    found = _says("digit-word", digit)
    word, most = found.outputs[0], float(found.probabilities[0].max())
    return Answer(
        (options.index("W_hh"),),
        f"P({word}) = {number(most)}, with any W_hh.",
        "W_hh multiplies the state before the step. That is the initial state 0, and there is no second step.",
    )


def _of_reversed(digits: str) -> Questions:
    found = []
    if 2 <= 2 * len(digits) <= LONGEST:
        found.append(_reversed(digits * 2, f"Suppose the input is the {len(digits)} digits twice in a row."))
    random = seeded("reversing", digits)
    for count in (8, 16, 24):
        drawn = "".join(map(str, random.integers(10, size=count)))
        found.append(_reversed(drawn, f"Suppose the input is the {count} digits {drawn}."))
    return tuple(found)


def _reversed(digits: str, text: str) -> Question:
    options = ("All of them", "Half of them or fewer")
    text = f"{text} How many digits of the reversed output are correct?"
    return Question(("sequences", "reversing", digits), text, options, partial(_said, digits))


def _said(digits: str) -> Answer:
    found = _says("reversing", digits)
    output = "".join(token for token in found.outputs[found.turn :] if token.isdigit())
    wanted = digits[::-1]
    right = sum(one == other for one, other in zip(output, wanted, strict=False))
    whole = output == wanted
    missed = between(right / len(wanted), (0.5,), span=1.0) == (0,)
    units = found.h.shape[1]
    return Answer(
        (0,) if whole else (1,) * missed,
        f"{right} of {len(wanted)}: the output is {output}, the target {wanted}.",
        f"All {len(wanted)} digits have to go through one state of {units} numbers, between the encoder and the "
        "decoder.",
    )
