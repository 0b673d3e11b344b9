"""The answers that options stand for, and which of a page's questions is meant."""

from rnnviz.ui.shell.question import Answer, Question, Questions


def asked_of(asked: Questions, *parts: str) -> list[Question]:
    """The questions whose text has all of these parts; there is one at least."""
    assert not isinstance(asked, str), asked
    found = [question for question in asked if all(part in question.text for part in parts)]
    assert found, [question.text for question in asked]
    return found


def right(question: Question) -> tuple[str, ...]:
    """The options that are right."""
    return tuple(question.options[k] for k in answered(question).right)


def answered(question: Question) -> Answer:
    """An answer that can be shown: its options exist, and something is said."""
    answer = question.answer()
    assert set(answer.right) <= set(range(len(question.options)))
    assert answer.said
    return answer


def stretch(value: float, edges: tuple[float, ...], question: Question) -> str:
    """The option that holds a number that is on no edge."""
    return question.options[sum(value > edge for edge in edges)]
