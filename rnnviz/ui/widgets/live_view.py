"""The data of a running training's pictures: plain, so that a new picture costs next to nothing.

Streamlit makes a plotly chart anew whenever its numbers change, and it flickers. A widget draws these pictures, in the
places, sizes and looks of the figures that come after them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rnnviz.analysis import Course, Sweep, first_bad_update
from rnnviz.notation import Notation, translated
from rnnviz.palette import GROUNDS, SIGNAL_COLORS
from rnnviz.tasks import task
from rnnviz.ui.shell import training_captions
from rnnviz.widgets.packing import exact, message

if TYPE_CHECKING:
    from rnnviz.figures.picture import Axis, Line, Picture
    from rnnviz.figures.training import Measure

PALETTE: Final = {theme: {"signal": SIGNAL_COLORS[theme], "ground": GROUNDS[theme]} for theme in GROUNDS}


def training_message(
    run: str, courses: Sequence[Course], *, beside: bool, logarithmic: bool, caption: Sequence[str],
    notation: Notation = "torch",
) -> bytes:  # fmt: skip
    """The curves of two arms so far, as ``packing.message`` gives them.

    Args:
        run: Its id; with another id, a zoom ends.
        beside: Whether each arm has its own pictures.
        logarithmic: Whether the axis of updates is.
        caption: What each caption says first.
        notation: Whose letters the weights have.
    """
    bad = first_bad_update(courses[0])
    mark = {"update": bad.update, "text": training_captions.mark_text(bad)} if bad else None
    panels = []
    for key, drawn in training_pictures(courses, beside=beside, logarithmic=logarithmic).items():
        kind = "points" if key == "answers" else "curves" if drawn.joined else "marks"
        panels.append(_panel(key, kind, drawn, caption, mark=mark if key.endswith(".0") else None))
    return _message(run, translated(panels, notation))


def training_pictures(courses: Sequence[Course], *, beside: bool, logarithmic: bool) -> "dict[str, Picture]":
    """The pictures of two arms so far, by the name of each one's place; arguments as for ``training_message``."""
    from rnnviz.figures.training import answers_picture, course_picture

    known = task(courses[0].spec.task)
    groups = [[course] for course in courses] if beside else [list(courses)]
    pictures = {}
    for name in measures(courses[0]):
        for k, shown in enumerate(groups):
            others = [course for course in courses if course not in shown]
            pictures[f"{name}.{k}"] = course_picture(
                shown, name, beside=others, baseline=known.baseline, logarithmic=logarithmic
            )
    wanted = known.held_out().y[:, 0]
    seen = wanted[: courses[0].answers.shape[1]] if courses[0].answers.size else wanted[:0]
    pictures["answers"] = answers_picture(courses, seen)
    return pictures


def sweep_message(run: str, sweeps: Sequence[Sweep], caption: Sequence[str], notation: Notation = "torch") -> bytes:
    """The losses at many thresholds so far; as ``training_message``."""
    panels = translated([_panel("losses", "curves", sweep_picture(sweeps), caption)], notation)
    return _message(run, panels, across=sweeps[0].by_value)


def sweep_picture(sweeps: Sequence[Sweep]) -> "Picture":
    """The losses at many thresholds so far."""
    from rnnviz.figures.thresholds import threshold_picture

    return threshold_picture(sweeps, baseline=task(sweeps[0].specs[0].task).baseline)


def review_message(run: str, pictures: "Sequence[Picture]", caption: Sequence[str]) -> bytes:
    """The curves of a network that learns to classify reviews, or from a text; as ``training_message``."""
    panels = [_panel(drawn.y.title, "curves", drawn, caption) for drawn in pictures]
    return _message(run, panels, across=len(panels) == 1)


def film_message(film: str, drawn: "Picture", caption: Sequence[str], *, below: int = 0) -> bytes:
    """One picture of a film, which replaces the one before; as ``training_message``.

    Args:
        below: Pixels by which it is lower, where its controls are on the slide as well.
    """
    from rnnviz.figures import style

    drawn = replace(drawn, said=tuple(map(style.spoken, drawn.said)))
    return _message(film, [_panel("film", "curves", drawn, caption)], across=True, below=below)


def measures(course: Course) -> "tuple[Measure, ...]":
    """The quantities of a training, one for each picture."""
    return ("loss", "grad_norm", "update_norm", "singular_value", training_captions.unit_kind(course.spec))


def _message(run: str, panels: list[dict[str, Any]], *, across: bool = False, below: int = 0) -> bytes:
    from rnnviz.figures import style
    from rnnviz.figures.training import HEIGHT

    edges = style.template().layout.margin
    size = {"height": HEIGHT - below, "left": edges.l, "right": edges.r}
    return message({"id": run, "size": size, "across": across, "panels": panels, "palette": PALETTE})


def _panel(
    key: str, kind: str, drawn: "Picture", caption: Sequence[str], *, mark: Mapping[str, object] | None = None
) -> dict[str, Any]:
    from rnnviz.figures import style
    from rnnviz.figures.training import MARK_ROOM

    lines, above = style.headed([*caption, *drawn.said], MARK_ROOM if mark else 0)
    ends = [
        f"{line.name}: {training_captions.number(float(line.y[-1]))} at the last."
        for line in drawn.lines
        if line.y.size
    ]
    return {
        "key": key,
        "kind": kind,
        "title": drawn.title,
        "caption": lines,
        "above": above,
        "alt": style.spoken(" ".join([f"{drawn.title}.", *caption, *drawn.said, *(ends if kind != "points" else [])])),
        "x": _axis(drawn.x),
        "y": _axis(drawn.y),
        "lines": [_line(line) for line in drawn.lines],
        "levels": [{"at": level.at, "signal": level.signal} for level in drawn.levels],
        "mark": mark,
    }


def _axis(axis: "Axis") -> dict[str, object]:
    return {
        "title": axis.title,
        "low": axis.low,
        "high": axis.high,
        "log": axis.log,
        "written": axis.written,
        "most": axis.most,
    }


def _line(line: "Line") -> dict[str, Any]:
    arrays = {"x": line.x, "y": line.y, "bandX": line.band_x, "band": line.band}
    return {"arm": line.arm, "name": line.name, **{name: exact(array) for name, array in arrays.items()}}
