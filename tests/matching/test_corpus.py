"""Sequences searched as one text: no place goes over a gap, and the states are those of each sequence alone."""

import numpy as np
import pytest
import torch

from rnnviz import checkpoints
from rnnviz.capture import capture
from rnnviz.matching.corpus import TokenCorpus, bits_of, states_on
from rnnviz.matching.search import find
from rnnviz.models import build

SEQUENCES = [("a", "good", "film"), (), ("not", "a", "good", "film", "at", "all"), ("dull",)]


def test_the_states_are_those_of_each_sequence_alone() -> None:
    known = checkpoints.load("reviews-bilstm-lstm")
    rnn, corpus = build(known.model).rnn, TokenCorpus.of(SEQUENCES)
    for signal in ("h", "c"):
        values = states_on(rnn, corpus, known.vectors, signal, direction="reverse")
        for k, sequence in enumerate(filter(None, SEQUENCES)):
            x = torch.from_numpy(known.vectors(sequence))[None]
            alone = capture(rnn, x).panel(signal, direction="reverse")
            begin = corpus.begins[k]
            np.testing.assert_allclose(values[begin : begin + len(sequence)], alone, atol=1e-6)
            assert (values[begin + len(sequence)] == -np.inf).all()


def test_a_place_lies_in_one_sequence() -> None:
    random = np.random.default_rng(3)
    corpus = TokenCorpus.of([("w",) * int(length) for length in random.integers(1, 9, 40)])
    values = random.standard_normal((len(corpus.tokens), 5)).astype(np.float32)
    values[[token == "" for token in corpus.tokens]] = -np.inf
    for length in (1, 2, 4):
        for alone in (False, True):
            found = find(bits_of(values, -0.5), (0, 1), length, 1, alone=alone)
            complete = 0
            for begin, end in zip(corpus.begins[:-1], corpus.begins[1:], strict=True):
                on = values[begin : end - 1, :2] >= -0.5
                for t in range(len(on) - length + 1):
                    inside = on[t : t + length].all(0)
                    beside = [on[k] for k in (t - 1, t + length) if alone and 0 <= k < len(on)]
                    complete += bool((inside & ~np.any(beside, axis=0)).all()) if beside else bool(inside.all())
            assert found.complete == complete
            for place in found.places:
                first, last = corpus.bounds(place.start)
                assert first <= place.start
                assert place.start + length <= last


def test_the_phrase_itself_is_found_with_all_its_units() -> None:
    known = checkpoints.load("reviews-lecture-lstm-lstm")
    corpus = TokenCorpus.of(SEQUENCES)
    values = states_on(build(known.model).rnn, corpus, known.vectors)
    begin, _ = corpus.bounds(int(corpus.begins[1]))
    units = np.flatnonzero((values[begin + 1 : begin + 3] >= 0.01).all(0))
    assert 0 < len(units) < 64
    found = find(bits_of(values, 0.01), units.tolist(), 2, 1)
    assert begin + 1 in [place.start for place in found.places if place.units == len(units)]
    assert found.searched >= len(corpus.tokens)


def test_no_more_steps_than_there_is_room_for() -> None:
    assert TokenCorpus.of(SEQUENCES, most=11).sequences == [SEQUENCES[0], SEQUENCES[2]]
    assert len(TokenCorpus.of(SEQUENCES, most=3)) == 0
    known = checkpoints.load("brackets-gru")
    with pytest.raises(ValueError, match="at least one sequence"):
        states_on(build(known.model).rnn, TokenCorpus.of([]), known.vectors)


def test_a_step_has_its_sequence() -> None:
    corpus = TokenCorpus.of(SEQUENCES)
    assert [corpus.place(step) for step in (0, 2, 4, 9, 11)] == [(0, 0), (0, 2), (1, 0), (1, 5), (2, 0)]
    assert corpus.bounds(5) == (4, 10)
