"""The controls of the network and its input: each shows a field of the Selection and stores changes there."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import streamlit as st

from rnnviz.names import ARROWS, CELL_LABELS, CELLS
from rnnviz.spec import ModelSpec
from rnnviz.text import MAX_COLUMNS, MAX_NUMBERS, MAX_ROWS, MAX_TOKENS, parse_rows, spelled
from rnnviz.ui.selection import (
    MAX_CHARACTERS,
    Selection,
    cells_of,
    checkpoint_of,
    goes_on,
    initial,
    most_columns,
    readable,
    state,
    trained,
)
from rnnviz.ui.selection.fields import FORGET_BIAS, MODEL, RECURRENT_SCALE, Choice, Flag, Whole
from rnnviz.ui.shell import frame
from rnnviz.ui.shell.notations import written
from rnnviz.ui.widgets import controls

INPUT_LABELS: Final = {"numbers": "Numbers", "words": "Words"}
_HINTS: Final = {
    "numbers": (
        f"Each row is a time step: at most {MAX_ROWS:,} rows, {MAX_COLUMNS} numbers per row, {MAX_NUMBERS:,} in all."
    ),
    "words": f"Each word is a time step: at most {MAX_TOKENS:,}. The embedding is on “Step through”.",
}

EXAMPLE: Final = "Raschka’s example"
"""The choice that brings the example computed by hand, numbers and network; no network is called so."""

BEFORE: Final = "The picture still shows the previous input, in grey."

TORCHS: Final = "Default"
FORGET_BIASES: Final[dict[str, float | None]] = {TORCHS: None, "0": 0.0, "1": 1.0, "3": 3.0}
"""The forget biases that a click sets; None is the default."""

_BEFORE_HINT: Final = (
    "The network first reads this text alone. Its last state is then the initial state for the input above, as in "
    "a language model that is stateful."
)

_DRAFT: Final = "network_controls.after"
"""In the session: a text before that cannot be read, and why, by the network."""

_ALONE: Final = {
    "hidden_size", "input_size", "num_layers", "output_size", "bidirectional", "nonlinearity", "reset", "seed",
}  # fmt: skip
"""Fields on which no other control depends."""

_SLIDER_END: Final = 3.0
"""The upper end of the slider for the scale, unless a link wants more."""

RECURRENT_LABELS: Final = {"default": TORCHS, "orthogonal": "Orthogonal", "identity": "Identity"}
RESET_LABELS: Final = {"after": "After the product with W_hn", "before": "Before that product"}
_RESET_HINT: Final = (
    r"torch multiplies by $r_t$ **after** the product: $r_t \odot (W_{hn} h_{t-1} + b_{hn})$. The first GRU does it "
    r"**before** the product: $W_{hn} (r_t \odot h_{t-1}) + b_{hn}$ (Cho et al. 2014, arXiv 1406.1078). "
    "The weights stay."
)
_UNIFORM: Final = r"uniform in $\pm 1/\sqrt{\text{hidden size}}$ (torch.nn.RNN, LSTM, GRU)"
MORE: Final = "more_settings"
"""The key of what the settings show on request: a dozen controls, which cost a page more than its picture."""

_ASKED_FOR: Final = "network_controls.more"
"""In the session: whether they were open on the page before; Streamlit forgets the widgets of a page that is left."""

_START_HINTS: Final = {
    "forget_bias": (
        r"The bias of the forget gate, which opens it without any input: $\sigma(0) = 0.5$, $\sigma(1) = 0.73$, "
        r"$\sigma(3) = 0.95$. It is set in $b_{if}$ of every layer and direction; $b_{hf}$ becomes 0. "
        f"torch draws both {_UNIFORM}. Jozefowicz, Zaremba and Sutskever (2015) recommend 1."
    ),
    "recurrent": (
        f"torch draws $W_{{hh}}$ {_UNIFORM}. An orthogonal matrix, one for every gate, changes the length of no vector "
        "(Saxe, McClelland and Ganguli 2014, arXiv 1312.6120). All other weights stay as drawn with the seed."
    ),
    "recurrent_scale": (
        r"$W_{hh}$ is multiplied by $s$; the default is $s = 1$. Without activation function and gates, an orthogonal "
        r"$W_{hh}$ times $s$ changes the length of a gradient by $s$ at every step: it vanishes for $s < 1$ and "
        r"explodes for $s > 1$."
    ),
}


def sidebar(selection: Selection) -> None:
    """The controls of the input, and of the network all that ``network_picker`` has not."""
    input_box(selection)
    with st.sidebar:
        if known := checkpoint_of(selection.model):
            st.caption(frame.plain(trained.made_of(known)))
        else:
            _more(selection)


def input_box(selection: Selection) -> None:
    """Numbers or words, typed, pasted or uploaded; a refused text stays in the box with the reason under it."""
    with st.sidebar:
        st.subheader("Input", anchor=False, divider="gray")
        known = checkpoint_of(selection.model)
        if known is None:
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
        with frame.place():
            if problem := state.problem(kind):
                st.error(frame.plain(f"{problem} {BEFORE}"))
                frame.grey_view(BEFORE)
        st.caption(_HINTS[kind] if known is None else frame.plain(trained.what_it_reads(selection, known)))
        if kind == "numbers":
            _upload()
        if goes_on(selection.model):
            _before(selection)


def _before(selection: Selection) -> None:
    """The text that leaves the initial state; one that cannot be read stays in the box with the reason under it."""
    key, drafts = "text_after", st.session_state.setdefault(_DRAFT, {})
    text, problem = drafts.get(selection.model.trained, (selection.after, ""))
    st.session_state[key] = text
    st.text_area(
        "Initial state: after reading", key=key, height=68, placeholder=_from_nothing(selection), help=_BEFORE_HINT,
        on_change=lambda: _take_before(selection.model.trained, st.session_state[key]),
    )  # fmt: skip
    if problem:
        st.error(frame.plain(f"{problem} {BEFORE}"))


def _from_nothing(selection: Selection) -> str:
    """What the network begins with after no text."""
    return "nothing: the file’s own" if initial(replace(selection, after="")) else "nothing: zeros"


def _take_before(trained: str, typed: str) -> None:
    """Start from the state after a text, if the network can read it; else keep it as a draft."""
    drafts, text = st.session_state[_DRAFT], typed if typed.strip() else ""
    drafts.pop(trained, None)
    try:
        state.update(after=text.encode("utf-8", "replace").decode("utf-8"))
    except ValueError as error:
        drafts[trained] = (typed[:MAX_CHARACTERS], str(error))


def network_picker(selection: Selection) -> None:
    """The weights and the cell: what is changed most, in the caller's row; and the task of a trained network."""
    model = selection.model
    chosen = EXAMPLE if state.is_example() else model.trained
    # The example is an untrained network: to choose that beside it would change nothing.
    also = (model.trained, *(known.family for known in state.opened_networks()))
    options = [EXAMPLE, *(name for name in trained.to_choose(*also) if name or chosen != EXAMPLE)]
    labels = trained.labels(name for name in options if name != EXAMPLE)
    labels[EXAMPLE] = f"{trained.UNTRAINED}: {EXAMPLE}"
    _bound(
        st.selectbox, "trained", chosen, label="Network", options=options, format_func=labels.__getitem__,
        label_visibility="collapsed", width=330,
    )  # fmt: skip
    _bound(
        st.segmented_control, "cell", model.cell, label="Cell",
        options=list(cells_of(model.trained) if model.trained else CELLS), format_func=CELL_LABELS.__getitem__,
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    if (known := checkpoint_of(model)) and (task := trained.task_of(known)):
        st.caption(frame.plain(task), width="stretch")


def place_picker(selection: Selection) -> None:
    """Layer and direction, if there is a choice."""
    model = selection.model
    if model.num_layers == 1 and not model.bidirectional:
        return
    with st.container(horizontal=True, width="content"):
        if model.num_layers > 1:
            _bound(
                st.segmented_control, "layer", selection.layer, label="Layer", options=list(range(model.num_layers)),
                format_func=lambda layer: f"layer {layer}", required=True, label_visibility="collapsed",
            )  # fmt: skip
        if model.bidirectional:
            _bound(
                st.segmented_control, "direction", selection.direction, label="Direction",
                options=list(model.directions), format_func=lambda way: f"{way} {ARROWS[way]}", required=True,
                label_visibility="collapsed",
            )  # fmt: skip


def _more(selection: Selection) -> None:
    """The settings on request; once asked for, they are there on all pages."""
    st.session_state[MORE] = st.session_state.get(MORE, st.session_state.get(_ASKED_FOR, False))
    with st.expander("More settings", key=MORE, on_change="rerun") as more:
        st.session_state[_ASKED_FOR] = more.open
        if more.open:
            _sizes(selection)


def _sizes(selection: Selection) -> None:
    """All settings of an untrained network."""
    model = selection.model
    _control(model, "hidden_size", "Hidden units")
    if selection.input == "words":
        _control(model, "input_size", "Embedding size")
    left, right = st.columns(2)
    with left:
        _control(model, "num_layers", "Layers")
    with right:
        rows = written("Rows of the output layer’s matrix W_hy; 0 for no output layer.")
        _control(model, "output_size", "Outputs", help=rows)
    _control(model, "bidirectional", "Both directions")
    _control(model, "bias", "Biases")
    if model.cell == "rnn":
        _control(model, "nonlinearity", "Activation")
    if model.cell == "gru":
        _control(model, "reset", "Reset gate", format_func=_reset_label, help=written(_RESET_HINT))
    _control(model, "seed", "Seed", help="Given to torch.manual_seed right before the weights are drawn.")
    _initialisation(model)


def _reset_label(reset: str) -> str:
    return written(RESET_LABELS[reset])


def _initialisation(model: ModelSpec) -> None:
    """The initialization of the weights, if it is not the default."""
    if model.has_forget_bias:
        _forget_bias(model.forget_bias)
    _control(
        model, "recurrent", written("Recurrent weights W_hh"),
        format_func=RECURRENT_LABELS.__getitem__, help=written(_START_HINTS["recurrent"]),
    )  # fmt: skip
    scale = float(model.recurrent_scale)
    _bound(
        st.slider, "recurrent_scale", scale, stored=lambda moved: round(moved, 2), label=written("Scale s of W_hh"),
        min_value=RECURRENT_SCALE.low, step=0.05,
        max_value=_SLIDER_END if scale <= _SLIDER_END else RECURRENT_SCALE.high,
        help=written(_START_HINTS["recurrent_scale"]),
    )  # fmt: skip


def _forget_bias(value: float | None) -> None:
    """A few values by a click, any other as a number; an empty box stands for the default."""
    chosen = next((label for label, bias in FORGET_BIASES.items() if bias == value), None)
    _bound(
        st.segmented_control, "forget_bias", chosen, stored=FORGET_BIASES.__getitem__, label="Forget bias b",
        options=list(FORGET_BIASES), width="stretch", help=written(_START_HINTS["forget_bias"]),
    )  # fmt: skip
    key = "control_forget_bias_number"
    st.session_state[key] = value
    st.number_input(
        "Forget bias, any number", key=key, value=None, step=0.5, format="%g",
        min_value=FORGET_BIAS.low, max_value=FORGET_BIAS.high,
        placeholder="any other number", label_visibility="collapsed",
        on_change=lambda: state.try_update(forget_bias=st.session_state[key]),
    )  # fmt: skip


def _control(model: ModelSpec, name: str, label: str, **options: Any) -> None:
    """The widget that the kind of a field asks for."""
    options |= {"label": label}
    match MODEL[name]:
        case Whole(low, high):
            options |= {"min_value": low, "max_value": high, "step": 1}
            _bound(partial(st.number_input, value=None), name, getattr(model, name), **options)
        case Choice(choices):
            options |= {"options": list(choices), "required": True, "width": "stretch"}
            _bound(st.segmented_control, name, getattr(model, name), **options)
        case Flag():
            _bound(st.toggle, name, getattr(model, name), **options)


def _bound(
    widget: Callable[..., Any],
    name: str,
    value: object,
    *,
    stored: Callable[[Any], object] = lambda value: value,
    **options: Any,
) -> None:
    """Draw a widget that shows ``value`` and stores a change, as ``stored`` turns it, as ``name`` of the Selection."""
    key = f"control_{name}"
    st.session_state[key] = value
    label = str(options["label"])
    widget(key=key, on_change=lambda: _store(name, st.session_state[key], stored, label), **options)


def _store(name: str, value: object, stored: Callable[[Any], object], label: str) -> None:
    if value is None:
        if isinstance(MODEL.get(name), Whole):
            controls.is_number(label, None)
        return
    if value == EXAMPLE:
        state.open_example()
    else:
        state.try_update(**{name: stored(value)})
    if name in _ALONE:
        frame.rerun_view(name)


def _upload() -> None:
    """Put a CSV file into the box, where it can be seen and changed."""
    with st.expander("From a CSV file"):
        file = st.file_uploader(
            "CSV file", type=["csv", "txt", "tsv"], key="csv", label_visibility="collapsed", max_upload_size=1
        )
    if file is None or st.session_state.get("csv_taken") == file.file_id:
        return
    try:
        typed = _rows_of(file.name[:40], file.getvalue(), most_columns(state.current().model))
    except ValueError as error:
        st.error(frame.plain(f"{file.name[:40]}: {error}"))
        return
    st.session_state["csv_taken"] = file.file_id
    state.submit_text("numbers", typed)
    st.rerun()


def _rows_of(name: str, content: bytes, columns: int) -> str:
    """The numbers of a file as they are typed: as the file has them, or in fewer digits if the box has no room."""
    text = _text_of(content)
    if len(text) <= MAX_CHARACTERS:
        return readable("numbers", text, columns)
    typed = readable("numbers", spelled(parse_rows(text, max_columns=columns)), columns)
    state.tell(
        f"{name} has more than {MAX_CHARACTERS:,} characters. The box has its numbers as the network gets them, in "
        "float32, without headings."
    )
    return typed


def _text_of(content: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 with its mark, as spreadsheets write it."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError("The file must be plain text with rows of numbers.")
    return text
