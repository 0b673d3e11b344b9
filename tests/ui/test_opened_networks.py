"""A network from a visitor's file is that visitor's alone."""

import gc
from pathlib import Path
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import checkpoints, own
from rnnviz.checkpoints import Checkpoint, held
from rnnviz.ui.selection import DEFAULT, checkpoint_of, tokens_in, trained
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import from_params, to_params
from rnnviz.ui.selection.visit import MOST_OPENED, Visit
from tests.own.files import VOCABULARY, written

PAGE: Final = "Step through"


@pytest.fixture
def known(tmp_path: Path) -> Checkpoint:
    return of(tmp_path)


def of(folder: Path, **chosen: object) -> Checkpoint:
    path = written(folder)
    tensors = own.read(path.name, path.read_bytes())
    choice = own.proposed(own.parts(tensors)[0], tensors, own.of_tokens(VOCABULARY))
    choice = own.Choice(**{**choice.__dict__, **chosen})
    return own.checkpoint(own.family_of(path.read_bytes(), choice), tensors, choice, own.Files(path.name, "vocab.json"))


def test_who_opened_it_has_links_to_it(known: Checkpoint) -> None:
    visit = Visit()
    visit.keep(known)
    selection = changed(DEFAULT, trained=known.family, cell="lstm")
    found, problems = visit.meant(to_params(selection), PAGE)
    assert not problems
    assert found == selection
    assert checkpoint_of(found.model) is visit.opened[known.family]


def test_to_others_its_link_says_which_file_to_open_and_keeps_the_text(known: Checkpoint) -> None:
    mine, other = Visit(), Visit()
    mine.keep(known)
    params = to_params(changed(changed(DEFAULT, trained=known.family, cell="lstm"), words="good film"))
    found, problems = other.meant(params, PAGE)
    assert len(problems) == 1
    assert "Open the file on the page “Your network”" in problems[0]
    assert known.family.split("-")[1] in problems[0]
    assert not found.model.trained
    assert found.words == "good film"
    assert from_params(params)[0].model.trained == known.family, "or it would not be held, and the test says nothing"


def test_a_visit_keeps_the_last_ones(tmp_path: Path) -> None:
    visit = Visit()
    names = [("a", "b", "c"), ("d", "e", "f"), ("g", "h", "i")]
    all_of_them = [of(tmp_path, classes=classes) for classes in names]
    for one in all_of_them:
        visit.keep(one)
    assert list(visit.opened) == [one.family for one in all_of_them[-MOST_OPENED:]]
    visit.keep(all_of_them[1])
    assert list(visit.opened)[-1] == all_of_them[1].family
    assert visit.messages == ["mine.pt is closed, since at most 2 are open at once."]


def test_when_its_visit_has_ended_an_untrained_network_stands_in_its_place(tmp_path: Path) -> None:
    visit = Visit()
    # A name that no other test has: one that a page has shown may be held by what the warm-up has frozen.
    visit.keep(opened := of(tmp_path, classes=("bad", "neither", "good")))
    family = opened.family
    visit.selection = changed(DEFAULT, trained=family, cell="lstm")
    del opened
    visit.opened.clear()
    gc.collect()
    assert held.held(f"{family}-lstm") is None
    visit.let_go_of_lost_network()
    assert not visit.selection.model.trained
    (message,) = visit.messages
    assert message.startswith("This link shows a network from a file.")
    assert message.endswith("An untrained network of the same sizes is shown in its place.")


def test_it_is_called_after_its_file(known: Checkpoint) -> None:
    visit = Visit()
    visit.keep(known)
    assert trained.label(known.family) == "From a file: mine.pt"
    assert known.family not in trained.to_choose()
    assert known.family in trained.to_choose(known.family)


def test_its_example_is_of_tokens_that_it_knows(known: Checkpoint) -> None:
    visit = Visit()
    visit.keep(known)
    selection = changed(DEFAULT, trained=known.family, cell="lstm")
    assert set(tokens_in(selection)) <= set(VOCABULARY[2:])
    assert trained.another_example(known, 1) != trained.another_example(known, 2)


def test_a_network_of_the_folder_is_offered_to_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints.save(own.open_file(written(tmp_path), family="of-the-lecturer"), tmp_path / "models")
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path / "models"))
    assert "of-the-lecturer" in trained.to_choose()
    found, problems = Visit().meant({"trained": "of-the-lecturer", "cell": "lstm"}, PAGE)
    assert not problems
    assert found.model.hidden_size == 6


def test_a_link_is_followed_once_its_file_is_open(known: Checkpoint) -> None:
    mine, other = Visit(), Visit()
    mine.keep(known)
    params = to_params(changed(changed(DEFAULT, trained=known.family, cell="lstm"), words="good film", t=1))
    other.meant(params, PAGE)
    assert other.wanted == (PAGE, params)
    other.keep(known)
    found, problems = other.meant(params, PAGE)
    assert not problems
    assert (found.model.trained, found.words, found.t) == (known.family, "good film", 1)


def test_of_a_link_that_waits_no_more_is_kept_than_a_link_holds(known: Checkpoint) -> None:
    visit = Visit()
    visit.meant({"trained": known.family, "cell": "lstm", "words": "a " * 1_000_000, "other": "x", "t": "1"}, PAGE)
    assert visit.wanted == (PAGE, {"trained": known.family, "cell": "lstm", "t": "1"})


def test_of_the_same_file_with_other_choices_that_is_said(tmp_path: Path) -> None:
    def page(known: "Any", params: dict[str, str]) -> None:
        import streamlit as st

        from rnnviz.ui.selection import state
        from rnnviz.ui.selection.visit import this_visit

        state.current("Step through")
        this_visit().wanted = "Step through", params
        state.open_network(known)
        st.session_state["messages"] = state.messages()

    mine, other = of(tmp_path, pooling="mean"), of(tmp_path)
    params = {"trained": mine.family, "cell": "lstm", "words": "good film"}
    for known, said in ((other, "with another vocabulary or other choices"), (mine, "")):
        at = AppTest.from_function(page, default_timeout=20, kwargs={"known": known, "params": params}).run()
        assert not at.exception
        assert said in " ".join(at.session_state["messages"])
        assert bool(at.session_state["messages"]) == bool(said)


def test_without_its_file_a_link_with_an_initial_state_says_one_thing(known: Checkpoint) -> None:
    params = {"trained": known.family, "cell": "lstm", "words": "good film", "after": "bad film"}
    assert len(Visit().meant(params, PAGE)[1]) == 1
