"""The state that another text leaves, from which a network from a file goes on."""

import numpy as np

from rnnviz import checkpoints
from rnnviz.caching import cached
from rnnviz.spec import Edit


@cached(32)
def state_after(name: str, stamp: object, edits: tuple[Edit, ...], text: str) -> tuple[np.ndarray, ...]:  # noqa: ARG001 - the stamp is part of the key
    """As ``own.state_after`` gives it; ``name`` is the checkpoint's."""
    from rnnviz import own

    return own.state_after(checkpoints.load(name), text, edits)
