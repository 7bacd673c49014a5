"""User code that the type checkers read and nobody runs: what has which type."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_type

import httpx
import httpx2

from tencent_ci_async import (
    Audio,
    AudioMix,
    BatchingDescriber,
    CallBackMqConfig,
    CIAuth,
    CIError,
    CISession,
    ConcatFragment,
    ConcatTemplate,
    Container,
    CreateMediaJobsResult,
    Credentials,
    DeleteMediaTemplateResult,
    DescribeMediaJobResult,
    DescribeMediaJobsResult,
    DescribeMediaQueuesResult,
    DescribeMediaTemplatesResult,
    EffectConfig,
    ImageOCR,
    JobDetail,
    JobFailedError,
    JobFamily,
    JobInput,
    JobNotModifiableError,
    JobOutcome,
    JobOutput,
    JobState,
    JobTag,
    JobWaitTimeoutError,
    JobWatcher,
    MediaJobRequest,
    MediaQueue,
    MediaTemplate,
    MediaTemplateResult,
    NotifyConfig,
    Operation,
    PollSchedule,
    QueueState,
    ResponseInfo,
    RetryPolicy,
    SceneChangeInfo,
    SDRtoHDR,
    ServiceError,
    Snapshot,
    SubmissionUnknownError,
    Timeouts,
    UpdateMediaQueueResult,
    Video,
    VideoStream,
    WatcherStats,
)
from tencent_ci_async.callbacks import CallbackApp, JobCallback, new_callback_secret, parse_callback
from tencent_ci_async.testing import FakeCI, Fault


async def from_a_vault() -> Credentials:
    """Any async callable is a provider."""
    return Credentials("id", "key", token="token", expires_at=1.5)


async def describe() -> None:
    """One job, several jobs, and every way to configure a session."""
    async with CISession(bucket="examplebucket-1250000000", region="ap-chongqing") as session:
        assert_type(session, CISession)
        result = await session.describe_media_job("j1", "j2")
        assert_type(result, DescribeMediaJobResult)
        assert_type(result.jobs_detail, list[JobDetail])
        assert_type(result.non_exist_job_ids, list[str])
        assert_type(result.request_id, str | None)
        assert_type(result.response, ResponseInfo)
        job = result.job
        assert_type(job.state, JobState | str | None)
        assert_type(job.end_time, datetime | None)
        if job.operation and job.operation.media_info and job.operation.media_info.stream:
            assert_type(job.operation.media_info.stream.video, list[VideoStream])

    CISession(
        "b-1250000000", "ap-beijing", credentials=from_a_vault, timeout=Timeouts(total=None), retry=None
    )
    CISession(
        "b-1250000000", "ap-beijing", credentials=Credentials("id", "key"), timeout=5, retry=RetryPolicy()
    )
    async with httpx.AsyncClient(auth=CIAuth(from_a_vault)) as client:
        CISession("b-1250000000", "ap-beijing", client=client, timeout=None)
    async with httpx2.AsyncClient(event_hooks={"request": [CIAuth(from_a_vault).sign]}) as other:
        CISession("b-1250000000", "ap-beijing", client=other)
    CISession("b-1250000000", "r", client=httpx.Client())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def handle(error: CIError) -> str | None:
    """Errors carry typed values."""
    if isinstance(error, ServiceError):
        assert_type(error.status, int)
        assert_type(error.code, str | None)
        return error.request_id
    if isinstance(error, JobFailedError):
        assert_type(error.job, JobDetail)
    if isinstance(error, SubmissionUnknownError):
        assert_type(error.failure, CIError)
        assert_type(error.sent_at, datetime)
        assert_type(error.user_data, str | None)
    if isinstance(error, JobNotModifiableError):
        assert_type(error.job, JobDetail | None)
    if isinstance(error, JobWaitTimeoutError):
        assert_type(error.last_seen, JobDetail | None)
    assert_type(error.earlier, tuple[CIError, ...])
    return None


async def submit(session: CISession) -> None:
    """A splice as one writes it: a lone operation is taken, and so is a list of them."""
    template = ConcatTemplate(
        concat_fragment=[ConcatFragment(url="https://b.example/a.mp4", start_time=1, end_time=2.5)],
        audio=Audio(codec="mp3", remove=False),
        video=Video(width=1280, fps=30),
        container=Container(format="mp4"),
        audio_mix=[AudioMix(audio_source="https://b.example/a.mp3", effect_config=EffectConfig())],
        scene_change_info=SceneChangeInfo(mode="FADE", time=2),
        direct_concat=False,
        index=0,
    )
    request = MediaJobRequest(
        tag=JobTag.CONCAT,
        input=JobInput(object="in.mp4"),
        operation=Operation(
            concat_template=template,
            output=JobOutput(object="out.mp4"),
            user_data="order 7",
            job_level=1,
            sdr_to_hdr=SDRtoHDR(hdr_mode="HLG"),
            image_ocr=ImageOCR(is_pdf=True),
            snapshot=Snapshot(ci_param="imageMogr2/format/png"),
        ),
        call_back_mq_config=CallBackMqConfig(mq_region="bj", mq_mode="Queue", mq_name="q"),
    )
    MediaJobRequest(tag="Hologram", operation=[Operation(tag=JobTag.CONCAT), Operation(tag="Hologram")])
    MediaJobRequest(user_data="order 7")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert_type(request.tag, JobTag | str | None)
    assert_type(request.operation, list[Operation])
    result = await session.create_media_job(request, family=JobFamily.MEDIA, allow_unknown=True)
    assert_type(result, CreateMediaJobsResult)
    assert_type(result.job, JobDetail)
    assert_type(result.job_ids, list[str])
    found = await session.find_submitted(user_data="order 7", tag=JobTag.CONCAT, since=datetime.now(UTC))
    assert_type(found, list[JobDetail])


async def list_and_cancel(session: CISession) -> None:
    """Lists are async iterators over jobs, and pages with a token; kinds and states are members or text."""
    since = datetime.now(UTC)
    async for job in session.describe_media_jobs(
        tag=JobTag.CONCAT, states=[JobState.FAILED, "Cancel"], start_creation_time=since
    ):
        assert_type(job, JobDetail)
        assert_type(job.output_keys, tuple[str, ...])
    page = await session.describe_media_jobs_page(tag="Concat", next_token=None, page_size=20)
    assert_type(page, DescribeMediaJobsResult)
    assert_type(page.next_token, str | None)
    assert_type(page.jobs_detail, list[JobDetail])
    await session.cancel_media_job("j1", family=JobFamily.PICTURE)
    session.describe_media_jobs(states=["Failed"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def queues_and_templates(session: CISession, template: ConcatTemplate) -> None:
    """What is around jobs."""
    async for queue in session.describe_media_queues(state=QueueState.ACTIVE):
        assert_type(queue, MediaQueue)
    page = await session.describe_media_queues_page(queue_ids=["p1"], category="CateAll")
    assert_type(page, DescribeMediaQueuesResult)
    assert_type(page.total_count, int | None)
    assert_type(page.non_exist_pids, list[str])
    queue = await session.default_media_queue()
    assert_type(queue.queue_id, str | None)
    notify = NotifyConfig(state="On", event="TaskFinish", type="Url", url="https://app.example/callbacks")
    changed = await session.update_media_queue("p1", state="Paused", notify_config=notify)
    assert_type(changed, UpdateMediaQueueResult)
    assert_type(changed.queue, MediaQueue)

    made = await session.create_media_template("frame", template)
    assert_type(made, MediaTemplateResult)
    assert_type(made.template.concat_template, ConcatTemplate | None)
    await session.update_media_template("t1", name="frame", concat_template=template)
    async for each in session.describe_media_templates(tag=JobTag.CONCAT, name="fr"):
        assert_type(each, MediaTemplate)
    templates = await session.describe_media_templates_page(page_number=2)
    assert_type(templates, DescribeMediaTemplatesResult)
    assert_type(await session.delete_media_template("t1"), DeleteMediaTemplateResult)


async def wait(session: CISession) -> None:
    """A watcher and a batching describer take the session's method as it is."""
    async with JobWatcher(session.describe_media_job, schedule=PollSchedule(interval=2)) as watcher:
        assert_type(watcher, JobWatcher)
        assert_type(await watcher.wait("j1", timeout=900, submitted_ago=0, on_pause="raise"), JobDetail)
        assert_type(await watcher.settle("j1"), JobDetail)
        async for outcome in watcher.as_completed(["j1", "j2"], timeout=900):
            assert_type(outcome, JobOutcome)
            assert_type(outcome.unwrap(), JobDetail)
        async for job in watcher.watch("j1"):
            assert_type(job, JobDetail)
        assert_type(watcher.stats(), WatcherStats)
        assert_type(watcher.load(watcher.dump()), list[str])
        app = CallbackApp(watcher.due_now, secret=new_callback_secret())
        assert_type(app.address("https://app.example/callbacks"), str)
        httpx.ASGITransport(app)
    describer = BatchingDescriber(session.describe_media_job, window=0.01)
    assert_type(await describer.describe("j1"), JobDetail)


def read_callback(body: bytes) -> None:
    """A callback holds the same jobs as an answer."""
    callback = parse_callback(body, content_type="application/xml")
    assert_type(callback, JobCallback)
    assert_type(callback.jobs_detail, list[JobDetail])
    assert_type(callback.job_ids, tuple[str, ...])


async def simulate() -> None:
    """The simulator is typed as well."""
    fake = FakeCI()
    assert_type(fake.add_job(runs_for=5), str)
    fake.inject(Fault.status(503, code="SlowDown"), Fault.reset(times=None))
    fake.plan(JobTag.CONCAT, outcome="Failed", times=1)
    assert_type(await fake.deliver_callbacks(), dict[str, httpx.Response])
    async with fake.serve() as endpoint:
        assert_type(endpoint, str)
    headers: Mapping[str, str] = fake.requests[0].headers
    assert_type(headers["host"], str)
