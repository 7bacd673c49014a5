"""A span for each call, and one for each of its requests."""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from tencent_ci_async.events import (
    CallEnded,
    CallStarted,
    ClockAdjusted,
    CredentialsRefreshed,
    CredentialsRefreshFailed,
    Event,
    RateChanged,
    RequestEnded,
    RequestSent,
    RetryScheduled,
)

__all__ = ["Spans"]

_Value = str | int | float | bool | list[str]


class Spans:
    """Starts and ends spans.

    Args:
        tracer: Makes them.
        request_spans: Whether each request has one of its own.
        max_job_ids: How many job ids a span names at most.
    """

    def __init__(self, tracer: Tracer, *, request_spans: bool, max_job_ids: int) -> None:
        self._tracer = tracer
        self._request_spans = request_spans
        self._max_job_ids = max_job_ids
        self._calls: dict[int, _Call] = {}

    def take(self, event: Event) -> None:
        """Take an event in."""
        match event:
            case CallStarted():
                self._begin(event)
            case RequestSent():
                self._send(event)
            case RequestEnded():
                self._answer(event)
            case RetryScheduled():
                self._retry(event)
            case CallEnded():
                self._end(event)
            case _:
                _note(event)

    def _begin(self, event: CallStarted) -> None:
        attributes: dict[str, _Value] = {
            "rpc.system": "tencent_ci",
            "rpc.method": event.operation,
            "http.request.method": event.method,
            "server.address": event.host,
            "server.port": event.port,
            "tencent_ci.bucket": event.bucket,
            "tencent_ci.region": event.region,
            "tencent_ci.call_id": event.call_id,
        }
        if event.job_ids:
            attributes |= self._jobs(event.job_ids)
        span = self._tracer.start_span(
            f"tencent_ci {event.operation}", kind=SpanKind.CLIENT, attributes=attributes
        )
        self._calls[event.call_id] = _Call(_Current(span), event)

    def _send(self, event: RequestSent) -> None:
        call = self._calls.get(event.call_id)
        if call is None or not self._request_spans:
            return
        attributes: dict[str, _Value] = {
            "http.request.method": call.started.method,
            "server.address": call.started.host,
            "server.port": call.started.port,
            "tencent_ci.attempt": event.attempt,
            "tencent_ci.wait.slot": event.waited_for_slot,
            "tencent_ci.wait.limiter": event.waited_for_limiter,
            "tencent_ci.wait.pace": event.waited_for_pace,
            "tencent_ci.wait.credentials": event.waited_for_credentials,
        }
        if event.body_bytes:
            attributes["http.request.body.size"] = event.body_bytes
        if event.attempt > 1:
            attributes["http.request.resend_count"] = event.attempt - 1
        span = self._tracer.start_span(
            "tencent_ci request",
            context=trace.set_span_in_context(call.current.span),
            kind=SpanKind.CLIENT,
            attributes=attributes,
        )
        call.request = _Current(span)

    def _answer(self, event: RequestEnded) -> None:
        call = self._calls.get(event.call_id)
        if call is None or call.request is None:
            return
        current, call.request = call.request, None
        span = current.span
        _set(span, event.status, event.request_id, event.code)
        if event.status is not None:
            span.set_attribute("tencent_ci.response.body_bytes", event.body_bytes)
        if event.trace_id is not None:
            span.set_attribute("tencent_ci.trace_id", event.trace_id)
        if event.error == "CancelledError":
            span.set_attribute("tencent_ci.outcome", "cancelled")
        elif event.error is not None:
            _fail(span, event.error, event.reason or _said(event.status, event.code))
        current.end()

    def _retry(self, event: RetryScheduled) -> None:
        call = self._calls.get(event.call_id)
        if call is not None:
            attributes: dict[str, _Value] = {
                "tencent_ci.attempt": event.attempt,
                "tencent_ci.retry.delay": event.delay,
                "error.type": event.error,
            }
            if event.code is not None:
                attributes["tencent_ci.error_code"] = event.code
            call.current.span.add_event("tencent_ci.retry", attributes)

    def _end(self, event: CallEnded) -> None:
        call = self._calls.pop(event.call_id, None)
        if call is None:
            return
        span = call.current.span
        span.set_attribute("tencent_ci.outcome", event.outcome)
        span.set_attribute("tencent_ci.attempts", event.attempts)
        if event.job_ids != call.started.job_ids:
            span.set_attributes(self._jobs(event.job_ids))
        _set(span, event.status, event.request_id, event.code)
        if event.outcome == "failed" and event.error is not None:
            _fail(span, event.error, event.reason or _said(event.status, event.code))
        call.current.end()

    def _jobs(self, job_ids: tuple[str, ...]) -> Mapping[str, _Value]:
        return {
            "tencent_ci.job_ids": list(job_ids[: self._max_job_ids]),
            "tencent_ci.job_count": len(job_ids),
        }


class _Current:
    """A span that is the current one where it was made, until it ends."""

    __slots__ = ("_before", "span")

    def __init__(self, span: Span) -> None:
        self.span = span
        self._before: Context = context.get_current()
        context.attach(trace.set_span_in_context(span, self._before))

    def end(self) -> None:
        self.span.end()
        # Put back rather than detached: whoever ends a coroutine from outside ends it in another context.
        if trace.get_current_span() is self.span:
            context.attach(self._before)


class _Call:
    """A call under way."""

    __slots__ = ("current", "request", "started")

    def __init__(self, current: _Current, started: CallStarted) -> None:
        self.current = current
        self.started = started
        self.request: _Current | None = None


def _set(span: Span, status: int | None, request_id: str | None, code: str | None) -> None:
    if status is not None:
        span.set_attribute("http.response.status_code", status)
    if request_id is not None:
        span.set_attribute("tencent_ci.request_id", request_id)
    if code is not None:
        span.set_attribute("tencent_ci.error_code", code)


def _fail(span: Span, error: str, description: str) -> None:
    span.set_attribute("error.type", error)
    span.set_status(Status(StatusCode.ERROR, description))


def _said(status: int | None, code: str | None) -> str:
    return " ".join(str(each) for each in (status, code) if each is not None)


def _note(event: Event) -> None:
    """Put down what concerns more than one call at the span during which it happened."""
    span = trace.get_current_span()
    if not span.is_recording():
        return
    match event:
        case RateChanged():
            rates = {"tencent_ci.rate.before": event.before, "tencent_ci.rate.after": event.after}
            known: dict[str, _Value] = {name: rate for name, rate in rates.items() if rate is not None}
            span.add_event("tencent_ci.rate_changed", {"tencent_ci.rate.of": event.source, **known})
        case ClockAdjusted():
            span.add_event("tencent_ci.clock_adjusted", {"tencent_ci.clock.offset": event.offset})
        case CredentialsRefreshed():
            span.add_event("tencent_ci.credentials_refreshed", {"tencent_ci.seconds": event.seconds})
        case CredentialsRefreshFailed():
            attributes: dict[str, _Value] = {
                "tencent_ci.seconds": event.seconds,
                "error.type": event.cause or event.error,
            }
            span.add_event("tencent_ci.credentials_refresh_failed", attributes)
        case _:
            pass
