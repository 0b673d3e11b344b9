"""What a message quotes is shown as it was typed, and never becomes a link or a part of the page."""

import re

import pytest

from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import frame
from rnnviz.ui.shell.frame import plain
from tests.hostile.mutations import drawn
from tests.ui.opened import opened, unmarked


@pytest.mark.parametrize(
    ("message", "markdown"),
    [
        ("cell must be one of rnn, lstm; got 'elman'", r"cell must be one of rnn, lstm; got ` elman `"),
        ("got 'http://a.example/b?c=d'", "got ` http://a.example/b?c=d `"),
        ("got 'www.a.example' (and 2 more)", "got ` www.a.example ` \\(and 2 more\\)"),
        ("the file www.a.example: no", "the file ` www.a.example: ` no"),
        ("see HTTPS://A.EXAMPLE now", "see ` HTTPS://A.EXAMPLE ` now"),
        ("somebody@a.example", "` somebody@a.example `"),
        ("got 'it's http://a.example/'", "got 'it's ` http://a.example/' `"),
        ("got '`a` ``b``'", "got ``` `a` ``b`` ```"),
        ("the network's states and its '*' are <b>", r"the network's states and its ` * ` are \<b\>"),
        ("got ''", "got ''"),
        ("a *b* [c](d) :red[e] $f$", r"a \*b\* \[c\]\(d\) \:red\[e\] \$f\$"),
    ],
)
def test_what_is_quoted_is_code_and_all_else_is_harmless(message: str, markdown: str) -> None:
    assert plain(message) == markdown


@pytest.mark.parametrize("typed", ["elman", "http://a.example", "a\nb", "<script>", "x" * 99])
def test_what_is_shown_can_be_read_again(typed: str) -> None:
    assert unmarked(plain(f"cell must be lstm; got {quoted(typed)}")) == f"cell must be lstm; got {quoted(typed)}"


def test_a_link_cannot_put_a_link_on_a_page() -> None:
    at = opened("/Gates?cell=http://a.example/b&views=https://a.example&seed=www.a.example&trained=a@b.example")
    assert len(at.warning) == 4
    for one in at.warning:
        outside = one.value.split("`")[::2]
        assert not any(sign in part for part in outside for sign in ("//", "www", "@")), one.value


def test_unknown_words_are_no_markup() -> None:
    at = opened("/Gates?cell=lstm&trained=latch&words=yes [a](b) :red[c] *d* <b> $e$")
    (told,) = [one.value for one in at.caption if "are not in it and are read as" in one.value]
    assert "[" not in told.replace("\\[", "")
    assert "$" not in told.replace("\\$", "")


def test_quotes_and_addresses_are_those_of_one_expression() -> None:
    """Which takes the square of the time."""
    expression = re.compile(r"(?<!\w)'(?P<quoted>[^']+)'(?!\w)|\S*(?:://|www\.|@)\S*", re.IGNORECASE)
    signs = ("'", "'", " ", "\n", "a", "b", "@", "://", "www.", "WWW.", "/", "é", "x'", "'x")
    for number in range(5_000):
        chosen = drawn("signs", number)
        message = "".join(chosen.choice(signs) for _ in range(chosen.randrange(24)))
        wanted = [(found.start(), found.end(), found["quoted"] or found[0]) for found in expression.finditer(message)]
        assert list(frame._typed(message)) == wanted, message
