"""What somebody has trained with ``python -m rnnviz train`` is in the list "Weights", and opens on every page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import checkpoints, cli, models
from rnnviz.checkpoints import Checkpoint
from rnnviz.spec import ModelSpec
from rnnviz.ui import frame
from rnnviz.ui.selection import families
from rnnviz.ui.trained import to_choose, what_it_learned
from tests.serving import ROOT
from tests.statements.reading import numbers

WITH_WEIGHTS = ("Step through", "Hidden states", "Gates", "Gradients")
PAGES = [one.title for one in frame.PATH]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of runs with two networks that the command has trained, and one that somebody has put there."""
    folder = tmp_path_factory.mktemp("trained_here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNVIZ_RUNS", str(folder))
        small = ["--hidden", "6", "--steps", "3", "--batch", "4", "--length", "6", "--cell", "gru"]
        assert cli.main(["train", "latch", *small]) == 0
        assert cli.main(["train", "adding", *small]) == 0
        spec = ModelSpec("gru", 3, 8)
        weights = {name.removeprefix("rnn."): p.detach().numpy() for name, p in models.build(spec).named_parameters()}
        checkpoints.save(Checkpoint("own-gru", spec, weights), folder)
        yield folder


def opened(title: str, **params: str) -> AppTest:
    at = AppTest.from_file(ROOT / "app.py", default_timeout=120)
    for name, value in params.items():
        at.query_params[name] = value
    at.switch_page(next(one.path for one in frame.PATH if one.title == title)).run()
    assert not at.exception, [one.value for one in at.exception]
    return at


def test_what_was_trained_is_listed_after_what_ships(runs: Path) -> None:
    for name in ("run-0123456789abcdef-0-gru", "no-cell", "gru"):
        (runs / f"{name}.safetensors").write_bytes(b"")
    assert to_choose() == ["", *families(), "adding-6", "latch-6", "own"]
    assert to_choose("latch-6") == to_choose()


def test_the_readme_names_the_pages_that_list_it() -> None:
    named = ", ".join(WITH_WEIGHTS[:-1])
    numbers("README.md", f"that the pages {named} and {WITH_WEIGHTS[-1]} list it under “Weights”")


@pytest.mark.parametrize("title", WITH_WEIGHTS)
@pytest.mark.parametrize("family", ["latch-6", "adding-6", "own"])
def test_it_is_chosen_on_a_page(runs: Path, title: str, family: str) -> None:
    at = opened(title)
    weights = at.selectbox("control_trained")
    assert weights.label == "Weights"
    assert f"Trained here: {family}" in weights.options
    weights.set_value(family).run()
    assert not at.exception, [one.value for one in at.exception]
    assert not at.warning
    assert at.query_params["trained"] == family
    learned = what_it_learned(checkpoints.load(f"{family}-gru"))
    assert frame.plain(learned) in [one.value for one in at.caption]
    assert ("What it was trained for is not known." in learned) == (family == "own")


@pytest.mark.parametrize("title", [title for title in PAGES if title not in WITH_WEIGHTS])
@pytest.mark.parametrize("family", ["latch-6", "own"])
def test_the_other_pages_open_while_it_is_chosen(runs: Path, title: str, family: str) -> None:
    assert "Weights" not in [one.label for one in opened(title, trained=family, cell="gru").selectbox]


@pytest.mark.parametrize("view", ["saturation", "memory", "weights"])
def test_every_view_of_gates_shows_a_network_of_numbers_without_a_task(runs: Path, view: str) -> None:
    opened("Gates", trained="own", cell="gru", views=f"gates.view:{view}")
