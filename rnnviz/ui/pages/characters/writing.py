"""A network that writes after a prompt, or reads what the visitor has written, character by character."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from rnnviz.ui.pages.characters import code as codegen
from rnnviz.ui.pages.characters import questions, tables, writing_payload
from rnnviz.ui.pages.characters.writing_payload import LENGTHS, MAX_TEMPERATURE, Request
from rnnviz.ui.selection import entries, state
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import components, frame, networks, predictions
from rnnviz.ui.widgets import character_networks, controls, widget_files

NAME: Final = "characters.writing"
"""The widget's name, and its key."""

TASKS: Final = {"Generate text": "generate", "Read your text": "score"}

PROMPTS: Final = {"python": "class Stack:\n    def ", "shakespeare": "ROMEO:\n"}
TEXTS: Final = {
    "python": (
        "def mean(values):\n"
        '    """Return the arithmetic mean of some numbers."""\n'
        "    total = 0.0\n"
        "    for value in values:\n"
        "        total += value\n"
        "    return total / len(values)\n"
    ),
    "shakespeare": "What light is this, my lord, that so late\nBreaks upon the wall? I xqzzy thee, speak!\n",
}
"""The prompt and the text to read if the visitor has typed nothing, by what the network has read."""

_CODE: Final = "'Source Code Pro', monospace"
"""The font of what is read character by character, as Streamlit ships it."""

LENGTH: Final = 400
TEMPERATURE: Final = 0.5
SEED: Final = 1
MOST_SEED: Final = 999_999


def show() -> None:
    """The network, its task, and the text with what was expected at every step."""
    with frame.row():
        task = controls.choice("What it does", TASKS, key="characters.task")
        network = character_networks.picker()
    request = _written(network) if task == "generate" else _read(network)
    if request is not None:
        _widget(request)
        _told(request)
        predictions.show(lambda: questions.ask_writing(network, request.text))
    frame.explain("characters", task)


# --- What is asked ---


def prompt_box(network: str, *, key: str = "characters.prompt", label: str = "Prompt") -> str:
    """The box of the prompt, with unknown characters reported below; ``key`` is that of the entry."""
    usual = PROMPTS[character_networks.subject_of(network)]
    hint = f"The network reads the prompt first. At most {entries.USUAL:,} characters. Press Ctrl+Enter to apply."
    text = _box(key, usual, label, hint)
    _unknown(network, text)
    return text


def seed_box() -> int:
    """The seed, and a button that draws another."""
    seed = controls.number("Seed", 0, MOST_SEED, key="characters.seed", default=SEED)
    st.button("Another seed", key="characters.throw", help="Use a random seed", on_click=_throw)
    return int(seed)


def _throw() -> None:
    state.choose("characters.seed", str(secrets.randbelow(MOST_SEED + 1)), str(SEED))


def _written(network: str) -> Request:
    prompt = prompt_box(network)
    with frame.row():
        temperature = controls.amount(
            "Temperature", 0.0, MAX_TEMPERATURE, 0.05, key="characters.temperature", default=TEMPERATURE
        )
        length = controls.amount("Characters to write", *LENGTHS, 50, key="characters.length", default=LENGTH)
        seed = seed_box()
    return Request(network, prompt, int(length), temperature, seed)


def _read(network: str) -> Request | None:
    usual = TEXTS[character_networks.subject_of(network)]
    text = _box(
        "characters.text", usual, "Your text", f"At most {entries.USUAL:,} characters. Press Ctrl+Enter to apply.", 160
    )
    _unknown(network, text)
    if len(text) < 2:
        frame.note("Enter at least two characters: the network reads the first and predicts the second.")
        return None
    return Request(network, text)


def _box(key: str, usual: str, label: str, hint: str, height: int = 80) -> str:
    """A text of the page's own, in the link."""
    text = entries.get(key, usual).replace("\r\n", "\n").replace("\r", "\n")
    widget = f"box_{key}"
    st.session_state[widget] = text
    st.html(f"<style>.st-key-{widget.replace('.', '-')} textarea {{ font-family: {_CODE}; }}</style>")
    st.text_area(
        label, key=widget, height=height, help=hint,
        on_change=lambda: entries.keep(key, st.session_state[widget], usual),
    )  # fmt: skip
    return text


