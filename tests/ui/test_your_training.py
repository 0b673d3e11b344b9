"""The page of a watched training: what it opens with, what it says of a record, its figures and their scripts."""

import os
import re
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

import rnnviz
from rnnviz import records
from rnnviz.page_registry import YOUR_TRAINING
from rnnviz.places import ASSETS, RECORDS_VARIABLE
from rnnviz.record import FILE, Record
from rnnviz.ui.pages.your_training import choosing, drawing, findings, opened, status, view
from rnnviz.ui.pages.your_training.choosing import Chosen
from rnnviz.ui.pages.your_training.drawing import Place, Request
from tests.serving import ROOT
from tests.together import together
from tests.ui.codegen.running import assert_same, drawn, run
from tests.ui.opened import link_of, unmarked
from tests.watching.test_record import layer, made

SAMPLES: Final = ("adding-default", "adding-remedied")
EVERY_FIGURE: Final = (*drawing.STEPS, *drawing.NORMS, *drawing.STATES)


def page(entries: str = "", views: str = "") -> AppTest:
    at = AppTest.from_file(ROOT / "app.py", default_timeout=120)
    at.switch_page(YOUR_TRAINING.path)
    at.query_params.update({name: value for name, value in (("entries", entries), ("views", views)) if value})
    at.run()
    assert not at.exception, at.exception
    return at


def words(at: AppTest) -> str:
    return unmarked(" ".join(one.value for one in (*at.markdown, *at.error, *at.warning, *at.info)))


def chosen(name: str, record: Record | None = None, version: Any = 0) -> Chosen:
    return Chosen(name, name, record or records.load(name), version, follows=record is not None)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(RECORDS_VARIABLE, str(tmp_path))
    return tmp_path


# --- What the page opens with ---


def test_without_a_record_there_is_one_to_open() -> None:
    at = page()
    assert "rnnviz.watch(model" in words(at)
    (button,) = [one for one in at.button if one.label == "Open a sample"]
    button.click().run()
    assert link_of(at)["entries"] == "your_training.record=adding-default"
    assert "The training ended after 4,000 updates. 1 finding." in words(at)


def test_the_lines_that_make_a_record_run_as_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ASSETS / "text" / "your_training.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn, self.head = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2)

        def forward(self, x: torch.Tensor) -> Any:
            return self.head(self.rnn(x)[0][:, -1])

    model = Model()
    known = {
        "rnnviz": rnnviz, "model": model, "criterion": nn.functional.cross_entropy,
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1),
        "batches": [(torch.randn(2, 5, 3), torch.tensor([0, 1]))] * 11,
    }  # fmt: skip
    exec(code, known)  # noqa: S102 - the code is the test
    record = Record.load("my-run")
    assert (record.updates, record.update.tolist(), record.stage) == (11, [0, 10], "ended")


def test_a_record_of_the_server_is_open_at_once(runs: Path) -> None:
    made(stage="going on").save(runs / "mine")
    at = page()
    assert [one.value for one in at.selectbox][:2] == ["mine", ""]
    assert "The training goes on: 25 updates so far, last written" in words(at)
    assert "This page follows it." in words(at)


@pytest.mark.parametrize("name", view.VIEWS)
def test_every_view_of_two_records(name: str) -> None:
    chosen_view = "" if name == "Gradient by step" else f"your_training.view:{name.lower().replace(' ', '-')}"
    at = page(f"your_training.record={SAMPLES[0]}&your_training.beside={SAMPLES[1]}", chosen_view)
    assert not at.error
    assert not at.warning
    assert "adding-remedied (sample)." in words(at)


def test_a_record_without_a_row_says_so(runs: Path) -> None:
    with rnnviz.watch(nn.GRU(3, 4), folder=runs / "mine"):
        at = page()
    assert "The first update has not been recorded yet." in words(at)
    assert not at.error


# --- What is refused ---


def test_a_link_to_a_record_that_is_not_there_shows_the_default() -> None:
    at = page("your_training.record=gone")
    assert "must be one of adding-default, adding-remedied; got 'gone': the default is shown" in words(at)
    assert "entries" not in link_of(at)


def test_a_link_to_a_file_asks_for_it() -> None:
    at = page(f"your_training.record=sha256-{'0a' * 16}")
    assert "Upload that file here; then the view of the link is shown." in words(at)
    assert "0a" * 16 in words(at)
    assert link_of(at)["entries"] == f"your_training.record=sha256-{'0a' * 16}"


def test_a_damaged_record_is_told_and_the_rest_can_be_chosen(runs: Path) -> None:
    (runs / "bad").mkdir()
    (runs / "bad" / FILE).write_bytes(b"no record")
    at = page()
    assert "the record 'bad' cannot be read: expected a record that rnnviz.watch wrote" in words(at)
    assert at.selectbox[0].options[0] == "bad"
    at.selectbox[0].set_value("adding-default").run()
    assert not at.error


@pytest.mark.parametrize(("update", "shown"), [("0", 0), ("79", 40), ("3960", 3960), ("99999", 3960), ("x", 3960)])
def test_the_update_of_a_link_is_the_last_recorded_by_then(update: str, shown: int) -> None:
    at = page("your_training.record=adding-default", f"your_training.update:{update}")
    (slider,) = at.select_slider
    assert slider.value in {f"{shown:,}", shown}
    assert ("must be a whole number in 0..3960" in words(at)) == (update == "x")


def test_the_film_goes_on_from_the_first_row_and_can_be_paused() -> None:
    at = page("your_training.record=adding-default")
    at.button(key="your_training.play").click().run()
    at.run()
    at.button(key="your_training.pause").click().run()
    stopped = int(dict(pair.split(":") for pair in link_of(at)["views"].split())["your_training.update"])
    assert 0 <= stopped <= 160
    at.button(key="your_training.next").click().run()
    assert f"your_training.update:{stopped + 40}" in link_of(at)["views"]


