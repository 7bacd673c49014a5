"""Spans and metrics, as OpenTelemetry's own SDK exports them."""

import asyncio
import contextlib
import contextvars
import subprocess
import sys

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from support.requests import concat
from support.scripted import BUCKET, KEYS, REGION, Scripted, refusal

from tencent_ci_async import (
    BatchingDescriber,
    CIError,
    CISession,
    ConfigurationError,
    Credentials,
    JobWatcher,
    RateLimiter,
    RetryPolicy,
)
from tencent_ci_async.otel import CITelemetry
from tencent_ci_async.testing import FakeCI, Fault

GOOD = "<Response><JobsDetail><JobId>j1</JobId><State>Running</State></JobsDetail></Response>"


class Exported:
    """What an application's providers would export."""

    def __init__(self, **settings):
        self._spans = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._spans))
        self.tracer = provider.get_tracer("application")
        self.telemetry = CITelemetry(
            tracer_provider=provider, meter_provider=MeterProvider([self._reader]), **settings
        )

    @property
    def spans(self):
        return self._spans.get_finished_spans()

    def named(self, name):
        return [span for span in self.spans if span.name == name]

    @property
    def calls(self):
        return [span for span in self.spans if span.name.startswith("tencent_ci D")]

    @property
    def requests(self):
        return self.named("tencent_ci request")

    @property
    def metrics(self):
        """Each instrument's data points, as pairs of attributes and value; of a histogram, the count."""
        data = self._reader.get_metrics_data()
        return {
            metric.name: [
                (dict(point.attributes), getattr(point, "count", None) or getattr(point, "value", 0))
                for point in metric.data.data_points
            ]
            for resource in (data.resource_metrics if data else [])
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def everything(self):
        data = self._reader.get_metrics_data()
        return "".join([span.to_json() for span in self.spans]) + (data.to_json() if data else "")


@pytest.fixture
def exported():
    return Exported()


@pytest.fixture(autouse=True)
def nothing_left_current():
    """A span that stays current would become the parent of whatever comes next."""
    yield
    assert not trace.get_current_span().get_span_context().is_valid


def script(*answers):
    left = list(answers)
    return Scripted(lambda _: left.pop(0) if len(left) > 1 else left[0])


# --- Spans --------------------------------------------------------------------------------------------


async def test_a_call_is_a_span_with_its_ids_and_its_request(exported):
    async with script(GOOD).session(on_event=exported.telemetry) as session:
        with exported.tracer.start_as_current_span("handler") as handler:
            await session.describe_media_job("j1", "j2")
            assert trace.get_current_span() is handler
    request, call, _ = exported.spans
    assert (call.name, call.kind) == ("tencent_ci DescribeMediaJob", SpanKind.CLIENT)
    attributes = dict(call.attributes)
    assert attributes.pop("tencent_ci.call_id") > 0
    assert attributes == {
        "rpc.system": "tencent_ci",
        "rpc.method": "DescribeMediaJob",
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": f"{BUCKET}.ci.{REGION}.myqcloud.com",
        "server.port": 443,
        "tencent_ci.bucket": BUCKET,
        "tencent_ci.region": REGION,
        "tencent_ci.job_ids": ("j1", "j2"),
        "tencent_ci.job_count": 2,
        "tencent_ci.outcome": "succeeded",
        "tencent_ci.attempts": 1,
        "tencent_ci.request_id": "R1",
    }
    assert (call.status.status_code, call.events) == (StatusCode.UNSET, ())
    assert call.parent.span_id == handler.get_span_context().span_id
    assert request.parent.span_id == call.context.span_id
    assert (request.name, request.kind) == ("tencent_ci request", SpanKind.CLIENT)
    assert request.attributes["tencent_ci.response.body_bytes"] == len(GOOD)
    assert "http.request.resend_count" not in request.attributes


async def test_a_retry_shows_each_request_and_what_lay_between(exported):
    throttled = refusal(503, "SlowDown")
    async with script(httpx.ReadError("reset"), throttled, GOOD).session(
        on_event=exported.telemetry
    ) as session:
        await session.describe_media_job("j1")
    (call,) = exported.calls
    first, second, third = exported.requests
    assert {span.parent.span_id for span in exported.requests} == {call.context.span_id}
    assert first.attributes["error.type"] == "NoAnswerError"
    assert "reset" in first.status.description
    assert second.attributes["error.type"] == "ThrottledError"
    assert second.attributes["tencent_ci.request_id"] == "R2"
    assert (second.status.status_code, second.status.description) == (StatusCode.ERROR, "503 SlowDown")
    assert third.attributes["http.request.resend_count"] == 2
    assert third.status.status_code is StatusCode.UNSET
    assert call.attributes["tencent_ci.attempts"] == 3
    assert call.status.status_code is StatusCode.UNSET
    assert [(event.name, dict(event.attributes)) for event in call.events] == [
        (
            "tencent_ci.retry",
            {"tencent_ci.attempt": 1, "tencent_ci.retry.delay": 0.0, "error.type": "NoAnswerError"},
        ),
        (
            "tencent_ci.retry",
            {
                "tencent_ci.attempt": 2,
                "tencent_ci.retry.delay": 0.0,
                "error.type": "ThrottledError",
                "tencent_ci.error_code": "SlowDown",
            },
        ),
    ]


async def test_a_call_that_fails_has_an_error(exported):
    async with script(refusal(403, "AccessDenied")).session(on_event=exported.telemetry) as session:
        with pytest.raises(CIError):
            await session.describe_media_job("j1")
    (call,) = exported.calls
    assert (call.status.status_code, call.status.description) == (StatusCode.ERROR, "403 AccessDenied")
    assert call.attributes["error.type"] == "AccessError"
    assert call.attributes["tencent_ci.error_code"] == "AccessDenied"
    assert call.attributes["tencent_ci.outcome"] == "failed"


async def test_a_submit_names_the_jobs_that_it_made(exported, open_session):
    result = await open_session(on_event=exported.telemetry).create_media_job(concat())
    (call,) = exported.named("tencent_ci CreateMediaJobs")
    assert call.attributes["tencent_ci.job_ids"] == (result.job.job_id,)
    assert exported.requests[0].attributes["http.request.body.size"] > 0


async def test_a_span_names_only_so_many_jobs():
    exported = Exported(max_job_ids=2)
    ids = [f"j{number}" for number in range(5)]
    async with script("<Response/>").session(on_event=exported.telemetry) as session:
        await session.describe_media_job(*ids)
    assert exported.calls[0].attributes["tencent_ci.job_ids"] == ("j0", "j1")
    assert exported.calls[0].attributes["tencent_ci.job_count"] == 5
    with pytest.raises(ConfigurationError):
        CITelemetry(max_job_ids=-1)


async def stall(_request):
    await asyncio.get_running_loop().create_future()


async def test_a_call_that_is_cancelled_ends_its_spans(exported):
    """Without an error: whoever cancels knows why."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(stall))
    settings = {"credentials": KEYS, "client": client, "on_event": exported.telemetry}
    async with client, CISession(BUCKET, REGION, **settings) as session:
        with exported.tracer.start_as_current_span("handler") as handler:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await session.describe_media_job("j1")
            assert trace.get_current_span() is handler
    (call,), (request,) = exported.calls, exported.requests
    for span in (call, request):
        assert span.attributes["tencent_ci.outcome"] == "cancelled"
        assert span.status.status_code is StatusCode.UNSET
        assert "error.type" not in span.attributes
    points = exported.metrics
    assert points["tencent_ci.client.active_requests"] == [({"rpc.method": "DescribeMediaJob"}, 0)]


async def test_concurrent_calls_have_their_own_parents(exported):
    async with script("<Response/>").session(on_event=exported.telemetry) as session:

        async def handle(number):
            with exported.tracer.start_as_current_span(f"handler {number}"):
                await session.describe_media_job(f"j{number}")

        await asyncio.gather(*(handle(number) for number in range(20)))
    names = {span.context.span_id: span.name for span in exported.spans}
    for call in exported.calls:
        (job_id,) = call.attributes["tencent_ci.job_ids"]
        assert names[call.parent.span_id] == f"handler {job_id[1:]}"
    assert len(exported.calls) == len(exported.requests) == 20


async def test_the_calls_of_a_fan_out_belong_to_the_span_that_loops_over_it(exported, open_session, fake):
    ids = [fake.add_job(job_id=f"j{number}") for number in range(45)]
    session = open_session(on_event=exported.telemetry)
    with exported.tracer.start_as_current_span("report") as report:
        async for _ in session.describe_many(ids):
            with exported.tracer.start_as_current_span("one of them"):
                await asyncio.sleep(0)
    assert len(exported.calls) == 5
    assert {call.parent.span_id for call in exported.calls} == {report.get_span_context().span_id}


async def test_the_calls_of_a_watcher_belong_to_the_span_in_which_it_was_made(exported, open_session, fake):
    """Never to that of one of those who wait."""
    session = open_session(on_event=exported.telemetry)
    job_id = fake.add_job()
    with exported.tracer.start_as_current_span("program") as program:
        watcher = JobWatcher(session.describe_media_job, on_event=exported.telemetry)
    async with watcher:
        with exported.tracer.start_as_current_span("handler"):
            await watcher.wait(job_id)
    assert {call.parent.span_id for call in exported.calls} == {program.get_span_context().span_id}


async def test_questions_asked_together_belong_to_the_span_of_the_first(exported, open_session, fake):
    session = open_session(on_event=exported.telemetry)
    describer = BatchingDescriber(session.describe_media_job, on_event=exported.telemetry)
    ids = [fake.add_job(job_id=f"j{number}") for number in range(3)]

    async def handle(job_id):
        with exported.tracer.start_as_current_span(f"handler {job_id}"):
            await describer.describe(job_id)

    await asyncio.gather(*(handle(job_id) for job_id in [*ids, ids[0]]))
    names = {span.context.span_id: span.name for span in exported.spans}
    assert [names[call.parent.span_id] for call in exported.calls] == ["handler j0"]
    assert exported.metrics["tencent_ci.batching.questions"] == [({}, 4)]
    assert exported.metrics["tencent_ci.batching.batches"] == [({}, 1)]


@pytest.mark.parametrize("request_spans", [True, False])
async def test_spans_of_the_client_below_are_children(request_spans):
    """As an instrumented HTTP client makes them: of the request's span, or of the call's if that has none."""
    exported = Exported(request_spans=request_spans)

    async def instrumented(_request):
        with exported.tracer.start_as_current_span("GET"):
            return httpx.Response(200, content=GOOD.encode())

    client = httpx.AsyncClient(transport=httpx.MockTransport(instrumented))
    settings = {"credentials": KEYS, "client": client, "on_event": exported.telemetry}
    async with client, CISession(BUCKET, REGION, **settings) as session:
        await session.describe_media_job("j1")
    (below,) = exported.named("GET")
    (above,) = exported.requests if request_spans else exported.calls
    assert below.parent.span_id == above.context.span_id
    assert len(exported.spans) == (3 if request_spans else 2)


async def test_a_call_that_somebody_else_closes_leaves_its_context_alone(exported, caplog):
    """A coroutine may be closed from another context than the one it ran in, as by the garbage collector."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(stall))
    settings = {"credentials": KEYS, "client": client, "on_event": exported.telemetry}
    async with client, CISession(BUCKET, REGION, **settings) as session:
        call = session.describe_media_job("j1")
        begins_in = contextvars.copy_context()
        begins_in.run(call.send, None)
        with exported.tracer.start_as_current_span("another") as another:
            call.close()
            assert trace.get_current_span() is another
    (span,) = exported.calls
    assert span.attributes["tencent_ci.outcome"] == "cancelled"
    assert caplog.records == []


async def test_what_concerns_more_than_one_call_is_noted_where_it_happened(exported):
    keys = [Credentials("old", "old"), KEYS]

    async def provider():
        return keys.pop(0)

    answers = [
        httpx.Response(403, content=b"<Error><Code>InvalidAccessKeyId</Code></Error>"),
        *[httpx.Response(503, content=b"<Error><Code>SlowDown</Code></Error>")] * 3,
        httpx.Response(200, content=GOOD.encode()),
    ]
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answers.pop(0)))
    settings = {
        "credentials": provider,
        "client": client,
        "on_event": exported.telemetry,
        "retry": RetryPolicy(max_attempts=9, base_delay=0, throttled_base_delay=0),
    }
    async with client, CISession(BUCKET, REGION, **settings) as session:
        await session.describe_media_job("j1")
    noted = [event.name for span in exported.spans for event in span.events]
    assert noted.count("tencent_ci.credentials_refreshed") == 2
    assert noted.count("tencent_ci.rate_changed") == 1
    refreshes = exported.metrics["tencent_ci.client.credentials.refreshes"]
    assert refreshes == [({"tencent_ci.outcome": "succeeded"}, 2)]


