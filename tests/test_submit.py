"""Submitting jobs: what crosses the wire, when it is sent again, and what is known when it fails."""

import asyncio
import base64
import hashlib
import pickle
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from support.requests import FILES, concat, operation_of, request_of
from support.scripted import BUCKET, KEYS, REGION, Scripted, as_tree, refusal
from support.verifier import fields

from tencent_ci_async import (
    AccessError,
    Audio,
    AudioMix,
    CIError,
    CISession,
    ConcatFragment,
    ConcatTemplate,
    ConfigurationError,
    ConflictError,
    ConnectError,
    Container,
    CreateMediaJobsResult,
    EffectConfig,
    JobDetail,
    JobFamily,
    JobInput,
    JobOutput,
    JobState,
    JobTag,
    MediaJobRequest,
    NoAnswerError,
    NotFoundError,
    Operation,
    RequestError,
    RequestTimeoutError,
    SceneChangeInfo,
    SDRtoHDR,
    ServerError,
    SessionClosedError,
    SubmissionUnknownError,
    ThrottledError,
    Timing,
    Transcode,
    UnreadableAnswerError,
    Video,
)

ONE = (
    "<Response><JobsDetail><JobId>j1</JobId><State>Submitted</State><Tag>Concat</Tag></JobsDetail></Response>"
)
SPLICE = concat(
    request={
        "operation": Operation(
            user_data="order 7",
            concat_template=ConcatTemplate(
                concat_fragment=[ConcatFragment(url=url) for url in FILES], container=Container(format="mp4")
            ),
            output=JobOutput(object="out.mp4"),
        )
    }
)
UNMARKED = concat()


async def failure(service, request=SPLICE):
    async with service.session() as session:
        with pytest.raises(CIError) as caught:
            await session.create_media_job(request)
    return caught.value


@asynccontextmanager
async def session_over(handle, **settings):
    """A session whose requests are answered by a function."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
        session = CISession(BUCKET, REGION, credentials=KEYS, client=client, **settings)
        yield session
        await session.aclose()


# --- On the wire --------------------------------------------------------------------------------------


async def test_a_splice_crosses_the_wire_as_the_service_reads_it():
    """Every node by its name on the wire, values as the service writes them, and the session's place."""
    service = Scripted(lambda _: ONE)
    request = MediaJobRequest(
        tag=JobTag.CONCAT,
        input=JobInput(object="a&b <1>.mp4"),
        operation=Operation(
            user_data="order 7",
            job_level=2,
            concat_template=ConcatTemplate(
                concat_fragment=[
                    ConcatFragment(url=FILES[0], start_time=0, end_time=6.5),
                    ConcatFragment(url=FILES[1]),
                ],
                audio=Audio(codec="mp3", samplerate=44100),
                video=Video(codec="H.264", width=1280, fps=30, remove=False),
                container=Container(format="mp4"),
                audio_mix=[
                    AudioMix(
                        audio_source=FILES[0],
                        replace=True,
                        effect_config=EffectConfig(enable_bgm_fade=True, bgm_fade_time=1.5),
                    )
                ],
                index=1,
                scene_change_info=SceneChangeInfo(mode="FADE", time=2),
            ),
            output=JobOutput(object="out/${jobid}.${ext}"),
        ),
        queue_id="p1",
        call_back="https://a.example/done?x=1&y=2",
        call_back_format="JSON",
    )
    async with service.session() as session:
        result = await session.create_media_job(request)
    assert type(result) is CreateMediaJobsResult
    assert (result.job.job_id, result.job.state, result.request_id) == ("j1", JobState.SUBMITTED, "R1")
    sent = service.requests[0]
    assert (sent.method, sent.target) == ("POST", "/jobs")
    assert as_tree(sent.body) == (
        "Request",
        [
            ("Tag", "Concat"),
            ("Input", [("Object", "a&b <1>.mp4")]),
            (
                "Operation",
                [
                    ("UserData", "order 7"),
                    ("JobLevel", "2"),
                    (
                        "Output",
                        [("Region", REGION), ("Bucket", BUCKET), ("Object", "out/${jobid}.${ext}")],
                    ),
                    (
                        "ConcatTemplate",
                        [
                            (
                                "ConcatFragment",
                                [("Url", FILES[0]), ("StartTime", "0"), ("EndTime", "6.5")],
                            ),
                            ("ConcatFragment", [("Url", FILES[1])]),
                            ("Audio", [("Codec", "mp3"), ("Samplerate", "44100")]),
                            (
                                "Video",
                                [("Codec", "H.264"), ("Width", "1280"), ("Fps", "30"), ("Remove", "false")],
                            ),
                            ("Container", [("Format", "mp4")]),
                            (
                                "AudioMix",
                                [
                                    ("AudioSource", FILES[0]),
                                    ("Replace", "true"),
                                    ("EffectConfig", [("EnableBgmFade", "true"), ("BgmFadeTime", "1.5")]),
                                ],
                            ),
                            ("Index", "1"),
                            ("SceneChangeInfo", [("Mode", "FADE"), ("Time", "2")]),
                        ],
                    ),
                ],
            ),
            ("QueueId", "p1"),
            ("CallBack", "https://a.example/done?x=1&y=2"),
            ("CallBackFormat", "JSON"),
        ],
    )


