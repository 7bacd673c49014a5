"""Cancelled before any step of any task of a fan-out: it ends cancelled, and costs the session nothing.

By turns of the loop one meets only what a turn leaves behind. Here every step of every task is counted, those
of the workers and of the exchanges included, so that each await of the library is met, one by one.
"""

import asyncio
import gc
from collections.abc import Coroutine
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress

import httpx
import pytest

from tencent_ci_async import CIError, CISession, Credentials, RetryPolicy, Timing
from tencent_ci_async.testing import FakeCI, Fault, FaultServer, WireFault

WIDTH = 3


@pytest.fixture
async def loop_complaints():
    """What asyncio has to say of exceptions that nobody retrieved: nothing."""
    complaints = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(context))
    yield
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []


class Steps:
    """Counts the steps of all tasks that the loop makes from now on, and acts before chosen ones."""

    def __init__(self):
        self.count = 0
        self.actions = {}

    def take(self):
        self.count += 1
        action = self.actions.pop(self.count, None)
        if action is not None:
            action()


class Counted(Coroutine):
    """A coroutine whose steps are counted."""

    def __init__(self, inner, steps):
        self.inner = inner
        self.steps = steps

    def send(self, value):
        self.steps.take()
        return self.inner.send(value)

    def throw(self, *error):
        self.steps.take()
        return self.inner.throw(*error)

    def close(self):
        self.inner.close()

    def __await__(self):
        return self.inner.__await__()


@contextmanager
def counted_steps():
    """Count steps for the length of the block."""
    loop, steps = asyncio.get_running_loop(), Steps()
    loop.set_task_factory(lambda loop, inner, **more: asyncio.Task(Counted(inner, steps), loop=loop, **more))
    try:
        yield steps
    finally:
        loop.set_task_factory(None)


class Gathering(httpx.AsyncBaseTransport):
    """A transport that, on demand, answers only when as many requests as there are permits have come."""

    def __init__(self, inner):
        self.inner = inner
        self.barrier = None

    async def handle_async_request(self, request):
        if self.barrier is not None:
            await self.barrier.wait()
        return await self.inner.handle_async_request(request)


async def hesitant(job_ids):
    """A source of which some ids keep the feeder waiting."""
    for number, job_id in enumerate(job_ids):
        if number % 5 == 0:
            await asyncio.sleep(0)
        yield job_id


class Turnstile:
    """A limiter at which each request waits a moment."""

    async def __aenter__(self):
        await asyncio.sleep(0)

    async def __aexit__(self, *_):
        await asyncio.sleep(0)


class World:
    """A wall clock for both sides; each look at the keys after `age` finds them expired."""

    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now

    def age(self):
        self.now += 1_000.0


@asynccontextmanager
async def session_in_process(fake, world):
    """A session of which every part gives way where it may, and its transport."""

    async def provide():
        await asyncio.sleep(0)
        return Credentials(fake.secret_id, fake.secret_key, expires_at=world.now + 600)

    transport = Gathering(fake.transport())
    async with (
        httpx.AsyncClient(transport=transport) as client,
        CISession(
            fake.bucket,
            fake.region,
            credentials=provide,
            client=client,
            limiter=Turnstile(),
            max_in_flight=WIDTH,
            retry=RetryPolicy(max_attempts=2),
            timing=Timing(wall_clock=world, sleep=lambda _: asyncio.sleep(0), random=lambda: 0.5),
        ) as session,
    ):
        yield session, transport


async def call_by_call(session, job_ids):
    """Callers that are cancelled together, each of which may end in an error of ours, but in no other."""

    async def call(job_id):
        with suppress(CIError):
            await session.describe_media_job(job_id)

    def ended(task):
        if not task.cancelled() and (error := task.exception()) is not None:
            task.get_loop().call_exception_handler({"message": "a caller met a bug", "exception": error})

    calls = [asyncio.create_task(call(job_id)) for job_id in job_ids[:9]]
    for task in calls:
        task.add_done_callback(ended)
    await asyncio.gather(*calls, return_exceptions=True)


async def all_at_once(session, job_ids):
    await session.describe_all(hesitant(job_ids))


async def as_they_arrive(session, job_ids):
    """The consumer has awaits of its own: cancelled there, it closes the iterator."""
    async with aclosing(session.describe_many(job_ids)) as outcomes:
        async for _ in outcomes:
            await asyncio.sleep(0)


def rough_road(fake, job_ids):
    """What leads through every branch: an attempt repeated, a later round, a batch halved, ids left out."""
    fake.clear_faults()
    fake.inject(
        Fault.status(500, times=2, when=job_ids[0]),
        Fault.reset(times=3, when=job_ids[4:9:2]),
        Fault.status(400, "InvalidArgument", times=1, when=job_ids[10]),
        Fault.answer_for(lambda asked: asked[::2], times=1),
    )


async def quiet(session):
    """Wait until nothing but the caller runs, and check that all is back where it belongs."""
    for _ in range(200):
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if not left:
            break
        await asyncio.sleep(0)
    assert left == set()
    assert session._exchanger.in_flight == 0
    assert session._exchanger._permits._value == WIDTH


async def serve(session, transport, job_id, count):
    """Make calls of which as many as there are permits must be under way together."""
    transport.barrier = asyncio.Barrier(WIDTH)
    async with asyncio.timeout(20):
        results = await asyncio.gather(*(session.describe_media_job(job_id) for _ in range(count)))
    transport.barrier = None
    assert [result.job.job_id for result in results] == [job_id] * count


