"""What an answer teaches about one job, and about its kind."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async._watcher._observing import note_end, note_standing
from tencent_ci_async._watcher._schedule import History
from tencent_ci_async._watcher._watched import Watched
from tencent_ci_async.models import JobDetail, JobState, Operation

SERVICE_NOW = 1_700_000_000.0


def at(seconds):
    """A moment of the service's clock, so many seconds from its present."""
    return datetime.fromtimestamp(SERVICE_NOW, UTC) + timedelta(seconds=seconds)


class Observed:
    """A job under observation, at loop time 500."""

    def __init__(self):
        self.history = History()
        self.watched = Watched("j1", 400.0, self.history.of(None))

    def stands(self, now=500.0, service_time=SERVICE_NOW, **fields):
        job = JobDetail(job_id="j1", **{"state": JobState.RUNNING, **fields})
        note_standing(self.watched, job, self.history, now=now, service_time=service_time)
        return job

    def ended(self, now=600.0, **fields):
        job = JobDetail(job_id="j1", **{"state": JobState.SUCCESS, **fields})
        note_end(self.watched, job, self.history, now=now)

    def durations(self, tag=None):
        return list(self.history.of(tag)._durations)


@pytest.fixture
def observed():
    return Observed()


def test_the_job_is_kept_as_last_seen(observed):
    observed.stands(progress=1)
    job = observed.stands(progress=2)
    assert observed.watched.job is job


def test_the_age_is_a_difference_of_the_services_own_clock(observed):
    """Whatever this machine's clock shows, and the loop's."""
    observed.stands(creation_time=at(-70))
    assert observed.watched.submitted_at == pytest.approx(430)


def test_the_callers_word_on_the_age_stands(observed):
    observed.watched.submitted_at = 450.0
    observed.stands(creation_time=at(-70))
    assert observed.watched.submitted_at == 450.0


def test_a_submission_in_the_services_future_is_now(observed):
    observed.stands(creation_time=at(+5))
    assert observed.watched.submitted_at == 500


def test_without_a_date_of_the_answer_the_age_stays_unknown(observed):
    observed.stands(creation_time=at(-70), service_time=None)
    assert observed.watched.submitted_at is None


def test_a_job_that_waits_has_not_begun(observed):
    observed.stands(state=JobState.SUBMITTED, start_time=at(-9))
    assert observed.watched.started_at is None


def test_a_job_that_runs_has_begun_when_the_service_says(observed):
    observed.stands(start_time=at(-30))
    assert observed.watched.started_at == pytest.approx(470)


def test_a_job_that_runs_has_begun_when_it_was_first_seen_to(observed):
    observed.stands(service_time=None)
    observed.stands(now=520.0, service_time=None)
    assert observed.watched.started_at == 500


def test_a_state_unknown_here_is_no_reason_to_fail(observed):
    observed.stands(state="Rewinding", progress=10)
    assert observed.watched.job.state == "Rewinding"


def test_progress_predicts_how_long_a_job_will_run(observed):
    """A quarter done after 25 s makes 100 s."""
    observed.stands(start_time=at(-25), progress=25)
    assert observed.watched.predicted == pytest.approx(100)


@pytest.mark.parametrize("progress", [None, 0, 100])
def test_progress_at_its_ends_predicts_nothing(observed, progress):
    observed.stands(start_time=at(-25), progress=progress)
    assert observed.watched.predicted is None


def test_the_kind_is_known_from_the_first_answer_on(observed):
    assert observed.watched.experience is observed.history.of(None)
    observed.stands(tag="Concat")
    assert observed.watched.experience is observed.history.of("Concat")


def test_the_kind_may_stand_with_the_operation(observed):
    observed.stands(operation=Operation(tag="Snapshot"))
    assert observed.watched.experience is observed.history.of("Snapshot")


def test_an_end_teaches_how_long_the_kind_takes(observed):
    observed.ended(tag="Concat", creation_time=at(-90), end_time=at(-10))
    assert observed.durations("Concat") == [80]
    assert observed.durations() == []


def test_without_times_of_the_service_the_callers_word_on_the_age_counts(observed):
    observed.watched.submitted_at = 450.0
    observed.ended(now=600.0)
    assert observed.durations() == [150]


def test_without_any_age_an_end_teaches_nothing(observed):
    observed.ended()
    assert observed.durations() == []


def test_a_failure_is_an_end_too(observed):
    observed.ended(state=JobState.FAILED, creation_time=at(-90), end_time=at(-10))
    assert observed.durations() == [80]


def test_a_cancelled_job_says_nothing_of_its_kind(observed):
    observed.stands(start_time=at(-25), progress=25)
    observed.ended(state=JobState.CANCEL, creation_time=at(-90), end_time=at(-10))
    assert observed.durations() == []
    assert observed.history.of(None)._predictions == 0


def test_an_end_before_the_beginning_is_no_time_at_all(observed):
    observed.ended(creation_time=at(-10), end_time=at(-90))
    assert observed.durations() == [0]


def test_a_good_end_judges_the_prediction(observed):
    for _ in range(10):
        observed.watched.predicted = 100.0
        observed.ended(start_time=at(-105), end_time=at(-5))
    assert observed.history.of(None).trusts_progress


def test_a_prediction_that_was_wrong_is_judged_so(observed):
    for _ in range(10):
        observed.watched.predicted = 100.0
        observed.ended(start_time=at(-305), end_time=at(-5))
    assert observed.history.of(None)._predictions == 10
    assert not observed.history.of(None).trusts_progress


def test_without_times_of_the_service_the_run_as_seen_is_judged(observed):
    observed.watched.predicted, observed.watched.started_at = 100.0, 500.0
    for _ in range(10):
        observed.ended(now=600.0)
    assert observed.history.of(None).trusts_progress


def test_a_failure_judges_no_prediction(observed):
    """It cut the run short."""
    observed.watched.predicted = 100.0
    observed.ended(state=JobState.FAILED, start_time=at(-50), end_time=at(-5))
    assert observed.history.of(None)._predictions == 0


def test_a_run_of_unknown_length_judges_no_prediction(observed):
    observed.watched.predicted = 100.0
    observed.ended()
    assert observed.history.of(None)._predictions == 0


MOMENT = st.none() | st.integers(-10_000, 10_000).map(at)


@given(
    standing=st.lists(
        st.tuples(st.sampled_from(JobState), st.none() | st.integers(-5, 120), MOMENT, MOMENT), max_size=6
    ),
    last=st.tuples(st.sampled_from(JobState), MOMENT, MOMENT, MOMENT),
    service_time=st.none() | st.floats(SERVICE_NOW - 1e6, SERVICE_NOW + 1e6),
)
def test_whatever_the_service_says_no_time_is_negative(standing, last, service_time):
    """Neither an age, nor a run, nor a duration that was learnt."""
    observed, now = Observed(), 500.0
    for state, progress, created, started in standing:
        observed.stands(
            now, service_time, state=state, progress=progress, creation_time=created, start_time=started
        )
        now += 5
    watched = observed.watched
    assert watched.submitted_at is None or watched.submitted_at <= now
    assert watched.started_at is None or watched.started_at <= now
    assert watched.predicted is None or watched.predicted >= 0
    state, created, started, over = last
    observed.ended(now, state=state, creation_time=created, start_time=started, end_time=over)
    assert all(duration >= 0 for duration in observed.durations())
