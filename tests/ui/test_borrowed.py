"""The networks of characters and the encoders as checkpoints: they compute what the networks themselves compute."""

import numpy as np
import pytest
import torch

from rnnviz import attention, characters, checkpoints
from rnnviz.answers import answers
from rnnviz.attention.recipes import NAMES as TRANSLATORS
from rnnviz.attention.tasks import task
from rnnviz.capture import capture
from rnnviz.characters.recipes import NAMES as WRITERS
from rnnviz.checkpoints import Checkpoint
from rnnviz.checkpoints.encoders import READ
from rnnviz.models import build
from rnnviz.spec import Edit
from rnnviz.text import exact_characters_of
from rnnviz.ui.selection import DEFAULT, checkpoint_of, inputs, steps, with_cell
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import from_params
from rnnviz.ui.selection.trained import another_example, example_of, what_it_learned, what_it_reads
from rnnviz.ui.shell import inside
from tests.ui.opened import link_of, opened, warned

TEXT = "def F(a):\n    return 'é'"
SOURCES = {"reverse": "3141592", "dates": "Mon 21-Jul-69"}


def logits_of(known: Checkpoint, tokens: tuple[str, ...]) -> np.ndarray:
    with torch.inference_mode():
        return build(known.model)(torch.from_numpy(known.vectors(tokens))[None])[0].numpy()


@pytest.mark.parametrize("name", WRITERS)
def test_a_network_of_characters_outputs_what_it_outputs_on_its_own_page(name: str) -> None:
    known, model = checkpoints.load(f"characters-{name}"), characters.load(name)
    found = logits_of(known, exact_characters_of(TEXT))
    np.testing.assert_allclose(found, model.logits(TEXT), atol=2e-5)
    assert known.is_one_hot
    assert len(known.tokens) == len(model.alphabet)


@pytest.mark.parametrize("name", TRANSLATORS)
def test_an_encoder_has_the_states_that_the_decoder_looks_at(name: str) -> None:
    known, source = checkpoints.load(f"encoder-{name}-gru"), SOURCES[name.partition("-")[0]]
    trace = capture(build(known.model).rnn, torch.from_numpy(known.vectors(tuple(source)))[None])
    states = np.concatenate(list(trace["h"][-1, :, 0]), axis=-1)
    decoding = attention.load(name).decode(source, limit=1)
    np.testing.assert_allclose(states, decoding.encoded, atol=1e-6)


def test_an_encoder_knows_the_symbols_of_its_task() -> None:
    assert {name: tuple(symbols) for name, symbols in READ.items()} == {name: task(name).read for name in READ}


def test_an_encoder_refuses_what_its_network_refuses() -> None:
    known = checkpoints.load("encoder-dates-dot-gru")
    assert known.encode(tuple("5 MAY")).tolist() == known.encode(tuple("5 may")).tolist()
    assert known.unreadable(tuple("5 May!!")) == ("!",)
    with pytest.raises(ValueError, match="tokens must be in the vocabulary of encoder-dates-dot-gru; got '!'"):
        known.vectors(tuple("5 May!"))


def test_a_text_that_an_encoder_cannot_read_is_said() -> None:
    shown = changed(DEFAULT, trained="encoder-reverse-dot")
    with pytest.raises(ValueError, match="can only read 0 1 2 3 4 5 6 7 8 9; got 'a ␣'"):
        changed(shown, words="12a 3")
    selection, problems = from_params({"trained": "encoder-reverse-dot", "words": "x"})
    assert selection.model.trained == ""
    assert "An untrained network of the same sizes" in problems[0]


def test_case_and_line_ends_count_for_characters() -> None:
    shown = changed(DEFAULT, trained="characters-python", cell="lstm", words="A\na")
    assert steps(shown) == ("A", "↵", "a")
    alphabet = characters.load("python-lstm").alphabet
    assert inputs(shown).argmax(1).tolist() == alphabet.encode("A\na").tolist()
    edited = changed(shown, edits=(Edit("x", (0, 3), 0.5),))
    assert changed(edited, words="A\nb").edits
    assert not changed(edited, words="a\nb").edits


def test_too_long_a_text_is_refused_and_said() -> None:
    shown = changed(DEFAULT, trained="characters-python", cell="rnn")
    with pytest.raises(ValueError, match="at most 2,000 characters; got 2,001"):
        changed(shown, words="a" * 2001)


def test_the_output_is_the_next_character() -> None:
    known, tokens = checkpoints.load("characters-python-lstm"), exact_characters_of("import ☃")
    logits = logits_of(known, tokens)
    found = answers(known, logits, tokens, known.vectors(tokens))
    assert [one.target for one in found] == ["m", "p", "o", "r", "t", " ", "", ""]
    assert [one.output for one in found] == [known.vocabulary[k] for k in logits.argmax(1)]
    assert found[4].correct
    assert found[6].correct is None


@pytest.mark.parametrize(
    "family", ["characters-python", "characters-shakespeare", "encoder-reverse-dot", "encoder-dates-none"]
)
def test_both_examples_can_be_read_and_are_described(family: str) -> None:
    shown = changed(DEFAULT, trained=family)
    known = checkpoints.load(f"{family}-{shown.model.cell}")
    for text in (example_of(known), another_example(known, 1)):
        assert "including all of these" in what_it_reads(changed(shown, words=text), known)
    assert "Trained to " in what_it_learned(known)
    strange = changed(shown, words="☃") if known.unknown else shown
    assert not known.unknown or "are read as ?: ☃" in what_it_reads(strange, known)


def test_a_network_of_one_s_own_may_have_no_token_for_unknown_ones(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    known = checkpoints.load("encoder-reverse-dot-gru")
    own = Checkpoint("own-gru", known.trained_by, known.weights, known.vocabulary, known.splits, known.card, unknown="")
    checkpoints.save(own, tmp_path)
    assert checkpoints.load("own-gru").unknown == ""


@pytest.mark.parametrize("family", ["parity", "encoder-dates-dot"])
def test_other_cells_beside_a_network_of_characters_have_its_steps(family: str) -> None:
    shown = changed(DEFAULT, trained=family)
    beside = with_cell(shown, "lstm")
    assert beside.model.trained == ""
    assert [step.replace("␣", " ") for step in steps(beside)] == list(steps(shown))


@pytest.mark.parametrize("page", ["Hidden_states", "Gates", "Gradients", "Step_through"])
def test_a_page_opens_on_them(page: str) -> None:
    for family in ("characters-shakespeare", "encoder-reverse-none", "decoder-reverse-none"):
        at = opened(f"/{page}?trained={family}")
        assert warned(at) == []
        assert link_of(at)["trained"] == family


def test_the_pages_of_these_networks_lead_inside_with_what_they_read() -> None:
    selection = inside.with_network("encoder-reverse-dot", "gru", "2718")
    assert (selection.model.trained, selection.words) == ("encoder-reverse-dot", "2718")
    unread = inside.with_network("encoder-reverse-dot", "gru", "two")
    assert (unread.model.trained, unread.words) == ("encoder-reverse-dot", example_of(checkpoint_of(unread.model)))
    for address, said in (
        ("/Attention", "Look inside the encoder, with this input:"),
        ("/Attention", "Look inside the decoder, with this input:"),
        ("/Characters?views=characters.view:neurons characters.cell:gru", "Look inside this network, with "),
    ):
        assert any(one.value.startswith(said) for one in opened(address).markdown)
