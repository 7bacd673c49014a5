"""TLS is verified, by a session's own client and by one that the caller brings."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import trustme

from tencent_ci_async import CISession, ConnectError, Credentials
from tencent_ci_async.testing import FakeCI

BODY = b"<Response><JobsDetail><JobId>j1</JobId><State>Success</State></JobsDetail></Response>"
KEYS = Credentials("id", "key")


@pytest.fixture(scope="module")
def authority():
    """A certificate authority that no machine trusts."""
    return trustme.CA()


@asynccontextmanager
async def service(certificate, *, newest=None):
    """A service that answers by TLS; what it was asked stands in the list that it returns."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if newest is not None:
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = newest
        context.set_ciphers("ALL:@SECLEVEL=0")
    asked = []

    async def serve(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(BODY) + BODY)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    # What a client that refuses the certificate does to the handshake is no error of the server's.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


def session_to(port, *, client=None, host="localhost"):
    """A session that tries once."""
    return CISession(
        "examplebucket-1250000000",
        "ap-chongqing",
        credentials=KEYS,
        endpoint=f"https://{host}:{port}",
        client=client,
        retry=None,
    )


def trusting(authority):
    """A client that trusts the authority, as a caller with a private one would make it."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return httpx.AsyncClient(verify=context, trust_env=False)


async def test_a_certificate_of_an_authority_that_the_client_trusts_is_taken(authority):
    async with (
        service(authority.issue_cert("localhost")) as (port, asked),
        trusting(authority) as client,
        session_to(port, client=client) as session,
    ):
        assert (await session.describe_media_job("j1")).job.state == "Success"
        assert len(asked) == 1


async def test_a_certificate_of_nobody_known_is_refused_before_a_byte_is_sent(authority):
    """The error names the certificate, so that its reader need not look for a network fault."""
    async with service(authority.issue_cert("localhost")) as (port, asked), session_to(port) as session:
        with pytest.raises(ConnectError, match=r"(?i)certificate"):
            await session.describe_media_job("j1")
    assert asked == []


@pytest.mark.parametrize(
    ("name", "over"), [("elsewhere.example", False), ("localhost", True)], ids=["of another", "expired"]
)
async def test_a_certificate_of_another_name_or_time_is_refused(authority, name, over):
    until = datetime.now(UTC) + timedelta(days=-1 if over else 1)
    async with (
        service(authority.issue_cert(name, not_after=until)) as (port, asked),
        trusting(authority) as client,
        session_to(port, client=client) as session,
    ):
        with pytest.raises(ConnectError, match=r"(?i)certificate"):
            await session.describe_media_job("j1")
    assert asked == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_tls_of_the_last_century_is_refused(authority):
    """A server that can do no better than TLS 1.1 gets no request, whether trusted or not."""
    lax = ssl.create_default_context()
    authority.configure_trust(lax)
    lax.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    lax.set_ciphers("ALL:@SECLEVEL=0")
    async with service(authority.issue_cert("localhost"), newest=ssl.TLSVersion.TLSv1_1) as (port, asked):
        async with trusting(authority) as client, session_to(port, client=client) as session:
            with pytest.raises(ConnectError):
                await session.describe_media_job("j1")
        assert asked == []
        # Whoever insists gets through, so that it was not the server that failed.
        async with httpx.AsyncClient(verify=lax) as client, session_to(port, client=client) as session:
            await session.describe_media_job("j1")
        assert len(asked) == 1


async def test_plain_http_to_anywhere_but_this_machine_must_be_asked_for():
    fake = FakeCI()
    with pytest.raises(ValueError, match="allow_plain_http"):
        CISession(fake.bucket, fake.region, credentials=KEYS, endpoint="http://ci.example")
