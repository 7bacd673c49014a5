"""What a watcher tells, and when; in virtual time."""

import asyncio
import math

import pytest
from support.virtual_time import run

from tencent_ci_async import JobWatcher, PollSchedule, ThrottledError, Timing
from tencent_ci_async.errors import JobFailedError, JobWaitTimeoutError, ServerError
from tencent_ci_async.events import JobEnded, LookEnded, RateChanged, WatcherIdle
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail


class World:
    """Jobs that end at some time, and a callable that asks for them."""

    def __init__(self, ends, *, state="Success", latency=0.05, failures=()):
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.ends, self.state, self.latency = ends, state, latency
        self.failures = list(failures)

    async def describe(self, *job_ids):
        await asyncio.sleep(self.latency)
        if self.failures:
            raise self.failures.pop(0)
        now = self.loop.time() - self.began
        return DescribeMediaJobResult(
            jobs_detail=[
                JobDetail(
                    job_id=job_id,
                    tag="Concat",
                    code="ResourceNotSupported" if self.state == "Failed" else "Success",
                    state=self.state if self.ends[job_id] <= now else "Running",
                )
                for job_id in job_ids
            ]
        )


def watch(ends, wait, *, schedule=None, world=None, **settings):
    """Return what a watcher tells while somebody waits."""

    async def main():
        seen = []
        there = World(ends, **(world or {}))
        watcher = JobWatcher(
            there.describe,
            schedule=schedule or PollSchedule(interval=5.0),
            timing=Timing(random=lambda: 0.5),
            on_event=seen.append,
            **settings,
        )
        async with watcher:
            await wait(watcher)
            await asyncio.sleep(0)
        return seen

    return run(main())


def test_each_look_is_told_and_each_end_and_that_nobody_waits_any_more():
    async def wait(watcher):
        await asyncio.gather(*(watcher.wait(job_id) for job_id in ("a", "b")))

    seen = watch({"a": 0.0, "b": 7.0}, wait)
    assert {event.watcher_id for event in seen} == {seen[0].watcher_id}
    first, looked, *between, last, again, idle = seen
    assert (type(first), first.job_id, first.tag, first.state) == (JobEnded, "a", "Concat", "Success")
    # The service says "Success" there as well, which is no error code.
    assert first.code is None
    assert first.waited == pytest.approx(0.06, abs=0.01)
    assert (type(looked), looked.asked, looked.ended, looked.waiting) == (LookEnded, 2, 1, 1)
    assert looked.seconds == pytest.approx(0.05, abs=1e-3)
    assert looked.error is None
    assert all(type(each) is LookEnded and each.ended == 0 for each in between)
    assert (type(last), last.job_id) == (JobEnded, "b")
    assert (type(again), again.asked, again.ended, again.waiting) == (LookEnded, 1, 1, 0)
    assert type(idle) is WatcherIdle


def test_a_job_that_failed_is_told_with_its_code():
    async def wait(watcher):
        with pytest.raises(JobFailedError):
            await watcher.wait("a")

    ended = watch({"a": 0.0}, wait, world={"state": "Failed"})[0]
    assert (ended.state, ended.code) == ("Failed", "ResourceNotSupported")


def test_a_look_that_fails_is_told():
    async def wait(watcher):
        await watcher.wait("a")

    failed, *_ = watch({"a": 0.0}, wait, world={"failures": [ServerError("", status=500)]})
    assert (failed.asked, failed.ended, failed.waiting, failed.error) == (1, 0, 1, "ServerError")


def test_a_batch_that_is_halved_has_been_asked_for_whole():
    """What is told of a look is what it asked for, whatever becomes of the batch."""
    from tencent_ci_async.errors import RequestError  # noqa: PLC0415 - only here

    async def wait(watcher):
        await asyncio.gather(*(watcher.wait(job_id) for job_id in "abcd"))

    fault = RequestError("", status=400, code="InvalidArgument")
    seen = watch(dict.fromkeys("abcd", 0.0), wait, world={"failures": [fault]})
    looks = [event for event in seen if type(event) is LookEnded]
    assert [(look.asked, look.error) for look in looks] == [(4, "RequestError"), (2, None), (2, None)]


def test_a_look_that_is_given_up_is_told():
    async def wait(watcher):
        task = asyncio.create_task(watcher.wait("a"))
        await asyncio.sleep(0.03)
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(1)

    seen = watch({"a": 0.0}, wait)
    looks = [event for event in seen if type(event) is LookEnded]
    assert [(look.error, look.waiting) for look in looks] == [("CancelledError", 0)]
    assert [type(event) for event in seen].count(WatcherIdle) == 1


def test_closing_tells_that_nobody_waits_any_more():
    async def wait(watcher):
        task = asyncio.create_task(watcher.wait("a", timeout=0.5))
        await asyncio.sleep(0.2)
        await watcher.aclose()
        await asyncio.wait([task])
        task.exception()

    seen = watch({"a": math.inf}, wait)
    assert [type(event) for event in seen].count(WatcherIdle) == 1


def test_a_watcher_that_nobody_used_tells_nothing():
    async def wait(watcher):
        assert watcher.due_now("a") == 0

    assert watch({}, wait) == []


def test_lag_is_how_late_the_question_comes():
    """With one request at a time of a second each, forty jobs cannot be looked at every two seconds."""

    async def wait(watcher):
        with pytest.raises(JobWaitTimeoutError):
            await watcher.wait("j0", timeout=30)

    async def crowd(watcher):
        others = [asyncio.create_task(watcher.wait(f"j{number}", timeout=30)) for number in range(1, 40)]
        await wait(watcher)
        await asyncio.wait(others)
        for other in others:
            other.exception()

    def lag(waiting, **settings):
        ends = {f"j{number}": math.inf for number in range(40)}
        quick = PollSchedule(interval=2.0)
        seen = watch(ends, waiting, schedule=quick, world={"latency": 1.0}, **settings)
        return max(event.lag for event in seen if type(event) is LookEnded)

    assert lag(wait, max_in_flight=1) < 0.6
    assert lag(crowd, max_in_flight=1) > 1.0


def test_the_rate_of_a_watcher_is_told():
    async def wait(watcher):
        await asyncio.gather(*(watcher.wait(f"j{number}") for number in range(200)))

    ends = {f"j{number}": 20.0 for number in range(200)}
    throttled = [ThrottledError("", status=503) for _ in range(8)]
    seen = watch(ends, wait, world={"failures": throttled})
    changes = [event for event in seen if type(event) is RateChanged]
    assert {event.source for event in changes} == {"watcher"}
    assert changes[0].before is None
