"""Automata: as plain data against brute force, learned and compared with AALpy's, and where networks break."""

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch
from aalpy.base import SUL
from aalpy.learning_algs import run_Lstar
from aalpy.oracles import WMethodEqOracle

import rnnviz
from rnnviz import automata, checkpoints, tasks
from rnnviz.automata import GRAMMARS, Acceptor, Automaton, acceptor, disagreement
from rnnviz.cli import main
from rnnviz.grammars import drawn_words, is_balanced, live, opens_first
from rnnviz.progress import LearningProgress
from rnnviz.spec import TOMITA, ModelSpec, TaskSpec, TrainSpec
from rnnviz.train import checkpoint_of, train
from tests.serving import ROOT
from tests.together import together

EVEN: Final = Automaton("01", ((0, 1), (1, 0)), (True, False))
NAMES: Final = tuple(GRAMMARS)


def words(longest: int, alphabet: str = "01") -> list[str]:
    return ["".join(word) for length in range(longest + 1) for word in product(alphabet, repeat=length)]


def random_machine(seed: int, states: int = 12, alphabet: str = "abc") -> Automaton:
    """A machine of at most so many states, whatever of it can be reached."""
    generator = np.random.default_rng(seed)
    table = generator.integers(states, size=(states, len(alphabet)))
    order, waiting = {0: 0}, [0]
    for state in waiting:
        for end in table[state].tolist():
            if end not in order:
                order[end] = len(order)
                waiting.append(end)
    accepting = generator.random(states) < 0.4
    return Automaton(
        alphabet,
        tuple(tuple(order[end] for end in table[state].tolist()) for state in waiting),
        tuple(bool(accepting[state]) for state in waiting),
    )


def reached(start: Any, ends: Callable[[Any], list[Any]]) -> list[Any]:
    """All that can be reached, each once, the start first."""
    found = [start]
    for one in found:
        for end in ends(one):
            if end not in found:
                found.append(end)
    return found


def bloated(machine: Automaton) -> Automaton:
    """The same language by a machine with twice the states: each knows also whether its word is of even length."""
    states = reached((0, 0), lambda state: [(end, 1 - state[1]) for end in machine.transitions[state[0]]])
    return Automaton(
        machine.alphabet,
        tuple(tuple(states.index((end, 1 - parity)) for end in machine.transitions[state]) for state, parity in states),
        tuple(machine.accepting[state] for state, _ in states),
    )


# --- As plain data ---


@pytest.mark.parametrize("name", NAMES)
def test_a_grammars_machine_accepts_what_its_rule_says(name: str) -> None:
    grammar = GRAMMARS[name]
    wrong = [word for word in words(12) if grammar.machine.accepts(word) != grammar.holds(word)]
    assert wrong == []
    assert grammar.machine.minimal() == grammar.machine


