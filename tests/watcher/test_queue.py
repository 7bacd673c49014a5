"""Whose turn it is, in which order, in which company, and when."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async._watcher._queue import LookQueue
from tencent_ci_async._watcher._schedule import Experience
from tencent_ci_async._watcher._watched import Place, Watched

SLACK = 1.0


def job(name, *, alone=False):
    watched = Watched(name, 0.0, Experience())
    watched.alone = alone
    return watched


def names(batch):
    return [watched.job_id for watched in batch]


def filled(size, **jobs):
    """A queue, and jobs that rest until the moment given for each."""
    queue = LookQueue(size)
    made = {}
    for name, due in jobs.items():
        made[name] = job(name)
        queue.rest(made[name], due)
    return queue, made


def test_an_empty_queue_gives_nothing_and_is_never_ready():
    queue = LookQueue(10)
    assert queue.take(100.0, SLACK) == []
    assert queue.ready_at(SLACK) == math.inf
    assert len(queue) == 0


def test_what_rests_is_not_taken_before_it_is_due():
    queue, _ = filled(10, a=50.0)
    assert queue.take(49.9, SLACK) == []
    assert queue.ready_at(SLACK) == 50.0


def test_what_is_due_waits_for_company_as_long_as_the_slack():
    queue, _ = filled(10, a=50.0)
    assert queue.take(50.0, SLACK) == []
    assert queue.ready_at(SLACK) == 51.0
    assert names(queue.take(51.0, SLACK)) == ["a"]


def test_whose_turn_comes_at_one_moment_keep_their_order():
    queue, _ = filled(10, b=50.0, a=50.0, c=50.0)
    assert names(queue.take(51.0, SLACK)) == ["b", "a", "c"]


def test_a_full_request_goes_at_once():
    queue, _ = filled(2, a=50.0, b=50.1, c=90.0)
    assert queue.take(50.0, SLACK) == []
    assert names(queue.take(50.1, SLACK)) == ["a", "b"]


def test_a_full_request_is_ready_now():
    queue = LookQueue(2)
    for name in "ab":
        queue.put(job(name), Place.FIRST, 50.0)
    assert queue.ready_at(SLACK) == -math.inf


def test_room_is_filled_with_those_whose_turn_is_next():
    queue, jobs = filled(3, far=99.0, late=70.0, due=50.0, next=60.0)
    assert names(queue.take(51.0, SLACK)) == ["due", "next", "late"]
    assert jobs["late"].place is Place.ASKED
    assert jobs["far"].place is Place.RESTING
    assert len(queue) == 1


def test_what_must_be_looked_at_now_comes_first():
    queue, jobs = filled(10, due=50.0, resting=90.0)
    queue.take(50.0, SLACK)
    queue.put(job("first"), Place.FIRST, 50.5)
    queue.put(jobs["resting"], Place.PROMPT, 50.6)
    assert queue.is_pressing
    assert names(queue.take(50.7, SLACK)) == ["resting", "first", "due"]
    assert not queue.is_pressing


@pytest.mark.parametrize("place", [Place.PROMPT, Place.FIRST])
def test_what_must_be_looked_at_now_waits_a_moment_for_others(place):
    """A hundredth of a second: those who come together go together."""
    queue = LookQueue(10)
    queue.put(job("a"), place, 50.0)
    assert queue.take(50.005, SLACK) == []
    assert queue.ready_at(SLACK) == 50.01
    assert names(queue.take(50.01, SLACK)) == ["a"]


def test_within_a_lane_the_first_to_come_goes_first():
    queue = LookQueue(2)
    for number in range(5):
        queue.put(job(f"j{number}"), Place.FIRST, 50.0 + number)
    assert names(queue.take(60.0, SLACK)) == ["j0", "j1"]
    assert names(queue.take(60.0, SLACK)) == ["j2", "j3"]
    assert names(queue.take(60.0, SLACK)) == ["j4"]


def test_a_job_is_put_ahead_but_never_back():
    queue, jobs = filled(10, a=90.0)
    queue.put(jobs["a"], Place.PROMPT, 10.0)
    queue.put(jobs["a"], Place.FIRST, 20.0)
    assert jobs["a"].place is Place.PROMPT
    assert queue.ready_at(SLACK) == 10.01


def test_resting_again_replaces_the_earlier_rest():
    queue, jobs = filled(10, a=50.0)
    queue.rest(jobs["a"], 80.0)
    assert queue.take(60.0, SLACK) == []
    assert names(queue.take(81.0, SLACK)) == ["a"]
    assert len(queue) == 0


@pytest.mark.parametrize("place", [Place.PROMPT, Place.FIRST, Place.DUE, Place.RESTING])
def test_what_is_removed_does_not_come_back(place):
    queue, jobs = filled(10, a=50.0)
    if place is Place.DUE:
        queue.take(50.0, SLACK)
    elif place is not Place.RESTING:
        queue.put(jobs["a"], place, 10.0)
    assert jobs["a"].place is place
    queue.remove(jobs["a"])
    assert jobs["a"].place is Place.NOWHERE
    assert len(queue) == 0
    assert queue.take(1_000.0, SLACK) == []


def test_a_job_that_goes_alone_has_no_company():
    queue, jobs = filled(10, a=50.0, b=50.5, c=60.0)
    jobs["a"].alone = True
    assert names(queue.take(51.0, SLACK)) == ["a"]
    assert names(queue.take(52.0, SLACK)) == ["b", "c"]


def test_a_job_that_goes_alone_fills_nobody_else_up():
    queue, jobs = filled(10, a=50.0, b=60.0, c=70.0)
    jobs["b"].alone = True
    assert "b" not in names(queue.take(51.0, SLACK))


def test_a_job_that_goes_alone_is_passed_over_once_at_most():
    """However many come that must be looked at first."""
    queue = LookQueue(10)
    queue.put(job("alone", alone=True), Place.DUE, 0.0)
    taken = []
    for number in range(4):
        queue.put(job(f"j{number}"), Place.PROMPT, 50.0 + number)
        taken.append(names(queue.take(50.5 + number, SLACK)))
    assert taken == [["j0"], ["alone"], ["j1", "j2"], ["j3"]]


def test_a_job_passed_over_that_has_left_is_not_waited_for():
    queue = LookQueue(10)
    alone = job("alone", alone=True)
    queue.put(alone, Place.DUE, 0.0)
    queue.put(job("a"), Place.PROMPT, 50.0)
    assert names(queue.take(51.0, SLACK)) == ["a"]
    queue.remove(alone)
    queue.put(job("b"), Place.FIRST, 52.0)
    assert names(queue.take(53.0, SLACK)) == ["b"]


def test_new_ones_do_not_overtake_those_who_have_waited_beyond_their_time():
    queue = LookQueue(2)
    queue.put(job("due"), Place.DUE, 50.0)
    for number in range(4):
        queue.put(job(f"j{number}"), Place.FIRST, 50.9 + number / 10)
    # Its time was up at 51.0, theirs a hundredth of a second after they had come.
    assert [names(queue.take(52.0, SLACK)) for _ in range(3)] == [["j0", "due"], ["j1", "j2"], ["j3"]]


def test_many_that_go_alone_go_one_by_one():
    queue = LookQueue(3)
    for number in range(4):
        queue.put(job(f"j{number}", alone=True), Place.DUE, 50.0)
    assert [names(queue.take(60.0, SLACK)) for _ in range(5)] == [["j0"], ["j1"], ["j2"], ["j3"], []]


def test_stale_turns_do_not_pile_up():
    """Ten thousand jobs that rest again and again, or leave, cost no more than those that are there."""
    queue, jobs = filled(10, **{f"j{number}": 50.0 for number in range(100)})
    for due in range(1_000):
        for watched in jobs.values():
            queue.rest(watched, 100.0 + due)
    assert len(queue) == 100
    assert len(queue._resting) <= 64 + 3 * 100 + 1
    for watched in jobs.values():
        queue.remove(watched)
    assert len(queue._resting) <= 64


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["rest", "prompt", "first", "remove", "take", "alone"]),
        st.integers(0, 14),
        st.floats(0, 9),
    ),
    max_size=120,
)


@given(steps=STEPS, size=st.integers(1, 4))
def test_whatever_happens_no_job_is_lost_or_doubled(steps, size):
    """Each job is in one place, requests hold what there is room for, and everything goes in the end."""
    queue, now = LookQueue(size), 0.0
    jobs = [job(f"j{number}") for number in range(15)]
    waiting = set()
    for step, number, seconds in steps:
        watched = jobs[number]
        if step == "take":
            now += seconds
            batch = queue.take(now, SLACK)
            _check_batch(batch, waiting, size)
            waiting.difference_update(batch)
            for each in batch:
                assert each.place is Place.ASKED
                each.place = Place.NOWHERE
        elif step == "alone":
            watched.alone = not watched.alone
        elif step == "remove":
            queue.remove(watched)
            waiting.discard(watched)
        elif step == "rest":
            queue.rest(watched, now + seconds)
            waiting.add(watched)
        else:
            queue.put(watched, Place.PROMPT if step == "prompt" else Place.FIRST, now)
            waiting.add(watched)
        assert len(queue) == len(waiting)
    while waiting:
        batch = queue.take(now + 100, SLACK)
        _check_batch(batch, waiting, size)
        assert batch, "somebody is forgotten"
        waiting.difference_update(batch)
    assert queue.take(1_000.0, SLACK) == []
    assert queue.ready_at(SLACK) == math.inf


def _check_batch(batch, waiting, size):
    assert len(batch) <= size
    assert len(set(batch)) == len(batch)
    assert waiting.issuperset(batch)
    assert len(batch) == 1 or not any(watched.alone for watched in batch)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40))
def test_what_is_due_goes_in_the_order_of_its_turns(moments):
    queue = LookQueue(1)
    for number, due in enumerate(moments):
        queue.rest(job(f"j{number}"), due)
    taken = [batch[0].due for _ in moments for batch in [queue.take(1_000.0, SLACK)]]
    assert all(earlier <= later for earlier, later in pairwise(taken))
    assert sorted(taken) == sorted(moments)


def test_the_next_moment_is_never_later_than_a_request_could_go():
    """Whoever sleeps until `ready_at` oversleeps nothing."""
    chance = random.Random(1)
    queue, now = LookQueue(3), 0.0
    for number in range(300):
        queue.rest(job(f"j{number}"), now + chance.uniform(0, 20))
        if number % 7 == 0:
            queue.put(job(f"n{number}"), Place.FIRST, now)
        ready = queue.ready_at(SLACK)
        if ready > now + 0.001:
            assert queue.take(min(ready - 0.001, now + 5), SLACK) == []
        now = max(now, min(ready, now + 5))
        queue.take(now, SLACK)


def test_where_nearly_everybody_rests_sweeping_is_rare():
    """A thousand that leave one by one cost a few sweeps, not a thousand."""
    queue, jobs = filled(10, **{f"j{number}": 50.0 for number in range(1_000)})
    heaps = {}
    for watched in jobs.values():
        queue.remove(watched)
        heaps[id(queue._resting)] = queue._resting
    assert len(heaps) < 12


def test_sweeping_stale_turns_loses_nobody():
    """However many come and leave, whoever still rests has his turn."""
    queue, _ = filled(10, early=50.0, late=60.0)
    for number in range(1_000):
        passing = job(f"passing-{number}")
        queue.rest(passing, 55.0)
        queue.remove(passing)
    assert len(queue) == 2
    assert names(queue.take(51.0, SLACK)) == ["early", "late"]


def test_asking_for_a_turn_twice_does_not_lose_the_place():
    queue, (first, second) = LookQueue(10), (job("first"), job("second"))
    queue.put(first, Place.FIRST, 10.0)
    queue.put(second, Place.FIRST, 11.0)
    queue.put(first, Place.FIRST, 50.0)
    assert queue.ready_at(SLACK) == pytest.approx(10.01)
    assert names(queue.take(60.0, SLACK)) == ["first", "second"]


def test_one_that_goes_alone_and_was_put_to_rest_meanwhile_waits_for_its_turn():
    """It was passed over in favour of others, but has no claim any more."""
    queue, (early, alone) = LookQueue(10), (job("early"), job("alone", alone=True))
    queue.put(early, Place.FIRST, 10.0)
    queue.put(alone, Place.FIRST, 10.0)
    assert names(queue.take(20.0, SLACK)) == ["early"]
    queue.rest(alone, 90.0)
    queue.put(early, Place.FIRST, 20.0)
    assert names(queue.take(30.0, SLACK)) == ["early"]
    assert names(queue.take(91.0, SLACK)) == ["alone"]
