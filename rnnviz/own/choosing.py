"""What may be said of a network in a file: the likeliest choice of what belongs to it, and other ones."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from rnnviz.checkpoints import Splits
from rnnviz.names import Nonlinearity, Pooling, Reset
from rnnviz.own import unaccounted
from rnnviz.own.parts import Part, is_recurrent, parts
from rnnviz.own.proposals import likely_embeddings, likely_heads, no_embeddings, no_heads
from rnnviz.own.stacks import Tensors, without
from rnnviz.own.vocabulary import Vocabulary, numbered

MOST_OUTPUTS: Final = 256
"""The most rows of an output layer that is drawn; of a larger one the likeliest output is shown."""


_DECODERS: Final = re.compile(r"(?:^|[._])(?:dec(?:oder)?|tgt|trg|target|generator|answerer)", re.IGNORECASE)
"""How a module is called that goes on where another has ended."""


@dataclass(frozen=True)
class Choice:
    """What the owner of a network says of it.

    Attributes:
        part: The recurrent module.
        embedding, head: The names of the matrices that it reads and that read it; empty for none.
        vocabulary: Of the embedding's rows, or of one-hot inputs; None for a network that reads numbers.
        splits: What a text is split into.
        nonlinearity: Of a plain RNN, which a state dict does not have.
        classes: The names of the outputs; none if they are not known, or the output is a number. One logit is of two
            classes: two names, or that of the second alone.
        pooling: What the output layer is given of the steps of a text, which a state dict does not have: ``ends``, the
            state that each direction ends with, as in ``h_n``; ``last``, the output at the last step, where the reverse
            direction has read one token; ``mean`` or ``max`` of the outputs over the steps.
        reset: Of a GRU, as ``ModelSpec.reset`` has it; a state dict does not have it.
        unused: The names of tensors on which h does not depend, though it might by their names and shapes.
        start: The names of the tensors of the states that the network begins with, of h and then of an LSTM's c; an
            empty name is of zeros. Empty if it begins with zeros.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> shapes = {"rnn.weight_ih_l0": (12, 3), "rnn.weight_hh_l0": (12, 3), "out.weight": (2, 3)}
    >>> tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    >>> choice = own.Choice(own.parts(tensors)[0], head="out.weight", vocabulary=own.of_tokens(("a", "b", "c")))
    >>> known = own.checkpoint("mine", tensors, choice)
    >>> known.name, known.model.output_size, known.is_one_hot
    ('mine-lstm', 2, True)
    """

    part: Part
    embedding: str = ""
    head: str = ""
    vocabulary: Vocabulary | None = None
    splits: Splits | None = None
    nonlinearity: Nonlinearity = "tanh"
    classes: tuple[str, ...] = ()
    pooling: Pooling = "ends"
    reset: Reset = "after"
    unused: tuple[str, ...] = ()
    start: tuple[str, ...] = ()


def proposed(part: Part, tensors: Mapping[str, np.ndarray], vocabulary: Vocabulary | None) -> Choice:
    """The likeliest choice for a part: an embedding and a head that nothing in the file speaks against."""
    tokens = None if vocabulary is None else len(vocabulary.tokens)
    embedding = _first(part.embeddings, likely_embeddings(part, tensors, tokens), no_embeddings(part, tensors, tokens))
    head = _first(part.heads, likely_heads(part, tensors), no_heads(part, tensors))
    known = Choice(part, nonlinearity=part.model.nonlinearity, reset=part.model.reset)
    known = replace(known, start=tensors.starts.get(part.name, ()) if isinstance(tensors, Tensors) else ())
    return with_embedding(with_head(known, head, tensors), embedding, tensors, vocabulary)


def _first(names: Sequence[str], likely: Sequence[str], refused: Sequence[tuple[str, str]]) -> str:
    """The first of some names that is likely and not refused; empty if there is none."""
    reasons = dict(refused)
    return next((name for name in names if name in likely and name not in reasons), "")


def with_head(choice: Choice, head: str, tensors: Mapping[str, np.ndarray]) -> Choice:
    """The same choice with another output layer, which gets of the steps what the file says of it; else the ends."""
    return replace(choice, head=head, pooling=pooling_in(tensors, choice.part, head))


def pooling_in(tensors: Mapping[str, np.ndarray], part: Part, head: str) -> Pooling:
    """What a file says that an output layer gets of the steps; ``ends`` if it says nothing.

    In one direction the last step is the end of it, and is called that.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> shapes = {"rnn.weight_ih_l0": (12, 3), "rnn.weight_hh_l0": (12, 3), "out.weight": (2, 3)}
    >>> tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    >>> own.pooling_in(tensors, own.parts(tensors)[0], "out.weight")  # a state dict says nothing
    'ends'
    """
    known = tensors.poolings if isinstance(tensors, Tensors) else {}
    found = known.get((part.name, head), "ends")
    return "ends" if found == "last" and not part.model.bidirectional else found


def with_embedding(
    choice: Choice, embedding: str, tensors: Mapping[str, np.ndarray], vocabulary: Vocabulary | None
) -> Choice:
    """The same choice with another embedding; without a vocabulary, its tokens have numbers for names.

    With none the network reads numbers, or one-hot vectors if the vocabulary has a token for each input.
    """
    is_one_hot = vocabulary is not None and len(vocabulary.tokens) == choice.part.model.input_size
    if not embedding and not is_one_hot:
        return replace(choice, embedding="", vocabulary=None, splits=None)
    read = vocabulary or numbered(len(tensors[embedding]))
    return replace(choice, embedding=embedding, vocabulary=read, splits=read.splits if vocabulary else "words")


def doubts(choice: Choice, tensors: Mapping[str, np.ndarray]) -> dict[str, str]:
    """The tensors that h may depend on beside its layer, by their names: why. None where the file says what reads what.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> shapes = {"rnn.weight_ih_l0": (12, 3), "rnn.weight_hh_l0": (12, 3), "first": (1, 3)}
    >>> tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    >>> choice = own.Choice(own.parts(tensors)[0])
    >>> list(own.doubts(choice, tensors))
    ['first']
    >>> own.checkpoint("mine", tensors, own.Choice(choice.part, unused=("first",))).name
    'mine-lstm'
    """
    if isinstance(tensors, Tensors) and tensors.says_readers:
        return {}
    part = choice.part
    around = [proposed(one, tensors, None) for one in parts(tensors) if one.name != part.name]
    read = [name for one in (choice, *around) for name in (one.embedding, one.head)]
    known = {*filter(is_recurrent, tensors), *filter(None, read)}
    is_cell = f"{part.name}.weight_hh".removeprefix(".") in tensors
    begun = dict(_begun(part, one.part, tensors) for one in around if _is_begun(part, one.part))
    return begun | unaccounted.doubts(part.name, part.model, tensors, known, is_cell=is_cell)


def assumed_of(choice: Choice, tensors: Mapping[str, np.ndarray]) -> list[str]:
    """What is taken of a part that no tensor can say, a sentence each without its full stop.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> shapes = {"cell.weight_ih": (12, 3), "cell.weight_hh": (12, 3)}
    >>> tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    >>> own.assumed_of(own.Choice(own.parts(tensors)[0]), tensors)[0][:30]
    'cell is a cell in a loop, whic'
    """
    name = choice.part.name
    if f"{name}.weight_hh".removeprefix(".") not in tensors:
        return []
    called = name or "the cell"
    return [f"{called} is a cell in a loop, which no file has: the order of its gates is taken as torch’s, h as it is"]


def _is_begun(part: Part, other: Part) -> bool:
    """Whether a part is called like a decoder and may take the state of another."""
    is_decoder = _DECODERS.search(part.name) is not None and _DECODERS.search(other.name) is None
    widths = {other.model.hidden_size, other.width, other.width * other.model.num_layers}
    return is_decoder and part.model.hidden_size in widths


def _begun(part: Part, other: Part, tensors: Mapping[str, np.ndarray]) -> tuple[str, str]:
    name = next(name for name in tensors if name.startswith(f"{other.name}.weight_hh"))
    return name, f"{part.name} may begin with the state of {other.name}, and every page begins with a state of 0"


def chosen_of(
    tensors: Mapping[str, np.ndarray], vocabulary: Vocabulary | None, *, part: str | None = None, **chosen: Any
) -> Choice:
    """The likeliest choice, but for what is given."""
    named = {one.name: one for one in parts(tensors)}
    if part is not None and part not in named:
        raise ValueError(f"part must be one of {', '.join(map(repr, named))}; got {part!r}")
    rest = without(tensors, chosen.get("start", ()))
    proposal = proposed(next(iter(named.values())) if part is None else named[part], rest, vocabulary)
    for name, fitting in (("embedding", proposal.part.embeddings), ("head", proposal.part.heads)):
        if (wanted := chosen.get(name)) and wanted not in fitting:
            raise ValueError(f"{name} must be one of {', '.join(fitting) or 'no tensor of this file'}; got {wanted!r}")
    if "head" in chosen:
        proposal = with_head(proposal, chosen["head"], tensors)
    if "embedding" in chosen:
        proposal = with_embedding(proposal, chosen["embedding"], tensors, vocabulary)
    return replace(proposal, **chosen)
