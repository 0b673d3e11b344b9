"""Trainings on texts by real worker processes: shared, stopped, gone on with; texts and files that lie."""

import json
import os
import queue
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import torch

from rnnviz import jobs, runs
from rnnviz.characters.in_app import train_on_text
from rnnviz.checkpoints.storing import packed as packed_file
from rnnviz.checkpoints.storing import unpacked
from rnnviz.jobs import CharacterJob
from rnnviz.progress import character_progress_from_json
from rnnviz.spec import CharacterSpec, ReviewSpec, TrainSpec, text_key, to_json
from rnnviz.worker import LINE_LIMIT, Train, order
from tests.jobs.trainings import over, quick, underway, until

TEXT: Final = "the cat sat on the mat; the dog sat on the log. " * 100
QUICK: Final = CharacterSpec(text_key(TEXT), hidden_size=16, updates=40, batch=4, length=16)
LONG: Final = replace(QUICK, hidden_size=64, updates=20_000, batch=32, length=32)

pytestmark = pytest.mark.usefixtures("place", "nothing_left")


def finished(spec: CharacterSpec = QUICK, text: str = TEXT) -> CharacterJob:
    job = jobs.submit(spec, "", text)
    assert until(job, over).state == "done"
    return job


def files_of(place: Path, job: CharacterJob) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (place / "jobs" / job.id).iterdir() if path.suffix}


