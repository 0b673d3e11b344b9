"""A network out of a file, and the vocabulary that the file may have."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rnnviz.checkpoints import Checkpoint, held
from rnnviz.checkpoints.bounds import bounds, of_the_owner, within
from rnnviz.checkpoints.storing import content_of, reading
from rnnviz.own.checking import Pair, check, checked, read_pair
from rnnviz.own.choosing import Choice, assumed_of, chosen_of
from rnnviz.own.opening import Files, checkpoint, family_of
from rnnviz.own.stacks import Tensors
from rnnviz.own.tensors import read_file
from rnnviz.own.vocabulary import MOST_BYTES as MOST_VOCABULARY
from rnnviz.own.vocabulary import read_vocabulary

_PROPOSED: Final = ("embedding", "head")
PROPOSED: Final = "Embedding and output layer are proposals by names and shapes: no known input was compared."
"""What is said of a network whose file does not say what reads what, if its owner does not say it either."""

_kept: Final = dict[str, Checkpoint]()
"""Those that ``open_file`` has opened, which nobody else may keep."""


def open_file(
    path: str | os.PathLike[str],
    *,
    vocabulary: str | os.PathLike[str] | None = None,
    family: str | None = None,
    pair: str | os.PathLike[str] | Pair | None = None,
    **chosen: Any,
) -> Checkpoint:
    """A network out of a file, as ``rnnviz.build(known.model)`` makes it until this process ends.

    Args:
        vocabulary: The file of its vocabulary.
        family: What it is called, without the cell; by default a name made of the file's digest.
        pair: What the network is known to give for one input, or the ``.npz`` file of it: it is opened only if it does.
        **chosen: As for ``Choice``, with ``part`` as the path of the recurrent module; what is not given is the
            likeliest.

    Raises:
        ValueError: If a file is refused, the choice does not fit it, or the network gives something other than what is
            known: what was expected and what was got.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import torch, rnnviz
    >>> from rnnviz import own
    >>> lstm = torch.nn.LSTM(3, 4)
    >>> with TemporaryDirectory() as folder:
    ...     torch.save(lstm.state_dict(), Path(folder, "mine.pt"))
    ...     known = own.open_file(Path(folder, "mine.pt"))
    >>> torch.equal(rnnviz.build(known.model).rnn.weight_hh_l0, lstm.weight_hh_l0)
    True
    """
    path = Path(path)
    tensors, content = read_file(path)
    with reading("a network's file and its vocabulary"):
        words = None
        if vocabulary is not None:
            words = read_vocabulary(content_of(Path(vocabulary), MOST_VOCABULARY), Path(vocabulary).name)
    choice = chosen_of(tensors, words or tensors.vocabulary, **chosen)
    name = "" if vocabulary is None else Path(vocabulary).name
    known = checkpoint(family or family_of(content, choice), tensors, choice, Files(path.name, name))
    if pair is not None:
        known = checked(known, check(tensors, choice, pair if isinstance(pair, Pair) else _read_pair(Path(pair))))
    elif told := [*_assumed(tensors, choice), *_proposed(tensors, choice, chosen)]:
        known = checked(known, " ".join(told))
    _kept[known.name] = known
    with within(of_the_owner()):
        return held.hold(known)


def _assumed(tensors: Tensors, choice: Choice) -> list[str]:
    return [f"Assumed: {reason}." for reason in (*tensors.assumed, *assumed_of(choice, tensors))]


def _proposed(tensors: Tensors, choice: Choice, chosen: Mapping[str, Any]) -> list[str]:
    is_proposed = any(getattr(choice, name) for name in _PROPOSED if name not in chosen)
    return [PROPOSED] if is_proposed and not tensors.says_readers else []


def _read_pair(path: Path) -> Pair:
    with within(of_the_owner()), reading("a known pair"):
        return read_pair(content_of(path, bounds().bytes))
