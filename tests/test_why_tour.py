"""The numbers of the tour "Why it works", computed anew: by networks, by searches, by interventions."""

import math
from dataclasses import replace
from typing import Final

import numpy as np

from rnnviz import checkpoints
from rnnviz.checkpoints.moments import TAKEN_AT, family_at
from rnnviz.dynamics import iterated
from rnnviz.dynamics.points import time_constants
from rnnviz.spec.acts import read
from rnnviz.tours import Stop
from rnnviz.ui.pages.dynamics import search
from rnnviz.ui.pages.dynamics.machines import CASES, learned, reading
from rnnviz.ui.pages.dynamics.request import Kind, Request, Starts, constant_input, request_of
from rnnviz.ui.pages.dynamics.search import Found
from rnnviz.ui.pages.interventions import grid, running, units, view
from rnnviz.ui.selection import Selection, steps
from rnnviz.ui.shell import networks
from tests.telling import Told, percent, selection_of

says: Final = Told("why")
STARTS: Final[dict[str | None, Starts]] = {
    None: "visited", "from-examples": "examples", "from-random-states": "random",
}  # fmt: skip


def request(stop: Stop, kind: Kind = "step", typed: str = "") -> Request:
    """What the view of a stop searches."""
    selection = selection_of(stop)
    views = dict(selection.views)
    if moment := views.get("dynamics.moment"):
        trained = family_at(selection.model.trained, int(moment.removesuffix("-updates")))
        selection = replace(selection, model=replace(selection.model, trained=trained))
    return request_of(selection, kind, STARTS[views.get("dynamics.starts")], typed)


def found(stop: Stop, kind: Kind = "step", typed: str = "") -> Found:
    return search.found(request(stop, kind, typed))


def outputs(some: Found) -> list[str]:
    """What the network outputs at its stable points."""
    return sorted(some.outputs.said[k].rpartition(" (")[0] for k in np.flatnonzero(some.points.kinds == "stable"))


def later(asked: Request, states: np.ndarray, count: int) -> np.ndarray:
    """Where the network itself brings states under the constant input."""
    return iterated(networks.recording(asked.network).network.rnn, constant_input(asked), states, count)


def test_the_input_stops_changing() -> None:
    stop = says("The input stops changing", "“not”", "256 random states", "one stable point")
    asked = request(stop)
    assert steps(asked.network)[asked.t] == "not"
    some = search.found(asked).points
    assert (some.kinds.tolist(), some.found.tolist()) == (["stable"], [256])
    # Every state that an input can leave has all its numbers in -1..1.
    begun = np.random.default_rng(0).uniform(-1, 1, (256, asked.size))
    np.testing.assert_allclose(later(asked, begun, 100), np.repeat(some.states, 256, axis=0), atol=1e-8)


def test_how_quickly_it_forgets() -> None:
    stop = says("How quickly it forgets", "= 0.652$", "2.3$ steps", "$0.652^{10}$ is 1.4 %", "0.933", "14.4 steps")
    largest = abs(found(stop).points.eigenvalues[0, 0])
    assert f"{largest:.3f}" == "0.652"
    assert f"{-1 / math.log(largest):.1f}" == "2.3"
    assert f"{100 * 0.652**10:.1f} %" == "1.4 %"
    half = 0.5 ** (1 / 10)
    assert (f"{half:.3f}", f"{float(time_constants(np.array(half))):.1f}") == ("0.933", "14.4")


def test_one_point_of_the_latch() -> None:
    stop = says(
        "Latch: one point, and the RNN fails", "twenty distractors", "1,000 updates", "52 % of 2,000", "“you”",
        "one stable point", "2.2 steps", "2.6 after the first word and 0.0001 at the end",
    )  # fmt: skip
    card = checkpoints.load("latch-rnn").card
    assert (percent(card["accuracy"]), card["held_out"], card["updates"]) == ("52 %", 2000, 1000)
    asked = request(stop)
    first, *others = steps(asked.network)
    assert (first, len(others), steps(asked.network)[asked.t]) == ("yes", 20, "you")
    some = search.found(asked).points
    assert some.kinds.tolist() == ["stable"]
    assert f"{some.time_constants[0, 0]:.1f}" == "2.2"
    both = [
        networks.recording(replace(asked.network, words=" ".join((word, *others)))).trace.panel("h")
        for word in ("yes", "no")
    ]
    apart = np.linalg.norm(both[0].astype(np.float64) - both[1], axis=1)
    assert [f"{apart[0]:.1f}", f"{apart[-1]:.4f}"] == ["2.6", "0.0001"]


