"""A text that a network generates or reads: what was expected at each step, and the states."""

from typing import TYPE_CHECKING

import numpy as np

from rnnviz import palette
from rnnviz.names import CELL_LABELS
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.packing import coarse, exact, rounded, whole

if TYPE_CHECKING:
    from rnnviz.characters import CharacterModel
    from rnnviz.characters.generating import Writing


def writing(
    model: "CharacterModel",
    found: "Writing",
    *,
    trained_on: str = "",
    seed: int | None = None,
    t: int | None = None,
) -> Drawn:
    """A text character by character, of ``rnnviz.characters.generate``, or of ``score`` if there is no seed.

    Args:
        trained_on: What the network was trained on, in words.
        seed: With which the text was generated.
        t: The selected step; by default the last.

    Returns:
        A picture. Its probabilities are those that were drawn from; bits and entropies are at temperature 1.

    >>> from rnnviz import characters, pictures
    >>> model = characters.load("python-lstm")
    >>> pictures.writing(model, characters.generate(model, "def ", count=20, temperature=0.5, seed=1), seed=1)
    Drawn(Text generated character by character)
    """
    writes = seed is not None
    states = model.trace(found.text[:-1]).panel("h", layer=model.spec.num_layers - 1)
    steps = np.arange(len(found.logits))
    done = "generated" if writes else "read"
    data = {
        "symbols": model.alphabet.symbols,
        "prompt": found.prompt,
        "writes": writes,
        "temperature": found.temperature,
        "ids": whole(found.ids),
        "likeliest": whole(found.likeliest),
        "likely": exact(np.take_along_axis(found.probabilities, found.likeliest, axis=1)),
        "probabilities": rounded(found.probabilities) if found.temperature else whole(found.probabilities),
        "taken": exact(found.probabilities[steps, found.ids[1:]]),
        "bits": exact(found.bits),
        "entropies": exact(found.entropies),
        "states": coarse(states, 1.0),
        "title": f"A text {done} character by character",
        "caption": caption_of(model, trained_on, found.temperature, seed),
        "token": "alone",
        "start": {"id": "alone", "t": len(steps) - 1 if t is None else t},
        "palette": palette.themes(),
    }
    return Drawn("writing", f"Text {done} character by character", data, is_titled=True)


def caption_of(model: "CharacterModel", trained_on: str, temperature: float = 1.0, seed: int | None = None) -> str:
    """Network, sizes, what it was trained on, and the settings that the text was drawn with, if it was."""
    parts = [
        f"{CELL_LABELS[model.spec.cell]}, {model.spec.hidden_size} units, {len(model.alphabet)} characters",
        f"trained on {trained_on}" if trained_on else "",
        "" if seed is None else f"temperature {temperature:g}, seed {seed}",
    ]
    return " · ".join(filter(None, parts))