# --- Metrics ------------------------------------------------------------------------------------------


async def test_calls_requests_retries_and_throttling_are_measured(exported):
    answers = [httpx.ReadError("reset"), refusal(503, "SlowDown"), GOOD, refusal(403, "AccessDenied")]
    settings = {"on_event": exported.telemetry, "limiter": RateLimiter(1_000)}
    async with script(*answers).session(**settings) as session:
        await session.describe_media_job("j1")
        with pytest.raises(CIError):
            await session.describe_media_job("j1")
    method = {"rpc.method": "DescribeMediaJob"}
    points = exported.metrics
    assert points["tencent_ci.client.call.duration"] == [
        ({**method, "tencent_ci.outcome": "succeeded"}, 1),
        ({**method, "tencent_ci.outcome": "failed", "error.type": "AccessError"}, 1),
    ]
    assert sum(count for _, count in points["tencent_ci.client.request.duration"]) == 4
    assert points["tencent_ci.client.retries"] == [
        ({**method, "error.type": "NoAnswerError"}, 1),
        ({**method, "error.type": "ThrottledError"}, 1),
    ]
    assert points["tencent_ci.client.throttled"] == [(method, 1)]
    assert points["tencent_ci.client.active_requests"] == [(method, 0)]
    waits = {
        attributes["tencent_ci.wait"]: count
        for attributes, count in points["tencent_ci.client.wait.duration"]
    }
    assert waits == {"slot": 4, "limiter": 4, "pace": 4, "credentials": 4}


