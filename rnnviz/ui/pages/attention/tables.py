"""The numbers that are saved of the widgets of the page "Attention"."""

from typing import TYPE_CHECKING

import pandas as pd

from rnnviz.ui.widgets import widget_files

if TYPE_CHECKING:
    from rnnviz.attention import Decoding
    from rnnviz.sentiment.faithfulness import Sizes


def decoding(found: "Decoding") -> pd.DataFrame:
    """The output at every step, the weight of every place of the source, and the probability of each symbol."""
    values = {"p": found.probabilities} | ({"weight": found.weights} if found.weights is not None else {})
    named = {f"p[{k}]": f"p({symbol})" for k, symbol in enumerate(found.symbols)}
    named |= {f"weight[{k}]": f"weight of {k} {token}" for k, token in enumerate(found.source)}
    return widget_files.by_step({"output": found.output}, values).rename(columns=named)


def weighed(found: "Sizes") -> pd.DataFrame:
    """How much each word of a review counts, by each measure; a row a word."""
    from rnnviz.sentiment.faithfulness import WAYS

    ways = dict(zip(WAYS, found.values, strict=True))
    return pd.DataFrame({"input": found.tokens, **ways}).rename_axis("t")
