"""Whatever a browser asks of a review while it is typed: it is answered in numbers, or refused in a few words."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pytest

from rnnviz.ui.reviews import direct
from rnnviz.ui.reviews.answers import NETWORKS
from tests.hostile import mutations
from tests.hostile.cases import Fuzzer, blocks, survives


def question(chosen: Random) -> bytes:
    """A question of which somebody has changed the text, the structure or the bytes."""
    network = chosen.choice(list(NETWORKS.values()))
    asked: dict[str, Any] = {"box": "0.5", "network": network, "in_words": chosen.random() < 0.5}
    asked["text"] = mutations.text(chosen, "The film was long, but I liked the end of it. ")
    way = chosen.randrange(4)
    if way == 0:
        return mutations.content(chosen, json.dumps(asked).encode())
    if way == 1:
        return json.dumps(mutations.data(chosen, asked)).encode()
    if way == 2:
        asked["text"] *= chosen.randrange(1, 40)
    return json.dumps(asked, ensure_ascii=chosen.random() < 0.5).encode(errors="surrogatepass")


def read(raw: bytes) -> Iterator[str]:
    asked = direct.question(raw)
    assert asked.network in NETWORKS.values()
    found = direct.answered(asked)
    json.dumps(found, allow_nan=False)
    yield f"{found['said']['sign']}."  # type: ignore[index]


QUESTIONS: Final = Fuzzer("question", question, read, (ValueError,))


@pytest.mark.parametrize("block", blocks(5))
def test_any_question_is_answered_or_refused(block: int) -> None:
    survives(QUESTIONS, block, 200)
