"""The paragraph “References” of a text, in which each source leads to its entry in the list of all."""

import re
from typing import Final

from rnnviz import references
from rnnviz.page_registry import REFERENCES
from rnnviz.references import Source

PARAGRAPH: Final = r"^\*\*References\.\*\*(?:.|\n)*?(?:\n\n|\Z)"
"""A regular expression of it, in Markdown, over several lines."""


def linked(text: str) -> str:
    """A text of ours in which each citation of its references is a link."""
    return re.sub(PARAGRAPH, lambda found: references.replaced(found[0], _link), text, flags=re.MULTILINE)


def _link(source: Source, written: str) -> str:
    """Without a target, so that Streamlit opens another tab where ``within.js`` does not follow it."""
    return f'<a class="rnnviz-within" href="{REFERENCES.address}#{source.anchor}">{written}</a>'
