"""Whether whatever is read survives any number of hostile cases, each within its share of the processor."""

import reprlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Generic, TypeVar

import pytest
from _pytest.mark.structures import ParameterSet

from tests.hostile.mutations import drawn

BLOCK: Final = 1_000
"""Cases of one test: the first block of each kind is quick enough for every run of the tests."""

MOST_SECONDS: Final = 1.0
"""Of the processor, a case."""

MOST_LETTERS: Final = 1_000
"""Of a message."""

_SHOWN: Final = reprlib.Repr()
_SHOWN.maxstring = _SHOWN.maxother = 1_500

Case = TypeVar("Case")


@dataclass(frozen=True)
class Fuzzer(Generic[Case]):
    """One kind of hostile input.

    Attributes:
        name: With the number of a case, its seed.
        make: A case of a source of random numbers.
        attempt: What is done with a case; what it says to the visitor about it.
        refusals: What it may raise instead, with a message for the visitor.
    """

    name: str
    make: Callable[[Random], Case]
    attempt: Callable[[Case], Iterable[str]]
    refusals: tuple[type[Exception], ...] = ()


def blocks(slow: int) -> list[ParameterSet]:
    """The numbers of blocks of cases: the first in every run of the tests, so many more where slow tests are run."""
    return [pytest.param(0), *(pytest.param(k, marks=pytest.mark.nightly) for k in range(1, slow + 1))]


def survives(fuzzer: Fuzzer[Any], block: int, count: int = BLOCK) -> None:
    """Make the cases of a block and attempt each; a failure names the seed and the case."""
    for number in range(block * count, (block + 1) * count):
        case = fuzzer.make(drawn(fuzzer.name, number))
        try:
            seconds, messages = _measured(fuzzer, case)
            if seconds > MOST_SECONDS:  # the first of a kind loads modules, and a busy machine takes longer
                seconds = min(seconds, *(_measured(fuzzer, case)[0] for _ in range(2)))
        except Exception as error:
            raise AssertionError(_told(fuzzer, number, case, f"raised {type(error).__name__}: {error}")) from error
        assert seconds <= MOST_SECONDS, _told(fuzzer, number, case, f"took {seconds:.1f} s of the processor")
        for message in messages:
            said = f"said {len(message):,} characters: {message[:200]!r}"
            is_short = 0 < len(message) <= MOST_LETTERS and message.isprintable()
            assert is_short, _told(fuzzer, number, case, said)


def _measured(fuzzer: Fuzzer[Any], case: Any) -> tuple[float, list[str]]:
    begun = time.process_time()
    try:
        messages = list(fuzzer.attempt(case))
    except fuzzer.refusals as error:
        messages = [str(error)]
    return time.process_time() - begun, messages


def _told(fuzzer: Fuzzer[Any], number: int, case: Any, what: str) -> str:
    return f"the case drawn({fuzzer.name!r}, {number}) {what[:600]}\n{_SHOWN.repr(case)}"
