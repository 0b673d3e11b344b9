"""The Selection of each visitor: kept in the session, changed by controls, written into the link."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from rnnviz.ui.changes import changed, fitted, misfits
from rnnviz.ui.link import from_params, names_network, to_params, whole
from rnnviz.ui.openings import OPENINGS
from rnnviz.ui.selection import DEFAULT, INPUTS, MODEL_FIELDS, OWN_FIELDS, Input, Selection, network_of, step_count


def current(page: str | None = None) -> Selection:
    """What this visitor is looking at, from the link when the session begins or its history is walked.

    Parameters
    ----------
    page : str, optional
        The title of the page that is being opened: one that has an example of its own shows it to a visitor who has
        not chosen any network or input yet.

    Returns
    -------
    Selection
    """
    return _visit(page).selection


def update(**changes: Any) -> Selection:
    """Change what this visitor is looking at.

    Parameters
    ----------
    **changes
        As for ``changes.changed``.

    Returns
    -------
    Selection

    Raises
    ------
    TypeError, ValueError
        As from ``changes.changed``.
    """
    visit = _visit()
    new = changed(visit.selection, **changes)
    visit.messages += _dropped(visit.selection, new) if "edits" not in changes else []
    if not new.model.trained:
        wanted = replace(new.model, hidden_size=changes.get("hidden_size", visit.selection.model.hidden_size))
        visit.messages += misfits(replace(new, model=wanted), new)
    visit.selection = visit.with_own_text(new) if "trained" in changes else new
    visit.stepped |= "t" in changes
    for kind in set(INPUTS) & set(changes):
        visit.drafts.pop(kind, None)
    return new


def try_update(**changes: Any) -> None:
    """Change what this visitor is looking at if that can be done, else say why not on the next run of a page.

    For what a browser sends, which can be anything.

    Parameters
    ----------
    **changes
        As for ``changes.changed``.
    """
    try:
        update(**changes)
    except (TypeError, ValueError) as error:
        tell(str(error))


def open_at_last() -> Selection:
    """Select the last step that is read where none was selected yet: for what shows nothing without steps before it.

    Returns
    -------
    Selection
    """
    visit = _visit()
    if not (visit.stepped or visit.selection.t) and visit.selection.direction == "forward":
        update(t=step_count(visit.selection) - 1)
    return visit.selection


def view(key: str) -> str | None:
    """What is chosen on a page, where it is not at its default.

    Parameters
    ----------
    key : str
        ``<page>.<choice>``.

    Returns
    -------
    str or None
    """
    return dict(_visit().selection.views).get(key)


def choose(key: str, chosen: str, usual: str) -> None:
    """Keep what was chosen on a page; the usual needs no keeping.

    Parameters
    ----------
    key : str
        ``<page>.<choice>``.
    chosen, usual : str
    """
    views = {**dict(_visit().selection.views), key: chosen}
    try_update(views=tuple(sorted((name, value) for name, value in views.items() if (name, value) != (key, usual))))


def entry(key: str) -> str | None:
    """What was typed into a box of a page, where it is not its default.

    Parameters
    ----------
    key : str
        ``<page>.<box>``.

    Returns
    -------
    str or None
        From anybody, as a link may have brought it: whoever asks has to check it.
    """
    return dict(_visit().selection.entries).get(key)


def enter(key: str, text: str, usual: str) -> None:
    """Keep what was typed into a box of a page; the usual needs no keeping, and what is too long is said and not kept.

    Parameters
    ----------
    key : str
        ``<page>.<box>``.
    text, usual : str
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be sent or stored
    entries = {**dict(_visit().selection.entries), key: whole}
    try_update(entries=tuple(sorted(pair for pair in entries.items() if pair != (key, usual))))


def tell(message: str) -> None:
    """Keep a message for ``messages``.

    Parameters
    ----------
    message : str
        Plain text.
    """
    _visit().messages.append(message)


def submit_text(kind: Input, text: str) -> None:
    """Take a typed text: look at it from now on if it can be read, else keep it as a draft.

    Parameters
    ----------
    kind : {"numbers", "words"}
    text : str
    """
    try:
        update(**{kind: text})
    except ValueError as error:
        _visit().drafts[kind] = (text, str(error))


