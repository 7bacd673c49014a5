"""What became of each job: values that a user can keep, compare and unwrap."""

import pickle

import pytest

from tencent_ci_async import CIError, FanoutProgress, JobDetail, JobNotFoundError, JobOutcome


def test_a_job_unwraps_to_itself():
    job = JobDetail(job_id="j1")
    assert JobOutcome("j1", job=job).unwrap() is job


def test_an_error_unwraps_by_being_raised():
    with pytest.raises(JobNotFoundError, match="j1"):
        JobOutcome("j1", error=JobNotFoundError("j1")).unwrap()


def test_an_outcome_of_nothing_says_so():
    with pytest.raises(CIError, match="j1 has no outcome"):
        JobOutcome("j1").unwrap()


def test_outcomes_can_be_pickled():
    outcome = JobOutcome("j1", job=JobDetail(job_id="j1"))
    assert pickle.loads(pickle.dumps(outcome)) == outcome


def test_progress_counts_what_is_done():
    assert FanoutProgress(10, found=3, missing=2, failed=1).done == 6
