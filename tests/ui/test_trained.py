"""Trained networks as a choice: what they bring, when they give way, and what of them a link says."""

import re
from dataclasses import replace
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import checkpoints
from rnnviz.names import CELLS
from rnnviz.page_registry import BY_TITLE
from rnnviz.spec import Edit
from rnnviz.ui.selection import (
    DEFAULT,
    Selection,
    cells_of,
    checkpoint_of,
    families,
    inputs,
    network,
    step_count,
    steps,
    unknown_steps,
    unknown_words,
    with_cell,
    without_viewpoint,
)
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import from_params, to_params
from rnnviz.ui.selection.openings import OPENINGS, opening_of
from rnnviz.ui.selection.trained import label, what_it_learned, what_it_reads
from tests.serving import ROOT
from tests.together import together
from tests.ui.opened import link_of, opened, warned
from tests.ui.test_state import button, run, session

FAMILIES = families()


def test_some_ship():
    assert {"latch", "adding", "brackets"} <= set(FAMILIES)


@together("family", FAMILIES)
def test_a_trained_network_brings_its_sizes_and_an_example(family):
    for cell in cells_of(family):
        known = checkpoints.load(f"{family}-{cell}")
        selection = changed(DEFAULT, trained=family, cell=cell)
        assert network(selection) == known.model
        assert inputs(selection).shape == (len(steps(selection)), known.model.input_size)
        assert selection.input == ("numbers" if known.splits == "numbers" else "words")


@together("family", FAMILIES)
def test_a_link_names_the_family_and_the_cell_alone(family):
    selection = changed(DEFAULT, trained=family, cell="gru")
    params = to_params(selection)
    assert set(params) <= {"trained", "cell", "input", "words", "numbers"}
    assert from_params(params) == (selection, [])
    assert from_params({"trained": family, "cell": "gru"}) == (selection, [])


def test_what_the_network_reads_is_its_own_embedding():
    known = checkpoints.load("brackets-lstm")
    x = inputs(changed(DEFAULT, trained="brackets", cell="lstm", words="(a)\n~"))
    rows = [known.vocabulary.index(token) for token in ("(", "a", ")", " ")] + [0]
    assert (x == known.weights["embedding.weight"][rows]).all()


def test_another_cell_stays_trained_and_another_size_does_not():
    trained = changed(DEFAULT, trained="latch", cell="lstm")
    assert changed(trained, cell="gru").model == checkpoints.load("latch-gru").model
    smaller = changed(trained, hidden_size=3)
    assert (smaller.model.trained, smaller.model.hidden_size, smaller.words) == ("", 3, trained.words)
    untrained = changed(trained, trained="")
    assert untrained.model.hidden_size == trained.model.hidden_size


