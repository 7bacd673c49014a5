"""User code that the type checkers read and nobody runs: what has which type."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_type

import httpx

from tencent_ci_async import (
    Audio,
    AudioMix,
    CallBackMqConfig,
    CIAuth,
    CIError,
    CISession,
    ConcatFragment,
    ConcatTemplate,
    Container,
    CreateMediaJobsResult,
    Credentials,
    DescribeMediaJobResult,
    EffectConfig,
    ImageOCR,
    JobDetail,
    JobFailedError,
    JobFamily,
    JobInput,
    JobOutput,
    JobState,
    JobTag,
    MediaJobRequest,
    Operation,
    ResponseInfo,
    RetryPolicy,
    SceneChangeInfo,
    SDRtoHDR,
    ServiceError,
    Snapshot,
    SubmissionUnknownError,
    Timeouts,
    Video,
    VideoStream,
)
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


async def simulate() -> None:
    """The simulator is typed as well."""
    fake = FakeCI()
    assert_type(fake.add_job(runs_for=5), str)
    fake.inject(Fault.status(503, code="SlowDown"), Fault.reset(times=None))
    async with fake.serve() as endpoint:
        assert_type(endpoint, str)
    headers: Mapping[str, str] = fake.requests[0].headers
    assert_type(headers["host"], str)
