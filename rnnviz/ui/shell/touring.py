"""A guided tour on the pages: the visitor's stop, its text, and the way to the next."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import streamlit as st

from rnnviz import tours
from rnnviz.page_registry import BY_TITLE
from rnnviz.tours import Stop, Tour, formulas
from rnnviz.ui.selection import DEFAULT, Selection, addresses, link, state
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.selection.openings import opening_of
from rnnviz.ui.shell import components, notations

_GOING: Final = "rnnviz.tour"
"""In the session: the stop that was asked for, and the one before, until the visitor is there."""


_ASIDE: Final = ("tour", "present", "notation")
"""Parameters of a link that are no part of what a stop shows."""


class Place(NamedTuple):
    """A visitor's place on a tour."""

    name: str
    tour: Tour
    number: int

    @property
    def stop(self) -> Stop:
        """What is shown there."""
        return self.tour.stops[self.number - 1]

    def at(self, number: int) -> "Place":
        """The place of the same tour that is nearest to a number."""
        return self._replace(number=min(max(number, 1), len(self.tour.stops)))


def follow(title: str) -> Selection:
    """Show the stop that a visitor asked for, if it is on this page, and drop a missing tour; the selection now."""
    place = _place(state.current(title))
    asked = _asked()
    if place is not None and asked is not None and place.at(asked).stop.page == title:
        del st.session_state[_GOING]
        place = place.at(asked)
        state.take_view(title, params_of(place.stop, place.name, place.number, state.current()))
    return state.current()


def going() -> tuple[int, str] | None:
    """The stop that the visitor has asked for, and the one before, until he is there."""
    kept: tuple[int, str] | None = st.session_state.get(_GOING)
    return kept


def show(title: str, start: dict[str, object]) -> None:
    """The bar of the tour and the text of the stop; nothing without a tour.

    Args:
        start: As from ``frame.start``.
    """
    selection = state.current()
    if _is_own(selection):
        _show_own(selection, start, title)
        return
    place = _place(selection)
    if place is None:
        return
    here = place.stop.page == title
    asked = _asked()
    with st.container(key="tour_strip"):
        components.tour(_payload(place, selection, start, title), key="tour", on_asked=_ask)
        if here:
            _say(place)
    _links(place, title, asked)


def is_at_stop(title: str) -> bool:
    """Whether a page, by its title, is that of the stop at which the visitor is."""
    place = _place(state.current())
    return place is not None and place.stop.page == title


def params_of(stop: Stop, name: str, number: int, beside: Selection = DEFAULT) -> dict[str, str]:
    """The parameters of a link to a stop of the tour ``name``, counted from 1; the tour is among them.

    Args:
        beside: Whether pictures are shown alone and in which notation stays as it is there.
    """
    staying = {name: value for name, value in link.to_params(beside).items() if name in ("present", "notation")}
    return {**dict(stop.params), "tour": f"{name}.{number}", **staying}


def begin_link(name: str, tour: Tour, label: str) -> None:
    """A link, labelled with Markdown, to the first stop of a tour."""
    _link(Place(name, tour, 1), label)


def prose(text: str) -> str:
    """Markdown of a tour in which no bracket makes a link or a directive."""
    parts = formulas.parts(text)
    return "".join(part if k % 2 else re.sub(r"([\[\]])", r"\\\1", part) for k, part in enumerate(parts))


def _place(selection: Selection) -> Place | None:
    """Where the visitor is; a tour or a stop that does not exist is reported once and dropped."""
    if not selection.tour or _is_own(selection):
        return None
    name, _, number = selection.tour.partition(".")
    found = tours.find(name)
    if found is None or found.tour is None:
        why = "is not on this server" if found is None else "cannot be read any more"
        _leave(f"The tour {quoted(name)} {why}; the view of its link is shown")
        return None
    count = len(found.tour.stops)
    if int(number) > count:
        state.tell(f"The tour {quoted(name)} has {count} stops; got {number}: the last is shown")
        state.update(tour=f"{name}.{count}")
    return Place(name, found.tour, min(int(number), count))