RULES: Final[dict[str, Callable[[str], bool]]] = {
    "tomita-1": lambda word: set(word) <= {"1"},
    "tomita-2": lambda word: word == "10" * (len(word) // 2),
    "tomita-4": lambda word: all(word[k : k + 3] != "000" for k in range(len(word))),
    "tomita-5": lambda word: len(word) % 2 == 0 and word.count("1") % 2 == 0,
    "tomita-6": lambda word: sum(1 if symbol == "0" else -1 for symbol in word) % 3 == 0,
    "tomita-7": lambda word: sum(a != b for a, b in zip("0" + word, word, strict=False)) <= 3,
    "parity": lambda word: sum(map(int, word)) % 2 == 1,
}


@pytest.mark.parametrize("name", RULES)
def test_the_rule_reckoned_in_another_way(name: str) -> None:
    assert [GRAMMARS[name].holds(word) for word in words(10)] == [RULES[name](word) for word in words(10)]


def test_the_third_grammar_on_words_whose_runs_can_be_counted_by_eye() -> None:
    holds = GRAMMARS["tomita-3"].holds
    assert all(map(holds, ("", "0", "000", "1", "100", "11000", "1110000", "0100", "11001")))
    assert not any(map(holds, ("10", "1000", "0101", "11010", "11100011")))


def test_a_run_and_the_words_of_the_states() -> None:
    machine = GRAMMARS["tomita-4"].machine
    assert machine.run("0100") == (0, 1, 0, 1, 2)
    assert machine.words == ("", "0", "00", "000")
    assert [machine.run(word)[-1] for word in machine.words] == [0, 1, 2, 3]


@together("seed", range(20))
def test_minimal_machines_are_equal_just_where_their_languages_are(seed: int) -> None:
    machine = random_machine(seed)
    twice = bloated(machine)
    small = machine.minimal()
    assert len(twice) >= len(machine) >= len(small)
    assert twice.minimal() == small
    assert machine.difference(twice) is None
    rows = np.array(list(product(range(3), repeat=6)))
    np.testing.assert_array_equal(machine.outputs(rows), small.outputs(rows))
    reached = {tuple(small.accepts(word + ending) for ending in words(6, "abc")) for word in small.words}
    assert len(reached) == len(small), "no two states of a minimal machine accept the same"


@together("seed", range(20))
def test_the_difference_is_the_shortest_word(seed: int) -> None:
    one, other = random_machine(seed, 4), random_machine(seed + 100, 4)
    differing = [word for word in words(7, "abc") if one.accepts(word) != other.accepts(word)]
    assert one.difference(other) == (differing[0] if differing else None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", ((),), (True,)), "alphabet must be one or more different characters; got ''"),
        (("00", ((0, 0),), (True,)), "alphabet must be one or more different characters; got '00'"),
        (("01", ((0, 0),), ()), "the same number of states, at least 1; got 1 and 0"),
        (("01", ((0,),), (True,)), r"transitions of state 0 must be 2 states in 0..0; got \(0,\)"),
        (("01", ((0, 1),), (True,)), r"transitions of state 0 must be 2 states in 0..0; got \(0, 1\)"),
        (("01", ((0, 0), (0, 0)), (True, True)), "every state must be reached from state 0; got 1"),
    ],
)
def test_what_is_no_automaton_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Automaton(*arguments)


def test_other_symbols_are_refused() -> None:
    with pytest.raises(ValueError, match="a word must be of the symbols 0 1; got 'x'"):
        EVEN.run("01x")
    with pytest.raises(ValueError, match="both must have the alphabet '01'; got 'abc'"):
        EVEN.difference(random_machine(0))


# --- Words to train on ---


@pytest.mark.parametrize("name", NAMES)
def test_drawn_words_are_of_the_language_and_are_not_in_fair_shares(name: str) -> None:
    machine = GRAMMARS[name].machine
    drawn = drawn_words(machine, 4000, 20, np.random.default_rng(3))
    share = machine.outputs(drawn).mean()
    assert 0.25 < share < 0.87
    alive = np.array([live(machine)[machine.run("".join(map(str, row)))[-1]] for row in drawn[:1000]])
    assert alive.mean() >= 0.48, "half of the words can still become one of the language"
    runs = [max(len(run) for run in "".join(map(str, row)).split("1")) for row in drawn]
    if name not in ("tomita-2", "tomita-4"):
        assert max(runs) >= 18, "long runs come up"


# --- Learned from something else than a network ---


@together("seed", range(20))
def test_any_machine_is_found_again(seed: int) -> None:
    machine = random_machine(seed, states=8)
    found = rnnviz.extract(machine, longest=6, seed=seed, empty=machine.accepting[0])
    assert found == machine.minimal()
    assert found.disagreement is None


class Asked(SUL):  # type: ignore[misc]
    """A machine as AALpy asks it."""

    def __init__(self, machine: Automaton) -> None:
        super().__init__()
        self.machine = machine
        self.state = 0

    def pre(self) -> None:
        self.state = 0

    def post(self) -> None:
        """Nothing has to be undone."""

    def step(self, letter: str | None) -> bool:
        if letter is not None:
            self.state = self.machine.transitions[self.state][self.machine.alphabet.index(letter)]
        return self.machine.accepting[self.state]


