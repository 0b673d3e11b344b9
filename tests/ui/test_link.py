import base64
import re
import subprocess
import sys
import tracemalloc
import zlib
from dataclasses import fields
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnviz import checkpoints
from rnnviz.names import CELLS, DIRECTIONS, NONLINEARITIES, RESETS
from rnnviz.notation import NOTATIONS
from rnnviz.spec import RECURRENTS, Edit, ModelSpec
from rnnviz.tours import STOP
from rnnviz.ui.selection import (
    INPUTS,
    Selection,
    families,
    shapes,
    view_file,
)
from rnnviz.ui.selection.addresses import link_of, named
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.fields import FIELDS, MODEL, OWN, Flag, Real, Whole
from rnnviz.ui.selection.link import LINK_LIMIT, from_params, left_out, listed, to_params, whole
from rnnviz.ui.selection.openings import OPENINGS, opening_of
from rnnviz.ui.selection.trained import example_of
from tests.together import together

LONG_NUMBERS = "\n".join(
    " ".join(str((7919 * row * column) % 9973) for column in range(1, 11)) for row in range(1, 401)
)
"""4,000 numbers that do not compress into a link."""


WHOLE = {name: one for name, one in FIELDS.items() if isinstance(one, Whole)}
REAL = {name: one for name, one in FIELDS.items() if isinstance(one, Real)}


def test_every_field_is_in_the_table():
    """In the order in which the fields stand, as links have them."""
    assert tuple(MODEL) == tuple(one.name for one in fields(ModelSpec))
    assert ("model", *OWN) == tuple(one.name for one in fields(Selection))


def test_links_need_no_streamlit():
    """So that a notebook or a test can read one, and no selection depends on a session."""
    code = "import sys, rnnviz.ui.selection.link; sys.exit('streamlit' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_default_needs_no_parameters():
    assert to_params(Selection()) == {}
    assert from_params({}) == (Selection(), [])


def test_parameters_bear_the_names_of_the_fields():
    selection = changed(
        Selection(), cell="lstm", hidden_size=4, bidirectional=True, bias=False, direction="reverse", t=2, fold=True,
        units=(3, 0), span=(1, 2),
        numbers="1 2\n3 4\n5 6",
        edits=(Edit("weight_hh_l0", (0, 1), 0.5), Edit("bias_hh_l0", (0,), 1.0), Edit("x", (2, 1), 7.0)),
    )  # fmt: skip
    assert to_params(selection) == {
        "cell": "lstm",
        "hidden_size": "4",
        "bidirectional": "1",
        "bias": "0",
        "numbers": "1 2\n3 4\n5 6",
        "direction": "reverse",
        "t": "2",
        "fold": "1",
        "units": "3,0",
        "span": "1,2",
        "edits": "weight_hh_l0[0,1]=0.5;x[2,1]=7.0",
    }


def test_words_alone_are_what_is_read():
    wanted = changed(Selection(), cell="lstm", input="words", words="the film was not bad")
    assert from_params({"cell": "lstm", "words": "the film was not bad"}) == (wanted, [])
    assert from_params(to_params(wanted)) == (wanted, [])
    assert from_params({"words": Selection().words}) == (changed(Selection(), input="words"), [])


@pytest.mark.parametrize(
    "other", [{"numbers": "1 2\n3 4"}, {"input": "numbers"}, {"numbers": LONG_NUMBERS}, {"trained": "adding"}]
)
def test_words_beside_another_input_wait(other):
    selection, problems = from_params({"words": "a b", **other})
    assert problems == []
    assert (selection.input, selection.words) == ("numbers", "a b")


def test_words_that_wait_do_not_become_the_input_by_a_link():
    for numbers in (Selection().numbers, "1 2\n3 4", LONG_NUMBERS):
        link = to_params(changed(Selection(), words="a b", numbers=numbers))
        assert from_params(link)[0].input == "numbers"


