"""The networks of several pages and their results: each is loaded or run once for all visitors who ask the same.

Keys are small frozen values; results are shared and only read.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz.answers import Answer, answers, decoded, likeliest, sentiment_answer
from rnnviz.caching import cached
from rnnviz.checkpoints.classifiers import pooling_of
from rnnviz.checkpoints.reviews import model_of
from rnnviz.ui import selection
from rnnviz.ui.selection import Selection
from rnnviz.ui.selection.decoded import decoding
from rnnviz.ui.shell.costly import is_costly

if TYPE_CHECKING:
    from rnnviz.attention import AttentionModel
    from rnnviz.characters import CharacterModel
    from rnnviz.sentiment import SentimentModel
    from rnnviz.sequences import Unrolled
    from rnnviz.stepping import Recording
    from rnnviz.stepping.walk import Walk
    from rnnviz.trace import Trace

LARGE: Final = 128_000
"""States from which on a recording is large: several MB, up to 20."""

WIDE: Final = 1_000_000_000
"""Products from which on an output layer takes about a tenth of a second."""


def recording(network: Selection) -> "Recording":
    """The network of a selection on its input."""
    model = network.model
    states = selection.step_count(network) * model.hidden_size * model.num_layers * len(model.directions)
    return (_large_recording if states > LARGE else _recording)(network)


@cached(64)
def _recording(network: Selection) -> "Recording":
    return _recorded(network)


@cached(6, costly=is_costly)
def _large_recording(network: Selection) -> "Recording":
    """A large recording; the cache keeps fewer of them: three cells side by side, of two visitors."""
    return _recorded(network)


def _recorded(network: Selection) -> "Recording":
    from rnnviz.stepping import record

    x, tokens, hx = selection.inputs(network), selection.steps(network), selection.initial(network)
    return record(selection.network(network), x, tokens, network.edits, hx=hx)


@cached(64)
def outputs(network: Selection) -> tuple[Answer, ...]:
    """What a trained network outputs on its input, in words; nothing of an untrained one, or if its task is unknown."""
    known = selection.checkpoint_of(network.model)
    if known is None:
        return ()
    if whole := selection.translator_of(network.model):
        return () if network.edits else _decoded(whole, network.words)
    if pooling_of(known) in ("mean", "max"):  # then no step has an output of its own
        return ()
    if known.outputs is not None:
        return _likeliest(network)
    return outputs_of(network, recording(network))


def outputs_of(network: Selection, found: "Recording") -> tuple[Answer, ...]:
    """The same of a recording of the network on its input in which somebody has intervened."""
    known = selection.checkpoint_of(network.model)
    if known is None or selection.translator_of(network.model) or pooling_of(known) in ("mean", "max"):
        return ()
    states = np.concatenate(list(found.trace["h"][-1, :, 0]), axis=-1)  # (time, direction * unit)
    if known.outputs is not None:
        return likeliest(known, states)
    logits = None if found.output_layer is None else found.output_layer.logits
    if reviewer := model_of(known.name):
        return sentiment_answer(len(states), sentiment_model(reviewer).concluded(states, logits))
    return () if logits is None else answers(known, logits, found.tokens, found.x)


def _is_wide(network: Selection) -> bool:
    """Whether the logits of an output layer beside the model take about a tenth of a second."""
    known = selection.checkpoint_of(network.model)
    outputs = None if known is None else known.outputs
    return outputs is not None and selection.step_count(network) * outputs[0].size > WIDE


@cached(64, costly=_is_wide)
def _likeliest(network: Selection) -> tuple[Answer, ...]:
    """The likeliest outputs of a network whose output layer stands beside its model; its logits are not kept."""
    known = selection.checkpoint_of(network.model)
    if known is None:
        return ()
    found = recording(network)
    return likeliest(known, np.concatenate(list(found.trace["h"][-1, :, 0]), axis=-1))


def _decoded(whole: str, source: str) -> tuple[Answer, ...]:
    """What a network that translates outputs at each step of its decoder; with edited numbers that is not known."""
    found = decoding(whole, source)
    right = attention_model(whole).task.right(source)
    return decoded(found.output, found.probabilities, None if right is None else (*right, found.symbols[-1]))


@cached(6)
def step_walk(view: Selection) -> "Walk":
    """Every product of every step of one layer and direction: up to 40 MB, of which the stepper gets a window."""
    return recording(selection.without_viewpoint(view)).walk(view.layer, view.direction)


@cached(4)
def sentiment_model(name: str) -> "SentimentModel":
    """A network that classifies reviews, or the bag of words."""
    from rnnviz import sentiment

    return sentiment.load(name)


@cached(12)
def character_model(name: str) -> "CharacterModel":
    """A network that reads and writes characters."""
    from rnnviz import characters

    return characters.load(name)


@cached(12)
def character_card(name: str) -> Mapping[str, Any]:
    """What was measured of a character network."""
    from rnnviz import characters

    return characters.card(name)


@cached(6)
def character_trace(network: str, text: str) -> "Trace":
    """Every state and gate of a character network on a text: 6 MB a thousand characters of an LSTM."""
    return character_model(network).trace(text)


@cached(6)
def attention_model(name: str) -> "AttentionModel":
    """A network that turns one sequence into another."""
    from rnnviz import attention

    return attention.load(name)


@cached(64)
def unrolled(problem: str, text: str) -> "Unrolled":
    """A small network on a typed sequence; ValueError if it cannot read that."""
    from rnnviz import sequences

    return sequences.unroll(problem, text)
