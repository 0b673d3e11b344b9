"""The caches of the application but for trainings. Keys are small frozen values, results are shared and only read."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from rnnviz.caching import cached
from rnnviz.ui import selection
from rnnviz.ui.selection import Selection

if TYPE_CHECKING:
    from numpy import ndarray

    from rnnviz.attention import AttentionModel
    from rnnviz.characters import CharacterModel
    from rnnviz.characters.generating import Writing
    from rnnviz.characters.matching import Bits, Found
    from rnnviz.characters.measured import Measured as Tracked
    from rnnviz.characters.searched import Searched
    from rnnviz.cliff import Descent, Settings
    from rnnviz.figures import Figure
    from rnnviz.palette import Theme
    from rnnviz.reach import By, Of, StepGradients
    from rnnviz.sentiment import SentimentModel
    from rnnviz.sentiment.honesty import Sizes
    from rnnviz.sequences import Unrolled
    from rnnviz.spec import TrainSpec
    from rnnviz.stepping import Recording
    from rnnviz.trace import Trace
    from rnnviz.ui.cliff_view import Name as CliffFigure
    from rnnviz.ui.gate_figures import Wanted
    from rnnviz.ui.gradient_figures import Asked
    from rnnviz.ui.gradient_lines import Line
    from rnnviz.ui.learning_view import Asked as CharacterFigure
    from rnnviz.ui.match_payload import Asked as MatchAsked
    from rnnviz.ui.match_payload import Pattern, Units
    from rnnviz.ui.memory_figures import Asked as MemoryFigure
    from rnnviz.ui.neuron_payload import Asked as NeuronsAsked
    from rnnviz.ui.panel_view import Shown
    from rnnviz.ui.review_figures import Asked as ReviewFigure
    from rnnviz.ui.review_figures import Ways
    from rnnviz.ui.sequence_figures import Asked as SequenceFigure
    from rnnviz.ui.temperature_view import Asked as TemperatureFigure
    from rnnviz.ui.translation import Asked as Translated
    from rnnviz.ui.translation import TaskName
    from rnnviz.ui.writing_payload import Asked as WritingAsked
    from rnnviz.verify import Convention
    from rnnviz.walk import Walk


LARGE: Final = 128_000
"""States from which on a recording is large: several MB, up to 20."""


def recording(network: Selection) -> "Recording":
    """The network of a selection on its input, run once for all visitors with equal choices."""
    model = network.model
    states = selection.step_count(network) * model.hidden_size * model.num_layers * len(model.directions)
    return (_large_recording if states > LARGE else _recording)(network)


@cached(16)
def _recording(network: Selection) -> "Recording":
    return _recorded(network)


@cached(6)
def _large_recording(network: Selection) -> "Recording":
    """Fewer are kept: three cells side by side, of two visitors."""
    return _recorded(network)


def _recorded(network: Selection) -> "Recording":
    from rnnviz.stepping import record

    return record(selection.network(network), selection.inputs(network), selection.steps(network), network.edits)


@cached(6)
def step_walk(view: Selection) -> "Walk":
    """Every product of every step of one layer and direction: up to 40 MB, of which the stepper is sent a window."""
    return recording(selection.network_of(view)).walk(view.layer, view.direction)


@cached(16)
def step_still(view: Selection) -> dict[str, Any]:
    """What the stepper is told once, packed and checked against torch once for all visitors with equal choices."""
    from rnnviz.ui.step_payload import still

    return still(recording(selection.network_of(view)), step_walk(view))


@cached(16)
def conventions(network: Selection) -> "dict[str, Convention]":
    """The GRU of a recording by torch's and by the textbooks' equations."""
    return recording(network).conventions()


@cached(16)
def panel_data(selection: Selection, shown: "tuple[Shown, ...]", first: int | None, room: int) -> dict[str, object]:
    """What the linked heatmaps are given, packed once for all visitors with equal choices."""
    from rnnviz.ui.panel_view import payload

    return payload(selection, shown, first, room)


@cached(64)
def panel_facts(selection: Selection, one: "Shown") -> dict[str, object]:
    """What a heatmap is told of all steps, whichever of them it is given."""
    from rnnviz.ui.panel_view import facts

    return facts(selection, one)


@cached(32)
def state_figure(name: str, inputs: tuple[Selection, ...], signal: str, t: int, theme: "Theme") -> "Figure":
    """A figure of the states of one network on one or two inputs."""
    from rnnviz.ui.state_figures import draw

    return draw(name, inputs, signal, t, theme)


@cached(32)
def gate_figure(selection: Selection, wanted: "Wanted") -> "Figure":
    """A figure of saturation, memory or weights, drawn once for all visitors with equal choices."""
    from rnnviz.ui.gate_figures import figure_of

    return figure_of(selection, wanted)


@cached(64)
def longest_memory(selection: Selection) -> int:
    """The unit of one layer and direction that remembers longest."""
    from rnnviz.ui import gate_figures

    return gate_figures.longest_memory(selection)


@cached(128)
def step_gradients(selection: Selection, line: "Line", by: "By", of: "Of", at: int | None) -> "list[StepGradients]":
    """The gradients of one network at every step, for one or several seeds."""
    from rnnviz.ui import gradient_lines

    return gradient_lines.step_gradients(selection, line, by, of, at)


@cached(64)
def length_ratios(network: Selection, line: "Line") -> "ndarray":
    """What is left of the gradient at the first of T random inputs, (seed, length)."""
    from rnnviz.ui import gradient_lines

    return gradient_lines.length_ratios(network, line)


@cached(32)
def gradient_figure(selection: Selection, wanted: "Asked") -> "Figure":
    """A figure of gradients, drawn once for all visitors with equal choices."""
    from rnnviz.ui.gradient_figures import figure_of

    return figure_of(selection, wanted)


@cached(16)
def word_gradients(network: Selection, of: "Of", block: tuple[int, int]) -> dict[str, object]:
    """The gradients of a block of output steps by every input, packed once for all visitors with equal choices."""
    from rnnviz.ui.gradient_figures import word_payload

    return word_payload(network, of, block)


@cached(64)
def descents(settings: "Settings") -> "tuple[Descent, Descent]":
    """Both descents from a start, without and with clipping."""
    from rnnviz.ui.cliff_view import both

    return both(settings)


@cached(16)
def cliff_figure(name: "CliffFigure", settings: "Settings", theme: "Theme") -> "Figure":
    """A figure of both descents, drawn once for all visitors with equal choices."""
    from rnnviz.ui.cliff_view import figure_of

    return figure_of(name, settings, theme)


@cached(1)
def library_text() -> str:
    """The beginning of the running interpreter's standard library, as a text to learn from."""
    from rnnviz.ui import character_lesson

    return character_lesson.library_text()


