"""A network that learns a visitor's text live: its curve, what it writes, stop and go on."""

import queue
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from rnnviz import jobs, runs
from rnnviz.names import CELL_LABELS, Cell
from rnnviz.spec import CHARACTER_LIMITS, CharacterSpec, text_key
from rnnviz.ui.pages.characters import code as codegen
from rnnviz.ui.pages.characters import lesson as character_lesson
from rnnviz.ui.pages.characters import questions
from rnnviz.ui.pages.characters import text_box as character_text_box
from rnnviz.ui.pages.characters.lesson import LIBRARY, Lesson, caption, picture
from rnnviz.ui.pages.characters.text_box import Given
from rnnviz.ui.selection import entries, state
from rnnviz.ui.shell import components, frame, looks, predictions
from rnnviz.ui.shell import runs as page_runs
from rnnviz.ui.shell.visitors import visitor
from rnnviz.ui.widgets import controls, live_files

if TYPE_CHECKING:
    from rnnviz.characters import CharacterModel

KEY: Final = "characters.run"
"""The key under which the link holds the run."""

UPDATES: Final = 2_000

_USUAL: Final = CharacterSpec("0" * 64)
_CELLS: Final[dict[str, Cell]] = {label: cell for cell, label in CELL_LABELS.items()}
_LEAST_RATE, _LARGEST_RATE = 1e-6, 1.0


def show() -> None:
    """The text, the settings, the training, and what its network writes."""
    _keep_what_was_stopped()
    given = character_text_box.show(jobs.find(state.view(KEY), CharacterSpec))
    wanted = _settings(given)
    spec = _reached(wanted) if wanted is not None else None
    specs = () if spec is None else (spec,)
    text = given.content if given is not None else ""
    going = page_runs.live(
        specs,
        lambda lesson: _draw(lesson, text, wanted.updates if wanted is not None else 0),
        key=KEY,
        label=page_runs.begin_label(specs),
        kind=KIND,
        missing="Not trained yet. The button starts the training; a generated text is shown every second.",
        text=text,
    )
    if going and spec is not None:
        live_files.menu(
            "live_curves", "characters.live", "A network learns a text, so far", of=spec,
            code=lambda: codegen.lesson(spec, caption(spec), _library(spec)),
        )  # fmt: skip
    predictions.show(lambda: questions.ask_training(wanted, len(set(text))))
    frame.explain("characters", "train")


def _keep_what_was_stopped() -> None:
    """Show what a stopped run learned: the run of as many updates as it made."""
    job = jobs.find(state.view(KEY), CharacterSpec)
    if job is None or not (seen := jobs.events(job, visitor())).events or seen.state != "stopped":
        return
    made = replace(job.specs[0], updates=seen.events[-1].step)
    if jobs.find(runs.identity([made]), CharacterSpec) is None:
        return
    state.choose(KEY, runs.identity([made]), "")
    state.write_link()


def _reached(wanted: CharacterSpec) -> CharacterSpec:
    """The link's run if it is over after fewer updates than these settings mean, and equal to them else; or they."""
    job = jobs.find(state.view(KEY), CharacterSpec)
    if job is None or job.specs[0].updates >= wanted.updates or jobs.events(job, visitor()).state != "done":
        return wanted
    made = job.specs[0]
    return made if replace(made, updates=wanted.updates) == wanted else wanted


def _choose(spec: CharacterSpec) -> None:
    """Select the run of these settings."""
    state.choose("characters.updates", str(spec.updates), str(UPDATES))
    state.choose(KEY, runs.identity([spec]), "")


def _settings(given: Given | None) -> CharacterSpec | None:
    """The training that the controls mean; the link keeps them."""
    with frame.row():
        cell = controls.choice("Cell", _CELLS, key="characters.train_cell", default=CELL_LABELS["lstm"])
        numbers = {
            name: int(
                controls.number(label, *CHARACTER_LIMITS[name], key=f"characters.{key}", default=usual, hint=hint)
            )
            for name, key, label, usual, hint in _NUMBERS
        }
        rate = controls.number(
            "Learning rate (Adam)",
            _LEAST_RATE,
            _LARGEST_RATE,
            key="characters.rate",
            default=_USUAL.rate,
            hint=_RATE_HINT,
        )
    if given is None:
        return None
    try:
        return CharacterSpec(given.key, cell, rate=rate, **numbers)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return None


_NUMBERS: Final = (
    ("hidden_size", "units", "Units", _USUAL.hidden_size, None),
    ("updates", "updates", "Updates", UPDATES, "A run with more updates continues from the end of a run with fewer."),
    ("seed", "train_seed", "Seed of the weights", _USUAL.seed, None),
)
_RATE_HINT: Final = (
    "The rate at the first update. After u updates it is divided by √(1 + u/1000), so a training can always continue."
)


KIND: Final = page_runs.Kind(
    CharacterSpec,
    character_lesson.lesson_so_far,
    character_lesson.finished_lesson,
    before="The worker is counting the n-grams of the text …",
)


# --- What is drawn ---


