"""Predictions on the page "Characters": what a network expects next, how sure it is, and what its units follow."""

from functools import partial
from itertools import pairwise
from typing import Any, Final

import numpy as np

from rnnviz.characters import SNAPSHOTS
from rnnviz.names import CELLS
from rnnviz.spec import TEXT_LEAST, CharacterSpec
from rnnviz.ui.pages.characters import match_payload, neuron_payload
from rnnviz.ui.pages.characters.match_payload import Pattern
from rnnviz.ui.pages.characters.match_payload import Request as Matched
from rnnviz.ui.selection.fields import many
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, between, leader, number, seeded, share
from rnnviz.ui.widgets import match_questions
from rnnviz.ui.widgets.character_networks import TIMES, label, sign, signs, subject_of

NEXT: Final = {
    "python": (
        ("    return ", "sNnf("),
        ("import ", "osrt_"),
        ("for key in ", "rsfx("),
        ("raise ValueE", "rexE_"),
        ("if not ", "sint("),
        ("else", ":i_ ="),
    ),
    "shakespeare": (
        ("What is th", "eaioy"),
        ("KING RICH", "Aa EI"),
        ("and th", "eaoui"),
        ("My lord, ", "Itawh"),
        ("I will no", "twn r"),
    ),
}
"""Text added to the visitor's, and five characters that might follow, by what a network has read."""

SURER: Final = {
    "python": (("def ", "print("), ("if not ", "from "), ("from ", "while ")),
    "shakespeare": (("O, ", "My "), ("O, ", "To "), ("and ", "of ")),
}
"""Two beginnings: which one leaves more open depends on the network and the text."""

ENDINGS: Final = (
    ("    retur", "n"),
    ("import o", "s"),
    ("def __init_", "_"),
    ("    if x is No", "n"),
    ("raise ValueErro", "r"),
    ("except Exceptio", "n"),
    ("    self.assertEqua", "l"),
    ("isinstanc", "e"),
    ("from __future__ impor", "t"),
    ("lambda x", ":"),
)
"""Beginnings of Python source with the character that ends them."""

SHARES: Final = (0.1, 0.5, 0.9)
HOT: Final = 2.0
CORRELATED: Final = (0.35, 0.65)
"""Edges between the options for the size of a correlation."""

_CORRELATED: Final = ("Less than 0.35", "0.35 to 0.65", "More than 0.65")
_SPAN: Final = 0.5
_RANGES: Final = ("Less than 0.1", "0.1 to 0.5", "0.5 to 0.9", "More than 0.9")
_ASKED: Final = 8
"""Questions of which some may have no clear answer."""


def ask_writing(network: str, text: str) -> Questions:
    """What the network expects after a text with such an end, and where it is surer.

    Args:
        network: As ``rnnviz.characters.load`` knows it.
        text: The prompt, or what is read.
    """
    subject = subject_of(network)
    likely = [_likeliest(network, text, begun, among) for begun, among in _ordered(NEXT[subject], network, text)]
    surer = [_surer(network, text, pair) for pair in _ordered(SURER[subject], network, text)]
    return (*likely[:2], *surer[:1], *likely[2:], *surer[1:])


def ask_temperature(network: str, text: str) -> Questions:
    """How much of the probability the likeliest character after the prompt keeps at a high temperature."""
    begun = [one for one, _ in _ordered(NEXT[subject_of(network)], network, text)]
    return tuple(_hot(network, text, one) for one in begun[:_ASKED])


def ask_units(network: str) -> Questions:
    """How closely the units of another network follow a property that units of this one follow."""
    found = neuron_payload.tracking(network)
    if found is None:
        return "this machine has no text on which the units of this network were measured."
    subject = subject_of(network)
    others = [f"{subject}-{cell}" for cell in CELLS if f"{subject}-{cell}" != network]
    names = [name for name in found.tracking.names if name in _labels(network)]
    pairs = [(other, name) for name in names for other in others]
    order = seeded("units", network).permutation(len(pairs)).tolist()
    return tuple(_follows(*pairs[k]) for k in order[:_ASKED])


def ask_match(request: Matched, pattern: Pattern) -> Questions:
    """How many units of a phrase are on throughout a longer one."""
    told = match_payload.reached(request)
    on = told >= pattern.level
    on[:, list(match_payload.units_of(request, pattern).always)] = False
    of = match_questions.Range(pattern.begin, pattern.end, "the phrase")
    return match_questions.ask(("characters match", request, pattern.level), on, request.text, of)


