"""A network as an automaton: its graph with the way of a word, and beside it the network on the same word.

``show`` is a view of the page "Dynamics".
"""

import hashlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from rnnviz import pictures
from rnnviz.pictures.unrolled import verdict
from rnnviz.ui.pages.dynamics import automaton_code as codegen
from rnnviz.ui.pages.dynamics import automaton_questions
from rnnviz.ui.pages.dynamics.machines import (
    CASES,
    LENGTH,
    LONGEST,
    SAMPLES,
    SHORT,
    Case,
    Learned,
    learned,
    reading,
)
from rnnviz.ui.selection import entries, state
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import components, frame, predictions
from rnnviz.ui.widgets import controls, widget_files

if TYPE_CHECKING:
    from rnnviz.automata import Reading

MOST: Final = 200
"""Symbols of a word."""

_STEP: Final = "dynamics.step"
WIDGET: Final = "dynamics.word"
_SHOWN_NOW: Final = "dynamics.shown"
_BOX_WIDTH: Final = 340
_ENTRIES: Final = {"01": "dynamics.bits", "()": "dynamics.brackets"}
"""The word that was typed, which all networks of an alphabet share."""


def chosen() -> Case:
    """The network, out of those on a small alphabet."""
    return controls.choice("Network", CASES, key="dynamics.network", listed=True)


def show(case: Case) -> None:
    """The word, the automaton with its way, the network on it."""
    found = learned(case)
    word = _word(case, found)
    if problem := _problem(case, word):
        st.error(frame.plain(problem))
        return
    read, t = reading(case, word), _step(len(word))
    graph, network = frame.pair("automaton", (1, 1))
    with graph:
        _show_graph(case, found, word, t + 1)
    with network:
        _show_network(case, found, read, t)
    _tell(case, found)
    predictions.show(lambda: automaton_questions.ask(case, word))


# --- What is typed ---


def _word(case: Case, found: Learned) -> str:
    """The box of the word, with words to begin with, and the one on which the network leaves its rule."""
    name, usual = _ENTRIES[case.alphabet], case.samples[0]
    key = f"typed_{name}"

    def keep(text: str) -> None:
        entries.keep(name, text, usual, MOST)
        state.choose(_STEP, "", "")

    label = f"A word of {' and '.join(case.alphabet)}"
    st.session_state[key] = text = entries.get(name, usual, MOST)
    with frame.row("center"):
        st.markdown(label, width="content")
        st.text_input(
            label, key=key, on_change=lambda: keep(st.session_state[key]), width=_BOX_WIDTH,
            label_visibility="collapsed",
        )  # fmt: skip
        for k, sample in enumerate(case.samples):
            st.button(sample, key=f"{key}.sample{k}", on_click=keep, args=(sample,))
        if found.breaks is not None:
            st.button("Where it breaks", key=f"{key}.breaks", on_click=keep, args=(found.breaks,))
    return "".join(text.split())


def _problem(case: Case, word: str) -> str:
    """Why a word cannot be the input; empty if it can."""
    allowed = " and ".join(case.alphabet)
    if not word:
        return f"Enter at least one of the symbols {allowed}: the network has no output before its first input."
    strange = next((symbol for symbol in word if symbol not in case.alphabet), "")
    return f"Enter only the symbols {allowed}; got {quoted(strange)}" if strange else ""


def _step(steps: int) -> int:
    """The selected step, counted from 0; by default the last."""
    kept = state.view(_STEP)
    if kept is not None and not (kept.isascii() and kept.isdigit() and len(kept) < 5):
        controls.unreadable(_STEP, "a whole number in 0..9999", "")
    return steps - 1 if kept is None else min(int(kept), steps - 1)


def _keep_step(sent: object) -> None:
    """Take the step at rest from the browser; one of a word that is gone is ignored."""
    match sent:
        case {"token": str(token), "t": int(t)} if token == st.session_state.get(_SHOWN_NOW):
            state.choose(_STEP, str(max(0, t)), "")


# --- What is shown ---


def _show_graph(case: Case, found: Learned, word: str, step: int) -> None:
    drawing = codegen.drawing(case, word, step)
    figure = drawing.figure(found.machine, theme=frame.theme())
    frame.show(
        figure, key="dynamics.automaton", alt=figure.layout.meta["alt"], code=lambda: codegen.figure(case, drawing)
    )


def _show_network(case: Case, found: Learned, read: "Reading", t: int) -> None:
    data = payload(case, read, frame.start(WIDGET, t=t))
    st.session_state[_SHOWN_NOW] = data["token"]
    components.unrolled(data, key=WIDGET, on_t=_keep_step)
    widget_files.offer(
        "unrolled", WIDGET, str(data["title"]), data, t, titled=True,
        numbers=lambda: numbers(case, found, read), code=lambda: codegen.read(case, read.word, t),
    )  # fmt: skip


def payload(case: Case, read: "Reading", start: dict[str, object]) -> dict[str, Any]:
    """The data of the drawing of the network on a word, as plain data; ``start`` is where it begins."""
    token = hashlib.blake2b(f"{case.network}\n{read.word}".encode(), digest_size=8).hexdigest()
    drawn = pictures.accepted(read, case.targets(read.word), caption=codegen.caption_of(case))
    return {**drawn.data, "token": token, "start": start}


def numbers(case: Case, found: Learned, read: "Reading") -> pd.DataFrame:
    """Input, state of the automaton, its output and the network's, the target, the probability and h at each step."""
    states = found.machine.run(read.word)[1:]
    words = {
        "input": list(read.word),
        "state": list(states),
        "automaton": [verdict(found.machine.accepting[state]) for state in states],
        "network": [verdict(accepts) for accepts in read.accepted.tolist()],
        "target": [verdict(target) for target in case.targets(read.word)],
        "p(accepted)": read.probabilities,
    }
    return widget_files.by_step(words, {"h": np.asarray(read.h)})


def _tell(case: Case, found: Learned) -> None:
    """What was learned, and where the network leaves its rule."""
    states = len(found.machine)
    told = [
        f"The automaton has {states} states.",
        f"It was learned from the outputs for {found.machine.queries:,} words.",
        f"Then it was compared with the network on all words of at most {SHORT} symbols.",
    ]
    if found.is_the_rules is not None:
        told.append(
            f"{'It is the smallest automaton of the rule.' if found.is_the_rules else 'The rule has another one.'}"
        )
    st.markdown(" ".join(told))
    st.markdown(_broken(case, found))


def _broken(case: Case, found: Learned) -> str:
    drawn = f" and on {SAMPLES:,} random words of {LENGTH} symbols" if case.grammar else ""
    among = "" if case.grammar else " in which every “)” has its “(” before it"
    if found.breaks is None:
        return f"The network agrees with the rule on all words{among} of at most {LONGEST} symbols{drawn}."
    count = len(found.breaks)
    shortest = "The shortest word" if count <= LONGEST else "The shortest word that was found"
    told = f"{shortest}{among} on which it and the rule disagree has {count} symbols: `{found.breaks}`."
    return f"**Where the network breaks.** {told}"
