# ruff: noqa: S101 - tests assert
"""How to test code with the plugin of the package: this file passes in the auto mode of pytest-asyncio."""

import pytest

from tencent_ci_async import CISession, ThrottledError
from tencent_ci_async.testing import FakeCI, FakeClock, Fault


async def status_line(session: CISession, job_id: str) -> str:
    """Stand for the code under test: something of yours that is given a session."""
    job = (await session.describe_media_job(job_id)).job
    return f"{job.tag}: {job.state}"


async def test_a_job_goes_through_its_states(
    fake_ci: FakeCI, ci_session: CISession, ci_clock: FakeClock
) -> None:
    """A minute of work takes the test no time."""
    job_id = fake_ci.add_job("Concat", waits_for=5, runs_for=60)
    assert await status_line(ci_session, job_id) == "Concat: Submitted"
    ci_clock.advance(5)
    assert await status_line(ci_session, job_id) == "Concat: Running"
    ci_clock.advance(60)
    assert await status_line(ci_session, job_id) == "Concat: Success"


async def test_a_broken_connection_is_not_noticed(fake_ci: FakeCI, ci_session: CISession) -> None:
    """The request is repeated."""
    job_id = fake_ci.add_job("Concat")
    fake_ci.inject(Fault.reset())
    assert await status_line(ci_session, job_id) == "Concat: Success"


async def test_an_overloaded_service_is_given_time(
    fake_ci: FakeCI, ci_session: CISession, ci_clock: FakeClock
) -> None:
    """The wait that the service asks for is kept, twice, before the call fails."""
    fake_ci.inject(Fault.status(429, "SlowDown", headers={"Retry-After": "7"}, times=3))
    before = ci_clock.now
    with pytest.raises(ThrottledError):
        await status_line(ci_session, "j1")
    assert ci_clock.now - before >= 14


@pytest.mark.ci_session(retry=None)
async def test_without_retries_it_is_noticed_at_once(fake_ci: FakeCI, ci_session: CISession) -> None:
    """A marker gives the session its settings."""
    fake_ci.inject(Fault.status(429, "SlowDown"))
    with pytest.raises(ThrottledError):
        await status_line(ci_session, "j1")
