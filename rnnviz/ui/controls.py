"""One function a control: each is a view of the Selection and stores back into it."""

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from rnnviz.names import CELL_LABELS, CELLS, NONLINEARITIES
from rnnviz.text import MAX_COLUMNS, MAX_NUMBERS, MAX_ROWS, MAX_TOKENS
from rnnviz.ui import frame, link, state
from rnnviz.ui.selection import LIMITS, Selection

INPUT_LABELS: Final = {"numbers": "Numbers", "words": "Words"}
_HINTS: Final = {
    "numbers": f"A row is a time step: at most {MAX_ROWS}, {MAX_COLUMNS} numbers a row, {MAX_NUMBERS:,} in all.",
    "words": f"A word is a time step: at most {MAX_TOKENS}. The embedding that makes numbers of them is shown below.",
}


def input_box(selection: Selection) -> None:
    """Numbers or words, typed, pasted or uploaded; a refused text stays in the box with the reason under it."""
    with st.sidebar:
        st.subheader("Input", anchor=False, divider="gray")
        _bound(
            st.segmented_control, "input", selection.input, label="Kind of input", options=list(INPUT_LABELS),
            format_func=INPUT_LABELS.__getitem__, required=True, label_visibility="collapsed", width="stretch",
        )  # fmt: skip
        kind = selection.input
        key = f"text_{kind}"
        st.session_state[key] = state.draft(kind)
        st.text_area(
            INPUT_LABELS[kind], key=key, height=124, label_visibility="collapsed",
            on_change=lambda: state.submit_text(kind, st.session_state[key]),
        )  # fmt: skip
        if problem := state.problem(kind):
            st.error(frame.plain(problem))
        st.caption(_HINTS[kind])
        if long := link.left_out(selection):
            texts = " and ".join(INPUT_LABELS[kind].lower() for kind in long)
            st.caption(f"The {texts} are too long for the link to this page; it holds everything else.")
        if kind == "numbers":
            _upload()


def network_picker(selection: Selection) -> None:
    """Cell, sizes, layers, directions and seed."""
    model = selection.model
    with st.sidebar:
        st.subheader("Network", anchor=False, divider="gray")
        _bound(
            st.segmented_control, "cell", model.cell, label="Cell", options=list(CELLS),
            format_func=CELL_LABELS.__getitem__, required=True, width="stretch",
        )  # fmt: skip
        _number("hidden_size", model.hidden_size, "Hidden units")
        if selection.input == "words":
            _number("input_size", model.input_size, "Embedding size")
        left, right = st.columns(2)
        with left:
            _number("num_layers", model.num_layers, "Layers")
        with right:
            _number("output_size", model.output_size, "Outputs", help="Rows of the read-out W_ho; 0 for none.")
        _bound(st.toggle, "bidirectional", model.bidirectional, label="Both directions")
        _bound(st.toggle, "bias", model.bias, label="Biases")
        if model.cell == "rnn":
            _bound(
                st.segmented_control, "nonlinearity", model.nonlinearity, label="Squashing",
                options=list(NONLINEARITIES), required=True, width="stretch",
            )  # fmt: skip
        _number("seed", model.seed, "Seed", help="Given to torch.manual_seed right before the weights are drawn.")


def _number(name: str, value: int, label: str, **options: Any) -> None:
    least, most = LIMITS[name]
    _bound(st.number_input, name, value, label=label, min_value=least, max_value=most, step=1, **options)


def _bound(widget: Callable[..., Any], name: str, value: object, **options: Any) -> None:
    """Draw a widget that shows ``value`` and stores a change as ``name`` of the Selection."""
    key = f"control_{name}"
    st.session_state[key] = value
    widget(key=key, on_change=lambda: _store(name, key), **options)


def _store(name: str, key: str) -> None:
    value = st.session_state[key]
    if value is not None:
        state.try_update(**{name: value})


def _upload() -> None:
    """A CSV file goes into the box, where it can be seen and changed."""
    with st.expander("From a CSV file"):
        file = st.file_uploader(
            "CSV file", type=["csv", "txt", "tsv"], key="csv", label_visibility="collapsed", max_upload_size=1
        )
    if file is None or st.session_state.get("csv_taken") == file.file_id:
        return
    st.session_state["csv_taken"] = file.file_id
    state.submit_text("numbers", file.getvalue().decode("utf-8", errors="replace"))
    st.rerun()
