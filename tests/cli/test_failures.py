"""Errors as exit codes, as words and as documents."""

import json
from datetime import UTC, datetime

import pytest

from tencent_ci_async import errors
from tencent_ci_async.cli._failures import Exit, as_document, exit_code, in_words, worst

NOT_KNOWN = errors.JobNotFoundError("j1", request_id="R1")
REFUSED = errors.AccessError(
    "Access Denied.", status=403, code="AccessDenied", request_id="R2", trace_id="T2"
)
SKEWED = errors.AccessError("expired", status=403, code="RequestTimeTooSkewed", request_id="R3")
BARE = errors.ServerError("", status=502)
NO_KEYS = errors.ConfigurationError("no credentials: pass credentials=Credentials(...), or set SOMETHING")
UNREACHED = errors.ConnectError("no connection could be made")
UNKNOWN = errors.SubmissionUnknownError(
    "long",
    failure=errors.RequestTimeoutError("no answer within 60 s"),
    tag="Concat",
    user_data="talk 42",
    sent_at=datetime(2026, 3, 10, 8, tzinfo=UTC),
)
JOB_STATES = [errors.JobFailedError, errors.JobCancelledError, errors.JobPausedError]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, 0),
        (NOT_KNOWN, 1),
        (errors.WatcherClosedError("closed"), 1),
        (NO_KEYS, 2),
        (REFUSED, 3),
        (BARE, 3),
        (UNREACHED, 3),
        (UNKNOWN, 3),
        (errors.CredentialsError("failed"), 3),
        (errors.UnreadableAnswerError("what?"), 3),
        (errors.RequestTimeoutError("late"), 3),
        (errors.JobWaitTimeoutError("late", job_id="j1"), 124),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_has_its_exit_code(error, code):
    assert exit_code(error) == code


def test_of_several_codes_the_gravest_counts():
    """A service that failed beats a wrong id, that a time-out, and that a job that failed."""
    order = [Exit.SERVICE, Exit.USAGE, Exit.DEADLINE, Exit.JOB, Exit.OK]
    for number, code in enumerate(order):
        assert worst(reversed(order[number:])) == code
    assert worst([]) == Exit.OK


def tried(error, attempts):
    error.attempts = attempts
    return error


@pytest.mark.parametrize(
    ("error", "what", "what_next"),
    [
        (NOT_KNOWN, "the service does not know job j1", "Check the ids, the bucket and the region; "),
        (REFUSED, "403 AccessDenied: Access Denied.", "Check the keys and what they are allowed to do"),
        (SKEWED, "403 RequestTimeTooSkewed: expired", "This machine's clock is wrong. (request id R3)"),
        (BARE, "HTTP 502", "The fault is on the service's side; try again later."),
        (NO_KEYS, "no credentials", "Set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"),
        (tried(UNREACHED, 3), "no connection could be made", "Check the network"),
        (UNREACHED, "no connection could be made", "Nothing was sent. (3 attempts)"),
        (
            UNKNOWN,
            "the job may have been submitted, or not: no answer within 60 s",
            "tencent-ci list Concat --since 2026-03-10T08:00:00+0000 --user-data 'talk 42'",
        ),
        (errors.ConfigurationError("use https, or say allow_plain_http=True"), "--allow-plain-http", ""),
        (errors.ConfigurationError("max_in_flight is 0: it must be at least 1"), "--max-in-flight is 0", ""),
        (
            errors.JobWaitTimeoutError("late", job_id="j1"),
            "the time was up before job j1 had ended",
            "goes on",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_errors_say_what_happened_and_what_to_do(error, what, what_next):
    """In the words of the command line, with the request id for a support ticket, nothing twice."""
    said = in_words(error)
    assert what in said[0]
    assert what_next in said[1]
    request_id = getattr(error, "request_id", None)
    assert request_id is None or " ".join(said).count(request_id) == 1
    assert "credentials=" not in " ".join(said)


def test_the_cause_of_a_failed_provider_is_told():
    error = errors.CredentialsError("the credentials provider failed (OSError)")
    error.__cause__ = OSError("metadata is not reachable")
    assert "metadata is not reachable" in in_words(error)[0]


def test_an_error_as_a_document_holds_what_a_script_wants():
    assert as_document(REFUSED) == {
        "Type": "AccessError",
        "Message": "Access Denied.",
        "Status": 403,
        "Code": "AccessDenied",
        "RequestId": "R2",
        "TraceId": "T2",
    }
    assert as_document(NOT_KNOWN)["RequestId"] == "R1"
    assert as_document(tried(errors.ConnectError("refused"), 3)) == {
        "Type": "ConnectError",
        "Message": "refused",
        "Attempts": 3,
    }
    assert json.dumps(as_document(UNKNOWN))
