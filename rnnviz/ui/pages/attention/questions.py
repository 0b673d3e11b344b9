"""Predictions on the page "Attention": another network's output, how narrow its look is, what a weight is worth."""

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.attention import dates
from rnnviz.attention.tasks import LONGEST, TRAINED_TO
from rnnviz.ui.reviews.answers import OURS
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, between, number, seeded
from rnnviz.written import probability

if TYPE_CHECKING:
    from rnnviz.ui.pages.attention.translation import Request as Translated
    from rnnviz.ui.pages.attention.translation import Score, TaskName

STEP: Final = 2
"""The step of a doubled sequence at which the look is asked for, counted from 0."""

READ: Final = 400
"""The most words of a review that are read, as on the page."""

MOVES: Final = (0.05, 0.2)
"""Edges between the options for how much a prediction moves without the word of most attention."""

MISSED: Final = 0.9
"""If an output is not correct, at most so much of it is: one wrong symbol of twenty is luck, of ten, an error."""

LOOKS: Final = (0.5,)
"""The edge between the options for the largest weight of a step."""

LENGTHS: Final = (36, 12, 30, 20)
"""Long before short: otherwise the first questions all have the same answer, that the output is correct."""

_DATES: Final = 4
_MONTH: Final = 5
"""The step at which a date's month begins, after four digits and a dash."""

_MANY: Final = ("Yes, all of it", "No")
_NAMES: "Final[dict[Score, str]]" = {
    "none": "without attention",
    "dot": "with dot-product attention",
    "additive": "with additive attention",
}


def ask(now: "Translated") -> Questions:
    """Another network's output for the source, without changes by hand, and how narrowly this one looks at another."""
    others: tuple[Score, ...] = ("additive", "dot") if now.score == "none" else ("none",)
    found = [_right(now.task, other, now.source, f"Give this input to {_who(other)}") for other in others]
    if now.task == "dates":
        for date in _strange(_DATES, seeded("dates", now.source)):
            text = f"Suppose the input is “{date}”"
            if now.score != "none":
                found.insert(
                    1, _look(now.network, date, _MONTH, f"{text}. When it outputs the first digit of the month")
                )
            found.append(_right(now.task, now.score, date, text))
        return tuple(found)
    drawn = _drawn(now.task, (now.score,), now.source)
    if not 8 <= 2 * len(now.source) <= LONGEST:
        return (*found, *drawn)
    text = f"Suppose the input is the {len(now.source)} digits twice in a row"
    if now.score != "none":
        found.append(_look(now.network, now.source * 2, STEP, f"{text}. When it outputs its third symbol"))
    return (*found, *drawn, _right(now.task, now.score, now.source * 2, text))


def ask_length(task: "TaskName") -> Questions:
    """What single networks output for single sources, where the page shows shares of many."""
    return _drawn(task, ("none", "dot", "additive"), "")


def ask_review(text: str) -> Questions:
    """How the prediction changes without the word that has most attention."""
    reading = networks.sentiment_model(OURS).read(text, READ)
    if not any(reading.ids) or len(reading.ids) < 2:
        return ""
    low, high = MOVES
    asked = "Leave out the word that gets the most attention. By how much does P(positive) change?"
    how = (f"Less than {low:g}", f"{low:g} to {high:g}", f"More than {high:g}")
    return (Question(("attention", text, "most"), asked, how, partial(_without, text)),)


# --- What is said ---


def _drawn(task: "TaskName", scores: "tuple[Score, ...]", source: str) -> tuple[Question, ...]:
    """Sources that nobody has typed, the same for equal settings."""
    random, found = seeded("attention", task, scores, source), []
    for k, length in enumerate(LENGTHS):
        score = scores[k % len(scores)]
        text = _strange(1, random)[0] if task == "dates" else "".join(map(str, random.integers(10, size=length)))
        what = f"the {length} digits {text}" if task == "reverse" else f"“{text}”"
        found.append(_right(task, score, text, f"Give {what} to {_who(score)}"))
    return tuple(found)


def _who(score: "Score") -> str:
    return f"the network {_NAMES[score]}"


def _right(task: "TaskName", score: "Score", source: str, how: str) -> Question:
    text = f"{how}. Is the whole output correct?"
    return Question(("attention", task, score, source), text, _MANY, partial(_rightly, task, score, source))


def _rightly(task: "TaskName", score: "Score", source: str) -> Answer:
    model = networks.attention_model(f"{task}-{score}")
    found, wanted = model.decode(source), model.task.right(source)
    if wanted is None:
        return Answer(
            (),
            f"The output is {found.text}.",
            "The target is not known, since the input is not a date that this page can parse.",
        )
    count = sum(one == other for one, other in zip(found.text, wanted, strict=False))
    option = 0 if found.text == wanted else 1
    why = (
        f"Without attention, the whole source goes through one vector of {len(found.start)} numbers."
        if score == "none"
        else _why(task, source, is_right=option == 0)
    )
    is_clear = option == 0 or count <= MISSED * len(wanted)
    return Answer(
        (option,) * is_clear,
        f"The output is {found.text}, the target {wanted}: {count} of {len(wanted)} symbols are correct.",
        why,
    )


def _why(task: "TaskName", source: str, *, is_right: bool) -> str:
    """Why attention helps, or did not help."""
    can = "With attention, every step can look at the position of the source that it needs"
    if is_right:
        return f"{can}, however long the source is. The network only has to learn to find that position."
    if task == "reverse" and len(source) > TRAINED_TO:
        return (
            f"{can}, if it has learned to find that position. Its training sequences had at most {TRAINED_TO} digits."
        )
    return f"{can}. It has to learn to find that position, and here it did not find all of them."


def _strange(count: int, random: np.random.Generator) -> list[str]:
    """Dates in forms that no network was trained on, so that some outputs are right and some are not."""
    return [date.text for date in dates.draw(count, random, held_out=True, is_strange=True)]


# --- How it looks ---


def _look(network: str, source: str, step: int, how: str) -> Question:
    options = ("Below one half: it looks at several positions", "Above one half: it looks mainly at one")
    about = ("attention", network, source, step, "look")
    text = f"{how}, how large is its largest weight?"
    return Question(about, text, options, partial(_looks, network, source, step))


def _looks(network: str, source: str, step: int) -> Answer:
    found = networks.attention_model(network).decode(source)
    if found.weights is None or step >= found.steps:
        return Answer((), f"It stops after {found.steps} steps.", "")
    row = found.weights[step]
    most, best = float(row.max()), int(row.argmax())
    return Answer(
        between(most, LOOKS, span=1.0),
        f"It is {number(most)}, at position {best}, “{found.source[best]}”, and the output is {found.output[step]}.",
        "The weights of a step add up to 1. A weight on a neighbouring position can work as well, since each state "
        "also depends on what is around it.",
    )


# --- A review ---


def _without(text: str) -> Answer:
    """The prediction without the word of most attention."""
    model = networks.sentiment_model(OURS)
    tokens, weights = model.read(text, READ).tokens, model.attention(text, READ)
    t = int(weights.argmax())
    before, after = model.predict([" ".join(tokens), " ".join((*tokens[:t], *tokens[t + 1 :]))]).tolist()
    if np.isnan(after):
        return Answer((), f"It is “{tokens[t][:40]}”, the only known word. Without it there is no prediction.", "")
    return Answer(
        between(abs(after - before), MOVES),
        f"It is “{tokens[t][:40]}”, {number(float(weights[t]))}. "
        f"P(positive) goes from {probability(before)} to {probability(after)}.",
        "A weight tells how much of a state is used, not in which direction that state pushes. A weight alone is no "
        "explanation.",
    )
