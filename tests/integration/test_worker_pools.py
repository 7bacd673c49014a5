"""Pools of real processes on a real Redis: the shared rate, and workers that are killed."""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from support.orders import order
from support.redis_server import RedisServer
from support.scripted_redis import take_turn

from tencent_ci_async import RedisRateLimiter, RedisSubmitLedger
from tencent_ci_async._redis_limiter import _TAKE_TURN
from tencent_ci_async._redis_script import Script
from tencent_ci_async.testing import FakeCI, Fault

TESTS = Path(__file__).parent.parent
EXAMPLE = TESTS.parent / "docs" / "examples" / "worker_pool"


@pytest.fixture
async def server(tmp_path):
    """A Redis that keeps nothing."""
    server = RedisServer(tmp_path)
    await server.start()
    yield server
    await server.stop()


# --- The scripts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
async def test_the_script_of_the_limiter_does_what_its_twin_in_python_does(server, seed):
    """So what the unit tests prove of the twin, time put back included, holds for the script."""
    chance = random.Random(seed)
    text = _TAKE_TURN.text.replace("redis.call('TIME')", "{tonumber(ARGV[4]), tonumber(ARGV[5])}")
    script, kept, now = Script(text), {}, 1_700_000_000_000_000
    async with server.client() as client:
        for _ in range(500):
            now += chance.choice([0, 0, 1, 700, 20_000, 3_000_000, -5_000_000])
            rate, burst = chance.choice([(1, 1), (50, 5), (0.1, 3), (1_000, 1)])
            arguments = [round(1_000_000 / rate), round((burst - 1) * 1_000_000 / rate), 30_000_000]
            said = await script.run(client, "twin", *map(str, [*arguments, *divmod(now, 1_000_000)]))
            assert said == take_turn(kept, now, *arguments)
            stored = await client.hgetall("twin")
            assert {name.decode(): int(value) for name, value in stored.items()} == kept


async def test_what_is_kept_does_not_stay_for_ever(server):
    async with server.client() as client:
        async with RedisRateLimiter(client, 10, name="1", workers=1):
            pass
        assert 3_500 < await client.ttl("tencent-ci:rate:1") <= 3_601


@pytest.mark.parametrize("decode_responses", [False, True])
async def test_the_scripts_of_the_ledger(server, decode_responses, open_session, fake):
    """A claim holds until the lease is over; a job is written down once; a refusal leaves nothing."""
    session = open_session()
    async with server.client(decode_responses=decode_responses) as client:
        ledger = RedisSubmitLedger(client, lease=1, appears_within=0.5, keep_for=100)
        ids = await asyncio.gather(*(ledger.submit(session, order("order 1")) for _ in range(10)))
        assert len({*ids}) == len(fake.jobs) == 1
        assert await ledger.submit(session, order("order 1")) == ids[0]
        key = "tencent-ci:submitted:jobs:order 1"
        assert set(map(_text, await client.hkeys(key))) == {"job", "tried"}
        assert 95 < await client.ttl(key) <= 100
        await client.hdel(key, "job")
        # Nobody knows what became of it: it is searched for under a new claim, which is then renewed.
        fake.forget(ids[0])
        again = await ledger.submit(session, order("order 1"))
        assert {*fake.jobs} == {again}
        assert set(map(_text, await client.hkeys(key))) == {"job", "tried"}


def _text(value):
    return value if isinstance(value, str) else value.decode()


# --- One rate -----------------------------------------------------------------------------------------

RATE, BURST, PROCESSES, CALLERS = 50, 5, 3, 8


