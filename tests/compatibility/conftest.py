"""Clients that a session may be given, each with a simulator on a real socket."""

import httpx
import httpx2
import httpx_aiohttp
import pytest

from tencent_ci_async import CISession, Credentials


def httpx_over_aiohttp(**settings):
    return httpx.AsyncClient(transport=httpx_aiohttp.AiohttpTransport(), trust_env=False, **settings)


def plain_httpx(**settings):
    return httpx.AsyncClient(trust_env=False, **settings)


def plain_httpx2(**settings):
    return httpx2.AsyncClient(trust_env=False, **settings)


CLIENTS = [plain_httpx, httpx_over_aiohttp, plain_httpx2]


@pytest.fixture(params=CLIENTS, ids=lambda make: make.__name__)
def make_client(request):
    """Makes clients of one kind."""
    return request.param


@pytest.fixture
async def client(make_client):
    """A client that has time."""
    async with make_client(timeout=20) as client:
        yield client


@pytest.fixture
async def base(fake):
    """Where the simulator listens."""
    async with fake.serve() as base:
        yield base


@pytest.fixture
async def session(fake, base, client):
    """A session that never repeats a request by itself."""
    keys = Credentials(fake.secret_id, fake.secret_key)
    async with CISession(
        fake.bucket, fake.region, credentials=keys, endpoint=base, client=client, retry=None
    ) as session:
        yield session
