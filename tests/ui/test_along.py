"""Each page keeps its own example; a network and a text come along when the visitor says so, and go again."""

from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.caching import size_of
from rnnviz.page_registry import (
    ATTENTION,
    BESIDE,
    BY_TITLE,
    GATES,
    HIDDEN_STATES,
    INTERVENTIONS,
    PAGES,
    SENTIMENT,
    STEP_THROUGH,
    Page,
)
from rnnviz.ui.selection import DEFAULT, Selection
from rnnviz.ui.selection.along import example_of, is_same, parts_differing, taken, takes
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.selection.visit import KEPT, MOST_BYTES, OF_OFFER, Visit, fits
from rnnviz.ui.shell.along import BACK, TAKE
from rnnviz.ui.widgets import step_view
from tests.serving import ROOT
from tests.ui.opened import link_of, opened
from tests.ui.test_link import LONG_NUMBERS

OWN: Final = changed(DEFAULT, cell="gru", input="words", words="my own words", hidden_size=3)
LINK: Final = "/Step_through?cell=gru&input=words&words=my+own+words&hidden_size=3"
TAKING: Final = [page for page in PAGES if page.takes and not page.takes_in]


def go(at: AppTest, page: Page) -> AppTest:
    """A plain link to another page."""
    at.query_params.clear()
    at.switch_page(page.path).run()
    assert not at.exception
    return at


def offered(at: AppTest) -> set[str]:
    """What the line at the top of a page offers."""
    return {said for button in at.button for said in (TAKE, BACK) if said.partition("{")[0] in button.label}


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if label.partition("{")[0] in button.label).click().run()
    assert not at.exception
    return at


def test_every_page_keeps_its_own_example_after_another_was_changed() -> None:
    at = opened(LINK)
    for page in (*PAGES, *BESIDE):
        if page is STEP_THROUGH:
            continue
        shown = link_of(go(at, page))
        alone = AppTest.from_file(ROOT / "app.py", default_timeout=120)
        alone.switch_page(page.path).run()
        assert shown == link_of(alone), page.title
        assert offered(at) == ({TAKE} if page in TAKING else set()), page.title
    assert link_of(go(at, STEP_THROUGH))["words"] == "my own words"
    assert offered(at) == {BACK}


def test_whoever_has_chosen_nothing_is_offered_nothing() -> None:
    at = opened("/")
    for page in TAKING:
        assert offered(go(at, page)) == set()


@pytest.mark.parametrize("page", [page for page in TAKING if page is not STEP_THROUGH], ids=lambda page: page.title)
def test_what_came_along_goes_by_one_click(page: Page) -> None:
    at = go(opened(LINK), page)
    before = link_of(at)
    shown = link_of(press(at, TAKE))
    assert shown["words"] == "my own words"
    assert offered(at) == {BACK}
    assert link_of(go(go(at, STEP_THROUGH), page)) == shown
    assert link_of(press(at, BACK)) == before
    assert offered(at) == {TAKE}


@pytest.mark.parametrize(
    ("link", "page", "part"),
    [
        (LINK, SENTIMENT, "text"),
        ("/Step_through?cell=lstm&input=words&words=my+own+words", HIDDEN_STATES, "network and text"),
        ("/Sentiment?cell=lstm&trained=reviews-lecture-lstm", SENTIMENT, "network"),
    ],
)
def test_the_line_names_what_comes_along(link: str, page: Page, part: str) -> None:
    at = opened(link)
    if page.address not in link:
        at = go(at, page)
        assert any(TAKE.format(part) in button.label for button in at.button)
        press(at, TAKE)
        assert f"This page shows your {part}." in "".join(one.body for one in at.get("html"))
    visit = at.session_state["rnnviz.visit"]
    assert visit.has_come() == part


def test_parts_that_differ_are_those_of_what_is_on_show() -> None:
    assert parts_differing(DEFAULT, changed(DEFAULT, t=1)) == ""
    assert parts_differing(DEFAULT, changed(DEFAULT, words="not on show, numbers are")) == ""
    assert parts_differing(DEFAULT, changed(DEFAULT, numbers="1 1 1 1 2")) == "text"
    assert parts_differing(DEFAULT, changed(DEFAULT, seed=5)) == "network"
    assert parts_differing(DEFAULT, changed(DEFAULT, seed=5, input="words")) == "network and text"


def test_the_line_is_not_there_while_presenting_and_at_a_stop_of_a_tour() -> None:
    assert offered(go(opened(f"{LINK}&present=1"), GATES)) == set()
    at = opened("/Step_through?cell=rnn&tour=lecture.1")
    assert offered(go(at, GATES)) == set()  # what a stop shows is nobody's choice


