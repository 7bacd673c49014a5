"""The error tree: one root, plain values, picklable, and the right class for every answer."""

import inspect
import json
import pickle
import re
from pathlib import Path

import pytest

from tencent_ci_async import errors
from tencent_ci_async.errors import service_error_class
from tencent_ci_async.models import JobDetail, ResponseHeaders, ResponseInfo

ROWS = json.loads((Path(__file__).parent / "data" / "error_codes.json").read_text("utf-8"))
CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, BaseException)]
PUBLIC = [kind for kind in CLASSES if not kind.__name__.startswith("_")]
RESPONSE = ResponseInfo(403, ResponseHeaders({"x-ci-request-id": "R"}))


def example(kind):
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
    if issubclass(kind, errors.JobFailedError | errors.JobCancelledError):
        return kind("words", job=JobDetail(job_id="j1"))
    if issubclass(kind, errors.JobWaitTimeoutError):
        return kind("words", job_id="j1", last_seen=JobDetail(job_id="j1"))
    if issubclass(kind, errors.JobNotFoundError):
        return kind("j1", request_id="R")
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
    assert {**vars(copy), "earlier": str(copy.earlier)} == {**vars(error), "earlier": str(error.earlier)}


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


@pytest.mark.parametrize(("status", "code", "name"), ROWS, ids=str)
def test_every_documented_code_has_its_class(status, code, name):
    """All rows of the CI and COS tables, by status and code."""
    assert service_error_class(status, code, "some words").__name__ == name


def test_the_table_is_whole():
    assert len(ROWS) == 152


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (301, "RequestError"),
        (307, "RequestError"),
        (400, "RequestError"),
        (401, "AccessError"),
        (402, "AccessError"),
        (403, "AccessError"),
        (404, "NotFoundError"),
        (407, "AccessError"),
        (408, "ServerError"),
        (409, "ConflictError"),
        (418, "RequestError"),
        (429, "ThrottledError"),
        (451, "AccessError"),
        (500, "ServerError"),
        (501, "RequestError"),
        (502, "ServerError"),
        (503, "ServerError"),
        (504, "ServerError"),
        (599, "ServerError"),
    ],
)
@pytest.mark.parametrize("code", [None, "NeverHeardOf"])
def test_without_a_known_code_the_status_decides(status, code, name):
    assert service_error_class(status, code, "").__name__ == name


@pytest.mark.parametrize("status", [400, 403, 404, 409, 499])
def test_a_job_that_can_not_be_modified_is_known_by_its_message(status):
    said = "The job provided can not be modified"
    assert service_error_class(status, "InvalidArgument", said) is errors.JobNotModifiableError
    assert service_error_class(status, None, said.upper()) is errors.JobNotModifiableError
    assert issubclass(errors.JobNotModifiableError, errors.ConflictError)


def test_a_server_fault_with_those_words_stays_one():
    assert service_error_class(500, None, "can not be modified") is errors.ServerError
