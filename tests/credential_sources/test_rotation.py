"""Keys that change while calls are under way, from providers that are well and from those that are not."""

import asyncio
import random

import httpx
import pytest
from support.key_services import MetadataServer, key_services
from support.virtual_time import run

from tencent_ci_async import (
    CISession,
    Credentials,
    CredentialsError,
    CVMRoleProvider,
    Timing,
)
from tencent_ci_async._credentials import CachedProvider
from tencent_ci_async.testing import FakeCI


class Rotation:
    """Has new keys every 2 s of the loop's time; the service refuses the old ones 1 s later."""

    def __init__(self, fake, *, ends_known):
        self.fake = fake
        self.ends_known = ends_known
        self.asked = self.number = 0
        self.turn()

    def turn(self):
        loop = asyncio.get_running_loop()
        self.number += 1
        self.fake.allow(f"AKID{self.number}", "Key", token=f"token-{self.number}")
        self.end = loop.time() + 3
        loop.call_at(self.end, self.fake.revoke, f"AKID{self.number}")
        loop.call_at(self.end - 1, self.turn)

    async def __call__(self):
        self.asked += 1
        end = self.end if self.ends_known else None
        keys = Credentials(f"AKID{self.number}", "Key", f"token-{self.number}", expires_at=end)
        await asyncio.sleep(0.05)
        return keys


class Slow(httpx.AsyncBaseTransport):
    """Requests are up to a sixth of a second on their way, so that some arrive after their keys have gone."""

    def __init__(self, inner, chance):
        self.inner = inner
        self.chance = chance

    async def handle_async_request(self, request):
        await asyncio.sleep(self.chance.random() / 6)
        return await self.inner.handle_async_request(request)


async def many_calls(callers, calls, *, ends_known):
    """Make calls from many tasks while the keys rotate; what the service saw, and the rotation."""
    loop, chance = asyncio.get_running_loop(), random.Random(7)
    fake = FakeCI(clock=loop.time)
    job_id = fake.add_job("Concat")
    rotation = Rotation(fake, ends_known=ends_known)

    async def caller(session):
        for _ in range(calls):
            assert (await session.describe_media_job(job_id)).job.job_id == job_id
            await asyncio.sleep(chance.random())

    async with httpx.AsyncClient(transport=Slow(fake.transport(), chance)) as client:
        session = CISession(
            fake.bucket,
            fake.region,
            credentials=rotation,
            client=client,
            max_in_flight=callers,
            # No retry: what saves a call is a signature with the new keys, and nothing else.
            retry=None,
            timing=Timing(wall_clock=loop.time, clock=loop.time),
        )
        async with session, asyncio.TaskGroup() as group:
            for _ in range(callers):
                group.create_task(caller(session))
    return fake, rotation


@pytest.mark.parametrize("ends_known", [True, False], ids=["ends known", "ends unknown"])
def test_calls_outlive_the_rotation_of_their_keys(ends_known, campaign):
    """None fails, the provider is asked once for each rotation, and few requests are refused on the way."""
    callers, calls = (100, 100) if campaign else (30, 20)
    fake, rotation = run(many_calls(callers, calls, ends_known=ends_known))
    refused = [request for request in fake.requests if request.status != 200]
    assert fake.request_count == callers * calls + len(refused)
    assert rotation.number >= calls / 5
    assert rotation.asked <= rotation.number + 1
    if ends_known:
        assert refused == []
    else:
        assert {request.status for request in refused} == {401}
        assert len(refused) <= rotation.number * callers


# --- Providers that are not well ----------------------------------------------------------------------


def life(provider):
    """A cached provider on the loop's time."""
    loop = asyncio.get_running_loop()
    return CachedProvider(provider, Timing(wall_clock=loop.time, clock=loop.time)), loop


async def hang():
    await asyncio.sleep(3_600)


async def fail():
    raise RuntimeError("MARKERSECRET")


async def junk():
    return {"secret_key": "MARKERSECRET"}


ILL = {
    "hangs": (hang, "within 30 s", 30),
    "fails": (fail, "RuntimeError", 0),
    "gives junk": (junk, "dict", 0),
}


@pytest.mark.parametrize(("ill", "words", "seconds"), ILL.values(), ids=ILL.keys())
def test_a_provider_that_is_ill_from_the_start_is_told_in_time(ill, words, seconds):
    """To every caller, and it is asked once."""
    asked = []

    async def provide():
        asked.append(None)
        return await ill()

    async def main():
        cached, loop = life(provide)
        started = loop.time()
        ends = await asyncio.gather(*(cached.get() for _ in range(1_000)), return_exceptions=True)
        assert {type(end) for end in ends} == {CredentialsError}
        assert all(words in str(end) and "MARKERSECRET" not in str(end) for end in ends)
        assert loop.time() - started <= seconds
        assert len(asked) == 1

    run(main())


@pytest.mark.parametrize(("ill", "words", "seconds"), ILL.values(), ids=ILL.keys())
def test_a_provider_that_falls_ill_leaves_the_old_keys_their_life(ill, words, seconds):
    """They serve to their end, each call after 2 s at most; then the error is told; then it may recover."""
    well = True

    async def main():
        nonlocal well

        async def provide():
            if well:
                return Credentials("AKID", "Key", "token", expires_at=loop.time() + 1_000)
            return await ill()

        cached, loop = life(provide)
        first = await cached.get()
        well = False
        while loop.time() < first.expires_at - 3:
            started = loop.time()
            assert await cached.get() is first
            assert loop.time() - started <= 2
            await asyncio.sleep(1)
        await asyncio.sleep(first.expires_at - loop.time())
        with pytest.raises(CredentialsError, match=words):
            await cached.get()
        well = True
        assert (await cached.get()).expires_at > first.expires_at
        await cached.aclose()

    run(main())


async def test_a_session_lives_on_the_role_of_its_server():
    """Metadata, signature and token together, on real sockets; 300 calls at once ask the metadata once."""
    fake = FakeCI()
    job_id = fake.add_job("Concat")
    fake.allow("AKIDROLE1", "RoleKey1", token="role-token-1")
    metadata = MetadataServer(clock=lambda: 4e9)
    async with key_services(metadata) as server, fake.serve() as url:
        provider = CVMRoleProvider(base_url=server.url)
        async with CISession(fake.bucket, fake.region, credentials=provider, endpoint=url) as session:
            await asyncio.gather(*(session.describe_media_job(job_id) for _ in range(300)))
    assert metadata.given == 1
    assert {request.status for request in fake.requests} == {200}
