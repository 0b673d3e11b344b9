"""Whatever a file that is opened as a view holds: it is a view, or is refused in a few words."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pytest

from rnnviz import page_registry
from rnnviz.ui.selection import DEFAULT, view_file
from rnnviz.ui.selection.link import from_params, to_params
from rnnviz.ui.selection.openings import OPENINGS
from tests.hostile import mutations
from tests.hostile.cases import Fuzzer, blocks, survives
from tests.hostile.test_links import TITLES, address

PAGES: Final = [page.title for page in (page_registry.HOME, *page_registry.PAGES)]


def file(chosen: Random) -> str:
    """A view file whose link, whose structure or whose text somebody has changed."""
    case = address(chosen)
    view: Any = json.loads(view_file.written(TITLES[case.page], case.params()))
    way = chosen.randrange(4)
    if way == 0:
        return mutations.text(chosen, json.dumps(view))
    if way == 1:
        return json.dumps(mutations.data(chosen, view))
    if way == 2:
        view["params"] = mutations.data(chosen, view["params"])
    return json.dumps(view, ensure_ascii=chosen.random() < 0.5)


def read(text: str) -> Iterator[str]:
    page, params = view_file.read(text, PAGES)
    selection, problems = from_params(params, OPENINGS.get(page, DEFAULT))
    assert from_params(to_params(selection)) == (selection, [])
    yield from problems


FILES: Final = Fuzzer("view file", file, read, (TypeError, ValueError))


@pytest.mark.parametrize("block", blocks(15))
def test_any_view_file_is_a_view_or_refused(block: int) -> None:
    survives(FILES, block)
