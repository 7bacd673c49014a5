"""What an answer says of each job, and what a failure means: the whole table."""

import asyncio
import inspect
import math

import pytest

from tencent_ci_async import errors
from tencent_ci_async._watcher._look import Look, Remedy, findings, is_suspicious, remedy
from tencent_ci_async._watcher._schedule import Experience
from tencent_ci_async._watcher._watched import Watched
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail, JobState


def jobs(*names):
    return [Watched(name, 0.0, Experience()) for name in names]


def service(kind, status=400):
    return kind("made up", status=status)


def make(kind):
    """An error of a kind, in its plainest form."""
    if issubclass(kind, errors.ServiceError):
        return service(kind, 404 if kind is errors.NotFoundError else 403)
    return kind("made up")


REPEAT, REFUSE, HALVE, LATER, CLOSE = (
    Remedy.REPEAT,
    Remedy.REFUSE,
    Remedy.HALVE,
    Remedy.HALVE_LATER,
    Remedy.CLOSE,
)

# For one job, and for several.
TABLE = {
    errors.SessionClosedError: (CLOSE, CLOSE),
    errors.NoAnswerError: (REPEAT, REPEAT),
    errors.ConnectError: (REPEAT, REPEAT),
    errors.RequestTimeoutError: (REPEAT, REPEAT),
    errors.ServerError: (REPEAT, REPEAT),
    errors.ThrottledError: (REPEAT, REPEAT),
    errors.CredentialsError: (REPEAT, REPEAT),
    errors.UnreadableAnswerError: (REPEAT, LATER),
    errors.ResponseTooLargeError: (REFUSE, HALVE),
    errors.AccessError: (REFUSE, REFUSE),
    errors.RequestError: (REFUSE, REFUSE),
    errors.NotFoundError: (REFUSE, REFUSE),
    errors.ConflictError: (REFUSE, REFUSE),
    errors.JobNotModifiableError: (REFUSE, REFUSE),
    errors.ServiceError: (REFUSE, REFUSE),
    errors.ConfigurationError: (REFUSE, REFUSE),
    errors.CIError: (REFUSE, REFUSE),
    errors.JobNotFoundError: (REFUSE, REFUSE),
    errors.WatcherClosedError: (REFUSE, REFUSE),
}


def test_the_table_names_every_error_that_a_question_may_meet():
    """A new one has its place in it before it can surprise anybody who waits."""
    met = (errors.NoAnswerError, errors.UnreadableAnswerError, errors.ServiceError)
    assert {kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, met)} <= set(
        TABLE
    )


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
def test_each_error_has_its_remedy(kind):
    for_one, for_several = TABLE[kind]
    assert remedy(jobs("a"), make(kind)) is for_one
    assert remedy(jobs("a", "b"), make(kind)) is for_several


@pytest.mark.parametrize("status", [400, 414])
@pytest.mark.parametrize("kind", [errors.RequestError, errors.NotFoundError])
def test_a_batch_found_malformed_or_too_long_is_halved(kind, status):
    assert remedy(jobs("a", "b"), service(kind, status)) is HALVE
    assert remedy(jobs("a"), service(kind, status)) is REFUSE


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (errors.AccessError, REFUSE),
        (errors.ThrottledError, REPEAT),
        (errors.ServerError, REPEAT),
        (errors.ConflictError, REFUSE),
    ],
)
def test_a_400_that_says_something_else_halves_nothing(kind, expected):
    """Halves of a batch have the same keys, and the same load."""
    assert remedy(jobs("a", "b"), service(kind, 400)) is expected


@pytest.mark.parametrize("failure", [ValueError("x"), RuntimeError("x"), TimeoutError(), OSError("x")])
def test_a_foreign_error_ends_the_waits(failure):
    """The callable may be anybody's; waiting for ever would hide its fault."""
    assert remedy(jobs("a"), failure) is REFUSE
    assert remedy(jobs("a", "b"), failure) is REFUSE


def test_only_what_cannot_be_read_is_suspicious():
    assert is_suspicious(errors.UnreadableAnswerError("x"))
    assert is_suspicious(errors.ResponseTooLargeError("x"))
    assert not is_suspicious(errors.ConnectError("x"))
    assert not is_suspicious(ValueError("x"))


# --- Findings -----------------------------------------------------------------------------------------------


def found(names, *, details=(), missing=()):
    batch = jobs(*names)
    result = DescribeMediaJobResult(jobs_detail=list(details), non_exist_job_ids=list(missing))
    seen = list(findings(batch, result))
    assert [finding.watched for finding in seen] == batch
    return [(finding.job, finding.missing) for finding in seen]


def detail(job_id, state=JobState.RUNNING):
    return JobDetail(job_id=job_id, state=state)


def test_each_job_has_its_finding_whatever_the_order_of_the_answer():
    a, b = detail("a"), detail("b")
    assert found("abcd", details=[b, a], missing=["c"]) == [
        (a, False),
        (b, False),
        (None, True),
        (None, False),
    ]


def test_what_nobody_asked_for_is_passed_over():
    a = detail("a")
    assert found("a", details=[detail("x"), a], missing=["y"]) == [(a, False)]


def test_of_a_job_that_comes_twice_the_first_counts():
    first, second = detail("a"), detail("a", JobState.SUCCESS)
    assert found("a", details=[first, second])[0][0] is first


def test_a_job_that_is_there_is_not_missing():
    a = detail("a")
    assert found("a", details=[a], missing=["a"]) == [(a, False)]


def test_a_job_without_an_id_is_nobodys():
    assert found("a", details=[detail(None), detail("")]) == [(None, False)]


def test_an_empty_answer_says_nothing_of_anybody():
    assert found("ab") == [(None, False), (None, False)]


# --- A request ----------------------------------------------------------------------------------------------


async def test_a_look_is_abandoned_when_nobody_waits_for_any_of_its_jobs():
    batch = jobs("a", "b")
    look = Look(batch)
    assert look.is_abandoned
    batch[1].waiters[object()] = 0.0
    assert not look.is_abandoned


async def test_a_look_given_up_knows_who_has_cancelled_it():
    look = Look(jobs("a"))
    look.cancel()
    assert look.is_given_up
    look = Look(jobs("a"))
    look.task = asyncio.create_task(asyncio.sleep(60))
    look.cancel()
    with pytest.raises(asyncio.CancelledError):
        await look.task


def test_a_question_that_was_not_asked_yet_has_met_nothing():
    """An answer is compared with it: what was hinted before counts as before."""
    look = Look(jobs("a", "b"))
    assert look.asked_at == math.inf
    assert (look.count, look.ended, look.lag) == (0, 0, 0.0)
    assert (look.failure, look.task, look.is_given_up) == (None, None, False)
