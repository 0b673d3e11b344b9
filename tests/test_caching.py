"""Results are kept in so many bytes, the least recently used go first, and equal calls compute once."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from rnnviz import caching, cli
from rnnviz.caching import cached, size_of
from rnnviz.figures import Figure
from rnnviz.spec import Edit, ModelSpec

MB = 1_000_000


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    caching.clear()
    monkeypatch.setenv(caching.VARIABLE, "10")
    yield
    caching.clear()


class Calls:
    """Two functions whose results are kept, and what they were asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

        @cached(100)
        def one(key: Any, size: int = 1) -> bytes:
            self.asked.append(("one", key))
            return bytes(size)

        @cached(2)
        def other(key: Any, *, size: int = 1) -> bytes:
            self.asked.append(("other", key))
            return bytes(size)

        self.one, self.other = one, other

    def computed(self) -> list[Any]:
        asked, self.asked = self.asked, []
        return asked


def test_all_functions_together_keep_so_many_bytes() -> None:
    calls = Calls()
    for k in range(30):
        calls.one(k, MB)
        calls.other(k, size=MB)
        assert caching.total() <= 10 * MB
    assert caching.total() > 8 * MB
    calls.one("large", 11 * MB)  # more than there is room for: it is given out, and nothing goes for it
    calls.computed()
    calls.one(29, MB)
    calls.one("large", 11 * MB)
    assert calls.computed() == [("one", "large")]


def test_the_least_recently_used_of_all_goes_first() -> None:
    calls = Calls()
    calls.one("a", 4 * MB)
    calls.other("b", size=4 * MB)
    calls.one("a", 4 * MB)  # used again
    calls.one("c", 4 * MB)
    calls.computed()
    assert len(calls.one("a", 4 * MB)) == 4 * MB
    calls.other("b", size=4 * MB)
    assert calls.computed() == [("other", "b")]
    calls.one("c", 4 * MB)
    assert calls.computed() == [("one", "c")]


def test_a_function_keeps_so_many_results() -> None:
    calls = Calls()
    for key in ("a", "b", "a", "c", "a", "b"):
        calls.other(key)
    assert [key for _, key in calls.computed()] == ["a", "b", "c", "b"]


@dataclass(frozen=True)
class Frozen:
    value: object
    apart: int = 0


@dataclass(frozen=True)
class Other(Frozen):
    pass


def test_what_is_equal_in_type_and_value_is_the_same_and_nothing_else() -> None:
    calls = Calls()
    different = [1, 1.0, True, "1", b"1", 0.0, -0.0, 0, False, None, (1,), (1.0,), Frozen(1), Frozen(1.0), Other(1)]
    different += [Frozen((1, Frozen(2))), Frozen((1, Frozen(2.0))), np.int64(1), np.float32(1), float("nan")]
    different += [ModelSpec(forget_bias=1), ModelSpec(forget_bias=1.0)]
    different += [Edit("x", (0,), 0.0), Edit("x", (0,), -0.0)]
    for _ in range(2):
        for value in different:
            calls.one(value)
    assert len(calls.computed()) == len(different)
    assert caching.total() == pytest.approx(len(different) * 1_200, rel=0.6)


def test_an_argument_that_can_change_is_refused() -> None:
    @dataclass
    class Loose:
        value: int

    @dataclass(frozen=True, eq=False)
    class Nameless:
        value: int

    calls = Calls()
    for value in ([1], {"a": 1}, {1}, np.zeros(3), Loose(1), Nameless(1), Frozen([1]), object()):
        with pytest.raises(TypeError, match="must be a frozen value; got a"):
            calls.one(value)
    assert calls.computed() == []


def test_a_value_may_say_what_stands_for_it() -> None:
    @dataclass(frozen=True, eq=False)
    class Run:
        id: str
        numbers: np.ndarray

        @property
        def cache_key(self) -> str:
            return self.id

    calls = Calls()
    for name in ("a", "b", "a"):
        calls.one(Run(name, np.zeros(3)))
    assert len(calls.computed()) == 2


def test_an_argument_that_begins_with_a_stroke_is_no_part_of_the_key() -> None:
    computed = []

    @cached(9)
    def first_of(key: int, _rest: list[int]) -> int:
        computed.append(key)
        return _rest[0]

    assert [first_of(1, [7]), first_of(1, [8]), first_of(1, _rest=[9]), first_of(2, [9])] == [7, 7, 7, 9]
    assert computed == [1, 2]


