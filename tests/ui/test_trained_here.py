"""What somebody has trained with ``python -m rnnviz train`` is in the list of networks, and opens on every page."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import checkpoints, cli, models, page_registry
from rnnviz.checkpoints import Checkpoint
from rnnviz.spec import ModelSpec
from rnnviz.ui.selection import DEFAULT, families, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.trained import made_of, task_of, to_choose
from rnnviz.ui.shell import frame
from rnnviz.ui.shell.networks import recording
from tests.serving import ROOT
from tests.together import together

PAGES = [one.title for one in page_registry.PAGES]
WITH_WEIGHTS = [
    one.title
    for one in page_registry.PAGES
    if any(
        "network_controls" in source.read_text(encoding="utf-8")
        for source in (ROOT / one.path, *(ROOT / "rnnviz" / "ui" / "pages" / one.address.lower()).glob("*.py"))
    )
]
"""The pages with the controls of the network."""


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


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of runs with two cells of one network; the file of the GRU has lost its end."""
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    for cell in ("gru", "lstm"):
        checkpoints.save(replace(checkpoints.load(f"latch-{cell}"), name=f"two-{cell}"), tmp_path)
    truncate(tmp_path / "two-gru.safetensors")
    return tmp_path


def test_a_network_that_is_trained_anew_under_its_name_is_shown_as_it_is_now(runs: Path) -> None:
    seen = changed(DEFAULT, trained="own", cell="gru", input="numbers", numbers="1 2 3")
    before = recording(without_viewpoint(seen))
    assert recording(without_viewpoint(seen)) is before
    old = checkpoints.load("own-gru")
    checkpoints.save(replace(old, weights={name: 2 * array for name, array in old.weights.items()}), runs)
    after = recording(without_viewpoint(seen))
    assert not np.allclose(after.trace["h"], before.trace["h"])
    checkpoints.save(old, runs)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def opened(title: str, **params: str) -> AppTest:
    at = AppTest.from_file(ROOT / "app.py", default_timeout=120)
    for name, value in params.items():
        at.query_params[name] = value
    at.switch_page(page_registry.BY_TITLE[title].path).run()
    assert not at.exception, [one.value for one in at.exception]
    return at


def test_what_was_trained_is_listed_after_what_ships(runs: Path) -> None:
    for name in ("run-0123456789abcdef-0-gru", "no-cell", "gru"):
        (runs / f"{name}.safetensors").write_bytes(b"")
    assert to_choose() == ["", *families(), "adding-6", "latch-6", "own"]
    assert to_choose("latch-6") == to_choose()


def test_some_pages_list_it() -> None:
    assert len(WITH_WEIGHTS) >= 4


@together("title", WITH_WEIGHTS)
@together("family", ["latch-6", "adding-6", "own"])
def test_it_is_chosen_on_a_page(runs: Path, title: str, family: str) -> None:
    at = opened(title)
    weights = at.selectbox("control_trained")
    assert weights.label == "Network"
    assert f"Trained here: {family}" in weights.options
    weights.set_value(family).run()
    assert not at.exception, [one.value for one in at.exception]
    assert not at.warning
    assert at.query_params["trained"] == family
    known = checkpoints.load(f"{family}-gru")
    captions = [one.value for one in at.caption]
    assert frame.plain(made_of(known)) in captions
    assert frame.plain(task_of(known)) in captions
    assert ("The task of its training is not known." in task_of(known)) == (family == "own")


@together("title", [title for title in PAGES if title not in WITH_WEIGHTS])
@together("family", ["latch-6", "own"])
def test_the_other_pages_open_while_it_is_chosen(runs: Path, title: str, family: str) -> None:
    assert "Weights" not in [one.label for one in opened(title, trained=family, cell="gru").selectbox]


@pytest.mark.parametrize("view", ["saturation", "memory", "weights"])
def test_every_view_of_gates_shows_a_network_of_numbers_without_a_task(runs: Path, view: str) -> None:
    opened("Gates", trained="own", cell="gru", views=f"gates.view:{view}")


CHOICES: dict[str, str] = {"words": "One two three", "input": "words", "hidden_size": "5", "seed": "3", "cell": "gru"}
"""What a visitor has chosen already."""


def kept(at: AppTest) -> dict[str, str]:
    return {name: value for name, value in dict(at.query_params).items() if name in CHOICES}


def test_a_damaged_file_that_is_chosen_is_named_and_all_other_choices_stay(damaged: Path) -> None:
    (damaged / "two-lstm.safetensors").unlink()
    at = opened("Gates", **CHOICES)
    at.selectbox("control_trained").set_value("two").run()
    assert not at.exception, [one.value for one in at.exception]
    [said] = [one.value.replace("\\", "") for one in at.warning]
    assert said.startswith("trained: expected a checkpoint in two-gru.safetensors; ")
    assert "The file is damaged, or it is no checkpoint." in said
    assert kept(at) == CHOICES
    assert at.selectbox("control_trained").value == ""


def test_another_cell_is_not_shown_for_a_damaged_one_without_a_word(damaged: Path) -> None:
    at = opened("Gates", **CHOICES)
    at.selectbox("control_trained").set_value("two").run()
    by_link = opened("Gates", trained="two", cell="gru")
    for one in (at, by_link):
        [said] = [one.value.replace("\\", "") for one in one.warning]
        assert said.startswith("trained: expected a checkpoint in two-gru.safetensors; ")
        assert said.endswith("The file is damaged, or it is no checkpoint. The LSTM is shown in its place.")
        assert (one.query_params["trained"], one.query_params["cell"]) == ("two", "lstm")


@pytest.mark.parametrize("loses", [truncate, Path.unlink])
def test_a_file_that_is_lost_while_it_is_on_show_is_named_and_the_page_goes_on(
    damaged: Path, loses: Callable[[Path], None]
) -> None:
    chosen = {"trained": "two", "cell": "lstm", "input": "words", "words": "no hmm yes so", "t": "2"}
    at = opened("Gates", **chosen)
    assert not at.warning
    loses(damaged / "two-lstm.safetensors")
    at.run()
    assert not at.exception, [one.value for one in at.exception]
    [said] = [one.value for one in at.warning]
    assert said.endswith("An untrained network of the same sizes is shown in its place\\.")
    params = dict(at.query_params)
    assert "trained" not in params
    model = checkpoints.load("latch-lstm").model
    assert (params["hidden_size"], params["input_size"]) == (str(model.hidden_size), str(model.input_size))
    assert (params["words"], params["t"]) == (chosen["words"], chosen["t"])


def test_what_is_typed_after_the_file_was_lost_is_read(damaged: Path) -> None:
    at = opened("Gates", trained="two", cell="lstm", input="words", words="no hmm yes so")
    truncate(damaged / "two-lstm.safetensors")
    at.text_area("text_words").set_value("yes hmm no").run()
    assert not at.exception, [one.value for one in at.exception]
    assert len(at.warning) == 1
    assert at.query_params["words"] == "yes hmm no"
