"""What every page has: its set-up, the navigation, what was wrong with the link, and text that explains."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from rnnviz.page_registry import BY_TITLE, HOME, Page
from rnnviz.palette import GROUNDS, Theme
from rnnviz.places import ASSETS, ROOT
from rnnviz.ui.selection import Selection, link, state, visit
from rnnviz.ui.shell import (
    along,
    bar,
    charts,
    citations,
    code_menu,
    later,
    looks,
    navigation,
    notations,
    numbers,
    one_by_one,
    presenting,
    saving,
    terms,
    touring,
    warmup,
)

if TYPE_CHECKING:
    from pandas import DataFrame
    from streamlit.delta_generator import DeltaGenerator
    from streamlit.navigation.page import Page as StreamlitPage

    from rnnviz.figures import Figure
    from rnnviz.spec import ModelSpec

_BUTTONS: Final = {
    "displaylogo": False,
    "toImageButtonOptions": {"format": "png", "width": 1920, "height": 1080, "scale": 2},
}

PROSE_WIDTH: Final = 760
"""Pixels across of prose, about a hundred characters a line, however wide the window."""

TEXTS: Final = ASSETS / "text"

_VIEW: Final = "rnnviz.view"
_BAR: Final = "rnnviz.bar"
_TOP: Final = "view_top"
_AROUND: Final = "rnnviz.around"
"""In the session: what the page around the view was drawn for."""

_WHOLE: Final = "rnnviz.whole"
"""In the session: whether the last whole run came to its end; what one that was broken off drew may be lost."""

_DRAWN: Final = "rnnviz.drawn"
"""In the session: Streamlit's hash of the page that was drawn last."""


@one_by_one.runs
def show_page(
    page: Page, view: Callable[[Selection], None], settings: Callable[[Selection], None] | None = None
) -> None:
    """Show a page: what stands around its view, and the view, which is a fragment.

    A change in the view reruns the view alone. It changes no link of the navigation: these lead to what the other pages
    show.

    Args:
        view: Draws all that the page shows of the selection.
        settings: Draws controls beside the view, into the sidebar.
    """
    st.set_page_config(page_title="rnnviz" if page is HOME else f"{page.title} · rnnviz", page_icon="🔬", layout="wide")
    warmup.start()
    if _follows_file(page.title):
        return
    st.session_state[_WHOLE] = False
    _count_visit(page.title)
    looks.apply(theme())
    selection = touring.follow(page.title)
    with st.sidebar.container(key="navigation"):
        navigation.show(page.title, state.links())
    if settings is not None:
        settings(selection)
    with st.sidebar:
        notations.control()
    st.session_state[_AROUND] = _around()
    if (here := get_script_run_ctx()) is not None:
        st.session_state[_DRAWN] = here.page_script_hash
    with st.container(horizontal=True, vertical_alignment="bottom", key=_TOP):
        st.title("rnnviz" if page is HOME else page.title, anchor=False, width="content")
        st.markdown(page.question, width="content")
        st.fragment(_bar, key=_BAR)()
    st.fragment(_show_view, key=_VIEW)(page, view)
    st.session_state[_WHOLE] = True


def rerun_view(field: str) -> None:
    """In a callback of a control beside the view: rerun the view alone, if only this field of the network changed.

    A page that was broken off has not drawn what stands beside the view, and runs as a whole.
    """
    drawn, now = st.session_state.get(_AROUND), _around()
    if (
        not st.session_state.get(_WHOLE)
        or drawn is None
        or drawn[1] != now[1]
        or _differing(drawn[0], now[0]) != {field}
    ):
        return
    st.session_state[_AROUND] = now
    rerun_alone(_VIEW)


def grey_view(why: str) -> None:
    """Show the view in grey, but for its top and what it reports: it is not of what stands in the controls.

    Args:
        why: Under the page's title, for those who see it; a plain sentence of ours without quotes.
    """
    top, color = f".st-key-{_TOP}", GROUNDS[theme()]["bad"]
    st.html(
        f"<style>:has(> {top}) ~ * > [data-testid=stVerticalBlock] > :not(:has([data-testid=stAlert])) "
        "{ opacity: .4; filter: grayscale(1); }"
        f"{top} {{ flex-wrap: wrap; }}"
        f"{top}::after {{ content: '{why}'; flex-basis: 100%; color: {color}; }}</style>"
    )


