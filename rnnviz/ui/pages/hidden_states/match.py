"""Where else the units of a range are on: in other sequences of the kind that the network was trained on."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from rnnviz.checkpoints import held
from rnnviz.checkpoints.characters import FAMILY as CHARACTERS
from rnnviz.checkpoints.classifiers import is_of_file
from rnnviz.checkpoints.reviews import FAMILY as REVIEWS
from rnnviz.names import CELL_LABELS
from rnnviz.page_registry import CHARACTERS as CHARACTERS_PAGE
from rnnviz.ui.pages.hidden_states import groups, match_code, match_text
from rnnviz.ui.pages.hidden_states.groups import Group
from rnnviz.ui.pages.hidden_states.match_search import (
    Searched,
    Signal,
    places_of,
    range_of,
    reached_on,
    sequences_of,
    signal_of,
    span_of,
    values_in,
    values_on,
)
from rnnviz.ui.selection import Selection, checkpoint_of, state, trained, without_viewpoint
from rnnviz.ui.selection.fields import many
from rnnviz.ui.selection.link import to_params
from rnnviz.ui.shell import code_menu, frame, networks
from rnnviz.ui.widgets import character_networks, controls, matches
from rnnviz.written import number

if TYPE_CHECKING:
    from rnnviz.matching.corpus import TokenCorpus

AROUND: Final = 4
"""Words on either side of a place."""

NAMED: Final = 12
"""The most units that are named."""

EDGES: Final = {"Off just before and after": True, "Any before and after": False}

_OPEN: Final = "hidden_states.group"
"""In the link: the group that is searched for, counted from 1; none for the selected range."""

_RANGE: Final = "The selected range"


def show(selection: Selection, signal: str) -> None:
    """The selected range or a named group, and the places where its units are on."""
    if why := unsearchable(selection):
        frame.note(why)
        with frame.on_slide("match"):
            _offer(selection)
        return
    known, text = checkpoint_of(selection.model), ""
    if known is not None and is_of_file(known) and not (text := match_text.box(known)):
        frame.note(_ASKED)
        return
    of = signal_of(selection, signal, text)
    with frame.row("center"):
        alone = controls.choice("Before and after", EDGES, key="hidden_states.edges")
        opened = _group_picker(selection, signal)
    with st.spinner("The network reads the sequences once."):
        searched, values = sequences_of(selection.model.trained, selection.model.cell, text), values_on(of)
    if searched.problem:
        which = f"the first {len(searched.corpus):,} lines" if text else searched.said
        st.caption(frame.plain(f"{searched.problem}, so {which} are searched."))
    group = opened or range_of(selection, of, values, alone=alone)
    with frame.on_slide("match"):
        st.markdown(_matched(group) if opened else f"{_selected(selection, group)} {_matched(group)}")
    if not selection.span and opened is None:
        st.caption("Drag over the steps above the panels to select another range.")
    if not group.units:
        frame.note(_none(group))
        return
    _tell_places(of, group, searched)
    _name_box(group, opened)
    _list(of, group, searched)
    code_menu.menu("hidden_states.match", lambda: match_code.script_of(selection, group, searched.said, text), "match")


_OFFERED: Final = f"{REVIEWS}bilstm"

_ASKED: Final = (
    "Paste or upload a text of the kind that your network reads. Match then finds where in it the same units are on. "
    "The network reads each line by itself, from zeros."
)

_SEARCHABLE: Final = "Under “Network”, choose a network trained on reviews, on the first word or on brackets."


def unsearchable(selection: Selection) -> str:
    """Why there are no sequences to search for a network; empty if there are."""
    known = checkpoint_of(selection.model)
    if known is None:
        return f"Match needs a trained network. {_SEARCHABLE}"
    if known.family.startswith(CHARACTERS):
        return "For the networks of characters, “Match” is a view of the page “Characters”."
    if is_of_file(known) or known.family.startswith(REVIEWS) or (known.task is not None and known.vocabulary):
        return ""
    return f"There are no sequences to search for this network. {_SEARCHABLE}"


def _offer(selection: Selection) -> None:
    """A way to a network that can be searched."""
    if selection.model.trained.startswith(CHARACTERS):
        frame.link_with(CHARACTERS_PAGE, to_params(on_characters(selection)))
        return
    label = f"Open “{trained.label(_OFFERED)}”"
    changes = {"trained": _OFFERED, "cell": "lstm"}
    st.button(label, key="hidden_states.reviews", on_click=state.try_update, kwargs=changes)


def on_characters(selection: Selection) -> Selection:
    """The selection with “Match” of the page “Characters”, and with this network there."""
    subject = selection.model.trained.removeprefix(CHARACTERS)
    subjects = {begin: title for title, begin in character_networks.SUBJECTS.items()}
    chosen = {"characters.view": "match"}
    if subject in list(subjects)[1:]:  # the first is the default, which no link names
        chosen["characters.subject"] = controls.slug(subjects[subject])
    if selection.model.cell != "lstm":
        chosen["characters.cell"] = controls.slug(CELL_LABELS[selection.model.cell])
    others = {name: value for name, value in selection.views if not name.startswith("characters.")}
    return replace(selection, views=tuple(sorted({**others, **chosen}.items())))


# --- The selected range ---


def _selected(selection: Selection, group: Group) -> str:
    """The selected range, in its words and steps."""
    values = values_in(selection, signal_of(selection, group.signal))
    begin, end = span_of(selection, values, group.threshold)
    tokens = networks.recording(without_viewpoint(selection)).tokens[begin : end + 1]
    words = " ".join(token if token.strip() else "␣" for token in tokens)
    where = f"t = {begin}" if begin == end else f"t = {begin} to {end}"
    return frame.plain(f"“{words if len(words) <= 80 else words[:79] + '…'}”, {where}.")


# --- The places ---


def _list(of: Signal, group: Group, searched: Searched) -> None:
    """The best places, with their words."""
    st.html(matches.table(rows_of(of, group, searched.corpus), len(group.units), " "))


def rows_of(of: Signal, group: Group, corpus: "TokenCorpus") -> list[matches.Row]:
    """The rows of the table of the best places.

    Sequences count from 0, as “The data” on “Sentiment” counts them; lines of a text have the numbers of an editor.
    """
    bits, _ = reached_on(of, group.threshold)
    lines = list(match_text.lines_of(of.text))

    def where(start: int) -> str:
        number, step = corpus.place(start)
        return f"{lines[number] if lines else number}, t = {step}"

    text = matches.Text(corpus.tokens, where, corpus.bounds, AROUND)
    return matches.rows(places_of(of, group), bits, group.units, group.length, text)


def _tell_places(of: Signal, group: Group, searched: Searched) -> None:
    """At how many places all units of a group are on."""
    found, corpus = places_of(of, group), searched.corpus
    steps = len(corpus.tokens) - len(corpus)
    counted = "line of your text and the step t, from 0" if of.text else "sequence and the step t, both counted from 0"
    which = "This unit is" if len(group.units) == 1 else f"All {len(group.units)} units are"
    st.markdown(
        f"**{which} on for {many(group.length, 'step')} at {many(found.complete, 'place')}** of {steps:,} "
        f"steps in {len(corpus):,} {searched.said}. The table lists the best places, each text once. “alike” is the "
        f"number of places with this text among the best, {len(found.places):,} in all. “where” gives the {counted}."
    )


def _matched(group: Group) -> str:
    """The units of a group, and when they are on, in words; nothing without any."""
    if not group.units:
        return ""
    named = ", ".join(map(str, group.units[:NAMED])) + " …" * (len(group.units) > NAMED)
    outside = " and below it just before and after" if group.alone else ""
    unit, is_on = ("Unit", "is") if len(group.units) == 1 else ("Units", "are")
    return f"{unit} {named} of {group.signal} {is_on} at least {number(group.threshold)} {_steps(group)}{outside}."


def _steps(group: Group) -> str:
    """The steps at which its units are on: of a named group any, of the selected range its own."""
    if group.name:
        return f"for {many(group.length, 'step')}" + " in a row" * (group.length > 1)
    return "at each of these steps" if group.length > 1 else "at this step"


def _none(group: Group) -> str:
    """A note that no unit is on, and what the visitor can do."""
    ways = ["a lower threshold", *(["a shorter range"] if group.length > 1 else ["another step"])]
    if group.alone:
        ways.append("“Any before and after”")
    offered = " or ".join([", ".join(ways[:-1]), ways[-1]])
    return f"No unit of {group.signal} is at least {number(group.threshold)} {_steps(group)}. Try {offered}."


# --- Named groups ---


def _group_picker(selection: Selection, signal: str) -> Group | None:
    """The choice of a named group, if there are any; the one that is open."""
    listed = groups.kept()
    if not listed:
        return None
    number = int(controls.kept_number(_OPEN, 0, len(listed), 0))
    group = listed[number - 1] if number else None
    if group is not None and not _is_of(group, selection, signal):  # another network is on show
        number, group = 0, None
    key = "choice_hidden_states.group"
    st.session_state[key] = number
    st.selectbox(
        "Units", range(len(listed) + 1), key=key, label_visibility="collapsed", width=330,
        format_func=lambda k: _label(listed[k - 1]) if k else _RANGE,
        on_change=lambda: _open(listed, st.session_state[key]),
    )  # fmt: skip
    return group


def _label(group: Group) -> str:
    """A group in the list, which shows its text as it is."""
    return f"{group.name}: {many(len(group.units), 'unit')} of {group.signal}, {trained.label(group.network)}"


def _is_of(group: Group, selection: Selection, signal: str) -> bool:
    return (
        (group.network, group.layer, group.direction) == (selection.model.trained, selection.layer, selection.direction)
        and group.signal == signal
        and group.units[-1] < selection.model.hidden_size
    )


def _open(listed: tuple[Group, ...], number: int) -> None:
    """Search for a group, with its network, its direction and its units in the panels."""
    state.choose(_OPEN, str(number), "0")
    if not number:
        return
    group = listed[number - 1]
    mine = {known.family for known in state.opened_networks()}
    if group.network.startswith(held.FAMILY) and group.network not in mine:  # another visitor may hold it
        state.tell(held.not_open(group.network))
        return
    if group.network != state.current().model.trained:
        state.try_update(trained=group.network)  # it is said on the page if there is none of that name
    state.try_update(layer=group.layer, direction=group.direction, units=group.units)
    label = {"h": "Hidden state h", "c": "Cell state c"}[group.signal]
    state.choose("hidden_states.state", controls.slug(label), controls.slug("Hidden state h"))
    frame.begin_anew()


def search_range() -> None:
    """Search for the units of the selected range, in place of a named group."""
    state.choose(_OPEN, "0", "0")


def _name_box(group: Group, opened: Group | None) -> None:
    """Name the units that are searched for, or forget the group that is open."""
    if opened is not None:
        st.button("Remove this group", key="hidden_states.forget", on_click=_forget, args=(opened,))
        return
    with frame.row():
        st.text_input(
            "Name these units", key="hidden_states.name", max_chars=groups.LONGEST, width=330,
            placeholder="a name of your own", on_change=lambda: _keep(group),
        )  # fmt: skip


def _keep(group: Group) -> None:
    """Keep the units under the name in the box, and open the group."""
    name = groups.cleaned(st.session_state["hidden_states.name"])
    if not name:
        return
    listed = groups.kept()
    if len(listed) >= groups.MOST:
        state.tell(f"At most {groups.MOST} groups of units can be kept; nothing was changed")
        return
    st.session_state["hidden_states.name"] = ""
    groups.keep((*listed, replace(group, name=name)))
    _open(groups.kept(), len(listed) + 1)


def _forget(group: Group) -> None:
    groups.keep(tuple(one for one in groups.kept() if one != group))
    search_range()
