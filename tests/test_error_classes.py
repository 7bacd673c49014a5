"""The right class for every answer: all rows of the service's tables, and what they do not name."""

import json
from pathlib import Path

import pytest

from tencent_ci_async import errors
from tencent_ci_async._error_classes import service_error_class

ROWS = json.loads((Path(__file__).parent / "data" / "error_codes.json").read_text("utf-8"))


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