def rerun_alone(*fragments: str) -> None:
    """In a callback: rerun these fragments alone, unless the visitor has gone on to another page, which then runs.

    What a browser reports may come with that request, when the fragments are still those of the page before, or after
    it, when they are not there any more. It may also come with a choice elsewhere on the page, whose own run these
    fragments would take the place of: then the whole page runs.
    """
    here = get_script_run_ctx()
    asked = here.pages_manager.intended_page_script_hash if here else None
    if asked and asked != st.session_state.get(_DRAWN):
        return
    if here and len(here.fragment_ids_this_run or ()) > 1:
        st.rerun()
    with suppress(StreamlitAPIException):
        st.rerun(list(fragments))


def _differing(before: "ModelSpec", after: "ModelSpec") -> set[str]:
    return {name for name, value in asdict(before).items() if value != getattr(after, name)}


def _around() -> tuple["ModelSpec", tuple[object, ...], int]:
    """On what the page around the view depends: the network, all else that is selected, by which arrival."""
    selected = (*state.beside(), touring.going(), bar.is_opening(), _left_out(), presenting.now(), theme())
    return state.current().model, selected, state.arrivals()


@one_by_one.runs
def _show_view(page: Page, view: Callable[[Selection], None]) -> None:
    """All that changes with the selection; the link is kept true."""
    if st.session_state[_AROUND] != _around():
        st.rerun()
    selection = state.current()
    with place():
        for message in state.messages():
            st.warning(plain(message))
        if problem := state.problem(selection.input):  # the box may be out of sight
            st.error(plain(problem))
    state.write_link()
    with place():
        along.show(page)
        if long := _left_out():
            st.caption(f"Too long for a link: {long}. “View as file” at the top saves the whole view.")
    touring.show(page.title, start("tour"))
    later.begin()
    view(selection)


def _left_out() -> str:
    """What of the selection is too long for a link, in words."""
    return link.listed(link.left_out(state.current()))


@one_by_one.runs
def _bar() -> None:
    """The bar, which hardly ever changes with the selection; what it reports may change the page."""
    if st.session_state[_AROUND] != _around() or (_runs_alone() and state.has_messages()):
        st.rerun()
    begun = start("bar", present=state.current().present, ready=later.is_ready())
    bar.show(begun, theme(), list(BY_TITLE), _left_out(), on_ready=_show_rest)


def _runs_alone() -> bool:
    """Whether this run is one of a fragment, not of the page."""
    here = get_script_run_ctx()
    return here is not None and bool(here.fragment_ids_this_run)


def _show_rest() -> None:
    if later.arrive():
        state.repeat_messages()
        rerun_alone(_VIEW)


def link_to(page: Page, label: str = "", *, width: Literal["content", "stretch"] = "content") -> None:
    """A link to a page that shows its own example, or what the visitor last had there.

    Args:
        label: Markdown; without one the link looks like those of ``link_with``.
    """
    params = state.links()(page.title)
    asked = params if visit.fits(params) else None
    st.page_link(_known(page), label=label or _label(page), query_params=asked, width=width)


def link_with(page: Page, params: Mapping[str, str]) -> None:
    """A link to a page with parameters of its own, in words of its own line, that looks like one."""
    st.page_link(_known(page), label=_label(page), query_params=params, width="content")


def link_taking(page: Page, wanted: Selection) -> None:
    """A link to a page with a network and its input; the choices of that page stay."""
    link_with(page, state.offer(page.title, wanted))


def _label(page: Page) -> str:
    return f":primary[**{page.title}** →]"


@cache
def _known(page: Page) -> "StreamlitPage":
    """A page as Streamlit knows it: of a path it would look up the file for each link of each run."""
    return st.Page(ROOT / page.path, default=page is HOME)


def _follows_file(title: str) -> bool:
    """Show a link to another page whose view file was opened, if one was; the bar follows it at once.

    ``st.switch_page`` would first write the parameters to the old page's address, which adds an entry to the history.
    After ``st.stop`` the fragments of the page would go on to run, for places that the browser has no more.
    """
    wanted = bar.opened_page(title)
    if wanted is None:
        return False
    with st.container(key="opened_view"):
        st.page_link(BY_TITLE[wanted].path, label=f"Open {wanted}", query_params=state.links()(wanted))
    return True


