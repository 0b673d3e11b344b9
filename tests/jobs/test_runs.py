"""Finished runs are found again as they were, as long as there is room, whatever else is in their folder."""

import os
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from safetensors.numpy import save as tensors_as_bytes

from rnnviz import checkpoints, models, runs
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from rnnviz.train import checkpoint_of, train_together
from tests.jobs.trainings import arms, long, quick


def finished(*specs: TrainSpec) -> tuple[str, dict[str, bytes]]:
    """The name and the files of a run that was really trained."""
    histories = train_together(specs)
    networks = [
        checkpoint_of(history, runs.network_name(history.spec, run), run)
        for history in histories
        for run in range(len(history.spec.seeds))
    ]
    return runs.identity(specs), runs.pack(histories, networks)


def networks(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def unused_for(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_equal_settings_have_the_same_name_and_others_another() -> None:
    spec = quick(1, rate=1.0, max_norm=0.0)
    name = runs.identity([spec])
    assert runs.is_identity(name)
    assert runs.identity([replace(spec, rate=1, max_norm=-0.0)]) == name
    others = [[replace(spec, rate=1.5)], [replace(spec, seeds=(2,))], [spec, replace(spec, max_norm=None)]]
    assert len({name, *map(runs.identity, others)}) == 4


def test_a_run_is_found_again_with_networks_that_can_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    specs = arms(quick(1, seeds=(1, 2)))
    name, packed = finished(*specs)
    assert not runs.has(tmp_path, name)
    runs.keep(tmp_path, name, packed)
    assert runs.has(tmp_path, name)
    for spec, ours, expected in zip(specs, runs.load(tmp_path, name), train_together(specs), strict=True):
        assert ours.spec == spec
        np.testing.assert_array_equal(ours.loss, expected.loss)
        for run in range(2):
            checkpoint = checkpoints.load(f"{runs.network_name(spec, run)}-gru")
            weights = models.build(checkpoint.model).state_dict()["rnn.weight_hh_l0"]
            np.testing.assert_array_equal(weights.numpy(), expected.weights["weight_hh_l0"][run])


@pytest.mark.parametrize("name", ["../../etc", "", "A" * 16, "0123456789abcde", "0123456789abcdef/", None, 7])
def test_no_path_is_smuggled_in(tmp_path: Path, name: object) -> None:
    assert not runs.is_identity(name)
    assert not runs.has(tmp_path, name)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        runs.load(tmp_path, name)  # type: ignore[arg-type]


def test_a_damaged_run_is_said_to_be_and_removed(tmp_path: Path) -> None:
    name, packed = finished(quick(1))
    runs.keep(tmp_path, name, packed)
    file = tmp_path / "jobs" / name / "0.safetensors"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"^expected a history"):
        runs.load(tmp_path, name)
    assert not runs.has(tmp_path, name)


DEEP: Final = "[" * 100_000
NOTED: Final = tensors_as_bytes({"a": np.zeros(1, np.float32)}, metadata={"characters": DEEP, "history": DEEP})


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("0.safetensors", NOTED),
        ("characters.safetensors", NOTED),
        ("characters.safetensors", bytes(4 * 2**20)),
        ("lecture-lstm.json", DEEP.encode()),
        ("lecture-lstm.json", b'{"spec":' * 900 + b"1" + b"}" * 900),
        ("lecture-lstm.json", bytes(2 * 2**20)),
        ("lecture-lstm.json", b"\xff\xfe"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:9]),
)
def test_what_is_no_file_of_a_run_is_refused_and_removed(tmp_path: Path, file: str, content: bytes) -> None:
    name = "0123456789abcdef"
    place = tmp_path / "jobs" / name
    place.mkdir(parents=True)
    (place / file).write_bytes(content)
    with pytest.raises(ValueError, match=r"must|expected|codec"):
        runs.specs_of(tmp_path, name)
    assert not runs.has(tmp_path, name)


def test_a_run_under_another_name_is_refused(tmp_path: Path) -> None:
    (name, packed), (other, _) = finished(quick(1)), finished(quick(2))
    with pytest.raises(ValueError, match=f"expected the histories of the run {other}; got those of {name}"):
        runs.keep(tmp_path, other, packed)
    assert not list((tmp_path / "jobs").iterdir())


