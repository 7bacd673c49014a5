"""Thousands of jobs that come and end in virtual time, a watcher that waits for them, and what it took."""

import asyncio
import math
import random
import statistics
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import NamedTuple

from support import virtual_time
from tencent_ci_async import (
    DescribeMediaJobResult,
    JobDetail,
    JobWatcher,
    ResponseInfo,
    ThrottledError,
    Timing,
)
from tencent_ci_async.models import ResponseHeaders

SEED = 20_240_607
# The service's clock when a load begins: far from this machine's, and not at the beginning of a second.
_BEGIN = datetime(2031, 5, 17, 6, 0, 0, 370_000, tzinfo=UTC)


class Kind(NamedTuple):
    """Jobs whose durations are log-normal."""

    median: float
    sigma: float

    @property
    def mean(self):
        return self.median * math.exp(self.sigma**2 / 2)


class Job(NamedTuple):
    """A job, in seconds since the load began."""

    job_id: str
    tag: str
    begins: float
    lasts: float

    @property
    def ends(self):
        return self.begins + self.lasts


class Load:
    """Jobs of some kinds, all of them equally likely.

    Without a rate, all begin at once; else so many a second, at random.
    """

    def __init__(self, count, kinds, *, rate=None, seed=SEED):
        chance = random.Random(seed)
        now = 0.0
        self.jobs = []
        for number in range(count):
            now += chance.expovariate(rate) if rate else 0.0
            which = chance.randrange(len(kinds))
            lasts = chance.lognormvariate(math.log(kinds[which].median), kinds[which].sigma)
            self.jobs.append(Job(f"j{number:032x}", f"Kind{which}", now, lasts))
        self.mean_duration = statistics.fmean(kind.mean for kind in kinds)

    def fewest_requests(self, size, delay):
        """What a uniform sweep needs at least that finds ends with such a mean delay."""
        count = len(self.jobs)
        return max(count / size, count * self.mean_duration / (2 * size * delay))


_ONE_KIND = (Kind(60.0, 1.0),)
_FOUR_KINDS = (Kind(8.0, 0.4), Kind(40.0, 0.4), Kind(150.0, 0.4), Kind(600.0, 0.4))


def burst(count, *, seed=SEED):
    """All at once."""
    return Load(count, _ONE_KIND, seed=seed)


def stream(count, *, rate=20.0, seed=SEED):
    """So many a second, at random; of jobs that take a minute, or a tenth of it, or ten."""
    return Load(count, _ONE_KIND, rate=rate, seed=seed)


def alike(count, *, rate=2.0, seed=SEED):
    """So many a second, all of which take about two and a half minutes."""
    return Load(count, (Kind(150.0, 0.1),), rate=rate, seed=seed)


def four_tags(count, *, rate=20.0, seed=SEED):
    """So many a second, of four kinds, the jobs of each kind much alike."""
    return Load(count, _FOUR_KINDS, rate=rate, seed=seed)