def start(name: str, **values: object) -> dict[str, object]:
    """The values with which a widget begins: those of the page's opening, so that its reports send nothing back.

    Args:
        name: That of the widget.
        **values: Where it would begin now.

    Returns:
        The values of the opening, and ``id``, by which the widget knows that it was opened again.
    """
    key, opened = f"start_{name}", f"{st.session_state.get('visit', 0)}.{state.arrivals()}"
    if st.session_state.get(key, {}).get("id") != opened:
        st.session_state[key] = {"id": opened, **values}
    begun: dict[str, object] = st.session_state[key]
    return begun


def restart(*names: str) -> None:
    """Let hidden widgets, by their names in ``start``, begin at the selection of the time when they are shown again."""
    for name in names:
        st.session_state.pop(f"start_{name}", None)


def begin_anew() -> None:
    """Let all widgets of the page begin at the selection as it is by now, which a control beside them has changed."""
    st.session_state["visit"] = st.session_state.get("visit", 0) + 1


def theme() -> Theme:
    """The theme that this visitor sees, for figures."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show(
    figure: "Figure",
    *,
    key: str,
    alt: str,
    height: int | None = None,
    on_pick: Callable[[int], None] | None = None,
    code: Callable[[], str] | None = None,
    fills: bool = True,
    below: bool = False,
) -> None:
    """Show a figure with its own look in place of Streamlit's.

    Args:
        key: ``<page>.<figure>``.
        alt: What can be seen, for those who do not see it.
        height: In pixels.
        on_pick: Hears the number of the mark that was clicked.
        code: Gives the script that makes the same figure; every figure of a page has one.
        fills: Whether it has the window to itself while presenting; if not, what it belongs with is above it.
        below: Whether it stands below the page's first picture, and may come after it.
    """
    if (below or state.current().present) and not later.is_ready():
        later.hold(height or "content")
        return
    figure, alt = notations.lettered(figure), notations.written(alt)
    picking: dict[str, Any] = {}
    if on_pick is not None:
        picking = {"on_select": lambda: _picked(key, on_pick), "selection_mode": "points"}
    if state.current().present:
        presenting.show(figure, key=key, alt=alt, config=_BUTTONS, fills=fills, **picking)
        return
    pixels = height or charts.kept(figure).height or "content"
    looks: dict[str, Any] = {"theme": None, "width": "stretch", "height": pixels, "config": _BUTTONS}
    st.plotly_chart(charts.for_streamlit(figure), key=key, alt=alt, **looks, **picking)
    with st.container(horizontal=True, vertical_alignment="top"):
        numbers.below(key, partial(_table_of, figure))
        saving.figure_menu(figure, key, theme(), height)
        if code is not None:
            code_menu.menu(key, code, saving.name_of(figure, key))


def _table_of(figure: "Figure") -> "DataFrame":
    from rnnviz import figures

    return figures.table_of(figure)


def _picked(key: str, on_pick: Callable[[int], None]) -> None:
    """Pass on a click, unless it took a choice back."""
    points = st.session_state[key].selection.points
    if points:
        on_pick(int(points[0]["point_index"]))


def row(align: Literal["bottom", "center"] = "bottom") -> AbstractContextManager[object]:
    """A place for controls beside each other, as far as the window is wide enough; without labels, centered."""
    return st.container(horizontal=True, vertical_alignment=align)


def pair(key: str, widths: tuple[int, int]) -> "list[DeltaGenerator]":
    """Two places side by side, with these shares of the width; one above the other if the captions have no room."""
    st.html(f"<style>.st-key-{key} [data-testid=stColumn] {{ min-width: min(100%, 24rem); }}</style>")
    with st.container(key=key):
        return list(st.columns(widths, gap="medium"))


def place() -> AbstractContextManager[object]:
    """A place for what comes and goes, such as what is wrong with a text: it moves nothing of what stands below it.

    A box that is moved is built anew by the browser, and loses what is being typed in it.
    """
    return st.container()


def on_slide(name: str) -> AbstractContextManager[object]:
    """A place for what stays while presenting: texts to type and tables that a picture needs beside it."""
    return st.container(key=f"slide_{name}")


def note(text: str) -> None:
    """Say in place of a picture why there is none."""
    st.info(notations.written(text))


def explain(name: str, part: str | None = None) -> None:
    """Show the prose of ``assets/text/<name>.md``; what follows ``**Answer.**`` and ``**More`` is shown on request.

    Where questions are numbered, and the answers too, each answer is shown on its own request under its question.

    Args:
        part: Only what stands between the line ``<!-- part -->`` and the next of its kind.
    """
    st.markdown(notations.written(_whole(name, part)), width=PROSE_WIDTH, unsafe_allow_html=True)


@cache
def _whole(name: str, part: str | None) -> str:
    """One text, which the browser folds: each expander of Streamlit's is an element of every run."""
    asked, answer, more = _prose(name, part)
    (head, *questions), (_, *answers) = _NUMBERED.split(asked), _NUMBERED.split(answer)
    if questions and len(questions) == len(answers):
        pairs = enumerate(zip(questions, answers, strict=True), 1)
        each = (f"{k}. {question.strip()}\n\n{_folded('The answer', one)}" for k, (question, one) in pairs)
        return "\n\n".join(filter(None, [head.strip(), *each, _folded("More", more)]))
    return "\n\n".join(filter(None, [asked, _folded("The answer", answer), _folded("More", more)]))