def test_files_that_are_none_of_the_run_are_refused(tmp_path: Path) -> None:
    name, packed = finished(quick(1))
    foreign = next(iter(set(packed) - {"0.safetensors"})).replace("-0-gru", "-1-gru")
    with pytest.raises(ValueError, match=r"the networks must be .*-0-gru.safetensors; got "):
        runs.keep(tmp_path, name, {**packed, foreign: b""})
    with pytest.raises(ValueError, match=r"packed must have 1\.safetensors"):
        runs.keep(tmp_path, name, {**packed, "../evil.safetensors": b""})
    assert networks(tmp_path) == []


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    kept = [finished(quick(seed)) for seed in range(4)]
    size = sum(map(len, kept[0][1].values()))
    for age, (name, packed) in enumerate(kept[:3]):
        runs.keep(tmp_path, name, packed)
        unused_for(tmp_path / "jobs" / name, 100 - age)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "latch-gru.safetensors").write_text("another's")
    runs.load(tmp_path, kept[0][0])
    runs.keep(tmp_path, *kept[3], limit=int(3.5 * size))
    assert [runs.has(tmp_path, name) for name, _ in kept] == [True, False, True, True]
    assert [f"{runs.network_name(quick(seed), 0)}-gru.safetensors" in networks(tmp_path) for seed in range(4)] == [
        True, False, True, True,
    ]  # fmt: skip
    assert {"notes.txt", "latch-gru.safetensors"} <= set(networks(tmp_path))


def test_a_network_stays_while_any_run_has_it(tmp_path: Path) -> None:
    plain, clipped = arms(quick(1))
    pair, alone = finished(plain, clipped), finished(plain)
    for age, run in enumerate((pair, alone)):
        runs.keep(tmp_path, *run)
        unused_for(tmp_path / "jobs" / run[0], 100 - age)
    runs.trim(tmp_path, 2 * sum(map(len, alone[1].values())) - 1)
    assert [runs.has(tmp_path, name) for name, _ in (pair, alone)] == [False, True]
    assert networks(tmp_path) == [f"{runs.network_name(plain, 0)}-gru.safetensors"]


def test_what_a_killed_process_left_half_done_is_removed_after_a_while(tmp_path: Path) -> None:
    name, packed = finished(quick(1))
    runs.keep(tmp_path, name, packed)
    orphan = f"run-{'0' * 16}-0-gru.safetensors"
    left = [tmp_path / orphan, tmp_path / f"{orphan}.12-34", tmp_path / "jobs" / ".half-done-x" / "0.safetensors"]
    left[2].parent.mkdir()
    for path in left:
        path.write_bytes(b"half")
    runs.trim(tmp_path)
    assert all(path.exists() for path in left)
    for path in (*left, left[2].parent):
        unused_for(path, 4000)
    runs.trim(tmp_path)
    assert not any(path.exists() for path in left)
    assert runs.load(tmp_path, name)


def test_many_at_once_on_one_folder(tmp_path: Path) -> None:
    kept = [finished(quick(seed)) for seed in range(3)]
    size = sum(map(len, kept[0][1].values()))
    trouble: list[Exception] = []

    def keep_and_load(turn: int) -> None:
        try:
            for k in range(15):
                name, packed = kept[(turn + k) % 3]
                runs.keep(tmp_path, name, packed, limit=2 * size)
                with suppress(FileNotFoundError):  # removed by another in the meantime, as a whole
                    assert runs.load(tmp_path, name)[0].spec == quick((turn + k) % 3)
        except (OSError, ValueError, AssertionError) as error:
            trouble.append(error)

    threads = [threading.Thread(target=keep_and_load, args=(turn,)) for turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not trouble


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        ([], "a run must have 1 to 32 arms; got 0"),
        ([quick(1)] * 2, "arms must be different from each other; got one twice"),
        ([replace(quick(1), rate=float(k)) for k in range(33)], "a run must have 1 to 32 arms; got 33"),
        (
            [replace(long(1), rate=float(k)) for k in range(13)],
            r"steps x seeds .* at most 50,000,000,000 in all arms together; got 53,248,000,000",
        ),
        (
            [replace(long(1), seeds=tuple(range(9)), rate=float(k)) for k in range(13)],
            r"^seeds x .* at most 20,000,000 in all arms together; got 23,961,600",
        ),
        (
            [
                TrainSpec(
                    ModelSpec("lstm", 2, 256, 4), TaskSpec("adding", 2), batch_size=1, steps=9, seeds=tuple(range(9))
                )
            ],
            r"the weights and curves of all seeds must have at most 50,331,648 bytes; got 66,440,016",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_is_too_much_is_refused(specs: list[TrainSpec], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        runs.check(specs)


def test_the_size_of_a_history_is_known_before(tmp_path: Path) -> None:
    for spec in (quick(1, seeds=(1, 2)), quick(1, steps=300, every=1)):
        _, packed = finished(spec)
        assert runs.size([spec]) / 2 == pytest.approx(len(packed["0.safetensors"]), rel=0.25, abs=4000)
