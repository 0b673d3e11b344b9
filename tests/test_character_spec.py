"""A training on a text in plain settings: bounded, checked, the same everywhere."""

import json
from typing import Any

import pytest

from rnnviz import runs
from rnnviz.spec import TEXT_LEAST, TEXT_MOST, CharacterSpec, ReviewSpec, from_json, text_key, to_json
from tests.together import together

KEY = text_key("a text " * 200)


def test_there_and_back() -> None:
    spec = CharacterSpec(KEY, "gru", hidden_size=32, updates=7, rate=0.5, batch=3, length=9, seed=4)
    assert from_json(CharacterSpec, json.loads(json.dumps(to_json(spec)))) == spec
    assert spec.steps == 7
    runs.check((spec,))


def test_identity() -> None:
    spec = CharacterSpec(KEY)
    assert runs.identity([spec]) == runs.identity([CharacterSpec(KEY, rate=0.01)])
    others = [CharacterSpec(KEY, updates=7), CharacterSpec(text_key("b text " * 200)), CharacterSpec(KEY, seed=1)]
    assert len({runs.identity([other]) for other in (spec, *others)}) == 4


@together(
    "wrong",
    [
        {"text": ""},
        {"text": "x" * 64},
        {"text": KEY.upper()},
        {"text": KEY + "0"},
        {"text": 7},
        {"cell": "transformer"},
        {"hidden_size": 257},
        {"hidden_size": 7},
        {"hidden_size": 64.0},
        {"updates": 0},
        {"updates": 20_001},
        {"updates": True},
        {"batch": 129},
        {"length": 201},
        {"length": 7},
        {"seed": -1},
        {"rate": -1.0},
        {"rate": float("nan")},
        {"rate": "fast"},
        {"updates": 20_000, "hidden_size": 256, "batch": 128, "length": 200},
        {"path": "/etc/passwd"},
    ],
)
def test_what_is_no_such_training_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|may"):
        from_json(CharacterSpec, to_json(CharacterSpec(KEY)) | wrong)


def test_it_is_trained_by_itself() -> None:
    for others in ([CharacterSpec(KEY, seed=1)], [ReviewSpec()]):
        with pytest.raises(ValueError, match="must be trained by itself; got 2 arms"):
            runs.check([CharacterSpec(KEY), *others])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1,000 to 1,000,000 characters; got 0"),
        ("ab" * (TEXT_LEAST // 2 - 1), "got 998"),
        ("ab" * (TEXT_MOST // 2 + 1), "got 1,000,002"),
        ("a" * TEXT_LEAST, "two different characters"),
        ("ab" * 600 + "\ud800", "half of one, '\\\\ud800', at 1,201"),
    ],
)
def test_texts_that_cannot_be_learned_from(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        text_key(text)
