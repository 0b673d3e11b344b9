"""The page of docs that says what is opened, asked and refused: ``python -m tests.own_corpus.page`` writes it again."""

from collections.abc import Iterator, Sequence
from typing import Final

from tests.own_corpus.all_cases import CASES
from tests.own_corpus.cases import Case
from tests.serving import ROOT

PAGE: Final = ROOT / "docs" / "brought.md"
COMMAND: Final = "python -m tests.own_corpus.page"

_HEADINGS: Final = {"right": "opened", "asked": "asked", "refused": "refused"}

_BEGIN: Final = """# What opens, what is asked, what is refused

[A network of your own](own.md) says how files are opened. This page lists {count} files that the tests of rnnviz write
and open, and what happens to each.

- **opened**: the file opens without a choice. h of every layer, direction and step is compared with the framework that
  the file is of, and so are the outputs, if the output layer reads the states. Otherwise no output layer is proposed.
- **asked**: the file leaves something open, which you choose: on the page, on the command line or in `own.open_file`.
  With the choice in the list, the numbers are those of the framework.
- **refused**: the file is not opened, with a message that contains the words in the list.

"""


def written(cases: Sequence[Case] = CASES) -> str:
    """The page."""
    return "".join(_lines(cases))


def _lines(cases: Sequence[Case]) -> Iterator[str]:
    yield _BEGIN.format(count=len(cases))
    kinds = list(dict.fromkeys(case.kind for case in cases))
    yield f"| kind | {' | '.join(_HEADINGS.values())} |\n| --- |{' ---: |' * len(_HEADINGS)}\n"
    for kind in kinds:
        yield f"| {kind} | {_counts([case for case in cases if case.kind == kind])} |\n"
    yield f"| all | {_counts(cases)} |\n"
    for kind in kinds:
        yield f"\n## {kind}\n\n| file | what happens |\n| --- | --- |\n"
        for case in cases:
            if case.kind == kind:
                yield f"| {case.about} | {_told(case)} |\n"


def _counts(cases: Sequence[Case]) -> str:
    return " | ".join(str(sum(case.happens == happens for case in cases)) for happens in _HEADINGS)


def _told(case: Case) -> str:
    """What happens, with the choice or the words of the message."""
    what = _HEADINGS[case.happens]
    if case.happens == "refused":
        return f"{what}: “{case.told}”"
    chosen = ", ".join(f"`{name}={value!r}`" for name, value in case.chosen.items())
    return f"{what}: {chosen}" if chosen else what


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
