"""One call: attempts, corrections, the deadline and the shared budget; time is a number here."""

import asyncio
import pickle

import pytest

from tencent_ci_async import errors
from tencent_ci_async._caller import Attempt, Caller
from tencent_ci_async._credentials import Credentials
from tencent_ci_async._exchange import Answer
from tencent_ci_async._operations import Operation, describe_media_job
from tencent_ci_async._pace import AdaptivePace
from tencent_ci_async._retry import RetryPolicy
from tencent_ci_async._timing import Timing
from tencent_ci_async.models import DescribeMediaJobResult, ResponseHeaders, ResponseInfo

KEYS = Credentials("AKID", "SECRET")
GET = describe_media_job(["j1"])
POST = Operation("Submit", "POST", "/jobs", idempotent=False, result=DescribeMediaJobResult)
GOOD = Answer(ResponseInfo(200, ResponseHeaders({})), b"<Response/>")


def answered(status, body=b"", **headers):
    return Answer(ResponseInfo(status, ResponseHeaders(headers)), body)


def coded(status, code):
    return answered(status, f"<Error><Code>{code}</Code></Error>".encode())


class World:
    """A service that answers as scripted, and a clock that only sleeping moves."""

    def __init__(self, *script, policy=None, total=60.0, mends=()):
        self.script = list(script)
        self.mends = list(mends)
        self.now = 1_000.0
        self.sleeps = []
        self.sent = 0
        timing = Timing(clock=lambda: self.now, sleep=self.sleep, random=lambda: 0.5)
        self.caller = Caller(
            self.send,
            self.reconsider,
            policy=policy or RetryPolicy(),
            pace=AdaptivePace(timing),
            timing=timing,
            total=total,
        )

    async def send(self, operation, *, launched):
        self.sent += 1
        launched()
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, errors.CIError):
            raise step
        if callable(step):
            return Attempt(await step(), KEYS, self.now)
        return Attempt(step, KEYS, self.now)

    async def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.now += seconds

    async def reconsider(self, refusal, credentials):
        assert credentials is KEYS
        if not self.mends:
            return False
        mend = self.mends.pop(0)
        if isinstance(mend, errors.CIError):
            raise mend
        return mend

    async def failure(self, operation=GET):
        with pytest.raises(errors.CIError) as caught:
            await self.caller.call(operation)
        return caught.value


async def test_a_good_answer_needs_one_request():
    world = World(GOOD)
    assert (await world.caller.call(GET)).jobs_detail == []
    assert (world.sent, world.sleeps) == (1, [])


PASSING = [
    errors.NoAnswerError("reset"),
    errors.ConnectError("refused"),
    errors.RequestTimeoutError("slow"),
    errors.UnreadableAnswerError("inflate"),
    answered(500),
    answered(502, b"<html>"),
    coded(503, "SlowDown"),
    coded(429, "SlowDown"),
    answered(200, b"<html><body>"),
    answered(200, b""),
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: repr(fault)[:60])
async def test_what_may_pass_is_waited_out(fault):
    world = World(fault, fault, GOOD)
    await world.caller.call(GET)
    assert world.sent == 3
    throttled = isinstance(fault, Answer) and b"SlowDown" in fault.body
    assert world.sleeps == pytest.approx([0.5, 1.0] if throttled else [0.05, 0.1])


async def test_the_last_failure_comes_out_and_remembers_the_others():
    first, second = errors.ConnectError("refused"), errors.NoAnswerError("reset")
    world = World(first, second, answered(502))
    failure = await world.failure()
    assert type(failure) is errors.ServerError
    assert failure.attempts == world.sent == 3
    assert failure.earlier == (first, second)
    assert [str(each) for each in pickle.loads(pickle.dumps(failure)).earlier] == ["refused", "reset"]


@pytest.mark.parametrize(
    "refusal",
    [coded(403, "AccessDenied"), coded(400, "InvalidArgument"), coded(404, "NoSuchBucket"), answered(301)],
)
async def test_a_refusal_is_not_repeated(refusal):
    world = World(refusal)
    failure = await world.failure()
    assert (failure.attempts, failure.earlier, world.sleeps) == (1, (), [])


async def test_a_request_that_changes_something_is_repeated_only_if_it_cannot_have_left():
    world = World(errors.ConnectError("refused"), errors.NoAnswerError("reset"))
    failure = await world.failure(POST)
    assert str(failure) == "reset"
    assert failure.may_have_arrived
    assert world.sent == 2


async def test_retry_after_is_kept():
    world = World(answered(503, b"", **{"retry-after": "7"}), GOOD)
    await world.caller.call(GET)
    assert world.sleeps == pytest.approx([7.7])


