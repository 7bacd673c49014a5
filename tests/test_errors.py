"""The error tree: one root, plain values, picklable, and the right class for every answer."""

import inspect
import pickle
import re
from datetime import UTC, datetime

import pytest

from tencent_ci_async import errors
from tencent_ci_async.models import JobDetail, ResponseHeaders, ResponseInfo

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, BaseException)]
PUBLIC = [kind for kind in CLASSES if not kind.__name__.startswith("_")]
RESPONSE = ResponseInfo(403, ResponseHeaders({"x-ci-request-id": "R"}))


def example(kind):  # noqa: PLR0911 - one per shape
    """An instance of a class of error, with every value set."""
    if issubclass(kind, errors.ServiceError):
        return kind(
            "words",
            status=403,
            code="Code",
            request_id="R",
            trace_id="T",
            resource="/jobs/j1",
            retry_after=1.5,
            response=RESPONSE,
        )
    if issubclass(kind, errors.UnreadableAnswerError):
        return kind("words", request_id="R", response=RESPONSE)
    if issubclass(kind, errors.JobFailedError | errors.JobCancelledError | errors.JobPausedError):
        return kind("words", job=JobDetail(job_id="j1"))
    if issubclass(kind, errors.JobWaitTimeoutError):
        return kind("words", job_id="j1", last_seen=JobDetail(job_id="j1"), last_seen_ago=2.5)
    if issubclass(kind, errors.JobNotFoundError):
        return kind("j1", request_id="R")
    if kind is errors.SubmissionUnknownError:
        sent_at = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
        failure = errors.NoAnswerError("reset")
        return kind("words", failure=failure, tag="Concat", user_data="order 7", sent_at=sent_at)
    if kind is errors.BatchError:
        return kind({"j1": errors.ServerError("", status=500), "j2": errors.JobNotFoundError("j2")})
    return kind("words")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_is_a_ci_error(kind):
    assert issubclass(kind, errors.CIError)


def drawn_tree():
    """The tree in the module's docstring, as pairs of class and base."""
    path, found = {}, {}
    for line in inspect.getdoc(errors).splitlines():
        if match := re.match(r"^([ │├└─]*)([A-Z]\w+Error)\b", line.removeprefix("    ")):
            depth = len(match[1]) // 4
            path[depth] = match[2]
            found[match[2]] = path.get(depth - 1)
    return found


def test_the_drawn_tree_is_the_real_one():
    def public_base(kind):
        bases = [base for base in kind.__mro__[1:] if base in PUBLIC]
        return bases[0].__name__ if bases else None

    assert drawn_tree() == {kind.__name__: public_base(kind) for kind in PUBLIC}
    assert sorted(errors.__all__) == sorted(kind.__name__ for kind in PUBLIC)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.ConfigurationError, ValueError),
        (errors.RequestTimeoutError, TimeoutError),
        (errors.JobWaitTimeoutError, TimeoutError),
        (errors.UnreadableCallbackError, ValueError),
    ],
)
def test_errors_that_python_has_a_name_for(kind, builtin):
    assert issubclass(kind, builtin)


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_pickling_keeps_everything(kind, protocol):
    error = example(kind)
    error.attempts = 3
    error.earlier = (errors.ConnectError("refused"),)
    copy = pickle.loads(pickle.dumps(error, protocol))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert copy.args == error.args
    assert {name: repr(value) for name, value in vars(copy).items()} == {
        name: repr(value) for name, value in vars(error).items()
    }


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_every_error_says_something(kind):
    assert len(str(example(kind))) >= 5
    assert kind.__doc__


def test_a_service_error_says_what_where_and_what_to_do():
    error = errors.AccessError("no such pair", status=403, code="SignatureDoesNotMatch", request_id="NjQ=")
    assert str(error) == (
        "403 SignatureDoesNotMatch: no such pair [request id NjQ=]. "
        "Check the SecretKey, and that no proxy rewrites host, path or query."
    )
    assert str(errors.ServerError("", status=502)) == (
        "HTTP 502. The fault is on the service's side; try again later."
    )
    assert str(errors.ServiceError("odd", status=600)) == "HTTP 600: odd"