def _unknown(network: str, text: str) -> None:
    """Say what the network does not know, and what it reads in its place."""
    alphabet = networks.character_model(network).alphabet
    unknown = alphabet.unknown(text)
    if unknown:
        named = " ".join(_named(symbol) for symbol in unknown[:12]) + (" …" if len(unknown) > 12 else "")
        one = len(unknown) == 1
        st.warning(
            frame.plain(
                f"{named} {'is' if one else 'are'} not in the alphabet of the network and {'is' if one else 'are'} "
                f"replaced by {_named(alphabet.replacement)}. The alphabet has {len(alphabet)} characters."
            )
        )


def _named(symbol: str) -> str:
    return symbol if symbol.isprintable() and not symbol.isspace() else f"U+{ord(symbol):04X}"


# --- What is shown ---


def _widget(request: Request) -> None:
    found = writing_payload.written(request)
    steps = len(found.logits)
    if NAME not in st.session_state:  # it is mounted anew, and begins where the selection is by now
        frame.restart(NAME)
    start = frame.start(NAME, t=_step(request, steps))
    data = {**writing_payload.payload(request), "token": token(request), "start": start}
    components.writing(data, key=NAME, on_t=lambda sent: take(sent, request, steps))
    t, title = _step(request, steps), writing_payload.title(request)
    widget_files.offer(
        "writing", NAME, title, data, t, titled=True,
        numbers=lambda: tables.writing(found), code=lambda: codegen.writing(request, writing_payload.told(request), t),
    )  # fmt: skip


def token(request: Request) -> str:
    """What identifies a text, for the browser."""
    return hashlib.sha256(repr(request).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _step(request: Request, steps: int) -> int:
    """The step of the link, unless another request has come since; else the last."""
    arrival = (state.arrivals(), request)
    before = st.session_state.get("characters.asked", arrival)
    st.session_state["characters.asked"] = arrival
    if before[0] == arrival[0] and before[1] != request:
        entries.keep("characters.step", "", "")
        state.write_link()
    text = entries.get("characters.step", "")
    if not text:
        return steps - 1
    if (found := entries.number_in(text, steps)) is not None:
        return found
    state.tell(f"characters.step must be a whole number in 0..{steps - 1}; got {quoted(text)}: the last is shown")
    entries.keep("characters.step", "", "")
    state.begin_again()
    return steps - 1


def take(sent: object, request: Request, steps: int) -> None:
    """Take the step at which the widget, given ``request`` with so many steps, rests; a browser can send anything."""
    said: Mapping[str, Any] = sent if isinstance(sent, Mapping) else {}
    t = said.get("t")
    if said.get("token") == token(request) and type(t) is int and 0 <= t < steps:
        entries.keep("characters.step", "" if t == steps - 1 else str(t), "")


def _told(request: Request) -> None:
    """Bits a character of this text, beside those of held-out text."""
    found, card = writing_payload.written(request), networks.character_model(request.network).card
    own = found.bits[found.prompt - 1 :] if request.writes else found.bits
    what = "Generated text" if request.writes else "Your text"
    numbers = [
        (
            f"{what}, bits per character",
            f"{own.mean():.2f}",
            f"{_BITS} The total is {own.sum():.0f} bits for {len(own)} characters.",
        )
    ]
    if "test" in card:
        numbers.append(
            ("Held-out text, this network", f"{card['test']:.2f}", "From the card of the network, under “Learning”.")
        )
    if counted := card.get("ngrams"):
        best = counted["order"] - 1
        numbers.append((f"Held-out text, {best + 1}-grams", f"{counted['test'][best]:.2f}", _COUNTED))
    for place, (label, number, hint) in zip(st.columns(3), numbers, strict=False):
        place.metric(label, number, help=hint)


_COUNTED: Final = "The result of counting how often each character followed the last few."
_BITS: Final = "The mean of −log2 of the probability that the network gave each next character, at temperature 1."