def test_what_was_trained_here_is_called_by_its_task_or_as_somebody_has_named_it(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    known = checkpoints.load("latch-lstm")
    for name in ("run-0123456789abcdef-0", "my-own"):
        checkpoints.save(replace(known, name=f"{name}-lstm"), tmp_path)
    assert label("run-0123456789abcdef-0") == "Trained here: latch, T = 20, seed 2"
    assert label("run-0123456789abcdef-1") == "Trained here: run-0123456789abcdef-1"
    assert label("my-own") == "Trained here: my-own"


@together("name", checkpoints.names())
def test_a_card_may_lack_whatever_it_likes(name):
    known = checkpoints.load(name)
    whole = what_it_learned(known)
    sizes = whole.partition(" units")[0]
    for card in ({}, *({key: known.card[key] for key in known.card if key != gone} for gone in known.card)):
        said = what_it_learned(replace(known, card=card))
        assert said.startswith(f"{sizes} units")
        assert ("trained to" in said.lower()) != ("The task of its training is not known." in said)
        assert len(said) <= len(whole)
        assert said.endswith(".")


def test_a_network_of_one_s_own_without_a_card_is_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    known = checkpoints.load("latch-lstm")
    checkpoints.save(replace(known, name="my-own-lstm", trained_by=known.model, card={}), tmp_path)
    for page in ("Hidden_states", "Gates", "Gradients", "Step_through"):
        at = opened(f"/{page}?trained=my-own&cell=lstm")
        assert warned(at) == []
        assert link_of(at)["trained"] == "my-own"


def test_a_link_to_a_damaged_network_says_why_it_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    known = checkpoints.load("latch-lstm")
    path = checkpoints.save(replace(known, name="my-own-lstm"), tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    selection, problems = from_params({"trained": "my-own"})
    assert selection == DEFAULT
    assert len(problems) == 1
    assert problems[0].startswith("trained: expected a checkpoint in my-own-lstm.safetensors; ")
    assert str(tmp_path) not in problems[0]


def test_a_cell_that_was_not_trained_is_untrained(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    known = checkpoints.load("latch-lstm")
    run = checkpoints.Checkpoint(
        "run-0a-0-lstm", known.trained_by, known.weights, known.vocabulary, known.splits, known.card
    )
    checkpoints.save(run, tmp_path)
    selection = changed(DEFAULT, trained="run-0a-0")
    assert selection.model.cell == "lstm"
    assert with_cell(selection, "rnn").model.trained == ""
    assert changed(selection, cell="rnn").model.trained == ""
    assert with_cell(changed(DEFAULT, trained="latch", cell="lstm"), "rnn").model.trained == "latch"


MARKED: Final = "Not good, the film isn't: it's 3.5 of 10 (at best) … well – no!"


@together("family", FAMILIES)
def test_an_untrained_cell_beside_a_network_reads_as_many_steps(family: str) -> None:
    for own in cells_of(family):
        opening = changed(DEFAULT, trained=family, cell=own)
        own_texts = [changed(opening, words=MARKED)] if family.startswith("reviews") else []
        for selection in (opening, *own_texts):
            for cell in CELLS:
                assert step_count(with_cell(selection, cell)) == step_count(selection), (selection.words, cell)


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"trained": "elephant"}, "trained must be one of .* or a finished run; got 'elephant'"),
        ({"trained": "../latch"}, "trained must be one of .*; got '../latch'"),
        ({"trained": "latch", "hidden_size": "3"}, "hidden_size must be .* for the trained network latch; got 3"),
        ({"trained": "adding", "numbers": "1 2 3"}, "needs 2 numbers per row; got 3. An untrained network"),
    ],
)
def test_links_that_do_not_fit(params, problem):
    selection, problems = from_params(params)
    assert len(problems) == 1
    assert re.search(problem, problems[0])
    assert inputs(selection).shape[1] == network(selection).input_size


def test_a_text_that_the_network_cannot_read_is_refused():
    trained = changed(DEFAULT, trained="adding")
    with pytest.raises(ValueError, match="The trained network needs 2 numbers per row; got 3"):
        changed(trained, numbers="1 2 3")


def test_numbers_typed_over_the_input_go_with_the_embedding():
    trained = changed(DEFAULT, trained="latch", cell="lstm")
    edited = changed(trained, edits=(Edit("x", (0, 0), 9.0), Edit("weight_hh_l0", (0, 0), 9.0)))
    assert inputs(edited)[0, 0] == 9
    assert changed(edited, trained="").edits == (Edit("weight_hh_l0", (0, 0), 9.0),)


@pytest.mark.parametrize("page", OPENINGS)
def test_a_page_without_a_link_opens_on_its_own_example(page):
    selection, problems = from_params({}, OPENINGS[page])
    assert (selection, problems) == (OPENINGS[page], [])
    assert opening_of(page, {}) == OPENINGS[page]
    assert from_params({"t": "2"}, OPENINGS[page])[0].t == 2
    assert from_params({"cell": "rnn"}, OPENINGS[page])[0] == Selection()


@pytest.mark.parametrize("params", [{"t": "1"}, {"v": "1"}, {"views": "step_through.below:what-to-look-for"}], ids=str)
def test_a_link_from_before_step_through_had_an_opening_means_the_example(params):
    assert from_params(params, opening_of("Step through", params))[0].model == Selection().model
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    at.query_params.update(params)
    at.switch_page(BY_TITLE["Step through"].path).run()
    assert not at.exception
    assert at.query_params["cell"] == "rnn"
    assert "trained" not in at.query_params


