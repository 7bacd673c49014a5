"""The body of a callback, in every form that the service sends, as one model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, NoReturn, cast

from pydantic import Field, ValidationError

from tencent_ci_async._endpoint import check_job_ids
from tencent_ci_async._xml import MAX_DEPTH, MAX_NODES, MAX_TEXT_LENGTH, parse_document
from tencent_ci_async.errors import ConfigurationError, UnreadableAnswerError, UnreadableCallbackError
from tencent_ci_async.models import JobDetail
from tencent_ci_async.models._wire import WireModel, WireStr, XmlList, no_items

__all__ = ["JobCallback", "parse_callback"]

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_EITHER_IS_THERE: Final = frozenset({"EventName", "JobsDetail"})
_SHOWN_PROBLEMS: Final = 3
_POSITION: Final = re.compile(r"line [0-9]+, column [0-9]+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class JobCallback(WireModel):
    """What the service, or whoever pretends to be it, says about jobs: a hint, to be confirmed by asking.

    Elements without a field here, such as ``WorkflowExecution``, are in ``model_extra``.

    Source: Tencent Cloud CI API, callback content.
    """

    event_name: WireStr = None
    """What happened; ``TaskFinish`` when jobs have ended. Some callbacks do not say."""

    jobs_detail: XmlList[JobDetail] = Field(default_factory=no_items)
    """The jobs, as they are said to stand."""

    @property
    def job_ids(self) -> tuple[str, ...]:
        """The distinct ids of the jobs, in order; what is no job id is left out."""
        said = (job.job_id for job in self.jobs_detail)
        return tuple(dict.fromkeys(job_id for job_id in said if job_id is not None and _is_job_id(job_id)))


def parse_callback(body: bytes, *, content_type: str | None = None) -> JobCallback:  # noqa: ARG001 - see Args
    """Return what a callback says, whichever form it comes in: XML, or JSON bare or in ``Response``.

    The form is told from the body. All forms of one callback give equal models: JSON is read as if it were
    the XML, so numbers and flags without a field are text, and a list of one is its item.

    Limits are those for answers: 64 levels, 200,000 elements (in JSON: commas and opening brackets, those
    in texts too), 1,000,000 characters to a text in a large body, and no document types. How large a body
    may be at all is for the receiver to say, before it reads it; `CallbackApp` does.

    Args:
        body: The body of the request, as received.
        content_type: Not looked at, since senders and proxies get it wrong; receivers may hand it over.

    Raises:
        UnreadableCallbackError: The body is neither XML nor JSON, passes a limit, or is not about jobs. The
            message has places and kinds of fault, and nothing that stands in the body.

    Source: Tencent Cloud CI API, callback content.
    """
    try:
        is_json = body.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] in {b"{", b"["}
        children = _unwrapped(_json_children(body) if is_json else parse_document(body).children)
        if not _EITHER_IS_THERE.isdisjoint(children):
            return JobCallback.model_validate(children)
        reason = "it names neither an event nor a job"
    except UnreadableAnswerError as error:
        reason = _without_values(str(error))
    except _RefusedError as error:
        reason = str(error)
    except ValidationError as error:
        reason = _problems(error)
    raise UnreadableCallbackError(f"the callback cannot be read: {reason}")


class _RefusedError(Exception):
    """A body that is refused; the message has nothing that stands in it."""


def _unwrapped(children: Mapping[str, object]) -> Mapping[str, object]:
    if len(children) == 1 and _EITHER_IS_THERE.isdisjoint(children):
        (inner,) = children.values()
        if isinstance(inner, dict):
            return cast("dict[str, object]", inner)
    return children


def _is_job_id(text: str) -> bool:
    try:
        check_job_ids([text], at_most=1)
    except ConfigurationError:
        return False
    return True


# --- What may be said about a body that is refused ------------------------------------------------------


def _without_values(told: str) -> str:
    # What stands in brackets is the parser's own text, which may quote the body: the name of an encoding.
    said, _, details = told.partition(" (")
    position = _POSITION.search(details)
    return f"{said} ({position[0]})" if position else said


def _problems(error: ValidationError) -> str:
    # Only where and of what kind: the messages of validators may quote the input.
    found = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{'.'.join(map(str, each['loc']))} ({each['type']})" for each in found[:_SHOWN_PROBLEMS]]
    more = len(found) - len(shown)
    return "it has another shape at " + ", ".join(shown) + (f" and {more} more" if more else "")


# --- JSON, read as if it were XML -----------------------------------------------------------------------


def _json_children(body: bytes) -> dict[str, object]:
    # Every value but the first follows one of these, so that the count bounds what parsing can cost.
    if sum(map(body.count, (b",", b"{", b"["))) > MAX_NODES:
        raise _RefusedError(f"it has more than {MAX_NODES} elements")
    reason = ""
    parsed: object = None
    try:
        # Numbers stay the text that they are: none is too large, and none is infinite.
        parsed = json.loads(
            body.decode("utf-8-sig"), parse_int=str, parse_float=str, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except json.JSONDecodeError as error:
        reason = f"it is not well-formed JSON (line {error.lineno}, column {error.colno})"
    except RecursionError:
        reason = _TOO_DEEP
    if reason:
        raise _RefusedError(reason)
    if not isinstance(parsed, dict):
        raise _RefusedError("it is no JSON object")
    return cast("dict[str, object]", _as_if_xml(cast("object", parsed), depth=1) or {})


_TOO_DEEP: Final = f"it is nested deeper than {MAX_DEPTH} levels"


def _refuse_constant(_: str) -> NoReturn:
    raise _RefusedError("it has a number that is not finite")


def _as_if_xml(value: object, *, depth: int) -> object:
    """Return what the same value would be, had it come as XML."""
    if depth > MAX_DEPTH:
        raise _RefusedError(_TOO_DEEP)
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {_text(name): _as_if_xml(each, depth=depth + 1) for name, each in members.items()} or None
    if isinstance(value, list):
        items = [_as_if_xml(each, depth=depth + 1) for each in cast("list[object]", value)]
        return items[0] if len(items) == 1 else items or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value).strip() or None if isinstance(value, str) else None


def _text(text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH:
        raise _RefusedError(f"a name or a text is longer than {MAX_TEXT_LENGTH} characters")
    if _SURROGATE.search(text):
        raise _RefusedError("a name or a text has half a character")
    return text
