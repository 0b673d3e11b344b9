"""A view as a small file: a link without a limit of length; and back from a file that anybody may have written."""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from rnnviz.page_registry import GATES
from rnnviz.ui.selection.fields import quoted

NAME: Final = "rnnviz-view.json"
"""The name of a saved file."""

VERSION: Final = 1

MOST: Final = 5_000_000
"""Bytes of a file; the longest texts that the pages read, all together, are shorter."""

_LIKE: Final = json.dumps({"rnnviz": VERSION, "page": GATES.title, "params": {"cell": "lstm"}})


def written(page: str, params: Mapping[str, str]) -> str:
    """The text of a view file: readable JSON; ``page`` is its title, ``params`` as from ``link.whole``."""
    view = {"rnnviz": VERSION, "page": page, "params": dict(params)}
    return json.dumps(view, ensure_ascii=False, indent=1) + "\n"


def read(text: str, pages: Collection[str]) -> tuple[str, dict[str, str]]:
    """The page and the parameters of a view file, which ``link.from_params`` checks as it checks those of a link.

    Args:
        text: From anybody: nothing in it is trusted.
        pages: The titles of the pages that exist.

    Raises:
        TypeError: If it is JSON of something else.
        ValueError: If it is longer than ``MOST`` or no JSON, of another version, or its page does not exist.
    """
    if len(text) > MOST or (size := len(text.encode("utf-8", "replace"))) > MOST:
        got = f"{len(text):,}" if len(text) > MOST else f"{size:,}"
        raise ValueError(f"a view file must have at most {MOST:,} bytes; got {got}")
    view = _parsed(text)
    if view.get("rnnviz") != VERSION or isinstance(view["rnnviz"], bool):
        raise ValueError(f"rnnviz, the version of the view file, must be {VERSION}; got {quoted(view.get('rnnviz'))}")
    page, params = view.get("page"), view.get("params")
    if not isinstance(page, str) or page not in pages:
        raise ValueError(f"page must be one of {', '.join(pages)}; got {quoted(page)}")
    if not isinstance(params, dict):
        raise TypeError(f"params must be texts by their names; got {quoted(params)}")
    for name, value in params.items():
        if not isinstance(value, str):
            raise TypeError(f"params must be texts by their names; got {quoted(value)} for {quoted(name)}")
    return page, {_whole(name): _whole(value) for name, value in params.items()}


def _parsed(text: str) -> dict[str, Any]:
    try:
        view = json.loads(text.removeprefix("\N{BYTE ORDER MARK}"))
    except (ValueError, RecursionError):
        raise ValueError(f"a view file must look like {_LIKE}; got {quoted(text)}") from None
    if not isinstance(view, dict):
        raise TypeError(f"a view file must look like {_LIKE}; got {quoted(view)}")
    return view


def _whole(text: str) -> str:
    """A text without halves of surrogate pairs, which JSON may contain but nothing can send."""
    return text.encode("utf-8", "replace").decode("utf-8")
