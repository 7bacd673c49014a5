"""Jobs that have ended, kept for those who ask a little later."""

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async._watcher._remembered import Remembered
from tencent_ci_async.models import JobDetail, JobState


def ended(job_id="j1"):
    return JobDetail(job_id=job_id, state=JobState.SUCCESS)


def test_a_job_is_given_back_as_it_is():
    remembered, job = Remembered(10, 60.0), ended()
    remembered.add("j1", job, 0.0)
    assert remembered.get("j1", 60.0) is job
    assert remembered.get("j2", 0.0) is None


def test_it_is_known_by_the_id_that_was_asked_for():
    remembered, job = Remembered(10, 60.0), ended("J1")
    remembered.add("j1", job, 0.0)
    assert remembered.get("j1", 0.0) is job
    assert remembered.get("J1", 0.0) is None


def test_after_its_time_it_is_forgotten():
    remembered = Remembered(10, 60.0)
    remembered.add("j1", ended(), 0.0)
    assert remembered.get("j1", 60.1) is None
    assert len(remembered) == 0


def test_looking_it_up_does_not_prolong_its_time():
    remembered = Remembered(10, 60.0)
    remembered.add("j1", ended(), 0.0)
    assert remembered.get("j1", 59.0)
    assert remembered.get("j1", 61.0) is None


def test_ending_again_does():
    remembered, again = Remembered(10, 60.0), ended()
    remembered.add("j1", ended(), 0.0)
    remembered.add("j2", ended("j2"), 30.0)
    remembered.add("j1", again, 50.0)
    assert remembered.get("j1", 100.0) is again
    assert remembered.get("j2", 100.0) is None


def test_of_too_many_the_oldest_go():
    remembered = Remembered(3, 60.0)
    for number in range(5):
        remembered.add(f"j{number}", ended(), 0.0)
    assert len(remembered) == 3
    assert [remembered.get(f"j{number}", 0.0) is not None for number in range(5)] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_nothing_may_be_remembered_at_all():
    remembered = Remembered(0, 60.0)
    remembered.add("j1", ended(), 0.0)
    assert remembered.get("j1", 0.0) is None


def test_no_time_at_all_is_this_moment():
    remembered = Remembered(10, 0.0)
    remembered.add("j1", ended(), 5.0)
    assert remembered.get("j1", 5.0)
    assert remembered.get("j1", 5.1) is None


STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 8), st.floats(0, 20)), max_size=60)


@given(steps=STEPS, most=st.integers(0, 5))
def test_it_holds_what_ended_last_and_not_long_ago(steps, most):
    """As a plain list of all ends would say."""
    remembered, ends, now = Remembered(most, 30.0), OrderedDict(), 0.0
    for adds, number, seconds in steps:
        now += seconds
        job_id = f"j{number}"
        if adds:
            job = ended(job_id)
            remembered.add(job_id, job, now)
            ends.pop(job_id, None)
            ends[job_id] = (now, job)
        else:
            newest = dict(list(ends.items())[max(0, len(ends) - most) :] if most else [])
            at, job = newest.get(job_id, (-100.0, None))
            assert remembered.get(job_id, now) is (job if now - at <= 30.0 else None)
        assert len(remembered) <= most