@pytest.mark.parametrize("name", [*NAMES, "random 1", "random 2", "random 3"])
def test_aalpy_learns_the_same(name: str) -> None:
    machine = GRAMMARS[name].machine if name in GRAMMARS else random_machine(int(name[-1]), states=7)
    asked = Asked(machine)
    alphabet = list(machine.alphabet)
    theirs = run_Lstar(alphabet, asked, WMethodEqOracle(alphabet, asked, 9), "dfa", print_level=0)
    states = reached(theirs.initial_state, lambda state: [state.transitions[symbol] for symbol in alphabet])
    ours = Automaton(
        machine.alphabet,
        tuple(tuple(states.index(state.transitions[symbol]) for symbol in alphabet) for state in states),
        tuple(bool(state.is_accepting) for state in states),
    )
    assert rnnviz.extract(machine, longest=7, empty=machine.accepting[0]) == ours.minimal()


def test_a_rule_is_learned_and_the_empty_word_is_what_makes_the_machine_smaller() -> None:
    found = rnnviz.extract(lambda word: word.count("1") % 3 == 0, "01")
    assert (len(found), found.accepting[0]) == (3, True)
    other = rnnviz.extract(lambda word: word.count("1") % 3 == 0, "01", empty=False)
    assert (len(other), other.accepting[0]) == (4, False)


def test_what_is_no_automaton_gives_the_one_of_short_words_and_the_word_that_it_gets_wrong() -> None:
    rule = lambda word: word.count("1") > 12  # noqa: E731 - it needs 14 states
    found = rnnviz.extract(rule, "01", most=5, samples=200)
    assert len(found) == 1, "no word of 10 symbols is accepted"
    assert found.disagreement is not None
    assert rule(found.disagreement)
    assert len(rnnviz.extract(rule, "01", most=14, samples=200)) == 14


def test_a_rule_that_needs_too_many_states_for_short_words_says_where_it_is_wrong() -> None:
    rule = lambda word: word == word[::-1]  # noqa: E731 - palindromes are no regular language
    found = rnnviz.extract(rule, "01", longest=8, most=6, samples=0)
    assert len(found) <= 6
    assert found.disagreement is not None
    assert found.accepts(found.disagreement) != rule(found.disagreement)


def test_progress_is_told_and_stops_the_learning() -> None:
    machine, told = random_machine(4, states=8), list[LearningProgress]()
    rnnviz.extract(machine, longest=6, on_progress=told.append)
    assert told[-1].disagreement is None
    assert [one.queries for one in told] == sorted(one.queries for one in told)
    assert told[0].states < told[-1].states
    stopped = rnnviz.extract(machine, longest=6, empty=False, on_progress=lambda _: False)
    assert stopped.disagreement == told[0].disagreement
    assert len(stopped) == told[0].states


