"""What once went wrong in the watcher, each as the shortest story that shows it."""

import asyncio
from contextlib import aclosing, suppress

import pytest
from support.virtual_time import run
from support.watched_world import World

from tencent_ci_async import JobWatcher, PollSchedule, Timing
from tencent_ci_async.errors import (
    AccessError,
    JobNotFoundError,
    JobWaitTimeoutError,
    SessionClosedError,
)
from tencent_ci_async.models import JobState


def open_world(**settings):
    """A world on the running loop and a watcher of it."""
    world = World(asyncio.get_running_loop(), size=settings.get("max_ids_per_request", 10))
    settings.setdefault("timing", Timing(random=lambda: 0.5))
    return world, JobWatcher(world.describe, **settings)


async def moment(has_come):
    """Let time pass until something is so."""
    for _ in range(10_000):
        if has_come():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the moment never came")


async def turns(count=12):
    for _ in range(count):
        await asyncio.sleep(0)


def test_who_waits_anew_in_the_turn_of_a_closed_session_is_looked_after():
    """The loop that has just been told to stop is no loop to rely on."""

    async def main():
        world, watcher = open_world()
        world.submit("j1", lasts=3.0)
        world.troubles.append(("SessionClosedError", None))

        async def stubborn():
            with suppress(SessionClosedError):
                await watcher.settle("j1")
            return await watcher.settle("j1", timeout=60)

        async with watcher:
            assert (await stubborn()).state is JobState.SUCCESS

    run(main())


def test_a_job_that_nobody_waits_for_any_more_is_not_asked_for_when_the_turn_comes():
    """Between the making of a request and its turn, the rate may leave time for somebody to leave."""

    async def main():
        world, watcher = open_world(max_ids_per_request=2)
        job_ids = [world.submit(f"j{number}", lasts=200.0) for number in range(40)]
        async with watcher:
            world.troubles.extend([("ThrottledError", None)] * 8)
            waits = {job_id: asyncio.create_task(watcher.settle(job_id)) for job_id in job_ids}
            await moment(lambda: watcher.stats().in_flight >= 3)
            assert not world.in_flight
            for job_id in job_ids[::2]:
                waits[job_id].cancel()
            await turns(1)
            asked = len(world.calls)
            await asyncio.sleep(60)
            assert world.calls[asked:]
            assert {job_id for call in world.calls[asked:] for job_id in call.ids} == set(job_ids[1::2])
            await asyncio.gather(*waits.values(), return_exceptions=True)

    run(main())


def test_a_job_that_must_be_asked_for_alone_has_its_turn_however_many_others_come():
    """Each request that begins with a newcomer would pass it over."""

    async def main():
        world, watcher = open_world(max_in_flight=1, schedule=PollSchedule(not_found_grace=3.0))
        world.latency = 0.5
        world.submit("lasting", lasts=1_000.0)

        async def newcomers():
            for number in range(400):
                world.submit(f"j{number}", lasts=0.0)
                new.append(asyncio.create_task(watcher.settle(f"j{number}")))
                await asyncio.sleep(0.2)

        new = []
        async with watcher:
            coming = asyncio.create_task(newcomers())
            lasting = asyncio.create_task(watcher.settle("lasting"))
            async with asyncio.timeout(20):
                with pytest.raises(JobNotFoundError):
                    await watcher.settle("ghost")
            for task in (coming, lasting):
                task.cancel()
            await asyncio.gather(coming, lasting, *new, return_exceptions=True)

    run(main())


def test_a_hint_within_a_second_of_another_is_not_lost_on_a_request_under_way():
    """Its answer may be older than the second hint, which may be the true one."""

    async def main():
        world, watcher = open_world()
        world.submit("j1", lasts=100.4)
        async with watcher:
            wait = asyncio.create_task(watcher.settle("j1"))
            await asyncio.sleep(99.9)
            world.latency = 2.0
            watcher.due_now("j1")
            await asyncio.sleep(0.9)
            # The question was answered before the end, the answer is still on its way.
            world.plans["j1"] = world.plans["j1"].__class__(1_000.0, lasts=101.2)
            asked = len(world.calls)
            watcher.due_now("j1")
            await asyncio.sleep(1.3)
            assert len(world.calls) == asked + 1
            await wait

    run(main())


def test_each_who_watches_gets_an_error_of_his_own():
    """Raising adds to an error: a traceback, perhaps a note."""

    async def main():
        world, watcher = open_world()
        world.troubles.append(("AccessError", None))
        errors = []

        async def watch():
            try:
                async with aclosing(watcher.watch("j1")) as changes:
                    async for _ in changes:
                        pass
            except AccessError as error:
                errors.append(error)

        async with watcher:
            await asyncio.gather(watch(), watch())
        assert len({id(error) for error in errors}) == 2

    run(main())


