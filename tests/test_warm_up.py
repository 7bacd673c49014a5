"""What opening a session does so that the first call need not."""

import subprocess
import sys

import pytest

from tencent_ci_async import CISession, Credentials
from tencent_ci_async.testing import FakeCI

BUCKET, REGION = "examplebucket-1250000000", "ap-chongqing"
KEYS = Credentials("AKIDEXAMPLE", "an example of a key")

_READY = """
import asyncio, sys
from tencent_ci_async import CISession, Credentials
from tencent_ci_async.models import DescribeMediaJobResult as Model

async def main():
    session = CISession("examplebucket-1250000000", "ap-chongqing", credentials=Credentials("AKID", "key"))
    before = Model.__pydantic_complete__, "httpcore" in sys.modules
    async with session:
        print(*before, Model.__pydantic_complete__, "httpcore" in sys.modules)

asyncio.run(main())
"""


def _authorities(session):
    (client,) = session._exchanger._lanes._made
    return client._transport._pool._ssl_context.cert_store_stats()["x509_ca"]


def test_a_session_that_was_opened_has_models_built_and_the_http_client_imported():
    """The first call waits for neither; importing the package builds none."""
    done = subprocess.run([sys.executable, "-c", _READY], capture_output=True, text=True, check=True)
    built_before, _, *ready = done.stdout.split()
    # Older versions of httpx import all of themselves at once.
    assert (built_before, ready) == ("False", ["True", "True"])


async def test_a_session_that_is_used_without_being_opened_gets_ready_by_its_first_call():
    """``async with`` is a convenience, not a duty."""
    fake = FakeCI(bucket=BUCKET, region=REGION, check_signatures=False)
    job_id = fake.add_job("Concat")
    async with fake.serve() as endpoint:
        session = CISession(BUCKET, REGION, credentials=KEYS, endpoint=endpoint)
        assert (await session.describe_media_job(job_id)).job.job_id == job_id
        await session.aclose()


async def test_a_session_opened_twice_makes_no_client_beyond_its_width():
    """Only a session without any client makes one ahead of need."""
    async with CISession(BUCKET, REGION, credentials=KEYS, max_in_flight=1) as session, session:
        assert len(session._exchanger._lanes._made) == 1
        lane = session._exchanger._lanes.take()
        await session.__aenter__()
        assert len(session._exchanger._lanes._made) == 1
        session._exchanger._lanes.give_back(lane)


@pytest.mark.parametrize("endpoint", [None, "https://127.0.0.1:8443", "http://ci.example.com"])
async def test_certificates_are_read_where_tls_may_be_spoken(endpoint):
    """Over plain HTTP as well, since a proxy may be spoken to by TLS."""
    settings = {"credentials": KEYS, "endpoint": endpoint, "allow_plain_http": True}
    async with CISession(BUCKET, REGION, **settings) as session:
        assert _authorities(session) > 0


async def test_a_fake_service_on_this_machine_costs_no_reading_of_certificates():
    """Whoever tests against it opens a session in each test."""
    async with CISession(BUCKET, REGION, credentials=KEYS, endpoint="http://127.0.0.1:8000") as session:
        assert _authorities(session) == 0
