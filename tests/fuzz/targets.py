"""What is fuzzed: for each target, bytes that somebody else chose, and what we promise whatever they are.

A target returns, or raises `BrokenPromiseError` or whatever else should never come out. Each works without
the fuzzer, so that its corpus is replayed by the tests.
"""

import json
import pickle
import re
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

import httpx

from tencent_ci_async import CISession, Credentials, models
from tencent_ci_async._answer_body import read_body
from tencent_ci_async._endpoint import Endpoint, check_job_ids
from tencent_ci_async._known_jobs import KnownJobs
from tencent_ci_async._operations import Operation, decipher, describe_media_job
from tencent_ci_async._retry import http_date, retry_after_seconds
from tencent_ci_async._watcher import _snapshot
from tencent_ci_async._xml import parse_document, parse_quickly, parse_thoroughly
from tencent_ci_async.callbacks import parse_callback
from tencent_ci_async.errors import (
    CIError,
    ConfigurationError,
    ServiceError,
    UnreadableAnswerError,
    UnreadableCallbackError,
)
from tencent_ci_async.models import ResponseHeaders, ResponseInfo

PLACE = ("examplebucket-1250000000", "ap-chongqing")
KEYS = Credentials("AKID", "SECRET")
NOW = 1_700_000_000.0
GOOD = ResponseInfo(200, ResponseHeaders())
# What stands in a body and must not be quoted; the dictionary has it too.
SPY = "SPYWORD"
RESULTS = [
    models.DescribeMediaJobResult,
    models.DescribeMediaJobsResult,
    models.CreateMediaJobsResult,
    models.ServiceResult,
    models.DescribeMediaQueuesResult,
    models.UpdateMediaQueueResult,
    models.MediaTemplateResult,
    models.DescribeMediaTemplatesResult,
    models.DeleteMediaTemplateResult,
]


class BrokenPromiseError(AssertionError):
    """A promise is broken."""


def promise(kept, what):
    """Say so when a promise is broken."""
    if not kept:
        raise BrokenPromiseError(what)


def check_error(error, *, longest=4_000):
    """Any error can be shown, logged, sent to another process, and drags no other error along."""
    promise(error.__cause__ is None and error.__context__ is None, "another error hangs on it")
    for told in (str(error), repr(error)):
        told.encode()
        promise(len(told) <= longest, f"the message has {len(told)} characters")
    again = pickle.loads(pickle.dumps(error))
    promise(str(again) == str(error), "it is another after its pickle")


def check_result(result):
    """A model survives being dumped and read again, in every form."""
    kind = type(result)
    repr(result)
    promise(kind.model_validate(result.model_dump(by_alias=True)) == result, "not itself when dumped")
    as_json = result.model_dump(by_alias=True, mode="json")
    promise(kind.model_validate(as_json) == result, "not itself when dumped for JSON")
    promise(kind.model_validate(json.loads(json.dumps(as_json))) == result, "not itself from JSON")
    promise(kind.model_validate_json(result.model_dump_json(by_alias=True)) == result, "not itself as JSON")
    promise(pickle.loads(pickle.dumps(result)) == result, "not itself after its pickle")


def check_jobs(jobs):
    for job in jobs:
        promise(job.is_terminal in {True, False}, "ended or not")
        promise(job.kind is None or isinstance(job.kind, str), "a kind is text")
        promise(all(isinstance(key, str) for key in job.output_keys), "keys are text")


def read_answer(operation, body, known=None):
    """The result that an answer holds, or None when it is refused; nothing else may come of it."""
    try:
        result = decipher(operation, GOOD, body, now=NOW, known=known)
    except UnreadableAnswerError as error:
        check_error(error)
        quotable = SPY.encode() not in body or b"<Response>" not in body or "root element" in str(error)
        promise(quotable or SPY not in str(error) or "encoding" in str(error), "a value is quoted")
        return None
    return result


def answer(data):
    """Any body with a good status is a result or an `UnreadableAnswerError`; the first byte says which."""
    kind, body = RESULTS[data[0] % len(RESULTS)] if data else RESULTS[0], data[1:]
    result = read_answer(Operation("Fuzzed", "GET", "/jobs", idempotent=True, result=kind), body)
    if result is not None:
        check_result(result)
        check_jobs(getattr(result, "jobs_detail", ()))


def xml(data):
    """Both ways of parsing lead to the same dictionary, or both refuse."""
    read = []
    for parse in (parse_quickly, parse_thoroughly):
        try:
            read.append(json.dumps(parse(data)))
        except Exception as error:  # noqa: BLE001 - what may come out is told below
            told = type(error).__name__
            promise(told in {"ExpatError", "_LimitError", "LookupError", "ValueError"}, f"{told} came out")
            read.append(None)
    promise(read[0] == read[1], "one way reads another document than the other")
    try:
        document = parse_document(data)
    except UnreadableAnswerError as error:
        check_error(error)
        promise(read[0] is None, "a document was refused that can be parsed")
    else:
        promise(document.root, "a root has a name")


