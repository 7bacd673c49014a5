"""Each job is submitted once, whoever dies when: with the simulator and a Redis in memory, in no time."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest
from support.orders import order
from support.scripted_redis import ScriptedRedis
from support.virtual_time import run

from tencent_ci_async import (
    CISession,
    ConfigurationError,
    ConnectError,
    Credentials,
    RedisSubmitLedger,
    RequestError,
    RetryPolicy,
    SubmissionUnknownError,
    Timing,
)
from tencent_ci_async.testing import FakeCI, Fault

EPOCH = 1_700_000_000


def now():
    return EPOCH + asyncio.get_running_loop().time()


class Pool:
    """A service, a Redis, and workers that come and go."""

    def __init__(self):
        self.fake, self.redis = FakeCI(clock=now), ScriptedRedis()
        self.redis.skew = EPOCH
        self.transport = self.fake.transport()

    @asynccontextmanager
    async def worker(self, **settings):
        async with httpx.AsyncClient(transport=self.transport, timeout=None) as client:  # noqa: S113 - the ledger ends it
            keys = Credentials(self.fake.secret_id, self.fake.secret_key)
            loop = asyncio.get_running_loop()
            timing = Timing(wall_clock=now, clock=loop.time, sleep=asyncio.sleep, random=lambda: 0.5)
            async with CISession(
                self.fake.bucket,
                self.fake.region,
                credentials=keys,
                client=client,
                timeout=None,
                timing=timing,
                retry=RetryPolicy(max_attempts=1),
            ) as session:
                yield session, RedisSubmitLedger(self.redis, timing=timing, **settings)

    async def submit(self, request=None, **settings):
        async with self.worker(**settings) as (session, ledger):
            return await ledger.submit(session, request or order())

    def count(self):
        return len(self.fake.jobs)


def in_pool(scenario):
    """Run a scenario with a pool."""

    async def main():
        return await scenario(Pool())

    return run(main())


async def killed(submit, after):
    """Let a worker die so many seconds after it began."""
    task = asyncio.create_task(submit)
    await asyncio.sleep(after)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_message_that_is_delivered_again_has_the_same_job():
    async def scenario(pool):
        first, again = await pool.submit(), await pool.submit()
        other = await pool.submit(order("order 2"))
        assert first == again != other
        return pool.count(), pool.redis.calls.count("evalsha")

    assert in_pool(scenario)[0] == 2


def test_workers_that_are_given_it_at_the_same_time_have_the_same_job():
    """The second one waits for the first one, not for the end of its lease."""

    async def scenario(pool):
        pool.fake.inject(Fault.delay(3, times=1))
        began = asyncio.get_running_loop().time()
        ids = await asyncio.gather(*(pool.submit() for _ in range(5)))
        assert asyncio.get_running_loop().time() - began < 5
        return pool.count(), len(set(ids))

    assert in_pool(scenario) == (1, 1)


@pytest.mark.parametrize("when", [0.05, 0.15, 0.5, 1.15, 1.25, 1.35])
def test_a_worker_may_die_at_any_moment(when):
    """Before its claim, with it, before the service has the request and after, and before the id is kept."""

    async def scenario(pool):
        pool.redis.latency = 0.2
        pool.fake.inject(Fault.delay(1.0, times=1))
        await killed(pool.submit(), when)
        job_id = await pool.submit()
        assert job_id in pool.fake.jobs
        return pool.count()

    assert in_pool(scenario) == 1


@pytest.mark.parametrize("fault", [Fault.reset(served=True), Fault.status(502)], ids=["served", "not served"])
def test_what_is_unknown_is_found_out_and_not_submitted_twice(fault):
    """By the same worker, once the lease is over, so that a job that appears late is found."""

    async def scenario(pool):
        pool.fake.plan("Concat", appears_after=14)
        pool.fake.inject(fault)
        began = asyncio.get_running_loop().time()
        job_id = await pool.submit()
        assert 60 <= asyncio.get_running_loop().time() - began < 63
        assert job_id in pool.fake.jobs
        return pool.count()

    assert in_pool(scenario) == 1


def test_a_submit_that_hangs_is_broken_off_in_time_to_be_found():
    """However long the session would wait: the job has appeared before anybody looks for it."""

    async def scenario(pool):
        pool.fake.plan("Concat", appears_after=14)
        pool.fake.inject(Fault.stall(served=True))
        began = asyncio.get_running_loop().time()
        await pool.submit()
        assert asyncio.get_running_loop().time() - began < 63
        return pool.count()

    assert in_pool(scenario) == 1


def test_a_search_that_takes_longer_than_the_lease_makes_no_second_job():
    """Whoever has searched for long submits only if nobody else has begun to meanwhile."""

    async def scenario(pool):
        pool.fake.plan("Concat", appears_after=14)
        pool.fake.inject(Fault.reset(times=1))
        await killed(pool.submit(), 0.5)
        await asyncio.sleep(60)
        pool.fake.inject(Fault.delay(70, times=1, when=lambda request: request.method == "GET"))
        pool.fake.inject(Fault.delay(30, times=1, when=lambda request: request.method == "POST"))
        slow = asyncio.create_task(pool.submit())
        await asyncio.sleep(50)
        ids = await asyncio.gather(slow, pool.submit())
        return pool.count(), len(set(ids))

    assert in_pool(scenario) == (1, 1)


def test_after_three_times_unknown_the_caller_is_told():
    async def scenario(pool):
        pool.fake.inject(Fault.status(503, times=None, when=lambda request: request.method == "POST"))
        with pytest.raises(SubmissionUnknownError):
            await pool.submit()
        pool.fake.clear_faults()
        await pool.submit()
        return pool.count()

    assert in_pool(scenario) == 1


async def out_of_reach(request):
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize("error", [RequestError, ConnectError], ids=["refused", "never left"])
def test_what_was_surely_not_submitted_is_submitted_by_the_next_call_at_once(error):
    async def scenario(pool):
        if error is ConnectError:
            pool.transport = httpx.MockTransport(out_of_reach)
        pool.fake.inject(Fault.status(400, "InvalidArgument", times=1 if error is RequestError else None))
        with pytest.raises(error):
            await pool.submit()
        pool.transport = pool.fake.transport()
        pool.fake.clear_faults()
        began = asyncio.get_running_loop().time()
        await pool.submit()
        assert asyncio.get_running_loop().time() == began
        return pool.count(), [request.method for request in pool.fake.requests]

    count, methods = in_pool(scenario)
    assert count == 1
    assert "GET" not in methods


def test_nothing_is_sent_while_redis_is_away():
    async def scenario(pool):
        pool.redis.fault = ConnectionError("away")
        with pytest.raises(ConnectionError):
            await pool.submit()
        assert pool.fake.request_count == 0
        pool.redis.fault = None
        await pool.submit()
        return pool.count()

    assert in_pool(scenario) == 1


def test_a_job_whose_id_could_not_be_written_down_is_found():
    async def scenario(pool):
        pool.fake.inject(Fault.delay(1, times=1))
        submit = asyncio.create_task(pool.submit())
        await asyncio.sleep(0.5)
        pool.redis.fault = ConnectionError("away")
        with pytest.raises(ConnectionError):
            await submit
        pool.redis.fault = None
        assert await pool.submit() in pool.fake.jobs
        return pool.count()

    assert in_pool(scenario) == 1


def test_a_worker_that_dies_leaves_few_to_be_looked_for():
    """Those whose turn has not come have claimed nothing, so they are submitted elsewhere at once."""

    async def scenario(pool):
        pool.fake.inject(Fault.delay(5, times=None))
        async with pool.worker(max_in_flight=4) as (session, ledger):
            tasks = [asyncio.create_task(ledger.submit(session, order(f"order {n}"))) for n in range(50)]
            await asyncio.sleep(1)
            assert sum("token" in kept for kept in pool.redis.kept.values()) == 4
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        pool.fake.clear_faults()
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(pool.submit(order(f"order {n}")) for n in range(4, 50)))
        assert asyncio.get_running_loop().time() - began < 1
        await asyncio.gather(*(pool.submit(order(f"order {n}")) for n in range(50)))
        return pool.count()

    assert in_pool(scenario) == 50


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (lambda: order(None), "no user_data"),
        (lambda: order("  "), "no user_data"),
        (lambda: order(operation=[]), "0 operations"),
        (lambda: order(tag=None), "no tag"),
    ],
    ids=["none", "blank", "nothing", "no kind"],
)
def test_requests_whose_job_could_not_be_found_again_are_refused(request_, said):
    async def scenario(pool):
        with pytest.raises(ConfigurationError, match=said):
            await pool.submit(request_())
        return pool.redis.calls

    assert in_pool(scenario) == []


@pytest.mark.parametrize(
    "settings",
    [{"lease": 10}, {"appears_within": 0}, {"keep_for": 1}, {"max_in_flight": 0}, {"client": object()}],
    ids=", ".join,
)
def test_unusable_settings_are_refused(settings):
    settings = {"client": ScriptedRedis(), **settings}
    with pytest.raises(ConfigurationError):
        RedisSubmitLedger(settings.pop("client"), **settings)


def test_an_answer_that_is_not_the_scripts_is_refused():
    async def scenario(pool):
        pool.redis.fault = lambda reply: "PONG"
        with pytest.raises(ConfigurationError, match="is this a Redis"):
            await pool.submit()
        return pool.fake.request_count

    assert in_pool(scenario) == 0
