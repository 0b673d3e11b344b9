"""The views of the page "Attention"."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import streamlit as st

from rnnviz import notation, palette
from rnnviz.checkpoints import decoders, encoders
from rnnviz.ui.pages.attention import code as codegen
from rnnviz.ui.pages.attention import lengths as attention_lengths
from rnnviz.ui.pages.attention import payload as attention_payload
from rnnviz.ui.pages.attention import questions, tables, translation
from rnnviz.ui.pages.attention import review as attention_review
from rnnviz.ui.selection import state
from rnnviz.ui.shell import components, inside, networks, predictions
from rnnviz.ui.widgets import widget_files

VIEWS: Final = {"Translate": "translate", "Against length": "length", "On a review": "sentiment"}


def pickers(view: str) -> tuple[Any, ...]:
    """The choices of a view, beside the choice of the view itself, as ``SHOW`` takes them."""
    if view == "translate":
        return translation.pickers()
    translation.leave()
    return (translation.task_picker(),) if view == "length" else ()


def translate(task: translation.TaskName, score: translation.Score) -> None:
    """The input sequence, the output sequence, and all that happens in between."""
    st.fragment(_live)(task, score)


def _live(task: translation.TaskName, score: translation.Score) -> None:
    """The widget, apart from the rest of the page: a key causes a decoding and nothing else."""
    now = translation.request(task, score)
    start = translation.start(now)
    typed = translation.typed(start["id"], now.source)
    model = attention_payload.payload(now)
    data = {
        "start": start,
        "answer": {"start": typed.start, "count": typed.count, "text": typed.text, "problem": typed.problem},
        "samples": [{"label": sample, "text": sample} for sample in networks.attention_model(now.network).task.samples],
        "asked": translation.ASKED[now.task],
        "palette": palette.themes(),
        "letters": dict(notation.table(state.current().notation)),
        "model": model,
    }
    components.decoding(
        data,
        key="attention.decoding",
        on_typed=lambda sent: translation.take(sent, now),
        on_t=translation.step_to,
        on_place=translation.look_at,
        on_change=lambda sent: translation.change(sent, now),
    )
    step = translation.seen().step
    widget_files.offer(
        "decoding", "attention.decoding", str(model["title"]), data, step, titled=True,
        numbers=lambda: tables.decoding(translation.decoded(now)),
        code=lambda: codegen.decoding(now, translation.used(now), step),
    )  # fmt: skip
    predictions.show(lambda: questions.ask(now))
    for part, family in (("encoder", encoders.FAMILY), ("decoder", decoders.FAMILY)):
        wanted = inside.with_network(f"{family}{now.network}", "gru", now.source)
        inside.links(wanted, f"the {part}, with this input")
    state.write_link()
    if translation.was_refused():
        st.rerun()


SHOW: Final[Mapping[str, Callable[..., None]]] = {
    "translate": translate,
    "length": attention_lengths.show,
    "sentiment": attention_review.show,
}
