"""Many ids through a service of which a fifth of the answers go wrong: each has its one right outcome.

In short by default; ``nox -s campaign`` runs twenty seeds of ten thousand ids.
"""

import asyncio
import time

from tencent_ci_async import CISession, Credentials, JobNotFoundError, RetryPolicy, Timeouts
from tencent_ci_async._timing import Timing
from tencent_ci_async.testing import FakeCI, FaultServer, WireFault

FAULTS = (
    WireFault.INTERNAL_ERROR,
    WireFault.SLOW_DOWN_503,
    WireFault.SLOW_DOWN_429,
    WireFault.RESET_BEFORE_HEAD,
    WireFault.RESET_IN_BODY,
    WireFault.TRUNCATED,
    WireFault.STALL,
    WireFault.GARBAGE,
    WireFault.HTML,
    WireFault.OMITTED_IDS,
    WireFault.FOREIGN_IDS,
)


def pytest_generate_tests(metafunc):
    """One seed in short, twenty in full."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(20 if metafunc.config.getoption("--campaign") else 1))


class FastWorld:
    """A clock that every wait between requests moves on, so that none takes real time."""

    def __init__(self):
        self.waited = 0.0

    async def sleep(self, seconds):
        self.waited += seconds
        await asyncio.sleep(0)

    @property
    def timing(self):
        return Timing(clock=lambda: time.monotonic() + self.waited, sleep=self.sleep)


async def test_a_fifth_of_the_answers_go_wrong_and_every_outcome_is_right(seed, campaign, figure):
    """None lost, none twice, none wrong, none in a passing error; at most half again as many requests."""
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    count = 10_000 if campaign else 1_000
    fake = FakeCI()
    job_ids = [fake.add_job(output_object=f"out/{number}.mp4") for number in range(count)]
    outputs = {job_id: f"out/{number}.mp4" for number, job_id in enumerate(job_ids)}
    for job_id in job_ids[::20]:
        fake.forget(job_id)
    missing = set(job_ids[::20])
    world = FastWorld()
    # A stall of three seconds, which a client that waits one second for a sign of life never sees the end of.
    server = FaultServer(fake, faults=FAULTS, share=0.2, seed=seed, stall=3.0)
    seen = []
    async with server as base:
        session = CISession(
            fake.bucket,
            fake.region,
            credentials=Credentials(fake.secret_id, fake.secret_key),
            endpoint=base,
            timeout=Timeouts(read=1.0 if campaign else 0.2, total=None),
            retry=RetryPolicy(),
            timing=world.timing,
        )
        async with session:
            async for outcome in session.describe_many(job_ids):
                seen.append(outcome)  # noqa: PERF401 - a comprehension would hide what is shown
            assert session._exchanger.in_flight == 0
        async with asyncio.timeout(5):
            while server.connections:  # noqa: ASYNC110 - the server tells nobody when a connection ends
                await asyncio.sleep(0.001)
    assert sorted(outcome.job_id for outcome in seen) == sorted(job_ids)
    for outcome in seen:
        if outcome.job_id in missing:
            assert isinstance(outcome.error, JobNotFoundError)
        else:
            job = outcome.unwrap()
            assert job.job_id == outcome.job_id
            assert job.operation.output.object == outputs[outcome.job_id]
    assert fake.request_count <= 1.5 * count / 10
    assert sum(server.counts.values()) > 0.1 * count / 10
    assert complaints == []
    wrong = sum(server.counts.values())
    figure(
        f"{len(seen):,} of {count:,} outcomes right, {fake.request_count:,} requests, {wrong:,} answers wrong"
    )