def _draw(lesson: Lesson, text: str, wanted: int) -> None:
    model = lesson.model
    if not lesson.going and model is None:
        return
    if model is not None:
        st.markdown(_compared(lesson, model.card))
        _go_on(lesson, text, wanted)
    curves, writes = frame.pair("character_lesson", (3, 2))
    with curves:
        if lesson.going:
            message = character_lesson.live_message(lesson)
            components.live_curves(message, key="characters.live")
            live_files.curves(
                message, "characters.live", lambda: [picture(lesson)],
            )  # fmt: skip
        else:
            figure = character_lesson.figure_of(lesson, frame.theme())
            frame.show(
                figure, key="characters.lesson", alt=figure.layout.meta["alt"],
                code=lambda: codegen.lesson(lesson.spec, caption(lesson.spec), _library(lesson.spec)),
            )  # fmt: skip
    with writes:
        for step, sample in lesson.samples[-1:]:
            _sample(f"Generated text after {_updates(step)}", sample, 14)
    if model is not None:
        _ask(lesson, model)
        _on_the_way(lesson)


def _library(spec: CharacterSpec) -> int:
    """How many characters of the standard library are the text; 0 if it is another text."""
    return LIBRARY if text_key(character_lesson.library_text()) == spec.text else 0


def _sample(what: str, sample: str, lines: int) -> None:
    st.markdown(f"**{what}**")
    looks.scrolled(sample, lines, what)


def _updates(step: int) -> str:
    return f"{step:,} update{'s' * (step != 1)}"


def _compared(lesson: Lesson, card: Mapping[str, Any]) -> str:
    """The network's result beside n-grams."""
    bits, counted, read = card["validation"], card["ngrams"], card["characters"]
    apart = counted["bits"] - bits
    is_alike = f"{bits:.2f}" == f"{counted['bits']:.2f}"
    verdict = "as good as" if is_alike else "better than" if apart > 0 else "not as good as"
    return (
        f"**{bits:.2f} bits** per character on the last tenth of the text ({read['validation']:,} characters), which "
        f"is held out. That is {verdict} the best n-gram model of the same text, which looks at the last "
        f"{counted['order'] - 1} characters and needs {counted['bits']:.2f}. {CELL_LABELS[lesson.spec.cell]}, "
        f"{lesson.spec.hidden_size} units, {card['parameters']:,} parameters; {_updates(lesson.spec.updates)} in "
        f"{card['seconds']:.0f} s on one core."
    )


def _go_on(lesson: Lesson, text: str, wanted: int) -> None:
    """The button that goes on with the training from here, to the updates that are wanted, or by some more."""
    spec, most = lesson.spec, CHARACTER_LIMITS["updates"][1]
    target = wanted if wanted > spec.updates else min(most, spec.updates + UPDATES)
    known = bool(text) and text_key(text) == spec.text
    if target > spec.updates and st.button(
        f"Continue to {target:,} updates", key="characters.go_on", icon=":material/play_arrow:", disabled=not known,
        on_click=_train_on, args=(replace(spec, updates=target), text),
    ):  # fmt: skip
        st.rerun()  # the settings above are others now
    if not known:
        st.caption("To continue, enter the text again above; it is not stored with the run.")


def _train_on(spec: CharacterSpec, text: str) -> None:
    try:
        jobs.submit(spec, visitor(), text)
    except (ValueError, queue.Full) as error:
        state.tell(str(error))
        return
    _choose(spec)


def _ask(lesson: Lesson, model: "CharacterModel") -> None:
    """A visitor's prompt, and what the network writes after it."""
    st.header("Generate text", anchor=False)
    with frame.row():
        prompt = _prompt()
        temperature = controls.amount("Temperature", 0.0, 2.0, 0.05, key="characters.temperature", default=0.5)
        seed = int(controls.number("Seed", 0, 999_999, key="characters.seed", default=1))
    if unknown := model.alphabet.unknown(prompt):
        read_as = model.alphabet.replacement
        st.warning(
            frame.plain(
                f"These characters are not in the training text and are replaced by {read_as!r}: {unknown[:40]!r}"
            )
        )
    st.code(character_lesson.written(lesson, prompt, temperature, seed), language=None, wrap_lines=True)


def _prompt() -> str:
    key, widget = "characters.lesson_prompt", "box_characters.lesson_prompt"
    prompt = entries.get(key, "")[:200]
    st.session_state[widget] = prompt
    st.text_input("Prompt", key=widget, on_change=lambda: entries.keep(key, st.session_state[widget], "", most=200))
    return prompt


def _on_the_way(lesson: Lesson) -> None:
    """What the network wrote at fixed moments, with the same random numbers."""
    st.header("Generated texts during the training", anchor=False)
    st.html("<style>.st-key-on_the_way [data-testid=stColumn] { min-width: min(100%, 18rem); }</style>")
    with st.container(key="on_the_way"):
        for some in _rows(lesson.samples[:-1], 3):
            for place, (step, sample) in zip(st.columns(3), some, strict=False):
                with place:
                    _sample(f"After {_updates(step)}", sample, 9)
    st.caption("All generated texts here use temperature 0.7, the same random numbers, and a line break as the prompt.")


def _rows(samples: Sequence[tuple[int, str]], width: int) -> list[Sequence[tuple[int, str]]]:
    return [samples[k : k + width] for k in range(0, len(samples), width)]
