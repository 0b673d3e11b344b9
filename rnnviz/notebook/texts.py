"""Networks that read a text, as a notebook shows them: a review word by word, and a decoding with attention."""

from typing import TYPE_CHECKING, Any, Final

from rnnviz import palette
from rnnviz.attention.edits import Edit, Forced, Weighed, changed
from rnnviz.widgets import decoding, words
from rnnviz.widgets.packing import message

if TYPE_CHECKING:
    from rnnviz.attention import AttentionModel, Decoding
    from rnnviz.checkpoints import Checkpoint
    from rnnviz.sentiment import SentimentModel

MOST_WORDS: Final = 400
"""The most words that get a prediction each."""


class _Predicted:
    """A prediction after each word of a text, all of which comes at once."""

    widget: str = "review_words"
    heading: str = ""
    t: int = 0
    units: tuple[int, ...] = ()
    title: str
    _data: dict[str, object]

    def message(self) -> dict[str, object]:
        """What the widget gets."""
        return self._data

    def whole(self) -> dict[str, object]:
        """The same: it asks for nothing."""
        return self._data

    def hear(self, _name: str, _value: object) -> bool:
        """It says nothing."""
        return False


class WordByWord(_Predicted):
    """The prediction of a network for reviews after each word of a text."""

    def __init__(self, model: "SentimentModel", text: object, title: str = "") -> None:
        if not isinstance(text, str):
            raise TypeError(f"x must be a text; got {type(text).__name__}")
        reading = model.read(text, MOST_WORDS)
        if not any(reading.ids):
            raise ValueError(f"x must have a word that the network knows; got {text!r:.40}")
        running = model.running(reading, MOST_WORDS)
        lines = {"running": running, **words.by_direction(model, reading, MOST_WORDS)}
        self.title = f"{model.name}: P(positive) {running[-1]:.3f}"
        self._data = {**words.payload(title or model.name, reading, lines), "count": 0, "palette": palette.themes()}


class ClassesByWord(_Predicted):
    """The probabilities of the classes of a network from a file after each word of a text."""

    def __init__(self, known: "Checkpoint", text: object) -> None:
        from rnnviz.checkpoints.classifiers import pooling_of, unit_of
        from rnnviz.own import classify

        if not isinstance(text, str):
            raise TypeError(f"x must be a text; got {type(text).__name__}")
        found = classify(known, text)
        best = int(found.whole.argmax())
        label = str(known.card.get("label", known.name))
        self.title = f"{label}: P({found.classes[best]}) {found.whole[best]:.3f}"
        curves = words.classes_payload(
            label, found, pooling_of(known), unit=unit_of(known), mark=known.unknown, both=known.model.bidirectional
        )
        self._data = {**curves, "count": 0, "palette": palette.themes()}


class Decoded:
    """A source and what a network with attention says of it; tokens and weights can be changed, and the source.

    Attributes:
        t: The selected step of the output.
        source: What the network reads.
        edits: The changes that are made by hand.
    """

    widget: str = "decoding"
    heading: str = ""
    units: tuple[int, ...] = ()

    def __init__(self, model: "AttentionModel", source: object) -> None:
        from rnnviz.attention import Decoding

        self._model, self.t = model, 0
        self.edits: tuple[Edit, ...] = ()
        if isinstance(source, Decoding):
            self.edits, source = _edits(source), "".join(source.source)
        model.check(source)
        self.source = str(source)
        self._typed: dict[str, Any] = {"count": 0, "text": self.source, "problem": ""}

    @property
    def title(self) -> str:
        """What goes in and what comes out."""
        said = self._model.decode(self.source, **decoding.changes(self._model, self.edits)).text
        return f"{self._model.name}: {self.source} → {said}"

    def message(self) -> bytes:
        """What the widget gets now."""
        return message(self.whole())

    def whole(self) -> dict[str, object]:
        """All of it comes at once."""
        task = self._model.task
        return {
            "start": {"id": "notebook", "t": 0, "place": None, "text": self.source},
            "answer": {"start": "notebook", **self._typed},
            "samples": [{"label": sample, "text": sample} for sample in task.samples],
            "asked": f"{task.reads[0].upper()}{task.reads[1:]}, at most {task.longest} characters",
            "palette": palette.themes(),
            "letters": {},
            "model": decoding.payload(self._model, self.source, self.edits),
        }

    def hear(self, name: str, value: object) -> bool:
        """Take what the browser says, which can be anything; whether the widget gets something else now.

        Raises:
            ValueError: If a change is not possible; nothing was changed.
        """
        match name, value:
            case "t", int(t) if t >= 0:
                self.t = t
                return False
            case "typed", {"count": int(count), "text": str(text)}:
                self._take(count, text)
                return True
            case "change", dict():
                edits = changed(self.edits, value)
                self._model.decode(self.source, **decoding.changes(self._model, edits))
                self.edits = edits
                return True
        return False

    def _take(self, count: int, text: str) -> None:
        """What was typed is the source from now on, if it can be read; the changes were of the one before."""
        self._typed = {"count": count, "text": text[:1_000], "problem": ""}
        source = self._model.task.source_in(text)
        try:
            self._model.check(source)
        except ValueError as error:
            self._typed["problem"] = str(error)
        else:
            if source != self.source:
                self.source, self.edits = source, ()


def _edits(found: "Decoding") -> tuple[Edit, ...]:
    """The changes that were made by hand in a decoding."""
    forced = (Forced(step, token) for step, token in found.forced.items())
    weighed = (Weighed(step, place, value) for step, row in found.edited.items() for place, value in row.items())
    return (*forced, *weighed)
