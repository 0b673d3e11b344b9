"""What happens to every case, also to those that are left out: ``python -m tests.own_corpus.table``.

With ``--write`` the list of those that are left out, ``left_out.py``, and the page of docs are written again.
"""

import argparse
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import torch

from tests.own_corpus import all_cases, keras_cases, page
from tests.own_corpus.cases import Case, Happened, happened

COLUMNS: Final = ("right", "asked", "refused well", "wrong", "refused badly", "asked badly")
LIST: Final = Path(__file__).with_name("left_out.py")
_BADLY: Final = {"refused": "refused badly", "asked": "asked badly", "open": "asked badly"}


def main() -> None:
    """Print the table, and each case in which something else happens than what is right."""
    parser = argparse.ArgumentParser(prog="python -m tests.own_corpus.table", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write left_out.py and the page again")
    write = parser.parse_args().write
    torch.set_num_threads(1)
    keras_cases.make([keras_cases.model_of(case.name) for case in all_cases.ALL if keras_cases.is_written(case)])
    found = {case: opened(case) for case in all_cases.ALL}
    counted = Counter((case.kind, column(case, one)) for case, one in found.items())
    print(f"| kind | {' | '.join(COLUMNS)} |\n| --- |{' ---: |' * len(COLUMNS)}")
    for kind in dict.fromkeys(case.kind for case in found):
        print(f"| {kind} | {' | '.join(str(counted[kind, name]) for name in COLUMNS)} |")
    print(f"| all | {' | '.join(str(sum(n for (_, one), n in counted.items() if one == name)) for name in COLUMNS)} |")
    amiss = {case: one for case, one in found.items() if not is_expected(case, one)}
    for case, one in amiss.items():
        print(f"{case.name}: {one.what}, not {case.happens}: {one.message[:200]}")
    if write:
        LIST.write_text(listed([case.name for case in amiss]), encoding="utf-8")
        page.PAGE.write_text(page.written([case for case in all_cases.ALL if case not in amiss]), encoding="utf-8")


def opened(case: Case) -> Happened:
    """What happens to a case."""
    with TemporaryDirectory() as folder:
        return happened(case, Path(folder))


def is_expected(case: Case, found: Happened) -> bool:
    """Whether what happens is what is right, with the words that belong to it."""
    return found.what == case.happens and case.told in found.message


def column(case: Case, found: Happened) -> str:
    """Where a case stands in the table."""
    if not is_expected(case, found):
        return _BADLY.get(found.what, "wrong")
    return "refused well" if found.what == "refused" else found.what


def listed(names: list[str]) -> str:
    """The module with the names of cases that are left out."""
    about = "Cases in which the application does not do what is right yet: they are not tested, and not on the page."
    values = "".join(f'        "{name}",\n' for name in names)
    value = f"frozenset(\n    {{\n{values}    }}\n)" if names else "frozenset()"
    return f'"""{about}"""\n\nfrom typing import Final\n\nLEFT_OUT: Final[frozenset[str]] = {value}\n'


if __name__ == "__main__":
    main()
