"""The fault server: good HTTP where nothing is drawn, and the fault that was asked for where one is."""

from __future__ import annotations

import asyncio
import itertools
import re
import time

import httpx
import pytest

from tencent_ci_async import CISession, Credentials, RetryPolicy, Timing
from tencent_ci_async.errors import ConfigurationError
from tencent_ci_async.testing import FakeCI, Fault, FaultServer, WireFault

IDS = tuple(f"j{number}" for number in range(10))
BOMB_BYTES = 1_000_000


@pytest.fixture
def fake(clock):
    fake = FakeCI(clock=clock, sleep=clock.sleep)
    for job_id in [*IDS, "jother"]:
        fake.add_job("VideoTag", job_id=job_id)
    return fake


@pytest.fixture
def server(fake):
    return FaultServer(fake, bomb_bytes=BOMB_BYTES)


@pytest.fixture
async def base(server):
    async with server as base:
        yield base


@pytest.fixture
async def client():
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        yield client


@pytest.fixture
async def ask(fake, base, client, signer, make_asker):
    """Ask the simulator through the fault server."""
    return make_asker(fake, client, base, signer)


def shown(response):
    """The ids in an answer, in order, those that do not exist included."""
    return re.findall(r"<(?:JobId|NonExistJobIds)>([^<]+)<", response.text)


async def talk(base, request):
    """Send bytes, and return all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


# --- Where nothing goes wrong -------------------------------------------------------------------------


async def test_without_faults_it_is_the_simulator(fake, server, ask):
    """The same jobs and the same log as by any other way, on one connection that is kept."""
    responses = [await ask(*IDS[:2], "jmissing") for _ in range(3)]
    assert [response.status_code for response in responses] == [200] * 3
    assert shown(responses[0]) == ["j0", "j1", "jmissing"]
    assert [request.job_ids for request in fake.requests] == [("j0", "j1", "jmissing")] * 3
    assert [request.status for request in fake.requests] == [200] * 3
    assert len({request.client for request in fake.requests}) == 1
    assert (server.connections, server.connections_made) == (1, 1)
    assert not server.counts


async def test_signatures_are_checked(base, client, fake, make_signer, make_asker, clock):
    ask = make_asker(fake, client, base, make_signer(fake.secret_id, "another key", clock))
    response = await ask("j0")
    assert (response.status_code, "SignatureDoesNotMatch" in response.text) == (403, True)


async def test_a_body_is_read_and_the_next_request_is_understood(base):
    request = b"POST /jobs/j0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n12345"
    last = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answers = (await talk(base, request + last)).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"405", b"404"]


async def test_a_request_may_come_in_pieces(base, fake):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
    for piece in (b"POST /x HTTP/1.1\r\nHo", b"st: localhost\r\nContent-Length: 2", b"\r\n\r\n1", b"2"):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.001)
    assert (await reader.readline()).startswith(b"HTTP/1.1 404")
    assert fake.requests[0].body == b"12"
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, b"431"),
    ],
    ids=["no request line", "no header", "no length", "chunked", "too long"],
)
async def test_what_is_no_request_is_refused(base, request_bytes, status):
    assert (await talk(base, request_bytes)).startswith(b"HTTP/1.1 " + status)


async def test_an_endless_body_goes_in_chunks_until_the_client_has_enough(fake, ask, server):
    fake.inject(Fault.body(200, itertools.repeat(b"x" * 100_000)))
    async with ask.client.stream("GET", f"{ask.base}/jobs/j0") as response:
        assert response.headers["transfer-encoding"] == "chunked"
        async for piece in response.aiter_raw():
            assert set(piece) == {ord("x")}
            break
    assert (await ask("j0")).status_code == 200


async def test_a_short_body_without_a_length_is_whole(fake, ask):
    fake.inject(Fault.body(200, [b"one", b"", b"two"]))
    assert (await ask("j0")).text == "onetwo"


# --- Each fault ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (WireFault.INTERNAL_ERROR, 500, "InternalError"),
        (WireFault.SLOW_DOWN_503, 503, "SlowDown"),
        (WireFault.SLOW_DOWN_429, 429, "SlowDown"),
    ],
)
async def test_errors_of_the_service(server, ask, kind, status, code):
    server.script(kind)
    response = await ask("j0")
    assert (response.status_code, f"<Code>{code}</Code>" in response.text) == (status, True)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (WireFault.RESET_BEFORE_HEAD, httpx.ReadError),
        (WireFault.RESET_IN_BODY, httpx.ReadError),
        (WireFault.TRUNCATED, httpx.RemoteProtocolError),
        (WireFault.GARBAGE, httpx.RemoteProtocolError),
    ],
)
async def test_broken_answers(server, ask, kind, error):
    server.script(kind)
    with pytest.raises(error):
        await ask(*IDS)
    assert (await ask("j0")).status_code == 200
    assert server.connections_made == 2


@pytest.mark.parametrize("kind", [WireFault.RESET_IN_BODY, WireFault.TRUNCATED])
async def test_what_breaks_in_the_body_has_a_good_head(server, ask, signer, kind):
    """The status says 200 and the length is the whole body's."""
    server.script(kind)
    url = f"{ask.base}/jobs/{','.join(IDS)}"
    async with ask.client.stream("GET", url, headers=signer(url)) as response:
        assert response.status_code == 200
        pieces = response.aiter_raw()
        with pytest.raises(httpx.TransportError):
            await _read_all(pieces)
    assert response.num_bytes_downloaded < int(response.headers["content-length"])