def test_the_initialisation_stands_in_the_link_as_one_would_type_it():
    start = {"cell": "lstm", "forget_bias": 3.0, "recurrent": "orthogonal", "recurrent_scale": 0.95}
    assert to_params(changed(Selection(), **start)) == {
        "cell": "lstm", "forget_bias": "3", "recurrent": "orthogonal", "recurrent_scale": "0.95",
    }  # fmt: skip
    assert to_params(changed(Selection(), forget_bias=0)) == {"forget_bias": "0"}
    assert to_params(changed(Selection(), forget_bias=None, recurrent="default", recurrent_scale=1.0)) == {}


WORD = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
WORDS = st.lists(WORD, min_size=1, max_size=60).map(" ".join)
NUMBER = st.floats(-1e6, 1e6) | st.integers(-9, 9)


KEY = re.compile(r"\A[a-z_]{1,8}\.[a-z_]{1,8}\Z", re.ASCII)
CHOSEN = re.compile(r"\A[a-z0-9.+-]{1,30}\Z", re.ASCII)


def sorted_pairs(views):
    return tuple(sorted(views.items()))


@st.composite
def selections(draw):
    width = draw(st.integers(1, 5))
    rows = draw(st.lists(st.lists(NUMBER, min_size=width, max_size=width), min_size=1, max_size=20))
    words = draw(WORDS | WORDS.map("z.{}".format) | st.just("z. z.eJw"))
    changes = {name: draw(st.integers(one.low, one.high)) for name, one in WHOLE.items() if name in MODEL}
    changes["notation"] = draw(st.sampled_from(NOTATIONS))
    changes |= {name: draw(st.booleans()) for name in ("bidirectional", "bias", "fold", "present")}
    changes |= {
        name: draw(st.floats(one.low, one.high) | st.sampled_from((one.low, one.high))) for name, one in REAL.items()
    }
    changes |= {name: None for name, one in REAL.items() if one.optional and draw(st.booleans())}
    changes["views"] = draw(st.dictionaries(*map(st.from_regex, (KEY, CHOSEN)), max_size=5).map(sorted_pairs))
    changes["entries"] = draw(st.dictionaries(st.from_regex(KEY), st.just("") | WORDS, max_size=5).map(sorted_pairs))
    changes["second"] = draw(st.just("") | WORDS | WORDS.map("z.{}".format))
    changes["tour"] = draw(st.just("") | st.from_regex(re.compile(STOP.pattern, re.ASCII), fullmatch=True))
    changes |= {
        "cell": draw(st.sampled_from(CELLS)),
        "nonlinearity": draw(st.sampled_from(NONLINEARITIES)),
        "recurrent": draw(st.sampled_from(RECURRENTS)),
        "reset": draw(st.sampled_from(RESETS)),
        "input": draw(st.sampled_from(("numbers", "words"))),
        "direction": draw(st.sampled_from(("forward", "reverse"))),
        "picture": draw(st.sampled_from(("network", "cell"))),
        "layer": draw(st.integers(0, 3)),
        "t": draw(st.integers(0, 60)),
        "units": tuple(draw(st.lists(st.integers(0, 255), max_size=8, unique=True))),
        "span": draw(st.just(()) | st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted).map(tuple)),
    }
    line = draw(st.sampled_from((" ", ",", ";", "\t")))
    changes["numbers"] = "\n".join(line.join(map(str, row)) for row in rows)
    try:
        selection = changed(Selection(), **changes, words=words)
    except ValueError:  # nothing in the words can be seen
        selection = changed(Selection(), **changes)
    return changed(selection, edits=tuple(draw(st.lists(edits(selection), max_size=5))))


@st.composite
def edits(draw, selection):
    name, shape = draw(st.sampled_from(sorted(shapes(selection).items())))
    return Edit(name, tuple(draw(st.integers(0, size - 1)) for size in shape), float(draw(NUMBER)))


EXAMPLES = [example_of(checkpoints.load(name)) for name in checkpoints.names()]
TEXTS = st.sampled_from([Selection().numbers, Selection().words, "1 2\n3 4", "a b", *EXAMPLES])
"""What trained networks are used on: the text that the pages begin with, their own example, that of another."""


