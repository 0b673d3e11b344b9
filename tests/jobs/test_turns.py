"""Everybody's first run is before anybody's second."""

from rnnviz.jobs.turns import in_turn


def test_of_one_visitor_in_the_order_of_asking() -> None:
    assert in_turn([("a", {"ann"}), ("b", {"ann"}), ("c", {"ann"})], []) == ["a", "b", "c"]


def test_a_long_list_does_not_keep_others_waiting() -> None:
    waiting = [(f"a{k}", {"ann"}) for k in range(3)] + [("b0", {"ben"}), ("b1", {"ben"})]
    assert in_turn(waiting, []) == ["a0", "b0", "a1", "b1", "a2"]


def test_what_goes_on_counts() -> None:
    waiting = [("a1", {"ann"}), ("b0", {"ben"})]
    assert in_turn(waiting, [{"ann"}]) == ["b0", "a1"]
    assert in_turn(waiting, [{"ann"}, {"ben"}]) == ["a1", "b0"]


def test_a_run_that_several_want_takes_the_best_of_their_turns() -> None:
    waiting = [("a0", {"ann"}), ("a1", {"ann", "ben"}), ("c0", {"cem"})]
    assert in_turn(waiting, []) == ["a0", "a1", "c0"]


def test_a_visitor_with_many_runs_is_served_in_turn_with_the_others() -> None:
    waiting = [(f"a{k}", {"ann"}) for k in range(20)] + [(f"b{k}", {"ben"}) for k in range(3)]
    served, running = [], {"ann"}
    for _ in range(6):
        run = in_turn(waiting, [running])[0]
        served.append(run)
        running = dict(waiting)[run]
        waiting = [row for row in waiting if row[0] != run]
    assert served == ["b0", "a0", "b1", "a1", "b2", "a2"]
