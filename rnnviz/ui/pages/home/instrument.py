"""A trained network on the text that the visitor types: what the widget shows and what it reports."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import streamlit as st

from rnnviz.caching import cached
from rnnviz.names import CELLS, Cell
from rnnviz.page_registry import GATES, HIDDEN_STATES, STEP_THROUGH, Page
from rnnviz.pictures import Drawn
from rnnviz.pictures.reader import GATES as GATE_OF
from rnnviz.pictures.reader import LOWER, TaskName, reader
from rnnviz.ui.pages.home import code as codegen
from rnnviz.ui.pages.home import reading as home_reading
from rnnviz.ui.pages.home.reading import Request
from rnnviz.ui.pages.home.stories import STORIES
from rnnviz.ui.selection import addresses, entries, state
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import components, frame, one_by_one, saving
from rnnviz.ui.widgets import controls
from rnnviz.ui.widgets.typed import Typed

if TYPE_CHECKING:
    from pandas import DataFrame

KEY: Final = "home.reader"

_LINKS: Final = "home_links"
_STORY: Final = "home.task"
_TEXTS: Final[Mapping[TaskName, str]] = {"first-word": "home.words", "brackets": "home.text"}
_STEP: Final = "home.step"
_CELL: Final = "home.cell"
_BIAS: Final = "home.forget_bias"
_TYPED: Final = "home.typed"
_AS_TRAINED: Final = "as-trained"
_LOWERED: Final = f"{LOWER}-lower"

_PAGES: Final[Mapping[str, Page]] = {"network": STEP_THROUGH, "gate": GATES, "states": HIDDEN_STATES}
"""The page that each part of the picture leads to."""

_HIDDEN: Final = f"<style>.st-key-{_LINKS} {{ display: none; }}</style>"
"""The links that the widget follows: Streamlit alone can lead to a page and keep the session."""


def show() -> None:
    """The widget and its menu, apart from the rest of the page: a key causes one pass of the network, nothing else."""
    st.fragment(_live, key=KEY)()


@one_by_one.runs
def _live() -> None:
    now = _request()
    sent = data(now)
    components.reader(sent, key=KEY, on_asked=take, on_t=take_step)
    st.html(_HIDDEN)
    with st.container(key=_LINKS):
        for name, params in links(now).items():
            with st.container(key=f"home_to_{name}"):
                st.page_link(_PAGES[name].path, label=f"This network on {_PAGES[name].title}", query_params=params)
    saved = saving.Saved(
        "reader",
        KEY,
        _drawn(now).title,
        lambda: sent,
        lambda: table(now),
        code=lambda: codegen.script_of(now, _step(now)),
        titled=True,
    )
    saving.widget_menu(saved, frame.theme())
    state.write_link()


def data(now: Request) -> dict[str, object]:
    """All that the widget shows of a request, as plain data and packed arrays."""
    start = frame.start("reader", text=now.text, t=_step(now))
    kept: Typed | None = st.session_state.get(_TYPED)
    typed = kept if kept is not None and kept.start == start["id"] else Typed(str(start["id"]), text=now.text)
    return {
        **_drawn(now).data,
        "start": {"id": start["id"], "t": start["t"]},
        "answer": {"start": typed.start, "count": typed.count, "text": typed.text, "problem": typed.problem},
    }


@cached(32)
def _drawn(now: Request) -> Drawn:
    found = home_reading.reading(now)
    return reader(
        now.text, found.tokens, now.cell, found.signals, found.answers, task=now.name, turned=found.turned,
        unknown=home_reading.unknown(now, found.tokens), lowered=now.lowered,
        links={name: f"{_PAGES[name].address}?{urlencode(params)}" for name, params in links(now).items()},
    )  # fmt: skip


def links(now: Request) -> dict[str, dict[str, str]]:
    """For each part of the picture, the parameters under which its page shows the same network on the same text."""
    selection = home_reading.as_selection(now)
    found = {name: addresses.link_of(selection, page.title) for name, page in _PAGES.items()}
    return {name: params for name, params in found.items() if name != "gate" or now.cell in GATE_OF}


def table(now: Request) -> "DataFrame":
    """A row a step: the character, the predicted depth, its probability, the depth, and every unit of each signal."""
    from rnnviz.ui.widgets import widget_files

    found = home_reading.reading(now)
    words = {
        "input": found.tokens,
        "output": [one.output for one in found.answers],
        "p": [one.probability for one in found.answers],
        "target": [one.target for one in found.answers],
    }
    return widget_files.by_step(words, found.signals)


# --- What is asked for ---


def take(sent: object) -> None:
    """Take what the widget reports. A browser can send anything: what cannot be meant is ignored."""
    match sent:
        case {
            "start": str(start), "count": int(count), "story": str(name), "text": str(text), "cell": str(cell),
            "lowered": bool(lowered),
        }:  # fmt: skip
            known = _named(name)
            if known is None:
                return
            whole, story = text.encode("utf-8", "replace").decode("utf-8"), STORIES[known]
            problem = story.problem(whole)
            st.session_state[_TYPED] = Typed(start, count, whole[: 10 * story.limit], problem)
            if problem or cell not in CELLS:
                return
            entries.keep(_TEXTS[known], whole, story.opening, story.limit)
            if entries.number_in(entries.get(_STEP, ""), len(story.tokens(whole))) is None:
                entries.keep(_STEP, "", "")
            state.choose(_CELL, cell, "lstm")
            state.choose(_BIAS, _LOWERED if lowered and cell == "lstm" else _AS_TRAINED, _AS_TRAINED)
            _keep_task(known)


def take_step(sent: object) -> None:
    """Take the step at which the widget rests, if it is of the text on show; the last needs no keeping."""
    match sent:
        case {"text": str(text), "t": int(t)} if text == _text(name := _task()):
            count = len(STORIES[name].tokens(text))
            if 0 <= t < count:
                entries.keep(_STEP, "" if t == count - 1 else f"{t:d}", "")
                _keep_task(name)


def _step(now: Request) -> int:
    """The step of the link; else the last."""
    step, count = entries.get(_STEP, ""), len(now.story.tokens(now.text))
    found = entries.number_in(step, count)
    if step and found is None:
        state.tell(f"{_STEP} must be a whole number in 0..{count - 1}; got {quoted(step)}: the last is shown")
        entries.keep(_STEP, "", "")
        state.begin_again()
    return count - 1 if found is None else found


def _named(name: str) -> TaskName | None:
    return next((known for known in STORIES if known == name), None)


def _task() -> TaskName:
    """The task of the link. Links of a time when the page showed brackets alone name no task, but something of it."""
    chosen = state.view(_STORY)
    if chosen is None:
        begun = any(state.view(key) for key in (_CELL, _BIAS)) or any(
            state.entry(key) is not None for key in (_TEXTS["brackets"], _STEP)
        )
        return "brackets" if begun else "first-word"
    known = _named(chosen)
    if known is None:
        controls.unreadable(_STORY, f"one of {', '.join(STORIES)}", "")
    return known or "first-word"


def _keep_task(name: TaskName) -> None:
    """TaskName the task in the link, unless the page is as it opens."""
    is_changed = name != "first-word" or any(state.view(key) for key in (_CELL, _BIAS))
    is_changed |= any(state.entry(key) is not None for key in (*_TEXTS.values(), _STEP))
    state.choose(_STORY, name, "" if is_changed else name)


def _text(name: TaskName) -> str:
    story = STORIES[name]
    return entries.get(_TEXTS[name], story.opening, story.limit)


def _request() -> Request:
    """What the link and the widget ask for; what a link says wrongly is corrected, and the next run reports it."""
    name = _task()
    text, opening = _text(name), STORIES[name].opening
    if problem := STORIES[name].problem(text):
        state.tell(f"{_TEXTS[name]}: {problem} {quoted(opening)} is shown")
        entries.keep(_TEXTS[name], opening, opening)
        state.begin_again()
    cell = _cell()
    bias = state.view(_BIAS) or _AS_TRAINED
    if bias not in ((_AS_TRAINED, _LOWERED) if cell == "lstm" else (_AS_TRAINED,)):
        controls.unreadable(_BIAS, f"{_AS_TRAINED}, or {_LOWERED} of the LSTM", _AS_TRAINED)
    return Request(text, cell, bias == _LOWERED, name)


def _cell() -> Cell:
    chosen = next((cell for cell in CELLS if cell == (state.view(_CELL) or "lstm")), None)
    if chosen is None:
        controls.unreadable(_CELL, f"one of {', '.join(CELLS)}", "lstm")
    return chosen or "lstm"
