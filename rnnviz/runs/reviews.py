"""Runs that train a network to judge reviews; a finished one is the two files of such a network."""

import os
import reprlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnviz.checkpoints.storing import content_of, parsed
from rnnviz.progress import ReviewProgress, review_progress_from_json
from rnnviz.runs.kind import Kind, Made, Telling, Work, begun, begun_file, check_alone, check_names, identity
from rnnviz.spec import REVIEWERS, REVIEWS_VARIABLE, ReviewSpec, from_json

if TYPE_CHECKING:
    from rnnviz.sentiment import SentimentModel
    from rnnviz.sentiment.fitting import Epoch
    from rnnviz.sentiment.reviews import Part, Reviews
    from rnnviz.train import Event

_CARDS: Final = {f"{network}.json": network for network in REVIEWERS}
_LARGEST_CARD: Final = 2**20
_BYTES: Final = 8 * 2**20
_CURVES: Final = ("loss", "accuracy", "validation_loss", "validation_accuracy")
_MEASURED: Final = ("accuracy", "loss", "calibration_error")


def _fill(place: Path, name: str, packed: Mapping[str, bytes]) -> list[str]:
    network = next(_CARDS[name] for name in packed if name in _CARDS)
    check_names(packed, {f"{network}.json", f"{network}.safetensors"})
    for file, content in packed.items():
        (place / file).write_bytes(content)
    _load(place, name)
    return []


def _specs_of(place: Path, name: str) -> tuple[ReviewSpec]:
    return (_checked(_card(place), name),)


def _load(place: Path, name: str) -> "SentimentModel":
    from rnnviz.sentiment import load
    from rnnviz.sentiment.network import SentimentNetwork
    from rnnviz.sentiment.recipes import RECIPES

    (spec,) = _specs_of(place, name)
    model = load(spec.network, place)
    network = model.network
    if not isinstance(network, SentimentNetwork) or network.spec != RECIPES[spec.network].network:
        raise ValueError(f"the network of the run {name} must have the sizes of {spec.network}")
    return model


def _perform(work: Work[ReviewSpec]) -> Made | None:
    """Train a network on synthetic reviews or on those that the environment names; ValueError if these are too few."""
    from rnnviz.sentiment.in_app import train_on_few
    from rnnviz.sentiment.model import pack

    (spec,) = work.specs
    telling = Telling(work.tell, spec.steps)

    def on_step(event: "Event[Epoch]") -> bool:
        told = ReviewProgress(event.step, event.loss[0], event.measured.accuracy, event.measured.validation)
        return telling.add(told, stopped=work.is_stopped())

    model = train_on_few(spec, reviews_of(spec), on_step, work.begun, work.keep)
    return None if model is None else Made(identity([spec]), pack(model))


def reviews_of(spec: ReviewSpec) -> "Mapping[Part, Reviews]":
    """What a training reads; whoever asks for one is not told where the reviews lie that the environment names."""
    if spec.source == "synthetic":
        from rnnviz.sentiment import synthetic

        return synthetic.reviews(spec.reviews)
    named = os.environ.get(REVIEWS_VARIABLE)
    if not named:
        raise ValueError(
            f"{REVIEWS_VARIABLE} must name the reviews where a network is trained on them; it is not set there"
        )
    from rnnviz.sentiment.reviews import read

    try:
        return read(Path(named))
    except Exception as error:  # noqa: BLE001 - a file of anybody's is read by libraries of others
        print(f"rnnviz: the reviews cannot be read; {error}", file=sys.stderr)
        raise ValueError(
            f"the reviews that {REVIEWS_VARIABLE} names cannot be read ({type(error).__name__}); "
            "the server's output says why"
        ) from None


def _card(place: Path) -> Any:
    card = next((place / name for name in _CARDS if (place / name).is_file()), None)
    if card is None:
        raise ValueError(f"a run on reviews must have one of {', '.join(_CARDS)}; got none")
    return parsed(content_of(card, _LARGEST_CARD))


def _checked(card: Any, name: str) -> ReviewSpec:
    """All that a page reads of a card must be there, and be numbers."""
    match card:
        case {
            "spec": dict(plain), "losses": list(losses), "history": list(history), "validation": dict(measured),
            "reviews": {"train": int(), "validation": int()}, "seconds": float(),
        } if _is_measured(history, measured):  # fmt: skip
            spec = from_json(ReviewSpec, plain)
            if identity([spec]) != name:
                raise ValueError(f"expected the run {name}; got {identity([spec])}")
            if len(losses) != spec.steps or len(history) != spec.epochs or not _are_numbers(losses):
                raise ValueError(f"a card must have {spec.steps} losses and {spec.epochs} epochs; got others")
            return spec
    raise ValueError(f"a card must say how its network was trained; got {reprlib.repr(card)}")


def _is_measured(history: list[Any], measured: Mapping[str, Any]) -> bool:
    entries = all(type(entry) is dict and _are_numbers([entry.get(name) for name in _CURVES]) for entry in history)
    return entries and _are_numbers([measured.get(name) for name in _MEASURED])


def _are_numbers(values: list[Any]) -> bool:
    return all(type(value) is float for value in values)


KIND: Final = Kind(
    ReviewSpec,
    mark="network",
    check=check_alone,
    size=lambda _: _BYTES,
    event=lambda data, _: review_progress_from_json(data),
    perform=_perform,
    owns=lambda names: any(name in _CARDS for name in names),
    fill=_fill,
    specs_of=_specs_of,
    load=_load,
    begun=begun,
    begun_file=begun_file,
)
