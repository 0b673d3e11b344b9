"""Records as folders: which are offered, what is refused, and one that is read while its training writes it."""

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import rnnviz
from benchmarks import recording
from rnnviz import records
from rnnviz.checkpoints import RefusedError
from rnnviz.places import RECORDS_VARIABLE
from rnnviz.record import FILE, Record
from rnnviz.watching import watched as watching
from tests.watching.test_record import made, same


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(RECORDS_VARIABLE, str(tmp_path / "runs"))
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


def test_what_ships_is_small_and_known() -> None:
    assert set(records.shipped_names()) == set(records.ABOUT)
    for name in records.shipped_names():
        record = records.load(name)
        assert record.stage == "ended"
        assert sum(path.stat().st_size for path in records.folder_of(name).iterdir()) < 40_000
    assert [one.name for one in rnnviz.examine(records.load("adding-default"))] == ["vanishing"]
    assert not rnnviz.examine(records.load("adding-remedied"))


@pytest.mark.parametrize("name", records.shipped_names())
def test_what_ships_begins_as_our_own_command_makes_it(name: str, tmp_path: Path) -> None:
    made_now, shipped = recording.watched(name, tmp_path, updates=41), records.load(name)
    np.testing.assert_allclose(made_now.loss, shipped.loss[:2], rtol=1e-3)
    np.testing.assert_allclose(made_now.grad_norm_after, shipped.grad_norm_after[:2], rtol=1e-3)
    np.testing.assert_allclose(made_now.layers[0]["grad_norm"], shipped.layers[0]["grad_norm"][:2], rtol=1e-2)


def test_each_subfolder_with_a_record_is_offered(folder: Path) -> None:
    for name in ("LSTM, lr 0.1", "b"):
        made(updates=len(name)).save(folder / name)
    (folder / "no record").mkdir()
    (folder / "a file").write_text("x")
    assert records.offered_names() == ("LSTM, lr 0.1", "b")
    assert same(records.load("LSTM, lr 0.1"), made(updates=12))


def test_a_folder_that_is_a_record_is_offered_by_its_name(folder: Path) -> None:
    made().save(folder)
    assert records.offered_names() == ("runs",)
    assert records.folder_of("runs") == folder


def test_one_of_the_server_comes_before_one_that_ships(folder: Path) -> None:
    made(updates=77).save(folder / "adding-default")
    assert records.load("adding-default").updates == 77


@pytest.mark.parametrize("name", ["none", "..", "../runs", "", "/etc", "adding-default/.."])
def test_nothing_else_is_read(folder: Path, name: str) -> None:
    made().save(folder.parent)
    made().save(folder / "mine")
    with pytest.raises(ValueError, match=r"a record must be one of mine, adding-default, adding-remedied; got"):
        records.load(name)


def test_a_damaged_record_is_refused_until_it_is_written_again(folder: Path) -> None:
    made().save(folder / "mine")
    (folder / "mine" / FILE).write_bytes(b"no record")
    with pytest.raises(
        RefusedError, match=r"the record 'mine' cannot be read: expected a record that rnnviz\.watch wrote"
    ):
        records.load("mine")
    made(updates=30).save(folder / "mine")
    assert records.load("mine").updates == 30


def test_a_folder_without_a_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere$"):
        records.check_folder(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"must hold record\.safetensors, .* or subfolders with one; got none"):
        records.check_folder(tmp_path)
    made().save(tmp_path / "run")
    records.check_folder(tmp_path)
    records.check_folder(tmp_path / "run")


def test_a_training_that_goes_on_stands_still_if_nothing_is_written(folder: Path) -> None:
    made(stage="going on").save(folder / "mine")
    record = records.load("mine")
    assert not records.stands_still(record, records.age("mine"))
    past = time.time() - 100
    os.utime(folder / "mine" / FILE, (past, past))
    assert 99 < records.age("mine") < 160
    assert records.stands_still(record, records.age("mine"))
    assert not records.stands_still(made(stage="ended"), 100)
    future = time.time() + 100
    os.utime(folder / "mine" / FILE, (future, future))
    assert records.age("mine") == 0


def test_a_training_is_followed_while_it_writes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "WRITE_EVERY", 0.0)
    may_go_on, has_stepped = threading.Semaphore(0), threading.Semaphore(0)
    losses = []

    def train() -> None:
        gru = nn.GRU(3, 4)
        optimizer = torch.optim.SGD(gru.parameters(), lr=0.1)
        with rnnviz.watch(gru, every=2, folder=folder / "mine") as watched:
            for _ in range(5):
                has_stepped.release()
                may_go_on.acquire(timeout=30)
                loss = gru(torch.ones(6, 2, 3))[0].square().sum()
                loss.backward()
                watched.note_loss(loss)
                losses.append(float(loss.detach()))
                optimizer.step()
                optimizer.zero_grad()

    thread = threading.Thread(target=train)
    thread.start()
    seen, versions = [], set()
    for _ in range(5):
        assert has_stepped.acquire(timeout=30)
        record = records.load("mine")
        seen.append((record.stage, record.updates, len(record.update)))
        versions.add(records.version("mine"))
        np.testing.assert_allclose(record.loss, losses[::2][: len(record.update)], rtol=1e-6)
        may_go_on.release()
    thread.join(timeout=30)
    assert seen == [("going on", k, -(-k // 2)) for k in range(5)]
    assert len(versions) == 5
    last = records.load("mine")
    assert (last.stage, last.updates, last.update.tolist()) == ("ended", 5, [0, 2, 4])


def test_an_error_breaks_a_training_off(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt), rnnviz.watch(nn.GRU(3, 4), folder=folder / "mine"):
        raise KeyboardInterrupt
    assert records.load("mine").stage == "broken off"


def test_a_file_that_is_being_read_on_windows_stops_no_training(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "WRITE_EVERY", 0.0)
    write, tries = Record.save, []

    def save(record: Record, where: Path) -> None:
        tries.append(record.updates)
        if record.updates == 1:
            raise PermissionError("in use")
        write(record, where)

    monkeypatch.setattr(Record, "save", save)
    gru = nn.GRU(3, 4)
    optimizer = torch.optim.SGD(gru.parameters(), lr=0.1)
    with rnnviz.watch(gru, every=1, folder=folder / "mine"):
        for _ in range(2):
            gru(torch.ones(6, 2, 3))[0].sum().backward()
            optimizer.step()
    assert tries == [0, 1, 2, 2]
    assert records.load("mine").updates == 2