def _is_own(selection: Selection) -> bool:
    """Whether the visitor is on the tour that his browser keeps."""
    return selection.tour.partition(".")[0] == tours.OWN


def _show_own(selection: Selection, start: dict[str, object], title: str) -> None:
    """The bar of a tour whose stops and texts are the browser's alone, and never come here."""
    number = int(selection.tour.partition(".")[2])
    view = _without(state.link(), _ASIDE)
    with st.container(key="tour_strip"):
        components.tour(
            {"start": {"id": start["id"]}, "own": number, "page": title, "view": view}, key="tour", on_asked=_ask
        )


def _leave(message: str | None = None) -> None:
    """End the tour; the view stays."""
    st.session_state.pop(_GOING, None)
    state.update(tour="")
    if message:
        state.tell(message)


def _ask(sent: object) -> None:
    """Keep the browser's request until a page runs."""
    match sent:
        case {"leave": True}:
            _leave()
        case {"to": int() as number} if not isinstance(number, bool):
            st.session_state[_GOING] = (number, state.current().tour)
        case _:
            state.tell(f"a tour must be asked for a stop, or to leave; got {quoted(sent)}")


def _asked() -> int | None:
    """The stop that the visitor asked for from here; kept until he is there, since runs are interrupted."""
    number, begun = st.session_state.get(_GOING, (None, ""))
    if begun != state.current().tour:
        st.session_state.pop(_GOING, None)
        return None
    wanted: int | None = number
    return wanted


def _payload(place: Place, selection: Selection, start: dict[str, object], title: str) -> dict[str, object]:
    stops, here = place.tour.stops, place.stop.page == title
    return {
        "start": {"id": start["id"]},
        "tour": place.tour.title,
        "language": place.tour.language,
        "number": place.number,
        "titles": [stop.title for stop in stops],
        "pages": [stop.page for stop in stops],
        "page": title,
        "here": here,
        "changed": here and _changed(place, selection),
        "target": {"key": place.stop.look, "what": BY_TITLE[place.stop.page].targets[place.stop.look].what}
        if here and place.stop.look
        else None,
    }


def _links(place: Place, title: str, asked: int | None) -> None:
    """Links to stops on other pages, for the bar to follow: a link makes one entry a stop in the browser's history."""
    numbers = {place.number - 1, place.number, place.number + 1, asked or 0} & set(range(1, len(place.tour.stops) + 1))
    with st.container(key="tour_links"):
        for number in sorted(numbers):
            there = place.at(number)
            if there.stop.page != title:
                with st.container(key=f"tour_link_{number}"):
                    _link(there, there.stop.page)


def _link(place: Place, label: str) -> None:
    """A link to a place under the address that its page writes itself, so that it is one entry of the history."""
    page = place.stop.page
    params = params_of(place.stop, place.name, place.number, state.current())
    wanted, _ = link.from_params(params, opening_of(page, params))
    st.page_link(BY_TITLE[page].path, label=label, query_params=addresses.link_of(wanted, page), width="stretch")


def _changed(place: Place, selection: Selection) -> bool:
    """Whether the visitor looks at something else than what the stop shows."""
    wanted, _ = link.from_params(dict(place.stop.params), opening_of(place.stop.page, dict(place.stop.params)))
    return _without(link.to_params(wanted), _ASIDE) != _without(link.to_params(selection), _ASIDE)


def _without(params: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in params.items() if name not in names}


def _say(place: Place) -> None:
    """The text, beside it the question, and the answer on request; a stop may have none of them."""
    stop = place.stop
    with st.container(key="tour_text"):
        words, question = st.columns([3, 2], gap="medium") if stop.question else (st.container(), None)
        words.markdown(notations.written(prose(stop.text)))
        if question is None:
            return
        with question:
            st.markdown(f"**Question.** {notations.written(prose(stop.question))}")
            if stop.answer:
                with st.expander("Reveal the answer", key=f"tour_answer_{place.name}_{place.number}"):
                    st.markdown(notations.written(prose(stop.answer)))