def outline(data):
    """A well-formed answer from lines: ``+Name`` opens an element, ``-`` closes it, anything else is text."""
    parts, open_names = ["<Response>"], []
    for line in data.decode("utf-8", "replace").split("\n"):
        if re.fullmatch(r"\+[A-Za-z_][A-Za-z0-9_]*", line) and len(open_names) < 60:
            open_names.append(line[1:])
            parts.append(f"<{line[1:]}>")
        elif line == "-":
            if open_names:
                parts.append(f"</{open_names.pop()}>")
        else:
            parts.append(escape(re.sub("[^\t -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", line)))
    parts += [f"</{name}>" for name in reversed(open_names)]
    return "".join([*parts, "</Response>"]).encode()


def models_of_answers(data):
    """Whatever stands in a well-formed answer, a result can be used; the first byte says which."""
    kind, body = RESULTS[data[0] % len(RESULTS)] if data else RESULTS[0], outline(data[1:])
    result = read_answer(Operation("Fuzzed", "GET", "/jobs", idempotent=True, result=kind), body)
    if result is None:
        return
    check_result(result)
    check_jobs(getattr(result, "jobs_detail", ()))
    if isinstance(result, models.DescribeMediaJobResult):
        try:
            promise(result.job == result.jobs_detail[0], "the job is the only one")
        except CIError as error:
            check_error(error, longest=len(body) + 1_000)


def known_jobs(data):
    """An answer reads the same whether its jobs are known or not: bodies split by a NUL follow each other."""
    known, held = KnownJobs(), []
    operation = describe_media_job(["j1"])
    for body in data.split(b"\0", 2):
        fresh = read_answer(operation, body)
        for _ in range(2):
            polled = read_answer(operation, body, known)
            held.append(polled)
            promise(polled == fresh, "known jobs make another answer")
            if polled is not None and fresh is not None:
                promise(repr(polled) == repr(fresh), "known jobs make another answer")


def callback(data):
    """A callback is read, or refused by one error that quotes nothing; its content type says nothing."""
    read = []
    for content_type in (None, "application/json", "text/xml; charset=utf-16"):
        try:
            read.append(parse_callback(data, content_type=content_type))
        except UnreadableCallbackError as error:
            check_error(error, longest=300)
            promise(SPY not in str(error), "the error quotes the body")
            read.append(None)
    promise(read[0] == read[1] == read[2], "the content type makes a difference")
    if read[0] is not None:
        check_result(read[0])
        check_jobs(read[0].jobs_detail)
        if read[0].job_ids:
            promise(check_job_ids(read[0].job_ids, at_most=1_000_000) == read[0].job_ids, "no job ids")


def fields(data, count):
    """So many texts, which a byte divides that stands in no UTF-8; other bad bytes are lone surrogates."""
    parts = [part.decode("utf-8", "surrogateescape") for part in data.split(b"\xff", count - 1)]
    return parts + [""] * (count - len(parts))


def endpoint(data):
    """Bucket, region and ids are refused, or the URL leads to that host and asks for those ids."""
    bucket, region, ids, query = fields(data, 4)
    try:
        place = Endpoint.of(bucket, region)
    except ConfigurationError as error:
        check_error(error, longest=12 * len(data) + 300)
        place = Endpoint.of(*PLACE)
    else:
        check_place(place, "https", f"{bucket}.ci.{region}.myqcloud.com", None)
    try:
        job_ids = check_job_ids(ids.split("\n"), at_most=10)
    except ConfigurationError as error:
        check_error(error, longest=12 * len(data) + 300)
    else:
        asked = httpx.URL(place.url(describe_media_job(job_ids).path))
        promise(asked.raw_path.decode() == "/jobs/" + ",".join(job_ids), f"it asks for {asked.raw_path}")
        promise(set(job_ids) == set(ids.split("\n")), "it asks for others")
    pairs = [part.partition("=")[::2] for part in query.split("\n")]
    # No path that we make has lone surrogates, or the dots that every client of HTTP resolves.
    if not re.search("[\ud800-\udfff]|(^|/)[.]{1,2}(/|$)", query):
        target = httpx.URL(place.url(f"/jobs/{query}", pairs)).raw_path.decode()
        path, _, text = target.partition("?")
        promise(unquote(path) == f"/jobs/{query}", "the path is another")
        promise(parse_qsl(text, keep_blank_values=True, strict_parsing=True) == pairs, "the query is another")


