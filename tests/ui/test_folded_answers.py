"""The prose under a page: a question's fold opens its own answer and no other."""

import re

import pytest

from rnnviz.ui.shell import frame
from tests.together import together
from tests.ui.test_citations import PARTS

SUMMARY = re.compile(r"<details><summary>(.*?)</summary>\n\n(.*?)\n\n</details>", re.DOTALL)


@together("part", PARTS)
def test_no_fold_has_the_answers_of_several_questions(part: tuple[str, str | None]) -> None:
    whole = frame._whole(*part)
    for title, text in SUMMARY.findall(whole):
        assert title in ("The answer", "More")
        if title == "The answer":
            assert len(re.findall(r"^\d+\. ", text, re.MULTILINE)) == 0, text


@pytest.mark.parametrize(("name", "part", "count"), [("dynamics", "points", 3), ("hidden_states", None, 7)])
def test_each_of_several_questions_stands_over_its_answer(name: str, part: str | None, count: int) -> None:
    whole = frame._whole(name, part)
    before = "".join(SUMMARY.sub("{}", whole)).split("{}")
    assert [title for title, _ in SUMMARY.findall(whole)] == ["The answer"] * count + ["More"]
    for k, text in enumerate(before[:count], 1):
        assert re.search(rf"^{k}\. ", text, re.MULTILINE)
    _, answer, _ = frame._prose(name, part)
    for _, text in SUMMARY.findall(whole)[:count]:
        assert text in answer
