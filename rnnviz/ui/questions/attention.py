"""Predictions on the page "Attention": what another network says, where one looks elsewhere, what a weight is worth."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.attention import dates
from rnnviz.attention.tasks import LONGEST, TRAINED_TO
from rnnviz.ui import cache
from rnnviz.ui.questions.question import Answer, Asked, Question, between, largest, number, seeded
from rnnviz.ui.review_answers import OURS

if TYPE_CHECKING:
    from rnnviz.attention import Decoding
    from rnnviz.attention.dates import Written
    from rnnviz.ui.translation import Asked as Translated
    from rnnviz.ui.translation import Score, TaskName

STEP: Final = 2
"""The step of a doubled sequence at which the look is asked for, counted from 0."""

READ: Final = 400
"""As many words of a review are read, as on the page."""

MOVES: Final = (0.05, 0.2)
LENGTHS: Final = (12, 20, 30, 36)
_MONTH: Final = 5
"""The step at which a date's month begins, after four digits and a dash."""

_MANY: Final = ("All of it", "More than half, not all", "Half of it or less")
_NAMES: "Final[dict[Score, str]]" = {
    "none": "without attention",
    "dot": "with dot-product attention",
    "additive": "with additive attention",
}
_FIELDS: Final[tuple[dates.Field, ...]] = ("year", "month", "day")


def ask(now: "Translated") -> Asked:
    """What another network says of the source, and where this one looks in another.

    Parameters
    ----------
    now : Asked
        What is translated; changes by hand do not count.

    Returns
    -------
    tuple of Question
    """
    others: tuple[Score, ...] = ("additive", "dot") if now.score == "none" else ("none",)
    found = [_right(now.task, other, now.source, f"Suppose {_who(other)} read this") for other in others]
    if now.task == "dates":
        for date in _dates(now.source):
            if now.score != "none":
                found.insert(1, _month(now.score, date))
            found.append(_right(now.task, now.score, date.text, f"Suppose the date were “{date.text}”"))
        return tuple(found)
    if 8 <= 2 * len(now.source) <= LONGEST:
        text = f"Suppose the {len(now.source)} digits came twice in a row"
        if now.score != "none":
            found.append(_look(now.score, now.source * 2, text))
        found.append(_right(now.task, now.score, now.source * 2, text))
    return (*found, *_drawn(now.task, (now.score,), now.source))


def ask_length(task: "TaskName") -> Asked:
    """What single networks say of single sources, where the page shows shares of many.

    Parameters
    ----------
    task : {"reverse", "dates"}

    Returns
    -------
    tuple of Question
    """
    return _drawn(task, ("none", "dot", "additive"), "")


def ask_review(text: str) -> Asked:
    """What becomes of a judgement without the word that has most attention.

    Parameters
    ----------
    text : str

    Returns
    -------
    tuple of Question, or str
    """
    reading = cache.sentiment_model(OURS).read(text, READ)
    if not any(reading.ids) or len(reading.ids) < 2:
        return ""
    how = ("Less than 0.05", "0.05 to 0.2", "More than 0.2")
    found = []
    for k, which in enumerate(("most", "least")):
        asked = f"Leave out the word that gets the {which} attention. By how much does P(praise) move?"
        found.append(Question(("attention", text, which), asked, how, partial(_without, text, -k)))
    return tuple(found)


# --- What is said ---


def _drawn(task: "TaskName", scores: "tuple[Score, ...]", source: str) -> tuple[Question, ...]:
    """Sources that nobody has typed, the same for equal settings."""
    random, found = seeded("attention", task, scores, source), []
    for k, length in enumerate(LENGTHS):
        score = scores[k % len(scores)]
        if task == "dates":
            text = dates.draw(1, random, held_out=True, is_strange=k % 2 == 1)[0].text
        else:
            text = "".join(map(str, random.integers(10, size=length)))
        what = f"the {length} digits {text}" if task == "reverse" else f"“{text}”"
        found.append(_right(task, score, text, f"Suppose {_who(score)} read {what}"))
    return tuple(found)


def _who(score: "Score") -> str:
    return f"the network {_NAMES[score]}"


def _right(task: "TaskName", score: "Score", source: str, how: str) -> Question:
    text = f"{how}. How much of the output would be right?"
    return Question(("attention", task, score, source), text, _MANY, partial(_rightly, task, score, source))