async def test_requests_under_way_are_counted_while_they_last(exported):
    client = httpx.AsyncClient(transport=httpx.MockTransport(stall))
    settings = {"credentials": KEYS, "client": client, "on_event": exported.telemetry}
    async with client, CISession(BUCKET, REGION, **settings) as session:
        calls = [asyncio.create_task(session.describe_media_job("j1")) for _ in range(3)]
        await asyncio.sleep(0.02)
        assert exported.metrics["tencent_ci.client.active_requests"][0][1] == 3
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        assert exported.metrics["tencent_ci.client.active_requests"][0][1] == 0


async def test_a_watcher_is_measured(exported, open_session, fake):
    session = open_session()
    done, forever = fake.add_job(), fake.add_job("Transcode", runs_for=1e9)
    async with JobWatcher(session.describe_media_job, on_event=exported.telemetry) as watcher:
        other = asyncio.create_task(watcher.wait(forever))
        await watcher.wait(done)
        await asyncio.sleep(0)
        points = exported.metrics
        assert points["tencent_ci.watcher.jobs"] == [({}, 1)]
        assert points["tencent_ci.watcher.looks"][0][1] >= 2
        assert points["tencent_ci.watcher.lag"][0][1] >= 1
        assert points["tencent_ci.watcher.job.duration"] == [
            ({"tencent_ci.tag": "Concat", "tencent_ci.state": "Success"}, 1)
        ]
        other.cancel()
        await asyncio.wait([other])
        await asyncio.sleep(0.05)
        assert exported.metrics["tencent_ci.watcher.jobs"] == [({}, 0)]


