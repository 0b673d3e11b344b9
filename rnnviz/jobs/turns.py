"""Whose turn it is."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence


def in_turn(waiting: Sequence[tuple[str, Collection[str]]], running: Iterable[Collection[str]]) -> list[str]:
    """The runs that wait in the order in which they are to begin: everybody's first before anybody's second.

    Parameters
    ----------
    waiting : sequence of (str, collection of str)
        Runs in the order in which they were asked for, and who wants each.
    running : iterable of collection of str
        Who wants what goes on; that counts as what they had first.

    Returns
    -------
    list of str
        Among those whose turn is equally soon, the order is that of asking. A run that several want takes the best of
        their turns.
    """
    had = Counter(owner for owners in running for owner in owners)
    turns = {}
    for run, owners in waiting:
        turns[run] = min((had[owner] for owner in owners), default=0)
        had.update(owners)
    return sorted(turns, key=turns.__getitem__)
