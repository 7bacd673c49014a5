"""Server-sent events about jobs, in virtual time."""

import asyncio
import json
import logging
from contextlib import aclosing

import pytest
from support.virtual_time import run

from tencent_ci_async import AccessError, ConfigurationError, JobWatcher, PollSchedule, WatcherClosedError
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail
from tencent_ci_async.web import job_events

SCHEDULE = PollSchedule(interval=5, gather=0, not_found_grace=20)


class World:
    """Jobs that take as many seconds as was said, told of by a callable that counts."""

    def __init__(self, **seconds):
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.seconds = seconds
        self.requests = 0
        self.failure = None

    @property
    def now(self):
        return self.loop.time() - self.began

    async def describe(self, *job_ids):
        self.requests += 1
        if self.failure is not None:
            raise self.failure
        found = [self.job(each) for each in job_ids if each in self.seconds]
        missing = [each for each in job_ids if each not in self.seconds]
        return DescribeMediaJobResult(jobs_detail=found, non_exist_job_ids=missing)

    def job(self, job_id):
        done = min(1, self.now / self.seconds[job_id])
        return JobDetail(job_id=job_id, state="Success" if done == 1 else "Running", progress=int(100 * done))

    def watcher(self):
        return JobWatcher(self.describe, schedule=SCHEDULE)


def read(events):
    """Server-sent events as a browser reads them: pairs of name and data."""
    found = []
    for block in b"".join(events).decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        if "data" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_each_change_is_an_event_until_the_end():
    """As it is first seen, each step of the progress, and the end; then the stream is over."""

    async def main():
        world = World(a=12)
        async with world.watcher() as watcher:
            events = [each async for each in job_events(watcher, "a")]
        assert events[0] == b"retry: 2000\n\n"
        seen = [(name, data["state"], data["progress"]) for name, data in read(events)]
        assert seen[0] == ("job", "Running", 0)
        assert seen[-1] == ("job", "Success", 100)
        progress = [each[2] for each in seen]
        assert progress == sorted(set(progress))
        assert len(progress) >= 3

    run(main())


def test_many_jobs_share_a_stream_that_ends_with_the_last():
    async def main():
        world = World(a=3, b=30)
        async with world.watcher() as watcher:
            events = read([each async for each in job_events(watcher, "a", "b", "a")])
        ended = [data["job_id"] for _, data in events if data["ended"]]
        assert ended == ["a", "b"]

    run(main())


def test_silence_is_broken_by_comments():
    """A proxy sees traffic, and a browser no event."""

    async def main():
        world = World(a=1e6)
        world.job = lambda _: JobDetail(job_id="a", state="Running")
        async with world.watcher() as watcher, aclosing(job_events(watcher, "a", heartbeat=7)) as events:
            seen = [(await anext(events), world.now) for _ in range(5)]
        assert [event.partition(b":")[0] for event, _ in seen] == [b"retry", b"event", b"", b"", b""]
        times = [at for _, at in seen]
        assert times[2:] == pytest.approx([times[1] + 7, times[1] + 14, times[1] + 21], abs=1e-3)

    run(main())


def test_who_leaves_takes_nothing_along_and_costs_nothing():
    """No task, no waiter and no request is left of a stream whose client has gone, even in mid-wait."""

    async def main():
        world = World(a=1e6)
        async with world.watcher() as watcher:

            async def client():
                async for _ in job_events(watcher, "a", "nobody"):
                    pass

            tasks = [asyncio.create_task(client()) for _ in range(20)]
            await asyncio.sleep(12)
            assert watcher.stats().waiters == 40
            assert world.requests < 10
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert watcher.stats().waiters == 0
            assert [each.get_name() for each in asyncio.all_tasks() if "events" in each.get_name()] == []
            before = world.requests
            await asyncio.sleep(60)
            assert world.requests == before

    run(main())


def test_a_stream_that_nobody_reads_asks_for_nothing():
    async def main():
        world = World(a=1e6)
        async with world.watcher() as watcher:
            events = job_events(watcher, "a")
            await anext(events)
            await asyncio.sleep(60)
            await events.aclose()
            job_events(watcher, "a")
            await asyncio.sleep(60)
            assert (world.requests, watcher.stats().waiters) == (0, 0)

    run(main())


def test_a_job_that_is_not_there_is_trouble_and_the_others_go_on():
    async def main():
        world = World(a=60)
        async with world.watcher() as watcher:
            events = read([each async for each in job_events(watcher, "nobody", "a")])
        [(_, trouble)] = [each for each in events if each[0] == "trouble"]
        assert (trouble["job_id"], trouble["status"], trouble["error"]) == ("nobody", 404, "JobNotFoundError")
        assert events[-1][1]["job_id"] == "a"
        assert events[-1][1]["ended"] is True

    run(main())


def test_trouble_of_the_application_is_told_in_the_log_alone(caplog):
    """The browser learns that it is nothing it can change; who runs the application learns what."""
    caplog.set_level(logging.WARNING)

    async def main():
        world = World(a=60)
        world.failure = AccessError("SPYKEY may not", status=403, code="AccessDenied")
        async with world.watcher() as watcher:
            return [each async for each in job_events(watcher, "a")]

    events = run(main())
    [(name, trouble)] = read(events)
    assert (name, trouble["job_id"], trouble["status"]) == ("trouble", "a", 502)
    assert b"SPYKEY" not in b"".join(events)
    assert "SPYKEY" in caplog.text


def test_a_closed_watcher_ends_streams_without_a_word():
    """An EventSource then comes back by itself; an event would have to be understood by the page."""

    async def main():
        world = World(a=1e6)
        watcher = world.watcher()
        events = []

        async def client():
            events.extend([each async for each in job_events(watcher, "a", "nobody")])

        task = asyncio.create_task(client())
        await asyncio.sleep(12)
        await watcher.aclose()
        await asyncio.wait_for(task, 1)
        assert {name for name, _ in read(events)} == {"job"}
        with pytest.raises(WatcherClosedError):
            job_events(watcher, "a")

    run(main())


def test_the_payload_is_yours():
    async def main():
        world = World(a=3)
        async with world.watcher() as watcher:
            events = job_events(watcher, "a", payload=lambda job: {"名": job.job_id, "text": "two\nlines"})
            return [each async for each in events]

    events = run(main())
    assert read(events)[0] == ("job", {"名": "a", "text": "two\nlines"})
    assert "名".encode() in b"".join(events)


def test_an_error_in_the_payload_is_raised_and_leaves_nothing():
    async def main():
        world = World(a=3, b=1e6)
        async with world.watcher() as watcher:
            with pytest.raises(ZeroDivisionError):
                [each async for each in job_events(watcher, "a", "b", payload=lambda _: 1 / 0)]
            assert watcher.stats().waiters == 0

    run(main())


@pytest.mark.parametrize(
    ("job_ids", "heartbeat", "told"),
    [
        ((), 15, "at least one job id"),
        (("a b",), 15, "'a b' is not a job id"),
        (("a", "b,c"), 15, "'b,c' is not a job id"),
        (("a",), 0, "heartbeat must be some seconds, not 0"),
        (("a",), float("inf"), "heartbeat must be some seconds, not inf"),
        (("a",), float("nan"), "heartbeat must be some seconds, not nan"),
    ],
)
def test_what_is_wrong_is_told_before_the_stream_begins(job_ids, heartbeat, told):
    """So that a framework can still answer with a status."""

    async def main():
        async with World().watcher() as watcher:
            with pytest.raises(ConfigurationError, match=told):
                job_events(watcher, *job_ids, heartbeat=heartbeat)

    run(main())
