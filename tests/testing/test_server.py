"""The simulator on a real socket, and as an ASGI application."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import sys

import httpx
import pytest

from tencent_ci_async.testing import FakeCI, Fault


@pytest.fixture
async def base(fake):
    async with fake.serve() as base:
        yield base


@pytest.fixture
async def client():
    async with httpx.AsyncClient(timeout=httpx.Timeout(5, read=0.1), trust_env=False) as client:
        yield client


@pytest.fixture
async def ask_wire(fake, base, client, signer, make_asker):
    """Ask the simulator over TCP."""
    return make_asker(fake, client, base, signer)


async def test_the_socket_shows_the_same_jobs(fake, ask, ask_wire):
    """One state, whatever the way to it."""
    job_id = fake.add_job()
    over_the_wire, in_process = await ask_wire(job_id), await ask(job_id)
    assert over_the_wire.status_code == in_process.status_code == 200
    assert over_the_wire.content == in_process.content
    assert set(over_the_wire.headers) == set(in_process.headers)
    assert over_the_wire.headers["connection"] == "keep-alive"
    assert over_the_wire.headers["server"] == "tencent-ci"
    assert fake.request_count == 2


async def test_connections_are_kept(fake, ask_wire):
    """The log tells which requests came by one connection."""
    for _ in range(3):
        await ask_wire("j1")
    assert len({request.client for request in fake.requests}) == 1


async def test_a_client_may_ask_to_close(fake, base, client, signer):
    url = f"{base}/jobs/j1"
    response = await client.get(url, headers={**signer(url), "connection": "close"})
    assert response.headers.get_list("connection") == ["close"]


async def test_the_port_may_be_left_out_of_the_signature(fake, base, client, signer):
    """The vendor's client signs the host without its port."""
    headers = signer(f"{base.rpartition(':')[0]}/jobs/j1")
    headers["host"] = base.removeprefix("http://")
    assert (await client.get(f"{base}/jobs/j1", headers=headers)).status_code == 200
    assert fake.requests[0].signature.accepted


async def test_a_wrong_signature_is_refused_on_the_wire(ask_wire):
    ask_wire.signer.secret_key = "wrong"
    response = await ask_wire("j1")
    assert response.status_code == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in response.text


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.reset(), httpx.ReadError),
        (Fault.close(), httpx.RemoteProtocolError),
        (Fault.cut(10), httpx.RemoteProtocolError),
        (Fault.cut(1_000_000), httpx.RemoteProtocolError),
        (Fault.raw(b"nonsense\r\n\r\n"), httpx.RemoteProtocolError),
        (Fault.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"), httpx.RemoteProtocolError),
        (Fault.stall(), httpx.ReadTimeout),
    ],
    ids=lambda value: getattr(value, "name", None),
)
async def test_broken_connections(fake, ask_wire, caplog, fault, error):
    """They break for real, nothing is logged as an error, and the next request is fine."""
    fake.inject(fault)
    with pytest.raises(error):
        await ask_wire("j1")
    assert (await ask_wire("j1")).status_code == 200
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_a_reset_is_a_reset(fake, base):
    """The client's socket sees the connection broken, not closed in good order."""
    fake.inject(Fault.reset())
    host, port = base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /jobs/j1 HTTP/1.1\r\nhost: localhost\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_a_cut_answer_keeps_its_beginning(fake, base):
    """The head and the first bytes arrive; then the connection ends."""
    fake.inject(Fault.cut(5))
    host, port = base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /jobs/j1 HTTP/1.1\r\nhost: localhost\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 401 ")
    assert body == b"<?xml"
    writer.close()


async def test_a_delay_ends_with_the_client(clock, client, make_signer):
    """A client that goes away during the wait gets no answer, and the wait is over."""

    async def sleep_for_ever(seconds):
        await asyncio.Event().wait()

    fake = FakeCI(clock=clock, sleep=sleep_for_ever)
    fake.inject(Fault.delay(1))
    signer = make_signer(fake.secret_id, fake.secret_key, clock)
    async with fake.serve() as base:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"{base}/jobs/j1", headers=signer(f"{base}/jobs/j1"))
    assert fake.in_flight == 0
    assert fake.requests[0].status is None


