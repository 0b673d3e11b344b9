"""The Selection of each visitor: kept in the session, changed by controls, written into the link."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from rnnviz.checkpoints import Checkpoint, held
from rnnviz.page_registry import HOME
from rnnviz.spec.acts import read_all
from rnnviz.text import ask_about_separators
from rnnviz.ui.selection import DEFAULT, INPUTS, OF_VISIT, Input, Selection, step_count
from rnnviz.ui.selection.addresses import matches, named, with_choices_of
from rnnviz.ui.selection.along import example_of, is_same
from rnnviz.ui.selection.changes import changed, misfits, unfit
from rnnviz.ui.selection.fields import other_cell
from rnnviz.ui.selection.link import whole
from rnnviz.ui.selection.visit import address, this_visit


def current(page: str | None = None) -> Selection:
    """What this visitor looks at, from the link when the session begins or the visitor moves through its history.

    Args:
        page: The title of the page that is being opened. It shows what the visitor last had there, or its own example.
    """
    return this_visit(page).selection


def update(**changes: Any) -> Selection:
    """Change what this visitor looks at; ``changes`` as for ``changes.changed``.

    Raises:
        TypeError, ValueError: As from ``changes.changed``.
    """
    visit = this_visit()
    visit.let_go_of_lost_network()
    new = changed(visit.selection, **changes)
    visit.messages += _dropped(visit.selection, new) if "edits" not in changes else []
    visit.messages += _left_undone(changes.get("interventions", visit.selection.interventions), new)
    if "trained" in changes:
        visit.messages += other_cell(new.model.trained, changes.get("cell", visit.selection.model.cell), new.model.cell)
    if not new.model.trained:
        wanted = replace(new.model, hidden_size=changes.get("hidden_size", visit.selection.model.hidden_size))
        visit.messages += misfits(replace(new, model=wanted), new)
    before, visit.selection = visit.selection, visit.with_own_text(new) if "trained" in changes else new
    if not is_same(visit.selection, before):
        visit.choose()
    if "t" in changes:
        visit.stepped.add(visit.page)
    for kind in INPUTS:
        if kind in changes:
            visit.drafts.pop((visit.page, kind), None)
    return new


def try_update(**changes: Any) -> None:
    """Change what this visitor looks at, or say on the next run why not; for what browsers send: it may be anything."""
    try:
        update(**changes)
    except (TypeError, ValueError) as error:
        tell(str(error))


def on(page: str) -> Selection:
    """What this visitor looks at on a page, by its title, which may have been left by now."""
    visit = this_visit()
    return visit.selection if visit.page in (None, page) else visit.pages.get(page, visit.selection)


def try_update_on(page: str, **changes: Any) -> None:
    """The same as ``try_update`` for what a widget of a page reports, also if the visitor has left it meanwhile."""
    visit = this_visit()
    if visit.page in (None, page):
        try_update(**changes)
    elif page in visit.pages:
        try:
            visit.keep_on(page, changed(visit.pages[page], **changes))
        except (TypeError, ValueError) as error:
            tell(str(error))


def open_example() -> None:
    """Look at the example computed by hand; the choices of pages stay."""
    visit = this_visit()
    visit.selection = with_choices_of(visit.selection, DEFAULT)
    visit.choose()


def can_take() -> tuple[str, Selection] | None:
    """The page, by its title, whose network and text this one could show, and what it shows; None for none."""
    visit = this_visit()
    page = visit.can_take()
    return (page, visit.pages[page]) if page is not None else None


def would_come() -> str:
    """What ``take_along`` changes here, as ``along.parts_differing`` names it."""
    return this_visit().would_come()


def has_come() -> str:
    """What is not of the page's own example, named in the same way."""
    return this_visit().has_come()


def take_along() -> None:
    """Show here what ``can_take`` has found."""
    visit = this_visit()
    if (page := visit.can_take()) is not None:
        visit.take(visit.pages[page])


