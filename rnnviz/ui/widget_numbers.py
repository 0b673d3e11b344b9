"""The numbers behind the widgets that colour words, characters and places, as tables; none is rounded."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rnnviz.ui import match_payload, networks
from rnnviz.ui.selection import Selection, inputs, network, network_of

if TYPE_CHECKING:
    from rnnviz.cliff import Descent
    from rnnviz.reach import Of
    from rnnviz.sentiment.honesty import Sizes
    from rnnviz.sequences.batching import Batch
    from rnnviz.ui import neuron_payload


def colored(asked: "neuron_payload.Asked") -> pd.DataFrame:
    """A text with every unit of the signal, and with what the units are compared with.

    Returns:
        A row a character.
    """
    from rnnviz.characters.properties import properties
    from rnnviz.ui.character_networks import subject_of

    alphabet = networks.character_model(asked.network).alphabet
    read = alphabet.decode(alphabet.encode(asked.text))
    subject: Any = subject_of(asked.network)
    told = {one.label: one.values for one in properties(read, subject)}
    return _by_character(read, _units(asked), told)


def phrase(asked: "match_payload.Asked", pattern: "match_payload.Pattern") -> pd.DataFrame:
    """A text with the units that are on throughout a phrase of it.

    Returns:
        A row a character: whether it is of the phrase, and the units, none where none is on throughout.
    """
    alphabet = networks.character_model(asked.network).alphabet
    read = alphabet.decode(alphabet.encode(asked.text))
    t = np.arange(len(read))
    selected = ((pattern.begin <= t) & (t < pattern.end)).astype(int)
    units = [f"{asked.signal}[{k}]" for k in match_payload.units_of(asked, pattern).on]
    return _by_character(read, _units(asked)[units], {"in the phrase": selected})


def judged(name: str, text: str) -> pd.DataFrame:
    """The probability of praise after each word of a review, and by each direction alone.

    Args:
        name: Of the network.

    Returns:
        A row a word.
    """
    from rnnviz.sentiment.streams import alone
    from rnnviz.ui.review_answers import NAMES, WORDS

    model = networks.sentiment_model(name)
    reading = model.read(text, WORDS)
    lines = {"running": model.running(text, WORDS)}
    halves = {str(direction): row for direction, row in alone(model, text, WORDS).items()} if reading.ids else {}
    if len(halves) > 1:
        lines |= halves
    known = [int(number != 0) for number in reading.ids]
    columns = {f"P(praise) {NAMES[key]}": row for key, row in lines.items()}
    return pd.DataFrame({"read": reading.tokens, "known": known, **columns}).rename_axis("t")


def word_norms(selection: Selection, of: "Of", block: tuple[int, int]) -> pd.DataFrame:
    """The norm of the gradient of each output step of a block by every input.

    Args:
        block: The first output step, and the one after the last.

    Returns:
        A row an input step, a column an output step.
    """
    from rnnviz.reach import loss_rows
    from rnnviz.ui.gradient_lines import OWN, edits_of

    fixed = replace(network_of(selection), layer=selection.layer, direction=selection.direction)
    edits = edits_of(fixed, OWN)
    norms = loss_rows(network(fixed), inputs(fixed), range(*block), by="x", of=of, edits=edits)
    columns = {f"norm of dL[{k}]/dx": row for k, row in zip(range(*block), norms, strict=True)}
    return pd.DataFrame({"read": networks.recording(network_of(selection)).tokens, **columns}).rename_axis("t")


def weighed(found: "Sizes") -> pd.DataFrame:
    """How much each word of a review counts, by each way of asking; a row a word."""
    from rnnviz.sentiment.honesty import WAYS

    ways = dict(zip(WAYS, found.values, strict=True))
    return pd.DataFrame({"read": found.tokens, **ways}).rename_axis("t")


def padded(batch: "Batch") -> pd.DataFrame:
    """Every place of a padded batch: a row a sentence and step, with its number and whether it is a token."""
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


def descents(unclipped: "Descent", clipped: "Descent") -> pd.DataFrame:
    """Both descents on the surface, a row a step: what stood before it was taken, in float64."""
    columns = ("w", "b", "error", "grad_w", "grad_b", "grad_norm", "clipped_norm", "update_norm")
    arms = {"unclipped": unclipped, "clipped": clipped}
    return pd.DataFrame(
        {f"{arm} {name}": getattr(found, name) for arm, found in arms.items() for name in columns}
    ).rename_axis("step")


def _units(asked: "neuron_payload.Asked | match_payload.Asked") -> pd.DataFrame:
    """Every unit of a signal, a column each."""
    values = networks.character_trace(asked.network, asked.text).panel(asked.signal)  # (time, unit)
    return pd.DataFrame(values, columns=[f"{asked.signal}[{k}]" for k in range(values.shape[1])])


def _by_character(read: str, units: pd.DataFrame, told: dict[str, np.ndarray]) -> pd.DataFrame:
    """A row a character."""
    told_here = pd.DataFrame({"read": list(read), **told})
    return pd.concat([told_here, units], axis=1).rename_axis("t")