@pytest.mark.slow
def test_a_run_gives_what_training_gives_and_is_one_for_all_who_have_the_text() -> None:
    job = jobs.submit(QUICK, "ann", TEXT)
    seen = until(job, over, visitor="ann")
    assert (seen.state, seen.message) == ("done", "")
    expected, _ = train_on_text(QUICK, TEXT, lambda _: True)
    model = jobs.result(job)
    assert [event.step for event in seen.events] == list(range(1, 41))
    assert seen.events[-1].sample == model.card["samples"][-1][1] == expected.card["samples"][-1][1]
    for mine, theirs in zip(model.network.parameters(), expected.network.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    assert jobs.submit(QUICK, "ben", TEXT) == job
    assert jobs.events(job, visitor="ben").state == "done"


@pytest.mark.slow
def test_it_is_found_after_a_restart_without_its_text(place: Path) -> None:
    job = finished()
    assert jobs.text_of(QUICK.text) == TEXT
    jobs.close()
    assert jobs.find(job.id, CharacterSpec) == job
    assert (jobs.find(job.id, TrainSpec), jobs.find(job.id, ReviewSpec)) == (None, None)
    assert jobs.text_of(QUICK.text) == ""
    with pytest.raises(ValueError, match="the text must be given again"):
        jobs.submit(replace(QUICK, seed=5))
    assert not [path for path in place.rglob("*") if path.is_file() and TEXT.encode() in path.read_bytes()]
    other = jobs.submit(quick(1))
    until(other, over)
    for nothing in (other.id, "0123456789abcdef", "../../etc/passwd", None):
        assert jobs.find(nothing, CharacterSpec) is None


@pytest.mark.slow
def test_what_was_stopped_is_a_run_of_its_own_and_goes_on(place: Path) -> None:
    job = jobs.submit(LONG, "", TEXT)
    until(job, lambda seen: underway(seen) and seen.events[-1].step > 20)
    jobs.cancel(job)
    seen = until(job, over)
    assert (seen.state, seen.message) == ("stopped", "stopped by a visitor")
    made = replace(LONG, updates=seen.events[-1].step)
    part = jobs.find(runs.identity([made]), CharacterSpec)
    assert part is not None
    assert part.specs == (made,)
    learned = jobs.result(part)
    assert len(learned.card["samples"][-1][1]) > 100
    begun = runs.begun(place, [LONG])
    assert begun is not None
    assert begun[0] == made.updates
    assert runs.begun(place, [replace(LONG, updates=made.updates - 1)]) is None
    further = finished(replace(LONG, updates=made.updates + 10), "")  # the text is known yet
    assert jobs.result(further).card["losses"][: made.updates] == learned.card["losses"]
    expected, _ = train_on_text(replace(LONG, updates=made.updates + 10), TEXT, lambda _: True)
    for mine, theirs in zip(jobs.result(further).network.parameters(), expected.network.parameters(), strict=True):
        assert torch.equal(mine, theirs)


@pytest.mark.slow
def test_what_was_begun_and_is_damaged_is_begun_anew(place: Path) -> None:
    job = finished(replace(QUICK, seed=8, updates=10))
    (file,) = (place / "jobs" / job.id).glob("begun-*")
    file.write_bytes(file.read_bytes()[:-40])
    expected, _ = train_on_text(replace(QUICK, seed=8), TEXT, lambda _: True)
    assert jobs.result(finished(replace(QUICK, seed=8))).card["losses"] == expected.card["losses"]


def test_what_goes_wrong_after_it_has_gone_on_is_told_and_nothing_is_learned_again() -> None:
    _, begun = train_on_text(replace(QUICK, updates=10), TEXT, lambda _: True)
    heard: list[int] = []

    def tell(events: Sequence[Any]) -> None:
        heard.extend(event.step for event in events)
        if len(heard) == len(events):
            raise ValueError("nobody listens")

    with pytest.raises(ValueError, match="nobody listens"):
        runs.perform(runs.Work((QUICK,), tell, lambda: False, TEXT, begun))
    assert heard == [1]


def test_why_a_training_begins_anew_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    _, begun = train_on_text(replace(QUICK, updates=10), TEXT, lambda _: True)
    made = runs.perform(runs.Work((QUICK,), lambda _: None, lambda: False, TEXT, begun[:-40]))
    assert made is not None
    assert made.run == runs.identity([QUICK])
    assert "a training begins anew: expected an unfinished training" in capsys.readouterr().err


def test_another_text_is_refused() -> None:
    with pytest.raises(ValueError, match="the text must be that of the settings; got another one"):
        jobs.submit(replace(QUICK, seed=6), "", TEXT + "!")
    with pytest.raises(ValueError, match="1,000 to 1,000,000 characters; got 3"):
        jobs.submit(replace(QUICK, seed=6), "", "abc")


def test_texts_that_are_held_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnviz.jobs.scheduler.TEXTS_LIMIT", 3 * len(TEXT))
    jobs.close()
    first = finished(QUICK)
    texts = [TEXT[:-1] + letter for letter in "abc"]
    specs = [replace(LONG, text=text_key(text)) for text in texts]
    for spec, text in zip(specs, texts, strict=True):
        jobs.submit(spec, "", text)
    assert jobs.text_of(QUICK.text) == ""  # of a run that is over
    assert jobs.events(first).state == "done"
    assert jobs.text_of(specs[0].text) == texts[0]
    jobs.submit(replace(specs[0], seed=1), "", texts[0])  # no more than before
    with pytest.raises(queue.Full, match="too long together"):
        jobs.submit(replace(QUICK, seed=11), "another", TEXT)


# --- Orders and messages ---


def line(**changes: object) -> bytes:
    plain = {"train": runs.identity([QUICK]), "specs": [to_json(QUICK)], "folder": "/tmp", "text": TEXT, **changes}
    return json.dumps({name: value for name, value in plain.items() if value is not None}).encode()


def test_orders_are_understood() -> None:
    assert order(line()) == Train(runs.identity([QUICK]), (QUICK,), Path("/tmp"), TEXT)
    most = "é\0" * 500_000
    spec = replace(QUICK, text=text_key(most))
    told = {"train": runs.identity([spec]), "specs": [to_json(spec)], "folder": "/tmp", "text": most}
    written = json.dumps(told, ensure_ascii=False).encode()
    assert len(written) < LINE_LIMIT
    assert order(written).text == most  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "sent",
    [
        line(text=None),
        line(text=""),
        line(text=7),
        line(text=TEXT + "!"),
        line(text=TEXT, more=1),
        line(specs=[to_json(QUICK)] * 2),
        line(specs=[to_json(QUICK) | {"updates": 10**9}]),
        line(specs=[to_json(QUICK) | {"text": "/etc/passwd"}]),
        line(specs=[to_json(quick(1))], train=runs.identity([quick(1)])),
    ],
    ids=lambda sent: f"{sent[-60:]!r}",
)
def test_what_is_no_order_is_refused(sent: bytes) -> None:
    with pytest.raises(ValueError, match=r"must|may"):
        order(sent)


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": 0},
        {"step": True},
        {"loss": "low"},
        {"loss": 1},
        {"validation": "x"},
        {"counted": [1.0]},
        {"sample": "x" * 401},
        {"sample": None},
        {"more": 1},
    ],
)
def test_what_is_no_event_is_refused(wrong: dict[str, Any]) -> None:
    event = {"step": 1, "loss": 2.0, "validation": None, "counted": 2.5, "sample": "abc"}
    assert character_progress_from_json(event).counted == 2.5
    with pytest.raises(ValueError, match=r"must|expected"):
        character_progress_from_json(event | wrong)


