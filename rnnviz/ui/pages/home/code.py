"""The script behind the network that counts brackets."""

from rnnviz.pictures.brackets import LOWER
from rnnviz.ui.codegen.networks import captured, outputs_lines, set_up
from rnnviz.ui.codegen.source import Raw, literal, script, set_to
from rnnviz.ui.pages.home.reading import Request, as_selection, names_of


def brackets(now: Request, t: int) -> str:
    """The script of the network on the text: its outputs as a table, and the picture of its states and gate.

    Args:
        t: The selected step.
    """
    plain = as_selection(Request(now.text, now.cell))
    units = plain.model.hidden_size
    lower = (
        f"with torch.no_grad():\n    rnn.bias_ih_l0[{units}:{2 * units}] -= {LOWER}  # the bias of the forget gate\n"
        if now.lowered
        else ""
    )
    lowered = {"lowered": True} if now.lowered else {}
    return script(
        set_up(plain, head=True),
        lower,
        captured(plain),
        f"\n{outputs_lines(plain)}",
        'columns = {"input": tokens, "depth": [one.output for one in said]}',
        "print(pd.DataFrame(columns).to_string())",
        f"signals = {{name: trace.panel(name) for name in {literal(names_of(now.cell))}}}  # (time, unit)\n",
        set_to("drawn", "pictures.brackets", Raw("text"), now.cell, Raw("signals"), Raw("said"), **lowered, t=t),
        "rnnviz.show(drawn).show()",
    )
