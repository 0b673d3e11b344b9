"""One number that is typed into a widget: a comma separates numbers there as everywhere."""

import json
from pathlib import Path

import pytest

from tests import node


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1.5", {"value": 1.5}),
        (" −2e-3 ", {"value": -0.002}),
        (
            "1,5",
            {"problem": "W[0, 1]: “1,5” has a comma, which separates numbers here. Write 1.5 if it is one number."},
        ),
        ("1,2,3", {"problem": "W[0, 1] must be a number between −1,000,000 and 1,000,000; got “1,2,3”."}),
        ("2e6", {"problem": "W[0, 1] must be a number between −1,000,000 and 1,000,000; got “2e6”."}),
        ("", {"problem": "W[0, 1] must be a number between −1,000,000 and 1,000,000; got “”."}),
    ],
)
def test_a_number_or_what_is_wrong_with_it(tmp_path: Path, typed: str, told: dict[str, object]) -> None:
    read = f'const told = numberIn({json.dumps(typed)}, "W[0, 1]", -1e6, 1e6);'
    script = f'import {{ numberIn }} from "./shared/numbers.js";\n{read}'
    assert node.told(tmp_path, ["shared/numbers.js"], script) == told
