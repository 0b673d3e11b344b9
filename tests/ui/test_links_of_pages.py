"""Every choice, number and text that a page keeps is in its link, and the link brings it back: on the page itself."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import NumberInput

from rnnviz.page_registry import PAGES
from rnnviz.ui.pages.home import view as home
from rnnviz.ui.selection import DEFAULT, Selection, view_file
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.fields import ENTRY
from rnnviz.ui.selection.link import from_params, left_out, to_params, whole
from rnnviz.ui.widgets.controls import slug
from tests.serving import ROOT
from tests.together import together
from tests.ui.opened import BY_ADDRESS, CHOICE, address_of, choices_of, link_of, opened, unmarked, warned

NAMES: Final = [name for name in BY_ADDRESS if name]
VIEW: Final = ("view", "networks", "below")
"""What the choice is called that decides what else there is to choose."""


class Kept(NamedTuple):
    """What a view of a page keeps in the link: its choices with their options, and its numbers with their limits."""

    views: tuple[str, ...]
    choices: dict[str, tuple[str, ...]]
    numbers: dict[str, tuple[float, float, bool]]


@cache
def kept(name: str) -> tuple[Kept, ...]:
    """Of every view of a page what it keeps."""
    first = opened(f"/{name}")
    key = next((key for key in choices_of(first) if key.rpartition(".")[2] in VIEW), None)
    others = choices_of(first)[key][0][1:] if key else ()
    unseen = {one: choice for one, choice in BY_ADDRESS[name].choices.items() if one not in choices_of(first)}
    found = [_kept(first, tuple(f"{one}:{choice}" for one, choice in unseen.items()))]
    return (*found, *(_kept(opened(address_of(name, views=view)), (view,)) for view in _views(key, others)))


def _views(key: str | None, others: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{key}:{slug(other)}" for other in others)


def _kept(at: AppTest, views: tuple[str, ...]) -> Kept:
    options = {key: names for key, (names, _) in choices_of(at).items() if not any(v.startswith(key) for v in views)}
    boxes = [box for box in (*at.number_input, *at.slider) if (box.key or "").startswith(CHOICE)]
    numbers = {}
    for box in boxes:
        low, high = (box.min, box.max) if box.min is not None else _limits_said(at, box)
        is_whole = all(isinstance(part, int) for part in (low, high, box.value))
        numbers[box.key.removeprefix(CHOICE)] = low, high, is_whole
    return Kept(views, options, numbers)


def _limits_said(at: AppTest, box: NumberInput) -> tuple[float, float]:
    """The limits of a box that holds what is typed beyond them: it says them then."""
    kind = type(box.value)
    at.number_input(key=box.key).set_value(kind(10**9)).run()
    assert at.number_input(key=box.key).value == 10**9
    said = [unmarked(error.value) for error in at.error]
    (limits,) = [found for one in said if (found := re.match(rf"{box.label} must be from (.+) to (.+)\. Got 1", one))]
    return kind(limits[1].replace("−", "-")), kind(limits[2])


def turns(view: Kept) -> Iterator[dict[str, str]]:
    """Enough sets of choices that each option is in one of them."""
    most = max((len(options) for options in view.choices.values()), default=0)
    for k in range(most):
        yield {key: options[k % len(options)] for key, options in view.choices.items()}


@pytest.mark.slow
@together("name", NAMES)
def test_every_choice_of_a_page_comes_back_from_its_link(name: str) -> None:
    for view in kept(name):
        for turn in turns(view):
            wanted = sorted([*view.views, *(f"{key}:{slug(option)}" for key, option in turn.items())])
            at = opened(address_of(name, views=" ".join(wanted)))
            assert warned(at) == []
            shown = choices_of(at)
            for key, option in turn.items():
                # What is chosen elsewhere may leave no room for it here; then the usual is shown.
                assert option not in shown.get(key, ((), ()))[0] or shown[key][1] == (option,), f"{key} at {wanted}"
            assert set(link_of(at).get("views", "").split()) >= {
                one for one in wanted if one.partition(":")[0] in shown
            }


@pytest.mark.slow
@together("name", NAMES)
def test_every_number_of_a_page_comes_back_and_none_beyond_its_limits(name: str) -> None:
    for view in kept(name):
        if not view.numbers:
            continue
        for end in (0, 1):
            numbers = {key: limits[end] for key, limits in view.numbers.items()}
            written = [f"{key}:{value:.10g}" for key, value in numbers.items()]
            at = opened(address_of(name, views=" ".join(sorted([*view.views, *written]))))
            boxes = {box.key.removeprefix(CHOICE): box.value for box in (*at.number_input, *at.slider) if box.key}
            assert {key: boxes[key] for key in numbers} == pytest.approx(numbers)
            assert warned(at) == []
        beyond = [f"{key}:{limits[1] + 1:.10g}" for key, limits in view.numbers.items()]
        said = warned(opened(address_of(name, views=" ".join(sorted([*view.views, *beyond])))))
        for one in beyond:
            if not any(message.startswith(f"{one.partition(':')[0]} must be ") for message in said):
                # Its limit depends on a number that was beyond its own: asked alone, it is refused.
                assert len(warned(opened(address_of(name, views=" ".join(sorted([*view.views, one])))))) == 1, one


@pytest.mark.slow
@together("name", NAMES)
def test_a_choice_that_is_gone_is_said_on_every_page(name: str) -> None:
    for view in kept(name):
        bad = [f"{key}:gone-by-now" for key in view.choices]
        at = opened(address_of(name, views=" ".join(sorted([*view.views, *bad]))))
        said = warned(at)
        shown = [key for key in view.choices if key in choices_of(at)]
        assert {key for key in shown if not any(one.startswith(f"{key} must be ") for one in said)} == set()
        assert not any("gone-by-now" in value for value in link_of(at).values())


@st.composite
def views_of_pages(draw: st.DrawFn) -> Selection:
    """A selection as pages make them: some of their choices, numbers and texts."""
    views: dict[str, str] = {}
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=4, unique=True)):
        view = draw(st.sampled_from(kept(name)))
        views |= dict(one.split(":", 1) for one in view.views)
        for key, options in view.choices.items():
            if draw(st.booleans()):
                views[key] = slug(draw(st.sampled_from(options)))
        for key, (low, high, is_whole) in view.numbers.items():
            if draw(st.booleans()):
                views[key] = f"{draw(st.integers(int(low), int(high)) if is_whole else st.floats(low, high)):.10g}"
    entries = draw(st.dictionaries(st.sampled_from(ENTRIES), st.text(max_size=300), max_size=6))
    clean = {name: text.encode("utf-8", "replace").decode() for name, text in entries.items()}
    few = dict(sorted(views.items())[:40])
    network = draw(st.sampled_from([{}, {"cell": "gru"}, {"trained": "adding"}, {"trained": "reviews-bilstm"}]))
    return changed(DEFAULT, **network, views=tuple(few.items()), entries=tuple(sorted(clean.items())))


def _entries() -> list[str]:
    """The names that the sources keep texts under."""
    sources = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "rnnviz" / "ui").rglob("*.py"))]
    pages = "|".join(page.title.lower().replace(" ", "_") for page in PAGES)
    return sorted({name for text in sources for name in re.findall(rf'"((?:{pages})\.[a-z_]+)"', text)})


ENTRIES: Final = _entries()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(views_of_pages(), st.sampled_from([page.title for page in PAGES]))
def test_what_pages_keep_comes_back_from_links_and_files(selection: Selection, page: str) -> None:
    assert all(ENTRY.fullmatch(name) for name in ENTRIES)
    through_the_address_bar = parse_qs(urlencode(to_params(selection)), keep_blank_values=True)
    assert not left_out(selection)
    assert from_params({name: values[-1] for name, values in through_the_address_bar.items()}) == (selection, [])
    opened_page, params = view_file.read(view_file.written(page, whole(selection)), [page])
    assert (opened_page, from_params(params)) == (page, (selection, []))


def test_every_link_of_the_home_page_is_the_address_that_its_page_writes() -> None:
    """Otherwise the browser's back button would need a second press."""
    for point in home.STARTING_POINTS:
        address = home.address_of(point)
        at = opened(address_of(point.page.address, **address))
        assert (warned(at), link_of(at)) == ([], address), point.title
        assert from_params(address) == from_params(point.params)