async def test_the_body_is_named_measured_and_signed():
    """Type, length and digest of the body are right and part of the signature."""
    service = Scripted(lambda _: ONE)
    async with service.session() as session:
        await session.create_media_job(SPLICE)
    sent = service.requests[0]
    assert sent.header("Content-Type") == "application/xml"
    assert sent.header("Content-Length") == str(len(sent.body))
    digest = hashlib.md5(sent.body, usedforsecurity=False).digest()
    assert base64.b64decode(sent.header("Content-MD5")) == digest
    signed = fields(sent.header("Authorization"))["q-header-list"].split(";")
    assert {"host", "content-type", "content-length", "content-md5"} <= set(signed)


async def test_nodes_of_odd_names_have_them():
    service = Scripted(lambda _: ONE)
    request = request_of(
        JobTag.SDR_TO_HDR,
        sdr_to_hdr=SDRtoHDR(hdr_mode="HDR10"),
        transcode=Transcode(container=Container(format="mp4")),
    )
    async with service.session() as session:
        await session.create_media_job(request)
    operation = dict(as_tree(service.requests[0].body)[1])["Operation"]
    assert dict(operation)["SDRtoHDR"] == [("HdrMode", "HDR10")]
    assert dict(operation)["Transcode"] == [("Container", [("Format", "mp4")])]


async def test_an_output_elsewhere_is_kept():
    """Only what an output leaves out is filled in."""
    service = Scripted(lambda _: ONE)
    operation = SPLICE.operation[0].model_copy(
        update={"output": JobOutput(object="out.mp4", bucket="other-1250000000")}
    )
    async with service.session() as session:
        await session.create_media_job(SPLICE.model_copy(update={"operation": [operation]}))
    output = dict(dict(as_tree(service.requests[0].body)[1])["Operation"])["Output"]
    assert output == [("Region", REGION), ("Bucket", "other-1250000000"), ("Object", "out.mp4")]
    assert SPLICE.operation[0].output.bucket is None


async def test_several_jobs_in_one_request():
    """The jobs come back in the order of the operations, each operation with its own kind."""
    jobs = "".join(f"<JobsDetail><JobId>{job_id}</JobId></JobsDetail>" for job_id in ("j1", "j2"))
    service = Scripted(lambda _: f"<Response>{jobs}</Response>")
    request = MediaJobRequest(
        input=JobInput(object="in.mp4"),
        operation=[operation_of(kind, tag=kind) for kind in (JobTag.TRANSCODE, JobTag.MEDIA_INFO)],
    )
    async with service.session() as session:
        result = await session.create_media_job(request)
    assert result.job_ids == ["j1", "j2"]
    with pytest.raises(ConfigurationError, match="use jobs instead"):
        _ = result.job_id
    assert result.jobs == result.jobs_detail
    with pytest.raises(ConfigurationError, match="2 jobs were submitted: use jobs"):
        _ = result.job
    nodes = as_tree(service.requests[0].body)[1]
    assert [dict(content)["Tag"] for name, content in nodes if name == "Operation"] == [
        "Transcode",
        "MediaInfo",
    ]


async def test_another_family_has_another_path():
    service = Scripted(lambda _: ONE)
    async with service.session() as session:
        await session.create_media_job(request_of(JobTag.PIC_PROCESS), family=JobFamily.PICTURE)
    assert service.requests[0].target == "/pic_jobs"


@pytest.mark.parametrize("tag", JobTag)
async def test_the_simulator_accepts_a_small_request_of_each_kind(tag, open_session):
    """The simulator, which has rules of its own, makes a job of what the checks let through."""
    result = await open_session().create_media_job(request_of(tag, user_data="mine"))
    assert result.job.state == JobState.SUBMITTED
    assert (result.job.kind, result.job.operation.user_data) == (tag, "mine")


# --- Before anything is sent -----------------------------------------------------------------------


