"""Answers are deciphered without any I/O: no event loop anywhere in this file."""

import pytest

from tencent_ci_async import errors
from tencent_ci_async._operations import decipher, describe_media_job
from tencent_ci_async.models import JobState, ResponseHeaders, ResponseInfo

NOW = 1_700_000_000.0
OPERATION = describe_media_job(["j1", "j2"])
ID = {"x-ci-request-id": "HEADER-ID", "x-ci-trace-id": "HEADER-TRACE"}


def answer(status, body=b"", headers=None):
    info = ResponseInfo(status, ResponseHeaders(ID if headers is None else headers))
    return decipher(OPERATION, info, body, now=NOW)


def refusal(status, body=b"", headers=None):
    with pytest.raises(errors.ServiceError) as caught:
        answer(status, body, headers)
    return caught.value


def test_the_question_is_data():
    assert (OPERATION.method, OPERATION.path, OPERATION.query) == ("GET", "/jobs/j1,j2", ())
    assert OPERATION.idempotent


def test_a_good_answer_is_a_result_with_its_response():
    result = answer(
        200, b"<Response><JobsDetail><JobId>j1</JobId><State>Running</State></JobsDetail></Response>"
    )
    assert result.jobs_detail[0].state is JobState.RUNNING
    assert result.request_id == "HEADER-ID"
    assert result.response.status == 200


FIELDS = b"<Code>QueueSaturated</Code><Message>words</Message><RequestId>R</RequestId><TraceId>T</TraceId>"
SHAPES = {
    "Error": b"<Error>%s</Error>" % FIELDS,
    "Response": b"<?xml version='1.0'?>\n<Response>%s</Response>" % FIELDS,
    "nested": b"<Response><Error>%s</Error></Response>" % FIELDS,
    "JSON": b'{"code": "QueueSaturated", "message": "words", "request_id": "R", "trace_id": "T"}',
    "JSON nested": b'{"Response": {"Error": {"Code": "QueueSaturated", "Message": "words"},'
    b' "RequestId": "R", "TraceId": "T"}}',
}


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES.keys())
def test_error_bodies_of_every_shape(body):
    error = refusal(403, body, {})
    assert type(error) is errors.ThrottledError
    assert (error.status, error.code, error.message) == (403, "QueueSaturated", "words")
    assert (error.request_id, error.trace_id) == ("R", "T")
    assert error.resource is None
    assert error.response.status == 403


def test_ids_come_from_the_headers_first():
    error = refusal(
        403, b"<Error><Code>AccessDenied</Code><RequestId>R</RequestId><TraceId>T</TraceId></Error>"
    )
    assert (error.request_id, error.trace_id) == ("HEADER-ID", "HEADER-TRACE")


def test_a_cos_gateway_in_front_is_understood():
    body = b"<Error><Code>NoSuchBucket</Code><Message>m</Message><Resource>/jobs</Resource></Error>"
    error = refusal(404, body, {"x-cos-request-id": "COS-ID"})
    assert type(error) is errors.NotFoundError
    assert (error.resource, error.request_id) == ("/jobs", "COS-ID")


def test_a_numeric_code_of_a_json_body_is_text():
    error = refusal(400, b'{"code": -60949, "message": "too frequent", "request_id": "R"}', {})
    assert (error.code, error.message, error.request_id) == ("-60949", "too frequent", "R")