async def take_turns(server, *, seconds):
    """Let three processes take turns, and return the times of all, sorted, and how late one was at most."""
    stop_at = time.monotonic() + seconds
    arguments = [server.url, RATE, BURST, CALLERS, stop_at]
    command = [sys.executable, "-m", "support.take_turns", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    processes = [
        await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(PROCESSES)
    ]
    ended = await asyncio.gather(*(each.communicate() for each in processes))
    assert [each.returncode for each in processes] == [0] * PROCESSES, ended
    reports = [json.loads(out) for out, _ in ended]
    turns = sorted(turn for report in reports for turn in report["turns"])
    assert all(len(report["turns"]) > seconds for report in reports), "one of the processes starved"
    return turns, max(report["late"] for report in reports)


def most_in_excess(turns, rate):
    """How many turns more than ``rate * seconds`` there were, in whichever span of time had most."""
    excess, lowest = 0, float("inf")
    for number, turn in enumerate(turns):
        lowest = min(lowest, number - rate * turn)
        excess = max(excess, number + 1 - rate * turn - lowest)
    return excess


async def test_three_processes_together_keep_to_one_rate(server, record_property):
    """In every span of time. How late a turn came, by network or machine, is all that may add to it."""
    turns, late = await take_turns(server, seconds=8)
    excess = most_in_excess(turns, RATE)
    record_property("excess", f"{excess:.1f} turns above the rate, of {BURST} allowed; late by {late:.3f} s")
    assert excess <= BURST + RATE * late
    assert late < 0.5
    assert len(turns) > 0.9 * RATE * (turns[-1] - turns[0])


async def test_a_redis_that_is_killed_and_comes_back_stops_nobody_and_breaks_no_rate(server, record_property):
    """Each process keeps to its share meanwhile; the server has forgotten all when it is back."""
    running = asyncio.create_task(take_turns(server, seconds=12))
    await asyncio.sleep(4)
    killed = time.monotonic()
    await server.kill()
    await asyncio.sleep(3)
    back = time.monotonic()
    await server.start()
    turns, late = await running
    excess = most_in_excess(turns, RATE)
    record_property("excess", f"{excess:.1f} turns above the rate with an outage; late by {late:.3f} s")
    # Turns that were given before the outage still come, while others already keep to their shares.
    given_before = CALLERS * (PROCESSES - 1)
    assert excess <= BURST + PROCESSES + given_before + RATE * late
    spans = {"before": (killed - 2, killed), "during": (killed + 1, back), "after": (back + 2, turns[-1])}
    for name, (start, end) in spans.items():
        count = sum(start <= turn < end for turn in turns)
        assert 0.7 * RATE * (end - start) < count <= RATE * (end - start + late) + BURST + PROCESSES, name
    assert max(later - earlier for earlier, later in pairwise(turns)) < 2


# --- Workers that are killed --------------------------------------------------------------------------

ORDERS = 2_000


class Workers:
    """The example's workers, each a tree of processes of its own, as if on a machine of its own."""

    def __init__(self, directory, environment):
        self.directory = directory
        self.environment = {**os.environ, **environment, "PYTHONPATH": str(EXAMPLE), "PYTHONUNBUFFERED": "1"}
        self.running = {}

    async def start(self, name):
        options = ["--workers", "1", "--max-async-tasks", "1000", "--wait-tasks-timeout", "2"]
        with (self.directory / f"{name}.log").open("wb") as log:
            # What outlives its parent would keep a pipe open for ever; a file does not mind.
            self.running[name] = await asyncio.create_subprocess_exec(
                *[sys.executable, "-m", "taskiq", "worker", "tasks:broker", *options],
                env=self.environment,
                cwd=EXAMPLE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def kill(self, name):
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def stop(self, name):
        """Tell the worker's first process alone, as a service manager may, and wait until all are gone."""
        process = self.running.pop(name)
        process.terminate()
        try:
            async with asyncio.timeout(20):
                await process.wait()
                while _is_there(process.pid):  # noqa: ASYNC110 - processes have no event
                    await asyncio.sleep(0.05)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    async def kill_all(self):
        for name in list(self.running):
            await self.kill(name)


def _is_there(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
async def pool(server, tmp_path):
    """The service on loopback, Redis, and what starts workers."""
    fake = FakeCI()
    fake.plan("Concat", waits_for=0.5, runs_for=1.5)
    async with fake.serve() as endpoint, server.client(decode_responses=True) as client:
        environment = {
            "REDIS_URL": server.url,
            "CI_BUCKET": fake.bucket,
            "CI_REGION": fake.region,
            "CI_ENDPOINT": endpoint,
            "CI_RATE": "200",
            "POLL_EVERY": "1",
            "DEAD_AFTER": "5",
            "LEASE": "16",
            "TENCENTCLOUD_SECRET_ID": fake.secret_id,
            "TENCENTCLOUD_SECRET_KEY": fake.secret_key,
        }
        workers = Workers(tmp_path, environment)
        try:
            yield fake, client, workers
        finally:
            await workers.kill_all()


async def enqueue(workers, count):
    """Run the example's other half until all orders are done."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, str(EXAMPLE / "enqueue.py"), str(count)],
        env=workers.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return printed.decode().splitlines()


async def done(client, count):
    while await client.hlen("splices:results") < count:  # noqa: ASYNC110 - Redis tells nobody
        await asyncio.sleep(0.1)


def assert_each_once(fake, results, count):
    orders = [f"order-{number}" for number in range(count)]
    # Nothing was lost ...
    assert sorted(results) == sorted(orders)
    assert {result.partition(" ")[0] for result in results.values()} == {"Success"}
    # ... and nothing was submitted twice: by what the service has, and by what it was asked for.
    submitted = Counter(job.operation["UserData"] for job in fake.jobs.values())
    assert submitted == Counter(orders)
    assert {result.partition(" ")[2] for result in results.values()} == set(fake.jobs)
    assert sum(each.method == "POST" for each in fake.requests) == count


async def test_a_worker_is_killed_and_each_order_still_makes_exactly_one_job(pool, record_property):
    """Two workers, two thousand orders, SIGKILL in the middle: the other one goes on with what was left."""
    fake, client, workers = pool
    began = time.monotonic()
    async with asyncio.timeout(150):
        await workers.start("first")
        await workers.start("second")
        enqueued = asyncio.create_task(enqueue(workers, ORDERS))
        await done(client, ORDERS // 4)
        # The service makes these jobs, but neither worker is told.
        fake.inject(Fault.stall(served=True, times=12, when=lambda request: request.method == "POST"))
        await asyncio.sleep(0.5)
        killed_at = time.monotonic()
        await workers.kill("first")
        left = await client.xpending("splices", "splicers")
        assert await enqueued == [f"{ORDERS} orders are in the queue", f"{ORDERS} are done"]
        took = time.monotonic() - began
    results = await client.hgetall("splices:results")
    assert_each_once(fake, results, ORDERS)
    searches = sum(each.method == "GET" and "tag" in each.query for each in fake.requests)
    figures = (
        f"{ORDERS} orders in {took:.1f} s, {fake.request_count} requests, {searches} of them searches; "
        f"{left['pending']} messages open when one worker was killed after {killed_at - began:.1f} s"
    )
    record_property("figure", figures)
    assert left["pending"] > 0
    said = (workers.directory / "second.log").read_text(encoding="utf-8")
    assert "it is job" in said, "a job whose worker died before it knew the id was found"


async def test_a_worker_that_is_told_to_stop_leaves_its_messages_to_the_others(pool, record_property):
    """It does not wait for jobs that run for long, and loses none of them."""
    fake, client, workers = pool
    fake.plan("Concat", runs_for=12)
    async with asyncio.timeout(60):
        await workers.start("first")
        enqueued = asyncio.create_task(enqueue(workers, 100))
        await fake.received(100)
        await asyncio.sleep(1)
        told = time.monotonic()
        await workers.stop("first")
        stopped = time.monotonic() - told
        record_property("figure", f"a worker stopped {stopped:.1f} s after SIGTERM")
        await workers.start("second")
        await enqueued
    assert_each_once(fake, await client.hgetall("splices:results"), 100)
