"""What somebody does inside a network while it runs, as settings: short texts that a link has, and back.

Such an act becomes an ``Intervention`` once the network and its input are known.
"""

import math
import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from rnnviz.names import DIRECTIONS, SIGNALS, Direction

ActKind = Literal["ablate", "clamp", "patch", "steer"]
KINDS: Final[tuple[ActKind, ...]] = get_args(ActKind)

ABLATIONS: Final = ("zero", "mean", "resample")
ALIGNMENTS: Final = ("start", "end", "unchanged")
"""From which end the steps of the other text are counted; or none of it: what the text itself gives, left alone."""

MOST_ACTS: Final = 8
MOST_UNITS: Final = 64
LARGEST: Final = 1_000.0
"""The largest value and strength."""

_SIGNALS: Final = tuple(dict.fromkeys(signal for signals in SIGNALS.values() for signal in signals))
_NUMBER: Final = r"-?[0-9]{1,4}(?:\.[0-9]{1,10})?"
_ALONG: Final = r"pc[0-9]|means[0-9]{1,5}-[0-9]{1,5}/[0-9]{1,5}-[0-9]{1,5}|probe\.[a-z]{2,10}\.[a-z0-9]{1,16}"
_ACT: Final = re.compile(
    r"(?P<kind>[a-z]{5,6}):(?P<signal>[a-z])@(?P<layer>[0-9])(?P<reverse>r?)"
    r"(?::u(?P<units>[0-9]{1,4}(?:\.[0-9]{1,4}){0,63}))?"
    r"(?::t(?P<first>[0-9]{1,6})(?:-(?P<last>[0-9]{1,6}))?)?"
    rf"=(?P<value>{'|'.join((*ABLATIONS, *ALIGNMENTS))}|{_NUMBER}(?:\*(?P<along>{_ALONG}))?)"
)


@dataclass(frozen=True)
class Act:
    """One change of one signal of a layer and direction.

    Attributes:
        kind: What is done. ``ablate`` takes away what the units say, ``clamp`` holds them at a value, ``patch`` gives
            them what they have on another text or without interventions, ``steer`` adds to a state.
        value: Of ``clamp`` the value, of ``steer`` the strength.
        how: Of ``ablate`` one of ``ABLATIONS``, of ``patch`` one of ``ALIGNMENTS``; else empty.
        units: Their indices; empty for all.
        steps: The first and the last; empty for all.
        along: Of ``steer``: a principal component ``pc0``, a difference of means ``means0-4/10-14``, or the direction
            of a probe towards a label, ``probe.depth.3``. Empty: the units themselves, each by the strength.

    >>> from rnnviz.spec.acts import Act
    >>> Act("clamp", "f", 0.0, units=(3, 5), steps=(10, 19)).written
    'clamp:f@0:u3.5:t10-19=0'
    """

    kind: ActKind
    signal: str
    value: float = 0.0
    how: str = ""
    layer: int = 0
    direction: Direction = "forward"
    units: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()
    along: str = ""

    def __post_init__(self) -> None:
        if wrong := _wrong(self):
            raise ValueError(wrong)

    @property
    def written(self) -> str:
        """As a link has it; ``read`` reads it."""
        units = f":u{'.'.join(map(str, self.units))}" if self.units else ""
        first, last = (self.steps[0], self.steps[-1]) if self.steps else (0, -1)
        steps = (f":t{first}" if first == last else f":t{first}-{last}") if self.steps else ""
        place = f"{self.signal}@{self.layer}{'r' * (self.direction == 'reverse')}"
        along = f"*{self.along}" if self.along else ""
        return f"{self.kind}:{place}{units}{steps}={self.how or f'{_plain(self.value)}{along}'}"


def read(text: str) -> Act:
    """The act that a text of a link means.

    Raises:
        ValueError: What was expected and what was got.

    >>> from rnnviz.spec.acts import read
    >>> read("ablate:c@1r:u9=mean").direction
    'reverse'
    """
    found = _ACT.fullmatch(text)
    if found is None:
        raise ValueError(f"an intervention must look like clamp:f@0:u3.5:t10-19=0; got {text[:60]!r}")
    value, along = found["value"], found["along"] or ""
    is_word = value in (*ABLATIONS, *ALIGNMENTS)
    steps = () if found["first"] is None else (int(found["first"]), int(found["last"] or found["first"]))
    kind = next((kind for kind in KINDS if kind == found["kind"]), None)
    if kind is None:
        raise ValueError(f"an intervention must begin with {', '.join(KINDS)}; got {found['kind']!r}")
    return Act(
        kind,
        found["signal"],
        value=0.0 if is_word else float(value.partition("*")[0]),
        how=value if is_word else "",
        layer=int(found["layer"]),
        direction=DIRECTIONS[bool(found["reverse"])],
        units=tuple(map(int, found["units"].split("."))) if found["units"] else (),
        steps=steps,
        along=along,
    )


def read_all(text: str) -> tuple[Act, ...]:
    """The acts of a text with semicolons between them; none of an empty one.

    Raises:
        ValueError: If one cannot be read, or there are more than ``MOST_ACTS``.

    >>> from rnnviz.spec.acts import read_all
    >>> len(read_all("ablate:h@0=zero;steer:h@0:t3=2*pc0"))
    2
    """
    pieces = text.split(";", MOST_ACTS) if text else []
    if len(pieces) > MOST_ACTS:
        raise ValueError(f"there must be at most {MOST_ACTS} interventions; got {text.count(';') + 1:,}")
    return tuple(map(read, pieces))


def _plain(value: float) -> str:
    return f"{round(value, 10) + 0.0:.10f}".rstrip("0").rstrip(".")


def _wrong(act: Act) -> str:
    """Why there is no such act; empty if there is one."""
    if act.kind not in KINDS:
        return f"kind must be one of {', '.join(KINDS)}; got {act.kind!r}"
    if act.signal not in _SIGNALS:
        return f"signal must be one of {', '.join(_SIGNALS)}; got {act.signal!r}"
    known = {"ablate": ABLATIONS, "patch": ALIGNMENTS}.get(act.kind, ("",))
    if act.how not in known:
        return f"{act.kind} must be to {' or '.join(known) if known[0] else 'a number'}; got {act.how or act.value!r}"
    if not math.isfinite(act.value) or abs(act.value) > LARGEST:
        return f"the value of {act.kind} must be a number in -{LARGEST:g}..{LARGEST:g}; got {act.value:g}"
    if act.along and act.kind != "steer":
        return f"only steer has a direction; got {act.along!r} for {act.kind}"
    if act.kind == "steer" and act.signal not in ("h", "c"):
        return f"steer must be of a state, h or c; got {act.signal!r}"
    if len(act.units) > MOST_UNITS or len(set(act.units)) < len(act.units):
        return f"units must be at most {MOST_UNITS} different ones; got {len(act.units)}"
    if act.along and act.units:
        return f"a direction is of all units; got {len(act.units)} units with {act.along!r}"
    if act.steps and (len(act.steps) != 2 or act.steps[0] > act.steps[1]):
        return f"steps must be a first and a last, in this order; got {act.steps}"
    return ""
