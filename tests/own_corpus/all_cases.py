"""All cases of the corpus, and the quarter of them that is quick."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from tests.own_corpus import keras_cases, older_cases, onnx_cases, paper_cases, shipped_cases, torch_cases, torch_files
from tests.own_corpus.cases import Case
from tests.own_corpus.left_out import LEFT_OUT

MODULES: Final = (torch_cases, torch_files, paper_cases, keras_cases, older_cases, onnx_cases, shipped_cases)
ALL: Final[tuple[Case, ...]] = tuple(case for module in MODULES for case in module.CASES)
CASES: Final[tuple[Case, ...]] = tuple(case for case in ALL if case.name not in LEFT_OUT)
EACH: Final = 4
"""One of so many of each kind, and of each that happens in it, is quick."""
EACH_OF_KERAS: Final = 8
"""The same of files that Keras writes and a process of its own reads, which take longer."""


def quick(cases: Sequence[Case] = CASES) -> frozenset[str]:
    """The names of a quarter of the cases: the first of each kind and what happens in it, and some after."""

    def group(case: Case) -> tuple[str, str]:
        return case.kind, case.happens

    return frozenset(
        case.name
        for _, found in groupby(sorted(cases, key=group), key=group)
        for number, case in enumerate(found)
        if number % (EACH_OF_KERAS if keras_cases.is_written(case) else EACH) == 0
    )