async def test_a_request_that_cannot_be_right_is_not_sent():
    service = Scripted(lambda _: ONE)
    error = await failure(service, concat(container=None))
    assert type(error) is ConfigurationError
    assert "operation.concat_template.container is missing" in str(error)
    assert service.requests == []


async def test_what_is_let_through_is_sent_by_its_name():
    service = Scripted(lambda _: ONE)
    request = request_of(JobTag.MEDIA_INFO, Depth={"Unit": "m"})
    async with service.session() as session:
        with pytest.raises(ConfigurationError, match=r"operation\.Depth is not known"):
            await session.create_media_job(request)
        await session.create_media_job(request, allow_unknown=True)
    assert ("Operation", [("Depth", [("Unit", "m")])]) in as_tree(service.requests[0].body)[1]


async def test_a_closed_session_submits_nothing():
    service = Scripted(lambda _: ONE)
    session = service.session()
    await session.aclose()
    with pytest.raises(SessionClosedError):
        await session.create_media_job(SPLICE)
    assert service.requests == []


# --- Once or twice -----------------------------------------------------------------------------------

AGAIN = {
    "no connection": httpx.ConnectError("refused"),
    "no connection in time": httpx.ConnectTimeout("slow"),
    "429 SlowDown": refusal(429, "SlowDown"),
    "503 SlowDown": refusal(503, "SlowDown"),
    "a full queue": refusal(403, "QueueSaturated"),
}
ONCE = {
    "reset": (httpx.ReadError("reset"), NoAnswerError),
    "broken while sending": (httpx.WriteError("broken pipe"), NoAnswerError),
    "no answer": (httpx.RemoteProtocolError("disconnected"), NoAnswerError),
    "no answer in time": (httpx.ReadTimeout("slow"), RequestTimeoutError),
    "500": (refusal(500, "InternalError"), ServerError),
    "502 of a proxy": ((502, "<html>Bad Gateway</html>"), ServerError),
    "503": (refusal(503, "ServiceUnavailable"), ServerError),
    "504 without a word": ((504, ""), ServerError),
    "408 of a proxy": ((408, ""), ServerError),
    "a page of a proxy": ("<html>Welcome</html>", UnreadableAnswerError),
    "a cut answer": ("<Response><JobsDetail><JobId>j1</JobId>", UnreadableAnswerError),
    "an empty answer": ("", UnreadableAnswerError),
    "an answer without a job": ("<Response><RequestId>x</RequestId></Response>", UnreadableAnswerError),
}
REFUSED = {
    "no permission": (refusal(403, "AccessDenied"), AccessError),
    "a bad argument": (refusal(400, "InvalidArgument"), RequestError),
    "no such input": (refusal(400, "ResourceNotFound"), NotFoundError),
    "an input that cannot be fetched": (refusal(400, "ResourceDownloadFailed"), ServerError),
    "a paused queue": (refusal(403, "QueuePaused"), ConflictError),
    "another region": (refusal(301, "PermanentRedirect"), RequestError),
    "another place for now": (refusal(307, "TemporaryRedirect"), ServerError),
    "not implemented": (refusal(501, "NotImplemented"), RequestError),
}


@pytest.mark.parametrize("fault", AGAIN.values(), ids=AGAIN)
async def test_what_cannot_have_arrived_or_was_refused_unread_is_sent_again(fault):
    """Such a failure is waited out, as for any other call."""
    answers = iter([fault, ONE])
    service = Scripted(lambda _: next(answers))
    async with service.session() as session:
        result = await session.create_media_job(SPLICE)
    assert result.job_ids == ["j1"]
    assert result.job_id == "j1"
    assert len(service.requests) == 2
    assert service.requests[0].body == service.requests[1].body


@pytest.mark.parametrize(("fault", "kind"), ONCE.values(), ids=ONCE)
async def test_what_may_have_arrived_is_never_sent_again(fault, kind):
    """The job may exist: the call ends at once, and its error says so and how to find out."""
    service = Scripted(lambda _: fault)
    error = await failure(service)
    assert len(service.requests) == 1
    assert type(error) is SubmissionUnknownError
    assert type(error.failure) is kind
    assert (error.tag, error.user_data, error.attempts) == ("Concat", "order 7", 1)
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "await session.find_submitted(user_data='order 7', tag='Concat', since=error.sent_at)" in str(
        error
    )
    assert "try again later" not in str(error)