async def _read_all(pieces):
    async for _ in pieces:
        pass


async def test_a_page_instead_of_an_answer(server, ask):
    server.script(WireFault.HTML)
    response = await ask("j0")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html")
    assert "<html>" in response.text


async def test_a_stall_is_the_right_answer_later(server, ask, clock):
    server.script(WireFault.STALL)
    before = clock()
    assert shown(await ask("j0")) == ["j0"]
    assert clock() - before == 3.0


async def test_a_slow_loris_sends_its_head_a_byte_at_a_time(server, ask, clock):
    server.script(WireFault.SLOW_LORIS)
    before = clock()
    response = await ask("j0")
    assert shown(response) == ["j0"]
    lines = [f"{name}: {value}\r\n" for name, value in response.headers.items()]
    head = "".join(["HTTP/1.1 200 OK\r\n", *lines, "\r\n"])
    assert clock() - before == pytest.approx(len(head) * 0.1)


async def test_a_slow_loris_ends_with_its_client(client, clock):
    """The server does not go on dripping into a connection that nobody reads."""
    never = asyncio.Event()
    slow = FaultServer(FakeCI(clock=clock, sleep=lambda _: never.wait()))
    slow.script(WireFault.SLOW_LORIS)
    async with slow as url:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"{url}/jobs/j0", timeout=0.05)
        while slow.connections:  # noqa: ASYNC110 - the server tells nobody when a connection ends
            await asyncio.sleep(0.001)


async def test_a_bomb_is_small_on_the_wire(server, ask):
    server.script(WireFault.GZIP_BOMB)
    response = await ask("j0")
    assert int(response.headers["content-length"]) < 5_000
    assert len(response.content) == BOMB_BYTES


async def test_ids_left_out_or_twice_or_foreign(server, ask):
    kinds = (WireFault.OMITTED_IDS, WireFault.DUPLICATE_IDS, WireFault.FOREIGN_IDS)
    await ask("jother")
    server.script(*(kind for kind in kinds for _ in range(20)))
    answers = [shown(await ask(*IDS)) for _ in range(60)]
    for answer in answers[:20]:
        assert 0 <= len(answer) < len(IDS)
        assert set(answer) < set(IDS)
    for answer in answers[20:40]:
        assert set(answer) == set(IDS)
        assert len(answer) > len(IDS)
    for answer in answers[40:]:
        assert set(answer) - set(IDS)


async def test_a_foreign_id_is_invented_when_nobody_asked_for_another(server, ask):
    server.script(WireFault.FOREIGN_IDS)
    (shown_id,) = shown(await ask("j0"))
    assert shown_id != "j0"


async def test_two_requests_get_each_other_s_answer(server, ask, fake):
    server.script(WireFault.SWAPPED)
    first, second = await asyncio.gather(ask("j0"), ask("j1"))
    assert (shown(first), shown(second)) == (["j1"], ["j0"])
    assert server.counts == {WireFault.SWAPPED: 2}
    assert [request.fault for request in fake.requests] == ["swapped answers"] * 2


async def test_a_request_without_a_partner_has_its_own_answer(server, ask, fake):
    server.script(WireFault.SWAPPED)
    assert shown(await ask("j0")) == ["j0"]
    assert not server.counts
    assert fake.requests[0].fault is None
    assert shown(await ask("j1")) == ["j1"]


