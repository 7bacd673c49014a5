"""API calls described as data, and answers deciphered: everything about the protocol but the sending."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from pydantic import ValidationError

from tencent_ci_async._error_classes import service_error_class
from tencent_ci_async._known_jobs import KnownJobs, Reading
from tencent_ci_async._retry import retry_after_seconds
from tencent_ci_async._xml import Document, parse_document
from tencent_ci_async.errors import ServiceError, UnreadableAnswerError
from tencent_ci_async.models import DescribeMediaJobResult, ResponseInfo, ServiceResult

__all__ = ["Operation", "decipher"]

_LONGEST_TEXT = 2_000
_SHOWN_PROBLEMS = 3

ResultT = TypeVar("ResultT", bound=ServiceResult)
ResultT_co = TypeVar("ResultT_co", bound=ServiceResult, covariant=True)


@dataclass(frozen=True, slots=True)
class Operation(Generic[ResultT_co]):
    """One API call.

    Attributes:
        name: The name of the API action, such as ``DescribeMediaJob``.
        method: The HTTP method.
        path: The decoded path.
        idempotent: Whether sending it twice does no harm.
        result: The model of a good answer.
        query: Decoded query parameters; one without a value has the empty text.
        body: An XML document to send; empty for none.
        says_nothing: Whether a good answer may have no body.
        job_ids: The jobs that it is about, as far as it names any.
    """

    name: str
    method: str
    path: str
    idempotent: bool
    result: type[ResultT_co]
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    says_nothing: bool = False
    job_ids: tuple[str, ...] = ()


def decipher(
    operation: Operation[ResultT],
    response: ResponseInfo,
    body: bytes,
    *,
    now: float,
    known: KnownJobs | None = None,
) -> ResultT:
    """Return the result that an answer holds, or raise what it says instead.

    Args:
        operation: What was asked.
        response: Status and headers of the answer.
        body: The body, inflated.
        now: Epoch seconds, for a ``Retry-After`` that is a date.
        known: The jobs that need not be parsed again; None to parse everything.

    Raises:
        ServiceError: The status is not 2xx; the subclass says whose turn it is to act.
        UnreadableAnswerError: The status is good, but the body is not the document expected.
    """
    if not 200 <= response.status < 300:
        raise _service_error(response, body, now=now)
    if operation.says_nothing and not body.strip():
        return operation.result().with_response(response)
    reason = ""
    try:
        reading = Reading(parse_document(body)) if known is None else known.read(body)
        document = reading.document
        if document.root == "Response":
            result = operation.result.model_validate(document.children)
            if known is not None and isinstance(result, DescribeMediaJobResult):
                known.learn(reading, result.jobs_detail)
            return result.with_response(response)
        reason = f"its root element is {document.root[:40]!r}, not 'Response'"
    except UnreadableAnswerError as error:
        reason = str(error) if body.strip() else "the body is empty"
    except ValidationError as error:
        reason = _problems(error)
    named = f", request id {response.request_id}" if response.request_id else ""
    raise UnreadableAnswerError(
        f"the answer to {operation.name} (HTTP {response.status}{named}) cannot be read: {reason}",
        request_id=response.request_id,
        response=response,
    )


def _problems(error: ValidationError) -> str:
    # The input values stay out: they may be anything, and an exception travels far.
    found = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [
        f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in found[:_SHOWN_PROBLEMS]
    ]
    more = len(found) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def _service_error(response: ResponseInfo, body: bytes, *, now: float) -> ServiceError:
    fields = _error_fields(body)
    code = fields.get("Code")
    message = fields.get("Message", "")
    return service_error_class(response.status, code, message)(
        message,
        status=response.status,
        code=code,
        request_id=response.request_id or fields.get("RequestId"),
        trace_id=response.trace_id or fields.get("TraceId"),
        resource=fields.get("Resource"),
        retry_after=retry_after_seconds(response.headers, now=now),
        response=response,
    )


def _error_fields(body: bytes) -> dict[str, str]:
    """Return Code, Message, RequestId, TraceId and Resource, as far as an error body names them.

    The documented root is Error, but any is accepted; so is the JSON form that some gateways use. A body that
    cannot be read (empty, cut, a proxy's page, hostile) names nothing: the status then decides alone.
    """
    try:
        children: Mapping[str, object]
        if body.lstrip()[:1] == b"{":
            children = _json_error(json.loads(body))
        else:
            children = _innermost(parse_document(body))
    except (UnreadableAnswerError, ValueError, RecursionError):
        return {}
    texts = {name: children.get(name) for name in ("Code", "Message", "RequestId", "TraceId", "Resource")}
    return {name: _bearable(text) for name, text in texts.items() if isinstance(text, str) and text}


def _bearable(text: str) -> str:
    """Return a text that can be logged: not too long, and without the half characters that JSON can hold."""
    return text[:_LONGEST_TEXT].encode(errors="replace").decode()


def _innermost(document: Document) -> Mapping[str, object]:
    inner = document.children.get("Error")
    return cast("Mapping[str, object]", inner) if isinstance(inner, dict) else document.children


def _json_error(parsed: object) -> dict[str, object]:
    if not isinstance(parsed, dict):
        return {}
    members = cast("dict[str, object]", parsed)
    inner = members.get("Response", members)
    if isinstance(inner, dict):
        members = cast("dict[str, object]", inner)
    inner = members.get("Error", members)
    if isinstance(inner, dict):
        members = {**members, **cast("dict[str, object]", inner)}
    found: dict[str, object] = {}
    for name, spellings in _JSON_SPELLINGS.items():
        value = next((members[spelling] for spelling in spellings if spelling in members), None)
        found[name] = str(value) if isinstance(value, int | float) else value
    return found


_JSON_SPELLINGS: dict[str, tuple[str, ...]] = {
    "Code": ("Code", "code"),
    "Message": ("Message", "message"),
    "RequestId": ("RequestId", "request_id", "requestId"),
    "TraceId": ("TraceId", "trace_id", "traceId"),
    "Resource": ("Resource", "resource"),
}