@pytest.mark.parametrize("page", OPENINGS)
def test_what_a_page_opens_on_leaves_what_was_chosen_on_others(page):
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    at.query_params["views"] = "memory.view:the-task"
    at.switch_page(BY_TITLE["Memory"].path).run()
    at.switch_page(BY_TITLE[page].path).run()
    assert not at.exception
    assert at.query_params.get("views", "") == " ".join(":".join(choice) for choice in OPENINGS[page].views)
    at.switch_page(BY_TITLE["Memory"].path).run()
    assert at.query_params["views"] == "memory.view:the-task"
    at.switch_page(BY_TITLE[page].path).run()
    selection, problems = from_params(dict(at.query_params), opening_of(page, at.query_params))
    assert not problems
    assert without_viewpoint(selection) == without_viewpoint(OPENINGS[page])


@pytest.mark.parametrize("page", [page for page, opening in OPENINGS.items() if opening.views])
def test_what_was_chosen_in_place_of_a_pages_first_choice_is_kept_and_in_the_link(page):
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    at.switch_page(BY_TITLE[page].path).run()
    ((key, shown),) = OPENINGS[page].views
    assert at.query_params["views"] == f"{key}:{shown}"
    at.switch_page(BY_TITLE["Memory"].path).run()
    assert "views" not in at.query_params  # a link to another page does not speak of it
    at.switch_page(BY_TITLE[page].path).run()
    assert at.query_params["views"] == f"{key}:{shown}"
    at.session_state["rnnviz.visit"].selection = replace(OPENINGS[page], views=())
    for other in ("Memory", page):
        at.switch_page(BY_TITLE[other].path).run()
    assert not at.exception
    assert "views" not in at.query_params
    again, problems = from_params(dict(at.query_params), opening_of(page, at.query_params))
    assert (again.views, problems) == ((), [])


@pytest.mark.parametrize(
    ("page", "params"),
    [
        ("Attention", {"entries": "attention.reverse=123"}),
        ("Attention", {"views": "attention.task:dates"}),
        ("Sequences", {"views": "sequences.view:order"}),
        ("Sequences", {"entries": "sequences.digit_word=3"}),
    ],
    ids=str,
)
def test_a_link_from_before_a_page_had_another_first_choice_means_what_it_meant(page, params):
    assert not {"attention.score", "sequences.kind"}.intersection(
        dict(from_params(params, opening_of(page, params))[0].views)
    )


@pytest.mark.parametrize("params", [{"views": "gradients.view:why"}, {"t": "3"}], ids=str)
def test_a_link_from_before_gradients_opened_on_one_that_vanishes_means_the_network_that_adds(params):
    assert from_params(params, opening_of("Gradients", params))[0].model.trained == "adding"


def test_texts_come_back_with_their_network():
    def ask(**changes):
        at.session_state["asked"] = changes
        run(at)
        button(at, "try").click()
        return run(at).session_state["selection"]

    at = session(trained="latch", cell="lstm", words="no so so")
    assert ask(trained="brackets").words == changed(DEFAULT, trained="brackets").words
    assert ask(trained="latch").words == "no so so"
    assert ask(trained="").words == "no so so"


def test_an_unknown_word_of_the_example_itself_was_met_in_training():
    one = changed(DEFAULT, trained="memory-latch-40-bias3", cell="lstm")
    known = checkpoint_of(one.model)
    told = what_it_reads(one, known)
    assert "These are not in it and are read as [UNK], as unknown ones did in training: hmm" in told


def test_the_steps_whose_tokens_a_network_does_not_know() -> None:
    words = changed(Selection(), cell="gru", trained="word-classes", words="they ZEBRA the watch qqq")
    assert unknown_steps(words) == (1, 4)
    assert unknown_steps(changed(words, words="They watch")) == ()
    assert unknown_words(words)[1] == "[UNK]"
    assert unknown_words(changed(words, words="They flurb Flurb flurb")) == (["flurb", "Flurb"], "[UNK]")
    assert unknown_words(changed(words, words="They watch")) == ([], "[UNK]")
    assert unknown_steps(changed(Selection(), input="words", words="they zebra")) == ()
    assert unknown_steps(changed(Selection(), cell="lstm", trained="adding")) == ()
