"""What a browser must know to keep a tour of the visitor's own, and to write it as a file that can be read here."""

from functools import cache

from rnnviz import tours
from rnnviz.page_registry import PAGES, PARAMETERS
from rnnviz.tours import formulas, reading, shelf
from rnnviz.ui.selection import view_file


@cache
def rules() -> dict[str, object]:
    """The pages with what a stop may point at, the sizes of a tour's parts, and the commands of its formulas.

    Returns:
        Plain data: ``name`` is what links call such a tour; ``pages`` are ``{"title", "address", "targets": {key:
        what}}``; ``most`` are the sizes, in characters, ``stops`` and ``file`` in stops and bytes; ``params`` and
        ``aside`` are the names that links may have, and those that are no part of a view; ``taken`` are names of
        tours that ship; ``latex``, ``bare`` and ``nested`` are as in ``tours.formulas``.
    """
    return {
        "name": tours.OWN,
        "pages": [
            {
                "title": page.title,
                "address": page.address,
                "targets": {key: target.what for key, target in page.targets.items()},
            }
            for page in PAGES
        ],
        "most": {
            "stops": reading.MAX_STOPS,
            "characters": reading.MAX_CHARACTERS,
            "link": reading.MAX_LINK,
            "title": reading.MAX_TITLE,
            "about": reading.MAX_ABOUT,
            "file": view_file.MOST,
            **reading.MOST,
        },
        "params": list(PARAMETERS),
        "aside": list(reading.NOT_THE_VIEW),
        "taken": sorted(path.stem for path in shelf.SHIPPED.glob("*.md")),
        "latex": dict(formulas.ARGUMENTS),
        "bare": sorted(formulas.BARE),
        "nested": formulas.MOST_NESTED,
    }
