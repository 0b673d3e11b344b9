"""What a session keeps of a visit, and how it follows the browser's address."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from sys import getsizeof
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from rnnviz import caching, checkpoints
from rnnviz.checkpoints import Checkpoint, held
from rnnviz.ui.selection import DEFAULT, INPUTS, MAX_CHARACTERS, Input, Selection
from rnnviz.ui.selection.addresses import link_of
from rnnviz.ui.selection.along import example_of, is_same, of_visit, parts_differing, taken, takes
from rnnviz.ui.selection.changes import fitted
from rnnviz.ui.selection.fields import FIELDS
from rnnviz.ui.selection.link import LINK_LIMIT, from_params
from rnnviz.ui.selection.openings import opening_of

Address = tuple[str, tuple[tuple[str, str], ...]]
"""A page and the parameters of a link to it."""

MOST_BYTES: Final = 3_000_000
"""About the bytes of the server's memory for a visit; the longest texts that one view can have fit in."""

KEPT: Final = "kept"
"""The parameter of a link that is too long to say what it leads to: the session has it."""

OF_PAGE: Final = "1"
OF_OFFER: Final = "2"
"""The values of ``KEPT``: what the page shows by itself, and what the page that is left has offered for it."""

LINKED: Final = 1_500
"""The most characters of a link to another page that a page carries: there are some twenty links."""

MOST_OPENED: Final = 2
"""The most networks from files that a visit keeps."""

_MOST_SEEN: Final = 100
_KEY: Final = "rnnviz.visit"
_HISTORY_STEPS: Final = "rnnviz.history_steps"
_here: Final = threading.local()