async def test_rather_than_sleep_into_the_deadline_the_call_fails_at_once():
    world = World(answered(503, b"", **{"retry-after": "7"}), total=7.5)
    failure = await world.failure()
    assert (type(failure), failure.attempts, world.sleeps) == (errors.ServerError, 1, [])


async def test_an_absurd_wait_is_not_waited():
    world = World(answered(429, b"", **{"retry-after": "86400"}), total=None)
    failure = await world.failure()
    assert (failure.retry_after, world.sleeps) == (86_400.0, [])


# --- Corrections --------------------------------------------------------------------------------------


async def test_a_mended_signature_is_sent_at_once_and_costs_no_attempt():
    world = World(coded(401, "SignatureExpired"), answered(500), answered(500), GOOD, mends=[True])
    await world.caller.call(GET)
    assert world.sent == 4
    assert len(world.sleeps) == 2


async def test_there_is_one_correction_per_call():
    world = World(coded(401, "SignatureExpired"), mends=[True, True, True])
    failure = await world.failure()
    assert (failure.code, failure.attempts, len(failure.earlier), world.sleeps) == (
        "SignatureExpired",
        2,
        1,
        [],
    )
    assert len(world.mends) == 2


async def test_a_correction_works_without_retries():
    world = World(coded(401, "SignatureExpired"), GOOD, mends=[True], policy=RetryPolicy(max_attempts=1))
    await world.caller.call(POST)
    assert world.sent == 2


async def test_a_correction_that_fails_says_why():
    world = World(coded(400, "ExpiredToken"), mends=[errors.CredentialsError("the vault is away")])
    failure = await world.failure()
    assert (str(failure), failure.attempts) == ("the vault is away", 1)


# --- The deadline -------------------------------------------------------------------------------------


async def never():
    await asyncio.get_running_loop().create_future()


async def test_the_deadline_ends_the_call_and_tells_what_was_before():
    world = World(errors.NoAnswerError("reset"), never, policy=RetryPolicy(base_delay=0), total=0.01)
    failure = await world.failure()
    assert type(failure) is errors.RequestTimeoutError
    assert isinstance(failure, TimeoutError)
    assert "DescribeMediaJob took longer than the 0.01 s" in str(failure)
    assert (failure.attempts, [str(each) for each in failure.earlier]) == (2, ["reset"])
    assert failure.may_have_arrived
    assert failure.__context__ is None


async def test_a_call_that_never_left_the_queue_says_so():
    world = World(GOOD, total=0.01)

    async def queue(operation, *, launched):
        await never()

    world.caller._send = queue
    failure = await world.failure()
    assert (failure.attempts, failure.may_have_arrived) == (0, False)


async def test_a_caller_own_timeout_is_not_mistaken_for_ours():
    world = World(never, total=60.0)
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.01):
            await world.caller.call(GET)
    assert type(caught.value) is TimeoutError


async def test_a_read_timeout_inside_the_deadline_is_an_ordinary_failure():
    world = World(errors.RequestTimeoutError("read"), policy=RetryPolicy(max_attempts=1))
    assert str(await world.failure()) == "read"


# --- The budget ---------------------------------------------------------------------------------------


async def test_an_outage_is_not_multiplied():
    """A thousand calls against a dead service: the retries are the first credit and a tenth of the calls."""
    world = World(answered(503))
    for _ in range(1_000):
        await world.failure()
    assert 1_190 <= world.sent <= 1_000 + 100 + 100


async def test_after_an_outage_scattered_faults_are_retried_again():
    world = World(answered(503))
    for _ in range(1_000):
        await world.failure()
    world.script = [GOOD]
    for _ in range(20):
        await world.caller.call(GET)
    world.script, world.sent = [answered(500), GOOD], 0
    await world.caller.call(GET)
    assert world.sent == 2


async def test_scattered_faults_never_exhaust_the_credit():
    for_each = [answered(500), answered(500), GOOD]
    world = World(GOOD, policy=RetryPolicy(budget=2))
    for _ in range(100):
        world.script = list(for_each)
        await world.caller.call(GET)
    assert world.sent == 300


async def test_a_large_body_is_read_without_holding_up_the_loop():
    """Above a quarter of a megabyte the parsing happens in a thread: the loop turns meanwhile."""
    jobs = b"<JobsDetail><JobId>j1</JobId></JobsDetail>" * 10_000
    world = World(Answer(GOOD.response, b"<Response>" + jobs + b"</Response>"))
    turns = 0

    async def turn():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    result = await world.caller.call(GET)
    turning.cancel()
    assert len(result.jobs_detail) == 10_000
    assert turns > 3