@cached(64)
def memory_figure(asked: "MemoryFigure") -> "Figure":
    """A figure of tasks that need memory, drawn once for all visitors with equal choices."""
    from rnnviz.ui.memory_figures import figure_of

    return figure_of(asked)


@cached(64)
def first_gradients(spec: "TrainSpec") -> "ndarray":
    """How large the first batch's gradient is by the state of every step."""
    from rnnviz.ui.memory_figures import first_gradients as of_one

    return of_one(spec)


@cached(4)
def sentiment_model(name: str) -> "SentimentModel":
    """A network that judges reviews, or the bag of words."""
    from rnnviz import sentiment

    return sentiment.load(name)


@cached(32)
def review_figure(asked: "ReviewFigure") -> "Figure":
    """A figure of a review, drawn once for all visitors with equal choices."""
    from rnnviz.ui.review_figures import figure_of

    return figure_of(asked)


@cached(32)
def review_ways(network: str, text: str) -> "Ways":
    """What each way of asking says of each word of a review, computed once for picture and table."""
    from rnnviz.ui.review_figures import ways_of

    return ways_of(sentiment_model(network), text)


@cached(32)
def review_sizes(network: str, text: str) -> "Sizes":
    """How much each word of a review counts by attention, gradient and leaving out."""
    from rnnviz.sentiment import honesty
    from rnnviz.ui.attention_review import LONGEST

    return honesty.sizes(sentiment_model(network), text, LONGEST)


@cached(32)
def agreement_figure(network: str, text: str, theme: "Theme") -> "Figure":
    """How far these agree on a review, beside many others."""
    from rnnviz.ui.attention_review import figure_of

    return figure_of(network, text, theme)


@cached(12)
def character_model(name: str) -> "CharacterModel":
    """A network that reads and writes characters."""
    from rnnviz import characters

    return characters.load(name)


@cached(48)
def writing(asked: "WritingAsked") -> "Writing":
    """What a network writes or reads, the same for all who ask the same."""
    from rnnviz.ui import writing_payload

    return writing_payload.written(asked)


@cached(16)
def writing_payload(asked: "WritingAsked") -> dict[str, object]:
    """The same as the widget takes it."""
    from rnnviz.ui import writing_payload

    return writing_payload.payload(asked)


