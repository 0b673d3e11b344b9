"""The vocabulary of a file."""

import json

import pytest

from rnnviz import own
from rnnviz.checkpoints import RefusedError
from tests.together import together


@pytest.mark.parametrize(
    ("content", "tokens"),
    [
        (b'["<unk>", "good", "bad"]', ("<unk>", "good", "bad")),
        (b'{"good": 1, "bad": 2, "<unk>": 0}', ("<unk>", "good", "bad")),
        (b'{"good": 1, "bad": 3}', ("<0>", "good", "<2>", "bad")),
        (b"<unk>\ngood\nbad\n", ("<unk>", "good", "bad")),
        (b"\xef\xbb\xbf<unk>\r\ngood\r\nbad", ("<unk>", "good", "bad")),
        (b'"abc \\n"', ("a", "b", "c", " ", "\n")),
        (json.dumps({"model": {"type": "WordLevel", "vocab": {"b": 1, "a": 0}}}).encode(), ("a", "b")),
    ],
)
def test_each_form(content: bytes, tokens: tuple[str, ...]) -> None:
    assert own.read_vocabulary(content).tokens == tokens


def test_the_token_for_all_others_is_known_by_its_usual_names() -> None:
    assert own.of_tokens(("<pad>", "<unk>", "a")).unknown == "<unk>"
    assert own.of_tokens(("a", "b")).unknown == ""


@pytest.mark.parametrize(
    ("tokens", "splits"),
    [
        (("<unk>", "good", "bad"), "words"),
        (("<unk>", "Good", "bad"), "exact words"),
        (("<PAD>", "[UNK]", "good"), "words"),
        (("<pad>", "a", "B", "\n"), "exact characters"),
    ],
)
def test_how_a_text_is_split_follows_from_the_tokens(tokens: tuple[str, ...], splits: str) -> None:
    assert own.of_tokens(tokens).splits == splits


@together(
    "content, reason",
    [
        (b"", "must have 1 to"),
        (b"[]", "must have 1 to"),
        (b'["a", "a"]', "must come once; got 'a' 2 times"),
        (b"[1, 2]", "must be texts"),
        (b"3", "must be texts"),
        (b'{"a": "b"}', "must be whole"),
        (b'{"a": -1}', "must be whole and in 0"),
        (b'{"a": 9223372036854775808}', "must be whole and in 0"),
        (b'{"a": 0, "b": 0}', "each number must have one token"),
        (b'{"a": true}', "must be whole"),
        (b"\xff\xfe\x00", "must be text in UTF-8"),
        (b"[" * 100_000, "deeper nesting"),
    ],
)
def test_what_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        own.read_vocabulary(content)


def test_a_json_file_that_is_cut_is_refused_with_where_it_breaks() -> None:
    cut = b'{"good": 0,\n "bad": 1,\n "fi'
    with pytest.raises(RefusedError, match=r"ending in \.json must be JSON; Unterminated string .*: line 3 column 2"):
        own.read_vocabulary(cut, "vocab.JSON")
    assert len(own.read_vocabulary(cut, "vocab.txt").tokens) == 3
