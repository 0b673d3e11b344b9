"""The script behind the network of the home page."""

from rnnviz.pictures.reader import LOWER
from rnnviz.ui.codegen.networks import captured, outputs_lines, set_up
from rnnviz.ui.codegen.source import Raw, literal, script, set_to
from rnnviz.ui.pages.home.reading import Request, as_selection, names_of, reading, unknown

_EACH_BEGINNING = """\
# What the network would output if the text ended at each word.
said = []
for end in range(1, len(tokens) + 1):
    part = x[:end].numpy()
    said += answers.answers(known, logits[:end], tokens[:end], part)[-1:]"""

_TURNED = """\
# The same text with the other first word.
other = words_of(pictures.turned_text(text))
x_other = torch.from_numpy(known.vectors(other))
states, *_ = rnn(x_other[None])
outputs = head(states[0]).numpy()
last = answers.answers(known, outputs, other, x_other.numpy())[-1]
apart = (states - output)[0].norm(dim=1).tolist()
first = other[0].lower()
turned = pictures.Turned(first, last, (apart[0], apart[-1]))
"""


def script_of(now: Request, t: int) -> str:
    """The script of the network on the text: its outputs as a table, and the picture of its states and gate.

    Args:
        t: The selected step.
    """
    plain, found = as_selection(Request(now.text, now.cell, name=now.name)), reading(now)
    units, is_of_words = plain.model.hidden_size, now.name == "first-word"
    lower = (
        f"with torch.no_grad():\n    rnn.bias_ih_l0[{units}:{2 * units}] -= {LOWER}  # the bias of the forget gate\n"
        if now.lowered
        else ""
    )
    lines = outputs_lines(plain)
    named = {
        **({"turned": Raw("turned")} if found.turned else {}),
        **({"unknown": strange} if (strange := unknown(now, found.tokens)) else {}),
        **({"lowered": True} if now.lowered else {}),
    }
    what = (Raw("text"), Raw("tokens"), now.cell, Raw("signals"), Raw("said"))
    return script(
        set_up(plain, head=True),
        lower,
        captured(plain),
        "\n" + (f"{lines.partition(chr(10))[0]}\n{_EACH_BEGINNING}" if is_of_words else lines),
        'columns = {"input": tokens, "output": [one.output for one in said]}',
        "print(pd.DataFrame(columns).to_string())",
        _TURNED if found.turned else "",
        f"signals = {{name: trace.panel(name) for name in {literal(names_of(now.cell))}}}  # (time, unit)\n",
        set_to("drawn", "pictures.reader", *what, task=now.name, **named, t=t),
        "rnnviz.show(drawn).show()",
    )
