"""Networks of characters for tests: small, untrained, told apart by their seed."""

from typing import Final

from rnnviz.characters import Alphabet, CharacterModel
from rnnviz.models import build
from rnnviz.names import Cell
from rnnviz.spec import ModelSpec

SYMBOLS: Final = "\n !\"#'()=?abcdefghijk"


def made_up(cell: Cell = "lstm", units: int = 12, seed: int = 3, name: str = "python-made") -> CharacterModel:
    """An untrained network whose states move much, so that thresholds are reached."""
    alphabet = Alphabet(SYMBOLS)
    spec = ModelSpec(cell, len(alphabet), units, output_size=len(alphabet), seed=seed)
    network = build(spec)
    network.rnn.weight_ih_l0.mul_(6)
    return CharacterModel(name, spec, network, alphabet, {})
