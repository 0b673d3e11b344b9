"""A baseline network trained live on synthetic or real reviews, and its prediction for the visitor's own review."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from rnnviz import jobs
from rnnviz.caching import cached
from rnnviz.extras import SCHEDULER_VARIABLE
from rnnviz.jobs import ReviewJob, ReviewSeen
from rnnviz.palette import Theme
from rnnviz.sentiment import synthetic
from rnnviz.spec import REVIEW_LIMITS, REVIEW_MAX_NORM, REVIEWERS, REVIEWS_VARIABLE, Reviewer, ReviewSpec, Source
from rnnviz.ui.codegen.drawing import curves_of
from rnnviz.ui.reviews import answers as review_answers
from rnnviz.ui.reviews import code as codegen
from rnnviz.ui.reviews import data as review_data
from rnnviz.ui.reviews import view as review_view
from rnnviz.ui.selection import state
from rnnviz.ui.shell import components, frame, networks, runs
from rnnviz.ui.widgets import controls, live_files, live_view
from rnnviz.written import probability

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.figures.picture import Picture
    from rnnviz.sentiment import SentimentModel

PICTURES: Final = ("loss", "accuracy")
HOW: Final = (
    "To train on real reviews, start the server with `--reviews PATH` or set the environment variable "
    f"`{REVIEWS_VARIABLE}`. PATH is the folder `aclImdb` of the Large Movie Review Dataset, or the file "
    "`imdb_reviews.parquet`."
)
_SOURCES: Final[dict[str, Source]] = {"Real reviews": "imdb", "Synthetic reviews": "synthetic"}
KINDS: Final[dict[Source, str]] = {"imdb": "reviews", "synthetic": "synthetic reviews"}
_TIMES: Final = {
    ("imdb", "lecture-lstm"): (5, 1.3), ("imdb", "lecture-bilstm"): (5, 2.8),
    ("synthetic", "lecture-lstm"): (1, 0.5), ("synthetic", "lecture-bilstm"): (1, 1.0),
}  # fmt: skip
"""Seconds until the first update, and of each epoch."""
LEAST_RATE, LARGEST_RATE = 1e-6, 1.0
LEAST_REVIEWS: Final = 50

_RUN: Final = "lesson.run"
"""The key under which the link holds the run."""

_EARLIER: Final = "lesson.earlier"
"""In the link: the runs before it, with which it is compared, the last one last."""

_MOST_EARLIER: Final = 3
_LAST: Final = "lesson.last"


@dataclass(frozen=True, eq=False)
class ReviewRun:
    """A training on reviews as far as it has come.

    Attributes:
        version: Grows with what is known.
        going: Whether more will come.
        losses: One for each update.
        ends: The accuracies on training and on validation reviews at the end of each epoch.
        model: The trained network, once the training is over.
    """

    id: str
    version: int
    going: bool
    spec: ReviewSpec
    losses: tuple[float, ...]
    ends: tuple[tuple[float, float], ...]
    model: "SentimentModel | None" = None

    @property
    def cache_key(self) -> tuple[str, int, bool]:
        """What stands for the run in keys of caches, instead of its numbers."""
        return self.id, self.version, self.going


def show() -> None:
    """The button, the training, and the comparison of its result with what ships."""
    st.header("Train it here", anchor=False)
    has_real = bool(os.environ.get(REVIEWS_VARIABLE))
    source = controls.choice("Reviews", _SOURCES, key="lesson.source") if has_real else "synthetic"
    spec = _settings(_network(), source)
    st.caption(_said(spec))
    if source == "synthetic":
        st.caption(_synthetic(spec.network))
    if not has_real:
        st.caption(HOW)
    _keep_earlier()
    train(spec, _draw, key=_RUN, label=runs.begin_label((spec,)))


def train(spec: ReviewSpec, draw: Callable[[ReviewRun], None], *, key: str, label: str) -> None:
    """The button that begins a training, and what ``draw`` shows of it; the link holds the run under ``key``."""
    if runs.live((spec,), draw, key=key, label=label, kind=KIND):
        live_files.menu(
            "live_curves", "lesson.live", "A network learns to classify reviews, so far", of=spec,
            code=lambda: codegen.lesson("loss", spec, _settings_said(spec), _specs(_earlier_to(spec))),
        )  # fmt: skip


def _network() -> Reviewer:
    """The selected network, or the baseline that is most like it."""
    name = review_view.network_name(state.current())
    return name if name in REVIEWERS else "lecture-bilstm"


def _settings(network: Reviewer, source: Source) -> ReviewSpec:
    """The training that the controls mean; the link keeps them."""
    usual = ReviewSpec(network)
    with st.container(horizontal=True):
        reviews = controls.number(
            "Training reviews", LEAST_REVIEWS, usual.reviews, key="lesson.reviews", default=usual.reviews,
            hint="From few reviews a network learns these reviews by heart.",
        )  # fmt: skip
        epochs = controls.number("Epochs", *REVIEW_LIMITS["epochs"], key="lesson.epochs", default=usual.epochs)
        rate = controls.number(
            "Learning rate (Adam)", LEAST_RATE, LARGEST_RATE, key="lesson.rate", default=usual.rate,
            hint="The rate at the first update; it falls to 0 linearly. The baselines that ship use a constant 0.0001, "
            "for ten times as many reviews.",
        )  # fmt: skip
        seed = controls.number("Seed", *REVIEW_LIMITS["seed"], key="lesson.seed", default=usual.seed)
    return ReviewSpec(network, reviews=int(reviews), epochs=int(epochs), rate=rate, seed=int(seed), source=source)


def _said(spec: ReviewSpec) -> str:
    scheduler = (
        " The workers of the Dask cluster train it; each needs the reviews too."
        if os.environ.get(SCHEDULER_VARIABLE) and spec.source == "imdb"
        else ""
    )
    is_other = review_view.network_name(state.current()) != spec.network
    return (
        f"{'The BiLSTM with attention takes too long to train here. ' * is_other}"
        f"The button trains the {review_answers.label(spec.network)} "
        f"from its initialization on {spec.reviews:,} {KINDS[spec.source]} drawn with the seed, at most {spec.words} "
        f"words of each per epoch, {spec.batch_size} reviews per batch. Gradients are clipped to norm "
        f"{REVIEW_MAX_NORM:g}, since the loss is noisy with so few reviews. {spec.epochs} epochs take about "
        f"{_seconds(spec)} seconds on one core.{scheduler}"
    )


def _synthetic(network: Reviewer) -> str:
    """What synthetic reviews are, and what a network that has seen nothing else is worth on real ones."""
    found, example = synthetic.measured(), min(review_data.dataset().reviews.texts[:20], key=len)
    return (
        f"A small grammar writes these reviews, for example: “{example}” The last sentence is the verdict. A "
        "network that learned from them alone has not learned real English: with the default settings it has "
        f"{found['networks'][network]['real']:.0%} accuracy on {found['reviews']:,} real held-out reviews (mean of "
        f"{found['seeds']} seeds). Guessing has 50 %."
    )


def _seconds(spec: ReviewSpec) -> int:
    """As measured, with the seconds that reading all reviews takes; in steps of five."""
    first, each = _TIMES[spec.source, spec.network]
    return max(5, 5 * round((first + each * spec.epochs * spec.reviews / ReviewSpec().reviews) / 5))


# --- The runs before it ---


def _keep_earlier() -> None:
    """Once another training was begun, keep the one before it in the link: its curves stay."""
    now, before = state.view(_RUN) or "", st.session_state.get(_LAST, "")
    st.session_state[_LAST] = now
    if not before or not now or now == before:
        return
    names = [name for name in _earlier_names() if name not in (before, now)]
    _choose_earlier([*names, before][-_MOST_EARLIER:])


def _earlier_names() -> list[str]:
    kept = state.view(_EARLIER) or ""
    return kept.split(".") if re.fullmatch(r"[0-9a-f]{16}(\.[0-9a-f]{16}){0,2}", kept) else []


def _choose_earlier(names: Sequence[str]) -> None:
    state.choose(_EARLIER, ".".join(names), "")
    state.write_link()


def _earlier_to(spec: ReviewSpec) -> "tuple[ReviewRun, ...]":
    """The finished runs of the link that are compared with one of these settings: those on the same reviews."""
    found = []
    for name in _earlier_names():
        job = jobs.find(name, ReviewSpec)
        if job is None or job.specs[0].source != spec.source or job.specs[0] == spec:
            continue
        try:
            found.append(finished_run(job))
        except ValueError:  # it was stopped, or is not stored any more
            continue
    return tuple(found)


def _specs(some: "Sequence[ReviewRun]") -> list[ReviewSpec]:
    return [run.spec for run in some]


# --- What is drawn ---


@cached(16)
def run_so_far(job: ReviewJob, moment: tuple[str, int], _seen: ReviewSeen) -> ReviewRun:  # noqa: ARG001 - the key
    """What an unfinished run has told, the same for all who ask at the same moment."""
    losses = tuple(event.loss for event in _seen.events)
    ends = tuple((event.accuracy, event.validation) for event in _seen.events if event.validation is not None)
    return ReviewRun(job.id, _seen.next, _seen.state == "running", job.specs[0], losses, ends)


@cached(4)
def finished_run(job: ReviewJob) -> ReviewRun:
    """The result of a finished run; ValueError if it is not there."""
    model = jobs.result(job)
    card = model.card
    ends = tuple((entry["accuracy"], entry["validation_accuracy"]) for entry in card["history"])
    return ReviewRun(job.id, -1, False, job.specs[0], tuple(card["losses"]), ends, model)  # noqa: FBT003 - it is over


KIND: Final = runs.Kind(
    ReviewSpec,
    run_so_far,
    finished_run,
    before="The worker is reading the reviews …",
    repeats=True,
)


def _draw(run: ReviewRun) -> None:
    if run.model is not None:
        shipped = shipped_accuracy(run.spec.network, run.spec.source)
        st.markdown(_compared(run, run.model.card, shipped))
        _own_review(run, run.model)
    curves(run)


def curves(run: ReviewRun) -> None:
    """The loss and the accuracies of a run, live or at its end."""
    shipped, earlier = shipped_accuracy(run.spec.network, run.spec.source), _earlier_to(run.spec)
    if run.going:
        message = live_message(run, shipped, earlier)
        components.live_curves(message, key="lesson.live")
        live_files.curves(message, "lesson.live", lambda: pictures(run, shipped, earlier).values())
        return
    for place, name in zip(st.columns(2), PICTURES, strict=True):
        with place:
            _show(name, run, shipped, earlier)
    if earlier:
        st.button(
            "Remove the earlier curves", key="lesson.alone", type="tertiary", on_click=_choose_earlier, args=((),)
        )


@cached(4)
def shipped_accuracy(network: Reviewer, source: Source) -> float:
    """Of the network that ships, on the reviews that a training is validated with."""
    model = networks.sentiment_model(network)
    if source == "imdb":
        return float(model.card["validation"]["accuracy"])
    from rnnviz.sentiment.making import measure

    return float(measure(model, synthetic.reviews(1)["validation"])["accuracy"])


def _show(name: str, run: ReviewRun, shipped: float, earlier: tuple[ReviewRun, ...]) -> None:
    figure = figure_of(name, run, shipped, frame.theme(), earlier)
    frame.show(
        figure, key=f"lesson.{name}", alt=figure.layout.meta["alt"],
        code=lambda: codegen.lesson(name, run.spec, _settings_said(run.spec), _specs(earlier)),
    )  # fmt: skip


def pictures(run: ReviewRun, shipped: float, earlier: tuple[ReviewRun, ...] = ()) -> "dict[str, Picture]":
    """The pictures of a run, live and at its end, beside finished ones."""
    from rnnviz import figures

    before = [figures.ReviewCourse(one.spec, one.losses, one.ends) for one in earlier]
    return {
        "loss": figures.review_loss_picture(run.spec, run.losses, before),
        "accuracy": figures.review_accuracy_picture(run.spec, run.ends, shipped, before),
    }


@cached(16)
def live_message(run: ReviewRun, shipped: float, earlier: tuple[ReviewRun, ...] = ()) -> bytes:
    """The curves of a run that goes on, as their widget takes them."""
    return live_view.review_message(run.id, list(pictures(run, shipped, earlier).values()), (_caption(run),))


@cached(32)
def figure_of(name: str, run: ReviewRun, shipped: float, theme: Theme, earlier: tuple[ReviewRun, ...] = ()) -> "Figure":
    """One of the pictures of a run that does not go on."""
    return curves_of(_caption(run)).figure(pictures(run, shipped, earlier)[name], theme=theme)


def _caption(run: ReviewRun) -> str:
    spec, made = run.spec, len(run.losses)
    part = f" So far {made:,} of {spec.steps:,} updates." if made < spec.steps else ""
    return f"{_settings_said(spec)}{part}"


def _settings_said(spec: ReviewSpec) -> str:
    return (
        f"{review_answers.label(spec.network)}; {spec.reviews:,} {KINDS[spec.source]}, {spec.words} words; Adam, "
        f"rate {spec.rate:g} → 0, max_norm {REVIEW_MAX_NORM:g}, batch {spec.batch_size}; seed {spec.seed}."
    )


# --- What came of it ---


def _compared(run: ReviewRun, card: Mapping[str, Any], shipped: float) -> str:
    """A comparison with the network that ships."""
    here, of = card["validation"], card["reviews"]
    ships = networks.sentiment_model(run.spec.network).card["reviews"]["train"]
    name = review_answers.label(run.spec.network)
    validated = {
        "imdb": f"{of['validation']:,} validation reviews, of films that were not in the training data",
        "synthetic": f"{of['validation']:,} synthetic validation reviews",
    }[run.spec.source]
    return (
        f"**{here['accuracy']:.1%}** accuracy on {validated}, after {of['train']:,} {KINDS[run.spec.source]} and "
        f"{card['seconds']:.0f} s on one core. {name}, as it ships, was trained on {ships:,} real reviews and has "
        f"**{shipped:.1%}** accuracy on the same validation reviews."
    )


def _own_review(run: ReviewRun, here: "SentimentModel") -> None:
    """Both networks' predictions for the review in the box."""
    text = review_view.typed().text
    rows, few = {}, list[str]()
    name = review_answers.label(run.spec.network)
    both = {f"{name}, trained here": here, f"{name}, as it ships": networks.sentiment_model(run.spec.network)}
    for label, model in both.items():
        reading = model.read(text)
        if not reading.ids:
            return
        unknown = float(np.mean(np.array(reading.ids) == 0))
        rows[label] = [probability(model.predict([text])[0]), f"{unknown:.0%}"]
        if said := review_answers.mostly_unknown(reading):
            few.append(f"{label}: {said}")
    st.markdown("The prediction of both for your review")
    for said in few:
        st.caption(frame.plain(said))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["P(positive)", "unknown words"])
    st.table(table.rename_axis("network"))