async def test_no_metric_has_ids_among_its_attributes(exported, open_session, fake):
    """So that the number of time series does not grow with what is done."""
    session = open_session(on_event=exported.telemetry)
    ids = [fake.add_job(job_id=f"j{number}") for number in range(25)]
    await session.describe_all(ids)
    series = {name: len(points) for name, points in exported.metrics.items()}
    await session.describe_all(ids)
    assert {name: len(points) for name, points in exported.metrics.items()} == series
    assert "j1" not in str(exported.metrics)


async def test_the_buckets_are_for_seconds(exported):
    """The SDK's own are for milliseconds, and would put nearly every call into the first."""
    async with script(GOOD).session(on_event=exported.telemetry) as session:
        await session.describe_media_job("j1")
    data = exported._reader.get_metrics_data()
    (metric,) = [
        metric
        for scope in data.resource_metrics[0].scope_metrics
        for metric in scope.metrics
        if metric.name == "tencent_ci.client.call.duration"
    ]
    assert metric.unit == "s"
    bounds = metric.data.data_points[0].explicit_bounds
    if bounds[0] != 0.0:  # releases of OpenTelemetry before 1.30 take no advice
        assert bounds[:3] == (0.005, 0.01, 0.025)


# --- Secrets, and what is not there -------------------------------------------------------------------

MARKERS = ("AKIDMARKERMARKER", "KEYMARKERMARKER", "TOKENMARKERMARKER")


@pytest.mark.parametrize(
    "fault",
    [None, Fault.status(503, "SlowDown", " ".join(MARKERS)), Fault.status(403, "ExpiredToken", MARKERS[2])],
)
async def test_no_secret_is_exported(exported, fault):
    fake = FakeCI(credentials=MARKERS[:2], token=MARKERS[2])
    if fault is not None:
        fake.inject(fault)
    job_id = fake.add_job()
    signatures = []

    async def note(request):
        signatures.append(request.headers["authorization"])

    client = httpx.AsyncClient(transport=fake.transport(), event_hooks={"request": [note]})
    settings = {"credentials": Credentials(*MARKERS), "client": client, "on_event": exported.telemetry}
    async with client, CISession(fake.bucket, fake.region, **settings) as session:
        with contextlib.suppress(CIError):
            await session.describe_media_job(job_id)
    text = exported.everything()
    assert job_id in text
    assert signatures
    for secret in (*MARKERS, *signatures, *(each.rpartition("=")[2] for each in signatures)):
        assert secret not in text


async def test_without_an_sdk_nothing_happens():
    """The API alone does nothing, and a call goes on as ever."""
    async with script(GOOD).session(on_event=CITelemetry()) as session:
        assert (await session.describe_media_job("j1")).job.job_id == "j1"


def test_the_package_itself_does_not_import_opentelemetry():
    code = (
        "import sys, tencent_ci_async, tencent_ci_async.events;"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_the_extra_the_import_says_what_to_install():
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "try:\n    import tencent_ci_async.otel\nexcept ImportError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "pip install 'tencent-ci-async[otel]'" in done.stdout