@pytest.mark.parametrize(("fault", "kind"), REFUSED.values(), ids=REFUSED)
async def test_a_refusal_is_certain_and_is_not_repeated(fault, kind):
    """Where the service says no, no job exists: the error is the service's."""
    service = Scripted(lambda _: fault)
    error = await failure(service)
    assert len(service.requests) == 1
    assert type(error) is kind


@pytest.mark.parametrize("fault", AGAIN.values(), ids=AGAIN)
async def test_what_never_got_through_is_certain_too(fault):
    service = Scripted(lambda _: fault)
    error = await failure(service)
    assert len(service.requests) == 3
    assert isinstance(error, ConnectError | ThrottledError)


async def test_an_open_failure_after_certain_ones_is_open():
    """What came before is remembered, and the last word decides."""
    answers = iter([refusal(429, "SlowDown"), httpx.ReadError("reset")])
    error = await failure(Scripted(lambda _: next(answers)))
    assert type(error) is SubmissionUnknownError
    assert error.attempts == 2
    assert [type(each) for each in error.earlier] == [ThrottledError]


async def test_the_time_limit_of_a_call_leaves_it_open():
    """A submit that is on its way when the session's time is up may have arrived."""

    async def never(_):
        await asyncio.Event().wait()

    async with session_over(never, timeout=0.01) as session:
        session._check_usable()._grace = 0
        with pytest.raises(SubmissionUnknownError) as caught:
            await session.create_media_job(SPLICE)
    assert type(caught.value.failure) is RequestTimeoutError


async def test_a_session_that_is_closed_meanwhile_leaves_it_open():
    """Whoever waits for the answer learns that the jobs may exist, not merely that the session is closed."""
    under_way = asyncio.Event()

    async def never(_):
        under_way.set()
        await asyncio.Event().wait()

    async with session_over(never, max_in_flight=1) as session:
        session._check_usable()._grace = 0
        first = asyncio.create_task(session.create_media_job(SPLICE))
        await under_way.wait()
        second = asyncio.create_task(session.create_media_job(SPLICE))
        await asyncio.sleep(0)
        await session.aclose()
        open_, certain = await asyncio.gather(first, second, return_exceptions=True)
    assert type(open_) is SubmissionUnknownError
    assert type(open_.failure) is SessionClosedError
    assert type(certain) is SessionClosedError


async def test_a_cancelled_submit_stays_cancelled():
    """Cancellation is never turned into an error of ours."""

    async def never(_):
        await asyncio.Event().wait()

    async with session_over(never) as session:
        session._check_usable()._grace = 0
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.01):
                await session.create_media_job(SPLICE)
        assert not isinstance(caught.value, SubmissionUnknownError)


# --- What the error says -----------------------------------------------------------------------------


async def test_without_user_data_there_is_no_handle():
    error = await failure(Scripted(lambda _: httpx.ReadError("reset")), UNMARKED)
    assert (error.tag, error.user_data) == ("Concat", None)
    assert "has no user_data" in str(error)
    assert "find_submitted" not in str(error)


async def test_of_several_operations_the_first_with_user_data_is_the_handle():
    request = MediaJobRequest(
        input=JobInput(object="in.mp4"),
        operation=[
            operation_of(JobTag.TRANSCODE, tag="Transcode"),
            operation_of(JobTag.MEDIA_INFO, tag=JobTag.MEDIA_INFO, user_data="order 8"),
        ],
    )
    error = await failure(Scripted(lambda _: httpx.ReadError("reset")), request)
    assert (error.tag, error.user_data) == ("MediaInfo", "order 8")