def test_queries_count_each_word_once() -> None:
    asked = list[str]()

    def rule(word: str) -> bool:
        asked.append(word)
        return EVEN.accepts(word)

    found = rnnviz.extract(rule, "01", longest=1, samples=0, empty=True)
    assert found == EVEN
    assert 0 < found.queries <= len(set(asked))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"most": 1}, "most must be a whole number of at least 2; got 1"),
        ({"longest": 0}, "longest must be at least 1 and give at most 262,144 words of 2 symbols; got 0"),
        ({"longest": 19}, "longest must be at least 1 and give at most 262,144 words of 2 symbols; got 19"),
        ({"samples": -1}, "samples must be at least 0 and length at least 1; got -1 and 50"),
    ],
)
def test_settings_that_cannot_be(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rnnviz.extract(EVEN, **arguments)


# --- Learned from networks ---


@together("name", NAMES)
@together("seed", range(5))
def test_the_automaton_of_a_network_is_that_of_its_grammar(name: str, seed: int) -> None:
    found = rnnviz.extract(checkpoints.load(f"{name}-gru"), seed=seed)
    assert found == GRAMMARS[name].machine
    assert (found.disagreement is None) == (name != "parity")


def test_parity_is_lost_after_a_long_run_of_zeros() -> None:
    """Its training had random bits, up to 20; one 1 before 30 zeros never came."""
    network = acceptor(checkpoints.load("parity-gru"))
    found = rnnviz.extract(network)
    assert len(found) == 2
    word = found.disagreement
    assert word is not None
    assert 20 <= len(word) <= 40
    assert word.count("1") <= 3
    assert automata.reading(network, word).accepted[-1] != (word.count("1") % 2 == 1)


def test_a_reading_is_what_torch_computes() -> None:
    known = checkpoints.load("tomita-5-gru")
    network = rnnviz.build(known.model)
    rows = torch.from_numpy(np.array(known.weights["embedding.weight"]))[[2, 1, 1, 2, 1]]
    found = automata.reading(known, "10010")
    with torch.inference_mode():
        h = network.rnn(rows[None])[0]
        shares = torch.softmax(network(rows[None])[0], -1)[:, 1]
    np.testing.assert_allclose(found.h, h[0].numpy(), atol=1e-6)
    np.testing.assert_allclose(found.probabilities, shares.numpy(), atol=1e-5)
    assert found.accepted.tolist() == [False, False, False, True, False]
    assert [word for word in words(6)[1:] if automata.reading(known, word).accepted[-1]] == [
        word for word in words(6)[1:] if GRAMMARS["tomita-5"].holds(word)
    ]


def test_a_module_of_ones_own() -> None:
    known = checkpoints.load("tomita-2-gru")
    network = rnnviz.build(known.model)
    inputs = np.array(known.weights["embedding.weight"])[1:]
    found = rnnviz.extract(acceptor(network, "ab", inputs=inputs))
    assert found.transitions == GRAMMARS["tomita-2"].machine.transitions
    single = torch.nn.Sequential(network, Difference())
    assert rnnviz.extract(acceptor(single, "ab", inputs=inputs)) == found


class Difference(torch.nn.Module):
    """Two logits as one, whose sigmoid is the softmax of the second."""

    def forward(self, logits: torch.Tensor) -> torch.Tensor:
        return logits[..., 1:] - logits[..., :1]


@pytest.mark.parametrize(
    ("source", "arguments", "message"),
    [
        ("brackets-gru", {}, "alphabet must be chosen among the tokens of brackets-gru; got none"),
        ("brackets-gru", {"alphabet": "()"}, "accept must be of the classes 0, 1, 2, 3, 4 of brackets-gru; got None"),
        ("brackets-gru", {"alphabet": "()", "accept": "5"}, "accept must be of the classes 0, 1, 2, 3, 4"),
        ("brackets-gru", {"alphabet": "(]", "accept": "0"}, r"each symbol must be a token of brackets-gru; got '\]'"),
        ("adding-gru", {"alphabet": "01"}, "adding-gru must read tokens to accept words; it reads numbers"),
        (str.isdigit, {}, "alphabet must be given for a module or a rule; got none"),
        (
            torch.nn.Linear(2, 2),
            {"alphabet": "01"},
            r"inputs must be of shape \(2, feature\), a row a symbol; got \(0,\)",
        ),
        (
            torch.nn.Linear(2, 2),
            {"alphabet": "01", "inputs": np.eye(2), "accept": "yes"},
            "accept must be the number of an output of the module; got 'yes'",
        ),
    ],
)
def test_what_accepts_no_words_is_refused(source: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        acceptor(checkpoints.load(source) if isinstance(source, str) else source, **arguments)


def test_other_refusals() -> None:
    with pytest.raises(TypeError, match="source must be a trained network, a module, a rule or an automaton; got int"):
        acceptor(3, "01")  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match="a word must have at least one symbol: a network has no output before its first"
    ):
        automata.reading(checkpoints.load("parity-gru"), "")
    broken = acceptor(torch.nn.Linear(1, 2), "01", inputs=[[np.nan], [1.0]])
    with pytest.raises(ValueError, match="the outputs of the network must be finite numbers; got others"):
        rnnviz.extract(broken)
    with pytest.raises(ValueError, match="both must have one alphabet; got '01' and 'abc'"):
        disagreement(EVEN, random_machine(0))
    with pytest.raises(ValueError, match=r"the network must be one of rnnviz\.build of one layer; got another"):
        automata.quantised(acceptor(EVEN))
    with pytest.raises(ValueError, match="levels must be a whole number of at least 2; got 1"):
        automata.quantised(checkpoints.load("parity-gru"), levels=1)


# --- Where networks break ---


@pytest.mark.parametrize(("cell", "longest"), [("rnn", 6), ("lstm", 8), ("gru", 10)])
def test_brackets_break_at_the_shortest_word_of_all(cell: str, longest: int) -> None:
    network = acceptor(checkpoints.load(f"brackets-{cell}"), "()", accept="0")
    word = disagreement(network, is_balanced, only=opens_first, longest=longest, samples=0)
    assert word is not None
    wrong = [
        each
        for each in words(len(word), "()")[1:]
        if opens_first(each) and automata.reading(network, each).accepted[-1] != is_balanced(each)
    ]
    assert wrong[0] == word


def test_the_gru_of_brackets_is_a_counter_that_ends_at_the_depth_of_its_training() -> None:
    network = acceptor(checkpoints.load("brackets-gru"), "()", accept="0")
    found = rnnviz.extract(network)
    counter = tuple((min(depth + 1, 4), max(depth - 1, 0)) for depth in range(5))
    assert (found.transitions, found.accepting, found.disagreement) == (counter, (True, *[False] * 4), None)
    assert disagreement(network, is_balanced, only=opens_first, samples=0) == "((((())))"


def test_what_the_guide_says_of_where_networks_break() -> None:
    guide = " ".join((ROOT / "docs" / "library.md").read_text(encoding="utf-8").split())
    found = re.search(
        r"loses a 1 after (\d+) zeros.*?breaks at `([()]+)`; the RNN breaks at `([()]+)`.*?of (\d+) states", guide
    )
    assert found is not None
    zeros, gru, rnn, most = found.groups()
    parity = acceptor(checkpoints.load("parity-gru"))
    lost = automata.reading(parity, "1" + "0" * 60).accepted.tolist()
    assert lost.index(False) == pytest.approx(int(zeros), abs=1), "a rounding may move it by a step"
    for cell, word in (("gru", gru), ("rnn", rnn)):
        network = acceptor(checkpoints.load(f"brackets-{cell}"), "()", accept="0")
        assert disagreement(network, is_balanced, only=opens_first, samples=0) == word
    assert rnnviz.extract(network, most=int(most)).disagreement is not None


@pytest.mark.parametrize("name", NAMES)
def test_hidden_states_form_groups_as_the_page_says(name: str) -> None:
    machine, network = GRAMMARS[name].machine, acceptor(checkpoints.load(f"{name}-gru"))
    groups: dict[int, list[np.ndarray]] = {}
    for row in drawn_words(machine, 100, 20, np.random.default_rng(5)):
        found = automata.reading(network, "".join(map(str, row)))
        for state, h in zip(machine.run(found.word)[1:], found.h, strict=True):
            groups.setdefault(state, []).append(h)
    means = [np.mean(group, 0) for group in groups.values()]
    within = [
        np.linalg.norm(np.array(group) - mean, axis=1).mean()
        for group, mean in zip(groups.values(), means, strict=True)
    ]
    between = [np.linalg.norm(one - other) for k, one in enumerate(means) for other in means[:k]]
    assert np.mean(within) < 0.8 * np.mean(between)


def test_only_words_that_are_allowed_are_compared() -> None:
    zeros = disagreement(EVEN, GRAMMARS["tomita-1"].machine, only=lambda word: "0" not in word)
    assert zeros == "1"
    assert disagreement(EVEN, GRAMMARS["tomita-1"].machine, only=lambda word: "1" not in word) == "0"
    assert disagreement(EVEN, EVEN, only=lambda _: False) is None


def test_random_words_find_what_is_beyond_all_short_ones() -> None:
    longer = disagreement(lambda word: "1" * 20 in word, lambda _: False, "01", longest=5, samples=300, length=40)
    assert longer is not None
    assert longer.endswith("1" * 20)
    assert disagreement(lambda word: "1" * 20 in word, lambda _: False, "01", longest=5, samples=0) is None


# --- Rounded states ---


def test_rounded_states_give_the_automaton_mostly() -> None:
    exact = {
        name: [
            automata.quantised(checkpoints.load(f"{name}-gru"), levels=levels) == GRAMMARS[name].machine
            for levels in (3, 5)
        ]
        for name in NAMES
    }
    assert all(all(row) for row in exact.values()), exact


def test_too_many_boxes_are_given_up() -> None:
    spec = ModelSpec("gru", 2, 16, output_size=2, recurrent_scale=4.0)
    network = acceptor(rnnviz.build(spec), "01", inputs=3 * np.eye(2))
    assert automata.quantised(network, levels=30, most=50) is None


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_rounded_states_of_every_cell_accept_as_the_network_does_where_boxes_are_small(cell: Any) -> None:
    network = acceptor(rnnviz.build(ModelSpec(cell, 2, 2, output_size=2)), "01", inputs=np.eye(2))
    found = automata.quantised(network, levels=200, most=20_000)
    assert found is not None
    assert disagreement(network, found, longest=6, samples=0) is None


# --- What ships ---


def test_what_ships_of_it() -> None:
    files = sorted(checkpoints.AUTOMATA.glob("*"))
    assert [path.stem for path in files] == [f"{name}-gru" for name in TOMITA]
    assert sum(path.stat().st_size for path in files) < 30_000
    for name in TOMITA:
        known = checkpoints.load(f"{name}-gru")
        assert known.name not in checkpoints.names()
        assert known.card["accuracy"] > 0.9999
        batch = tasks.task(known.task).draw(500, np.random.default_rng([11, 77]))
        rows = torch.from_numpy(np.array(known.weights["embedding.weight"]))[torch.from_numpy(batch.x)]
        assert tasks.task(known.task).accuracy(rnnviz.build(known.model)(rows).numpy(), batch.y) > 0.9999


def command(name: str) -> str:
    seed = " --seed 1" if name in ("tomita-6", "tomita-7") else ""
    return f"train {name} --cell gru --hidden 10 --embedding 4 --length 50 --rate 0.01 --steps 2000{seed} --name {name}"


@pytest.mark.parametrize("name", TOMITA)
def test_the_command_that_makes_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[TrainSpec]()

    def trained(spec: TrainSpec, _: object) -> None:
        seen.append(spec)
        raise SystemExit

    monkeypatch.setattr("rnnviz.train.train", trained)
    with pytest.raises(SystemExit):
        main([*command(name).split(), "--out", str(tmp_path)])
    assert seen == [checkpoints.load(f"{name}-gru").trained_by]


def test_the_command_is_in_the_guide() -> None:
    guide = " ".join((ROOT / "docs" / "library.md").read_text(encoding="utf-8").split())
    assert f"rnnviz {command('tomita-1')} --out assets/models/automata" in guide
    assert "`tomita-6` and `tomita-7` with `--seed 1`" in guide


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["tomita-4"])
def test_it_can_be_made_again(name: str) -> None:
    shipped = checkpoints.load(f"{name}-gru")
    assert isinstance(shipped.trained_by, TrainSpec)
    again = checkpoint_of(train(shipped.trained_by), name)
    assert again.card["accuracy"] > 0.9999  # the weights differ between processors; what is learned does not
    assert rnnviz.extract(again) == GRAMMARS[name].machine
    assert again.card["baseline"] == shipped.card["baseline"]


def test_a_network_that_was_not_trained_is_no_grammars(tmp_path: Path) -> None:
    spec = TrainSpec(
        tasks.task(TaskSpec("tomita-3", 8)).fitted(ModelSpec("gru", 4, 10)), TaskSpec("tomita-3", 8), steps=1
    )
    found = rnnviz.extract(checkpoint_of(train(spec), "new"), samples=50)
    assert found != GRAMMARS["tomita-3"].machine
    assert isinstance(acceptor(found), Acceptor)
