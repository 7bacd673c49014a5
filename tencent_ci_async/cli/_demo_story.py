"""The demonstration: questions to a simulator, each compared with the answer that it must bring."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tencent_ci_async import (
    CIError,
    CISession,
    Credentials,
    DescribeMediaJobResult,
    FanoutProgress,
    JobNotFoundError,
    RetryPolicy,
    ServiceError,
    Timing,
)
from tencent_ci_async.testing import FakeCI, Fault, RecordedRequest

__all__ = ["ManyJobs", "Report", "Step", "perform"]

_MISSING_ID: Final = f"j{'0' * 32}"
_WRONG_KEY: Final = "NotTheKeyThatBelongsToTheSecretId"

_MINUTE: Final = 60.0
_HOUR: Final = 60 * _MINUTE
_MANY: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question, what came of it, and whether that was right.

    Attributes:
        name: What it is, for machines.
        title: What it is, in words.
        code: How a user of the library asks.
        shown: The attributes of the job that matter here; all when there are none.
        remark: What to notice, in words; often nothing.
        requests: The requests that the simulator received for it.
        result: What the library returned; None when it raised.
        error: What the library raised, or ``result.job`` did; None when neither did.
        complaints: What was not as expected.
    """

    name: str
    title: str
    code: str
    shown: tuple[str, ...]
    remark: str
    requests: tuple[RecordedRequest, ...]
    result: DescribeMediaJobResult | None
    error: CIError | None
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyJobs:
    """A question about more jobs than one request takes.

    Attributes:
        code: How a user of the library asks.
        progress: The counts that the library told while it went on.
        requests: How many requests the simulator received for it.
        complaints: What was not as expected.
    """

    code: str
    progress: tuple[FanoutProgress, ...]
    requests: int
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that happened.

    Attributes:
        base_url: Where the simulator listened.
        bucket: The bucket asked about.
        region: Its region.
        steps: The questions, in order.
        many: The question about many jobs, after them.
    """

    base_url: str
    bucket: str
    region: str
    steps: tuple[Step, ...]
    many: ManyJobs

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests that the simulator received for the steps."""
        return [request for step in self.steps for request in step.requests]

    @property
    def verified(self) -> int:
        """How many of them were signed right, by the simulator's own calculation."""
        return sum(request.signature.accepted for request in self.requests)

    @property
    def refused(self) -> int:
        """How many of them were not."""
        return len(self.requests) - self.verified

    @property
    def complaints(self) -> list[str]:
        """What was not as expected."""
        said = [f"{step.name}: {complaint}" for step in self.steps for complaint in step.complaints]
        return said + [f"many_jobs: {complaint}" for complaint in self.many.complaints]


async def perform(*, wall_clock: Callable[[], float] = time.time) -> Report:
    """Ask a simulator on a free loopback port, and return what happened.

    Args:
        wall_clock: Epoch seconds, for the jobs and the signatures; only tests need another clock.

    Raises:
        OSError: No port can be listened on.
    """
    clock = _Clock(wall_clock)
    fake = FakeCI(clock=clock)
    questions = _questions(**_submit_jobs(fake, clock))
    async with (
        fake.serve() as base_url,
        _session(fake, base_url, fake.secret_key, wall_clock) as session,
        _session(fake, base_url, _WRONG_KEY, wall_clock) as impostor,
    ):
        steps = [await _ask(fake, impostor if each.is_impostor else session, each) for each in questions]
        many = await _ask_about_many(fake, session)
    return Report(base_url=base_url, bucket=fake.bucket, region=fake.region, steps=tuple(steps), many=many)


class _Clock:
    """A clock that can be put back, so that jobs have a past."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.minutes_ago = 0.0

    def __call__(self) -> float:
        return self._clock() - 60 * self.minutes_ago


def _submit_jobs(fake: FakeCI, clock: _Clock) -> dict[str, str]:
    jobs: dict[str, str] = {}
    clock.minutes_ago = 50
    jobs["finished"] = fake.add_job("Concat", waits_for=11, runs_for=95, output_object="out/film.mp4")
    # Half a percent past the 40 that is shown, and each percent is a minute: slow machines show it too.
    clock.minutes_ago = 40.5
    jobs["running"] = fake.add_job("Transcode", runs_for=100 * 60, output_object="out/clip.mp4")
    clock.minutes_ago = 20
    jobs["failed"] = fake.add_job(
        "Concat", waits_for=8, runs_for=4, outcome="Failed", message="input/part-2.mp4 has no video stream"
    )
    clock.minutes_ago = 1
    jobs["submitted"] = fake.add_job("Animation", waits_for=60 * 60, output_object="out/loop.gif")
    clock.minutes_ago = 0
    return jobs


def _session(fake: FakeCI, base_url: str, secret_key: str, wall_clock: Callable[[], float]) -> CISession:
    return CISession(
        fake.bucket,
        fake.region,
        credentials=Credentials(fake.secret_id, secret_key),
        endpoint=base_url,
        timeout=10,
        # The usual second after "slow down" would be long for somebody who looks on.
        retry=RetryPolicy(throttled_base_delay=0.2),
        timing=Timing(wall_clock=wall_clock),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What to ask, and those facts about what comes of it that must hold."""

    name: str
    title: str
    code: str = "job = (await session.describe_media_job(job_id)).job"
    job_ids: Sequence[str]
    expected: Mapping[str, object]
    shown: tuple[str, ...] = ()
    remark: str = ""
    is_impostor: bool = False
    faults: Sequence[Fault] = field(default=())


