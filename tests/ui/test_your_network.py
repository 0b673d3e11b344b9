"""The page "Your network" keeps what a visitor types and clicks while his files arrive."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import page_registry
from tests.own.files import VOCABULARY, as_torch, classifier
from tests.serving import ROOT
from tests.ui.opened import boxes

BROKEN = b'{"a": '


@pytest.fixture
def page() -> AppTest:
    at = AppTest.from_file(ROOT / "app.py", default_timeout=120)
    at.switch_page(page_registry.YOUR_NETWORK.path).run()
    at.file_uploader(key="your_network.file").upload("mine.pt", as_torch(classifier().state_dict()))
    return at.run()


def bring(page: AppTest, vocabulary: bytes) -> AppTest:
    page.file_uploader(key="your_network.vocabulary").upload("vocab.json", vocabulary)
    return page


def test_what_is_being_typed_stays_where_it_is_while_a_vocabulary_arrives(page: AppTest) -> None:
    before = boxes(page)
    assert len(before) == 3
    assert boxes(bring(page, BROKEN).run()) == before
    assert [one.value for one in page.error]
    assert boxes(bring(page, json.dumps(VOCABULARY).encode()).run()) == before
    page.button[-1].click().run()
    assert any("is open" in one.value for one in page.markdown)
    assert boxes(page) == before


def test_a_click_counts_while_the_vocabulary_arrives(page: AppTest) -> None:
    button = next(one for one in page.button if one.label == "Open the network")
    button.click()
    bring(page, json.dumps(VOCABULARY).encode()).run()
    assert any("is open" in one.value for one in page.markdown)
    (known,) = page.session_state["rnnviz.visit"].opened.values()
    assert known.vocabulary == VOCABULARY
