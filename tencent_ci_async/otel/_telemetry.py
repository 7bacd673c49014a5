"""The handler of events that a program gives to its sessions, watchers and describers."""

from __future__ import annotations

from opentelemetry import metrics, trace

from tencent_ci_async._version import __version__
from tencent_ci_async.errors import ConfigurationError
from tencent_ci_async.events import Event

from ._metrics import Metrics
from ._spans import Spans

__all__ = ["CITelemetry"]

_SCOPE = "tencent_ci_async"


class CITelemetry:
    """Makes spans and metrics of what happens; give it as ``on_event``.

    One may serve any number of sessions, watchers and describers, in any number of event loops. Each call is
    a span, whose parent is the span that is current where the call is made; each of its requests is a child.
    They are current while they last, so that logs and other instrumentation below find them.

    Args:
        tracer_provider: Where spans go; None for the global provider.
        meter_provider: Where metrics go; None for the global provider.
        request_spans: Whether each request has a span of its own. Turn that off where the HTTP client is
            instrumented as well, whose spans would say the same.
        max_job_ids: How many job ids a span names at most.

    Raises:
        ConfigurationError: ``max_job_ids`` is negative.
    """

    def __init__(
        self,
        *,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
        request_spans: bool = True,
        max_job_ids: int = 10,
    ) -> None:
        if max_job_ids < 0:
            raise ConfigurationError(f"max_job_ids is {max_job_ids}: it must be 0 or more")
        tracer = trace.get_tracer(_SCOPE, __version__, tracer_provider)
        self._spans = Spans(tracer, request_spans=request_spans, max_job_ids=max_job_ids)
        self._metrics = Metrics(metrics.get_meter(_SCOPE, __version__, meter_provider))

    def __call__(self, event: Event) -> None:
        """Take an event in."""
        # While the span is still current, so that an exemplar leads to it.
        self._metrics.take(event)
        self._spans.take(event)