@st.composite
def trained_selections(draw):
    """A trained network on a text that some of them can read; where it cannot, the network is untrained."""
    network = {"trained": draw(st.sampled_from(families())), "cell": draw(st.sampled_from(CELLS))}
    selection = changed(Selection(), **network)
    try:
        return changed(selection, **{draw(st.sampled_from(INPUTS)): draw(TEXTS)}, t=draw(st.integers(0, 9)))
    except ValueError:
        return selection


WRITTEN = {
    **dict.fromkeys(WHOLE, st.sampled_from(["0", "1", "2", "3", "5", "8", "64", "65", "512", "513"])),
    **dict.fromkeys(REAL, st.sampled_from(["0", "-0", "1", "0.5", "1e-300", "-10", "5", "11", "nan"])),
    **dict.fromkeys((name for name, one in FIELDS.items() if isinstance(one, Flag)), st.sampled_from("01x")),
    **dict.fromkeys((*INPUTS, "after", "second"), TEXTS | st.sampled_from(["", "z.", "z.q", " ", "\r\n", "\u200d a"])),
    "cell": st.sampled_from((*CELLS, "")),
    "nonlinearity": st.sampled_from(NONLINEARITIES),
    "recurrent": st.sampled_from(RECURRENTS),
    "reset": st.sampled_from(RESETS),
    "trained": st.sampled_from((*families(), "memory-latch-10", "no-such", "")),
    "input": st.sampled_from((*INPUTS, "")),
    "direction": st.sampled_from(DIRECTIONS),
    "picture": st.sampled_from(("network", "cell", "")),
    "notation": st.sampled_from((*NOTATIONS, "")),
    "tour": st.sampled_from(("", "lecture.3", "3")),
    "units": st.sampled_from(("", "0", "1,0", "0,99")),
    "span": st.sampled_from(("", "0,1", "2,2", "1,99", "3,1")),
    "views": st.sampled_from(("", "gates.view:memory", "a.b:c d.e:1 a.b:x", "a")),
    "entries": st.sampled_from(("", "attention.source=123", "characters.prompt=", "a")),
    "edits": st.sampled_from(("", "x[0,0]=1", "x[0,0]=-0.0;x[0,0]=2", "weight_hh_l0[0,0]=0.5;bias_ih_l0[0]=3", "x")),
    "interventions": st.sampled_from(
        (
            "",
            "clamp:h@0=0",
            "ablate:h@0:u3:t1-2=zero;steer:h@0:u0=0.5",
            "clamp:f@1r:t0=1",
            "patch:c@0:t2=end",
            "x;",
            "steer:h@0=2*pc0",
        )
    ),
    "v": st.sampled_from("12"),
}
"""What anybody may write in a link for each field, much of it wrong or unfit for the rest."""


def test_links_are_drawn_with_every_field():
    assert set(WRITTEN) == {*FIELDS, "v"}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trained_selections() | st.fixed_dictionaries({}, optional=WRITTEN), st.sampled_from(["Home", *OPENINGS]))
def test_what_any_link_or_trained_network_leads_to_is_written_back_as_it_is(drawn, page):
    selection = drawn if isinstance(drawn, Selection) else from_params(drawn, opening_of(page, drawn))[0]
    link = link_of(selection, page)
    assert from_params(to_params(selection)) == (selection, [])
    assert from_params(link, opening_of(page, link)) == (selection, [])
    in_file = named(whole(selection), selection, page)
    opened, params = view_file.read(view_file.written(page, in_file), [page])
    assert (opened, from_params(params, opening_of(page, params))) == (page, (selection, []))


