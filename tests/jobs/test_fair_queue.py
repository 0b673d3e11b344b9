"""Everybody's first run is before anybody's second."""

from rnnviz.jobs.fair_queue import in_turn


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


def test_many_sessions_at_one_address_are_one_in_turn_with_another() -> None:
    waiting = [(f"{run}{k}", {f"ann/{k}"}) for run in "ab" for k in range(8)] + [("c", {"ben/0"}), ("d", {"ben/0"})]
    assert in_turn(waiting, [])[:4] == ["a0", "c", "a1", "d"]
    assert in_turn(waiting, [{"ann/3"}])[:3] == ["c", "a0", "d"]


def test_sessions_at_one_address_take_turns_among_themselves() -> None:
    waiting = [(f"a{k}", {"class/ann"}) for k in range(3)] + [(f"b{k}", {"class/ben"}) for k in range(2)]
    assert in_turn(waiting, []) == ["a0", "b0", "a1", "b1", "a2"]
    assert in_turn(waiting, [{"class/ann"}]) == ["b0", "a0", "b1", "a1", "a2"]


def test_who_joins_a_run_late_in_the_queue_moves_it_to_their_turn() -> None:
    waiting = [(f"{k}", {f"ann/{k % 8}"}) for k in range(100)]
    assert in_turn(waiting, []).index("72") == 72
    waiting[72] = ("72", {"ann/0", "ben/0"})
    assert in_turn(waiting, []).index("72") == 1
    assert sorted(in_turn(waiting, [])) == sorted(run for run, _ in waiting)


def test_what_nobody_asked_for_has_a_turn() -> None:
    assert in_turn([("a", {"ann"}), ("b", set())], []) == ["a", "b"]
