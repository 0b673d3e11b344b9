"""The numbers that are saved of the words of the page "Gradients"."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from rnnviz.ui.pages.gradients.lines import OWN, edits_of
from rnnviz.ui.selection import Selection, initial, inputs, network, without_viewpoint
from rnnviz.ui.shell import networks

if TYPE_CHECKING:
    from rnnviz.reach import Of


def word_norms(selection: Selection, of: "Of", block: tuple[int, int]) -> pd.DataFrame:
    """The norm of the gradient of each output step of a block by every input.

    Args:
        block: The first output step, and the one after the last.

    Returns:
        A row an input step, a column an output step.
    """
    from rnnviz.reach import loss_rows

    fixed = replace(without_viewpoint(selection), layer=selection.layer, direction=selection.direction)
    edits = edits_of(fixed, OWN)
    norms = loss_rows(network(fixed), inputs(fixed), range(*block), by="x", of=of, edits=edits, hx=initial(fixed))
    columns = {f"norm of dL[{k}]/dx": row for k, row in zip(range(*block), norms, strict=True)}
    return pd.DataFrame({"input": networks.recording(without_viewpoint(selection)).tokens, **columns}).rename_axis("t")