async def test_an_endless_body_ends_with_the_client(fake, base, client, signer):
    """A client that has seen enough sets the simulator free."""
    fake.inject(Fault.body(200, itertools.repeat(b"x" * 65_536)))
    url = f"{base}/jobs/j1"
    async with client.stream("GET", url, headers=signer(url)) as response:
        received = 0
        async for piece in response.aiter_raw():
            received += len(piece)
            if received > 1_000_000:
                break
    while fake.in_flight:  # noqa: ASYNC110 - there is no event for the end of a request
        await asyncio.sleep(0)
    assert fake.requests[0].status == 200


async def test_a_request_through_a_proxy(fake, base, signer):
    """A request line with the host in it is understood, and the signed host is the real one."""
    job_id = fake.add_job()
    url = f"http://{fake.host}/jobs/{job_id}"
    async with httpx.AsyncClient(proxy=base, trust_env=False) as client:
        response = await client.get(url, headers=signer(url))
    assert response.status_code == 200
    assert fake.requests[0].raw_path == f"/jobs/{job_id}"


async def test_the_end_of_the_block_breaks_what_is_waiting(fake, client, signer):
    """Stalled requests and idle connections do not hold up the end, nor leave a task."""
    fake.inject(Fault.stall(when="jstalled"))
    async with fake.serve() as base:
        url = f"{base}/jobs/jstalled"
        stalled = asyncio.create_task(client.get(url, headers=signer(url), timeout=None))
        await fake.received(1)
        assert (await client.get(f"{base}/jobs/j1", headers=signer(f"{base}/jobs/j1"))).status_code == 200
    with pytest.raises(httpx.TransportError):
        await stalled
    assert fake.in_flight == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
    with pytest.raises(httpx.ConnectError):
        await client.get(f"{base}/jobs/j1")


async def test_the_server_can_come_back_at_its_old_place(fake, client, signer):
    """A restart keeps the jobs, the log and the port."""
    job_id = fake.add_job()
    async with fake.serve() as first:
        url = f"{first}/jobs/{job_id}"
        assert (await client.get(url, headers=signer(url))).status_code == 200
    async with fake.serve(port=int(first.rpartition(":")[2])) as second:
        assert second == first
        assert (await client.get(url, headers=signer(url))).status_code == 200
    assert fake.request_count == 2


async def test_another_address_is_named_in_the_url(fake, client, signer):
    """An address of version 6 is written in brackets."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    async with fake.serve("::1") as base:
        assert base.startswith("http://[::1]:")
        url = f"{base}/jobs/j1"
        assert (await client.get(url, headers=signer(url))).status_code == 200


async def test_an_exception_leaves_the_port_free(fake, client):
    """The server ends with its block, however that ends."""
    with pytest.raises(KeyError):
        async with fake.serve() as base:
            raise KeyError
    with pytest.raises(httpx.ConnectError):
        await client.get(f"{base}/jobs/j1")


def test_without_uvicorn_the_message_names_the_extra(monkeypatch):
    """The simulator works in process without it."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "uvicorn"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "tencent_ci_async.testing._server", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"tencent-ci-async\[testing\]"):
        FakeCI().serve()


async def test_it_is_an_asgi_application(fake):
    """Any ASGI server can carry it, lifespan included; a server may leave out the raw path."""
    sent = []

    async def send(message):
        sent.append(message)

    def messages(*given):
        remaining = iter(given)

        async def receive():
            return next(remaining)

        return receive

    life = messages({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    await fake({"type": "lifespan"}, life, send)
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    sent.clear()
    scope = {"type": "http", "method": "GET", "path": "/jobs/a b", "headers": [(b"host", b"localhost")]}
    await fake(scope, messages({"type": "http.request", "body": b""}), send)
    assert sent[0]["status"] == 401
    assert fake.requests[0].raw_path == "/jobs/a%20b"
    await fake(scope, messages({"type": "http.disconnect"}), send)
    assert fake.request_count == 1
    with pytest.raises(NotImplementedError):
        await fake({"type": "websocket"}, messages(), send)