# --- Records from files ---


def test_a_file_is_kept_for_this_visit_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, Any] = {}
    monkeypatch.setattr(opened.st, "session_state", session)
    contents = [(records.folder_of(name) / FILE).read_bytes() for name in SAMPLES]
    first, second = (opened.open_record(f"{k}.safetensors", content) for k, content in enumerate(contents))
    assert opened.DIGEST.fullmatch(first)
    assert list(opened.opened()) == [first, second]
    assert choosing.read(first).label == "0.safetensors (your file)"
    assert not choosing.read(first).follows
    monkeypatch.setattr(opened.st, "session_state", {})
    with pytest.raises(ValueError, match="Upload that file here"):
        choosing.read(first)


def test_of_the_files_of_a_visit_the_last_two_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened.st, "session_state", {})
    keys = []
    for k in range(3):
        made(updates=25 + k).save(tmp_path)
        keys.append(opened.open_record("a", (tmp_path / FILE).read_bytes()))
    assert list(opened.opened()) == keys[1:]


def test_files_that_are_no_record_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened.st, "session_state", {})
    with pytest.raises(ValueError, match=r"expected a record that rnnviz\.watch wrote"):
        opened.open_record("a", (ASSETS / "models" / "adding-lstm.safetensors").read_bytes())
    with pytest.raises(ValueError, match=r"a record must be the file record\.safetensors, which lies beside it"):
        opened.open_record("record.json", (records.folder_of(SAMPLES[0]) / "record.json").read_bytes())
    made(layers=()).save(tmp_path)
    with pytest.raises(ValueError, match=r"must have 1\.\.1000 recurrent layers; got 0"):
        opened.open_record("a", (tmp_path / FILE).read_bytes())
    monkeypatch.setattr(opened, "MOST_BYTES", 1_000)
    made().save(tmp_path)
    with pytest.raises(ValueError, match="must have at most 0 MB together"):
        opened.open_record("a", (tmp_path / FILE).read_bytes())
    assert not opened.opened()


# --- What is said ---


def test_the_status_says_whether_a_training_goes_on(runs: Path) -> None:
    made(stage="going on").save(runs / "mine")
    assert "The training goes on: 25 updates so far, last written" in status.told(choosing.read("mine"))[1]
    past = time.time() - 200
    os.utime(runs / "mine" / FILE, (past, past))
    assert "The training stands still at 25 updates, last written 3 min ago" in status.told(choosing.read("mine"))[1]
    made(stage="broken off", updates=1).save(runs / "mine")
    assert (
        "The training was broken off by an error or an interruption after 1 update"
        in status.told(choosing.read("mine"))[1]
    )
    made().save(runs / "mine")
    assert "The training ended after 25 updates, last written" in status.told(choosing.read("mine"))[1]


def test_findings_are_those_of_examine() -> None:
    of = chosen("adding-default")
    (finding,) = findings.found(of)
    assert finding == rnnviz.examine(of.record)[0]
    at = page("your_training.record=adding-default", "your_training.view:findings")
    evidence = f"| what is left of the gradient's norm, a step back | {finding.evidence['factor']:.4g} |"
    for part in (finding.sentence, finding.remedy, evidence):
        assert part in words(at)
    assert run(drawing.findings_code(of))["printed"].strip() == str(finding)


# --- Figures and scripts ---


@together("function", EVERY_FIGURE)
@together("beside", [False, True])
def test_a_script_draws_the_figure_of_the_page(function: str, beside: bool) -> None:
    of, other = (Chosen(name, name, records.load(name), 0, follows=False) for name in SAMPLES)
    request = Request(function, Place("rnn", 0, "forward"), "light", 40 if function in drawing.STEPS else None)
    with_other = other if beside else None
    code = drawing.code_of(request, of, with_other)
    assert "records.load" in code
    assert_same(drawn(code), drawing.figure_of(request, of, with_other))


def test_a_script_of_a_record_of_the_server_names_its_folder_alone(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made().save(runs / "It's mine")
    of = choosing.read("It's mine")
    request = Request("watched_units", drawing.places(of.record)[0], "light")
    code = drawing.code_of(request, of, None)
    assert str(runs) not in code
    monkeypatch.chdir(runs)
    assert_same(drawn(code), drawing.figure_of(request, of, None))


def test_the_figures_show_the_numbers_of_the_record() -> None:
    of = chosen("adding-remedied")
    place = Place("rnn", 0, "forward")
    for row in (0, 50):
        shown = drawing.figure_of(Request("watched_steps", place, "light", row), of, None).data[0]
        np.testing.assert_array_equal(shown.y, of.record.layers[0]["grad_norm"][row, 0, 0])
    loss = drawing.figure_of(Request("watched_loss", place, "light"), of, None).data[0]
    np.testing.assert_array_equal(loss.y, of.record.loss)


def test_without_losses_and_gates_their_figures_are_left_out() -> None:
    bare = made(loss=np.full(3, np.nan, np.float32))
    place = drawing.places(bare)[0]
    assert drawing.available(drawing.NORMS, bare, place) == ["watched_norms"]
    assert drawing.available(drawing.STATES, bare, place) == list(drawing.STATES)


def test_places_have_names_that_differ_in_a_link() -> None:
    odd = (layer(path=""), layer(path="λ"), layer(path="x" * 5_000), layer(path="x" * 4_999))
    record = made(layers=odd)
    named = view.named_places(record, drawing.places(record))
    assert len(named) == 16
    slugs = [view.controls.slug(name) for name in named]
    assert len(set(slugs)) == 16
    assert all(0 < len(one) <= 120 for one in slugs)