@cached(32)
def temperature_figure(asked: "TemperatureFigure") -> "Figure":
    """A figure of temperatures, drawn once for all visitors with equal choices."""
    from rnnviz.ui.temperature_view import figure_of

    return figure_of(asked)


@cached(6)
def attention_model(name: str) -> "AttentionModel":
    """A network that turns one sequence into another."""
    from rnnviz import attention

    return attention.load(name)


@cached(64)
def decoding_payload(now: "Translated") -> dict[str, object]:
    """A decoding as the widget is given it, made once for all visitors who ask the same: 20 to 230 kB."""
    from rnnviz.ui.attention_payload import payload

    return payload(now)


@cached(64)
def unrolled(problem: str, text: str) -> "Unrolled":
    """A small network on what was typed; ValueError if it cannot read that."""
    from rnnviz import sequences

    return sequences.unroll(problem, text)


@cached(12)
def character_card(name: str) -> "Mapping[str, Any]":
    """What was measured of a character network."""
    from rnnviz import characters

    return characters.card(name)


@cached(8)
def character_figure(asked: "CharacterFigure") -> "Figure | None":
    """How the networks of a subject learned, drawn once for all visitors."""
    from rnnviz.ui.learning_view import figure_of

    return figure_of(asked)


@cached(8)
def accuracy_figure(task: "TaskName", theme: "Theme") -> "Figure":
    """What attention buys at a task."""
    from rnnviz.ui.attention_lengths import figure_of

    return figure_of(task, theme)


@cached(12)
def usual_text(network: str) -> str:
    """The text that a character network is looked at with where the visitor has pasted none."""
    from rnnviz.ui import character_text

    return character_text.usual(network)


@cached(6)
def character_trace(network: str, text: str) -> "Trace":
    """Every state and gate of a character network on a text: 6 MB a thousand characters of an LSTM."""
    from rnnviz.ui.neuron_payload import trace_of

    return trace_of(network, text)


@cached(12)
def tracking(network: str) -> "Tracked | None":
    """What the units of a character network go along with on text that it was not trained on."""
    from rnnviz.ui.neuron_payload import measured

    return measured(character_model(network))


@cached(8)
def neuron_payload(asked: "NeuronsAsked") -> dict[str, Any]:
    """A text in the colours of every unit, packed once for all visitors with equal choices: about 1 MB."""
    from rnnviz.ui.neuron_payload import payload

    return payload(asked)


@cached(32)
def sequence_figure(asked: "SequenceFigure") -> "Figure":
    """A figure of the page "Sequences", drawn once for all visitors with equal choices."""
    from rnnviz.ui.sequence_figures import figure_of

    return figure_of(asked)


@cached(8)
def match_payload(asked: "MatchAsked") -> dict[str, Any]:
    """A text with how many thresholds each unit reaches at each character: half a megabyte."""
    from rnnviz.ui.match_payload import payload

    return payload(asked)


@cached(64)
def pattern_units(asked: "MatchAsked", pattern: "Pattern") -> "Units":
    """The units that are on throughout a phrase, and those that are on nearly everywhere."""
    from rnnviz.ui.match_payload import units_of

    return units_of(asked, pattern)


@cached(1)
def searched_text() -> "Searched":
    """The part of the standard library that is searched."""
    from rnnviz.characters.searched import python_library

    return python_library()


@cached(4)
def whole_index(network: str, signal: str) -> "Bits":
    """The index of a network over the library, checked and mapped once.

    LookupError if it is not there, ValueError if it is damaged.
    """
    from rnnviz.characters import index
    from rnnviz.ui.match_payload import wanted_index

    found = index.look(wanted_index(network, signal), index.folder())
    if found is None:
        raise LookupError(network)
    return found


def index_so_far(network: str, signal: str, partial: str, read: int) -> "Bits | None":
    """As much of an index as there is."""
    from rnnviz.characters import index
    from rnnviz.ui.match_payload import wanted_index

    return index.glance(wanted_index(network, signal), index.folder(), partial, read)


@cached(8)
def own_bits(asked: "MatchAsked") -> "Bits":
    """When the units are on over the text that is shown."""
    from rnnviz.characters.matching import packed
    from rnnviz.ui.match_payload import reached

    return packed(reached(asked))


@cached(64)
def found(asked: "MatchAsked", pattern: "Pattern", read: int, of_library: bool, _bits: "Bits") -> "Found":  # noqa: ARG001 - the key
    """Where the same units are on; the same for all who ask the same of as much of the text."""
    from rnnviz.ui.match_payload import search

    return search(_bits, pattern_units(asked, pattern), pattern)
