"""Spans and metrics for OpenTelemetry, made of events. Needs ``tencent-ci-async[otel]``."""

try:
    from ._telemetry import CITelemetry
except ModuleNotFoundError as _missing:
    if not (_missing.name or "").startswith("opentelemetry"):
        raise
    raise ImportError(
        "tencent_ci_async.otel needs opentelemetry-api: python -m pip install 'tencent-ci-async[otel]'"
    ) from _missing

__all__ = ["CITelemetry"]