@dataclass
class Visit:
    """What a session keeps. Each page has its own selection; what is in ``OF_VISIT`` is the same on all of them.

    Attributes:
        selection: What the visitor looks at, on the page that is open.
        page: The title of this page.
        pages: The last selection on each page, by its title, as far as there is room.
        chosen: The titles of the pages on which the visitor has another network or text than their own examples, the
            page of the last choice last.
        brought: Of these the one that was the last when the page that is open was come to.
        is_away: Whether the page that is open did not begin with its own example.
        offered: What pages would show if a link of the page that is open is followed, by their titles.
        drafts: What was typed and cannot be read, and why, by the page and the kind of input.
        messages, told: Messages for the next run of a page, and those of the run before.
        address: The last that was followed or written.
        unheard: The parameters that were written last, until the browser asks with them.
        asked: The page and the query of the request that asked for ``address``, as a run looks a dozen times.
        arrivals: How often a link or the browser's history was followed, or a network has come along.
        history_steps: How many steps through the browser's history were followed, as the server counts them.
        stepped: The titles of the pages on which a step was chosen.
        seen: The selections under the last hundred addresses, as far as there is room.
        texts: The last selection with each trained network, by its name, as far as there is room.
        links: By a page's title a selection and the parameters of a link to it, as from ``link``.
        opened: The networks that the visitor has opened from files, the last one last; nobody else sees them.
        wanted: The page and the parameters of a link to a network that is not open yet, as far as a link can hold them.
    """

    selection: Selection = DEFAULT
    page: str | None = None
    pages: dict[str, Selection] = field(default_factory=dict)
    chosen: dict[str, None] = field(default_factory=dict)
    brought: str | None = None
    is_away: bool = False
    offered: dict[str, Selection] = field(default_factory=dict)
    drafts: dict[tuple[str | None, Input], tuple[str, str]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    address: Address | None = None
    unheard: dict[str, str] | None = None
    asked: tuple[str, str] | None = None
    arrivals: int = 0
    stepped: set[str | None] = field(default_factory=set)
    seen: dict[Address, Selection] = field(default_factory=dict)
    texts: dict[str, Selection] = field(default_factory=dict)
    links: dict[str | None, tuple[Selection, dict[str, str]]] = field(default_factory=dict)
    opened: dict[str, Checkpoint] = field(default_factory=dict)
    wanted: tuple[str, dict[str, str]] = ("", {})
    history_steps: int = 0

    def remember(self, now: Address) -> None:
        """Note the selection at this address, for the way back: a link may hold less than a selection."""
        self.address, self.asked = now, None
        self.seen.pop(now, None)
        self.seen[now] = self.selection
        if len(self.seen) > _MOST_SEEN:
            del self.seen[next(iter(self.seen))]
        self._forget()

    def link(self, page: str | None) -> dict[str, str]:
        """The parameters under which a page, by its title, shows what it shows: made once for each selection."""
        shown = self.shown_on(page)
        if page not in self.links or self.links[page][0] != shown:
            self.links[page] = shown, link_of(shown, page)
        return self.links[page][1]

    def shown_on(self, page: str | None) -> Selection:
        """What a page shows to whoever comes to it by a plain link: what he last had there, or its own example."""
        if page is None or page == self.page:
            return self.selection
        kept = self.pages.get(page)
        return example_of(page, self.selection) if kept is None else of_visit(found(kept)[0], self.selection)

    def offer(self, page: str, wanted: Selection) -> dict[str, str]:
        """The parameters of a link from the page that is open to another with this network and text."""
        shown = taken(wanted, self.shown_on(page), page)
        self.offered[page] = shown
        params = link_of(shown, page)
        return params if fits(params) else {KEPT: OF_OFFER}

    def meant(self, params: Mapping[str, str], page: str) -> tuple[Selection, list[str]]:
        """What a link means to this visitor: as from ``from_params``, without a network that another one has opened."""
        trained = params.get("trained", "")
        if not trained.startswith(held.FAMILY) or trained in self.opened:
            return from_params(params, opening_of(page, params))
        kept = {name: value for name, value in params.items() if name in FIELDS and len(value) <= LINK_LIMIT}
        self.wanted = page, kept
        others = {name: value for name, value in params.items() if name not in ("trained", "after")}
        selection, problems = from_params(others, opening_of(page, others))
        return selection, [held.not_open(trained), *problems]

    def keep(self, known: Checkpoint) -> None:
        """Keep a network that was opened from a file, and of those before it the last ones."""
        self.opened.pop(known.family, None)
        while len(self.opened) >= MOST_OPENED:
            closed = self.opened.pop(next(iter(self.opened)))
            self.messages.append(f"{closed.card['label']} is closed, since at most {MOST_OPENED} are open at once.")
        self.opened[known.family] = held.hold(known)

    def draft(self, kind: Input, text: str, problem: str) -> None:
        """Keep what was typed and cannot be read; of a text that is too long, its beginning."""
        self.drafts.pop((self.page, kind), None)
        self.drafts[self.page, kind] = (text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS], problem)
        self._forget()

    def leave(self, page: str) -> None:
        """Go to another page, by its title: what the one that is open shows stays its own."""
        if page == self.page:
            return
        shown = self.shown_on(page)
        if self.page is not None:
            self.pages.pop(self.page, None)
            self.pages[self.page] = self.selection
        self.page, self.selection = page, shown
        self.pages.pop(page, None)
        self.offered = {}
        self.brought = next((title for title in reversed(self.chosen) if title != page), None)
        self.is_away = not is_same(self.selection, example_of(page))

    def follow(self, selection: Selection) -> None:
        """Look at what a link means; a draft stays unless the link has another text in its place."""
        for kind in INPUTS:
            if getattr(selection, kind) != getattr(self.selection, kind):
                self.drafts.pop((self.page, kind), None)
        self.selection = selection
        self.arrivals += 1
        if selection.tour:
            self.chosen.pop(self.page or "", None)  # what a stop shows is nobody's choice
        else:
            self.choose()

    def choose(self) -> None:
        """Note that the visitor has chosen the network and the text of the page that is open."""
        if self.page is None:
            return
        self.chosen.pop(self.page, None)
        if not is_same(self.selection, example_of(self.page)):
            self.chosen[self.page] = None

    def keep_on(self, page: str, selection: Selection) -> None:
        """Note what the visitor has changed on a page that he has left meanwhile: it is his last choice now."""
        self.pages[page] = selection
        self.chosen.pop(page, None)
        if not is_same(selection, example_of(page)):
            self.chosen[page] = None
            self.brought = page
        self._forget()

    def can_take(self) -> str | None:
        """The page whose network and text could come along, by its title; None if the page shows them, or shows none.

        The page on which the visitor last chose something when he came to this one, so that it stays while he is here.
        """
        wanted = self.pages.get(self.brought or "")
        if wanted is None or not takes(self.page, self.selection):
            return None
        return None if is_same(taken(found(wanted)[0], self.selection, self.page), self.selection) else self.brought

    def would_come(self) -> str:
        """Which parts of the page change if what ``can_take`` has found comes along; empty if nothing does."""
        page = self.can_take()
        if page is None:
            return ""
        return parts_differing(taken(found(self.pages[page])[0], self.selection, self.page), self.selection)

    def has_come(self) -> str:
        """Which parts of the page are not its own example's."""
        return parts_differing(self.selection, example_of(self.page, self.selection))

    def can_go_back(self) -> bool:
        """Whether the page began with another network or text than its own example's, and still has another."""
        return (
            self.is_away
            and takes(self.page, self.selection)
            and not is_same(self.selection, example_of(self.page, self.selection))
        )

    def take(self, wanted: Selection) -> None:
        """Show a network and its text, as far as the page that is open has them."""
        self.follow(taken(wanted, self.selection, self.page))
        self.choose()
        self.is_away = True

    def with_own_text(self, new: Selection) -> Selection:
        """The new selection with the text that was typed for its trained network before, so that no text is lost."""
        old = self.selection
        if old.model.trained == new.model.trained:
            return new
        self.texts[old.model.trained] = old
        before = self.texts.get(new.model.trained)
        if before is None or not new.model.trained:
            return new
        return fitted(replace(new, numbers=before.numbers, words=before.words, after=before.after), new)

    def let_go_of_lost_network(self) -> None:
        """Show an untrained network of the same sizes, and say why, if the file of the trained one is damaged or gone.

        That can happen while the network is on show. All other choices stay.
        """
        self.selection, lost = found(self.selection)
        self.messages += lost

    def _forget(self) -> None:
        """Drop the oldest selections, until the visit takes at most ``MOST_BYTES``."""
        while self._size() > MOST_BYTES:
            others = [draft for draft in self.drafts if draft[0] != self.page]
            places: tuple[tuple[dict[Any, Any], Any], ...] = (
                (self.seen, next(iter(self.seen)) if len(self.seen) > 1 else None),
                (self.texts, next(iter(self.texts), None)),
                (self.drafts, others[0] if others else None),
                (self.pages, next(iter(self.pages), None)),
                (self.offered, next(iter(self.offered), None)),
            )
            kept, oldest = next(((kept, key) for kept, key in places if key is not None), (None, None))
            if kept is None:
                return
            del kept[oldest]
            if kept is self.pages:
                self.links.pop(oldest, None)

    def _size(self) -> int:
        """About the bytes of the visit: a text in several selections counts once, all else is small."""
        known = {id(one): one for one in self._selections()}.values()
        texts = [text for selection in known for text in _texts(selection)]
        texts += [text for _, params in self.seen for pair in params for text in pair]
        texts += [text for draft in self.drafts.values() for text in draft]
        texts += [text for _, params in self.links.values() for text in params.values()]
        of_texts = sum({id(text): getsizeof(text) for text in texts}.values())
        return of_texts + sum(map(_size_without_texts, known))

    def _selections(self) -> tuple[Selection, ...]:
        kept = (self.seen, self.texts, self.pages, self.offered)
        return (*(one for selections in kept for one in selections.values()), self.selection)


