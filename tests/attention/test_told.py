"""What docs/attention.md says of the networks is what their cards and the networks themselves say."""

import re
from typing import Final

import pytest

from rnnviz.attention import NAMES, cards, dates, load
from rnnviz.attention.recipes import SCORES
from tests.serving import ROOT

TOLD: Final = (ROOT / "docs" / "attention.md").read_text(encoding="utf-8")
CELL: Final = re.compile(r"\s*\|\s*")


def rows(heading: str) -> list[list[str]]:
    """The rows of the table whose head begins like this."""
    _, _, rest = TOLD.partition(f"| {heading}")
    assert rest, heading
    table = rest.split("\n\n")[0].splitlines()[2:]
    return [CELL.split(row.strip().strip("|").strip()) for row in table]


@pytest.mark.parametrize("row", rows("name | what it is"), ids=lambda row: row[0])
def test_the_networks(row: list[str]) -> None:
    card = cards.card(row[0].strip("`"))
    assert row[2] == f"{card['parameters']:,}"
    assert row[3] == f"{card['accuracy']:.4f}"
    alignment = card["alignment"] or {}
    stated = [alignment[name] for name in ("exact", "after", "inside") if name in alignment]
    assert re.findall(r"\d\.\d{4}", row[4]) == [f"{share:.4f}" for share in stated]
    assert row[5] == f"{card['seconds']:.0f} s"


def test_all_are_told() -> None:
    assert tuple(row[0].strip("`") for row in rows("name | what it is")) == NAMES


@pytest.mark.parametrize("row", rows("digits | `reverse-none`"), ids=lambda row: row[0])
def test_accuracy_by_length(row: list[str]) -> None:
    found = cards.by_length()
    at = [found[score].accuracy[found[score].lengths == int(row[0])][0] for score in SCORES]
    assert row[1:] == [f"{share:.4f}" for share in at]


def test_forms_that_are_learned() -> None:
    told = rows("form of 5 March 1998 | with a weekday")
    assert [form for form, _ in told] == list(dates.FORMS)
    for form, with_weekday in told:
        written = dates.read(with_weekday)
        assert written is not None
        assert dates.write(written.date, form, has_weekday=True).text == with_weekday


def test_forms_that_are_not() -> None:
    told, found = rows("form of 5 March 1998 | `dates-none`"), cards.by_form()
    assert [row[0] for row in told] == list(dates.STRANGE)
    for form, *shares in told:
        rows_of = [next(row for row in found[score] if row.form == form) for score in SCORES]
        assert shares == [f"{row.accuracy:.4f}" for row in rows_of]


@pytest.mark.parametrize("task", ["dates", "reverse"])
def test_failures(task: str) -> None:
    told = rows(f"source | `{task}-none`")
    assert len(told) >= 3
    for source, *said in told:
        decodings = [load(f"{task}-{score}").decode(source) for score in SCORES]
        assert all(decoding.has_ended for decoding in decodings)
        assert said[:3] == [decoding.text for decoding in decodings]


def test_when_the_loss_is_small() -> None:
    told = " ".join(TOLD.split())
    found = re.search(r"after ([\d,]+) \(additive\) and ([\d,]+) updates \(dot\); without, it ends at ([\d.]+)\.", told)
    assert found is not None
    for score, updates in zip(("additive", "dot"), found.groups(), strict=False):
        losses = cards.card(f"reverse-{score}")["history"]["loss"]
        assert 100 * next(k for k, loss in enumerate(losses, start=1) if loss < 0.001) == int(updates.replace(",", ""))
    assert f"{cards.card('reverse-none')['history']['loss'][-1]:.2f}" == found.group(3)