def ask_training(spec: CharacterSpec | None, symbols: int) -> Questions:
    """How the rate falls, and how well a network predicts a text before it has learned anything.

    Args:
        spec: The training of the settings, if they mean one.
        symbols: Different characters of its text; 0 if there is none yet.
    """
    found = [_halved()] if spec is None else [_last_rate(spec), _halved()]
    return (*found, _before(symbols)) if symbols > 1 else tuple(found)


def ask_learning() -> Questions:
    """When in its training a network has learned to end a word of Python."""
    return tuple(_when(begun, end) for begun, end in ENDINGS)


def _ordered(all_: "tuple[tuple[str, str], ...]", network: str, text: str) -> "list[tuple[str, str]]":
    """The same, in an order that depends on the selection."""
    order = seeded("characters", network, text).permutation(len(all_)).tolist()
    return [all_[k] for k in order]


def _after(text: str, begun: str) -> str:
    """The input: the text, and on its own line the addition."""
    return f"{text}\n{begun}"


# --- What comes next ---


def _likeliest(network: str, text: str, begun: str, among: str) -> Question:
    known = [symbol for symbol in sorted(among) if symbol in networks.character_model(network).alphabet.symbols]
    asked = (
        f"Suppose the text above continues with a new line and “{signs(begun)}”. Which of these characters is then "
        "the most likely next one?"
    )
    options = tuple(f"“{sign(symbol)}”" for symbol in known)
    return Question(("characters", network, text, begun), asked, options, partial(_next, network, text, begun, known))


def _next(network: str, text: str, begun: str, known: list[str]) -> Answer:
    model = networks.character_model(network)
    row = expected(network, _after(text, begun))
    found = [float(row[model.alphabet.symbols.index(symbol)]) for symbol in known]
    said = ", ".join(f"P(“{sign(symbol)}”) = {number(one)}" for symbol, one in zip(known, found, strict=True))
    best = int(row.argmax())
    top = sign(model.alphabet.symbols[best])
    why = f"Of all {len(row)} characters, the most likely is “{top}”, P = {number(float(row[best]))}."
    return Answer(leader(found, span=1.0), f"{said}.", why)


def expected(network: str, text: str, temperature: float = 1.0) -> np.ndarray:
    """What a network expects after a text: float64 of shape (symbol,)."""
    from rnnviz.characters.generating import softmax

    return softmax(networks.character_model(network).logits(text)[-1], temperature)


def _surer(network: str, text: str, pair: tuple[str, str]) -> Question:
    asked = "After which of these, on a new line after the text above, is the network less sure of the next character?"
    options = tuple(f"After “{signs(one)}”" for one in pair)
    return Question(("characters", network, text, pair), asked, options, partial(_entropies, network, text, pair))


def _entropies(network: str, text: str, pair: tuple[str, str]) -> Answer:
    from rnnviz.characters.generating import entropy

    bits = [float(entropy(expected(network, _after(text, one)))) for one in pair]
    said = ", ".join(f"{number(one)} bits after “{signs(begun)}”" for begun, one in zip(pair, bits, strict=True))
    why = "The entropy is low if a few characters have almost all of the probability, and high if many have some of it."
    return Answer(leader(bits), f"The entropy is {said}.", why)


def _hot(network: str, text: str, begun: str) -> Question:
    asked = (
        f"Suppose the prompt continues with a new line and “{signs(begun)}”. At T = {HOT:g}, what is the "
        "probability of the most likely next character?"
    )
    return Question(("characters", network, text, begun, "hot"), asked, _RANGES, partial(_heated, network, text, begun))


def _heated(network: str, text: str, begun: str) -> Answer:
    cool, hot = (float(expected(network, _after(text, begun), one).max()) for one in (1.0, HOT))
    why = "Dividing the logits by 2 takes the square root of the ratio of any two probabilities."
    return Answer(between(hot, SHARES), f"P is {number(hot)} at T = {HOT:g}, and {number(cool)} at T = 1.", why)


# --- Units ---


def _follows(network: str, name: str) -> Question:
    asked = (
        f"Another network, “{label(network)}”, has learned the same text. How large is the largest correlation of h of "
        f"one of its units with “{_labels(network)[name]}” on held-out text?"
    )
    return Question(("characters", "follows", network, name), asked, _CORRELATED, partial(_followed, network, name))