async def test_the_error_tells_when_the_call_began_by_the_services_clock():
    """Also where the clock was corrected, or time was spent waiting, in the course of the call."""
    now = {"wall": time.time(), "clock": 0.0}
    began = now["wall"]
    skew = 3600

    async def sleep(seconds):
        now["wall"] += seconds
        now["clock"] += seconds

    def handle(request):
        calls.append(request)
        if len(calls) == 1:
            # The service is an hour ahead; the answer's own Date says so.
            date = datetime.fromtimestamp(now["wall"] + skew, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
            body = b"<Error><Code>RequestTimeTooSkewed</Code></Error>"
            return httpx.Response(403, headers={"Date": date}, content=body)
        if len(calls) == 2:
            return httpx.Response(429, headers={"Retry-After": "7"}, content=b"")
        raise httpx.ReadError("reset", request=request)

    calls = []
    timing = Timing(
        wall_clock=lambda: now["wall"], clock=lambda: now["clock"], sleep=sleep, random=lambda: 0.0
    )
    async with session_over(handle, timing=timing) as session:
        with pytest.raises(SubmissionUnknownError) as caught:
            await session.create_media_job(SPLICE)
    error = caught.value
    assert len(calls) == 3
    assert now["clock"] >= 7
    assert error.sent_at.tzinfo is UTC
    assert abs(error.sent_at.timestamp() - (began + skew)) <= 1


async def test_the_error_can_be_sent_to_another_process():
    error = await failure(Scripted(lambda _: httpx.ReadError("reset")))
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert (copy.tag, copy.user_data, copy.sent_at) == (error.tag, error.user_data, error.sent_at)
    assert str(copy.failure) == str(error.failure)


# --- Finding what was submitted ------------------------------------------------------------------------


def listed(*jobs, token=""):
    nodes = "".join(
        f"<JobsDetail><JobId>{job_id}</JobId><Operation><UserData>{user_data}</UserData></Operation></JobsDetail>"
        for job_id, user_data in jobs
    )
    return f"<Response>{nodes}<NextToken>{token}</NextToken></Response>"


async def test_jobs_are_found_by_their_user_data_on_every_page():
    pages = {
        None: listed(("j1", "order 7"), ("j2", "order 70"), token="t2"),
        "t2": listed(("j3", ""), ("j4", "order 7")),
    }

    def answer(request):
        query = parse_qs(request.target.partition("?")[2])
        queries.append(query)
        return pages[query.get("nextToken", [None])[0]]

    queries = []
    since = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    async with Scripted(answer).session() as session:
        found = await session.find_submitted(
            user_data="order 7", tag=JobTag.CONCAT, since=since, queue_id="p1"
        )
    assert [job.job_id for job in found] == ["j1", "j4"]
    assert queries[0]["tag"] == ["Concat"]
    assert queries[0]["queueId"] == ["p1"]
    assert queries[0]["orderByTime"] == ["Desc"]
    # A minute earlier, as clocks differ.
    start = datetime.strptime(queries[0]["startCreationTime"][0], "%Y-%m-%dT%H:%M:%S%z")
    assert start == since - timedelta(minutes=1)


async def test_blanks_around_user_data_do_not_hide_a_job():
    """XML readers drop them, the service's among them perhaps."""
    service = Scripted(lambda _: listed(("j1", "order 7")))
    async with service.session() as session:
        found = await session.find_submitted(user_data=" order 7 ", tag="Concat", since=datetime.now(UTC))
    assert [job.job_id for job in found] == ["j1"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"user_data": " "}, "user_data"),
        ({"since": datetime(2024, 1, 1)}, "since has no offset"),  # noqa: DTZ001 - that is the mistake
        ({"since": "2024-01-01T00:00:00+0800"}, "since is a str"),
        ({"since": datetime(2024, 1, 1).date()}, "since is a date"),  # noqa: DTZ001 - no time of day at all
        ({"tag": ""}, "tag"),
        ({"family": "no_jobs"}, "family"),
    ],
)
async def test_a_search_for_anything_is_refused(changes, word):
    service = Scripted(lambda _: listed())
    arguments = {"user_data": "order 7", "tag": "Concat", "since": datetime.now(UTC), **changes}
    async with service.session() as session:
        with pytest.raises(ConfigurationError, match=word):
            await session.find_submitted(**arguments)
    assert service.requests == []


async def test_a_submit_whose_answer_was_lost_is_found(fake, open_session):
    """What the error tells is enough to find the job that was made all the same."""
    reach = fake.transport()
    lost = []

    async def lose(request):
        if request.method == "POST":
            lost.append(await reach.handle_async_request(request))
            raise httpx.ReadError("reset", request=request)
        return await reach.handle_async_request(request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(lose)) as client:
        session = open_session(client=client)
        with pytest.raises(SubmissionUnknownError) as caught:
            await session.create_media_job(SPLICE)
        error = caught.value
        found = await session.find_submitted(user_data=error.user_data, tag=error.tag, since=error.sent_at)
    assert len(lost) == len(found) == 1
    assert found[0].operation.output.object == "out.mp4"


# --- The result ----------------------------------------------------------------------------------------


def test_a_result_without_a_job_says_so():
    with pytest.raises(UnreadableAnswerError, match="no job"):
        _ = CreateMediaJobsResult().job


def test_a_job_that_the_answer_shows_twice_is_one_job():
    """Some answers repeat themselves; two jobs are still two."""
    job, other = JobDetail(job_id="j1"), JobDetail(job_id="j2")
    assert CreateMediaJobsResult(jobs_detail=[job, job]).job_id == "j1"
    with pytest.raises(ConfigurationError, match="2 jobs"):
        _ = CreateMediaJobsResult(jobs_detail=[job, other]).job
