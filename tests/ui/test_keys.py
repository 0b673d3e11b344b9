"""The table of keys and the widgets say the same of each other."""

import re
from typing import Final

import pytest

from rnnviz.ui.shell import keys
from rnnviz.widgets.sources import ASSETS
from tests.together import together

NAMED: Final = re.compile(r"\b(Arrow(?:Left|Right|Up|Down)|Home|End|Page(?:Up|Down)|Escape|Enter)\b")
MODULES: Final = sorted(path.relative_to(ASSETS).as_posix() for path in ASSETS.glob("*/*.js"))
LISTED: Final = [(group, module) for group in keys.GROUPS for module in group.modules]


def code(module: str) -> str:
    text = re.sub(r"//.*", "", (ASSETS / module).read_text(encoding="utf-8"))
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def heard(module: str) -> set[str]:
    """The keys with names that a module speaks of where it is not written for people."""
    words = re.sub(r'\["[A-Z][^"]*\([^)]*\)"', "", code(module))  # what stands on a button names its key
    return set(NAMED.findall(words))


def of(key: str) -> str:
    return key.rpartition("Shift+")[2]


@pytest.mark.parametrize(("group", "module"), LISTED, ids=[module for _, module in LISTED])
def test_a_key_of_the_table_is_heard(group: keys.Group, module: str) -> None:
    text = code(module)
    for row in group.rows:
        for key in row.keys:
            bare = of(key)
            assert bare in heard(module) or f'"{bare}"' in text, f"{module} does not hear {key!r}"
            assert ("Shift+" not in key) or "shiftKey" in text


@together("module", MODULES)
def test_a_key_that_is_heard_is_in_the_table(module: str) -> None:
    listed = {of(key) for group in keys.GROUPS if module in group.modules for row in group.rows for key in row.keys}
    assert heard(module) <= listed


def test_the_switch_names_every_key_of_one_character() -> None:
    """Space acts whatever the switch says."""
    single = {
        key for group in keys.GROUPS if group.modules[0] in ("bar/bar.js", "tour/tour.js", "shared/advance.js")
        for row in group.rows for key in row.keys if len(key) == 1 and key != " "
    }  # fmt: skip
    switch = re.search(r'data-part="single"> ([^<]*)<', (ASSETS / "bar/bar.html").read_text(encoding="utf-8"))
    assert switch is not None
    named = re.split(r",? and |, ", switch[1].partition(": ")[2].replace(" on a tour", ""))
    assert sorted(named) == sorted(keys.sign(key) for key in single)


def test_every_group_says_something_else() -> None:
    places = [group["where"] for group in keys.plain()]
    assert len(places) == len(set(places)) == len(keys.GROUPS)
    assert all(group.rows and group.modules for group in keys.GROUPS)


def test_keys_as_they_are_printed() -> None:
    assert [keys.sign(key) for key in ("Shift+ArrowLeft", " ", "p", "Escape", "]")] == [
        "Shift ←",
        "Space",
        "P",
        "Esc",
        "]",
    ]