def _questions(*, finished: str, running: str, failed: str, submitted: str) -> tuple[_Question, ...]:
    return (
        _Question(
            name="finished_job",
            title="A finished job, in full",
            job_ids=[finished],
            expected={"states": ["Success"], "seconds": [42.5], "written": ["out/film.mp4"]},
        ),
        _Question(
            name="several_jobs",
            title="Four jobs by one request",
            code="jobs = (await session.describe_media_job(*job_ids)).jobs_detail",
            job_ids=[submitted, running, finished, failed],
            expected={"states": ["Submitted", "Running", "Success", "Failed"], "progress": [40]},
        ),
        _Question(
            name="failed_job",
            title="A job that failed, and why",
            job_ids=[failed],
            shown=("state", "code", "message"),
            expected={"states": ["Failed"], "reasons": ["ResourceNotSupported"]},
        ),
        _Question(
            name="missing_job",
            title="A job that does not exist",
            job_ids=[_MISSING_ID],
            expected={"states": [], "error": "JobNotFoundError"},
        ),
        _Question(
            name="wrong_key",
            title="A request signed with a wrong key",
            job_ids=[finished],
            is_impostor=True,
            remark="Nothing is repeated here: no second request could change that answer.",
            expected={"statuses": [403], "signed_right": [False], "error": "AccessError"},
        ),
        _Question(
            name="busy_service",
            title='A service that says "slow down" at first',
            job_ids=[running],
            shown=("state", "progress"),
            remark="The library waited a moment and asked again, signed anew. The caller sees only the job.",
            faults=[Fault.status(503, "SlowDown")],
            expected={"statuses": [503, 200], "signed_right": [True, True], "states": ["Running"]},
        ),
    )


async def _ask(fake: FakeCI, session: CISession, question: _Question) -> Step:
    fake.inject(*question.faults)
    already = fake.request_count
    result: DescribeMediaJobResult | None = None
    error: CIError | None = None
    try:
        result = await session.describe_media_job(*question.job_ids)
        if len(question.job_ids) == 1:
            _ = result.job
    except CIError as caught:
        error = caught
    requests = tuple(fake.requests[already:])
    # Unless a question expects otherwise, it takes one request, and that goes well.
    expected = {"statuses": [200], "signed_right": [True], "error": None, "told_request_id": True}
    facts = _facts(requests, result, error)
    return Step(
        name=question.name,
        title=question.title,
        code=question.code,
        shown=question.shown,
        remark=question.remark,
        requests=requests,
        result=result,
        error=error,
        complaints=tuple(
            f"{name} should be {value}, not {facts[name]}"
            for name, value in (expected | dict(question.expected)).items()
            if facts[name] != value
        ),
    )


async def _ask_about_many(fake: FakeCI, session: CISession) -> ManyJobs:
    job_ids = [fake.add_job() for _ in range(_MANY)]
    already = fake.request_count
    told: list[FanoutProgress] = []
    found = 0
    async for outcome in session.describe_many(job_ids, progress=told.append):
        found += outcome.job is not None
    requests = fake.requests[already:]
    facts = {
        "found": (found, _MANY),
        "requests": (len(requests), _MANY // 10),
        "signed_right": (sum(request.signature.accepted for request in requests), len(requests)),
        "progress": (told[-1].done if told else 0, _MANY),
    }
    return ManyJobs(
        code="async for outcome in session.describe_many(job_ids, progress=show_progress): ...",
        progress=tuple(told),
        requests=len(requests),
        complaints=tuple(
            f"{name} should be {expected}, not {fact}"
            for name, (fact, expected) in facts.items()
            if fact != expected
        ),
    )


def _facts(
    requests: Sequence[RecordedRequest], result: DescribeMediaJobResult | None, error: CIError | None
) -> dict[str, object]:
    jobs = result.jobs_detail if result else []
    done = [job.operation for job in jobs if job.operation and job.operation.media_result]
    media = [each.media_info.format for each in done if each.media_info and each.media_info.format]
    files = [each.media_result.output_file for each in done if each.media_result]
    told = error if isinstance(error, ServiceError | JobNotFoundError) else result
    return {
        "statuses": [request.status for request in requests],
        "signed_right": [request.signature.accepted for request in requests],
        "told_request_id": told is not None and told.request_id == requests[-1].request_id,
        "error": type(error).__name__ if error else None,
        "states": [job.state for job in jobs],
        "progress": [job.progress for job in jobs if job.progress is not None],
        "reasons": [job.code for job in jobs if job.state == "Failed"],
        "seconds": [each.duration for each in media],
        "written": [name for each in files if each for name in each.object_name],
    }
