"""The networks that ship are what their cards say, small, and worth looking into."""

import numpy as np
import pytest
import torch

from rnnviz import checkpoints, tasks
from rnnviz.capture import capture
from rnnviz.checkpoints import Checkpoint, characters, decoders, encoders, load
from rnnviz.checkpoints.reviews import FAMILY
from rnnviz.models import build
from rnnviz.spec import TaskSpec
from rnnviz.tasks import Batch
from rnnviz.trace import Trace
from rnnviz.train import checkpoint_of, recipes, train

NAMES = sorted(f"{family}-{spec.model.cell}" for family, spec in recipes())
LARGEST_FILE, LARGEST_OF_ALL = 60_000, 500_000
LEARNED = {
    "latch-gru": 0.999, "latch-lstm": 0.999, "adding-gru": 0.99, "adding-lstm": 0.99,
    "brackets-rnn": 0.99, "brackets-gru": 0.999, "brackets-lstm": 0.999,
}  # fmt: skip


def fresh(checkpoint: Checkpoint, size: int, seed: int = 11) -> Batch:
    """Sequences that neither the training nor the card has seen."""
    return tasks.task(checkpoint.task).draw(size, np.random.default_rng([seed, 77]))


def given(checkpoint: Checkpoint, batch: Batch) -> torch.Tensor:
    read = checkpoint.weights["embedding.weight"][batch.x] if checkpoint.vocabulary else batch.x
    return torch.from_numpy(np.array(read))


def traced(name: str, size: int = 200) -> tuple[Trace, Batch]:
    checkpoint = load(name)
    batch = fresh(checkpoint, size)
    return capture(build(checkpoint.model).rnn, given(checkpoint, batch)), batch


