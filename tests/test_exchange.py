"""One exchange: the gate, cancellation that costs nothing, and what may come back."""

import asyncio
import gzip
import random
import tracemalloc
import zlib

import httpcore
import httpx
import pytest
from support.wire import GOOD_BODY, answer, wire_server

from tencent_ci_async import errors
from tencent_ci_async._exchange import Answer, Exchanger, Lanes, translate

LIMIT = 10_000


def gzip_(body):
    """Gzip without a time stamp: test ids and runs repeat."""
    return gzip.compress(body, mtime=0)


def exchanger_for(client, permits=1, *, max_response_bytes=LIMIT, lent=True, **settings):
    lanes = Lanes(lambda: client, permits, lent=lent)
    return Exchanger(lanes, max_response_bytes=max_response_bytes, **settings)


async def fetch(exchanger, url):
    async def prepare(client):
        return client.build_request("GET", url)

    return await exchanger.exchange(prepare, launched=lambda: None)


async def one(*script, max_response_bytes=LIMIT, timeout=5.0):
    """The answer of a fresh exchanger to the first scripted answer."""
    async with wire_server(*script) as server, httpx.AsyncClient(timeout=timeout) as client:
        exchanger = exchanger_for(client, max_response_bytes=max_response_bytes)
        return await fetch(exchanger, server.url)


# --- What comes back ----------------------------------------------------------------------------------


async def test_an_answer_is_plain_values():
    got = await one(answer(200, b"body", x_ci_request_id="R", Content_Type="application/xml"))
    assert got.body == b"body"
    assert (got.response.status, got.response.request_id) == (200, "R")
    assert got.response.headers["content-TYPE"] == "application/xml"


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP", "deflate"])
async def test_a_compressed_body_is_inflated(encoding):
    packed = zlib.compress(GOOD_BODY) if encoding == "deflate" else gzip_(GOOD_BODY)
    assert (await one(answer(200, packed, Content_Encoding=encoding))).body == GOOD_BODY


async def test_an_empty_body_that_is_called_compressed_is_empty():
    assert (await one(answer(200, b"", Content_Encoding="gzip"))).body == b""


@pytest.mark.parametrize(
    ("packed", "words"),
    [(gzip_(GOOD_BODY)[:-9], "ends too early"), (b"plain text", "is not compressed")],
    ids=["cut", "not compressed"],
)
async def test_a_spoilt_compressed_body_is_unreadable(packed, words):
    with pytest.raises(errors.UnreadableAnswerError, match=words) as caught:
        await one(answer(200, packed, Content_Encoding="gzip", x_ci_request_id="R"))
    assert caught.value.request_id == "R"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "klingon"])
async def test_an_encoding_not_asked_for_is_unreadable(encoding):
    with pytest.raises(errors.UnreadableAnswerError, match="not asked for"):
        await one(answer(200, b"x", Content_Encoding=encoding))


async def chunked_without_end(_request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"1000\r\n" + b"x" * 4_096 + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0)


BOMB = gzip_(b"0" * 5_000_000)
TOO_LARGE = {
    "declared": answer(200, b"x" * (LIMIT + 1)),
    "lying about a gigabyte": b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\nxxxx",
    "chunked without end": chunked_without_end,
    "gzip bomb": answer(200, BOMB, Content_Encoding="gzip"),
    "deflate bomb": answer(200, zlib.compress(b"0" * 5_000_000), Content_Encoding="deflate"),
    "one byte too many, inflated": answer(200, gzip_(b"0" * (LIMIT + 1)), Content_Encoding="gzip"),
}


@pytest.mark.parametrize("script", TOO_LARGE.values(), ids=TOO_LARGE.keys())
async def test_a_body_over_the_cap_is_refused_and_the_connection_dropped(script):
    async with wire_server(script, answer()) as server, httpx.AsyncClient() as client:
        exchanger = exchanger_for(client)
        with pytest.raises(errors.ResponseTooLargeError, match="max_response_bytes"):
            await fetch(exchanger, server.url)
        assert (await fetch(exchanger, server.url)).body == GOOD_BODY
        assert server.connections == 2


async def test_a_bomb_is_not_inflated_beyond_the_cap():
    """Five megabytes sent as five kilobytes: memory grows by the cap and by what was received."""
    async with (
        wire_server(answer(200, BOMB, Content_Encoding="gzip")) as server,
        httpx.AsyncClient() as client,
    ):
        exchanger = exchanger_for(client)
        tracemalloc.start()
        with pytest.raises(errors.ResponseTooLargeError):
            await fetch(exchanger, server.url)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 1_000_000