_NUMBERED: Final = re.compile(r"^\d+\. ", re.MULTILINE)
"""How a question or an answer of several begins."""


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text.strip()}\n\n</details>" if text else ""


@cache
def _prose(name: str, part: str | None) -> tuple[str, ...]:
    """What stands on the page, the answer to its question, and more to read, with terms and sources marked."""
    text = (TEXTS / f"{name}.md").read_text(encoding="utf-8").replace(" %", "\N{NO-BREAK SPACE}%")
    if part is not None:
        _, begin, rest = text.partition(f"<!-- {part} -->\n")
        if not begin:
            raise ValueError(f"part must be one of {name}.md, alone on its line; got {part!r}")
        text = rest.partition("\n<!-- ")[0]
    text, more, further = text.partition("\n**More")
    asked, _, answer = text.partition("\n**Answer.** ")
    marked = terms.marked(asked, answer, f"{more}{further}".strip().removeprefix("**More.** "))
    return tuple(map(citations.linked, marked))


def _count_visit(title: str) -> None:
    if st.session_state.get("page") != title:
        st.session_state["page"] = title
        begin_anew()


def plain(message: str) -> str:
    """A message as Markdown that shows it literally, since it may quote what a visitor or a link said.

    Every sign of Markdown is escaped, and text in quotation marks is code. So is an address, which the browser would
    otherwise turn into a link in spite of the escapes.
    """
    parts, end = [], 0
    for start, stop, typed in _typed(message):
        parts += [_harmless(message[end:start]), _code(typed)]
        end = stop
    return "".join([*parts, _harmless(message[end:])])


_QUOTED: Final = re.compile(r"(?<!\w)'([^']+)'(?!\w)")
_ADDRESS: Final = re.compile(r"://|www\.|@", re.IGNORECASE)
"""What makes an address of the whole word around it."""


def _typed(message: str) -> Iterator[tuple[int, int, str]]:
    """Where something is quoted, or taken for an address, and what it is.

    A single expression for both would search for an address from each letter of a long word to its end, and block
    everybody.
    """
    quote = _QUOTED.search(message)
    at = 0
    for run in re.finditer(r"\S+", message):
        last = max((found.start() for found in _ADDRESS.finditer(message, run.start(), run.end())), default=-1)
        at = max(at, run.start())
        while at < run.end():
            if quote and quote.start() < at:
                quote = _QUOTED.search(message, at)
            if quote and quote.start() < run.end() and (quote.start() == at or last < at):
                yield quote.start(), quote.end(), quote[1]
                at = quote.end()
            elif last >= at:
                yield at, run.end(), message[at : run.end()]
                at = run.end()
            else:
                break


def _harmless(text: str) -> str:
    return "".join(f"\\{char}" if char in r"\`*_{}[]()#+-.!|<>~$:&" else char for char in text)


def _code(text: str) -> str:
    """A span of code: between more backticks than the text has in a row, with blanks that are not shown."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    line = " ".join(text.splitlines()) or " "
    return f"{fence} {line} {fence}"
