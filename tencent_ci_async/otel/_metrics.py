"""Measurements of calls, requests, waits and watchers, by attributes that take few values."""

from __future__ import annotations

from typing import Final

from opentelemetry.metrics import Histogram, Meter

from tencent_ci_async.events import (
    BatchSent,
    CallEnded,
    CredentialsRefreshed,
    CredentialsRefreshFailed,
    Event,
    JobEnded,
    LookEnded,
    RequestEnded,
    RequestSent,
    RetryScheduled,
    WatcherEvent,
    WatcherIdle,
)

__all__ = ["Metrics"]

# The buckets that OpenTelemetry's conventions name for HTTP, and some more for waits and jobs.
_SECONDS: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
    *(30.0, 60.0, 300.0, 1_800.0, 7_200.0),
)


class Metrics:
    """Records measurements.

    Args:
        meter: Makes the instruments.
    """

    def __init__(self, meter: Meter) -> None:
        self._calls = _seconds(meter, "tencent_ci.client.call.duration", "A call, all attempts included")
        self._requests = _seconds(meter, "tencent_ci.client.request.duration", "One request")
        self._waits = _seconds(
            meter, "tencent_ci.client.wait.duration", "What a request waited for before it was sent"
        )
        self._retries = meter.create_counter(
            "tencent_ci.client.retries", "{retry}", "Further attempts that calls made"
        )
        self._throttled = meter.create_counter(
            "tencent_ci.client.throttled", "{request}", "Requests that the service throttled"
        )
        self._active = meter.create_up_down_counter(
            "tencent_ci.client.active_requests", "{request}", "Requests under way"
        )
        self._refreshes = meter.create_counter(
            "tencent_ci.client.credentials.refreshes", "{refresh}", "Fresh keys asked for"
        )
        self._questions = meter.create_counter(
            "tencent_ci.batching.questions", "{question}", "Questions that were asked together"
        )
        self._batches = meter.create_counter(
            "tencent_ci.batching.batches", "{batch}", "Requests that these made"
        )
        self._waiting = meter.create_up_down_counter(
            "tencent_ci.watcher.jobs", "{job}", "Jobs that are waited for"
        )
        self._looks = meter.create_counter(
            "tencent_ci.watcher.looks", "{look}", "Jobs that watchers have asked for"
        )
        self._lag = _seconds(meter, "tencent_ci.watcher.lag", "How late a watcher looks")
        self._jobs = _seconds(
            meter, "tencent_ci.watcher.job.duration", "From the first wait for a job to its end"
        )
        self._waiting_by_watcher: dict[int, int] = {}

    def take(self, event: Event) -> None:
        """Take an event in."""
        match event:
            case RequestSent():
                self._send(event)
            case RequestEnded():
                self._answer(event)
            case RetryScheduled():
                self._retries.add(1, {"rpc.method": event.operation, "error.type": event.error})
            case CallEnded():
                attributes = {"rpc.method": event.operation, "tencent_ci.outcome": event.outcome}
                if event.outcome == "failed" and event.error is not None:
                    attributes["error.type"] = event.error
                self._calls.record(event.seconds, attributes)
            case CredentialsRefreshed():
                self._refreshes.add(1, {"tencent_ci.outcome": "succeeded"})
            case CredentialsRefreshFailed():
                self._refreshes.add(1, {"tencent_ci.outcome": "failed", "error.type": event.error})
            case BatchSent():
                self._questions.add(event.callers)
                self._batches.add(1)
            case WatcherEvent():
                self._watch(event)
            case _:
                pass

    def _send(self, event: RequestSent) -> None:
        method = {"rpc.method": event.operation}
        self._active.add(1, method)
        self._waits.record(event.waited_for_slot, {**method, "tencent_ci.wait": "slot"})
        self._waits.record(event.waited_for_limiter, {**method, "tencent_ci.wait": "limiter"})
        self._waits.record(event.waited_for_pace, {**method, "tencent_ci.wait": "pace"})
        self._waits.record(event.waited_for_credentials, {**method, "tencent_ci.wait": "credentials"})

    def _answer(self, event: RequestEnded) -> None:
        method = {"rpc.method": event.operation}
        self._active.add(-1, method)
        attributes: dict[str, str | int] = {**method}
        if event.status is not None:
            attributes["http.response.status_code"] = event.status
        if event.error is not None:
            attributes["error.type"] = event.error
        self._requests.record(event.seconds, attributes)
        if event.error == "ThrottledError":
            self._throttled.add(1, method)

    def _watch(self, event: WatcherEvent) -> None:
        match event:
            case LookEnded():
                self._looks.add(event.asked, {} if event.error is None else {"error.type": event.error})
                self._lag.record(event.lag)
                self._set_waiting(event.watcher_id, event.waiting)
            case JobEnded():
                attributes = {"tencent_ci.state": event.state}
                if event.tag is not None:
                    attributes["tencent_ci.tag"] = event.tag
                self._jobs.record(event.waited, attributes)
            case WatcherIdle():
                self._set_waiting(event.watcher_id, 0)
            case _:
                pass

    def _set_waiting(self, watcher_id: int, waiting: int) -> None:
        known = self._waiting_by_watcher
        self._waiting.add(waiting - known.get(watcher_id, 0))
        if waiting:
            known[watcher_id] = waiting
        else:
            known.pop(watcher_id, None)


def _seconds(meter: Meter, name: str, description: str) -> Histogram:
    try:
        return meter.create_histogram(
            name, "s", description, explicit_bucket_boundaries_advisory=list(_SECONDS)
        )
    except TypeError:
        # Older releases know no such advice; a view says the same.
        return meter.create_histogram(name, "s", description)
