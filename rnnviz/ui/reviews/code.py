"""The code behind the figures and widgets of reviews, on the pages of sentiment and attention."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rnnviz.palette import Theme
from rnnviz.sentiment.recipes import RECIPES
from rnnviz.ui.codegen.drawing import Drawing, curves_of
from rnnviz.ui.codegen.source import Raw, call, literal, script, set_to
from rnnviz.ui.reviews.answers import label

if TYPE_CHECKING:
    from rnnviz.spec import ReviewSpec

ReviewName = Literal["importance", "map", "padding", "orders", "epochs", "confusion", "reliability"]


@dataclass(frozen=True)
class ReviewFigure:
    """The request for a figure of a review or of its network: all that it depends on.

    Attributes:
        network: As ``rnnviz.sentiment.load`` knows it.
        text: The review, if the figure is of one.
        selected: A word of it to mark.
        caption: What the caption says first.
    """

    name: ReviewName
    network: str
    theme: Theme
    text: str = ""
    selected: int | None = None
    caption: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def drawing(asked: ReviewFigure) -> Drawing:
    """The call that draws a figure."""
    caption = list(asked.caption)
    match asked.name:
        case "importance":
            marked = {} if asked.selected is None else {"selected": asked.selected}
            drawn = Drawing("importance_bars", Raw("found.tokens"), Raw("ways"), **marked, caption=caption)
            return drawn.marking(asked.unknown)
        case "map":
            return word_map("tokens", caption=caption)
        case "padding":
            return Drawing("padding_curve", Raw("found.predicted"), Raw("found.norms"), caption=caption)
        case "orders":
            return shuffle_strip(caption)
        case "epochs":
            return Drawing("epoch_curves", Raw('model.card["history"]'), caption=caption)
        case "confusion":
            return Drawing("confusion_matrix", Raw('model.card["test"]["confusion"]'), caption=caption)
    return Drawing("reliability_diagram", Raw('model.card["test"]["reliability"]'), caption=caption)


def word_map(words: str, **named: object) -> Drawing:
    """The call that draws where the embeddings of ``words``, by their name in a script, lie."""
    found = Raw("found.words"), Raw("found.places"), Raw("found.predicted")
    return Drawing("word_map", *found, shares=Raw("found.shares"), marked=Raw(f"set(folds({words}))"), **named)


def shuffle_strip(caption: list[str]) -> Drawing:
    """The call that draws the predictions for the same words in other orders."""
    return Drawing("shuffle_strip", Raw("shuffled(model, text)"), Raw("right"), Raw("counted"), caption=caption)


def figure(asked: ReviewFigure, longest: int) -> str:
    """The script of a figure of one review and one network; at most ``longest`` words are explained."""
    lines: list[str] = []
    match asked.name:
        case "importance":
            lines = _importance(asked, longest)
        case "map":
            lines = [f"tokens = model.read(text, {longest}).tokens", "found = embedding_map(model, tokens)"]
        case "padding":
            lines = [f"found = padding(model, text, longest={longest})"]
        case "orders":
            lines = [f'text = " ".join(model.read(text, {longest}).tokens)', *IN_OTHER_ORDERS]
    text = read(asked.text) if asked.text else ""
    return script(loaded(asked.network), text, *lines, drawing(asked).shown())


def loaded(network: str) -> str:
    """The line that loads a network for reviews, as ``model``."""
    return f"model = sentiment.load({literal(network)})"


def read(text: str) -> str:
    """A review and its prediction."""
    return f"text = {literal(text)}\nprint(model.predict([text]))  # P(positive)\n"


IN_OTHER_ORDERS: Final = (
    "bag = sentiment.load(sentiment.BAG)  # which does not know the order",
    "right, counted = (float(one.predict([text])[0]) for one in (model, bag))",
)
"""The predictions for a text by ``model`` and, in any order of its words, by the bag of words."""


def _asked_of(network: str, text: str, *lines: str) -> str:
    """A script with lines in which ``model`` is asked about ``text``."""
    return script(loaded(network), read(text), *lines)


def _importance(asked: ReviewFigure, longest: int) -> list[str]:
    weighs = RECIPES[asked.network].network.pooling == "attention"
    return [
        f"found = integrated_gradients(model, text, {longest})",
        "ways = [",
        '    Importance("integrated gradients", found.values),',
        f'    Importance("left out", leave_one_out(model, text, {longest})),',
        "]",
        *(
            [
                f"weights = model.attention(text, {longest}).astype(float)",
                'ways.append(Importance("attention", weights, "weight", is_signed=False))',
            ]
            if weighs
            else []
        ),
    ]


def words(network: str, text: str, longest: int) -> str:
    """The script of a review's prediction word by word, for at most ``longest`` words."""
    return _asked_of(
        network,
        text,
        f"running = model.running(text, {longest})  # as if the review ended at each word",
        f"each = alone(model, text, {longest})  # each direction by itself",
        f"{call('rnnviz.show', Raw('model'), Raw('text'), title=label(network))}.show()  # word by word",
    )


