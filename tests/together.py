"""Many things of one kind, looked at by one test: a case each would cost more than the look."""

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import pytest

Check = Callable[..., None]


def together(names: str, values: Iterable[Any]) -> Callable[[Check], Check]:
    """As ``pytest.mark.parametrize``, but in one test, which fails with all that it finds and with what it finds it at.

    Raises:
        ExceptionGroup: From the test, with each error that one of the values gave.
    """
    arguments, cases = [name.strip() for name in names.split(",")], list(values)
    assert cases, f"there is no {names} to look at"
    assert not any(isinstance(case, type(pytest.param())) for case in cases), "marks of one case are lost here"

    def decorate(check: Check) -> Check:
        @wraps(check)
        def test(**fixtures: Any) -> None:
            errors = [_error(check, fixtures, _named(arguments, case)) for case in cases]
            if found := list(filter(None, errors)):
                raise ExceptionGroup(f"{len(found)} of {len(cases)}", found)

        signature = inspect.signature(check)
        kept = [one for name, one in signature.parameters.items() if name not in arguments]
        test.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return test

    return decorate


def _named(arguments: list[str], value: Any) -> dict[str, Any]:
    return dict(zip(arguments, value, strict=True)) if len(arguments) > 1 else {arguments[0]: value}


def _error(check: Check, fixtures: dict[str, Any], looked_at: dict[str, Any]) -> Exception | None:
    try:
        check(**fixtures, **looked_at)
    except Exception as error:  # noqa: BLE001 - whatever a case of its own would fail with
        error.add_note(f"with {looked_at}")
        return error
    return None
