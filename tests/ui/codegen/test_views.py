"""Every view of every page gives the code of what it shows, asked for as an open menu asks for it."""

import ast
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from rnnviz.jobs import indexing
from rnnviz.jobs.indexing import Making
from rnnviz.page_registry import PAGES
from rnnviz.ui.shell import code_menu
from tests import views
from tests.ui.opened import opened

WITHOUT_CODE: Final = frozenset({"sequences.kinds", "sentiment.review", "characters.example"})
"""Targets that show no numbers of a network."""

MORE: Final = (
    ("/Sequences?views=sequences.of:reviews sequences.view:embeddings", {"sequences.words"}),
    (
        "/Hidden_states?views=hidden_states.networks:rnn-lstm-and-gru hidden_states.view:words-and-units-together",
        {"hidden_states", "hidden_states.together"},
    ),
    ("/Gates?cell=lstm&views=gates.view:saturation", {"gates.figure"}),
    ("/Gates?cell=lstm&views=gates.view:weights", {"gates.figure"}),
    ("/Clipping?views=cliff.figure:in-3-d", {"cliff", "cliff.surface"}),
    ("/Memory?views=memory.view:truncated-backpropagation", {"memory.grid", "memory.window"}),
)
"""Other views, and what they show beside their targets."""


def pointed_at() -> Iterator[tuple[str, set[str]]]:
    """Every view with its targets."""
    for page in PAGES:
        for query in views.queries(page):
            keys = {key for key, target in page.targets.items() if views.query(target) == query}
            yield views.address(page, query), keys - WITHOUT_CODE


@pytest.mark.parametrize(("address", "keys"), [*pointed_at(), *MORE])
def test_a_view(monkeypatch: pytest.MonkeyPatch, address: str, keys: set[str]) -> None:
    found: dict[str, str] = {}

    def menu(key: str, code: Callable[[], str], name: str) -> None:
        assert name.startswith("rnnviz-")
        found[key] = code()

    monkeypatch.setattr(code_menu, "menu", menu)
    monkeypatch.setattr(indexing, "begin", lambda *_: None)
    monkeypatch.setattr(indexing, "progress", lambda *_: Making("waiting"))
    opened(address)
    assert keys <= set(found)
    for code in found.values():
        ast.parse(code)
        assert len(code.splitlines()) < 90