def can_go_back() -> bool:
    """Whether the page began with another network or text than its own example's, and still has another."""
    return this_visit().can_go_back()


def go_back() -> None:
    """Look at the page's own example; its choices stay."""
    visit = this_visit()
    visit.follow(with_choices_of(visit.selection, example_of(visit.page)))
    visit.choose()
    visit.stepped.discard(visit.page)


def is_example() -> bool:
    """Whether this visitor looks at the network and the numbers of the example computed by hand."""
    return is_same(this_visit().selection, DEFAULT)


def open_at_last() -> Selection:
    """Select the last step if none was selected yet, for views that show nothing without steps before it."""
    visit = this_visit()
    if not (visit.page in visit.stepped or visit.selection.t) and visit.selection.direction == "forward":
        update(t=step_count(visit.selection) - 1)
    return visit.selection


def view(key: str) -> str | None:
    """The choice ``<page>.<choice>``; None if it is at its default."""
    return dict(this_visit().selection.views).get(key)


def choose(key: str, chosen: str, usual: str) -> None:
    """Keep the choice ``<page>.<choice>``; the usual one needs no keeping."""
    views = {**dict(this_visit().selection.views), key: chosen}
    try_update(views=tuple(sorted((name, value) for name, value in views.items() if (name, value) != (key, usual))))


def entry(key: str) -> str | None:
    """The text in the box ``<page>.<box>``, None if it is the default; a link may hold anything: the caller checks."""
    return dict(this_visit().selection.entries).get(key)


def enter(key: str, text: str, usual: str) -> None:
    """Keep the text of the box ``<page>.<box>``; the usual one needs no keeping, too long a one is reported instead."""
    whole = text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be sent or stored
    entries = {**dict(this_visit().selection.entries), key: whole}
    try_update(entries=tuple(sorted(pair for pair in entries.items() if pair != (key, usual))))


def tell(message: str) -> None:
    """Keep a message, in plain text, for ``messages``."""
    this_visit().messages.append(message)


def submit_text(kind: Input, text: str) -> None:
    """Take a typed text: look at it from now on if it can be read, else keep it as a draft."""
    try:
        if kind == "numbers":
            ask_about_separators(text)
        update(**{kind: text})
    except ValueError as error:
        this_visit().draft(kind, text, str(error))


def draft(kind: Input) -> str:
    """What the text box of a kind of input should show: the last text that was typed, readable or not."""
    visit = this_visit()
    kept = visit.drafts.get((visit.page, kind))
    text: str = getattr(visit.selection, kind) if kept is None else kept[0]
    return text


def problem(kind: Input) -> str | None:
    """Why the text in the box cannot be read, if so, as plain text that may quote it."""
    visit = this_visit()
    return visit.drafts.get((visit.page, kind), (None, None))[1]


def messages() -> list[str]:
    """What was wrong with the link, made smaller or refused since the last call: plain text that may quote the link."""
    visit = this_visit()
    visit.told, visit.messages = visit.messages, []
    return visit.told


def has_messages() -> bool:
    """Whether ``messages`` has something to tell."""
    return bool(this_visit().messages)


def repeat_messages() -> None:
    """Let the next run show the messages of this one again, which it replaces before anybody has read them."""
    visit = this_visit()
    visit.messages = visit.told + visit.messages


def begin_again() -> None:
    """Run the page from its beginning, and let it repeat its messages."""
    repeat_messages()
    st.rerun()


def beside() -> tuple[object, ...]:
    """What stands beside a view but for the network: the text, what was wrong with it, what is of the whole visit."""
    visit = this_visit()
    now = visit.selection
    draft = visit.drafts.get((visit.page, now.input))
    return now.input, getattr(now, now.input), draft, *(getattr(now, name) for name in OF_VISIT)


def arrivals() -> int:
    """How often this visitor has come by a link or through the browser's history; each time, widgets begin anew."""
    return this_visit().arrivals


