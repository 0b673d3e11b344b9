"""Whose turn it is."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence


def address_of(visitor: str) -> str:
    """Where a visitor, ``address/session`` or one name for both, comes from."""
    return visitor.partition("/")[0]


def in_turn(waiting: Sequence[tuple[str, Collection[str]]], running: Iterable[Collection[str]]) -> list[str]:
    """The runs that wait in the order in which they are to begin.

    The first run of every address comes before the second of any, so that nobody gains by opening many sessions. Among
    the sessions at one address the first of each comes before the second of any, as a whole class may share one. Among
    those whose turn is equally soon, the order is that of asking. A run that several want takes the best of their
    turns.

    Args:
        waiting: Runs in the order in which they were asked for, and the visitors who want each, as for ``address_of``.
        running: Who wants what goes on; that counts as what they had first.
    """
    had, had_there = Counter[str](), Counter[str]()
    for owners in running:
        had.update(owners)
        had_there.update(set(map(address_of, owners)))
    there: dict[str, dict[int, int]] = defaultdict(dict)  # by address: each run's turn among the sessions
    for k, (_, owners) in enumerate(waiting):
        for owner in owners:
            turns = there[address_of(owner)]
            turns[k] = min(turns.get(k, had[owner]), had[owner])
        had.update(owners)
    turn: dict[int, int] = {}
    for address, turns in there.items():
        for n, k in enumerate(sorted(turns, key=lambda k: (turns[k], k)), had_there[address]):
            turn[k] = min(turn.get(k, n), n)
    return [waiting[k][0] for k in sorted(range(len(waiting)), key=lambda k: (turn.get(k, 0), k))]