def weights(network: str, text: str, longest: int, name: str) -> str:
    """The script of a review's words by attention, gradient and leaving out, for at most ``longest`` words.

    Args:
        name: The network, as pages call it.
    """
    return _asked_of(
        network,
        text,
        f"found = sizes(model, text, {longest})",
        "table = pd.DataFrame(found.values.T, index=found.tokens, columns=WAYS)",
        "print(table.round(4).to_string())\n",
        set_to("drawn", "pictures.word_weights", Raw("found"), network=name, longest=longest),
        "rnnviz.show(drawn).show()",
    )


def agreement(network: str, text: str, longest: int, drawing: Drawing, cited: tuple[float, ...]) -> str:
    """The script of the agreement of attention with two other measures, on one review and on many.

    Args:
        longest: Words that are shown.
        cited: What others have found.
    """
    return _asked_of(
        network,
        text,
        "kept = faithfulness.load()  # measured on many test reviews",
        f"here = faithfulness.sizes(model, text, {longest})",
        f"cited = {literal(cited)}  # Jain and Wallace (2019), on IMDB",
        "ways = faithfulness.WAYS",
        "pairs = [",
        '    Agreement(f"{ways[a]} and {ways[b]}", np.array(many), tau, other)',
        "    for (a, b), many, tau, other in zip(PAIRS, kept.taus, here.taus, cited)",
        "]",
        drawing.shown(),
    )


def lesson(name: str, spec: "ReviewSpec", said: str, earlier: Sequence["ReviewSpec"] = ()) -> str:
    """The script of a training on a few reviews, run from its start.

    Args:
        name: What is drawn, one of "loss", "accuracy".
        said: What the caption says.
        earlier: The trainings beside which it is drawn.
    """
    beside = ", earlier" if earlier else ""
    drawn = [f'picture = figures.review_loss_picture(spec, model.card["losses"]{beside})']
    shipped = 'ships.card["validation"]' if spec.source == "imdb" else 'measure(ships, reviews["validation"])'
    if name == "accuracy":
        drawn = [
            'keys = ("accuracy", "validation_accuracy")',
            'ends = [tuple(epoch[key] for key in keys) for epoch in model.card["history"]]',
            "ships = sentiment.load(spec.network)",
            f'shipped = {shipped}["accuracy"]',
            f"picture = figures.review_accuracy_picture(spec, ends, shipped{beside})",
        ]
    source = ("# The reviews are the Large Movie Review Dataset, unpacked here.", 'reviews = read(Path("aclImdb"))')
    if spec.source == "synthetic":
        source = ("", "reviews = synthetic.reviews(spec.reviews)")
    return script(
        set_to("spec", "ReviewSpec", spec.network, **_settings(spec)),
        *source,
        "model = train_on_few(spec, reviews, lambda event: True)  # takes its time\n",
        *_earlier(earlier),
        *drawn,
        curves_of(said).shown(),
    )


def _settings(spec: "ReviewSpec") -> dict[str, object]:
    fields = ("reviews", "words", "epochs", "rate", "batch_size", "seed", "source")
    return {field: getattr(spec, field) for field in fields}


def _earlier(specs: Sequence["ReviewSpec"]) -> list[str]:
    """Lines that run trainings of the same source as ``spec``, as ``earlier``."""
    if not specs:
        return []
    lines = ["earlier = []"]
    for spec in specs:
        of = "synthetic.reviews(other.reviews)" if spec.source == "synthetic" else "reviews"
        lines += [
            set_to("other", "ReviewSpec", spec.network, **_settings(spec)),
            f"data = {of}",
            "card = train_on_few(other, data, lambda event: True).card",
            'keys = ("accuracy", "validation_accuracy")',
            'epochs = [tuple(epoch[key] for key in keys) for epoch in card["history"]]',
            'earlier.append(figures.ReviewCourse(other, card["losses"], epochs))',
        ]
    return lines


# --- The reviews that ship ---

DataName = Literal["lengths", "padding", "ranks"]

WAYS: Final = {"shuffled": False, "sorted by length": True}
"""How batches are made, with whether reviews are sorted by length before they are cut into batches."""


def data_drawing(name: DataName, caption: list[str]) -> Drawing:
    """The call that draws a figure of the synthetic reviews, as ``data``."""
    match name:
        case "lengths":
            return Drawing("length_histogram", Raw("data.encoded.lengths"), Raw("data.reviews.labels"), caption=caption)
        case "padding":
            return Drawing("padding_shares", Raw("shares"), caption=caption)
    return Drawing("word_ranks", Raw("data.words"), Raw("data.counts"), caption=caption)


def data(name: DataName, caption: list[str]) -> str:
    """The script of a figure of the synthetic reviews."""
    shares = ["lengths, shares = data.encoded.lengths, {}"]
    for way, is_sorted in WAYS.items():
        shares += [
            set_to("made", "dataset.batches", Raw("lengths"), is_sorted=is_sorted),
            f"shares[{literal(way)}] = dataset.padding(lengths, made)",
        ]
    found = shares if name == "padding" else []
    return script("data = dataset.shipped()", *found, data_drawing(name, caption).shown())
