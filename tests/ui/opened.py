"""Pages opened by their links, without a browser, and what is chosen on them then."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Node

from rnnviz import page_registry
from tests.serving import ROOT

BY_ADDRESS: Final = page_registry.BY_ADDRESS | {"": page_registry.HOME}
"""The pages by what stands in the address."""

CHOICE: Final = "choice_"
"""How the keys of widgets begin that ``ui.widgets.controls`` keeps in the link."""


def opened(address: str, seconds: float = 120) -> AppTest:
    """A page as a fresh visitor sees it who comes by a link; no exception has come up."""
    parts = urlsplit(address)
    at = AppTest.from_file(ROOT / "app.py", default_timeout=seconds)
    page = BY_ADDRESS[parts.path.removeprefix("/")]
    if page is not page_registry.HOME:
        at.switch_page(page.path)
    at.query_params.update(parse_qsl(parts.query, keep_blank_values=True))
    at.run()
    assert not at.exception, at.exception
    return at


def warned(at: AppTest) -> list[str]:
    """What a page says of its link."""
    return [unmarked(one.value) for one in at.warning]


def unmarked(markdown: str) -> str:
    """What ``frame.plain`` was given, as long as it had no strokes of code itself."""
    return re.sub("` (.*?) `", r"'\1'", markdown).replace("\\", "")


def boxes(at: AppTest) -> dict[str, tuple[int, ...]]:
    """Every box for text, and by which turns the browser finds it; one that has another place is built anew."""
    return dict(_boxes(at._tree, ()))


def _boxes(node: Node, path: tuple[int, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
    if isinstance(node, Block):
        for number, child in node.children.items():
            yield from _boxes(child, (*path, number))
    elif node.type in ("text_input", "text_area"):
        yield str(node.key), path


def link_of(at: AppTest) -> dict[str, str]:
    """The parameters of a page's address by now."""
    return {name: values[-1] if isinstance(values, list) else values for name, values in at.query_params.items()}


def address_of(name: str, **params: str) -> str:
    """A link to a page by its name in the address."""
    return f"/{name}?" + "&".join(f"{key}={quote(value)}" for key, value in params.items())


def choices_of(at: AppTest) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Of each closed choice of a page what there is to choose, and what is chosen."""
    found = {}
    for group in at.button_group:
        if group.key and group.key.startswith(CHOICE):
            value = group.value if isinstance(group.value, list) else [group.value]
            found[group.key.removeprefix(CHOICE)] = (tuple(group.options), tuple(map(str, value)))
    return found
