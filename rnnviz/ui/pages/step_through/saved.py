"""What is saved of the stepper: all its steps at once, every signal as a table, and the code of a step by hand."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rnnviz.names import Cell
from rnnviz.spec import Edit
from rnnviz.ui.codegen.networks import (
    initial_argument,
    initial_named,
    input_lines,
    known_line,
    located,
    model_of,
    outputs_lines,
    shown_line,
    state_names,
    state_tuple,
    told_of_outputs,
    traced,
    viewpoint,
)
from rnnviz.ui.codegen.source import Raw, call, literal, script, set_to
from rnnviz.ui.selection import (
    Selection,
    described,
    initial_in_words,
    network,
    unknown_steps,
    without_viewpoint,
)
from rnnviz.ui.shell import frame, networks, saving
from rnnviz.ui.widgets import back_payload, step_payload, widget_files
from rnnviz.ui.widgets.back_payload import Back
from rnnviz.ui.widgets.step_view import start_of
from rnnviz.widgets import stepper

if TYPE_CHECKING:
    from pandas import DataFrame

_STEPS: Final[dict[Cell, tuple[str, ...]]] = {
    "rnn": ("h = np.tanh(a_ih + a_hh)",),
    "lstm": (
        "i, f, g, o = np.split(a_ih + a_hh, 4)",
        "i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))",
        "c = f * at.c_prev[t] + i * np.tanh(g)",
        "h = o * np.tanh(c)",
    ),
    "gru": (
        "r, z = np.split(1 / (1 + np.exp(-(a_ih + a_hh))), 3)[:2]",
        "n = np.tanh(np.split(a_ih, 3)[2] + r * np.split(a_hh, 3)[2])",
        "h = (1 - z) * n + z * at.h_prev[t]",
    ),
}
"""One step of each cell in the order of the hand computation, from the parts of the input and of the state before."""


def menu(selection: Selection, key: str, back: Back | None) -> None:
    """Offer the stepper, mounted under ``key``, with all its steps, and the way back of a loss if that is drawn."""
    what = "Step by step" if back is None else "Back through the steps"
    title = f"{what}: {described.line(network(selection), len(selection.edits))}"
    saved = saving.Saved(
        "step_through", key, title, lambda: _whole_walk(selection, back), lambda: recorded(selection, back),
        code=lambda: code_of(selection, back),
    )  # fmt: skip
    saving.widget_menu(saved, frame.theme())


def _whole_walk(selection: Selection, back: Back | None) -> dict[str, object]:
    """All that the stepper asks for bit by bit, at once."""
    fixed = without_viewpoint(selection)
    view = replace(fixed, layer=selection.layer, direction=selection.direction)
    recording, walk, still = networks.recording(fixed), networks.step_walk(view), step_payload.still_of(view, back)
    start = {**start_of(selection), "pictures": list(stepper.FORWARD) if back is None else ["backward"]}
    return stepper.alone(recording, walk, still, start, step_payload.gradients_of(view, back))


def recorded(selection: Selection, back: Back | None = None) -> "DataFrame":
    """Every signal of every unit at every step, of the layer and direction on show, and if drawn its gradients.

    Returns:
        A row a step: ``read``, then ``h[0]``, ``h[1]`` … of each signal, and the logits as ``y``.
    """
    recording = networks.recording(without_viewpoint(selection))
    signals = dict(recording.signals(selection.layer, selection.direction))
    if recording.output_layer:
        signals["y"] = recording.output_layer.logits
    if back is not None:
        found = back_payload.way_of(without_viewpoint(selection), back)
        here = found.layers[selection.layer, selection.direction]
        signals |= {"dL/dh": here.h} | ({} if here.c is None else {"dL/dc": here.c}) | {"dL/dx": found.x}
    return widget_files.by_step({"input": recording.tokens}, signals)


def code_of(selection: Selection, back: Back | None = None) -> str:
    """The script of the stepper: the selected step by hand, compared with torch, and the stepper itself."""
    if back is not None:
        return _code_of_way(selection, back)
    model, where = selection.model, located(selection.layer, selection.direction)
    with_bias = [f' + at.weights["bias_{side}"]' if model.bias else "" for side in ("ih", "hh")]
    first, begun, read = dict[str, object](), dict[str, object](), "x[None]"
    if state_names(selection):
        first = {"hx": Raw(state_tuple(selection))}
        begun = {"initial": initial_in_words(selection)}
        read = f"(x[None]{initial_argument(selection)})"
    steps = _STEPS[model.cell]
    if model.cell == "rnn" and model.nonlinearity == "relu":
        steps = ("h = np.maximum(a_ih + a_hh, 0)",)
    if model.resets_before:
        steps = _reset_before(bias=model.bias)
    return script(
        traced(selection, head=True),
        f"t = {selection.t}",
        set_to("at", "walk", Raw("rnn"), Raw("x"), Raw("trace"), **where, **first),
        f'a_ih = at.weights["weight_ih"] @ at.inputs[t]{with_bias[0]}',
        f'a_hh = at.weights["weight_hh"] @ at.h_prev[t]{with_bias[1]}',
        *steps,
        "print(h)  # by hand, and as captured",
        f"print({call('trace.panel', 'h', **where)}[t])",
        *_outputs(selection),
        "",
        outputs_lines(selection),
        shown_line(
            Raw("rnn"), selection, Raw(read), tokens=Raw("tokens"), **_view(selection), **_head(selection),
            **told_of_outputs(selection), **begun, **viewpoint(selection),
        ),
    )  # fmt: skip


def _head(selection: Selection) -> dict[str, object]:
    """The output layer, as ``rnnviz.show`` takes it."""
    return {"head": Raw("head")} if network(selection).output_size else {}


def _reset_before(*, bias: bool) -> tuple[str, ...]:
    """One step of a GRU that resets before the product, of whose ``a_hh`` the gates alone are used."""
    return (
        "r, z = np.split(1 / (1 + np.exp(-(a_ih + a_hh))), 3)[:2]",
        'W_hn = np.split(at.weights["weight_hh"], 3)[2]',
        *(['b_hn = np.split(at.weights["bias_hh"], 3)[2]'] if bias else []),
        f"n = np.tanh(np.split(a_ih, 3)[2] + W_hn @ (r * at.h_prev[t]){' + b_hn' * bias})",
        "h = (1 - z) * n + z * at.h_prev[t]",
    )


def _outputs(selection: Selection) -> list[str]:
    """The line that prints what the output layer outputs, if there is one."""
    return ["print(head(output)[0, t])  # the output layer"] if selection.model.output_size else []


def _view(selection: Selection) -> dict[str, str]:
    """The picture on show, if it is not the first."""
    picture = str(start_of(selection)["picture"])
    return {"view": picture} if picture in stepper.FORWARD[1:] else {}


def _code_of_way(selection: Selection, back: Back) -> str:
    """The script of a loss on its way back: what every step adds to dL/dW_hh, and the sum beside torch's."""
    steps = Raw("range(len(x))" if back.every else "[len(x) - 1]")
    layer, direction = selection.layer, selection.direction
    ending = f"_l{layer}" + ("_reverse" if direction == "reverse" else "")
    of = "read-out" if network(selection).output_size else "projection"
    more: dict[str, object] = {"cut": back.cut} if back.cut else {}
    more |= {"edits": edits} if (edits := _edits(selection)) else {}
    more |= initial_named(selection)
    edited = initial_named(selection) | ({"edits": list(selection.edits)} if selection.edits else {})
    said = outputs_lines(selection)
    return script(
        traced(selection, head=True) if said else f"{known_line(selection.model)}\n{input_lines(selection)}",
        f"spec = {literal(model_of(network(selection)))}",
        set_to("found", "through_time", Raw("spec"), Raw("x.numpy()"), steps, of=of, **more),
        f"here = found.layers[{layer}, {direction!r}]",
        "print(np.linalg.norm(here.h, axis=-1))  # |dL/dh_t| of every step",
        f"factor = min(1.0, {back.threshold!r} / found.norm)  # of clipping" if back.threshold else "factor = 1.0",
        "print(factor * here.added_hh)  # what every step adds to dL/dW_hh",
        "# the sum beside torch's .grad",
        f'print(np.abs(here.weight_hh - found.grads["rnn.weight_hh{ending}"]).max())',
        "",
        set_to("recorded", "record", Raw("spec"), Raw("x.numpy()"), Raw("tokens"), **edited),
        said,
        set_to("drawn", "pictures.backward", Raw("recorded"), Raw("found"), **_told_of_way(selection, back)),
        "rnnviz.show(drawn).show()",
    )


def _told_of_way(selection: Selection, back: Back) -> dict[str, object]:
    """What the picture of a way back is told beside what the script computes."""
    begin, fixed = start_of(selection), without_viewpoint(selection)
    told: dict[str, object] = {"caption": described.line(network(selection), len(selection.edits))}
    told |= located(selection.layer, selection.direction)
    told |= {"threshold": back.threshold} if back.threshold else {}
    told |= told_of_outputs(selection)
    told |= {"initial": initial} if (initial := initial_in_words(selection)) else {}
    told |= {"unknown": list(unknown)} if (unknown := unknown_steps(fixed)) else {}
    return told | {"t": begin["t"]} | ({} if begin["unit"] is None else {"unit": begin["unit"]})


def _edits(selection: Selection) -> list[Edit]:
    """Those of parameters; those of the input stand in its lines."""
    return [edit for edit in selection.edits if edit.name != "x"]
