"""What it takes to wait for thousands of jobs, against the least that a uniform sweep could do with.

In short by default; ``nox -s campaign`` runs ten thousand jobs of each load. The time is virtual.
"""

import asyncio
import gc
import tracemalloc
from collections import deque

import pytest
from support import virtual_time
from support.loads import alike, burst, four_tags, stream, wait_for

from tencent_ci_async import DescribeMediaJobResult, JobDetail, JobWatcher, PollSchedule, RateLimiter, Timing

SIZE = 10

# In short, the four kinds come slowly: what is learnt of one kind takes fifty ends of it, however many come.
LOADS = {
    "burst": (lambda: burst(1_000), lambda: burst(10_000)),
    "stream": (lambda: stream(1_000), lambda: stream(10_000)),
    "thin stream": (lambda: stream(1_000, rate=1.0), lambda: stream(1_000, rate=1.0)),
    "four tags": (lambda: four_tags(2_000, rate=2.0), lambda: four_tags(10_000)),
}


@pytest.fixture(params=LOADS.values(), ids=LOADS)
def load(request, campaign):
    short, full = request.param
    return full() if campaign else short()


def test_jobs_without_progress_cost_little_more_than_a_perfect_sweep(load, figure):
    """At most 1.25 times the requests for the same mean delay, and requests are full."""
    seen = wait_for(load)
    assert seen.jobs == len(load.jobs)
    assert seen.ratio <= 1.25
    assert seen.slots_used >= 0.85
    assert seen.mean <= 3.0
    assert seen.p95 <= 6.0
    # A job that seems too young to end is let alone for 30 s, and then it waits for company.
    assert seen.longest <= 32.0
    figure(f"{seen.jobs:,} jobs, {seen.ratio:.2f} of the bound, mean delay {seen.mean:.1f} s")


def test_progress_that_tells_the_truth_saves_what_no_sweep_can(load, figure):
    """At most 0.8 times the requests of a perfect sweep, though progress is a tenth off now and then."""
    seen = wait_for(load, noise=0.1)
    assert seen.jobs == len(load.jobs)
    assert seen.ratio <= 0.8
    assert seen.mean <= 4.0
    assert seen.p95 <= 10.0
    assert seen.longest <= 32.0
    figure(f"{seen.jobs:,} jobs, {seen.ratio:.2f} of the bound, mean delay {seen.mean:.1f} s")


def test_progress_that_misleads_is_not_followed(campaign):
    """Where progress is half off, a job is looked at as if it told none."""
    load = burst(10_000 if campaign else 1_000)
    told, misled = wait_for(load), wait_for(load, noise=0.5)
    assert misled.ratio <= 1.25
    assert misled.mean <= 1.1 * told.mean
    assert misled.p95 <= 1.1 * told.p95


def test_jobs_that_are_too_young_to_end_are_let_alone():
    """Where jobs of a kind take about as long, two requests in five are saved at hardly any delay."""
    load = alike(1_000)
    learnt, ignored = wait_for(load), wait_for(load, schedule=PollSchedule(early_interval=5.0))
    assert learnt.requests <= 0.6 * ignored.requests
    assert learnt.mean <= 1.1 * ignored.mean


def test_jobs_wait_a_little_for_company():
    """Where jobs are few, those that fall due within a fifth of the interval share a request."""
    load = stream(300, rate=0.2)
    gathered, hasty = wait_for(load), wait_for(load, schedule=PollSchedule(gather=0.0))
    assert gathered.requests <= 0.9 * hasty.requests
    assert gathered.longest <= hasty.longest + 1.1


def test_a_sweep_over_many_jobs_is_spread_over_its_interval(campaign):
    """However many jobs fall due at once: in no second half again as many requests as they need."""
    load = burst(5_000 if campaign else 2_000)
    seen = wait_for(load)
    assert seen.most_in_a_second <= 1.5 * len(load.jobs) / SIZE / 5.0


def rates(campaign):
    """Requests per second that a burst may have: of these, the lower one makes a sweep take long."""
    return (100.0, 10.0) if campaign else (20.0,)


@pytest.mark.parametrize("told", [True, False], ids=["limit known", "limit unknown"])
def test_a_burst_is_found_out_about_as_fast_as_the_service_allows(told, campaign):
    """Told the limit or not, delays and requests are near those of whoever has known it all along."""
    for allowed in rates(campaign):
        load = burst(10_000 if campaign else 2_000)
        limiter = (lambda rate=allowed: limiter_of(rate)) if told else None
        seen = wait_for(load, allowed=allowed, limiter=limiter)
        requests, mean = paced_sweep(load, allowed, interval=5.0)
        assert seen.jobs == len(load.jobs)
        assert seen.requests - seen.refused <= 1.25 * requests
        assert seen.mean <= 1.25 * mean
        # Told it, nothing is refused; else it is felt for, and a tenth is what that may cost.
        assert seen.refused <= (0 if told else 0.1 * seen.requests)


def limiter_of(rate):
    return RateLimiter(rate, timing=Timing(clock=asyncio.get_running_loop().time))


def paced_sweep(load, rate, *, interval):
    """Requests and mean delay of who asks for the job longest not seen, as often as is allowed."""
    now, requests, delays = 0.0, 0, []
    waiting = deque((0.0, job) for job in load.jobs)
    while waiting:
        now = max(now + 1 / rate, waiting[0][0])
        requests += 1
        for _ in range(min(SIZE, len(waiting))):
            _, job = waiting.popleft()
            if job.ends <= now:
                delays.append(now - job.ends)
            else:
                waiting.append((now + interval, job))
    return requests, sum(delays) / len(delays)


@pytest.mark.parametrize("timeout", [None, 3_600.0])
def test_a_waiter_takes_little_memory_and_no_timer(timeout, campaign, figure):
    """Ten waiters for each job: at most 1,700 bytes each, its task included, and one timer for all."""
    size, timers = virtual_time.run(crowd(100_000 if campaign else 5_000, timeout))
    assert size <= 1_700
    assert timers == 1
    figure(f"{size:,.0f} bytes a waiter, its task included, and {timers} timer for all")


async def crowd(count, timeout):
    """The bytes that each of many waiters takes, and the timers of the loop."""
    job_ids = [f"j{number:032x}" for number in range(count // 10)]
    jobs = {job_id: JobDetail(job_id=job_id, state="Running") for job_id in job_ids}

    async def describe(*job_ids):
        return DescribeMediaJobResult(jobs_detail=[jobs[job_id] for job_id in job_ids])

    async with JobWatcher(describe) as watcher:
        gc.collect()
        tracemalloc.start()
        waits = [
            asyncio.create_task(watcher.wait(job_id, timeout=timeout)) for _ in range(10) for job_id in jobs
        ]
        # By then, each job has been looked at more than once.
        await asyncio.sleep(12)
        gc.collect()
        size = tracemalloc.get_traced_memory()[0] / count
        tracemalloc.stop()
        timers = 0
        for _ in range(50):
            await asyncio.sleep(0.1)
            timers = max(timers, sum(not each.cancelled() for each in asyncio.get_running_loop()._scheduled))
        assert watcher.stats().waiters == count
        assert watcher.stats().looks >= 2 * len(jobs)
        for each in waits:
            each.cancel()
        await asyncio.wait(waits)
    return size, timers
