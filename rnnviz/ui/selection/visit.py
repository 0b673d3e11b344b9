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
from rnnviz.ui.selection.addresses import link_of, opened
from rnnviz.ui.selection.changes import fitted
from rnnviz.ui.selection.fields import FIELDS
from rnnviz.ui.selection.link import LINK_LIMIT, from_params
from rnnviz.ui.selection.openings import opening_of

Address = tuple[str, tuple[tuple[str, str], ...]]
"""A page and the parameters of a link to it."""

MOST_BYTES: Final = 3_000_000
"""About the bytes of the server's memory for a visit; the longest texts that one view can have fit in."""

KEPT: Final = "kept"
"""The parameter of a link that goes on with what the session has, as ``assets/components/bar/navigation.js`` knows."""

MOST_OPENED: Final = 2
"""The most networks from files that a visit keeps."""

_MOST_SEEN: Final = 100
_KEY: Final = "rnnviz.visit"
_here: Final = threading.local()


@dataclass
class Visit:
    """What a session keeps.

    Attributes:
        selection: What the visitor looks at.
        drafts: What was typed and cannot be read, and why, by the kind of input.
        messages, told: Messages for the next run of a page, and those of the run before.
        address: The last that was followed or written.
        asked: The page and the query of the request that asked for ``address``, as a run looks a dozen times.
        page, shown: The title of the page that is open, and of all that were.
        arrivals: How often a link or the browser's history was followed.
        stepped: Whether a step was chosen on the way.
        seen: The selections under the last hundred addresses, as far as there is room.
        texts: The last selection with each trained network, by its name, as far as there is room.
        links, linked: Parameters by the title of a page, as from ``link``, and the selection and page they start from.
        opened: The networks that the visitor has opened from files, the last one last; nobody else sees them.
        wanted: The parameters of a link to a network that is not open yet, as far as a link can hold them.
    """

    selection: Selection = DEFAULT
    drafts: dict[Input, tuple[str, str]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    address: Address | None = None
    asked: tuple[str, str] | None = None
    page: str | None = None
    shown: set[str] = field(default_factory=set)
    arrivals: int = 0
    stepped: bool = False
    seen: dict[Address, Selection] = field(default_factory=dict)
    texts: dict[str, Selection] = field(default_factory=dict)
    links: dict[str | None, dict[str, str]] = field(default_factory=dict)
    linked: tuple[Selection, str | None] | None = None
    opened: dict[str, Checkpoint] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)

    def remember(self, now: Address) -> None:
        """Note the selection at this address, for the way back: a link may hold less than a selection."""
        self.address, self.asked = now, None
        self.seen.pop(now, None)
        self.seen[now] = self.selection
        if len(self.seen) > _MOST_SEEN:
            del self.seen[next(iter(self.seen))]
        self._forget()

    def link(self, page: str | None) -> dict[str, str]:
        """The parameters under which a page shows the selection, made once for each selection.

        Args:
            page: Its title; one that is not open shows its own example as ``opened`` does.
        """
        if self.linked is None or self.linked[0] is not self.selection or self.linked[1] != self.page:
            self.linked, self.links = (self.selection, self.page), {}
        if page not in self.links:
            shown = self.selection if page is None or page == self.page else self._opened(page)
            self.links[page] = link_of(shown, page)
        return self.links[page]

    def meant(self, params: Mapping[str, str], page: str) -> tuple[Selection, list[str]]:
        """What a link means to this visitor: as from ``from_params``, without a network that another one has opened."""
        trained = params.get("trained", "")
        if not trained.startswith(held.FAMILY) or trained in self.opened:
            return from_params(params, opening_of(page, params))
        self.wanted = {name: value for name, value in params.items() if name in FIELDS and len(value) <= LINK_LIMIT}
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
        self.drafts[kind] = (text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS], problem)
        self._forget()

    def follow(self, selection: Selection) -> None:
        """Look at what a link means; a draft stays unless the link has another text in its place."""
        for kind in INPUTS:
            if getattr(selection, kind) != getattr(self.selection, kind):
                self.drafts.pop(kind, None)
        self.selection = selection
        self.arrivals += 1

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
        model = self.selection.model
        if not model.trained:
            return
        try:
            checkpoints.load(f"{model.trained}-{model.cell}")
        except ValueError as error:
            is_file = model.trained.startswith(held.FAMILY)
            lost = held.not_open(model.trained) if is_file else f"trained: {error}."
            self.messages.append(f"{lost} An untrained network of the same sizes is shown in its place.")
            untrained = replace(self.selection, model=replace(model, trained=""))
            self.selection = fitted(untrained, untrained)

    def _forget(self) -> None:
        """Drop the oldest selections, until the visit takes at most ``MOST_BYTES``."""
        while self._size() > MOST_BYTES and (len(self.seen) > 1 or self.texts):
            oldest: dict[Any, Selection] = self.seen if len(self.seen) > 1 else self.texts
            del oldest[next(iter(oldest))]

    def _size(self) -> int:
        """About the bytes of the visit: a text in several selections counts once, all else is small."""
        known = {id(one): one for one in (*self.seen.values(), *self.texts.values(), self.selection)}.values()
        texts = [text for selection in known for text in _texts(selection)]
        texts += [text for _, params in self.seen for pair in params for text in pair]
        texts += [text for draft in self.drafts.values() for text in draft]
        of_texts = sum({id(text): getsizeof(text) for text in texts}.values())
        return of_texts + sum(map(_size_without_texts, known))

    def open(self, page: str) -> None:
        """Show a page's own example to a visitor who brings only the lecture's; choices of pages stay."""
        if page != self.page:
            self.page, self.selection = page, self._opened(page)
        self.shown.add(page)

    def _opened(self, page: str) -> Selection:
        return opened(self.selection, page, again=page in self.shown)


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
    """The visit, after the link is followed; ``page`` is the title of the page that is being opened, if any."""
    visit, asked = _kept(), _asked()
    if asked is None or asked != visit.asked:
        now = address()
        if now != visit.address:
            _arrive(visit, now, page)
        visit.asked = asked if now == visit.address else None
    if page is not None:
        visit.let_go_of_lost_network()
        visit.open(page)
    return visit


