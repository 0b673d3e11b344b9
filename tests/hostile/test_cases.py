"""What judges the fuzzers fails where it should."""

import time
from collections.abc import Callable, Iterator

import pytest
from safetensors import SafetensorError
from safetensors.numpy import load as read_tensors

from tests.hostile import cases, mutations
from tests.hostile.cases import Fuzzer, survives
from tests.serving import ROOT


def of(attempt: Callable[[int], Iterator[str] | list[str]]) -> Fuzzer[int]:
    return Fuzzer("any", lambda chosen: chosen.randrange(10), attempt, (ValueError,))


def test_equal_seeds_give_equal_cases() -> None:
    network = (ROOT / "assets" / "models" / "latch-rnn.safetensors").read_bytes()
    for make in (
        lambda chosen: mutations.text(chosen, "hidden_size=4&cell=lstm"),
        lambda chosen: mutations.content(chosen, network),
        lambda chosen: repr(mutations.data(chosen, {"a": [1, {"b": "c"}]})),
        lambda chosen: mutations.tensor_file(chosen, network, "checkpoint"),
    ):
        first = [make(mutations.drawn("any", k)) for k in range(200)]
        assert first == [make(mutations.drawn("any", k)) for k in range(200)]
        assert len({repr(one) for one in first}) > 50


def test_some_tensor_files_can_still_be_read_and_most_are_other_files() -> None:
    network = (ROOT / "assets" / "models" / "latch-rnn.safetensors").read_bytes()
    files = [mutations.tensor_file(mutations.drawn("any", k), network, "checkpoint") for k in range(300)]

    def is_read(content: bytes) -> bool:
        try:
            return bool(read_tensors(content))
        except SafetensorError:
            return False

    assert 100 < sum(map(is_read, files)) < 280
    assert sum(one == network for one in files) < 30


def test_an_error_of_another_kind_is_told_with_its_seed() -> None:
    def attempt(case: int) -> list[str]:
        raise KeyError(case)

    with pytest.raises(AssertionError, match=r"drawn\('any', 2000\) raised KeyError"):
        survives(of(attempt), 2)


def test_a_documented_error_is_none() -> None:
    def attempt(case: int) -> list[str]:
        raise ValueError("must be another; got this")

    survives(of(attempt), 0)


@pytest.mark.parametrize("message", ["", "x" * 1_001, "two\nlines"])
def test_a_message_is_there_and_is_no_book(message: str) -> None:
    def attempt(case: int) -> list[str]:
        raise ValueError(message)

    with pytest.raises(AssertionError, match=r"said [0-9,]+ characters"):
        survives(of(attempt), 0)
    with pytest.raises(AssertionError, match=r"said [0-9,]+ characters"):
        survives(of(lambda _: [message]), 0)


def test_a_case_that_takes_too_long_three_times_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 2.0, 10.0, 11.5, 20.0, 21.25])
    monkeypatch.setattr(time, "process_time", lambda: next(clock))
    with pytest.raises(AssertionError, match=r"took 1\.2 s of the processor"):
        survives(of(lambda _: []), 0)


def test_a_case_that_took_long_once_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 2.0, 10.0, 10.5, 20.0, 22.0, *[0.0] * 2 * cases.BLOCK])
    monkeypatch.setattr(time, "process_time", lambda: next(clock))
    survives(of(lambda _: []), 0)
