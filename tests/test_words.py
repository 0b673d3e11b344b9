"""What a student reads is in the field's own words: prose, and what the screen, a message and a saved file show."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.serving import ROOT
from tests.together import together

_NETWORK: Final = r"(?:networks?|LSTMs?|BiLSTMs?|GRUs?|RNNs?|models?|bag of words|decoder|encoder|layer)"

REFUSED: Final = {
    r"prais(?:es?|ed|ing)": "positive, P(positive)",
    r"blam(?:es?|ed|ing)": "negative",
    r"judg(?:es?|ed|ing|ements?|ments?)": "predict, prediction",
    r"read-?outs?": "output layer",
    r"squash\w*": "activation, tanh, sigmoid, ReLU",
    r"the lecture's": "the name of the model, the name of the book",
    r"in the lecture\.": "examples",
    r"the lecture (?:prints|says|shows|takes|writes|has|trains?|trained|of tensorflow)": "the name of the book",
    r"ours": "the name of the model",
    r"our (?:own )?(?:best |small |trained )?(?:LSTMs?|BiLSTMs?|GRUs?|RNNs?|networks?|models?)": "the model's name",
    r"typ(?:ed?|es|ing) over": "edit, edited",
    r"(?:kept|held|hold) back|kept from (?:it|them|training)": "held-out",
    r"chatter\w*|fillers?": "distractors",
    r"as torch (?:\w+ )?(?:starts?|started|begins?)(?: (?:it|them))?": "default initialization",
    r"start(?:s|ed)? as torch(?: does)?": "default initialization",
    r"torch's (?:own )?start": "default initialization",
    r"starts? of the weights": "initialization",
    r"as (?:it|they) starts?": "at initialization",
    r"(?:every|each|that|this|one|another|which|no|all|what|at|from) places?|(?<!in )(?:its|their) places?": "position",
    r"(?:by|with|on) (?:the|a) places?|places? of (?:a|the) (?:source|text|array)": "position",
    r"(?:half|third|quarter|\d[\d.]*) a step": "half of it at each step",
    r"(?:is|are|was|were|be|been|being|just) said": "is output, predicted, generated",
    rf"{_NETWORK}(?: \w+ly)? (?:says?|said)|(?:it|they|\{{\}}) says?": "outputs, predicts, generates",
    r"(?:is|are|was|were) wanted": "is the target",
    r"in (?:the )?(?:same )?company|company of (?:a|the) words?": "context",
    r"honest\w*": "faithful, faithfulness",
    r"--ground|ground (?:that is|must be|of saved pictures)": "--background, background",
    r"not so:|rightly": "not quite, correctly",
    r"the usual(?: one| ones| runs?)?": "the default",
    r"word \d+ of \d+": "t = 9 of 9, counted from 0",
    r"W_ho|W_\{ho\}": "W_hy",
    r"what there is to|how many \w+ has|which \w+ has the": "a clause in the order of a plain sentence",
    r"speaks? for|speaking for": "pushes the prediction to",
    r"takes? for alike|leave like states|answer alike": "similar",
    r"is nothing to read|is what is left of it": "a sentence with a subject",
}
"""Words that a student stops at, as expressions for whole words, each with what the field says instead."""

EXACT: Final = {r"Ground": "Background"}
"""The like, where a capital letter makes the label."""


class Excepted(NamedTuple):
    """A reasoned exception: in which file which words may stand, and why."""

    file: str
    words: str
    why: str


EXCEPTIONS: Final = (
    Excepted("rnnviz/notation.py", "W_{ho}", "the name of the matrix in Raschka's book, beside torch's"),
    Excepted("rnnviz/reach/losses.py", "got 'read-out'", "the value of an argument, as callers have always written it"),
)

_APOSTROPHES: Final = str.maketrans("’", "'")
_PATTERNS: Final = tuple(
    (re.compile(rf"(?<![\w-])(?:{refused})(?![\w-])" if refused[-1] not in ".:" else refused, flags), instead)
    for words, flags in ((REFUSED, re.IGNORECASE), (EXACT, 0))
    for refused, instead in words.items()
)


class Finding(NamedTuple):
    """Words that are refused, where they stand."""

    file: str
    line: int
    words: str
    text: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: “{self.words}” in “{self.text}”; say: {self.instead}"


def found_in(texts: list[tuple[int, str]], file: str) -> Iterator[Finding]:
    """What is refused in some texts of a file, each given with its line."""
    for line, text in texts:
        plain = " ".join(text.translate(_APOSTROPHES).split())
        for pattern, instead in _PATTERNS:
            for match in pattern.finditer(plain):
                around = plain[max(0, match.start() - 60) : match.end() + 60]
                yield Finding(file, line, match[0], around, instead)


def of_markdown(source: str) -> list[tuple[int, str]]:
    """The paragraphs of a document: without code, formulas, comments and where links lead to."""
    for unread in (r"```.*?```", r"`[^`\n]*`", r"<!--.*?-->", r"\$[^$]*\$", r"\]\([^)]*\)", r"^(?:link|look):[^\n]*"):
        source = re.sub(unread, lambda match: "\n" * match[0].count("\n"), source, flags=re.DOTALL | re.MULTILINE)
    paragraphs, line = [], 1
    for block in re.split(r"(\n\s*\n)", source):
        paragraphs.append((line, block))
        line += block.count("\n")
    return paragraphs


def of_python(source: str) -> list[tuple[int, str]]:
    """The strings of a module that look like a text: with a space or a capital letter at first, and no docstring."""
    tree = ast.parse(source)
    skipped: set[int] = set()
    texts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        elif isinstance(node, ast.Dict):
            skipped.update(id(key) for key in node.keys if isinstance(key, ast.Constant) and " " not in str(key.value))
        elif isinstance(node, ast.JoinedStr):
            parts = node.values
            skipped.update(id(part) for part in parts)
            texts.append((node.lineno, "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)))
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in skipped)
    texts += [(node.lineno, node.value) for node in constants if isinstance(node.value, str)]
    return [(line, text) for line, text in sorted(texts) if is_text(text)]


_SCRIPT: Final = re.compile(
    r"//[^\n]*|/\*.*?\*/|'((?:\\.|[^'\\\n])*)'|\"((?:\\.|[^\"\\\n])*)\"|`((?:\\.|[^`\\])*)`", re.DOTALL
)


def of_script(source: str) -> list[tuple[int, str]]:
    """The strings of a JavaScript file that look like a text."""
    texts = []
    for match in _SCRIPT.finditer(source):
        text = next((group for group in match.groups() if group), "")
        texts.append((source.count("\n", 0, match.start()) + 1, re.sub(r"\$\{[^}]*\}", "{}", text)))
    return [(line, text) for line, text in texts if is_text(text)]


def of_lines(source: str) -> list[tuple[int, str]]:
    """The lines of a file, without the tags of HTML."""
    return [(line, re.sub(r"<[^>]*>", " ", text)) for line, text in enumerate(source.splitlines(), 1)]


def is_text(text: str) -> bool:
    """Whether a string is taken for one that is shown."""
    return " " in text or text[:1].isupper()


def of_notebook(source: str) -> list[tuple[int, str]]:
    """The paragraphs of the texts of a notebook."""
    cells = [cell for cell in json.loads(source)["cells"] if cell["cell_type"] == "markdown"]
    return [found for cell in cells for found in of_markdown("".join(cell["source"]))]


READERS: Final = {
    ".md": of_markdown,
    ".ipynb": of_notebook,
    ".py": of_python,
    ".js": of_script,
    ".html": of_lines,
    ".yaml": of_lines,
    ".jinja2": of_lines,
    ".toml": of_lines,
}


def files() -> list[str]:
    """What a student reads: documents, tours, and the sources of what is on the screen."""
    roots = (
        "README.md",
        "docs",
        "assets/glossary.md",
        "assets/references.toml",
        "assets/text",
        "assets/tours",
        "assets/components",
        "rnnviz",
        "pages",
    )
    found: list[Path] = []
    for root in roots:
        path = ROOT / root
        found += [path] if path.is_file() else [one for one in sorted(path.rglob("*")) if one.suffix in READERS]
    return [path.relative_to(ROOT).as_posix() for path in found]


FILES: Final = files()


@cache
def refused_in(file: str) -> tuple[Finding, ...]:
    """All that is refused in a file, excepted or not."""
    path = ROOT / file
    return tuple(found_in(READERS[path.suffix](path.read_text(encoding="utf-8")), file))


def is_excepted(finding: Finding) -> bool:
    return any(one.file == finding.file and one.words in finding.text for one in EXCEPTIONS)


@together("file", FILES)
def test_a_file_speaks_in_the_words_of_the_field(file: str) -> None:
    left = [str(finding) for finding in refused_in(file) if not is_excepted(finding)]
    assert not left, "\n" + "\n".join(left)


@pytest.mark.parametrize("exception", EXCEPTIONS, ids=lambda one: f"{one.file}: {one.words}")
def test_an_exception_is_needed_and_has_a_reason(exception: Excepted) -> None:
    assert exception.why
    assert any(exception.words in finding.text for finding in refused_in(exception.file))


def words_found(text: str) -> list[str]:
    return [finding.words for finding in found_in([(1, text)], "a file")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P(praise) = {}", ["praise"]),
        ("The triangles stand where praise turns into blame.", ["praise", "blame"]),
        ("The review is judged word\nby word; the judgement turns.", ["judged", "judgement"]),
        ("Rows of the read-out", ["read-out"]),
        ("the lecture’s two networks", ["the lecture's"]),
        ("In our BiLSTM", ["our BiLSTM"]),
        ("**✗ Not so: {}", ["Not so:"]),
        ("An LSTM as torch starts it stays at guessing", ["as torch starts it"]),
        ("The network says {}", ["network says"]),
        ("{} says 18 %", ["{} says"]),
        ("the digit that is said", ["is said"]),
        ("it keeps 0.625 a step", ["0.625 a step"]),
        ("a state at every place", ["every place"]),
        ("Ground", ["Ground"]),
        ("the first word decides, and chatter follows", ["chatter"]),
        ("How many weights has the layer?", ["How many weights has"]),
    ],
)
def test_a_word_is_refused(text: str, words: list[str]) -> None:
    assert words_found(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "It classifies 92 % of the held-out reviews correctly.",
        "An untrained network is shown in its place.",
        "the difference in units of the last place",
        "a lecture hall, a lecture in order, `lecture.yaml`",
        "background, ground truth, hours, four of yours",
        "The caption says how many steps are drawn.",
        "An edited weight stays; a note saves time.",
    ],
)
def test_a_plain_sentence_is_not_refused(text: str) -> None:
    assert words_found(text) == []


def test_what_is_read_of_a_document() -> None:
    source = (
        "---\nlink: A?judged\n---\nA `judged` $judged$\n[word](judged)\n\n<!-- judged -->\n```\njudged\n```\nis judged"
    )
    assert [(one.line, one.words) for one in found_in(of_markdown(source), "a file")] == [(11, "judged")]


def test_what_is_read_of_a_module() -> None:
    source = '''"""A judged module."""
def f(name):
    """Is judged."""
    "judged", {"judged": "Judged"}
    return f"{name} is judged", "is judged"  # judged
'''
    assert [text for _, text in of_python(source)] == ["Judged", "is judged", "{} is judged"]


def test_what_is_read_of_a_script() -> None:
    source = "// is judged\n/* is judged */\nconst a = 'judged', b = \"Judged\", c = `${a} is judged`;"
    assert of_script(source) == [(3, "Judged"), (3, "{} is judged")]


def test_files_of_every_kind_are_read() -> None:
    assert {Path(file).suffix for file in FILES} == set(READERS)
    assert {"README.md", "docs/sentiment.md", "assets/tours/lecture.md", "rnnviz/ui/reviews/view.py"} <= set(FILES)
