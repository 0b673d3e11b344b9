"""Whether a training goes on, in words, and when its record was written."""

import time
from typing import Final

from rnnviz import records
from rnnviz.ui.pages.your_training.choosing import Chosen

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0


def told(of: Chosen) -> tuple[str, str]:
    """A name of an icon, and the sentences, in plain text."""
    record, made = of.record, f"{of.record.updates:,} update{'' if of.record.updates == 1 else 's'}"
    if not of.follows:
        about = records.ABOUT[of.name] if of.is_shipped else "From your file, for this visit."
        if record.stage == "going on":
            return "upload_file", f"{about} The file was written while the training went on, after {made}."
        ended = _ended(record.stage, made)
        return "check_circle", f"{about} {ended[0].upper()}{ended[1:]}."
    seconds = records.age(of.name)
    ago = f"last written {_duration(seconds)} ago"
    if record.stage != "going on":
        ended = _ended(record.stage, made)
        return "check_circle", f"{ended[0].upper()}{ended[1:]}, {ago} ({_clock(seconds)})."
    if records.stands_still(record, seconds):
        return "pause_circle", (
            f"The training stands still at {made}, {ago} ({_clock(seconds)}). It was stopped from outside, or one "
            "update takes that long."
        )
    return "sync", f"The training goes on: {made} so far, {ago}. This page follows it."


def _ended(stage: str, made: str) -> str:
    if stage == "broken off":
        return f"the training was broken off by an error or an interruption after {made}"
    return f"the training ended after {made}"


def _duration(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.0f} h" if seconds < 48 * _HOUR else f"{seconds / 24 / _HOUR:.0f} days"


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(time.time() - seconds))
