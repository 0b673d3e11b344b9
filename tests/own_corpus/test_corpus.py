"""Whatever is brought is right, asked or refused: every file of the corpus against its own framework."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.own_corpus import keras_cases, page
from tests.own_corpus.all_cases import CASES, EACH, quick
from tests.own_corpus.cases import Case, happened

QUICK = quick()


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """The files are small: threads cost more than they save."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module", autouse=True)
def written(request: pytest.FixtureRequest) -> None:
    """The files of Keras that the tests of this run need, by one process."""
    found = [item.callspec.params.get("case") for item in request.session.items if hasattr(item, "callspec")]
    cases = [case for case in found if isinstance(case, Case) and keras_cases.is_written(case)]
    keras_cases.make([keras_cases.model_of(case.name) for case in cases])


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case.name, marks=() if case.name in QUICK else pytest.mark.nightly) for case in CASES],
)
def test_what_happens_is_what_is_right(case: Case, tmp_path: Path) -> None:
    found = happened(case, tmp_path)
    assert found.what == case.happens, f"{case.about}: {found.message}"
    assert case.told in found.message


def test_names_are_different() -> None:
    assert [name for name, times in Counter(case.name for case in CASES).items() if times > 1] == []


def test_a_refusal_names_what_it_is_of() -> None:
    assert [case.name for case in CASES if case.happens == "refused" and not case.told] == []


def test_the_quick_ones_are_a_quarter_of_every_kind() -> None:
    kinds = {(case.kind, case.happens) for case in CASES}
    assert kinds == {(case.kind, case.happens) for case in CASES if case.name in QUICK}
    assert len(QUICK) <= len(CASES) / EACH + len(kinds)


def test_the_page_is_made_from_the_corpus() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.written(), f"write it again: {page.COMMAND}"
