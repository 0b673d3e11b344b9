"""A release says the same of itself everywhere."""

import re
from datetime import date
from pathlib import Path
from typing import Final

import pytest
import yaml

from rnnviz import __version__
from tests.serving import ROOT

CITATION: Final = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
TEMPLATES: Final = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.md"))


def test_the_newest_heading_of_the_changelog_is_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, day = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\S+)$", text, re.MULTILINE)[0]
    assert (version, day) == (__version__, CITATION["date-released"])
    assert date.fromisoformat(day)


def test_the_citation_is_complete_and_of_this_version() -> None:
    assert CITATION["cff-version"] == "1.2.0"
    assert (CITATION["version"], CITATION["license"], CITATION["type"]) == (__version__, "MIT", "software")
    assert all(author["name"] for author in CITATION["authors"])
    assert {"message", "title", "abstract"} <= set(CITATION)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_has_what_the_forge_shows_of_it(path: Path) -> None:
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    assert {"name", "about", "labels"} == set(yaml.safe_load(head))
    assert body.count("**") >= 6, "questions to answer"