def test_two_points_of_the_latch() -> None:
    stop = says(
        "Latch: two points and a saddle", "as many updates", "2,000", "two stable points", "= 2.01$", "$2.01^{10}$",
        "about 10 steps",
    )  # fmt: skip
    card = checkpoints.load("latch-gru").card
    assert (card["accuracy"], card["held_out"], card["updates"]) == (1.0, 2000, 1000)
    asked = request(stop)
    some = search.found(asked)
    assert outputs(some) == ["no", "yes"]
    (saddle,) = np.flatnonzero(some.points.kinds == "saddle")
    values = some.points.eigenvalues[saddle]
    assert f"{values[0].real:.2f}" == "2.01"
    assert (abs(values[1:]) < 1).all()
    assert abs(2.01**10 - 1000) < 100
    direction = some.modes[saddle].directions[0].real
    ends = []
    for side in (1, -1):
        begun = some.points.states[[saddle]] + side * 1e-3 * direction / np.linalg.norm(direction)
        moved = np.linalg.norm(later(asked, begun, 10) - some.points.states[saddle])
        assert 0.5 < moved < 2, "the network itself, beside its linear approximation"
        far = np.linalg.norm(some.points.states - later(asked, begun, 3000), axis=1)
        assert far.min() < 0.2
        ends.append(some.outputs.said[far.argmin()].partition(" ")[0])
    assert sorted(ends) == ["no", "yes"]


def test_how_the_second_point_comes() -> None:
    stop = says(
        "Latch: how the second point comes", "450 of its 1,000", "one stable point", "178 steps", "it took 5.8",
        "two stable points and a saddle", "is 0.78 at the end", "1,000 more steps of “you” it is 0.40",
    )  # fmt: skip
    asked = request(stop)
    at = {
        updates: replace(asked, network=replace(asked.network, model=replace(asked.network.model, trained=name)))
        for updates, name in ((k, family_at("latch", k)) for k in TAKEN_AT["latch-gru"])
    }
    points = {updates: search.found(one).points for updates, one in at.items()}
    assert [points[updates].kinds.tolist() for updates in (400, 450)] == [["stable"], ["stable"]]
    assert [f"{points[updates].time_constants[0, 0]:.3g}" for updates in (400, 450)] == ["5.81", "178"]
    assert sorted(points[520].kinds) == ["saddle", "stable", "stable"]
    assert set(points[465].kinds) == {"slow"}
    assert checkpoints.load("latch-at-465-gru").card["accuracy"] == 1
    recording = networks.recording(at[465].network)
    end = recording.trace.panel("h")[-1:].astype(np.float64)
    head = recording.network.head
    assert head is not None
    weight, bias = (part.detach().double().numpy() for part in (head.weight, head.bias))
    logits = np.concatenate([end, later(at[465], end, 1000)]) @ weight.T + bias
    assert [f"{share:.2f}" for share in 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))] == ["0.78", "0.40"]


def test_three_bits() -> None:
    stop = says(
        "Three bits, eight points", "0 0 0", "eight stable points", "$2^3$", "$2^4 = 16$", "27 states", "19",
        "12 edges", "6 faces",
    )  # fmt: skip
    asked = request(stop)
    assert steps(asked.network)[asked.t] == "0 0 0"
    some = found(stop)
    assert len(some.points) == len(set(outputs(some))) == 8
    every = search.found(replace(asked, starts="random")).points
    saddles = every.unstable[every.kinds == "saddle"]
    assert (len(saddles), 3**3 - 2**3) == (19, 19)
    assert np.bincount(saddles).tolist() == [0, 12, 6, 1]


def test_a_point_for_each_depth() -> None:
    stop = says(
        "Counting: a point for each depth", "letter “a”", "five stable points", "from 0 to 4", "One, at depth 4"
    )
    asked = request(stop)
    assert steps(asked.network)[asked.t] == "a"
    assert outputs(found(stop)) == [f"depth {k}" for k in range(5)]
    assert outputs(found(stop, "chosen", "(")) == ["depth 4"]
    assert outputs(found(stop, "chosen", ")")) == ["depth 0"]


def test_one_slow_direction() -> None:
    stop = says(
        "Sentiment: one slow direction", "386 steps", "in 46", "200 further", "$e^{-200/386}$ is 60 %", "about 1 %"
    )
    some = found(stop, "zeros").points
    (at,) = np.flatnonzero(some.kinds == "stable")
    slowest, second = some.time_constants[at, :2]
    assert (f"{slowest:.0f}", f"{second:.0f}") == ("386", "46")
    assert (percent(math.exp(-200 / slowest)), percent(math.exp(-200 / second))) == ("60 %", "1 %")
    assert at == 0, "the modes on show are those of the first point"


