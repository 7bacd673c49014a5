# ruff: noqa: S101 - tests assert
"""How to test code that asks about jobs: this file passes under pytest with pytest-asyncio."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tencent_ci_async import CISession, Credentials, ThrottledError, Timing
from tencent_ci_async.testing import FakeCI, Fault


async def status_line(session: CISession, job_id: str) -> str:
    """Stand for the code under test: something of yours that is given a session."""
    job = (await session.describe_media_job(job_id)).job
    return f"{job.tag}: {job.state}"


class Clock:
    """A clock that stands still until a test moves it, or until somebody sleeps."""

    now = 1_800_000_000.0

    def time(self) -> float:
        """Return epoch seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    """One clock, for the session and the simulator."""
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> FakeCI:
    """The simulator."""
    return FakeCI(clock=clock.time, sleep=clock.sleep)


@pytest_asyncio.fixture
async def session(fake: FakeCI, clock: Clock) -> AsyncIterator[CISession]:
    """A session that asks the simulator, in process."""
    keys = Credentials(fake.secret_id, fake.secret_key)
    timing = Timing(wall_clock=clock.time, clock=clock.time, sleep=clock.sleep)
    async with (
        httpx.AsyncClient(transport=fake.transport()) as client,
        CISession(fake.bucket, fake.region, credentials=keys, client=client, timing=timing) as session,
    ):
        yield session


@pytest.mark.asyncio
async def test_a_job_goes_through_its_states(fake: FakeCI, session: CISession, clock: Clock) -> None:
    """A minute of work takes the test no time."""
    job_id = fake.add_job("Concat", waits_for=5, runs_for=60)
    assert await status_line(session, job_id) == "Concat: Submitted"
    clock.now += 5
    assert await status_line(session, job_id) == "Concat: Running"
    clock.now += 60
    assert await status_line(session, job_id) == "Concat: Success"


@pytest.mark.asyncio
async def test_a_broken_connection_is_not_noticed(fake: FakeCI, session: CISession) -> None:
    """The request is repeated."""
    job_id = fake.add_job("Concat")
    fake.inject(Fault.reset())
    assert await status_line(session, job_id) == "Concat: Success"
    assert [request.fault for request in fake.requests] == ["reset", None]


@pytest.mark.asyncio
async def test_an_overloaded_service_is_given_time(fake: FakeCI, session: CISession, clock: Clock) -> None:
    """The wait that the service asks for is kept, twice, before the call fails."""
    job_id = fake.add_job("Concat")
    fake.inject(Fault.status(429, "SlowDown", headers={"Retry-After": "7"}, times=None))
    before = clock.now
    with pytest.raises(ThrottledError) as caught:
        await status_line(session, job_id)
    assert caught.value.attempts == 3
    assert clock.now - before >= 14