async def cancelled_before(step, again_after, steps, fake, work):
    """Run some work and cancel it before a step, perhaps twice; whether it ended by itself before that."""
    run = asyncio.create_task(work)
    requests = []

    def cancel():
        if run.cancel():
            requests.append(fake.request_count)

    steps.actions[step] = cancel
    if again_after is not None:
        steps.actions[step + again_after] = run.cancel
    await asyncio.wait({run}, timeout=10)
    steps.actions.clear()
    if not requests:
        assert run.exception() is None
        return True
    assert run.cancelled(), f"cancelled before step {step}: {run}"
    # What was on its way may arrive, but nothing new is sent.
    assert fake.request_count - requests[0] <= WIDTH
    return False


@pytest.mark.parametrize("use", [all_at_once, as_they_arrive, call_by_call])
@pytest.mark.parametrize("again_after", [None, 1, 2, 5], ids=lambda steps: f"again after {steps}")
async def test_cancelled_before_any_step_it_ends_cancelled(
    campaign, loop_complaints, use, again_after, figure
):
    """Also when it is cancelled once more while it stops; and the session serves on at full width."""
    world = World()
    fake = FakeCI(clock=world)
    job_ids = [fake.add_job("VideoTag") for _ in range(54)]
    stride = 1 if campaign or again_after is None else 9
    async with session_in_process(fake, world) as (session, transport):
        step, ended_by_itself = 1, False
        while not ended_by_itself:
            rough_road(fake, job_ids)
            world.age()
            with counted_steps() as steps:
                ended_by_itself = await cancelled_before(
                    step, again_after, steps, fake, use(session, job_ids)
                )
            await quiet(session)
            fake.clear_faults()
            await serve(session, transport, job_ids[0], WIDTH)
            step += stride
        assert step > 50
        await serve(session, transport, job_ids[0], 999 if again_after is None else 99)
    figure(f"cancelled before each of {step // stride} steps, no permit lost")


@pytest.mark.parametrize("leave", ["break", "aclose", "exception"])
async def test_left_after_any_outcome_nothing_runs_on(loop_complaints, leave):
    """However the loop is left, the tasks end and the permits come back."""
    world = World()
    fake = FakeCI(clock=world)
    job_ids = [fake.add_job("VideoTag") for _ in range(24)]
    async with session_in_process(fake, world) as (session, transport):
        await serve(session, transport, job_ids[0], WIDTH)
        for taken in range(len(job_ids) + 1):
            rough_road(fake, job_ids)
            world.age()
            outcomes = session.describe_many(hesitant(job_ids))
            await LEAVE[leave](outcomes, taken)
            await quiet(session)
            assert session._exchanger.in_flight == 0, f"left after {taken}, something is on its way"
            fake.clear_faults()
            await serve(session, transport, job_ids[0], WIDTH)


async def _by_break(outcomes, taken):
    async for _ in outcomes:
        taken -= 1
        if taken <= 0:
            break


async def _by_aclose(outcomes, taken):
    for _ in range(taken):
        await anext(outcomes)
    await outcomes.aclose()
    await outcomes.aclose()


async def _by_exception(outcomes, taken):
    async def fail_after():
        async with aclosing(outcomes):
            for _ in range(taken):
                await anext(outcomes)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after()


LEAVE = {"break": _by_break, "aclose": _by_aclose, "exception": _by_exception}


async def test_cancelled_on_real_sockets_with_faults_under_way(campaign, loop_complaints):
    """Steps of the server's tasks are counted too, so that bytes are at every point of their way."""
    barrier = None

    async def sleep(seconds):
        await (asyncio.sleep(seconds) if barrier is None else barrier.wait())

    fake = FakeCI(sleep=sleep)
    job_ids = [fake.add_job("VideoTag") for _ in range(40)]
    server = FaultServer(fake, stall=0.02)
    rough = (WireFault.RESET_IN_BODY, None, WireFault.TRUNCATED, WireFault.STALL, WireFault.HTML, None)
    async with server as base:
        async with CISession(
            fake.bucket,
            fake.region,
            credentials=Credentials(fake.secret_id, fake.secret_key),
            endpoint=base,
            max_in_flight=WIDTH,
            retry=RetryPolicy(base_delay=0),
        ) as session:
            step, ended_by_itself = 1, False
            while not ended_by_itself:
                server._script.clear()
                server.script(*rough)
                with counted_steps() as steps:
                    ended_by_itself = await cancelled_before(
                        step, None, steps, fake, all_at_once(session, job_ids)
                    )
                assert not [task for task in asyncio.all_tasks() if task.get_name() == "tencent-ci-fanout"]
                await _landed(session)
                assert server.connections <= WIDTH
                server._script.clear()
                await session.describe_media_job(job_ids[0])
                step += 1 if campaign else 17
            assert step > 100
            barrier = asyncio.Barrier(WIDTH)
            fake.inject(Fault.delay(0, times=None))
            async with asyncio.timeout(20):
                results = await asyncio.gather(*(session.describe_media_job(job_ids[0]) for _ in range(999)))
            assert [result.job.job_id for result in results] == [job_ids[0]] * 999


async def _landed(session):
    async with asyncio.timeout(5):
        while session._exchanger.in_flight:  # noqa: ASYNC110 - exchanges that nobody waits for tell nobody
            await asyncio.sleep(0.001)
    assert session._exchanger._permits._value == WIDTH