@pytest.mark.parametrize("cell", ["", "lstm", "gru"])
def test_a_trained_network_on_the_text_that_others_begin_with_stays_on_it(cell):
    link = {"trained": "latch", "input": "words", "words": Selection().words} | ({"cell": cell} if cell else {})
    selection, problems = from_params(link)
    assert (selection.words, problems) == (Selection().words, [])
    assert to_params(selection)["words"] == Selection().words


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(selections())
def test_a_selection_comes_back_from_its_link(selection):
    params = to_params(selection)
    through_the_address_bar = {
        key: value[-1] for key, value in parse_qs(urlencode(params), keep_blank_values=True).items()
    }
    assert not left_out(selection)
    assert from_params(through_the_address_bar) == (selection, [])
    assert changed(selection) == selection


@pytest.mark.parametrize(
    "text", ["z.", "z.abc", "z. " + "é" * 5000, "good\n" * 400, "a" * 100_000, "\x00a\x1b", "ok 👩‍👩‍👧 \u202e"]
)
def test_odd_words_come_back(text):
    selection = changed(Selection(), input="words", words=text)
    assert from_params(to_params(selection)) == (selection, [])
    assert len(to_params(selection)["words"]) <= LINK_LIMIT


def test_the_most_edits_fit():
    worst = -1.2345678901234567e-100
    model = {"cell": "lstm", "hidden_size": 256, "num_layers": 4, "bidirectional": True}
    places = tuple(Edit("weight_hh_l3_reverse", (1000, 100 + k), worst) for k in range(100))
    selection = changed(Selection(), **model, edits=places)
    assert len(selection.edits) == 100
    assert not left_out(selection)
    assert from_params(to_params(selection)) == (selection, [])


def test_what_a_link_cannot_hold_is_left_out():
    selection = changed(Selection(), cell="gru", numbers=LONG_NUMBERS)
    assert left_out(selection) == ("numbers",)
    assert to_params(selection) == {"cell": "gru"}
    assert listed(left_out(selection)) == "the numbers"


def test_only_the_longest_of_the_texts_of_the_pages_are_left_out():
    noise = "".join(chr(65_536 + (7919 * k * k) % 90_001) for k in range(4_000))
    typed = (("attention.source", "123"), ("characters.prompt", noise), ("characters.read", noise[::-1]))
    selection = changed(Selection(), entries=typed, numbers=LONG_NUMBERS)
    assert left_out(selection) == ("numbers", "characters.prompt", "characters.read")
    assert to_params(selection) == {"entries": "attention.source=123"}
    assert listed(left_out(selection)) == "the numbers and a text of “Characters”"
    assert listed(("numbers", "words", "hidden_states.a")) == "the numbers, the words and a text of “Hidden states”"
    assert listed(()) == ""


EVIL = "\x1b[31m" + "<script>" * 20 + "\u202e"


