"""The code behind the pages of steps and of hidden states."""

from rnnviz.names import Cell
from rnnviz.ui.behind.networks import input_lines, located, told, traced
from rnnviz.ui.behind.source import Raw, script, set_to
from rnnviz.ui.selection import Selection

_STEPS: dict[Cell, tuple[str, ...]] = {
    "rnn": ("a = {ih} + {hh}", "h = {squash}"),
    "lstm": (
        "a = {ih} + {hh}",
        "i, f, g, o = np.split(a, 4)",
        "i, f, g, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), np.tanh(g), 1 / (1 + np.exp(-o))",
        "c = f * at.c_prev[t] + i * g",
        "h = o * np.tanh(c)",
    ),
    "gru": (
        "(a_r, a_z, a_n), (b_r, b_z, b_n) = np.split({ih}, 3), np.split({hh}, 3)",
        "r, z = 1 / (1 + np.exp(-(a_r + b_r))), 1 / (1 + np.exp(-(a_z + b_z)))",
        "n = np.tanh(a_n + r * b_n)",
        "h = (1 - z) * n + z * at.h_prev[t]",
    ),
}
"""One step of each cell in the lecture's order, in numpy."""


def step_through(selection: Selection) -> str:
    """The script of the stepper: a step by hand, compared with torch, and every signal as a table.

    Parameters
    ----------
    selection : Selection
        Its layer, direction and step are those on show.

    Returns
    -------
    str
    """
    model, where = selection.model, located(selection.layer, selection.direction)
    bias = [" + at.weights[\"bias_ih\"]", " + at.weights[\"bias_hh\"]"] if model.bias else ["", ""]
    products = {
        "ih": f'at.weights["weight_ih"] @ at.inputs[t]{bias[0]}',
        "hh": f'at.weights["weight_hh"] @ at.h_prev[t]{bias[1]}',
        "squash": "np.maximum(a, 0)" if model.nonlinearity == "relu" else "np.tanh(a)",
    }
    return script(
        traced(selection),
        *(["print(head(output))  # the read-out at every step"] if model.output_size else []),
        f"t = {selection.t}",
        set_to("at", "walk", Raw("rnn"), Raw("x"), Raw("trace"), **where),
        *(line.format(**products) for line in _STEPS[model.cell]),
        f"print(h, {_call_panel(selection)}[t])  # by hand, and as captured",
        set_to("fig", "figures.signal_heatmap", Raw("trace"), "h", **told(selection)),
        "fig.show()",
    )


def _call_panel(selection: Selection) -> str:
    where = "".join(f", {name}={value!r}" for name, value in located(selection.layer, selection.direction).items())
    return f"trace.panel(\"h\"{where})".replace("'", '"')


def figure(name: str, inputs: tuple[Selection, ...], signal: str, t: int) -> str:
    """The script of a figure of one network on one or two inputs.

    Parameters
    ----------
    name : {"path", "together"}
    inputs : tuple of Selection
        As from ``state_figures.seen``.
    signal : {"h", "c"}
    t : int

    Returns
    -------
    str
    """
    draw = {"path": "figures.state_trajectory", "together": "figures.word_unit_clusters"}[name]
    traces, second = "trace", ""
    if len(inputs) > 1:
        traces = "[trace, other]"
        second = f"{input_lines(inputs[1])}\nother = rnnviz.capture(rnn, x[None], tokens=[tokens])"
    drawn = set_to("fig", draw, Raw(traces), signal, t=t, **told(inputs[0]))
    return script(traced(inputs[0]), second, drawn, "fig.show()")