# --- Files ---


@pytest.mark.parametrize(
    "change",
    [
        {"spec": to_json(QUICK) | {"seed": 77}},
        {"spec": to_json(QUICK) | {"text": "/etc/passwd"}},
        {"spec": None},
        {"losses": []},
        {"losses": ["<b>"]},
        {"looks": [[1]]},
        {"looks": [["1", 2.0]]},
        {"samples": [[1, 2]]},
        {"samples": [[1, "x" * 401]]},
        {"validation": "1"},
        {"ngrams": {"order": "6", "bits": 2.0}},
        {"characters": {"train": 1}},
        {"seconds": "long"},
    ],
    ids=lambda change: f"{change!r:.50}",
)
def test_a_card_that_is_none_is_refused(place: Path, tmp_path: Path, change: dict[str, object]) -> None:
    job = finished()
    files = files_of(place, job)
    tensors, about = unpacked(files["characters.safetensors"], "characters")
    about["card"] |= change
    lying = files | {"characters.safetensors": packed_file(tensors, about, "characters")}
    with pytest.raises(ValueError, match=r"must|expected|may only"):
        runs.keep(tmp_path, job.id, lying)
    assert not list((tmp_path / "jobs").iterdir())
    runs.keep(tmp_path, job.id, files)
    assert runs.specs_of(tmp_path, job.id) == (QUICK,)


@pytest.mark.slow
def test_other_files_and_other_networks_are_refused(place: Path, tmp_path: Path) -> None:
    one, other = finished(), finished(replace(QUICK, hidden_size=24))
    files = files_of(place, one)
    begun = next(name for name in files if name.startswith("begun-"))
    for wrong in (
        files | {"../evil.json": b"{}"},
        {"characters.safetensors": files["characters.safetensors"]},
        {name.replace("-40.", "-41."): content for name, content in files.items()},
        files | {begun: bytes(17 * 2**20)},
    ):
        with pytest.raises(ValueError, match=r"must"):
            runs.keep(tmp_path, one.id, wrong)
    with pytest.raises(ValueError, match=f"expected the run {other.id}; got {one.id}"):
        runs.keep(tmp_path, other.id, files)
    tensors, _ = unpacked(files_of(place, other)["characters.safetensors"], "characters")
    _, about = unpacked(files["characters.safetensors"], "characters")
    about["model"]["hidden_size"] = 24
    larger = packed_file(tensors, about, "characters")
    with pytest.raises(ValueError, match="must have the sizes of its settings"):
        runs.keep(tmp_path, one.id, files | {"characters.safetensors": larger})


@pytest.mark.slow
def test_a_damaged_run_is_said_to_be_and_done_again(place: Path) -> None:
    job = finished(replace(QUICK, seed=3))
    file = place / "jobs" / job.id / "characters.safetensors"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(ValueError, match="the run must be on disk"):
        jobs.result(job)
    assert not runs.has(place, job.id)
    assert jobs.result(finished(replace(QUICK, seed=3)))


@pytest.mark.slow
def test_what_was_not_used_for_longest_goes_first(place: Path) -> None:
    old, new = finished(replace(QUICK, seed=4)), finished(replace(QUICK, seed=9))
    os.utime(place / "jobs" / old.id, (1e9, 1e9))
    sizes = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    runs.trim(place, sizes - 1)
    assert not runs.has(place, old.id)
    assert runs.has(place, new.id)
