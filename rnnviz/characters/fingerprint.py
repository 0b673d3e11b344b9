"""A network's numbers in a word, by which what was made of them is known."""

import hashlib

import numpy as np

from rnnviz.characters.network import CharacterModel


def fingerprint(model: CharacterModel) -> str:
    """The numbers and the alphabet of a network in 16 hexadecimal digits."""
    digest = hashlib.sha256(f"{model.spec.cell} {model.alphabet!r}".encode())
    for name, tensor in sorted(model.network.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        digest.update(np.ascontiguousarray(tensor.numpy()).tobytes())
    return digest.hexdigest()[:16]