def link() -> dict[str, str]:
    """The parameters of a link to what this visitor looks at."""
    visit = this_visit()
    return visit.link(visit.page)


def write_link() -> None:
    """Make the browser's address a link to what this visitor looks at.

    An act that is soon taken back asks with the address before both. What was written for the first may be on its way
    to the browser, so that the second is written too, though the browser seems to have it.
    """
    visit = this_visit()
    params, told = visit.link(visit.page), st.query_params.to_dict()
    if visit.unheard is not None and matches(told, visit.unheard):
        visit.unheard = None
    if not matches(told, params) or visit.unheard not in (None, params):
        st.query_params.from_dict(params)
        visit.unheard = params
    visit.remember(address())


def links() -> Callable[[str], dict[str, str]]:
    """Where plain links lead: by a page's title, the parameters of what it shows by itself, as it writes them.

    Without them a page would be entered under one address and go on under another, and the browser's back button would
    lead from the second to the first.
    """
    return this_visit().link


def offer(page: str, wanted: Selection) -> dict[str, str]:
    """The parameters of a link to another page, by its title, with this network and text."""
    return this_visit().offer(page, wanted)


def whole_view() -> tuple[str, dict[str, str]]:
    """The title of this visitor's page, and the view's parameters, too long ones included, as from ``link.whole``."""
    visit = this_visit()
    page = visit.page or HOME.title
    return page, named(whole(visit.selection), visit.selection, page)


def open_network(known: Checkpoint) -> None:
    """Look at a network from a file of this visitor, which is kept for this visit alone, as a link to it says.

    Raises:
        ValueError: If the networks that visitors have open leave no room for it.
    """
    visit = this_visit()
    visit.keep(known)
    page, wanted = visit.wanted
    if wanted.get("trained") == known.family:
        visit.selection, problems = visit.meant(wanted, page)
        visit.messages += problems
        visit.wanted = "", {}
        if page != visit.page:
            visit.pages[page] = visit.selection
        visit.choose()
    else:
        if held.is_same_file(wanted.get("trained", ""), known.family):
            visit.messages.append(
                "The link that you followed shows this file with another vocabulary or other choices, so its view is "
                "not shown. Open the file with these."
            )
        update(trained=known.family, cell=known.model.cell)


def close_network(family: str) -> None:
    """Keep a network from a file no longer; an untrained one stands in its place where it was looked at."""
    visit = this_visit()
    if visit.selection.model.trained == family:
        update(trained="")
    visit.opened.pop(family, None)


def opened_networks() -> tuple[Checkpoint, ...]:
    """The networks that this visitor has opened from files, the last one last."""
    return tuple(this_visit().opened.values())


def take_view(page: str, params: Mapping[str, str]) -> None:
    """Look at what a view file says; the caller opens the page itself.

    Args:
        page: The title of its page.
        params: From anybody: checked as those of a link are.
    """
    visit = this_visit()
    selection, problems = visit.meant(params, page)
    visit.leave(page)
    visit.is_away = False
    visit.follow(selection)
    visit.stepped.discard(page)
    visit.messages += problems


def _left_undone(wanted: str, new: Selection) -> list[str]:
    """A message on interventions that the network or its input has no place for."""
    reasons = [wrong for act in read_all(wanted) if (wrong := unfit(act, new))]
    if not reasons:
        return []
    more = f" {len(reasons) - 1} more of them did not fit either." if len(reasons) > 1 else ""
    return [f"An intervention was removed, since it does not fit. {reasons[0]}.{more}"]


def _dropped(old: Selection, new: Selection) -> list[str]:
    """Messages on numbers that were edited and whose positions no longer exist."""
    gone = [edit for edit in old.edits if edit not in new.edits]
    if not gone:
        return []
    places = ", ".join(f"{edit.name}[{', '.join(map(str, edit.index))}] = {edit.value:g}" for edit in gone[:5])
    places = places.replace("-", "−")
    more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
    return [f"These edits were dropped, since the network or the input has another shape now: {places}{more}"]
