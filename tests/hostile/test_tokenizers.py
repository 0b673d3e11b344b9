"""Files of tokenizers from anybody: each is refused in one line, or read, and none takes the server along."""

import json
import random
import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from rnnviz import own, tokenizing
from rnnviz.tokenizing import Tokenizer
from tests.own.tokenizers_made import KINDS, changed, made


def split_by(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def replaced(find: str, by: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"String": find}, "content": by}


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "Lowercase"}
    for _ in range(depth):
        inner = {"type": "Sequence", "normalizers": [inner]}
    return inner


ASKED: Final[dict[str, Callable[[str], object]]] = {
    "numbers": lambda content: Tokenizer(content).numbers(["a" * 30 + "b"]),
    "vocabulary": lambda content: own.read_vocabulary(content.encode(), "tokenizer.json"),
}
DOUBLING: Final = {"type": "Sequence", "normalizers": [replaced("a", "aa")] * 40}
PADDED: Final = {
    "strategy": {"Fixed": 10**12}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0,
    "pad_token": "x",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("numbers", changed("bytes", pre_tokenizer=split_by("(a+)+$")), "ended at this one"),
        ("numbers", changed("bytes", normalizer=DOUBLING), "ended at this one|must read a text in"),
        ("vocabulary", changed("bytes", normalizer=nested(200)), "deeper nesting|recursion limit"),
        ("vocabulary", changed("bytes", pre_tokenizer=split_by("(((")), "as Hugging Face writes it"),
        ("vocabulary", json.dumps({"model": {"type": "Neural"}}), "one of BPE, WordPiece, Unigram, WordLevel"),
        ("vocabulary", json.dumps({"model": {"type": "BPE", "vocab": {"a": 0}}}), "as Hugging Face writes it"),
        ("vocabulary", changed("bytes", model={"type": "BPE", "vocab": {"a": 2**31}, "merges": []}), "must be whole"),
        ("vocabulary", changed("bytes", model={"type": "BPE", "vocab": {"a": -1}, "merges": []}), "Hugging Face"),
        ("vocabulary", changed("bytes", model={"type": "Unigram", "vocab": [], "unk_id": 7}), "Hugging Face|1 to"),
        ("vocabulary", made("bytes")[:-100], r"must be JSON"),
    ],
    ids=["backtracking", "doubling", "nested", "pattern", "kind", "cut", "far", "negative", "empty", "half"],
)  # fmt: skip
def test_what_is_made_to_harm(kind: str, content: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizing, "_SECONDS", 3)
    began = time.monotonic()
    with pytest.raises(ValueError, match=reason) as refused:
        ASKED[kind](content)
    assert time.monotonic() - began < 20
    assert len(str(refused.value)) < 1_000


def test_nothing_is_padded_or_cut() -> None:
    content = changed(
        "bytes",
        padding=PADDED,
        truncation={"direction": "Right", "max_length": 1, "strategy": "LongestFirst", "stride": 0},
    )
    assert Tokenizer(content).numbers(["the film"]) == Tokenizer(made("bytes")).numbers(["the film"])


def ending(content: str) -> str:
    """What is said of a file or of a text that it splits; empty if both are read."""
    try:
        found = own.read_vocabulary(content.encode(), "tokenizer.json")
        if found.tokenizer is not None:
            found.tokenizer.numbers(["the film 雨"])
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_are_refused_or_read(kind: str) -> None:
    """Any end is one of ours: a RefusedError of a file, a ValueError of a text, or tokens."""
    drawn = random.Random(0)  # noqa: S311 - a seed, no secret
    for _ in range(6):
        data = json.loads(made(kind))
        part = drawn.choice([name for name in data if data[name]])
        data[part] = drawn.choice(
            [None, 7, [], {}, {"type": "ByteLevel"}, {"type": "Precompiled", "precompiled_charsmap": "AAAA"}]
        )
        said = ending(json.dumps(data))
        assert "\n" not in said
        assert len(said) < 1_000
