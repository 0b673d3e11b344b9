"""The code behind linked heatmaps."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.networks import captured, input_lines, network_lines, told, traced
from rnnviz.ui.codegen.source import Raw, literal, script
from rnnviz.ui.selection import Selection, network, with_cell

if TYPE_CHECKING:
    from rnnviz.ui.widgets.panel_view import Shown


def panels(selection: Selection, shown: "Sequence[Shown]") -> str:
    """The script of linked heatmaps: a figure a signal, of one network or of one a cell."""
    cells = [with_cell(selection, one.cell) for one in shown]
    shared = len(set(cells)) > 1 and not any(one.model.trained for one in cells) and "x" not in _edited(selection)
    blocks = [f"{input_lines(selection)}\n"] if shared else []
    for cell, some in groupby(shown, lambda one: one.cell):
        signals = [one.signal for one in some]
        own = with_cell(selection, cell)
        blocks += [network_lines(network(own), own.edits), captured(own)] if shared else [traced(own)]
        many = len(signals) > 1
        if many:
            blocks.append(f"for signal in {literal(tuple(signals))}:")
        drawing = Drawing("signal_heatmap", Raw("trace"), Raw("signal") if many else signals[0], **told(own))
        indent = "    " * many
        blocks.append("\n".join(f"{indent}{line}" for line in (*drawing.line().split("\n"), "fig.show()")) + "\n")
    return script(*blocks)


def _edited(selection: Selection) -> set[str]:
    """The names of the tensors with numbers that were typed over."""
    return {edit.name for edit in selection.edits}