def found(selection: Selection) -> tuple[Selection, list[str]]:
    """A selection, and why another network is in it, untrained, if the file of its trained one is damaged or gone.

    That can happen while the network is on show. All other choices stay.
    """
    model = selection.model
    if not model.trained:
        return selection, []
    try:
        checkpoints.load(f"{model.trained}-{model.cell}")
    except ValueError as error:
        is_file = model.trained.startswith(held.FAMILY)
        lost = held.not_open(model.trained) if is_file else f"trained: {error}."
        untrained = replace(selection, model=replace(model, trained=""))
        return fitted(untrained, untrained), [f"{lost} An untrained network of the same sizes is shown in its place."]
    return selection, []


def fits(params: Mapping[str, str]) -> bool:
    """Whether a link from one page to another carries these; one that does not says ``KEPT``."""
    return sum(map(len, params.values())) <= LINKED


def _texts(selection: Selection) -> tuple[str, ...]:
    return (
        selection.numbers,
        selection.words,
        selection.after,
        selection.second,
        *(text for _, text in selection.entries),
    )


def _size_without_texts(selection: Selection) -> int:
    small = len(selection.entries) + len(selection.views) + len(selection.units)
    return 5_000 + 300 * small + 500 * len(selection.edits)


def this_visit(page: str | None = None) -> Visit:
    """The visit, after the link is followed; ``page`` is the title of the page that is being opened, if any.

    What widgets report comes before the run, also with the request for another page. It is of the page that they stand
    on, so that one is not gone to yet.
    """
    visit, asked = _kept(), _asked()
    if page is None and _is_report_with_another_page(visit):
        return visit
    if asked is None or asked != visit.asked:
        now = address()
        if now != visit.address:
            _arrive(visit, now, page)
        visit.asked = asked if now == visit.address else None
    if page is not None:
        visit.leave(page)
        visit.let_go_of_lost_network()
    return visit


