"""The kinds of sequence problem: a picture selects one, and its trained network reads what a visitor types."""

import hashlib
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from rnnviz import checkpoints, palette, pictures
from rnnviz.checkpoints.reviews import name_of
from rnnviz.page_registry import ATTENTION, GATES, HIDDEN_STATES, SENTIMENT, STEP_THROUGH
from rnnviz.sequences import KINDS, LABELS, Kind, Problem, grammar, of_kind
from rnnviz.sequences.lessons import LESSONS
from rnnviz.ui.pages.sequences import code as codegen
from rnnviz.ui.pages.sequences import questions, tables
from rnnviz.ui.selection import DEFAULT, Selection, entries, state
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import to_params
from rnnviz.ui.shell import components, frame, networks, predictions
from rnnviz.ui.widgets import controls, widget_files

if TYPE_CHECKING:
    from rnnviz.sequences import Unrolled

_KIND: Final = "sequences.kind"
_STEP: Final = "sequences.step"
_WIDGET: Final = "sequences.unrolled"

EXAMPLES: Final[dict[Kind, str]] = {
    "one-to-one": "a picture and its label; here a digit and its word",
    "one-to-many": "a picture and its caption; here a number and the count",
    "many-to-one": "a review and its sentiment",
    "in-step": "words and their parts of speech; bits and their parity",
    "delayed": "a sentence and its translation; digits and their reversal",
}

_FOOT: Final = (
    "Schematic, from below: input, state, output. Pale dashed boxes are unused; along a dashed arrow an output is the "
    "next input."
)

_BOX_WIDTH: Final = 340
"""Pixels across of the box for the input; samples stand beside it where there is room."""

SAMPLE_SHOWN: Final = 34
"""Characters of a sample on its button."""


def show() -> str:
    """The chooser, and the network for the chosen kind; the part of the page's text that is about it."""
    kind = kind_here()
    components.sequence_kinds(
        {"start": frame.start("sequences.kinds", kind=kind), "kinds": _pictures(), "foot": _FOOT,
         "palette": palette.themes()},
        key="sequences.kinds",
        on_kind=_choose,
    )  # fmt: skip
    problems = of_kind(kind)
    problem = problems[0]
    if len(problems) > 1:
        named = {one.title[:1].upper() + one.title[1:]: one for one in problems}
        problem = controls.choice("Problem", named, key=f"sequences.{kind.replace('-', '_')}")
    _feed(problem)
    return problem.name if problem.name == "parity" else str(kind)


def kind_here() -> Kind:
    """The chosen kind; the first if a link names none of them."""
    chosen = state.view(_KIND) or KINDS[0]
    if chosen not in KINDS:
        controls.unreadable(_KIND, f"one of {', '.join(KINDS)}", KINDS[0])
    return next((kind for kind in KINDS if kind == chosen), KINDS[0])


def _choose(sent: object) -> None:
    """Take a kind from the browser, which can send anything."""
    if sent not in KINDS:
        return state.tell(f"a kind must be one of {', '.join(KINDS)}; nothing was changed")
    state.choose(_STEP, "", "")
    frame.restart(_WIDGET)
    return state.choose(_KIND, str(sent), KINDS[0])


def _pictures() -> list[dict[str, object]]:
    return [
        {"name": kind, "label": LABELS[kind], "example": EXAMPLES[kind], "columns": _SCHEMES[kind]} for kind in KINDS
    ]


def _column(read: str, *, says: bool, second: bool = False) -> dict[str, object]:
    return {"read": read, "said": says, "second": second}


_SCHEMES: Final[dict[Kind, list[dict[str, object]]]] = {
    "one-to-one": [_column("given", says=True)],
    "one-to-many": [_column("given", says=True), *(_column("fed", says=True) for _ in range(2))],
    "many-to-one": [_column("given", says=False), _column("given", says=False), _column("given", says=True)],
    "in-step": [_column("given", says=True) for _ in range(3)],
    "delayed": [
        *(_column("given", says=False) for _ in range(2)),
        _column("", says=True, second=True),
        _column("fed", says=True, second=True),
    ],
}


# --- The network that is fed ---


def _feed(problem: Problem) -> None:
    """The box, samples beside it, and what the network makes of the text."""
    text = _box(problem)
    read = st.session_state.setdefault(_READ, {})
    refused = False
    try:
        found = networks.unrolled(problem.name, text)
    except ValueError as error:
        refused = True
        text = read.get(problem.name, problem.samples[0])
        st.error(frame.plain(f"{error} The picture still shows “{text}”."))
        found = networks.unrolled(problem.name, text)
    read[problem.name] = text
    data = payload(problem, text, found)
    components.unrolled(data, key=_WIDGET, on_t=_keep_step)
    t = _step()
    widget_files.offer(
        "unrolled", _WIDGET, str(data["title"]), data, t, titled=True,
        numbers=lambda: tables.unrolled(found), code=lambda: codegen.unrolled(problem.name, text, t),
    )  # fmt: skip
    if problem.name == "word-classes":
        _lexicon()
    if not refused:
        predictions.show(lambda: questions.ask(problem, text))
    _into(problem, found)


