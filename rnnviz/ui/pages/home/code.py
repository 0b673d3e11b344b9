"""The script behind the network of the home page."""

from rnnviz import checkpoints
from rnnviz.answers import classes_of
from rnnviz.ui.codegen.networks import captured, set_up
from rnnviz.ui.codegen.source import literal, script
from rnnviz.ui.pages.home.reading import LOWER, Request, as_selection, names_of


def reading(now: Request) -> str:
    """The script of the network on the text: its outputs as a table, and its states and gate."""
    plain = as_selection(Request(now.text, now.cell, name=now.name))
    units = plain.model.hidden_size
    classes = classes_of(checkpoints.load(f"{now.story.family}-{now.cell}"))
    lower = (
        f"with torch.no_grad():\n    rnn.bias_ih_l0[{units}:{2 * units}] -= {LOWER}  # the bias of the forget gate\n"
        if now.lowered
        else ""
    )
    return script(
        set_up(plain, head=True),
        lower,
        captured(plain),
        "\np, place = head(output[0]).softmax(dim=1).max(dim=1)",
        f"classes = {literal(list(classes))}",
        'columns = {"input": tokens, "output": [classes[k] for k in place.tolist()], "p": p.tolist()}',
        "print(pd.DataFrame(columns).to_string())",
        *(f'print(trace.panel("{signal}"))  # (time, unit)' for signal in names_of(now.cell)),
    )
