"""Every key that the pages react to, in one table: the overlay shows it, and the tests look for it in the widgets."""

from dataclasses import dataclass
from functools import cache
from typing import Final


@dataclass(frozen=True)
class Row:
    """What some keys do.

    Attributes:
        keys: Named as browsers do, with ``Shift+`` in front where it is held.
    """

    keys: tuple[str, ...]
    what: str


@dataclass(frozen=True)
class Group:
    """The keys of some widgets.

    Attributes:
        where: The widgets' name on the page.
        modules: The modules under ``assets/components`` that react to them.
    """

    where: str
    modules: tuple[str, ...]
    rows: tuple[Row, ...]


GROUPS: Final = (
    Group(
        "Every page",
        ("bar/bar.js",),
        (
            Row(("p",), "Present: only the pictures, larger; press again to return"),
            Row(("q",), "Go to the question of the page; while presenting, show or hide it"),
            Row(("a",), "Add this view to my lecture"),
            Row(("l",), "My lecture: order its stops, write words, present it"),
            Row(("?",), "This list; Escape closes it"),
        ),
    ),
    Group(
        "While presenting",
        ("bar/bar.js",),
        (
            Row(("m",), "Show the menu, or hide it: pages, views, settings and texts to type"),
            Row(("Escape",), "Hide the question or the menu; without them, return; the selection stays"),
        ),
    ),
    Group(
        "While presenting, with the keyboard or a clicker",
        ("shared/advance.js",),
        (
            Row(("PageDown", "PageUp"), "The next or the previous stop of a tour; without a tour, figure of the page"),
            Row((" ", "ArrowRight", "ArrowLeft"), "The same, where the picture has no steps; Shift and Space go back"),
            Row(("]", "["), "The next or the previous figure of the page"),
        ),
    ),
    Group(
        "A dotted term of the text",
        ("bar/terms.js",),
        (Row(("Escape",), "Hide its explanation"),),
    ),
    Group(
        "On a guided tour, and in my lecture",
        ("shared/advance.js",),
        (Row(("n", "b"), "The next stop, the previous stop"),),
    ),
    Group(
        "On a guided tour and in my lecture, while presenting",
        ("tour/tour.js",),
        (Row(("w",), "Hide the text, or show it"),),
    ),
    Group(
        "Steps: networks, heatmaps, the cliff, decoding, writing",
        ("shared/stepper.js",),
        (
            Row(("ArrowLeft", "ArrowRight"), "One step back or forward"),
            Row(("Home", "End"), "The first or the last step"),
            Row(("PageUp", "PageDown"), "Ten steps back or forward, with the time axis in focus"),
            Row((" ",), "Play or pause"),
            Row(("Escape",), "Clear the selection in the picture"),
        ),
    ),
    Group(
        "Step through: a focused matrix or vector",
        ("step_through/inside.js",),
        (
            Row(("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"), "Move over its numbers"),
            Row(("Enter",), "Keep the computation of the number on screen, or edit the number"),
        ),
    ),
    Group(
        "Step through: a number that is being edited",
        ("step_through/editor.js",),
        (Row(("Enter",), "Apply the edit"), Row(("Escape",), "Cancel the edit")),
    ),
    Group(
        "Clipping: the focused map of the cliff",
        ("cliff/cliff.js",),
        (
            Row(("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"), "Move the start of the descents"),
            Row(
                ("Shift+ArrowLeft", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowDown"),
                "The same in small steps",
            ),
        ),
    ),
    Group(
        "Focused curves of a training",
        ("live_curves/panel.js",),
        (
            Row(("+", "-"), "Zoom in or out"),
            Row(("ArrowLeft", "ArrowRight"), "Move the visible part"),
            Row(("Escape",), "Show everything again"),
        ),
    ),
    Group(
        "Gradients: the focused words",
        ("word_gradients/word_gradients.js",),
        (
            Row(("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"), "The previous or the next word"),
            Row(("Home", "End"), "The first or the last word"),
        ),
    ),
    Group(
        "Sentiment and Attention: the focused words of a review",
        ("review_words/review_words.js", "word_weights/word_weights.js"),
        (
            Row(("ArrowLeft", "ArrowRight"), "The previous or the next word"),
            Row(("Home", "End"), "The first or the last word"),
        ),
    ),
    Group(
        "Attention: the decoding in focus",
        ("decoding/decoding.js",),
        (Row(("Shift+ArrowLeft", "Shift+ArrowRight"), "Another position of the source"),),
    ),
    Group(
        "Attention: the vectors in focus",
        ("decoding/strips.js",),
        (
            Row(("ArrowLeft", "ArrowRight"), "Another unit"),
            Row(("Home", "End"), "The first or the last unit"),
        ),
    ),
    Group(
        "rnnviz and Attention: the box",
        ("shared/box.js",),
        (Row(("Enter", "Escape"), "Leave the box, so that the keys step again"),),
    ),
    Group(
        "Characters: the focused text coloured by a unit",
        ("colored_text/colored_text.js",),
        (
            Row(("ArrowLeft", "ArrowRight"), "The previous or the next character"),
            Row(("ArrowUp", "ArrowDown"), "The previous or the next unit"),
            Row(("Home", "End"), "The first or the last character"),
            Row(("PageUp", "PageDown"), "The line above or below"),
        ),
    ),
    Group(
        "Characters: the focused text with a phrase",
        ("phrase/phrase.js",),
        (
            Row(("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"), "Another character or line"),
            Row(("Home", "End"), "The beginning or the end of the text"),
            Row(
                (
                    "Shift+ArrowLeft",
                    "Shift+ArrowRight",
                    "Shift+ArrowUp",
                    "Shift+ArrowDown",
                    "Shift+Home",
                    "Shift+End",
                ),
                "Make the phrase longer or shorter",
            ),
        ),
    ),
    Group(
        "Sequences: the focused array of numbers",
        ("text_numbers/text_numbers.js",),
        (
            Row(("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"), "Another entry of the array"),
            Row(("Home", "End"), "The beginning or the end of the row"),
        ),
    ),
)

_SIGNS: Final = {
    "ArrowLeft": "←",
    "ArrowRight": "→",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "PageUp": "Page Up",
    "PageDown": "Page Down",
    "Escape": "Esc",
    " ": "Space",
    "p": "P",
    "q": "Q",
    "a": "A",
    "l": "L",
    "m": "M",
    "w": "W",
    "n": "N",
    "b": "B",
    "-": "−",
}


@cache
def plain() -> list[dict[str, object]]:
    """The table as the overlay shows it: ``[{"where": …, "rows": [{"keys": ["←", "→"], "what": …}]}]``."""
    return [
        {
            "where": group.where,
            "rows": [{"keys": [sign(key) for key in row.keys], "what": row.what} for row in group.rows],
        }
        for group in GROUPS
    ]


def sign(key: str) -> str:
    """A key as it is printed on a keyboard."""
    _, held, bare = key.rpartition("Shift+")
    return f"{'Shift ' if held else ''}{_SIGNS.get(bare, bare)}"