@together(
    "params, message",
    [
        ({"cell": "elman"}, "cell must be one of rnn, lstm, gru; got 'elman'"),
        ({"cell": EVIL}, "cell must be one of rnn, lstm, gru; got ' [31m<script><script><script><script><sc…'"),
        ({"hidden_size": "0"}, "hidden_size must be a whole number in 1..512; got 0"),
        ({"hidden_size": "9" * 5000}, f"hidden_size must be a whole number in 1..512; got '{'9' * 40}…'"),
        ({"hidden_size": "2.5"}, "hidden_size must be a whole number in 1..512; got '2.5'"),
        ({"hidden_size": ""}, "hidden_size must be a whole number in 1..512; got ''"),
        ({"seed": "-1"}, "seed must be a whole number in 0..2147483647; got -1"),
        ({"bias": "yes"}, "bias must be 0 or 1; got 'yes'"),
        ({"forget_bias": "11"}, "forget_bias must be a number in -10..10; got 11.0"),
        ({"forget_bias": "nan"}, "forget_bias must be a number in -10..10; got 'nan'"),
        ({"forget_bias": "None"}, "forget_bias must be a number in -10..10; got 'None'"),
        ({"forget_bias": "1_0"}, "forget_bias must be a number in -10..10; got '1_0'"),
        ({"forget_bias": "1e999"}, "forget_bias must be a number in -10..10; got inf"),
        ({"recurrent": "zeros"}, "recurrent must be one of default, orthogonal, identity; got 'zeros'"),
        ({"reset": "never"}, "reset must be one of after, before; got 'never'"),
        ({"recurrent_scale": "-0.5"}, "recurrent_scale must be a number in 0..5; got -0.5"),
        ({"recurrent_scale": "5.01"}, "recurrent_scale must be a number in 0..5; got 5.01"),
        ({"recurrent_scale": ""}, "recurrent_scale must be a number in 0..5; got ''"),
        ({"recurrent_scale": "9" * 5000}, f"recurrent_scale must be a number in 0..5; got '{'9' * 40}…'"),
        ({"input": "sound"}, "input must be one of numbers, words; got 'sound'"),
        ({"layer": "1"}, "layer must be in 0..0 for this network; got 1"),
        ({"direction": "reverse"}, "direction must be forward for a network of one direction; got reverse"),
        ({"numbers": "1 cat"}, "numbers: Row 1, number 2 must be a number; got 'cat'."),
        ({"words": ""}, "words: Enter at least one word or punctuation mark."),
        ({"words": "z.!!"}, "words: a packed text must be complete; got 'z.!!'"),
        ({"words": "z.é"}, "words: a packed text must be complete; got 'z.é'"),
        ({"words": "z.eJwLSMzJ"}, "words: a packed text must be complete; got 'z.eJwLSMzJ'"),
        ({"edits": "weight_hh_l0=1"}, "edits must look like weight_hh_l0[0,1]=0.5; got 'weight_hh_l0=1'"),
        ({"edits": "x[0,0]=nan"}, "edits must look like weight_hh_l0[0,1]=0.5; got 'x[0,0]=nan'"),
        ({"edits": "x[0,0]=1-1"}, "edits: the value of x must be a number; got '1-1'"),
        ({"edits": "x[0,0]=1e9"}, "edits: x[0,0] must be between −1,000,000 and 1,000,000; got 1000000000.0"),
        ({"edits": "x[0,0]=1e999"}, "edits: x[0,0] must be between −1,000,000 and 1,000,000; got inf"),
        ({"edits": "weight_hh_l1[0,0]=1"}, "edits must be of x or a parameter of this network; got 'weight_hh_l1'"),
        ({"edits": "weight_hh_l0[2,0]=1"}, "edits: weight_hh_l0 has shape 2 x 2 and places from 0; got [2, 0]"),
        ({"edits": "x[0]=1"}, "edits: x has shape 3 x 5 and places from 0; got [0]"),
        (
            {"edits": "x[3,0]=1;x[4,0]=1;no[0]=1"},
            "edits: x has shape 3 x 5 and places from 0; got [3, 0] (and 2 more problems)",
        ),
        ({"v": "2"}, "v, the version of the link, must be 1; got '2'"),
    ],
)
def test_a_bad_value_leaves_the_default_and_one_message(params, message):
    assert from_params(params) == (Selection(), [message])


def test_places_that_do_not_exist_move_to_the_nearest():
    selection, problems = from_params({"num_layers": "2", "layer": "7", "t": "9"})
    assert selection == changed(Selection(), num_layers=2, layer=1, t=2)
    assert problems == ["layer must be in 0..1 for this network; got 7", "t must be in 0..2 for this input; got 9"]


def test_good_values_beside_bad_ones_count():
    selection, problems = from_params(
        {"cell": "gru", "seed": "x", "t": "9", "edits": "x[9,9]=1;x[0,0]=7", "utm_source": EVIL}
    )
    assert selection == changed(Selection(), cell="gru", t=2, edits=(Edit("x", (0, 0), 7.0),))
    assert [problem.split()[0] for problem in problems] == ["seed", "t", "edits:"]


def test_too_many_edits():
    selection, problems = from_params({"edits": ";".join(["x[0,0]=1"] * 5000)})
    assert selection.edits == (Edit("x", (0, 0), 1.0),)
    assert problems == ["edits must be at most 100; got 5,000"]


