"""The code behind the figures and widgets of reviews, on the pages of sentiment and attention."""

from typing import TYPE_CHECKING

from rnnviz.sentiment.recipes import RECIPES
from rnnviz.ui.codegen.source import Raw, literal, script, set_to

if TYPE_CHECKING:
    from rnnviz.spec import ReviewSpec
    from rnnviz.ui.reviews.request import ReviewFigure


def figure(asked: "ReviewFigure", longest: int) -> str:
    """The script of a figure of one review and one network; at most ``longest`` words are explained."""
    told: dict[str, object] = {"said": list(asked.said)}
    match asked.name:
        case "importance":
            lines = _importance(asked, longest)
        case "map":
            lines = [
                f"tokens = model.read(text, {longest}).tokens",
                "found = embedding_map(model, tokens)",
                set_to(
                    "fig", "figures.word_map", Raw("found.words"), Raw("found.places"), Raw("found.judged"),
                    shares=Raw("found.shares"), marked=Raw("set(folds(tokens))"), **told,
                ),
            ]  # fmt: skip
        case "padding":
            lines = [
                f"found = padding(model, text, longest={longest})",
                set_to("fig", "figures.padding_curve", Raw("found.judged"), Raw("found.norms"), **told),
            ]
        case "orders":
            lines = [f'text = " ".join(model.read(text, {longest}).tokens)', *in_other_orders(told)]
        case "epochs":
            lines = [set_to("fig", "figures.epoch_curves", Raw('model.card["history"]'), **told)]
        case "confusion":
            lines = [set_to("fig", "figures.confusion_matrix", Raw('model.card["test"]["confusion"]'), **told)]
        case _:
            lines = [set_to("fig", "figures.reliability_diagram", Raw('model.card["test"]["reliability"]'), **told)]
    return script(loaded(asked.network), read(asked.text) if asked.text else "", *lines, "fig.show()")


def loaded(network: str) -> str:
    """The line that loads a network for reviews, as ``model``."""
    return f"model = sentiment.load({literal(network)})"


def read(text: str) -> str:
    """A review and its prediction."""
    return f"text = {literal(text)}\nprint(model.predict([text]))  # how likely it praises\n"


def in_other_orders(told: dict[str, object]) -> list[str]:
    """The same words in other orders, classified by ``model`` and, in any order, by the bag of words."""
    return [
        "bag = sentiment.load(sentiment.BAG)  # which does not know the order",
        "right, counted = (float(one.predict([text])[0]) for one in (model, bag))",
        set_to("fig", "figures.shuffle_strip", Raw("shuffled(model, text)"), Raw("right"), Raw("counted"), **told),
    ]


def _asked_of(network: str, text: str, *lines: str) -> str:
    """A script with lines in which ``model`` is asked about ``text``."""
    return script(loaded(network), read(text), *lines)


def _importance(asked: "ReviewFigure", longest: int) -> list[str]:
    weighs = RECIPES[asked.network].network.pooling == "attention"
    marked = {} if asked.selected is None else {"selected": asked.selected}
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
        set_to(
            "fig", "figures.importance_bars", Raw("found.tokens"), Raw("ways"), **marked, said=list(asked.said)
        ),
    ]  # fmt: skip


def words(network: str, text: str, longest: int) -> str:
    """The script of a review's prediction word by word, for at most ``longest`` words."""
    return _asked_of(
        network,
        text,
        f"tokens = model.read(text, {longest}).tokens",
        f"running = model.running(text, {longest})  # as if the review ended at each word",
        f"each = alone(model, text, {longest})  # what one direction knows by itself",
        'table = pd.DataFrame({"word": tokens, "P(praise)": running, **each})',
        "print(table.round(3).to_string())",
    )


def weights(network: str, text: str, longest: int) -> str:
    """The script of a review's words by attention, gradient and leaving out, for at most ``longest`` words."""
    return _asked_of(
        network,
        text,
        f"found = sizes(model, text, {longest})",
        "table = pd.DataFrame(found.values.T, index=found.tokens, columns=WAYS)",
        "print(table.round(4).to_string())",
    )


def agreement(network: str, text: str, longest: int, said: tuple[str, ...], cited: tuple[float, ...]) -> str:
    """The script of the agreement of attention with two other measures, on one review and on many.

    Args:
        longest: Words that are shown.
        said: What the caption says.
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
        set_to("fig", "figures.agreement_histograms", Raw("pairs"), said=list(said)),
        "fig.show()",
    )


def lesson(name: str, spec: "ReviewSpec", said: str) -> str:
    """The script of a training on a few reviews, run from its start.

    Args:
        name: What is drawn, one of "loss", "accuracy".
        said: What the caption says.
    """
    settings = {field: getattr(spec, field) for field in ("reviews", "words", "epochs", "rate", "batch_size", "seed")}
    drawn = ['picture = figures.review_loss_picture(spec, model.card["losses"])']
    if name == "accuracy":
        drawn = [
            'keys = ("accuracy", "validation_accuracy")',
            'ends = [tuple(epoch[key] for key in keys) for epoch in model.card["history"]]',
            'shipped = sentiment.load(spec.network).card["validation"]["accuracy"]',
            "picture = figures.review_accuracy_picture(spec, ends, shipped)",
        ]
    return script(
        "# The reviews are the Large Movie Review Dataset, unpacked here.",
        'reviews = read(Path("aclImdb"))',
        set_to("spec", "ReviewSpec", spec.network, **settings),
        "model = train_on_few(spec, reviews, lambda event: True)  # takes its time\n",
        *drawn,
        set_to("fig", "figures.review_curve", Raw("picture"), said=[said]),
        "fig.show()",
    )