@pytest.mark.parametrize("kind", WireFault)
async def test_a_session_gets_over_every_fault(server, base, fake, clock, kind):
    """Three faults of a kind in a row: each id still ends in its own job, or in being unknown."""
    server.script(*[kind] * 3)
    async with CISession(
        fake.bucket,
        fake.region,
        credentials=Credentials(fake.secret_id, fake.secret_key),
        endpoint=base,
        retry=RetryPolicy(max_attempts=4, base_delay=0, throttled_base_delay=0),
        max_response_bytes=100_000,
        timing=Timing(wall_clock=clock),
    ) as session:
        outcomes = await session.describe_all([*IDS, "jmissing"])
    assert [job_id for job_id, outcome in outcomes.items() if outcome.job is None] == ["jmissing"]
    assert all(outcome.unwrap().job_id == job_id for job_id, outcome in outcomes.items() if outcome.job)
    # What does no harm is asked only as often as there are batches.
    assert server.counts[kind] > 0


# --- Drawing ------------------------------------------------------------------------------------------

DRAWN = (WireFault.INTERNAL_ERROR, WireFault.HTML, WireFault.SLOW_DOWN_429)


async def draw(fake, client, count, **settings):
    """What meets each of so many requests, one after the other."""
    fake.requests.clear()
    server = FaultServer(fake, **settings)
    async with server as base:
        for _ in range(count):
            await client.get(f"{base}/jobs/j0")
    met = [request.fault for request in fake.requests]
    assert {kind.value: count for kind, count in server.counts.items()} == {
        name: met.count(name) for name in set(met) if name
    }
    return met


async def test_the_same_seed_draws_the_same_faults(fake, client):
    first, again, other = [
        await draw(fake, client, 60, faults=DRAWN, share=0.5, seed=seed) for seed in (1, 1, 2)
    ]
    assert first == again != other
    assert {None, "500", "HTML with 200", "429 SlowDown"} == set(first)


async def test_share_and_weights_are_kept(fake, client):
    weights = {WireFault.INTERNAL_ERROR: 3, WireFault.HTML: 1}
    met = await draw(fake, client, 400, faults=weights, share=0.4, seed=3)
    assert 120 < len(met) - met.count(None) < 200
    assert 2 < met.count("500") / met.count("HTML with 200") < 4.5


async def test_a_share_of_one_spares_nothing(fake, client):
    assert await draw(fake, client, 20, faults=[WireFault.HTML], share=1) == ["HTML with 200"] * 20


async def test_a_script_comes_before_the_draws(fake, client):
    server = FaultServer(fake, faults=[WireFault.HTML], share=1)
    server.script(WireFault.INTERNAL_ERROR, None)
    async with server as base:
        for _ in range(3):
            await client.get(f"{base}/jobs/j0")
    assert [request.fault for request in fake.requests] == ["500", None, "HTML with 200"]


async def test_faults_of_the_simulator_come_first(fake, ask):
    fake.inject(Fault.status(404, "NoSuchBucket"), Fault.reset())
    assert (await ask("j0")).status_code == 404
    with pytest.raises(httpx.ReadError):
        await ask("j0")


@pytest.mark.parametrize(
    "settings",
    [
        {"faults": {WireFault.HTML: 0}},
        {"faults": {WireFault.HTML: float("inf")}},
        {"share": 1.1},
        {"share": -0.1},
        {"stall": -1},
        {"drip": float("nan")},
        {"bomb_bytes": -1},
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(fake, settings):
    with pytest.raises(ConfigurationError):
        FaultServer(fake, **settings)


# --- Life ---------------------------------------------------------------------------------------------


async def test_leaving_the_block_breaks_whatever_is_under_way(fake, client):
    server = FaultServer(fake)
    fake.inject(Fault.stall(times=None))
    started = time.monotonic()
    async with server as base:
        asking = [asyncio.ensure_future(client.get(f"{base}/jobs/j{number}")) for number in range(5)]
        await fake.received(5)
        assert (server.connections, fake.in_flight) == (5, 5)
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(answer) for answer in answers] == [httpx.ReadError] * 5
    assert (server.connections, fake.in_flight) == (0, 0)
    assert time.monotonic() - started < 2


async def test_it_can_listen_again_but_not_twice_at_once(fake, client):
    server = FaultServer(fake)
    for _ in range(2):
        async with server as base:
            assert (await client.get(f"{base}/jobs/j0")).status_code == 401
            with pytest.raises(ConfigurationError):
                await server.__aenter__()


async def test_what_goes_wrong_inside_comes_out_at_the_end(fake, client):
    def broken(_asked):
        raise ZeroDivisionError

    fake.inject(Fault.answer_for(broken))

    async def ask_once():
        async with FaultServer(fake) as base:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(f"{base}/jobs/j0")

    with pytest.raises(ZeroDivisionError):
        await ask_once()