def draft(kind: Input) -> str:
    """What the text box of a kind of input should show: the last that was typed, readable or not.

    Parameters
    ----------
    kind : {"numbers", "words"}

    Returns
    -------
    str
    """
    visit = _visit()
    text: str = visit.drafts[kind][0] if kind in visit.drafts else getattr(visit.selection, kind)
    return text


def problem(kind: Input) -> str | None:
    """Why the text in the box cannot be read, if so, as plain text that may quote it.

    Parameters
    ----------
    kind : {"numbers", "words"}

    Returns
    -------
    str or None
    """
    return _visit().drafts.get(kind, (None, None))[1]


def messages() -> list[str]:
    """What was wrong with the link, had to be made smaller or was refused, since this was last asked.

    Returns
    -------
    list of str
        As plain text that may quote the link.
    """
    visit = _visit()
    visit.told, visit.messages = visit.messages, []
    return visit.told


def begin_again() -> None:
    """Run the page from its beginning, and let it say again what it has said already."""
    visit = _visit()
    visit.messages = visit.told + visit.messages
    st.rerun()


def arrivals() -> int:
    """How often this visitor has come by a link or through the browser's history: what is on show begins anew then.

    Returns
    -------
    int
    """
    return _visit().arrivals


def write_link() -> None:
    """Make the browser's address a link to what this visitor is looking at."""
    visit = _visit()
    params = _named(to_params(visit.selection), visit.selection, visit.page)
    if not _says(st.query_params.to_dict(), params):
        st.query_params.from_dict(params)
    visit.remember(_address())


def link_to(page: str) -> dict[str, str]:
    """What a plain link to a page leads to, as parameters: the address that the page writes when it is opened.

    Without them a page would be entered under one address and go on under another, and the browser's back button would
    lead from the second to the first.

    Parameters
    ----------
    page : str
        Its title.

    Returns
    -------
    dict of str to str
    """
    return _link_to(_visit().selection, page)


def link_of(selection: Selection, page: str) -> dict[str, str]:
    """The parameters under which a page shows a selection, as it writes them itself.

    Parameters
    ----------
    selection : Selection
    page : str
        Its title.

    Returns
    -------
    dict of str to str
    """
    return _named(to_params(selection), selection, page)


def written(page: str, params: Mapping[str, str]) -> dict[str, str]:
    """The address that a page writes when it is opened by a link: the same view, said in full.

    Parameters
    ----------
    page : str
        Its title.
    params : mapping of str to str
        Of the link.

    Returns
    -------
    dict of str to str
    """
    selection, _ = from_params(params, OPENINGS.get(page, DEFAULT))
    return _named(to_params(selection), selection, page)


def whole_view() -> tuple[str, dict[str, str]]:
    """The page that this visitor is on and what is looked at there, with all that no link can hold.

    Returns
    -------
    str
        The title of the page.
    dict of str to str
        As from ``link.whole``.
    """
    visit = _visit()
    page = visit.page or HOME
    return page, _named(whole(visit.selection), visit.selection, page)


def take_view(page: str, params: Mapping[str, str]) -> None:
    """Look at what a view file says; the page itself is for the caller to open.

    Parameters
    ----------
    page : str
        The title of its page.
    params : mapping of str to str
        From anybody: checked as those of a link are.
    """
    visit = _visit()
    selection, problems = from_params(params, OPENINGS.get(page, DEFAULT))
    visit.follow(selection)
    visit.page, visit.stepped = page, False
    visit.messages += problems


HOME: Final = "Home"
"""The title of the page that a visit begins on where nothing says another."""

_KEY: Final = "rnnviz.visit"
_Address = tuple[str, tuple[tuple[str, str], ...]]
"""A page and the parameters of a link to it."""