def _followed(network: str, name: str) -> Answer:
    of = neuron_payload.tracking(network)
    best = of.tracking.best("h", name, 1) if of is not None else []
    if of is None or not best:  # the property stands still in that text
        return Answer((), "It was not measured.", "")
    unit = best[0]
    r = float(of.tracking.r["h"][of.tracking.names.index(name), unit])
    why = (
        f"The correlation over {of.tracking.characters:,} characters; the sign shows whether the unit rises or falls "
        "with it. Which properties single units follow differs from one training to another."
    )
    return Answer(between(abs(r), CORRELATED, _SPAN), f"The correlation of unit {unit} is {number(r, 2)}.", why)


def _labels(network: str) -> dict[str, str]:
    """The labels of the properties, by name."""
    from rnnviz.characters.properties import properties

    subject: Any = subject_of(network)
    return {one.name: one.label for one in properties("a\n", subject)}


# --- A training on a visitor's text ---

BITS: Final = (2.0, 4.0, 8.0)
"""Edges between the options for bits per character."""

HALVED: Final = (500, 1_000, 3_000, 9_000)
"""Updates of which one is the right answer."""

LEFT: Final = (0.25, 0.5, 0.75)
"""Edges between the options for what is left of a rate."""

_BITS: Final = ("Fewer than 2", "2 to 4", "4 to 8", "More than 8")
_OF_RATE: Final = ("Less than a quarter", "A quarter to a half", "A half to three quarters", "More than three quarters")


def _before(symbols: int) -> Question:
    asked = (
        f"The text has {symbols} different characters. How many bits per character does a network need before its "
        "first update, if it gives about the same probability to each?"
    )
    return Question(("characters", "before", symbols), asked, _BITS, partial(_guessed, symbols))


def _guessed(symbols: int) -> Answer:
    bits = float(np.log2(symbols))
    why = "With a probability of 1/V for each of V characters the surprise is log2 V bits, whichever character comes."
    return Answer(between(bits, BITS, span=2.0), f"log2 {symbols} = {number(bits, 3)} bits.", why)


def _halved() -> Question:
    asked = "After how many updates is the learning rate half of what it was at the first update?"
    return Question(("characters", "halved"), asked, tuple(f"{one:,}" for one in HALVED), _half)


def _half() -> Answer:
    left = [_rate_left(one) for one in HALVED]
    said = ", ".join(f"{share(part)} after {one:,}" for one, part in zip(HALVED, left, strict=True))
    right = tuple(k for k, part in enumerate(left) if abs(part - 0.5) < 1e-6)
    return Answer(right, f"The rate is {said}.", _FALLS)


def _last_rate(spec: CharacterSpec) -> Question:
    made = many(spec.updates, "update")
    asked = f"The settings above mean {made}. What part of the learning rate is left at the last one?"
    return Question(("characters", "last rate", spec.updates), asked, _OF_RATE, partial(_at_last, spec.updates))


def _at_last(updates: int) -> Answer:
    left = _rate_left(updates)
    return Answer(between(left, LEFT, span=0.25), f"{share(left)} of the rate is left.", _FALLS)


def _rate_left(updates: int) -> float:
    from rnnviz.characters.in_app import recipe_of

    spec = CharacterSpec("0" * 64, rate=1.0)
    return recipe_of(spec, TEXT_LEAST).rate_at(updates)


_FALLS: Final = (
    "After u updates the rate is divided by √(1 + u/1000), whatever the number of updates: so a training can continue "
    "from the end of a shorter one."
)


# --- Learning ---


def _when(begun: str, end: str) -> Question:
    asked = (
        f"Between which of these times does the probability of “{end}” rise most, after a new line and "
        f"“{signs(begun)}”?"
    )
    options = tuple(f"{one} to {other}" for one, other in pairwise(TIMES))
    return Question(("characters", "when", begun), asked, options, partial(_learned, begun, end))


def _learned(begun: str, end: str) -> Answer:
    found = []
    for name in SNAPSHOTS:
        place = networks.character_model(name).alphabet.symbols.index(end)
        found.append(float(expected(name, _after("", begun))[place]))
    said = ", ".join(f"{time} {number(one)}" for time, one in zip(TIMES, found, strict=True))
    rises = np.diff(found)
    return Answer(leader(rises.tolist(), span=1.0), f"P(“{end}”): {said}.", _likeliest_at(begun, int(rises.argmax())))


def _likeliest_at(begun: str, k: int) -> str:
    """What the network predicted at a time, before the probability of the ending rose."""
    symbols = networks.character_model(SNAPSHOTS[k]).alphabet.symbols
    row = expected(SNAPSHOTS[k], _after("", begun))
    top = int(row.argmax())
    likely = f"“{sign(symbols[top])}”, P = {number(float(row[top]))}"
    return f"At “{TIMES[k]}”, before this rise, the most likely next character was {likely}."
