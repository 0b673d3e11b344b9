"""A tour that a browser keeps: whatever a visitor writes becomes a file that is read here, and comes back from it."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from rnnviz import tours
from rnnviz.tours import formulas, reading, shelf
from rnnviz.ui.selection import view_file
from rnnviz.ui.shell import own_tour
from rnnviz.widgets.sources import ASSETS
from tests.node import NODE

FILES: Final = ("own_tour.js", "tour_file.js", "tour_formulas.js")
IMPORTS: Final = """
import { checked, freeId } from "./shared/own_tour.js";
import { asTour, asViewFile, fitted, nameOf, tourIn } from "./shared/tour_file.js";
import { isFormula } from "./shared/tour_formulas.js";
import { readFileSync } from "node:fs";
const { rules, said } = JSON.parse(readFileSync("said.json", "utf-8"));
const tried = (act) => { try { return act(); } catch (error) { return error.message; } };
"""
STOP: Final = {
    "id": 4, "title": "Half open", "page": "Gates", "params": {"cell": "lstm"}, "look": "gates.figure",
    "text": "Half of it.", "question": "", "answer": "",
}  # fmt: skip


def run(folder: Path, said: Any, script: str) -> Any:
    """What a script gives for what was said."""
    (folder / "shared").mkdir(exist_ok=True)
    for name in FILES:
        (folder / "shared" / name).write_text((ASSETS / "shared" / name).read_text(encoding="utf-8"), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "said.json").write_text(json.dumps({"rules": own_tour.rules(), "said": said}), "utf-8")
    (folder / "run.js").write_text(f"{IMPORTS}\nconsole.log(JSON.stringify({script}));", "utf-8")
    done = subprocess.run([str(NODE), "run.js"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def lecture(*stops: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"title": "Week 5", "author": "", "language": "", "about": "", "stops": list(stops), **changes}


SIGNS: Final = (
    "![", "[", "](", "]:", "]", "(", "<", "<b>", "< ", "```", "~~~", "`", "#", "## ", "> ", ">", "-", "---", "===",
    "| - |", "* ", "- ", "1. ", "10) ", ":", ":a", ":1a", ":+1:", ":100:", "::", "\\:", "\\", "\\\\", "$", "$$",
    "$h_t$", "$ x$", r"\$", r"$\frac{a}{b}$", r"$\frac{a}$", r"$\left(x\right)$", r"$\href{a}{b}$", r"$a_b_c$",
    "**Question.**", "**Answer.**", "*", "_", "**", "word", "Wörter", "½", "٣", "7", " ", "  ",
    "     ", "\t", "\n", "\n\n", "\u00a0",
    "\u200d", "\u202e", "👩", "http://localhost:8501/Gates?t=1", "&lt;", "&#58;a", "a:b", "12:30", "\x07", "+", "=",
    "_ _", "{", "}", "title: x", "link: Gates",
)  # fmt: skip


def sentence(chosen: random.Random, most: int = 12) -> str:
    return "".join(chosen.choices(SIGNS, k=chosen.choice((1, 2, 3, most))))


def test_any_sentences_become_a_tour_that_is_read(tmp_path: Path) -> None:
    chosen = random.Random(7)  # noqa: S311 - no secret
    words = ("text", "question", "answer")
    said = [
        lecture(
            STOP | {name: sentence(chosen) for name in words} | {"title": sentence(chosen, 4)[:80]},
            title=sentence(chosen, 4)[:80],
        )
        for _ in range(4_000)
    ]
    told = run(tmp_path, said, "said.map((one) => asTour(checked(one, rules), rules).text)")
    for one, text in zip(said, told, strict=True):
        tour, problems = tours.read(text)
        assert tour is not None, f"{problems}\n{one}"
        assert (tour.stops[0].page, tour.stops[0].look) == ("Gates", "gates.figure")
        assert tour.stops[0].params == (("cell", "lstm"),)


def test_a_text_of_the_greatest_length_stays_one(tmp_path: Path) -> None:
    said = [lecture(STOP | {"text": one * (1_200 // len(one))}) for one in ("a:b ", "<b>", "$", "![x", "#\n", "word ")]
    for text in run(tmp_path, said, "said.map((one) => asTour(checked(one, rules), rules).text)"):
        tour, problems = tours.read(text)
        assert tour is not None, problems
        assert tour.stops[0].text


def test_what_the_format_allows_is_left_as_it_is_and_the_rest_is_told(tmp_path: Path) -> None:
    plain = (
        "An *open* gate, $h_t = \\sigma(a)$, `a:b` at 10:30, 5 > 3; see http://localhost:8501/Gates?t=1\n\n- one\n- two"
    )
    said = lecture(STOP | {"text": plain}, STOP | {"id": 5, "text": "It costs 5$, see a:b", "answer": "Nobody asked."})
    told = run(tmp_path, said, "asTour(checked(said, rules), rules)")
    tour, _ = tours.read(told["text"])
    assert tour is not None
    assert [stop.text for stop in tour.stops] == [plain, "It costs 5\\$, see a: b"]
    assert told["told"] == [
        "Stop 2: the words: a $ that belongs to no formula of a tour is shown as it is, a space was put after a colon.",
        "Stop 2: its answer is left out, since it has no question.",
    ]


def test_both_files_bring_the_tour_back(tmp_path: Path) -> None:
    whole = STOP | {"question": "How much is left?", "answer": "A thousandth.\n\nOf it."}
    long = STOP | {"id": 1, "page": "Step through", "look": "", "view": {"numbers": "1 2\n" * 9_000}}
    said = lecture(whole, long, author="A. Teacher", language="de", about="Two stops.")
    files = "[asTour(checked(said, rules), rules).text, asViewFile(checked(said, rules))]"
    by_tour, by_file = run(tmp_path, said, f"{files}.map((text) => tourIn(text, rules))")
    assert by_file == said
    del said["stops"][1]["view"]
    assert [one.pop("id") for one in by_tour["stops"]] == [1, 2]
    assert by_tour == said | {"stops": [{k: v for k, v in one.items() if k != "id"} for one in said["stops"]]}


def test_the_view_file_is_one_of_its_first_view_too(tmp_path: Path) -> None:
    text = run(tmp_path, lecture(STOP), "asViewFile(checked(said, rules))")
    assert view_file.read(text, ["Gates"]) == ("Gates", {"cell": "lstm"})


def test_tours_that_ship_can_be_opened(tmp_path: Path) -> None:
    """And what comes out again says the same."""
    texts = {one.name: (shelf.SHIPPED / f"{one.name}.md").read_text(encoding="utf-8") for one in tours.listed()}
    again = run(tmp_path, list(texts.values()), "said.map((one) => asTour(tourIn(one, rules), rules))")
    assert len(again) >= 2
    for before, after in zip(texts.values(), again, strict=True):
        (one, _), (other, _) = tours.read(before), tours.read(after["text"])
        assert one is not None
        assert other is not None
        assert after["told"] == []
        for stop, copy in zip(one.stops, other.stops, strict=True):
            assert (stop.title, stop.page, stop.look) == (copy.title, copy.page, copy.look)
            assert dict(stop.params) == dict(copy.params)
            assert (stop.text, stop.question, stop.answer) == (copy.text, copy.question, copy.answer)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (lecture(*[STOP] * 61), "A lecture must have at most 60 stops; got 61."),
        (lecture(STOP | {"page": "Nowhere"}), "Stop 1: the page must be one of Sequences, Step through"),
        (lecture(STOP | {"page": {"x": 1}}), "Stop 1: the page must be one of"),
        (lecture(STOP | {"text": "x" * 1_201}), "Stop 1: the text must have at most 1,200 characters; got 1,201."),
        (lecture(STOP | {"text": ["x"]}), "Stop 1: the text must be a text; got something else."),
        (lecture(STOP | {"look": "__proto__"}), "Stop 1: it must point at one of gates."),
        (lecture(STOP | {"params": {"words": "x" * 12_001}}), "Stop 1: the link must have at most 12,000 characters"),
        (lecture(STOP | {"params": {"words": 3}}), "Stop 1: the link must be texts by their names"),
        (lecture(STOP | {"view": "x"}), "Stop 1: the view must be texts by their names"),
        (lecture(STOP, language="<b>"), "The language must look like en or pt-BR; got “<b>”."),
        (lecture("x"), "Stop 1 must be a view with its words; got something else."),  # type: ignore[arg-type]
        ({"stops": {}}, "A lecture must have stops; got something else."),
        ([], "A lecture must have stops; got something else."),
        (None, "A lecture must have stops; got something else."),
    ],
)
def test_a_file_of_anybodys_is_refused_in_words(tmp_path: Path, said: Any, told: str) -> None:
    text = json.dumps({"rnnviz": 1, "lecture": said})
    assert run(tmp_path, text, "tried(() => tourIn(said, rules))").startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("---\ntitle: x", "A tour must begin with a head between two lines of ---."),
        ("---\ntitle: x\n---\nHello", "After the head must come a stop, “## Its title”; got “Hello”."),
        ("---\ntitel: x\n---\n", "The head must have lines of title, language, author, about, each once"),
        ("---\ntitle: x\n---\n## A\nlook: x\n", "Stop 1 must have a line “link: …”; got none."),
        ("---\ntitle: x\n---\n## A\nlink: javascript:alert(1)\n", "Stop 1: a link must be of a page"),
        ("---\ntitle: x\n---\n## A\nlink: https://[::1/Gates\n", "Stop 1: a link must be of a page"),
        ("---\ntitle: x\n---\n" + "## A\nlink: Gates\n\n" * 61, "A lecture must have at most 60 stops; got 61."),
        ("nothing", "A lecture must be a tour file"),
        ('{"rnnviz": 2, "lecture": {}}', "The version of the view file must be 1; got “2”."),
    ],
)
def test_a_text_of_anybodys_is_refused_in_words(tmp_path: Path, text: str, told: str) -> None:
    assert run(tmp_path, text, "tried(() => tourIn(said, rules))").startswith(told)


def test_a_view_file_without_a_tour_is_none(tmp_path: Path) -> None:
    assert run(tmp_path, view_file.written("Gates", {"cell": "lstm"}), "tourIn(said, rules)") is None


def test_nothing_else_of_a_file_is_kept(tmp_path: Path) -> None:
    params = {"cell": "lstm", "tour": "lecture.3", "present": "1", "kept": "1", "__proto__": "x"}
    said = lecture(STOP | {"params": params, "id": 1_000, "extra": "x"}, STOP | {"id": 4}, STOP | {"id": 4}, more="x")
    found = run(tmp_path, said, "checked(said, rules)")
    assert found == lecture(STOP | {"id": 1}, STOP | {"id": 4}, STOP | {"id": 5})


def test_what_this_browser_has_kept_outlives_a_page_or_figure_that_is_gone(tmp_path: Path) -> None:
    said = lecture(STOP | {"page": "Gone"}, STOP | {"look": "gates.gone"})
    assert run(tmp_path, said, "checked(said, rules, { lenient: true })") == lecture(STOP | {"look": ""})


def test_numbers_of_stops_are_free(tmp_path: Path) -> None:
    said = [[], [4, 2], [999], list(range(2, 1_000))]
    assert run(tmp_path, said, "said.map((ids) => freeId(ids.map((id) => ({ id }))))") == [1, 5, 1, 1]


def test_names_of_files(tmp_path: Path) -> None:
    titles = ["Week 5: gates", "", "Lecture", "Über Gatter", "門", "-" * 80, "a" * 80]
    names = run(tmp_path, [lecture(title=title) for title in titles], "said.map((one) => nameOf(one, rules))")
    assert names[:5] == ["week-5-gates", "my-lecture", "my-lecture", "u-ber-gatter", "my-lecture"]
    assert all(reading.NAME.fullmatch(name) for name in names)


def test_formulas_are_those_of_python(tmp_path: Path) -> None:
    chosen = random.Random(3)  # noqa: S311 - no secret
    pieces = ["a", "_", "^", "{", "}", "\\frac", "\\sqrt", "[", "]", "\\left(", "\\right)", "\\text", "\\sigma",
              "\\href", "&", "\\&", " ", "1", "\\hat", "\\left.", "|", "\\"]  # fmt: skip
    said = ["".join(chosen.choices(pieces, k=chosen.randint(1, 7))) for _ in range(6_000)]
    for formula, is_one in zip(said, run(tmp_path, said, "said.map((one) => isFormula(one, rules))"), strict=True):
        if formulas.parts(f"${formula}$")[1:2] == [f"${formula}$"]:
            assert is_one == (not list(formulas.problems_of(f"${formula}$"))), formula