@dataclass
class _Visit:
    """What a session keeps."""

    selection: Selection = DEFAULT
    drafts: dict[Input, tuple[str, str]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    address: _Address | None = None
    page: str | None = None
    arrivals: int = 0
    stepped: bool = False
    seen: dict[_Address, Selection] = field(default_factory=dict)
    texts: dict[str, Selection] = field(default_factory=dict)

    def remember(self, address: _Address) -> None:
        """Note what is looked at under an address, for the way back: a link may hold less than a selection."""
        self.address = address
        self.seen.pop(address, None)
        self.seen[address] = self.selection
        if len(self.seen) > 100:
            del self.seen[next(iter(self.seen))]

    def follow(self, selection: Selection) -> None:
        """Look at what a link means; a draft stays unless the link has another text in its place."""
        for kind in INPUTS:
            if getattr(selection, kind) != getattr(self.selection, kind):
                self.drafts.pop(kind, None)
        self.selection = selection
        self.arrivals += 1

    def with_own_text(self, new: Selection) -> Selection:
        """The new selection with what was typed for its trained network before, so that no text is lost."""
        old = self.selection
        if old.model.trained == new.model.trained:
            return new
        self.texts[old.model.trained] = old
        before = self.texts.get(new.model.trained)
        if before is None or not new.model.trained:
            return new
        return fitted(replace(new, numbers=before.numbers, words=before.words), new)

    def open(self, page: str) -> None:
        """Show a page's own example to a visitor who comes with nothing but the lecture's; choices of pages stay."""
        if page != self.page:
            self.page, self.selection = page, _opened(self.selection, page)


def _opened(selection: Selection, page: str) -> Selection:
    """What a page shows to a visitor who comes with a selection."""
    if page not in OPENINGS or network_of(selection) != network_of(DEFAULT):
        return selection
    kept = {name: getattr(selection, name) for name in ("views", "entries", "present", "tour")}
    return replace(OPENINGS[page], **kept)


def _link_to(selection: Selection, page: str) -> dict[str, str]:
    opened = _opened(selection, page)
    return _named(to_params(opened), opened, page)


def _named(params: dict[str, str], selection: Selection, page: str | None) -> dict[str, str]:
    """Parameters that say their network where none would mean the page's own example."""
    return params if page not in OPENINGS or names_network(params) else {**params, "cell": selection.model.cell}


def _says(address: Mapping[str, str], params: Mapping[str, str]) -> bool:
    """Whether an address is a link of these parameters, and of nothing else but what goes without saying."""
    return params.items() <= address.items() and address.items() - params.items() <= _UNSAID


_UNSAID: Final = {("v", "1"), ("cell", DEFAULT.model.cell)}


def _dropped(old: Selection, new: Selection) -> list[str]:
    """What became of numbers that were typed over and have no place any more."""
    gone = [edit for edit in old.edits if edit not in new.edits]
    if not gone:
        return []
    places = ", ".join(f"{edit.name}[{', '.join(map(str, edit.index))}] = {edit.value:g}" for edit in gone[:5])
    more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
    return [f"Typed over and dropped, since the network or the input has another shape now: {places}{more}"]


def _visit(page: str | None = None) -> _Visit:
    """The visit, once the link is followed; ``page`` is the title of the one that is being opened, if any is."""
    visit: _Visit = st.session_state.setdefault(_KEY, _Visit())
    address = _address()
    if address != visit.address:
        _arrive(visit, address, page)
    if page is not None:
        visit.open(page)
    return visit


def _arrive(visit: _Visit, address: _Address, page: str | None) -> None:
    """Follow the link, if the visitor went by it.

    Rerun requests carry the address as the browser knew it when they were sent, which may be older than the last that
    was written; and going to another page by a plain link empties it. Neither means anything. What counts is the first
    address of a session, a step through the browser's history, and parameters in a link to another page.
    """
    script, params = address
    if visit.address is not None and not _walked_history():
        if script == visit.address[0]:
            return
        plain = page is not None and dict(params) == _link_to(visit.selection, page)
        if plain or params == visit.address[1] or not any(name in (*MODEL_FIELDS, *OWN_FIELDS) for name, _ in params):
            visit.remember(address)
            return
    if visit.address is not None and _walked_history() and address in visit.seen:
        visit.follow(visit.seen[address])
    else:
        selection, problems = from_params(dict(params), OPENINGS.get(page or "", DEFAULT))
        visit.follow(selection)
        visit.page = page
        visit.messages += problems
        visit.stepped = _walked_history()
    visit.address = address


def _address() -> _Address:
    context = get_script_run_ctx()
    return context.page_script_hash if context else "", tuple(sorted(st.query_params.to_dict().items()))


def _walked_history() -> bool:
    """Whether the browser's back or forward button asked for this run."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
