"""Errors and jobs as an application answers them."""

import json
from datetime import UTC, datetime

import pytest

from tencent_ci_async import CIError, JobDetail, errors
from tencent_ci_async.testing import FakeCI
from tencent_ci_async.web import error_summary, http_status, job_summary

JOB = JobDetail(job_id="j-one", state="Failed", code="SomeCode", message="Some words")


def make(kind):
    """An error of a class, whatever it takes."""
    failure = errors.ConnectError("lost")
    special = {
        errors.BatchError: ({"j-one": errors.JobNotFoundError("j-one")},),
        errors.JobNotFoundError: ("j-one",),
    }
    if issubclass(kind, errors.ServiceError):
        return kind("its words: SPYKEY may not", status=418, code="ItsCode", request_id="R-1")
    keywords = {
        errors.JobFailedError: {"job": JOB},
        errors.JobCancelledError: {"job": JOB},
        errors.JobPausedError: {"job": JOB},
        errors.JobWaitTimeoutError: {"job_id": "j-one"},
        errors.SubmissionUnknownError: {
            "failure": failure,
            "tag": "Concat",
            "user_data": None,
            "sent_at": datetime.now(UTC),
        },
    }
    return kind(*special.get(kind, ("SPYKEY is wrong",)), **keywords.get(kind, {}))


STATUSES = {
    "AccessError": 502,
    "BatchError": 502,
    "CIError": 502,
    "ConfigurationError": 422,
    "ConflictError": 409,
    "ConnectError": 503,
    "CredentialsError": 502,
    "JobCancelledError": 409,
    "JobError": 502,
    "JobFailedError": 409,
    "JobNotFoundError": 404,
    "JobNotModifiableError": 409,
    "JobPausedError": 409,
    "JobWaitTimeoutError": 504,
    "NoAnswerError": 503,
    "NotFoundError": 502,
    "RequestError": 502,
    "RequestTimeoutError": 504,
    "ResponseTooLargeError": 502,
    "ServerError": 503,
    "ServiceError": 502,
    "SessionClosedError": 503,
    "SubmissionUnknownError": 502,
    "ThrottledError": 503,
    "UnreadableAnswerError": 502,
    "UnreadableCallbackError": 400,
    "WatcherClosedError": 503,
}


@pytest.mark.parametrize("name", errors.__all__)
def test_each_error_has_a_status_and_a_summary_for_strangers(name):
    """Whatever is raised can be answered, as JSON, and in words."""
    error = make(getattr(errors, name))
    assert http_status(error) == STATUSES[name]
    summary = json.loads(json.dumps(error_summary(error)))
    assert (summary["error"], summary["status"]) == (name, STATUSES[name])
    assert summary["detail"]


@pytest.mark.parametrize(
    "name", [name for name, status in STATUSES.items() if status >= 500 or name == "ConflictError"]
)
def test_words_about_keys_and_permissions_stay_inside(name):
    """What the service says about the application is not for the application's clients; its request id is."""
    error = make(getattr(errors, name))
    if isinstance(error, (errors.JobError, errors.SubmissionUnknownError)):
        return
    assert "SPYKEY" in str(error) or isinstance(error, errors.BatchError)
    assert "SPYKEY" not in json.dumps(error_summary(error))
    if isinstance(error, errors.ServiceError):
        assert error_summary(error)["request_id"] == "R-1"


def test_what_the_client_did_wrong_is_told_in_full():
    assert (
        error_summary(errors.ConfigurationError("'a b' is not a job id"))["detail"] == "'a b' is not a job id"
    )
    missing = error_summary(errors.JobNotFoundError("j-one", request_id="R-1"))
    assert (missing["job_id"], missing["request_id"]) == ("j-one", "R-1")
    assert "does not know job j-one" in missing["detail"]


def test_an_error_of_a_class_made_later_is_502():
    class LaterError(CIError):
        pass

    assert http_status(LaterError("new")) == 502


async def test_a_job_as_a_page_shows_it(fake: FakeCI, open_session):
    """The reason of a failure is shown for a failure alone: the service sends ``Success`` as a code, too."""
    ids = [
        fake.add_job("Transcode", runs_for=1e9, submitted_ago=5e8),
        fake.add_job("Concat", output_object="out.mp4"),
        fake.add_job("Concat", outcome="Failed", code="BadInput", message="It is damaged"),
    ]
    jobs = [(await open_session().describe_media_job(each)).job for each in ids]
    running, done, failed = (json.loads(json.dumps(job_summary(each))) for each in jobs)
    assert running == {
        "job_id": ids[0],
        "kind": "Transcode",
        "state": "Running",
        "progress": 50,
        "ended": False,
        "outputs": [],
        "code": None,
        "message": None,
    }
    assert (done["state"], done["ended"], done["outputs"], done["code"]) == (
        "Success",
        True,
        ["out.mp4"],
        None,
    )
    assert (failed["state"], failed["code"], failed["message"]) == ("Failed", "BadInput", "It is damaged")


def test_a_job_of_which_nothing_is_known():
    assert job_summary(JobDetail())["state"] is None
    assert job_summary(JobDetail(state="Dreaming"))["state"] == "Dreaming"