def test_equal_calls_at_the_same_time_compute_once() -> None:
    begun, go_on = threading.Event(), threading.Event()
    computed, found = [], []

    @cached(9)
    def slow(key: str) -> object:
        computed.append(key)
        begun.set()
        assert go_on.wait(30)
        return object()

    threads = [threading.Thread(target=lambda: found.append(slow("a"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    assert found == []
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert computed == ["a"]
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_other_calls_do_not_wait_for_one_that_takes_long() -> None:
    calls, begun, go_on = Calls(), threading.Event(), threading.Event()

    @cached(9)
    def slow() -> None:
        begun.set()
        assert go_on.wait(30)

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(30)
    assert calls.one("a") == b"\0"
    go_on.set()
    thread.join(30)


def test_an_exception_is_not_kept_and_not_given_to_who_waits() -> None:
    begun, go_on = threading.Event(), threading.Event()
    said: list[object] = []
    left = [KeyboardInterrupt("the first visitor has gone"), ValueError("no")]

    @cached(9)
    def failing(_unkeyed: object) -> str:
        begun.set()
        assert go_on.wait(30)
        if left:
            raise left.pop(0)
        return "done"

    def ask() -> None:
        try:
            said.append(failing(1))
        except (KeyboardInterrupt, ValueError) as error:
            said.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    threads[0].start()
    assert begun.wait(30)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert sorted(map(str, said)) == ["done", "no", "the first visitor has gone"]
    assert failing(2) == "done"


def test_many_threads_leave_the_count_of_bytes_right() -> None:
    @cached(7)
    def made(key: int) -> bytes:
        return bytes(key * 1000)

    def visitor(seed: int) -> None:
        random = np.random.default_rng(seed)
        for key in random.integers(1, 40, 300).tolist():
            assert len(made(key)) == key * 1000

    threads = [threading.Thread(target=visitor, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < caching.total() <= 7 * 42_000
    made.clear()
    assert caching.total() == 0


class Gone(BaseException):
    """Whoever asked has moved on."""


def test_what_nobody_waits_for_is_not_computed_and_waiting_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, begun, go_on, computed = threading.local(), threading.Event(), threading.Event(), []

    def pause() -> None:
        if getattr(visitor, "is_gone", False):
            raise Gone

    monkeypatch.setattr(caching, "_pause", caching._pause)
    caching.before_computing(pause)

    @cached(9)
    def slow(key: str) -> str:
        computed.append(key)
        begun.set()
        assert go_on.wait(30)
        return key

    visitor.is_gone = True
    with pytest.raises(Gone):
        slow("a")
    assert computed == []
    other = threading.Thread(target=slow, args=("a",))
    other.start()
    assert begun.wait(30)
    with pytest.raises(Gone):
        slow("a")  # which another visitor waits for
    go_on.set()
    other.join(30)
    assert slow("a") == "a"
    assert computed == ["a"]


@pytest.mark.parametrize("said", ["", "many", "-1", "1.5", "9" * 10, "²"])
def test_how_much_is_kept_is_a_whole_number(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(caching.VARIABLE, said)
    if said:
        with pytest.raises(ValueError, match=r"RNNVIZ_CACHE_MB must be a whole number of million bytes; got"):
            caching.limit()
    else:
        assert caching.limit() == caching.DEFAULT_MB * MB


def test_the_command_refuses_what_it_cannot_be(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["app", "--cache-mb", "-1"])
    assert (
        "argument --cache-mb: must be a whole number of million bytes, at least 0; got '-1'" in capsys.readouterr().err
    )


def test_nothing_is_kept_where_nothing_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(caching.VARIABLE, "0")
    calls = Calls()
    assert [calls.one("a"), calls.one("a")] == [b"\0", b"\0"]
    assert len(calls.computed()) == 2
    assert caching.total() == 0


# --- Sizes ---


def test_arrays_count_with_their_memory_and_once() -> None:
    array = np.zeros((100, 1000))
    for value in (array, array[:2], [array, array], {"a": array, "b": array[3:]}, (array.T, array[0])):
        assert size_of(value) == pytest.approx(800_000, rel=0.01)


def test_what_is_mapped_from_a_file_costs_nothing(tmp_path: Any) -> None:
    (tmp_path / "bits").write_bytes(bytes(MB))
    mapped = np.memmap(tmp_path / "bits", np.uint8, "r")
    assert size_of([mapped, mapped[5:], np.asarray(mapped)]) < 1000


def test_tensors_and_networks_count() -> None:
    network = torch.nn.LSTM(100, 100)
    numbers = sum(parameter.numel() for parameter in network.parameters())
    assert size_of(network) == pytest.approx(4 * numbers, rel=0.1)
    assert size_of({"x": torch.zeros(1000, 100)}) == pytest.approx(400_000, rel=0.01)


def test_texts_and_objects_count_and_circles_end() -> None:
    @dataclass(slots=True)
    class Slotted:
        text: str

    class Loop:
        def __init__(self) -> None:
            self.itself, self.text = self, "a" * 5000

    assert size_of("é" * 5000) == pytest.approx(5000, rel=0.05)
    assert size_of("€" * 5000) == pytest.approx(10_000, rel=0.05)
    assert size_of(Slotted("a" * 5000)) == pytest.approx(5000, rel=0.05)
    assert size_of(Loop()) == pytest.approx(5000, rel=0.1)
    assert size_of([Loop, len, size_of, np]) < 1000


def test_a_figure_counts_with_its_numbers() -> None:
    figure = Figure({"data": [{"type": "scatter", "y": np.zeros(50_000)}]})
    assert 400_000 <= size_of(figure) < 900_000