def test_the_network_as_an_automaton() -> None:
    stop = says(
        "The network as an automaton", "for 36 words", "five states", "$p = 1.000$", "At $t = 4$", "fifth", "after four"
    )
    case = CASES["Brackets, GRU"]
    machine = learned(case).machine
    assert (len(machine), machine.queries) == (5, 36)
    word = dict(selection_of(stop).entries)["dynamics.brackets"]
    assert word == learned(case).breaks
    assert word.count("(") - word.count(")") == 1
    way = reading(case, word)
    assert way.accepted[-1]
    assert f"{way.probabilities[-1]:.3f}" == "1.000"
    assert machine.run(word)[4:6] == (4, 4)
    assert word[4] == "("


def at_the_end(selection: Selection, written: str) -> str:
    """The likeliest output with interventions, with its probability."""
    seen = running.asked(replace(selection, interventions=written))
    both = view.outputs(seen)
    assert both is not None
    values = both[1].values[-1]
    return f"{both[1].names[int(values.argmax())]} {values.max():.3f}"


def changed(selection: Selection, written: str) -> int:
    """At how many steps the likeliest output is another one with interventions."""
    both = view.outputs(running.asked(replace(selection, interventions=written)))
    assert both is not None
    return int((both[0].values.argmax(-1) != both[1].values.argmax(-1)).sum())


def test_one_unit_is_held() -> None:
    stop = says("Reach in: hold one unit", "unit 2", "at 36 of 46 steps", "−1.00 and −0.81", "from 0 to 3", "−0.9")
    selection = selection_of(stop)
    assert read(selection.interventions).units == (2,)
    assert (changed(selection, selection.interventions), len(steps(selection))) == (36, 46)
    seen = replace(running.asked(selection), interventions="")
    unit = running.before(seen).trace.panel("h")[:, 2]
    assert (f"{unit.min():.2f}", f"{unit.max():.2f}") == ("-1.00", "-0.81")
    answers = running.answers_of(seen, running.before(seen))
    assert [answer.correct for answer in answers] == [True] * 46
    assert {answer.target for answer in answers} == {"0", "1", "2", "3"}
    assert changed(selection, "clamp:h@0:u2=-0.9") == 0


def test_the_state_is_erased() -> None:
    stop = says("Reach in: erase the state", "“yes”", "$p = 1.000$", "$t = 10$", "$t = 15$", "“yes” with $p = 0.987$")
    selection = selection_of(stop)
    first, *others = steps(selection)
    assert first == "yes"
    assert at_the_end(selection, "") == "yes 1.000"
    for word in ("yes", "no"):
        text = replace(selection, words=" ".join((word, *others)))
        assert at_the_end(text, selection.interventions) == "no 1.000"
        assert at_the_end(text, selection.interventions.replace("t10", "t15")) == "yes 0.987"


def test_where_an_lstm_keeps_its_bit() -> None:
    stop = says(
        "Patch: where an LSTM keeps its bit", "$t = 10$", "At $t = 0$ it does", "at every step", "at the last step"
    )
    selection = selection_of(stop)
    other = dict(selection.entries)[running.OTHER].split()
    assert other == ["no", *steps(selection)[1:]]
    seen = replace(running.asked(selection), interventions="")
    rows = [row[0] for row in grid.grid_of(seen, "signals", "h").rows]
    effects = dict(zip(rows, grid.effects(seen, "signals", "h", "last"), strict=True))
    assert (effects["c"] > 0.99).all()
    assert effects["h"][10] < 1e-3
    assert effects["h"][0] > 0.99
    assert effects["g"][1] > 0.99
    assert effects["h"][-1] > 0.99
    assert max(effects[gate].max() for gate in "ifo") < 0.01


def test_each_unit_is_ablated() -> None:
    stop = says(
        "Each unit ablated", "100 held-out", "unit 27", "9 percentage points", "from 6 to 12", "13 of 32",
        "and 8 without unit 2", "31 of the 32 units", "4 percentage points",
    )  # fmt: skip
    selection = selection_of(stop)
    lost = units.losses(units.relevant(selection), "h")
    assert lost.described.startswith("100 held-out")
    assert lost.mean.argmax() == 27
    assert round(100 * float(lost.mean[2])) == 8
    measured = [100 * float(part[27]) for part in (lost.mean, lost.low, lost.high)]
    assert [round(number) for number in measured] == [9, 6, 12]
    assert (int((lost.low > 0).sum()), len(lost.units)) == (13, 32)
    latch = units.losses(units.relevant(selection_of(says.stops["Reach in: erase the state"])), "h")
    assert int((latch.mean == 0).sum()) == 31
    assert round(100 * float(latch.mean.max())) == 4
    assert latch.base == 1