def unit_by_unit(states: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Correlation of each unit with a number, over samples and steps."""
    return np.array([abs(np.corrcoef(states[..., k].ravel(), y.ravel())[0, 1]) for k in range(states.shape[-1])])


def test_what_ships() -> None:
    others = {
        path.stem for folder in (checkpoints.SEQUENCES, checkpoints.DYNAMICS) for path in folder.glob("*.safetensors")
    }
    borrowed = (FAMILY, characters.FAMILY, encoders.FAMILY, decoders.FAMILY)
    assert [name for name in checkpoints.names() if not name.startswith(borrowed) and name not in others] == NAMES
    for family, spec in recipes():
        checkpoint = load(f"{family}-{spec.model.cell}")
        assert checkpoint.trained_by == spec
        made = tasks.task(spec.task)
        assert (checkpoint.vocabulary, checkpoint.splits) == (made.vocabulary, made.splits)
        assert checkpoint.model.trained == family == spec.task.name


def test_it_is_small() -> None:
    sizes = {path.stem: path.stat().st_size for path in checkpoints.SHIPPED.glob("*.safetensors")}
    assert sorted(sizes) == NAMES
    assert max(sizes.values()) < LARGEST_FILE
    assert sum(sizes.values()) < LARGEST_OF_ALL


@pytest.mark.parametrize("name", NAMES)
def test_a_card_holds_on_fresh_data(name: str) -> None:
    checkpoint = load(name)
    made, batch, card = tasks.task(checkpoint.task), fresh(checkpoint, 1000), checkpoint.card
    with torch.inference_mode():
        outputs = build(checkpoint.model)(given(checkpoint, batch))[:, -made.asked :].numpy()
    # Three standard errors of a share of 1,000 sequences and of one of as many as the card has.
    spread = 3 * np.sqrt(0.25 * (1 / 1000 + 1 / card["held_out"]))
    assert made.accuracy(outputs, batch.y) == pytest.approx(card["accuracy"], abs=spread)
    if not made.classes:
        assert made.score(outputs, batch.y) == pytest.approx(card["loss"], rel=0.4)
    if name in LEARNED:
        assert card["accuracy"] > LEARNED[name]
        assert made.accuracy(outputs, batch.y) > LEARNED[name] - 0.01
        assert card["loss"] < card["baseline"] / 20
    assert card["updates"] == checkpoint.trained_by.steps


def test_the_plain_network_has_not_learned_to_latch() -> None:
    card = load("latch-rnn").card
    assert abs(card["accuracy"] - card["chance"]) < 0.05
    assert card["loss"] == pytest.approx(card["baseline"], rel=0.01)


@pytest.mark.parametrize(("name", "signal"), [("latch-lstm", "c"), ("latch-gru", "h")])
def test_a_bit_is_held(name: str, signal: str) -> None:
    trace, batch = traced(name)
    states, yes = trace[signal][0, 0], batch.y[:, 0] == 1
    # From the fifth word on, one unit alone tells yes from no in every sequence, by its sign.
    told = [(np.sign(states[:, 5:, k]) == np.where(yes, 1, -1)[:, None]).all() for k in range(states.shape[-1])]
    told += [(np.sign(-states[:, 5:, k]) == np.where(yes, 1, -1)[:, None]).all() for k in range(states.shape[-1])]
    assert any(told)


def test_it_is_held_far_longer_than_was_learned() -> None:
    checkpoint = load("latch-lstm")
    batch = tasks.task(TaskSpec("latch", 100)).draw(200, np.random.default_rng(1))
    with torch.inference_mode():
        answers = build(checkpoint.model)(given(checkpoint, batch)).argmax(-1).numpy()
    assert (answers[:, 2:] == batch.y).mean() > 0.99


def test_the_input_gate_opens_where_a_number_is_marked() -> None:
    trace, batch = traced("adding-lstm")
    marked = batch.x[..., 1] == 1
    gate = trace["i"][0, 0]
    opens = gate[marked].mean(0) - gate[~marked].mean(0)
    assert opens.max() > 0.6
    assert gate[~marked][:, opens.argmax()].mean() < 0.25


def test_the_update_gate_lets_go_where_a_number_is_marked() -> None:
    trace, batch = traced("adding-gru")
    marked = batch.x[..., 1] == 1
    kept = trace["z"][0, 0]
    assert kept[marked].mean() < kept[~marked].mean() - 0.2
    assert (kept[~marked].mean(0) - kept[marked].mean(0)).max() > 0.5


@pytest.mark.parametrize(
    ("name", "signal", "least"),
    [("brackets-lstm", "c", 0.95), ("brackets-gru", "h", 0.85), ("brackets-rnn", "h", 0.9)],
)
def test_a_unit_follows_the_depth(name: str, signal: str, least: float) -> None:
    trace, batch = traced(name)
    assert unit_by_unit(trace[signal][0, 0], batch.y).max() > least


def test_a_text_that_somebody_types() -> None:
    text = "We saw it (twice (once at home), and (as they say (loud and (so) clear))), then slept."
    depth = np.cumsum([{"(": 1, ")": -1}.get(character, 0) for character in text])
    for cell in ("rnn", "gru", "lstm"):
        checkpoint = load(f"brackets-{cell}")
        logits = build(checkpoint.model)(torch.from_numpy(checkpoint.vectors(text)))
        assert (logits.argmax(-1).numpy() == depth).all()


@pytest.mark.nightly
@pytest.mark.parametrize("name", NAMES)
def test_it_can_be_made_again(name: str) -> None:
    (family, spec) = next((family, spec) for family, spec in recipes() if f"{family}-{spec.model.cell}" == name)
    again, shipped = checkpoint_of(train(spec), family), load(name)
    same = all(np.array_equal(again.weights[key], array) for key, array in shipped.weights.items())
    if same:
        assert again.card == shipped.card | {"torch": torch.__version__}
        return
    # Another processor or another torch rounds apart, and training amplifies that: what is learned is learned again.
    assert again.card["loss"] < 1.05 * again.card["baseline"]
    assert again.card["accuracy"] > LEARNED.get(name, 0) - 0.02
    for key in ("seed", "updates", "baseline", "chance", "diverged_at", "held_out"):
        assert again.card[key] == shipped.card[key]
