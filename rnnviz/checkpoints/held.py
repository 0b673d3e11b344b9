"""Networks that visitors have opened from files of their own: in memory alone, each as long as its visit holds it."""

from typing import Final
from weakref import WeakValueDictionary

from rnnviz.checkpoints.bounds import bounds
from rnnviz.checkpoints.checkpoint import Checkpoint

FAMILY: Final = "own-"
"""What their families begin with; no network that ships or is trained here is called so."""

DIGITS: Final = 32
"""How many digits of a file's digest its network's name has; nobody guesses them."""

MOST_BYTES: Final = 512 * 2**20
"""The most bytes of all their weights in one process."""

_held: Final = WeakValueDictionary[str, Checkpoint]()


def hold(checkpoint: Checkpoint) -> Checkpoint:
    """Let ``checkpoints.load`` find a network by its name for as long as the caller keeps what this returns.

    A network of the same name that is held already is returned in its place: its name is made of its content.

    Raises:
        ValueError: If the networks that are held leave no room for it.
    """
    if (known := _held.get(checkpoint.name)) is not None:
        return known
    taken, wanted = sum(map(_size, list(_held.values()))), _size(checkpoint)
    most = max(MOST_BYTES, bounds().bytes)
    if taken + wanted > most:
        raise ValueError(
            f"the networks that visitors have open must have at most {most // 2**20} MB together; "
            f"got {wanted / 2**20:.0f} MB beside {taken / 2**20:.0f} MB. Try again when another visitor has left"
        )
    _held[checkpoint.name] = checkpoint
    return checkpoint


def held(name: str) -> Checkpoint | None:
    """The network of that name, if some visit holds it."""
    return _held.get(name)


def is_same_file(family: str, other: str) -> bool:
    """Whether two networks are of the same file, perhaps with other choices.

    >>> from rnnviz.checkpoints import held
    >>> held.is_same_file("own-0a1b2c3d-11111111", "own-0a1b2c3d-22222222")
    True
    """
    return family.startswith(FAMILY) and _digest(family) == _digest(other)


def _digest(family: str) -> str:
    return family.removeprefix(FAMILY).rpartition("-")[0]


def not_open(family: str) -> str:
    """That a link names a network of a file, and of which one, for whoever has that file."""
    return (
        "This link shows a network from a file. Open the file on the page “Your network”, with the vocabulary and the "
        "choices that it was opened with; then the view of the link is shown. The SHA-256 digest of the file begins "
        f"with {_digest(family)}."
    )


def _size(checkpoint: Checkpoint) -> int:
    letters = len(checkpoint.tokenizer.content) if checkpoint.tokenizer else 0
    return letters + sum(weight.nbytes for weight in checkpoint.weights.values())
