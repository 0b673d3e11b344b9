"""The code behind the page "Step through"."""

from rnnviz.names import Cell
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.networks import located, told, traced
from rnnviz.ui.codegen.source import Raw, call, script, set_to
from rnnviz.ui.selection import Selection

_STEPS: dict[Cell, tuple[str, ...]] = {
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
"""One step of each cell in the lecture's order, from the parts of the input and of the state before."""


def step_through(selection: Selection) -> str:
    """The script of the stepper: the selected step by hand, compared with torch, and all steps as a picture."""
    model, where = selection.model, located(selection.layer, selection.direction)
    with_bias = [f' + at.weights["bias_{side}"]' if model.bias else "" for side in ("ih", "hh")]
    steps = _STEPS[model.cell]
    if model.cell == "rnn" and model.nonlinearity == "relu":
        steps = ("h = np.maximum(a_ih + a_hh, 0)",)
    return script(
        traced(selection, head=True),
        f"t = {selection.t}",
        set_to("at", "walk", Raw("rnn"), Raw("x"), Raw("trace"), **where),
        f'a_ih = at.weights["weight_ih"] @ at.inputs[t]{with_bias[0]}',
        f'a_hh = at.weights["weight_hh"] @ at.h_prev[t]{with_bias[1]}',
        *steps,
        "print(h)  # by hand, and as captured",
        f"print({call('trace.panel', 'h', **where)}[t])",
        *(["print(head(output)[0, t])  # the read-out"] if model.output_size else []),
        "",
        Drawing("signal_heatmap", Raw("trace"), "h", **told(selection)).line(),
        "fig.show()",
    )
