"""Loops that end too early, and processes that split: one clear error or none, and nobody else's bytes.

Each case runs in an interpreter of its own, since what a finaliser has to say is said at the very end.
"""

import os
import subprocess
import sys

import pytest

COMMON = """
import asyncio, gc, os, sys, warnings
from tencent_ci_async import CISession, Credentials, JobWatcher, SessionClosedError
from tencent_ci_async.testing import FakeCI, FaultServer, Fault

complaints = []
sys.unraisablehook = lambda said: complaints.append(repr(said.exc_value))

def session_to(fake, base, **settings):
    keys = Credentials(fake.secret_id, fake.secret_key)
    return CISession(fake.bucket, fake.region, credentials=keys, endpoint=base, **settings)
"""


def run(program, *arguments):
    """Run a program and return what it printed; its standard error must be empty."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", COMMON + program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


KILLED = """
fake = FakeCI()
job_ids = [fake.add_job() for _ in range(500)]

async def main(tidy):
    async with FaultServer(fake) as base:
        fake.inject(Fault.delay(30, times=None))
        session = session_to(fake, base)
        watcher = JobWatcher(session.describe_media_job)
        calls = [asyncio.create_task(session.describe_media_job(each)) for each in job_ids[:250]]
        calls += [asyncio.create_task(watcher.wait(each)) for each in job_ids[250:]]
        for call in calls:
            # What they met is the program's to look at; that it did not is not the library's complaint.
            call.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        while not fake.requests:
            await asyncio.sleep(0.001)
        if tidy:
            async with session, watcher:
                raise KeyError("the program has a bug")
        raise KeyError("the program has a bug")

warned = 0
for number in range(int(sys.argv[1])):
    fake.clear_faults()
    fake.requests.clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            asyncio.run(main(tidy=number % 2))
        except KeyError:
            pass
        gc.collect()
    said = [str(each.message) for each in caught]
    ours = [each for each in said if "tencent" in each or "CISession" in each]
    assert len(ours) <= (not number % 2), ours
    warned += len(ours)
assert complaints == [], complaints
print("warned", warned)
"""


def test_a_loop_that_ends_with_everything_in_flight_leaves_no_complaint(campaign, figure):
    """Of five hundred calls and waits dropped nothing is said, but that a session was not closed, once."""
    rounds = 200 if campaign else 6
    assert run(KILLED, rounds).split() == ["warned", str(rounds // 2)]
    figure(f"{rounds} loops ended with 500 in flight, {rounds // 2} warnings in all")


SECOND_LOOP = """
fake = FakeCI()
job_id = fake.add_job()
told = []

for number in range(int(sys.argv[1])):
    kept = []

    async def first():
        async with FaultServer(fake) as base:
            kept.append(session_to(fake, base))
            kept.append(JobWatcher(kept[0].describe_media_job))
            await kept[1].wait(job_id)

    async def second():
        for call in (kept[0].describe_media_job, kept[1].wait):
            try:
                await call(job_id)
            except Exception as error:
                told.append((type(error).__name__, "another event loop" in str(error)))
        await kept[1].aclose()
        await kept[0].aclose()

    with warnings.catch_warnings():
        # The transports of a loop that has gone are asyncio's to complain of.
        warnings.simplefilter("ignore", ResourceWarning)
        asyncio.run(first())
        asyncio.run(second())
        kept.clear()
        gc.collect()
assert complaints == [], complaints
print(len(told), sorted(set(told)))
"""


def test_a_second_loop_gets_one_clear_error_from_each(campaign):
    rounds = 200 if campaign else 10
    said = run(SECOND_LOOP, rounds)
    assert said.startswith(f"{2 * rounds} ")
    assert "False" not in said


FORKED = """
count = int(sys.argv[1])
fake = FakeCI()
job_ids = [fake.add_job("Concat" if number % 2 else "Transcode") for number in range(count)]

async def ask(session, ids):
    gate = asyncio.Semaphore(20)

    async def one(job_id):
        async with gate:
            job = (await session.describe_media_job(job_id)).job
            assert job.job_id == job_id
    await asyncio.gather(*map(one, ids))

async def child(base, inherited):
    try:
        await inherited.describe_media_job(job_ids[0])
    except SessionClosedError as error:
        assert "another event loop" in str(error)
    else:
        raise AssertionError("the child used its parent's connections")
    async with session_to(fake, base) as session:
        await ask(session, job_ids)

async def main():
    async with FaultServer(fake) as base, session_to(fake, base, max_in_flight=10) as session:
        await ask(session, job_ids[:100])
        connections = list(session._exchanger._lanes._made)
        assert len(connections) == 10
        fork = os.fork()
        if fork == 0:
            status = 1
            try:
                asyncio.run(child(base, session))
                status = 0
            except BaseException:
                import traceback
                traceback.print_exc()
            finally:
                os._exit(status)
        await ask(session, job_ids)
        _, status = await asyncio.to_thread(os.waitpid, fork, 0)
        assert status == 0, status
        await ask(session, job_ids[:100])
        assert list(session._exchanger._lanes._made) == connections
        assert len(fake.requests) == 2 * count + 200, len(fake.requests)

asyncio.run(main())
assert complaints == [], complaints
print("answered")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_after_a_fork_each_side_has_connections_of_its_own(campaign):
    """Parent and child ask at the same time, a thousand times each; no answer reaches the other."""
    assert run(FORKED, 1_000 if campaign else 150) == "answered\n"


SPAWNED = """
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

async def main():
    fake = FakeCI()
    async with FaultServer(fake) as base, session_to(fake, base) as session:
        for held in (session, session.describe_media_job, Credentials("id", "key")):
            try:
                pickle.dumps(held)
            except TypeError as error:
                assert "refuse" in str(error), error
            else:
                raise AssertionError(f"{held!r} was pickled")
    print("refused")

asyncio.run(main())
"""


def test_nothing_with_a_key_or_a_connection_travels_to_a_spawned_process():
    """It is refused where it would be pickled, in words that tell what to do instead."""
    assert run(SPAWNED) == "refused\n"
