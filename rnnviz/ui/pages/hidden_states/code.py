"""The code behind the page "Hidden states"."""

from rnnviz.ui.codegen.networks import input_lines, told, traced
from rnnviz.ui.codegen.source import Raw, script, set_to
from rnnviz.ui.selection import Selection


def figure(name: str, inputs: tuple[Selection, ...], signal: str, t: int) -> str:
    """The script of a figure of one network on one or two inputs.

    Args:
        name: One of "path", "together".
        inputs: As from ``figures.seen``.
        signal: One of "h", "c".
    """
    draw = {"path": "figures.state_trajectory", "together": "figures.word_unit_clusters"}[name]
    traces, second = "trace", ""
    if len(inputs) > 1:
        traces = "[trace, other]"
        second = f"{input_lines(inputs[1])}\nother = rnnviz.capture(rnn, x[None], tokens=[tokens])"
    drawn = set_to("fig", draw, Raw(traces), signal, t=t, **told(inputs[0]))
    return script(traced(inputs[0]), second, drawn, "fig.show()")
