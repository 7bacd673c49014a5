"""Crowds that wait, services that go away, and servers that are killed: every outcome is the right one."""

import asyncio
import random

from support.virtual_time import run

from tencent_ci_async import CISession, Credentials, JobWatcher, PollSchedule, RetryPolicy
from tencent_ci_async.errors import NoAnswerError
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail
from tencent_ci_async.testing import FakeCI


def test_half_of_a_crowd_may_leave_at_any_moment(campaign, figure):
    """Nobody else notices, no request is made for it, and nothing is left pending."""
    waiters, jobs = (10_000, 2_000) if campaign else (1_000, 200)

    async def scenario(*, leaving):
        loop = asyncio.get_running_loop()
        began, chance, requests = loop.time(), random.Random(7), 0
        ends = {f"j{number}": chance.uniform(10, 100) for number in range(jobs)}

        async def describe(*job_ids):
            nonlocal requests
            requests += 1
            # No two at the same instant: asyncio leaves open which of them is first.
            await asyncio.sleep(0.03 + requests * 1e-5)
            now = loop.time() - began
            states = {job_id: "Success" if now >= ends[job_id] else "Running" for job_id in job_ids}
            return DescribeMediaJobResult(
                jobs_detail=[JobDetail(job_id=job_id, state=state) for job_id, state in states.items()]
            )

        told = {}

        async def wait(number, job_id):
            await watcher.wait(job_id, timeout=1_000)
            told[number] = loop.time() - began

        async with JobWatcher(describe) as watcher:
            tasks = [asyncio.create_task(wait(number, f"j{number % jobs}")) for number in range(waiters)]
            # Every second one of them has company that stays.
            for number in range(waiters // 2):
                moment = chance.uniform(0, 110)
                if leaving:
                    loop.call_later(moment, tasks[number].cancel)
            await asyncio.wait(tasks)
            await asyncio.sleep(0.1)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            return told, requests, left, watcher.stats()

    calm, calm_requests, _, _ = run(scenario(leaving=False))
    told, requests, left, stats = run(scenario(leaving=True))
    assert requests == calm_requests
    staying = range(waiters // 2, waiters)
    assert {number: told[number] for number in staying} == {number: calm[number] for number in staying}
    assert not left
    assert (stats.waiters, stats.jobs, stats.in_flight) == (0, 0, 0)
    figure(f"{waiters // 2:,} of {waiters:,} left, {requests - calm_requests} requests more for it")


def test_a_service_that_is_dark_half_of_the_time_ends_no_wait(campaign, figure):
    """Jobs of half an hour, and five dark minutes of every ten."""
    waiters = 2_000 if campaign else 300

    async def scenario():
        loop = asyncio.get_running_loop()
        began, failures = loop.time(), 0

        async def describe(*job_ids):
            nonlocal failures
            now = loop.time() - began
            if now % 600 >= 300:
                await asyncio.sleep(5)
                failures += 1
                raise NoAnswerError("dark")
            await asyncio.sleep(0.03)
            state = "Success" if now >= 1_800 else "Running"
            return DescribeMediaJobResult(
                jobs_detail=[JobDetail(job_id=job_id, state=state) for job_id in job_ids]
            )

        async with JobWatcher(describe) as watcher:
            waits = [watcher.wait(f"j{number}", timeout=3_600) for number in range(waiters)]
            jobs = await asyncio.gather(*waits)
        return {job.state for job in jobs}, failures, loop.time() - began

    states, failures, took = run(scenario())
    assert states == {"Success"}
    # All looking in the dark is done by one request at a time.
    assert failures <= 3 * 80
    # The last of it ends with the jobs; a pause is at most half a minute.
    assert took <= 1_800 + 40
    figure(f"{waiters:,} waits ended well, {failures} requests failed in {took / 60:.0f} minutes, half dark")


async def test_a_server_may_be_killed_and_started_again_and_again(campaign, figure):
    """Real sockets: connections are broken in the middle of answers, and every outcome is right."""
    kills, jobs = (20, 400) if campaign else (4, 60)
    fake = FakeCI()
    chance = random.Random(3)
    expected = {}
    for _ in range(jobs):
        outcome = chance.choice(["Success", "Failed", "Cancel"])
        expected[fake.add_job("Concat", runs_for=float("inf"))] = outcome
    async with fake.serve() as url:
        port = int(url.rpartition(":")[2])
    credentials = Credentials(fake.secret_id, fake.secret_key)
    retry = RetryPolicy(max_attempts=1)
    schedule = PollSchedule(interval=0.05)
    seen = {}

    broken = asyncio.Event()

    async def describe(*job_ids):
        try:
            return await session.describe_media_job(*job_ids)
        except NoAnswerError:
            broken.set()
            raise

    async def collect(watcher):
        async for outcome in watcher.as_completed(expected):
            seen[outcome.job_id] = outcome

    async with (
        CISession(fake.bucket, fake.region, credentials=credentials, endpoint=url, retry=retry) as session,
        JobWatcher(describe, schedule=schedule) as watcher,
    ):
        collector = asyncio.create_task(collect(watcher))
        left = list(expected)
        for number in range(kills):
            async with fake.serve(port=port):
                before = fake.request_count
                # Some answers get through; then the server dies with requests under way.
                await fake.received(before + 10)
                share = len(left) // (kills + 1 - number)
                for job_id in left[:share]:
                    fake.set_state(job_id, expected[job_id])
                left = left[share:]
                await fake.received(before + 20)
            broken.clear()
            await broken.wait()
        for job_id in left:
            fake.set_state(job_id, expected[job_id])
        async with fake.serve(port=port):
            await collector
    assert {job_id: outcome.job.state for job_id, outcome in seen.items()} == expected
    figure(f"killed {kills} times, {len(seen)} of {jobs} outcomes right")


async def test_a_session_and_a_watcher_together(fake, open_session):
    """The whole way: signed requests, XML, models, and a wait that ends."""
    job_ids = [fake.add_job("Transcode", runs_for=0) for _ in range(30)]
    async with JobWatcher(open_session().describe_media_job) as watcher:
        jobs = await asyncio.gather(*map(watcher.wait, job_ids))
    assert [job.job_id for job in jobs] == job_ids
    assert fake.request_count == 3
