"""The numbers that are saved of the widgets of the page "Characters"."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rnnviz.ui.pages.characters import match_payload
from rnnviz.ui.shell import networks

if TYPE_CHECKING:
    from rnnviz.characters.generating import Writing
    from rnnviz.ui.pages.characters import neuron_payload


def writing(found: "Writing") -> pd.DataFrame:
    """Each character, the one after it, how likely that was, and how unsure the network is."""
    steps = np.arange(len(found.logits))
    return pd.DataFrame(
        {
            "input": list(found.text[: len(steps)]),
            "next": list(found.text[1 : len(steps) + 1]),
            "p(next)": found.probabilities[steps, found.ids[1:]],
            "bits": found.bits,
            "entropy (bits)": found.entropies,
        }
    ).rename_axis("t")


def colored(request: "neuron_payload.Request") -> pd.DataFrame:
    """A text with every unit of the signal, and with what the units are compared with: a row a character."""
    from rnnviz.characters.properties import properties
    from rnnviz.ui.widgets.character_networks import subject_of

    alphabet = networks.character_model(request.network).alphabet
    read = alphabet.decode(alphabet.encode(request.text))
    subject: Any = subject_of(request.network)
    told = {one.label: one.values for one in properties(read, subject)}
    return _by_character(read, _units(request), told)


def phrase(request: "match_payload.Request", pattern: "match_payload.Pattern") -> pd.DataFrame:
    """A text with the units that are on throughout a phrase of it.

    Returns:
        A row a character: whether it is of the phrase, and the units, none if none is on throughout.
    """
    alphabet = networks.character_model(request.network).alphabet
    read = alphabet.decode(alphabet.encode(request.text))
    t = np.arange(len(read))
    selected = ((pattern.begin <= t) & (t < pattern.end)).astype(int)
    units = [f"{request.signal}[{k}]" for k in match_payload.units_of(request, pattern).on]
    return _by_character(read, _units(request)[units], {"in the phrase": selected})


def _units(request: "neuron_payload.Request | match_payload.Request") -> pd.DataFrame:
    """Every unit of a signal, a column each."""
    values = networks.character_trace(request.network, request.text).panel(request.signal)  # (time, unit)
    return pd.DataFrame(values, columns=[f"{request.signal}[{k}]" for k in range(values.shape[1])])


def _by_character(read: str, units: pd.DataFrame, told: dict[str, np.ndarray]) -> pd.DataFrame:
    """A row a character."""
    told_here = pd.DataFrame({"input": list(read), **told})
    return pd.concat([told_here, units], axis=1).rename_axis("t")