@dataclass
class Service:
    """Answers about the jobs of a load, by a clock in seconds since the load began.

    Args:
        load: The jobs.
        clock: The time.
        latency: Seconds from question to answer; it looks at the jobs in the middle of them.
        noise: Standard deviation of the progress, as a share of it; None for jobs that tell none.
        allowed: Requests per second beyond which it refuses; None for any number.
    """

    load: Load
    clock: object
    latency: float = 0.05
    noise: float | None = None
    allowed: float | None = None
    requests: int = 0
    looks: int = 0
    refused: int = 0
    in_second: Counter = field(default_factory=Counter)

    def __post_init__(self):
        self._jobs = {job.job_id: job for job in self.load.jobs}
        self._details = {}
        self._chance = random.Random(2)
        self._tokens, self._refilled = self.allowed, 0.0
        self._response = (-1, None)

    async def describe(self, *job_ids):
        self.requests += 1
        self.looks += len(job_ids)
        self.in_second[int(self.clock())] += 1
        await asyncio.sleep(self.latency / 2)
        now = self.clock()
        if not self._allows(now):
            self.refused += 1
            raise ThrottledError("slow down", status=503, code="SlowDown")
        details = [self._describe_one(self._jobs[job_id], now) for job_id in job_ids]
        await asyncio.sleep(self.latency / 2)
        result = DescribeMediaJobResult.model_construct(jobs_detail=details, non_exist_job_ids=[])
        return result.with_response(self._dated(now))

    def _allows(self, now):
        if self.allowed is None:
            return True
        self._tokens = min(self.allowed, self._tokens + (now - self._refilled) * self.allowed)
        self._refilled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _describe_one(self, job, now):
        ended = job.ends <= now
        progress = None
        if self.noise is not None and not ended:
            share = (now - job.begins) / job.lasts * (1 + self._chance.gauss(0, self.noise))
            progress = round(100 * max(0.01, min(0.99, share)))
        key = (job.job_id, ended, progress)
        # A job that stands as it stood is the same object: making it is not what is measured.
        if key not in self._details:
            self._details[key] = JobDetail(
                job_id=job.job_id,
                tag=job.tag,
                state="Success" if ended else "Running",
                progress=progress,
                creation_time=_second(job.begins),
                start_time=_second(job.begins),
                end_time=_second(job.ends) if ended else None,
            )
        return self._details[key]

    def _dated(self, now):
        second = _second(now)
        if self._response[0] != second:
            date = format_datetime(second, usegmt=True)
            self._response = (second, ResponseInfo(200, ResponseHeaders({"Date": date})))
        return self._response[1]


def _second(since):
    """The service's clock, which tells no parts of a second."""
    return (_BEGIN + timedelta(seconds=since)).replace(microsecond=0)


@dataclass(frozen=True)
class Figures:
    """What it took to wait for a load. Delays are in seconds, as waiters see them: with the latency."""

    jobs: int
    requests: int
    refused: int
    slots_used: float
    most_in_a_second: int
    mean: float
    p50: float
    p95: float
    p99: float
    longest: float
    fewest_requests: float

    @property
    def ratio(self):
        """Requests, as a multiple of what a uniform sweep needs for the same mean delay."""
        return self.requests / self.fewest_requests


def wait_for(load, *, schedule=None, size=10, seed=3, limiter=None, **service):
    """Wait for each job of a load from its submission on, in virtual time, and return the figures."""
    return virtual_time.run(_wait_for(load, schedule, size, seed, limiter, service))


async def _wait_for(load, schedule, size, seed, make_limiter, settings):
    loop = asyncio.get_running_loop()
    began = loop.time()
    service = Service(load, lambda: loop.time() - began, **settings)
    limiter = nullcontext() if make_limiter is None else make_limiter()

    async def describe(*job_ids):
        async with limiter:
            return await service.describe(*job_ids)

    delays = []

    async def settle(job):
        detail = await watcher.settle(job.job_id, submitted_ago=0)
        assert detail.job_id == job.job_id
        assert detail.is_terminal
        delays.append(service.clock() - job.ends)

    timing = Timing(random=random.Random(seed).random)
    watcher = JobWatcher(describe, schedule=schedule, max_ids_per_request=size, timing=timing)
    async with watcher, asyncio.TaskGroup() as group:
        for job in load.jobs:
            if (pause := job.begins - service.clock()) > 0:
                await asyncio.sleep(pause)
            group.create_task(settle(job))
    return _figures(load, service, size, sorted(delays))


def _figures(load, service, size, delays):
    def quantile(share):
        return delays[min(len(delays) - 1, int(share * len(delays)))]

    mean = statistics.fmean(delays)
    return Figures(
        jobs=len(delays),
        requests=service.requests,
        refused=service.refused,
        slots_used=service.looks / (service.requests * size),
        most_in_a_second=max(service.in_second.values()),
        mean=mean,
        p50=quantile(0.5),
        p95=quantile(0.95),
        p99=quantile(0.99),
        longest=delays[-1],
        fewest_requests=load.fewest_requests(size, mean),
    )