def test_no_look_for_longer_than_max_dark_is_no_darkness():
    """The service has answered all that it was asked; then it is asked once more before anybody gives up."""

    async def main():
        world, watcher = open_world()
        world.submit("j1", lasts=60.0)
        async with watcher:
            job = await watcher.wait("j1", max_dark=2.0)
        assert job.state is JobState.SUCCESS

    run(main())


def test_a_request_given_up_by_the_last_who_waited_is_no_failure_for_the_next():
    """He who comes in the very turn is served at once, and the watcher does not pause."""

    async def main():
        world, watcher = open_world(timing=Timing(random=lambda: 0.999))
        world.submit("j1", lasts=0.0)
        world.latency = 1.0
        async with watcher:
            # Let it believe in long pauses.
            world.troubles.extend([("ConnectError", None)] * 5)
            with suppress(JobWaitTimeoutError):
                await watcher.settle("j1", timeout=10)
            first = asyncio.create_task(watcher.settle("j1"))
            await moment(lambda: world.in_flight)
            first.cancel()
            await asyncio.sleep(0)
            began = asyncio.get_running_loop().time()
            await watcher.settle("j1")
            assert asyncio.get_running_loop().time() - began < 3

    run(main())


@pytest.mark.parametrize("width", [1, 8])
def test_a_request_given_up_before_it_began_holds_nothing(width):
    """Everybody leaves between the making of a request and its first step, again and again."""

    async def main():
        world, watcher = open_world(max_in_flight=width)
        loop = asyncio.get_running_loop()
        world.submit("j1", lasts=100.0)
        async with watcher:
            for _ in range(10):
                wait = asyncio.create_task(watcher.settle("j1"))
                await turns()
                (ring,) = [handle for handle in loop._scheduled if not handle.cancelled()]
                loop.call_at(ring.when(), wait.cancel)
                await asyncio.wait([wait])
            await turns()
            assert len(world.calls) < 10
            assert watcher.stats().in_flight == 0
            await watcher.settle("j1", timeout=150)

    run(main())


def test_what_was_under_way_together_counts_as_one_failure():
    """A moment's trouble that meets eight requests is no reason to pause as after eight in a row."""

    async def main():
        world, watcher = open_world(timing=Timing(random=lambda: 0.999))
        job_ids = [world.submit(f"j{number}", lasts=200.0) for number in range(80)]
        async with watcher:
            waits = [asyncio.create_task(watcher.settle(job_id)) for job_id in job_ids]
            world.troubles.extend([("ConnectError", None)] * 8)
            await asyncio.sleep(1)
            assert len(world.calls) >= 16
            for wait in waits:
                wait.cancel()

    run(main())


def test_an_answer_that_was_under_way_does_not_end_a_pause_asked_for():
    """It was asked before the service asked for the pause."""

    async def main():
        world, watcher = open_world(max_ids_per_request=1)
        job_ids = [world.submit(f"j{number}", lasts=500.0) for number in range(2)]
        world.latency = 0.5
        async with watcher:
            waits = [asyncio.create_task(watcher.settle(job_ids[0]))]
            world.troubles.append(("ThrottledError", 20.0))
            await asyncio.sleep(0.2)
            waits.append(asyncio.create_task(watcher.settle(job_ids[1])))
            await asyncio.sleep(20.2)
            assert len(world.calls) == 2
            await asyncio.sleep(1)
            assert len(world.calls) > 2
            for wait in waits:
                wait.cancel()

    run(main())


def test_requests_that_wait_for_their_turn_keep_a_pause_asked_for():
    """They were made before the service asked for it, and are made anew when it is over."""

    async def main():
        world, watcher = open_world(max_ids_per_request=2)
        job_ids = [world.submit(f"j{number}", lasts=500.0) for number in range(40)]
        async with watcher:
            world.troubles.extend([("ThrottledError", None)] * 8)
            waits = [asyncio.create_task(watcher.settle(job_id)) for job_id in job_ids]
            await asyncio.sleep(1)
            await moment(lambda: watcher.stats().in_flight >= 3)
            world.troubles.append(("ThrottledError", 20.0))
            await moment(lambda: not world.troubles)
            asked = len(world.calls)
            await asyncio.sleep(19.9)
            assert len(world.calls) == asked
            await asyncio.sleep(1)
            assert len(world.calls) > asked
            for wait in waits:
                wait.cancel()

    run(main())
