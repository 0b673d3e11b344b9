"""What accepts words: a trained network, a module with the inputs of its symbols, a rule, or an automaton."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.answers import classes_of
from rnnviz.automaton import Automaton, check_alphabet, numbers_of, outputs_of_rule
from rnnviz.checkpoints import EMBEDDING, Checkpoint
from rnnviz.models import Network, filled

MOST_SYMBOLS: Final = 8
"""The alphabet of a network with more tokens has to be chosen."""

_AT_ONCE: Final = 2**17
"""Steps that a network makes at once."""


class Accepting(Protocol):
    """What says of words whether it accepts them."""

    @property
    def alphabet(self) -> str:
        """The symbols, each a character."""

    def outputs(self, words: np.ndarray, /) -> np.ndarray:
        """Whether it accepts each beginning of words, bool of the same shape (word, time)."""


@dataclass(frozen=True, eq=False)
class Reader:
    """A network that reads symbols and has an output after each.

    Attributes:
        network: From inputs (batch, time, feature) to logits (batch, time, output).
        inputs: Of shape (symbol, feature). What it is given for each symbol.
        accepted: The numbers of the outputs that accept a word; a single output accepts above 0.
    """

    network: nn.Module
    inputs: Tensor
    accepted: tuple[int, ...]

    def outputs(self, words: np.ndarray) -> np.ndarray:
        """Whether it accepts each beginning of words, bool of the same shape (word, time)."""
        size = max(1, _AT_ONCE // max(1, words.shape[1]))
        with torch.inference_mode():
            parts = [
                self._accepts(self.network(self.read(part))) for part in torch.split(torch.from_numpy(words), size)
            ]
        found: np.ndarray = torch.cat(parts).numpy()
        return found

    def read(self, words: Tensor) -> Tensor:
        """The inputs of words, (word, time, feature)."""
        return self.inputs[words]

    def probabilities(self, logits: Tensor) -> Tensor:
        """That of acceptance, of the shape of the logits without their last axis."""
        if logits.shape[-1] == 1:
            return torch.sigmoid(logits[..., 0])
        return torch.softmax(logits.double(), -1)[..., list(self.accepted)].sum(-1)

    def _accepts(self, logits: Tensor) -> Tensor:
        if not bool(torch.isfinite(logits).all()):
            raise ValueError("the outputs of the network must be finite numbers; got others")
        if logits.shape[-1] == 1:
            return logits[..., 0] > 0
        return torch.isin(logits.argmax(-1), torch.tensor(self.accepted))

    def accepts(self, h: Tensor) -> Tensor:
        """Whether the output layer of a network of ``rnnviz.build`` accepts at the states h, (…, unit)."""
        head = self.network.head if isinstance(self.network, Network) else None
        if head is None:
            raise ValueError("the network must be one of rnnviz.build with an output layer; got another")
        return self._accepts(head(h))


@dataclass(frozen=True, eq=False)
class Acceptor:
    """Something that accepts words, by a function of many words of one length.

    Attributes:
        alphabet: The symbols, each a character.
        outputs: From the numbers of symbols, int64 of shape (word, time), to bool of the same shape: whether the word
            up to there is accepted.
        reader: The network behind it; None where there is none.

    >>> from rnnviz.automata import acceptor
    >>> import numpy as np
    >>> acceptor(lambda word: word.count("1") > 1, "01").outputs(np.array([[1, 0, 1]])).tolist()
    [[False, False, True]]
    """

    alphabet: str
    outputs: Callable[[np.ndarray], np.ndarray]
    reader: Reader | None = None


@dataclass(frozen=True, eq=False)
class Reading:
    """A network on one word, symbol by symbol.

    Attributes:
        probabilities: Of shape (time,). That of acceptance after each symbol, the softmax of the logits.
        accepted: bool of shape (time,).
        h: Of shape (time, unit). The top layer's.

    >>> from rnnviz import automata, checkpoints
    >>> found = automata.reading(checkpoints.load("tomita-1-gru"), "1101")
    >>> found.accepted.tolist()
    [True, True, False, False]
    """

    word: str
    probabilities: np.ndarray
    accepted: np.ndarray
    h: np.ndarray


Source = Checkpoint | nn.Module | Acceptor | Automaton | Callable[[str], bool]
"""What ``acceptor`` takes."""


def acceptor(
    source: Source,
    alphabet: str | None = None,
    *,
    accept: str | int | Sequence[str] | None = None,
    inputs: object = None,
) -> Acceptor:
    """What accepts words, as one kind of thing: a function of many words at once.

    Args:
        source: A trained network that reads tokens; a module from inputs (batch, time, feature) to logits
            (batch, time, output); a rule for single words; an automaton; or an ``Acceptor``.
        alphabet: The symbols, each a character. Of a trained network, tokens of its vocabulary; by default all of them,
            where they are at most eight.
        accept: The class of a trained network that accepts a word, or several; the number of an output of a module. By
            default the second of two.
        inputs: Of a module, the input of each symbol, of shape (symbol, feature).

    Raises:
        TypeError: If the source is none of these.
        ValueError: If a network has no such tokens or classes, or an argument is missing.

    >>> from rnnviz import automata, checkpoints
    >>> automata.acceptor(checkpoints.load("brackets-gru"), "()", accept="0").alphabet
    '()'
    """
    if isinstance(source, Acceptor):
        return source
    if isinstance(source, Automaton):
        return Acceptor(source.alphabet, source.outputs)
    if isinstance(source, Checkpoint):
        return _of_checkpoint(source, alphabet, accept)
    if alphabet is None:
        raise ValueError("alphabet must be given for a module or a rule; got none")
    check_alphabet(alphabet)
    if isinstance(source, nn.Module):
        return _of_module(source, alphabet, accept, inputs)
    if callable(source):
        return Acceptor(alphabet, outputs_of_rule(source, alphabet))
    raise TypeError(f"source must be a trained network, a module, a rule or an automaton; got {type(source).__name__}")


def reading(network: Checkpoint | Acceptor, word: str, *, accept: str | Sequence[str] | None = None) -> Reading:
    """A network on one word, symbol by symbol; the arguments are as of ``acceptor``.

    Raises:
        ValueError: If the word is empty or has tokens that the network does not know.

    >>> from rnnviz import automata, checkpoints
    >>> automata.reading(checkpoints.load("brackets-gru"), "(())", accept="0").h.shape
    (4, 32)
    """
    if not word:
        raise ValueError(
            "a word must have at least one symbol: a network has no output before its first input; got none"
        )
    alphabet = "".join(dict.fromkeys(word))
    asked = network if isinstance(network, Acceptor) else acceptor(network, alphabet, accept=accept)
    if asked.reader is None or not isinstance(asked.reader.network, Network):
        raise ValueError("a reading must be of a network of rnnviz.build; got none")
    with torch.inference_mode():
        x = asked.reader.read(torch.from_numpy(numbers_of(word, asked.alphabet))[None])
        h, _ = asked.reader.network.rnn(x)
        return Reading(
            word,
            asked.reader.probabilities(asked.reader.network(x))[0].numpy(),
            asked.reader.accepts(h)[0].numpy(),
            h[0].numpy(),
        )


def _of_checkpoint(known: Checkpoint, alphabet: str | None, accept: str | int | Sequence[str] | None) -> Acceptor:
    if not known.tokens:
        raise ValueError(f"{known.name} must read tokens to accept words; it reads numbers")
    if alphabet is None:
        if len(known.tokens) > MOST_SYMBOLS or any(len(token) > 1 for token in known.tokens):
            got = " ".join(known.tokens[:12])
            raise ValueError(f"alphabet must be chosen among the tokens of {known.name}; got none of {got} …")
        alphabet = "".join(known.tokens)
    check_alphabet(alphabet)
    if strange := [symbol for symbol in alphabet if symbol not in known.tokens]:
        raise ValueError(f"each symbol must be a token of {known.name}; got {strange[0]!r}")
    rows = np.asarray(known.weights[EMBEDDING])[known.encode(list(alphabet))]
    reader = Reader(_network(known), torch.from_numpy(rows.copy()), _accepted(known, accept))
    return Acceptor(alphabet, reader.outputs, reader)


def _network(known: Checkpoint) -> Network:
    """The network with the weights of this checkpoint, wherever it comes from."""
    if known.start_of(known.model):
        raise ValueError(f"{known.name} must begin each word with a state of 0; its file has another")
    own = {name: part for name, part in known.weights.items() if name != EMBEDDING}
    tensors = {name if name.startswith("head.") else f"rnn.{name}": part for name, part in own.items()}
    return filled(lambda: Network(replace(known.model, trained="")), tensors)


def _accepted(known: Checkpoint, accept: str | int | Sequence[str] | None) -> tuple[int, ...]:
    """The numbers of the classes that accept a word."""
    classes = classes_of(known)
    if accept is None and len(classes) == 2:
        return (1,)
    wanted = (accept,) if isinstance(accept, str) else accept
    if not isinstance(wanted, Sequence) or not wanted or not set(wanted) <= set(classes):
        raise ValueError(
            f"accept must be of the classes {', '.join(classes) or 'none'} of {known.name}; got {accept!r}"
        )
    return tuple(classes.index(name) for name in wanted)


def _of_module(module: nn.Module, alphabet: str, accept: str | int | Sequence[str] | None, inputs: object) -> Acceptor:
    rows = torch.as_tensor(inputs if inputs is not None else [], dtype=torch.float32)
    if rows.ndim != 2 or len(rows) != len(alphabet):
        raise ValueError(f"inputs must be of shape ({len(alphabet)}, feature), a row a symbol; got {tuple(rows.shape)}")
    number = 1 if accept is None else accept
    if type(number) is not int or number < 0:
        raise ValueError(f"accept must be the number of an output of the module; got {accept!r}")
    reader = Reader(module, rows, (number,))
    return Acceptor(alphabet, reader.outputs, reader)