def test_of_another_network_a_page_keeps_its_choices_and_drops_what_has_no_place() -> None:
    here = changed(OPENINGS[INTERVENTIONS.title], views=(("interventions.view", "probe"),))
    shown = taken(OWN, here, INTERVENTIONS.title)
    assert (shown.model, shown.words, shown.views) == (OWN.model, OWN.words, here.views)
    assert shown.interventions == ""
    other = changed(here, words="((a) b", interventions="")
    assert taken(other, here, INTERVENTIONS.title).interventions == here.interventions


def test_a_page_for_reviews_takes_the_words_of_an_untrained_network_and_networks_that_classify() -> None:
    here = OPENINGS[SENTIMENT.title]
    assert taken(OWN, here, SENTIMENT.title).words == "my own words"
    assert taken(OWN, here, SENTIMENT.title).model == here.model
    assert taken(changed(DEFAULT, cell="lstm"), here, SENTIMENT.title) is here
    assert taken(changed(DEFAULT, cell="lstm", trained="brackets"), here, SENTIMENT.title) is here
    other = changed(here, trained="reviews-lecture-lstm")
    assert taken(other, here, SENTIMENT.title).model == other.model
    assert not takes(ATTENTION.title, OPENINGS[ATTENTION.title])
    assert takes(ATTENTION.title, changed(DEFAULT, views=(("attention.view", "on-a-review"),)))


def visiting(*titles: str) -> Visit:
    visit = Visit()
    for title in titles:
        visit.leave(title)
    return visit


def test_the_last_choice_is_the_one_that_is_offered_and_stays_while_the_visitor_is_here() -> None:
    visit = visiting("Gates", "Gradients")
    for title, selection in (("Step through", OWN), ("Hidden states", changed(OWN, seed=5))):
        visit.leave(title)
        visit.follow(selection)
    visit.leave("Gates")
    assert visit.can_take() == "Hidden states"
    visit.follow(changed(OWN, seed=6))
    assert visit.can_take() == "Hidden states"
    visit.leave("Gradients")
    assert visit.can_take() == "Gates"
    visit.leave("Hidden states")
    visit.follow(example_of("Hidden states"))
    visit.leave("Gates")
    assert visit.can_take() == "Step through"


def test_a_link_that_takes_a_network_along_says_all_or_leaves_it_to_the_session() -> None:
    visit = visiting("Your network")
    params = visit.offer(HIDDEN_STATES.title, OWN)
    assert fits(params)
    assert params["words"] == "my own words"
    lines = LONG_NUMBERS.splitlines()
    for count, told in ((80, {KEPT: OF_OFFER}), (400, {})):  # too long for a link of a page, and for any
        long = changed(OWN, input="numbers", numbers="\n".join(lines[:count]))
        assert visit.offer(HIDDEN_STATES.title, long).items() >= told.items()
        assert "numbers" not in visit.offer(HIDDEN_STATES.title, long)
        assert is_same(visit.offered[HIDDEN_STATES.title], long)


def test_the_selections_of_all_pages_together_are_bounded() -> None:
    visit = Visit()
    for k, title in enumerate([*BY_TITLE, *BY_TITLE]):
        visit.leave(title)
        words = f"{k} " + "\N{MATHEMATICAL BOLD SMALL A}" * 90_000
        visit.selection = changed(Selection(), input="words", words=words, second=words[::-1])
        visit.draft("numbers", words, "no numbers")
        visit.link(title)
        visit.remember((title, (("t", str(k)),)))
        assert size_of(visit) <= MOST_BYTES * 1.1
    assert visit.selection.words.startswith(f"{2 * len(BY_TITLE) - 1} ")


LATE: Final = {"name": "weight_ih_l0", "index": [0, 0], "value": 2.0, "t": 1}


def test_an_edit_that_comes_after_its_page_was_left_stays_there() -> None:
    """A click on the navigation takes the focus from the editor, which then applies what was typed."""
    at = opened("/Step_through?cell=rnn")
    go(at, HIDDEN_STATES)
    before = link_of(at)
    visit = at.session_state["rnnviz.visit"]
    wanted = step_view._wanted({**LATE, "kind": "edit"}, visit.pages[STEP_THROUGH.title])
    visit.keep_on(STEP_THROUGH.title, changed(visit.pages[STEP_THROUGH.title], **wanted))
    at.run()
    assert link_of(at) == before
    assert TAKE in offered(at)
    assert "weight_ih_l0" in link_of(go(at, STEP_THROUGH))["edits"]
