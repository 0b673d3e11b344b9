"""The code behind the page of attention."""

from typing import TYPE_CHECKING, Any

from rnnviz.ui.codegen.source import literal, script, set_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rnnviz.ui.codegen.drawing import Drawing
    from rnnviz.ui.pages.attention.translation import Request


def decoding(now: "Request", used: "Mapping[str, Any]", step: int) -> str:
    """The script of a translation: the output, the arithmetic of one look, and all looks as the widget shows them.

    Args:
        used: The changes by hand, as ``translation.used`` has them.
        step: The selected step.
    """
    changed = {name: dict(each) for name, each in used.items() if each}
    lines = [
        f"model = attention.load({literal(now.network)})",
        set_to("found", "model.decode", now.source, **changed),
        'print("".join(found.source), "→", found.text)',
    ]
    if now.score != "none":
        lines += [
            f"at = model.arithmetic(found, {f'min({step}, len(found.output) - 1)' if step else 0})  # of one step",
            "for part in (at.scores, at.softmax, at.context):  # and the weighted sum",
            "    print(part)",
        ]
    return script(*lines, "rnnviz.show(model, found).show()  # every step of it")


def accuracy(names: "Mapping[str, str]", drawing: "Drawing") -> str:
    """The script of accuracy by length or by form; ``names`` are the networks' labels by score."""
    networks = [
        "networks = []",
        "for score, name in names.items():",
        "    rows = sorted(by_form()[score], key=lambda row: not row.learned)",
        "    forms = tuple(dict.fromkeys(row.form for row in rows))",
        "    same = [[row for row in rows if row.form == form] for form in forms]",
        "    right = [sum(one.accuracy * one.count for one in some) for some in same]",
        "    counts = [sum(one.count for one in some) for some in same]",
        "    networks.append(Accuracy(name, forms, np.array(right) / counts))",
    ]
    if drawing.function == "length_accuracy":
        networks = [
            "found = by_length()",
            "networks = [",
            "    Accuracy(name, tuple(one.lengths.tolist()), one.accuracy)",
            "    for name, one in ((name, found[score]) for score, name in names.items())",
            "]",
        ]
    return script(f"names = {literal(names)}", *networks, drawing.shown())