async def test_a_body_of_exactly_the_cap_is_fine():
    assert len((await one(answer(200, b"x" * LIMIT))).body) == LIMIT
    packed = answer(200, gzip_(b"x" * LIMIT), Content_Encoding="gzip")
    assert len((await one(packed)).body) == LIMIT


@pytest.mark.parametrize(
    "script",
    [answer(500, b"x" * (LIMIT + 1)), answer(502, b"x", Content_Encoding="br")],
    ids=["large", "br"],
)
async def test_an_error_keeps_its_status_whatever_its_body(script):
    got = await one(script)
    assert got.response.status in {500, 502}
    assert got.body == b""


async def test_redirects_are_not_followed_even_by_a_client_that_would():
    async with (
        wire_server() as other,
        wire_server(answer(302, b"", Location=other.url)) as server,
        httpx.AsyncClient(follow_redirects=True) as client,
    ):
        exchanger = exchanger_for(client)
        assert (await fetch(exchanger, server.url)).response.status == 302
    assert other.requests == []


async def test_the_auth_of_a_client_does_not_touch_what_was_signed():
    async with wire_server() as server, httpx.AsyncClient(auth=("user", "password")) as client:
        exchanger = exchanger_for(client)
        await fetch(exchanger, server.url)
        assert server.requests[0].header("Authorization") is None


# --- Nobody answers -----------------------------------------------------------------------------------


async def stall(_request, writer):
    await asyncio.sleep(3_600)