def test_a_link_to_more_than_there_is_room_for():
    numbers = to_params(changed(Selection(), numbers="1\n" * 2000))["numbers"]
    selection, problems = from_params(
        {"numbers": numbers, "hidden_size": "256", "num_layers": "4", "bidirectional": "1"}
    )
    assert selection.model.hidden_size == 32
    assert problems == ["hidden_size must be at most 32 with 2,000 steps, 4 layers and 2 directions; got 256"]


def test_a_zip_bomb_is_refused_before_it_grows():
    bomb = "z." + base64.urlsafe_b64encode(zlib.compress(b"a " * 100_000_000, 9)).decode()
    tracemalloc.start()
    try:
        assert from_params({"words": bomb}) == (
            Selection(),
            ["words: the text must have at most 100,000 characters; got more"],
        )
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2_000_000  # of the 200,000,000 bytes that are in it


@pytest.mark.parametrize(
    ("param", "said"),
    [
        ("abc", "entries must be at most 40 like attention.source=123, with & between; got 'abc'"),
        ("a.b=%ff", "entries must be at most 40 like attention.source=123, with & between; got 'a.b=%ff'"),
        ("&".join(f"a.b{'c' * k}=1" for k in range(1, 42)), "entries must be at most 40 like attention.source=123"),
        ("<b>.x=1", "entries must be pairs of a name like attention.source and a text of at most 5,000 characters"),
        ("a.b=" + "c" * 5001, "entries must be pairs of a name like attention.source and a text of at most 5,000"),
        ("a.b=1&a.b=2", "entries must be at most 40 with different names; got 2"),
    ],
)
def test_boxes_of_pages_that_make_no_sense(param, said):
    selection, problems = from_params({"entries": param})
    assert selection == Selection()
    assert len(problems) == 1
    assert problems[0].startswith(said)


def test_what_was_typed_on_a_page_is_in_the_link():
    selection = changed(Selection(), entries=(("attention.source", "5 & 6 = 11%\n+\t"), ("characters.prompt", "")))
    assert to_params(selection) == {"entries": "attention.source=5+%26+6+%3D+11%25%0A%2B%09&characters.prompt="}
    assert from_params(to_params(selection)) == (selection, [])


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            (
                *WHOLE,
                *REAL,
                "recurrent",
                "reset",
                "cell",
                "input",
                "words",
                "numbers",
                "edits",
                "v",
                "entries",
            )
        ),
        st.text(),
    )
)
def test_any_link_gives_a_selection(params):
    selection, problems = from_params(params)
    assert from_params(to_params(selection)) == (selection, [])
    assert len(problems) <= len(params) + 1
    assert all(problem.isprintable() for problem in problems)


@pytest.mark.parametrize(
    ("param", "said"),
    [
        ({"units": "1,1"}, "units must be different from each other; got (1, 1)"),
        ({"units": "a"}, "units must be whole numbers with commas between; got 'a'"),
        ({"units": "-1"}, "units must be whole numbers with commas between; got '-1'"),
        ({"units": ",".join(["1"] * 2_100)}, "units must be whole numbers with commas between"),
        ({"span": "2,1"}, "span must be a first and a last step, or nothing; got (2, 1)"),
        ({"span": "1"}, "span must be a first and a last step, or nothing; got (1,)"),
    ],
)
def test_places_that_make_no_sense(param, said):
    selection, problems = from_params(param)
    assert selection == Selection()
    assert len(problems) == 1
    assert problems[0].startswith(said)


def test_places_that_are_not_there_are_left_out():
    selection, _ = from_params({"units": "0,1,9", "span": "0,77"})
    assert (selection.units, selection.span) == ((0, 1), ())


def test_of_several_choices_those_that_can_be_read_stay():
    selection, problems = from_params({"views": "gates.view:memory <b>:x gates.view:norms a.b:nan clipping.view"})
    assert selection.views == (("gates.view", "memory"), ("a.b", "nan"))
    assert problems == ["views must look like gates.view:memory; got '<b>:x'"]
    _, problems = from_params({"views": " ".join(f"a.b{'c' * k}:x" for k in range(50))})
    assert problems == ["views must be at most 40; got 50"]