def _kept() -> Visit:
    """What the session keeps, looked up once a script's thread: a run asks two dozen times."""
    context = get_script_run_ctx()
    if context is None or getattr(_here, "context", None) is not context:
        _here.context, _here.visit = context, st.session_state.setdefault(_KEY, Visit())
    visit: Visit = _here.visit
    return visit


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
    written; a plain link to another page empties it. Neither means anything. What counts is the first address of a
    session, a step through the browser's history, and parameters in a link to another page. The browser follows the
    navigation's links as it steps through its history, but they say what is on show, or that the session has it.
    """
    script, params = now
    if visit.address is not None:
        elsewhere, walked = script != visit.address[0], _walked_history()
        if not elsewhere and not walked:
            return
        plain = (page is not None and dict(params) == visit.link(page)) or any(name == KEPT for name, _ in params)
        nothing = params == visit.address[1] or not any(name in FIELDS for name, _ in params)
        if (elsewhere and plain) or (nothing and not walked):
            visit.remember(now)
            return
    if visit.address is not None and _walked_history() and now in visit.seen:
        visit.follow(visit.seen[now])
    else:
        selection, problems = visit.meant(dict(params), page or "")
        visit.follow(selection)
        visit.page = page
        visit.messages += problems
        visit.stepped = _walked_history()
    visit.address = now


def _walked_history() -> bool:
    """Whether the browser's back or forward button asked for this run."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def let_go() -> None:
    """End this run if its visitor has moved on, so that nothing is computed that nobody waits for.

    Streamlit looks for that whenever the session is read. In a callback it must not: a change would be lost there.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and context.has_script_started:
        st.session_state.get(_KEY)


caching.before_computing(let_go)
