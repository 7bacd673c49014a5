"""All moments at which somebody's patience ends, in one heap."""

import math

from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async._watcher._deadlines import Deadlines, Limit
from tencent_ci_async._watcher._schedule import Experience
from tencent_ci_async._watcher._watched import Watched


class Somebody:
    def ended(self, job_id, outcome):
        raise AssertionError("deadlines tell nobody anything")


def waiting(watched=None):
    """A job, and somebody who waits for it."""
    watched = watched or Watched("j1", 0.0, Experience())
    waiter = Somebody()
    watched.waiters[waiter] = 0.0
    return watched, waiter


def test_without_deadlines_the_next_is_never():
    deadlines = Deadlines()
    assert deadlines.next == math.inf
    assert deadlines.pop(1e9) is None


def test_the_next_is_the_earliest():
    deadlines, (watched, waiter) = Deadlines(), waiting()
    for when in (30.0, 10.0, 20.0):
        deadlines.add(when, Limit.TIMEOUT, watched, waiter, when)
    assert deadlines.next == 10.0
    assert deadlines.pop(9.99) is None
    assert [deadlines.pop(25.0).when for _ in range(2)] == [10.0, 20.0]
    assert deadlines.pop(25.0) is None
    assert deadlines.next == 30.0


def test_of_the_same_moment_the_one_set_first_comes_first():
    """Nothing else about them is compared: jobs and waiters have no order."""
    deadlines, (watched, waiter) = Deadlines(), waiting()
    for seconds in (1.0, 2.0, 3.0):
        deadlines.add(10.0, Limit.TIMEOUT, watched, waiter, seconds)
    assert [deadlines.pop(10.0).seconds for _ in range(3)] == [1.0, 2.0, 3.0]


def test_a_deadline_says_whose_it_is():
    deadlines, (watched, waiter) = Deadlines(), waiting()
    deadlines.add(10.0, Limit.DARK, watched, waiter, 7.0)
    deadline = deadlines.pop(10.0)
    assert (deadline.limit, deadline.watched, deadline.waiter, deadline.seconds) == (
        Limit.DARK,
        watched,
        waiter,
        7.0,
    )


def test_who_has_left_has_no_deadline():
    deadlines = Deadlines()
    watched, gone = waiting()
    _, stays = waiting(watched)
    deadlines.add(10.0, Limit.TIMEOUT, watched, gone, 10.0)
    deadlines.add(11.0, Limit.TIMEOUT, watched, stays, 11.0)
    watched.leave(gone)
    assert deadlines.pop(20.0).waiter is stays
    assert deadlines.pop(20.0) is None


def test_those_who_left_are_swept_out():
    """Ten thousand waits that ended long before their time hold no memory."""
    deadlines = Deadlines()
    watched, stays = waiting()
    deadlines.add(5_000.0, Limit.TIMEOUT, watched, stays, 1.0)
    for number in range(10_000):
        _, waiter = waiting(watched)
        deadlines.add(1_000.0 + number, Limit.TIMEOUT, watched, waiter, 1.0)
        watched.leave(waiter)
    assert len(deadlines._heap) <= 66
    assert deadlines.pop(1e9).waiter is stays


def test_where_everybody_stays_sweeping_is_rare():
    """Ten thousand who all wait are looked through a dozen times, not ten thousand times."""
    deadlines, (watched, waiter) = Deadlines(), waiting()
    heaps = {}
    for number in range(10_000):
        deadlines.add(float(number), Limit.TIMEOUT, watched, waiter, 1.0)
        heaps[id(deadlines._heap)] = deadlines._heap
    assert len(heaps) < 12


def test_sweeping_loses_nobody_who_still_waits():
    deadlines = Deadlines()
    kept = []
    for number in range(1_000):
        watched, waiter = waiting()
        deadlines.add(float(number), Limit.TIMEOUT, watched, waiter, 1.0)
        if number % 3:
            watched.leave(waiter)
        else:
            kept.append(waiter)
    popped = []
    while (deadline := deadlines.pop(1e9)) is not None:
        popped.append(deadline.waiter)
    assert popped == kept


def test_all_may_be_forgotten():
    deadlines, (watched, waiter) = Deadlines(), waiting()
    deadlines.add(10.0, Limit.TIMEOUT, watched, waiter, 10.0)
    deadlines.clear()
    assert deadlines.next == math.inf
    assert deadlines.pop(20.0) is None
    deadlines.add(30.0, Limit.TIMEOUT, watched, waiter, 30.0)
    assert deadlines.next == 30.0


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=200), st.floats(0, 100))
def test_those_who_wait_are_met_in_order_and_nobody_else(moments, now):
    deadlines, expected = Deadlines(), []
    for when, leaves in moments:
        watched, waiter = waiting()
        deadlines.add(when, Limit.TIMEOUT, watched, waiter, when)
        if leaves:
            watched.leave(waiter)
        elif when <= now:
            expected.append(when)
    met = []
    while (deadline := deadlines.pop(now)) is not None:
        met.append(deadline.when)
    assert met == sorted(expected)
    assert deadlines.next > now