def _rightly(task: "TaskName", score: "Score", source: str) -> Answer:
    model = cache.attention_model(f"{task}-{score}")
    found, wanted = model.decode(source), model.task.right(source)
    if wanted is None:
        return Answer(
            (), f"It says {found.said}.", "Nobody can say what would be right: this is no date that we can read."
        )
    count = sum(one == other for one, other in zip(found.said, wanted, strict=False))
    option = 0 if found.said == wanted else 1 if 2 * count > len(wanted) else 2
    why = (
        f"Without attention all of the source has to go through one vector of {len(found.start)} numbers."
        if score == "none"
        else _why(task, source, is_right=option == 0)
    )
    return Answer((option,), f"It says {found.said}; right would be {wanted}: {count} of {len(wanted)} symbols.", why)


def _why(task: "TaskName", source: str, *, is_right: bool) -> str:
    """Why attention helps, or has not helped."""
    can = "With attention every step can go back to the place of the source that it needs"
    if is_right:
        return f"{can}, however long it is; what it has to learn is to find that place."
    if task == "reverse" and len(source) > TRAINED_TO:
        return f"{can}, if it has learned to find that place; it learned from {TRAINED_TO} digits at most."
    return f"{can}; what it has to learn is to find that place, and here it has not found each of them."


# --- Where it looks ---


def _look(score: "Score", source: str, how: str) -> Question:
    mirrored = len(source) - 1 - STEP
    places = sorted({STEP, mirrored - 1, mirrored, mirrored + 1})
    text = f"{how}. While it says its third symbol, at which place, counted from 0, would its largest weight be?"
    options = (*(f"{place}: {source[place]}" for place in places), "Elsewhere")
    about = ("attention", score, source, "look")
    return Question(about, text, options, partial(_looks, score, source, tuple(places)))


def _looks(score: "Score", source: str, places: tuple[int, ...]) -> Answer:
    found = cache.attention_model(f"reverse-{score}").decode(source)
    best, said = _largest_weight(found, STEP)
    right = tuple({places.index(place) if place in places else len(places) for place in best})
    why = (
        f"The third digit from the end stands at place {len(source) - 1 - STEP}. A look one place off may do as well, "
        "since a state knows its neighbours."
    )
    return Answer(right, said, why)


def _largest_weight(found: "Decoding", step: int) -> tuple[tuple[int, ...], str]:
    """Where the largest weight of a step is, and the same in words; nowhere if there is no such step."""
    if found.weights is None or step >= found.steps:
        return (), f"It stops after {found.steps} steps."
    row = found.weights[step]
    best = largest(row.tolist())
    where = f"at place {best[0]}, on “{found.source[best[0]]}”"
    return best, f"Its largest weight is {number(float(row.max()))}, {where}, and it says {found.output[step]}."


def _dates(source: str) -> "list[Written]":
    """Other days in the form of a date that was typed, or in any."""
    known = dates.read(source)
    random = seeded("dates", source)
    if known is None:
        return dates.draw(2, random, held_out=True)
    days = [dates.FIRST + timedelta(int(k)) for k in random.integers((dates.LAST - dates.FIRST).days + 1, size=2)]
    return [dates.write(day, known.form, has_weekday=known.has_weekday) for day in days]


def _month(score: "Score", date: "Written") -> Question:
    text = f"Suppose the date were “{date.text}”. While it says the first digit of the month, where would it look most?"
    options = (*(f"At the {field}" for field in _FIELDS), "At a weekday, a blank or a mark")
    return Question(("attention", score, date.text, "month"), text, options, partial(_field, score, date))


def _field(score: "Score", date: "Written") -> Answer:
    found = cache.attention_model(f"dates-{score}").decode(date.text)
    best, said = _largest_weight(found, _MONTH)
    at = [_field_at(date, place) for place in best]
    why = (
        "A month’s name is known by few of its letters, and a state knows what stands around it, so it need not look "
        "at the first letter."
    )
    return Answer(tuple(dict.fromkeys(at)), said, why)


def _field_at(date: "Written", place: int) -> int:
    """Which of the fields a place of the text is in; one more than there are for none."""
    inside = (k for k, name in enumerate(_FIELDS) if date.fields[name][0] <= place < date.fields[name][1])
    return next(inside, len(_FIELDS))


# --- A review ---


def _without(text: str, which: int) -> Answer:
    """Without the word of most attention, or of least."""
    model = cache.sentiment_model(OURS)
    tokens, weights = model.read(text, READ).tokens, model.attention(text, READ)
    t = int(np.argsort(-weights, kind="stable")[which])
    before, after = model.predict([" ".join(tokens), " ".join((*tokens[:t], *tokens[t + 1 :]))]).tolist()
    return Answer(
        between(abs(after - before), MOVES),
        f"It is “{tokens[t][:40]}”, {number(float(weights[t]))}. P(praise) goes from {before:.3f} to {after:.3f}.",
        "A weight says how much of a state is taken, not which way that state speaks: it alone is no explanation.",
    )