def base_url(data):
    """A base URL is refused, or every request goes to the host that it names, as httpx understands it."""
    (text,) = fields(data[1:], 1)
    plain = bool(data) and data[0] % 2 == 1
    try:
        session = CISession(*PLACE, credentials=KEYS, endpoint=text, allow_plain_http=plain)
    except ConfigurationError as error:
        check_error(error, longest=12 * len(data) + 300)
        user, at, rest = text.rpartition("@")
        promise(not at or SPY not in user or SPY in rest or SPY not in str(error), "a password is repeated")
        return
    place = session._endpoint
    named = httpx.URL(text.strip())
    check_place(place, named.scheme, named.host, named.port)
    loopback = re.fullmatch(r"127(\.[0-9]+){3}|::1|(.*\.)?localhost", httpx.URL(place.origin).host)
    promise(place.is_loopback == bool(loopback) or ":" in named.host, "wrong about being this machine")
    promise(named.scheme == "https" or plain or place.is_loopback, "signatures would go in the clear")


def check_place(place, scheme, host, port):
    url = httpx.URL(place.url("/jobs/j1", [("a", "b c")]))
    leads_to = (url.scheme, url.host, url.port)
    promise(leads_to == (scheme, host.lower(), port), f"it leads to {leads_to}")
    promise(url.raw_path == b"/jobs/j1?a=b%20c", f"it asks for {url.raw_path}")
    promise(not url.userinfo and not url.fragment, "there is more in it")
    # As sockets do, by an error that is no OSError.
    url.host.encode("idna")


def head_and_body(data):
    """Status, headers and body, from an HTTP answer without its version; as httpx would hand them over."""
    head, _, body = data.partition(b"\n\n")
    status, *lines = head.split(b"\n")
    pairs = [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines) if name]
    number = int(status) if re.fullmatch(rb"[1-9][0-9]{2}", status) else 500
    return number, httpx.Headers(pairs), body


def error_answer(data):
    """Any answer with a bad status is a `ServiceError` with that status, whatever else it says."""
    status, headers, body = head_and_body(data)
    response = ResponseInfo(status, ResponseHeaders(headers.multi_items()))
    try:
        decipher(describe_media_job(["j1"]), response, body, now=NOW)
    except ServiceError as error:
        check_error(error, longest=6_000)
        promise(error.status == status and error.response is response, "the status is another")
        promise(error.retry_after is None or error.retry_after >= 0, f"a wait of {error.retry_after}")
        for text in (error.code, error.request_id, error.trace_id, error.resource):
            promise(text is None or (isinstance(text, str) and text), "no text")
    except UnreadableAnswerError as error:
        check_error(error)
        promise(200 <= status < 300, "a bad status was taken for a good one")
    else:
        promise(200 <= status < 300, "a bad status was taken for a good one")


def retry_after(data):
    """Any ``Retry-After`` is a wait from 0 on, or none; any date is one or none."""
    asked, date = fields(data, 2)
    headers = ResponseHeaders({"Retry-After": asked, "Date": date} if date else {"Retry-After": asked})
    seconds = retry_after_seconds(headers, now=NOW)
    promise(seconds is None or seconds >= 0, f"a wait of {seconds}")
    moment = http_date(date)
    promise(moment is None or abs(moment) < 1e12, f"a date at {moment}")


def compressed(data):
    """A body is inflated to what was sent, or refused, and is never larger than the limit."""
    status, headers, body = head_and_body(data)
    pieces = [body[start : start + 40] for start in range(0, len(body), 40)]

    class Stream(httpx.AsyncByteStream):
        async def __aiter__(self):
            for piece in pieces:
                yield piece

    response = httpx.Response(status, headers=headers, stream=Stream())
    info = ResponseInfo(status, ResponseHeaders(headers.multi_items()))
    try:
        read = run(read_body(response, info, 1_000))
    except UnreadableAnswerError as error:
        check_error(error)
        return
    promise(len(read) <= 1_000, f"{len(read)} bytes passed")
    if headers.get("content-encoding", "").strip().lower() in {"", "identity"}:
        promise(read == body, "the body is another")


def run(coroutine):
    """Run what never waits, without a loop."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise BrokenPromiseError("it waits")


def snapshot(data):
    """What a watcher loads is a list of jobs, whole and usable, or refused."""
    for text in (data, data.decode("utf-8", "surrogateescape")):
        try:
            recalled = _snapshot.read_snapshot(text)
        except ConfigurationError as error:
            check_error(error, longest=300)
            continue
        for each in recalled:
            promise(check_job_ids([each.job_id], at_most=1) == (each.job_id,), "no job id")
            promise(each.job is None or each.job.job_id == each.job_id, "another job")
        again = _snapshot.read_snapshot(_snapshot.write_snapshot([], 0.0, recalled=recalled))
        promise(again == recalled, "not itself when written down again")


TARGETS = {
    "answer": answer,
    "base_url": base_url,
    "callback": callback,
    "compressed": compressed,
    "endpoint": endpoint,
    "error_answer": error_answer,
    "known_jobs": known_jobs,
    "models": models_of_answers,
    "retry_after": retry_after,
    "snapshot": snapshot,
    "xml": xml,
}