def _box(problem: Problem) -> str:
    name, usual = f"sequences.{problem.name.replace('-', '_')}", problem.samples[0]
    key = f"typed_{name}"

    def keep(text: str) -> None:
        entries.keep(name, text, usual)
        state.choose(_STEP, "", "")

    st.session_state[key] = text = entries.get(name, usual)
    with frame.row("center"):
        st.markdown(problem.asks, width="content")
        st.text_input(
            problem.asks, key=key, on_change=lambda: keep(st.session_state[key]), width=_BOX_WIDTH,
            label_visibility="collapsed",
        )  # fmt: skip
        for k, sample in enumerate(problem.samples):
            label = sample if len(sample) <= SAMPLE_SHOWN else f"{sample[: SAMPLE_SHOWN - 1]}…"
            st.button(label, key=f"{key}.sample{k}", on_click=keep, args=(sample,), help=sample)
    return text


def _lexicon() -> None:
    """The words of the made-up grammar, by their parts of speech."""
    with st.expander(f"The {len(grammar.WORDS)} words of the lexicon"):
        words = {str(part): some for part, some in grammar.LEXICON.items()}
        words |= {"noun": (*words["noun"], *grammar.PLURALS), "noun or verb": grammar.EITHER}
        st.markdown("\n".join(f"- **{part}**: {', '.join(some)}" for part, some in words.items()))


def _keep_step(sent: object) -> None:
    """Take the step at rest from the browser; one of a text that is gone is ignored."""
    match sent:
        case {"token": str(token), "t": int(t)} if token == st.session_state.get(_SHOWN_NOW):
            state.choose(_STEP, str(max(0, t)), "")


_SHOWN_NOW: Final = "sequences.shown"

_READ: Final = "sequences.read"
"""In the session: of each problem the last text that its network could read."""


def _step() -> int | None:
    """The selected step; None for the last."""
    kept = state.view(_STEP)
    if kept is not None and not (kept.isascii() and kept.isdigit() and len(kept) < 5):
        controls.unreadable(_STEP, "a whole number in 0..9999", "")
    return None if kept is None else int(kept)


def payload(problem: Problem, text: str, found: "Unrolled") -> dict[str, Any]:
    """The data of the drawing, as plain data; ``text`` is what was typed."""
    token = hashlib.blake2b(f"{problem.name}\n{text}".encode(), digest_size=8).hexdigest()
    st.session_state[_SHOWN_NOW] = token
    drawn = pictures.unrolled(found, title=codegen.title_of(problem.name))
    return {**drawn.data, "token": token, "start": frame.start(_WIDGET, t=_step())}


# --- On to the other pages ---


def _into(problem: Problem, found: "Unrolled") -> None:
    """Links to other pages with the same network on the same input."""
    wanted = elsewhere(problem, found)
    pages = [STEP_THROUGH, HIDDEN_STATES, GATES] if wanted else [ATTENTION]
    pages += [SENTIMENT] if problem.name == "review" else []
    st.markdown(
        "Look inside this network, with this input:"
        if wanted
        else "This network with this input, and two networks with attention:"
    )
    with frame.row():
        for page in pages:
            frame.link_with(page, to_params(wanted or reversing(found)))


def elsewhere(problem: Problem, found: "Unrolled") -> Selection | None:
    """The same network on the same input for the pages of states and gates; None for two networks in a row."""
    if found.turn is not None:
        return None
    lesson = LESSONS.get(problem.name)
    known = checkpoints.load(lesson.checkpoint if lesson else name_of(found.network))
    glue = "" if known.splits == "characters" else " "
    here = state.current()
    looked_at = changed(DEFAULT, cell=known.model.cell, trained=known.family, input="words")
    read = found.inputs if found.is_recurrent else found.inputs[:1]  # there the others would be read as later steps
    looked_at = changed(looked_at, words=glue.join(filter(None, read)))
    return changed(looked_at, views=here.views, entries=here.entries)


def reversing(found: "Unrolled") -> Selection:
    """The same digits, of two networks in a row, for the page of attention with its network without attention."""
    here = state.current()
    digits = "".join(found.inputs[: found.turn])
    views = [pair for pair in here.views if not pair[0].startswith("attention.")]
    kept = [pair for pair in here.entries if not pair[0].startswith("attention.")]
    views.append(("attention.score", "no-attention"))
    return changed(DEFAULT, views=tuple(sorted(views)), entries=tuple(sorted([*kept, ("attention.reverse", digits)])))