BROKEN = {
    "reset before the head": (None, errors.NoAnswerError),
    "cut head": (b"HTTP/1.1 200 OK\r\nContent-", errors.RequestTimeoutError),
    "garbage": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", errors.NoAnswerError),
    "cut body": (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<Resp", errors.RequestTimeoutError),
    "stall": (stall, errors.RequestTimeoutError),
}


@pytest.mark.parametrize(("script", "kind"), BROKEN.values(), ids=BROKEN.keys())
async def test_no_complete_answer(script, kind):
    """Each is a NoAnswerError of ours, with nothing of httpx behind it."""
    with pytest.raises(errors.NoAnswerError) as caught:
        await one(script, timeout=0.2)
    assert type(caught.value) is kind
    assert caught.value.may_have_arrived
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_a_cut_body_whose_connection_closes():
    async def cut(_request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<Resp")
        writer.close()

    with pytest.raises(errors.NoAnswerError, match="RemoteProtocolError"):
        await one(cut)


async def test_a_refused_connection_never_left():
    async with wire_server() as server:
        url = server.url
    async with httpx.AsyncClient() as client:
        exchanger = exchanger_for(client)
        with pytest.raises(errors.ConnectError) as caught:
            await fetch(exchanger, url)
    assert not caught.value.may_have_arrived


def every_class(root):
    yield root
    for kind in root.__subclasses__():
        yield from every_class(kind)


@pytest.mark.parametrize(
    "kind", sorted(set(every_class(httpx.TransportError)), key=str), ids=lambda kind: kind.__name__
)
def test_no_error_of_httpx_is_unmapped(kind):
    """Every class of httpx's transport errors has a place in our tree."""
    translated = translate(kind("words"))
    assert isinstance(translated, errors.NoAnswerError)
    left = not isinstance(translated, errors.ConnectError)
    assert left is (
        kind.__name__
        not in {
            "ConnectError",
            "ConnectTimeout",
            "PoolTimeout",
            "ProxyError",
            "UnsupportedProtocol",
            "LocalProtocolError",
        }
    )


def test_an_error_that_may_quote_a_header_is_not_quoted():
    assert "SECRET" not in str(translate(httpx.LocalProtocolError("Illegal header value b'SECRET\\n'")))


def test_what_is_not_a_transport_fault_is_not_ours_to_hide():
    assert translate(KeyError("bug")) is None
    assert isinstance(translate(OSError("no buffer space")), errors.NoAnswerError)
    assert isinstance(translate(httpcore.ReadTimeout("x")), errors.RequestTimeoutError)


async def test_a_foreign_bug_comes_out_as_it_is():
    def broken(_request):
        raise ZeroDivisionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(broken)) as client:
        exchanger = exchanger_for(client)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await fetch(exchanger, "http://h/")
        assert exchanger.in_flight == 0


async def test_a_client_that_its_owner_closed_is_named():
    client = httpx.AsyncClient()
    await client.aclose()
    exchanger = exchanger_for(client)
    with pytest.raises(errors.SessionClosedError, match="httpx client"):
        await fetch(exchanger, "http://127.0.0.1:1/")


# --- The gate -----------------------------------------------------------------------------------------


class Counting(httpx.AsyncBaseTransport):
    """Counts the requests under way and lets them go one by one."""

    def __init__(self):
        self.now = self.most = 0
        self.order = []
        self.open = asyncio.Event()

    async def handle_async_request(self, request):
        self.now += 1
        self.most = max(self.most, self.now)
        self.order.append(request.url.path)
        await self.open.wait()
        self.now -= 1
        return httpx.Response(200, content=GOOD_BODY)


async def settle(turns=20):
    """Let everything happen that needs no outside event, or so many turns of it."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def test_no_more_requests_than_permits_and_in_the_order_of_asking():
    transport = Counting()
    async with httpx.AsyncClient(transport=transport) as client:
        exchanger = exchanger_for(client, 3)
        callers = [asyncio.create_task(fetch(exchanger, f"http://h/{n}")) for n in range(20)]
        await settle()
        assert (transport.now, exchanger.in_flight) == (3, 3)
        transport.open.set()
        await asyncio.gather(*callers)
    assert transport.most == 3
    assert transport.order == [f"/{number}" for number in range(20)]


async def test_our_own_lanes_are_made_when_needed_used_again_and_closed():
    made = []

    def make_client():
        transport = Counting()
        transport.open.set()
        made.append(httpx.AsyncClient(transport=transport))
        return made[-1]

    exchanger = Exchanger(Lanes(make_client, 3, lent=False), max_response_bytes=LIMIT)
    for _ in range(5):
        await fetch(exchanger, "http://h/")
    assert len(made) == 1
    await asyncio.gather(*(fetch(exchanger, "http://h/") for _ in range(10)))
    assert len(made) == 3
    await exchanger.aclose()
    assert all(client.is_closed for client in made)


async def test_a_request_is_prepared_only_when_its_turn_has_come():
    transport, prepared_ids = Counting(), []
    async with httpx.AsyncClient(transport=transport) as client:
        exchanger = exchanger_for(client)

        def prepare(number):
            async def build(client):
                prepared_ids.append(number)
                return client.build_request("GET", "http://h/")

            return build

        callers = [
            asyncio.create_task(exchanger.exchange(prepare(number), launched=lambda: None))
            for number in range(3)
        ]
        await settle()
        assert prepared_ids == [0]
        transport.open.set()
        await asyncio.gather(*callers)
    assert prepared_ids == [0, 1, 2]


async def test_a_request_that_cannot_be_prepared_gives_its_permit_back():
    transport = Counting()
    transport.open.set()
    async with httpx.AsyncClient(transport=transport) as client:
        exchanger = exchanger_for(client)

        async def fail(_client):
            raise errors.CredentialsError("no keys")

        for _ in range(3):
            with pytest.raises(errors.CredentialsError):
                await exchanger.exchange(fail, launched=lambda: None)
        assert (await fetch(exchanger, "http://h/")).body == GOOD_BODY


async def test_a_cancelled_caller_leaves_the_exchange_to_end_by_itself():
    """The permit stays with the exchange until it has ended; then the next caller has it."""
    transport = Counting()
    async with httpx.AsyncClient(transport=transport) as client:
        exchanger = exchanger_for(client)
        first, second = (asyncio.create_task(fetch(exchanger, f"http://h/{n}")) for n in range(2))
        await settle()
        first.cancel()
        await settle()
        assert first.cancelled()
        assert (exchanger.in_flight, transport.order) == (1, ["/0"])
        transport.open.set()
        await second
        assert transport.most == 1


async def test_a_caller_may_leave_at_the_very_turn_in_which_the_exchange_ends():
    """Whichever comes first, the caller ends cancelled or has its answer, and nothing else happens."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        exchanger = exchanger_for(client)
        for turns in range(30):
            caller = asyncio.create_task(fetch(exchanger, "http://h/"))
            await settle(turns)
            caller.cancel()
            (outcome,) = await asyncio.gather(caller, return_exceptions=True)
            assert isinstance(outcome, asyncio.CancelledError | Answer)
            await settle(30)
        assert exchanger.in_flight == 0


async def test_a_caller_cancelled_at_the_gate_sends_nothing():
    transport = Counting()
    async with httpx.AsyncClient(transport=transport) as client:
        exchanger = exchanger_for(client)
        first, second, third = (asyncio.create_task(fetch(exchanger, f"http://h/{n}")) for n in range(3))
        await settle()
        second.cancel()
        transport.open.set()
        await asyncio.gather(first, third)
    assert transport.order == ["/0", "/2"]


async def test_an_exchange_that_nobody_waits_for_is_cut_in_the_end():
    async with wire_server(stall, stall, answer()) as server, httpx.AsyncClient(timeout=60) as client:
        exchanger = exchanger_for(client, 2, grace=0.01)
        callers = [asyncio.create_task(fetch(exchanger, server.url)) for _ in range(2)]
        async with asyncio.timeout(5):
            await server.received(2)
            for caller in callers:
                caller.cancel()
            # Both permits come back, and no connection is stuck in the pool.
            await asyncio.gather(*(fetch(exchanger, server.url) for _ in range(4)))
        assert exchanger.in_flight == 0
        assert client._transport._pool.connections
        assert all(connection.is_idle() for connection in client._transport._pool.connections)


# --- Closing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lent", [True, False])
async def test_closing_turns_everybody_away_at_once(lent):
    """Those under way and those at the gate: all get the same typed error, and nothing is left."""
    transport = Counting()
    async with httpx.AsyncClient(transport=transport) as client:
        exchanger = exchanger_for(client, 3, lent=lent, grace=0.01)
        callers = [asyncio.create_task(fetch(exchanger, "http://h/")) for _ in range(1_000)]
        await settle()
        await exchanger.aclose()
        outcomes = await asyncio.gather(*callers, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {errors.SessionClosedError}
        assert exchanger.in_flight == 0
        with pytest.raises(errors.SessionClosedError):
            await fetch(exchanger, "http://h/")


async def test_closing_lets_a_lent_client_finish_in_peace():
    """With a client that lives on, an exchange under way is not cut but ends by itself."""
    transport = Counting()
    async with httpx.AsyncClient(transport=transport) as client:
        exchanger = exchanger_for(client)
        caller = asyncio.create_task(fetch(exchanger, "http://h/"))
        await settle()
        closing = asyncio.create_task(exchanger.aclose())
        await settle()
        assert not closing.done()
        transport.open.set()
        await closing
        assert transport.now == 0
        with pytest.raises(errors.SessionClosedError):
            await caller


async def test_closing_while_a_request_is_being_prepared():
    async with httpx.AsyncClient(transport=Counting()) as client:
        exchanger = exchanger_for(client)
        go = asyncio.Event()

        async def prepare(client):
            await go.wait()
            return client.build_request("GET", "http://h/")

        caller = asyncio.create_task(exchanger.exchange(prepare, launched=lambda: None))
        await settle()
        await exchanger.aclose()
        go.set()
        with pytest.raises(errors.SessionClosedError):
            await caller


async def test_a_failure_that_meets_a_cancelled_caller_is_not_reported_to_the_loop():
    """Exceptions nobody looked at would be reported by asyncio; there is none left."""
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    source = random.Random(3)
    async with wire_server(None) as server, httpx.AsyncClient() as client:
        exchanger = exchanger_for(client, 4)

        async def call_and_give_up():
            caller = asyncio.create_task(fetch(exchanger, server.url))
            for _ in range(source.randrange(40)):
                await asyncio.sleep(0)
            caller.cancel()
            await asyncio.gather(caller, return_exceptions=True)

        await asyncio.gather(*(call_and_give_up() for _ in range(200)))
        await exchanger.aclose()
    assert complaints == []


async def test_a_call_that_is_closed_rather_than_cancelled_gives_its_place_back():
    """As the garbage collector closes a coroutine that nobody runs any more."""
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    transport = Counting()
    async with httpx.AsyncClient(transport=transport) as client:
        exchanger = exchanger_for(client, 1)
        call = fetch(exchanger, "http://h/")
        call.send(None)
        await settle()
        assert transport.now == 1
        call.close()
        transport.open.set()
        await settle()
        assert exchanger.in_flight == 0
        assert (await fetch(exchanger, "http://h/")).response.status == 200
        await exchanger.aclose()
    assert complaints == []