NAMELESS = {
    "empty": b"",
    "blank": b" \n",
    "html": b"<html><head><title>502</title></head><body><center>proxy</center></body></html>",
    "broken html": b"<html><body><hr></body></html>",
    "text": b"upstream connect error",
    "cut": b"<Error><Code>InternalErr",
    "bomb": b'<!DOCTYPE E [<!ENTITY a "aa">]><Error><Code>&a;</Code></Error>',
    "cut json": b'{"code": "Int',
    "json list": b"[1]",
    "json text": b'{"Response": "x"}',
    "deep json": b'{"a":' * 100_000,
    "nested code": b"<Error><Code><x/></Code></Error>",
    "empty code": b"<Error><Code/></Error>",
    "only text": b"<Error>oops</Error>",
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("body", NAMELESS.values(), ids=NAMELESS.keys())
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, errors.AccessError),
        (404, errors.NotFoundError),
        (429, errors.ThrottledError),
        (502, errors.ServerError),
    ],
)
def test_a_body_that_names_nothing_leaves_it_to_the_status(status, kind, body):
    error = refusal(status, body)
    assert type(error) is kind
    assert (error.status, error.code, error.request_id) == (status, None, "HEADER-ID")


@pytest.mark.parametrize("status", [301, 302, 304, 307, 308])
def test_a_redirection_is_an_error(status):
    assert refusal(status, b"", {"location": "https://elsewhere.example/"}).status == status


def test_retry_after_reaches_the_error():
    assert refusal(503, b"", {"retry-after": "7"}).retry_after == 7.0
    assert refusal(429, b"", {"retry-after": "Tue, 14 Nov 2023 22:13:25 GMT"}).retry_after == 5.0
    assert refusal(503, b"").retry_after is None


@pytest.mark.parametrize("name", ["Code", "Message", "RequestId", "TraceId", "Resource"])
def test_what_an_error_says_is_cut_to_a_bearable_length(name):
    body = f"<Error><{name}>{'x' * 100_000}</{name}></Error>".encode()
    error = refusal(400, body, {})
    told = [error.code, error.message, error.request_id, error.trace_id, error.resource]
    assert [text for text in told if text] == ["x" * 2_000]
    assert len(str(error)) < 2_200


def test_an_error_can_be_logged_whatever_its_json_holds():
    """JSON can spell half a character, which no encoding of a log has."""
    error = refusal(403, b'{"Code": "a\\ud800", "Message": "\\udfffb", "RequestId": "\\ud83d\\ude00"}', {})
    assert (error.code, error.message, error.request_id) == ("a?", "?b", "\N{GRINNING FACE}")
    assert str(error).encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the body is empty"),
        (b"  ", "the body is empty"),
        (b"<html><body>Log in</body></html>", "its root element is 'html'"),
        (b"<Error><Code>X</Code></Error>", "its root element is 'Error'"),
        (b"<Response><JobsDetail>", "not well-formed"),
        (b'{"Response": {}}', "not well-formed"),
        (b"<!DOCTYPE Response><Response/>", "declares a document type"),
        (b"<Response><JobsDetail>text</JobsDetail></Response>", "JobsDetail.0"),
        (b"<Response><JobsDetail><Progress>half</Progress></JobsDetail></Response>", "JobsDetail.0.Progress"),
        (b"<Response><JobsDetail><CreationTime>noon</CreationTime></JobsDetail></Response>", "CreationTime"),
    ],
)
def test_a_good_status_with_another_document_is_unreadable(body, words):
    with pytest.raises(errors.UnreadableAnswerError) as caught:
        answer(200, body)
    assert words in str(caught.value)
    assert caught.value.request_id == "HEADER-ID"
    assert caught.value.response.status == 200
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize(
    "job",
    [
        b"<Progress>SECRET</Progress>",
        b"<CreationTime>2022-SECRET</CreationTime>",
        b"<Operation><MediaInfo><Stream><Video><Fps>1/SECRET</Fps></Video></Stream></MediaInfo></Operation>",
        b"<JobId><SECRET>SECRET</SECRET></JobId>",
    ],
)
def test_many_problems_are_told_in_brief_and_without_the_values(job):
    jobs = b"".join(b"<JobsDetail>" + job + b"</JobsDetail>" for _ in range(10))
    with pytest.raises(errors.UnreadableAnswerError, match="and 7 more") as caught:
        answer(200, b"<Response>" + jobs + b"</Response>")
    assert "SECRET" not in str(caught.value)
