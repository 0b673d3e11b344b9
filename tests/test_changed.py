"""What a change can touch."""

from tests.changed import touched
from tests.together import together


@together(
    "file, reached, missed",
    [
        ("rnnviz/cliff.py", ["tests/test_cliff.py", "tests/browser/test_clipping.py"], "tests/test_automata.py"),
        ("rnnviz/trace.py", ["tests/test_trace.py", "tests/test_capture.py"], "tests/test_cliff.py"),
        (
            "rnnviz/ui/pages/gates/view.py",
            ["tests/browser/test_gates.py", "tests/test_pages.py"],
            "tests/test_trace.py",
        ),
        ("assets/components/cliff/cliff.js", ["tests/browser/test_clipping.py"], "tests/test_trace.py"),
        ("tests/browser/waiting.py", ["tests/browser/test_gates.py"], "tests/test_cliff.py"),
        ("tests/browser/conftest.py", ["tests/browser/test_gates.py"], "tests/test_cliff.py"),
        ("pyproject.toml", ["tests/test_cliff.py", "tests/browser/test_gates.py"], "tests/views.py"),
    ],
)
def test_what_uses_a_file_is_touched_and_what_does_not_is_not(file: str, reached: list[str], missed: str) -> None:
    found = touched([file])
    assert set(reached) <= set(found)
    assert missed not in found


def test_nothing_is_touched_by_nothing() -> None:
    assert touched([]) == []
