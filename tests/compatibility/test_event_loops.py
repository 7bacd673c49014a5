"""The whole of it on other event loops: uvloop, and asyncio with eager tasks."""

import asyncio
import sys

import httpx
import pytest

from tencent_ci_async import (
    CISession,
    Credentials,
    JobInput,
    JobOutput,
    JobWatcher,
    MediaJobRequest,
    Operation,
    PollSchedule,
    RetryPolicy,
    SessionClosedError,
    Snapshot,
)
from tencent_ci_async.callbacks import CallbackApp, new_callback_secret
from tencent_ci_async.testing import FakeCI, Fault

EAGER = "asyncio, eager tasks"


def on_uvloop():
    return pytest.importorskip("uvloop").new_event_loop()


def with_eager_tasks():
    loop = asyncio.new_event_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    return loop


@pytest.fixture(
    params=[
        pytest.param(on_uvloop, id="uvloop"),
        pytest.param(
            with_eager_tasks,
            id=EAGER,
            marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="asyncio has no eager tasks"),
        ),
    ]
)
def run(request):
    """Runs a coroutine on a loop of one kind, debugging on, and nothing may be left running."""

    async def watched(coroutine):
        complaints = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
        result = await coroutine
        for _ in range(10):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert complaints == []
        return result

    def run(coroutine):
        with asyncio.Runner(loop_factory=request.param, debug=True) as runner:
            return runner.run(watched(coroutine))

    return run


def session_for(fake, base, **settings):
    keys = Credentials(fake.secret_id, fake.secret_key)
    settings = {"retry": RetryPolicy(base_delay=0), **settings}
    return CISession(fake.bucket, fake.region, credentials=keys, endpoint=base, **settings)


def test_a_job_from_its_submit_to_its_callback(run):
    """Session, watcher and callbacks; the job is waited for by several."""

    async def main():
        fake = FakeCI()
        request = MediaJobRequest(
            tag="Snapshot",
            input=JobInput(object="in/f.mp4"),
            operation=[Operation(snapshot=Snapshot(count=1), output=JobOutput(object="out/${number}.jpg"))],
            call_back="https://app.example/callbacks",
        )
        fake.plan(runs_for=float("inf"))
        async with fake.serve() as base, session_for(fake, base) as session:
            job_id = (await session.create_media_job(request)).job.job_id
            schedule = PollSchedule(interval=60)
            async with JobWatcher(session.describe_media_job, schedule=schedule) as watcher:
                app = CallbackApp(watcher.due_now, secret=new_callback_secret())
                waiters = [asyncio.create_task(watcher.wait(job_id)) for _ in range(3)]
                await fake.received(2)
                fake.finish(job_id)
                async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as deliverer:
                    url = app.address("https://app.example/callbacks")
                    answer = await fake.deliver_callback(job_id, url, client=deliverer)
                assert answer.is_success
                jobs = await asyncio.wait_for(asyncio.gather(*waiters), 10)
        assert {job.state for job in jobs} == {"Success"}

    run(main())


def test_many_jobs_some_of_them_in_trouble(run):
    async def main():
        fake = FakeCI()
        ids = [fake.add_job() for _ in range(200)]
        fake.inject(Fault.reset(), Fault.status(503), Fault.cut(5), Fault.close())
        async with fake.serve() as base, session_for(fake, base) as session:
            outcomes = [outcome async for outcome in session.describe_many([*ids, "jmissing"])]
        assert sum(outcome.job is not None for outcome in outcomes) == 200
        assert fake.highest_in_flight <= 8

    run(main())


def test_cancellations_at_every_moment(run):
    """A hundred callers give up, here and there, and then all is as before."""

    async def main():
        fake = FakeCI()
        job_id = fake.add_job()
        fake.inject(Fault.delay(0.003, times=60))
        async with fake.serve() as base, session_for(fake, base, max_in_flight=4) as session:
            tasks = []
            for number in range(100):
                tasks.append(asyncio.create_task(session.describe_media_job(job_id)))
                if number % 3 == 0:
                    await asyncio.sleep(0)
                    tasks[number // 2].cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert sum(isinstance(result, asyncio.CancelledError) for result in results) > 10
            assert not [each for each in results if isinstance(each, Exception)]
            fake.clear_faults()
            assert (await session.describe_media_job(job_id)).job.state == "Success"

    run(main())


def test_closing_while_callers_wait(run):
    """They are told so at once, and nothing is left."""

    async def main():
        fake = FakeCI()
        fake.inject(Fault.stall(times=None))
        async with fake.serve() as base:
            session = session_for(fake, base, max_in_flight=2)
            calls = [asyncio.create_task(session.describe_media_job("j1")) for _ in range(6)]
            await fake.received(2)
            await session.aclose()
            results = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(result) for result in results} == {SessionClosedError}

    run(main())