def _kept() -> Visit:
    """What the session keeps, looked up once a script's thread: a run asks two dozen times."""
    context = get_script_run_ctx()
    if context is None or getattr(_here, "context", None) is not context:
        _here.context, _here.visit = context, st.session_state.setdefault(_KEY, Visit())
        _here.history_steps = st.session_state.get(_HISTORY_STEPS, 0)
    visit: Visit = _here.visit
    return visit


def _is_report_with_another_page(visit: Visit) -> bool:
    """Whether this is a callback before the run of another page than the one that was open."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or context.has_script_started or visit.address is None:
        return False
    return context.page_script_hash != visit.address[0]


def _asked() -> tuple[str, str] | None:
    """The page and the query of this run; None outside of one."""
    context = get_script_run_ctx()
    return (context.page_script_hash, context.query_string) if context else None


def address() -> Address:
    """The address that the browser asks for in this run."""
    context = get_script_run_ctx()
    return context.page_script_hash if context else "", tuple(sorted(st.query_params.to_dict().items()))


def _arrive(visit: Visit, now: Address, page: str | None) -> None:
    """Follow the link, if the visitor went by it.

    Rerun requests carry the address that the browser knew when it sent them, which may be older than the last that was
    written; a plain link to another page empties it. Neither means anything but the page. What counts is the first
    address of a session, a step through the browser's history, and parameters in a link to another page. The browser
    follows the navigation's links as it steps through its history: they say what their page shows by itself.

    What a callback hears is of the page that is left. So another page is not come to before it runs.
    """
    script, params = now[0], dict(now[1])
    is_first, walked = visit.address is None, _walked_history() or _walked_before(visit)
    elsewhere = visit.address is not None and script != visit.address[0]
    if not (is_first or elsewhere or walked) or (elsewhere and page is None):
        return
    visit.history_steps = max(visit.history_steps, getattr(_here, "history_steps", 0))
    if elsewhere and page is not None:
        follows_offer = not walked and _follows_offer(visit, params, page)
        if follows_offer or _is_plain(visit, now, page, walked=walked):
            visit.address = now
            return
    here = page or visit.page
    if here is not None:
        visit.leave(here)
        visit.is_away = False
    if not is_first and walked and now in visit.seen:
        visit.follow(visit.seen[now])
    else:
        selection, problems = visit.meant(params, here or "")
        visit.follow(selection)
        visit.messages += problems
        visit.stepped.discard(here)
        if walked:
            visit.stepped.add(here)
    visit.address = now


def _follows_offer(visit: Visit, params: Mapping[str, str], page: str) -> bool:
    """Follow a link that the page before has offered, whose selection the session has whole; whether it was one."""
    wanted = visit.offered.get(page)
    if wanted is None or (params.get(KEPT) != OF_OFFER and params != link_of(wanted, page)):
        return False
    visit.leave(page)
    visit.take(wanted)
    return True


def _is_plain(visit: Visit, now: Address, page: str, *, walked: bool) -> bool:
    """Whether an address of another page says nothing but the page, or what that shows by itself."""
    params = dict(now[1])
    written = visit.links[page][1] if page in visit.links else None  # the page may show another thing since
    if params in (written, visit.link(page)) or KEPT in params:
        return True
    is_older = visit.address is not None and now[1] == visit.address[1]
    return not walked and (is_older or not any(name in FIELDS for name in params))


def _walked_history() -> bool:
    """Whether the browser's back or forward button asked for this run."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _walked_before(visit: Visit) -> bool:
    """Whether that button asked for a run at this address which was broken off before it began."""
    return bool(getattr(_here, "history_steps", 0) > visit.history_steps)


def let_go() -> None:
    """End this run if its visitor has moved on, so that nothing is computed that nobody waits for.

    Streamlit looks for that whenever the session is read. In a callback it must not: a change would be lost there.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and context.has_script_started:
        st.session_state.get(_KEY)


caching.before_computing(let_go)
