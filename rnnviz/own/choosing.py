"""What may be said of a network in a file: the likeliest choice of what belongs to it, and other ones."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from rnnviz.checkpoints import Splits
from rnnviz.names import Nonlinearity, Pooling, Reset
from rnnviz.own.parts import ANSWERS, READS, Part, is_of, is_recurrent, matrices_of, parts
from rnnviz.own.stacks import Tensors
from rnnviz.own.vocabulary import Vocabulary, numbered

MOST_OUTPUTS: Final = 256
"""The most rows of an output layer that is drawn; of a larger one the likeliest output is shown."""

_EMBEDDINGS: Final = ("emb", "wte", "lookup")


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


def proposed(part: Part, tensors: Mapping[str, np.ndarray], vocabulary: Vocabulary | None) -> Choice:
    """The likeliest choice for a part: the embedding that the vocabulary fits, and a head that is no embedding."""
    embedding = _embedding_for(part, tensors, vocabulary)
    refused = {name for name, _ in no_heads(part, tensors)}
    if not all(_is_read_first(part, name) for name in part.heads):  # otherwise its weights may be tied
        refused |= {name for name in part.heads if _is_read_first(part, name)}
    if embedding and len(tensors[embedding]) > MOST_OUTPUTS:  # a language model with tied weights has it by two names
        refused.add(embedding)
    # A matrix that is both has tied weights; it comes last.
    heads = sorted((name for name in part.heads if name not in refused), key=embedding.__eq__)
    known = Choice(part, nonlinearity=part.model.nonlinearity, reset=part.model.reset)
    choice = with_head(known, heads[0] if heads else "", tensors)
    return with_embedding(choice, embedding, tensors, vocabulary)


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


def no_heads(part: Part, tensors: Mapping[str, np.ndarray]) -> list[tuple[str, str]]:
    """The matrices that fit the part and are not proposed as its output layer, each with the reason.

    Where the file says what reads what, that is a fact. Of a state dict one matrix is proposed, if nothing in the file
    could stand between it and the part, and no other could be meant; its owner may know better.
    """
    called = part.name or "the recurrent layer"
    if isinstance(tensors, Tensors) and tensors.says_readers:
        outputs = {name for module, name in tensors.poolings if module == part.name}
        return [
            (name, f"the file says that {name} is not the output of {called}")
            for name in part.heads if name not in outputs
        ]  # fmt: skip
    matrices = [name for name in part.heads if not _is_read_first(part, name)] or list(part.heads)
    between = _between(part, tensors)
    found = {}
    for name in matrices:
        if reader := _reader(name, part, tensors):
            found[name] = f"{reader} reads {name}, which is a layer in between"
            between = between or (name if reader in matrices else "")
    if between:
        found |= {name: f"{between} may stand between {called} and {name}" for name in matrices if name not in found}
    fitting = [name for name in matrices if name not in found]
    if len({tensors[name].tobytes() for name in fitting}) > 1:
        listed = " and ".join(fitting[:2])
        found |= dict.fromkeys(fitting, f"{listed} both fit {called}, and the file does not say which one reads it")
    return list(found.items())


def _is_read_first(part: Part, name: str) -> bool:
    """Whether a matrix that fits at both ends is called like an embedding."""
    called = name.lower()
    return (
        name in part.embeddings
        and any(word in called for word in READS)
        and not any(word in called for word in ANSWERS)
    )


def _reader(name: str, part: Part, tensors: Mapping[str, np.ndarray]) -> str:
    """Another layer that fits what a matrix gives; empty if there is none."""
    fitting = matrices_of(tensors, len(tensors[name]))
    return next((one for one in fitting if one != name and not _is_read_first(part, one)), "")


def _between(part: Part, tensors: Mapping[str, np.ndarray]) -> str:
    """What else in a file could read the part: a layer that normalises, one with more axes, the next recurrent one."""
    names = list(tensors)
    first = {one.name: min(k for k, name in enumerate(names) if is_of(one, name)) for one in parts(tensors)}
    later = (one for one in parts(tensors) if first[one.name] > first[part.name])
    if above := next((one.name for one in later if one.model.input_size == part.width), ""):
        return above
    return next(
        (
            name for name, tensor in tensors.items() if name.endswith("weight") and not is_recurrent(name)
            and (tensor.shape == (part.width,) or (tensor.ndim > 2 and tensor.shape[1] == part.width))
        ),
        "",
    )  # fmt: skip


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


def chosen_of(
    tensors: Mapping[str, np.ndarray], vocabulary: Vocabulary | None, *, part: str | None = None, **chosen: Any
) -> Choice:
    """The likeliest choice, but for what is given."""
    named = {one.name: one for one in parts(tensors)}
    if part is not None and part not in named:
        raise ValueError(f"part must be one of {', '.join(map(repr, named))}; got {part!r}")
    proposal = proposed(next(iter(named.values())) if part is None else named[part], tensors, vocabulary)
    for name, fitting in (("embedding", proposal.part.embeddings), ("head", proposal.part.heads)):
        if (wanted := chosen.get(name)) and wanted not in fitting:
            raise ValueError(f"{name} must be one of {', '.join(fitting) or 'no tensor of this file'}; got {wanted!r}")
    if "head" in chosen:
        proposal = with_head(proposal, chosen["head"], tensors)
    if "embedding" in chosen:
        proposal = with_embedding(proposal, chosen["embedding"], tensors, vocabulary)
    return replace(proposal, **chosen)


def _embedding_for(part: Part, tensors: Mapping[str, np.ndarray], vocabulary: Vocabulary | None) -> str:
    """The matrix with a row for each token; one that is called so where there is no vocabulary, or none that fits.

    A vocabulary that is too long is refused then, and not read past.
    """
    named = next((name for name in part.embeddings if any(word in name.lower() for word in _EMBEDDINGS)), "")
    if vocabulary is None:
        return named
    rows = len(vocabulary.tokens)
    exact = (name for name in part.embeddings if len(tensors[name]) == rows)
    larger = (name for name in part.embeddings if len(tensors[name]) > rows)
    fits_one_hot = rows == part.model.input_size
    return next(exact, None) or next(larger, None) or ("" if fits_one_hot else named)