# --- Links of former versions ---

LINKS: Final = ROOT / "tests" / "links"


def stored() -> Iterator[tuple[str, list[str]]]:
    """Links that were given away, each with what it means."""
    for path in sorted(LINKS.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("\n\n"):
            lines = [line for line in block.splitlines() if line and not line.startswith("#")]
            if lines:
                yield lines[0], [line.strip() for line in lines[1:]]


def meaning(address: str) -> list[str]:
    """What a link means: what it says of the network and its input, and what is chosen on its page."""
    at = opened(address)
    selection, problems = from_params(link_of(at))
    assert (warned(at), problems) == ([], [])
    facts = [f"{name}: {value!r}"[:200] for name, value in whole(selection).items() if name != "views"]
    chosen = [f"{key} shows {', '.join(value)}" for key, (_, value) in choices_of(at).items()]
    boxes = [box for box in (*at.number_input, *at.slider) if (box.key or "").startswith(CHOICE)]
    return facts + chosen + [f"{box.key.removeprefix(CHOICE)} is {box.value:.10g}" for box in boxes]


@together("address, means", list(stored()))
def test_a_link_of_a_former_version_opens_what_it_opened(address: str, means: list[str]) -> None:
    """What is new on a page may come beside it."""
    assert set(means) <= set(meaning(address))


def test_links_of_many_pages_are_stored() -> None:
    paths = [urlsplit(address).path.removeprefix("/") for address, _ in stored()]
    assert set(paths) <= set(NAMES)
    assert len(set(paths)) >= 10
    assert len(paths) >= 40


def write(path: Path, addresses: list[str]) -> None:
    """Store links with what they mean by now."""
    blocks = ["\n".join([address, *(f"    {line}" for line in meaning(address))]) for address in addresses]
    path.write_text("\n\n".join(["# Links of version 1, and what each means.", *blocks]) + "\n", encoding="utf-8")
