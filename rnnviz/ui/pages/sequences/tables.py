"""The numbers that are saved of the widgets of the page "Sequences"."""

from typing import TYPE_CHECKING

import pandas as pd

from rnnviz.ui.widgets import widget_files

if TYPE_CHECKING:
    from rnnviz.sequences import Unrolled
    from rnnviz.sequences.batching import Batch


def unrolled(found: "Unrolled") -> pd.DataFrame:
    """Input, output and target at every step, the probability of each symbol, and the state."""
    words = {"input": found.inputs, "output": found.outputs, "target": found.targets}
    return widget_files.by_step(words, {"p": found.probabilities, "h": found.h}).rename(
        columns={f"p[{k}]": f"p({symbol})" for k, symbol in enumerate(found.symbols)}
    )


def padded(batch: "Batch") -> pd.DataFrame:
    """Every entry of a padded batch: a row a sentence and step, with its number and whether it is a token."""
    places = [(n, t) for n in range(len(batch.tokens)) for t in range(batch.ids.shape[1])]
    return pd.DataFrame(
        {
            "sentence": [n for n, _ in places],
            "t": [t for _, t in places],
            "token": [batch.tokens[n][t] if batch.mask[n, t] else "" for n, t in places],
            "number": [batch.ids[place] for place in places],
            "mask": [int(batch.mask[place]) for place in places],
            "length": [batch.lengths[n] for n, _ in places],
        }
    )
