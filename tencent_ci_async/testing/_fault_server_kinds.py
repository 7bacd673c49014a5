"""The faults that the fault server draws from, each as a fault of the simulator."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from random import Random
from typing import Final, NamedTuple

from ._exchange import Exchange
from ._fault_server_http import HTTPConnection, render_head
from ._faults import Fault
from ._log import RecordedRequest
from ._service import Answer

__all__ = ["Hit", "SwapDesk", "WireFault", "make_fault"]

# How long one side of a swap waits for the other, in seconds of real time.
_SWAP_PATIENCE: Final = 0.25
_PAGE: Final = (
    b"<!DOCTYPE html>\n<html><head><title>Welcome</title></head>"
    b"<body><p>Please log in to use this network.</p></body></html>\n"
)


class WireFault(StrEnum):
    """What can happen to an answer of a `FaultServer`; the value is the name that the log shows.

    Attributes:
        INTERNAL_ERROR: 500 with the service's error body.
        SLOW_DOWN_503: 503 ``SlowDown``.
        SLOW_DOWN_429: 429 ``SlowDown``.
        RESET_BEFORE_HEAD: The connection breaks before any byte of the answer.
        RESET_IN_BODY: The connection breaks in the middle of the body.
        TRUNCATED: The connection is closed in good order before the promised length.
        STALL: The right answer, but only after ``stall`` seconds.
        GARBAGE: Bytes that are no HTTP in place of the head.
        HTML: 200 with a page, as a proxy or a captive portal has it.
        OMITTED_IDS: A good answer that leaves out some of the ids.
        FOREIGN_IDS: A good answer in which other ids stand in place of some.
        DUPLICATE_IDS: A good answer that shows some ids twice.
        SWAPPED: The answer to another request that is under way on another connection, which gets this
            one's. A request waits a quarter of a second for a partner, and has its own answer if none comes.
        SLOW_LORIS: The right answer, its head a byte each ``drip`` seconds.
        GZIP_BOMB: 200 with a small compressed body that inflates to ``bomb_bytes``.
    """

    INTERNAL_ERROR = "500"
    SLOW_DOWN_503 = "503 SlowDown"
    SLOW_DOWN_429 = "429 SlowDown"
    RESET_BEFORE_HEAD = "reset before the head"
    RESET_IN_BODY = "reset in the body"
    TRUNCATED = "truncated"
    STALL = "stall"
    GARBAGE = "garbage"
    HTML = "HTML with 200"
    OMITTED_IDS = "omitted ids"
    FOREIGN_IDS = "foreign ids"
    DUPLICATE_IDS = "duplicate ids"
    SWAPPED = "swapped answers"
    SLOW_LORIS = "slow loris"
    GZIP_BOMB = "gzip bomb"


class _Offer(NamedTuple):
    connection: HTTPConnection
    answer: Answer
    partner_answer: asyncio.Future[Answer]


class SwapDesk:
    """Where one request waits for another, to swap their answers."""

    def __init__(self) -> None:
        self._offer: _Offer | None = None

    def is_waiting_for(self, connection: HTTPConnection) -> bool:
        """Return whether a request of another connection than this one waits for a partner."""
        return self._offer is not None and self._offer.connection is not connection

    async def swap(self, connection: HTTPConnection, answer: Answer) -> Answer | None:
        """Give an answer away and return the one got for it; None when no partner came."""
        if self._offer is not None:
            offer, self._offer = self._offer, None
            offer.partner_answer.set_result(answer)
            return offer.answer
        own = _Offer(connection, answer, asyncio.get_running_loop().create_future())
        self._offer = own
        try:
            async with asyncio.timeout(_SWAP_PATIENCE):
                return await own.partner_answer
        except TimeoutError:
            return None
        finally:
            self._withdraw(own)

    def _withdraw(self, offer: _Offer) -> None:
        if self._offer is offer:
            self._offer = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer that is to go wrong, and what is needed for it.

    Attributes:
        connection: Where the request came.
        random: Draws the details.
        strangers: Ids that other requests asked for.
        desk: Where answers are swapped.
        count: Called when two answers were swapped, for this side.
        stall: Seconds.
        drip: Seconds.
        bomb_bytes: The inflated size.
        fits: Which request it is for.
    """

    connection: HTTPConnection
    random: Random
    strangers: Sequence[str]
    desk: SwapDesk
    count: Callable[[], None]
    stall: float
    drip: float
    bomb_bytes: int
    fits: Callable[[RecordedRequest], bool]


def make_fault(kind: WireFault, hit: Hit) -> Fault:
    """Return the fault for one answer, under the name of its kind."""
    return replace(_MAKERS[kind](hit), name=kind.value)


def _internal_error(hit: Hit) -> Fault:
    return Fault.status(500, "InternalError", when=hit.fits)


def _slow_down_503(hit: Hit) -> Fault:
    return Fault.status(503, "SlowDown", when=hit.fits)


def _slow_down_429(hit: Hit) -> Fault:
    return Fault.status(429, "SlowDown", when=hit.fits)


def _reset_before_head(hit: Hit) -> Fault:
    return Fault.reset(when=hit.fits)


def _reset_in_body(hit: Hit) -> Fault:
    async def act(exchange: Exchange) -> None:
        head, body = _whole(exchange)
        hit.connection.write(head + body[: _within(body, hit.random)])
        await exchange.reset()

    return Fault("", 1, hit.fits, act)


def _truncated(hit: Hit) -> Fault:
    async def act(exchange: Exchange) -> None:
        answer = exchange.answer()
        await exchange.send_cut(answer, after_bytes=_within(_bytes(answer), hit.random))

    return Fault("", 1, hit.fits, act)


def _stall(hit: Hit) -> Fault:
    return Fault.delay(hit.stall, when=hit.fits)


def _garbage(hit: Hit) -> Fault:
    # Its first bytes are those of a TLS record, so that chance cannot make a status line of it.
    return Fault.raw(b"\x16\x03\x01" + hit.random.randbytes(61) + b"\r\n\r\n", when=hit.fits)


def _html(hit: Hit) -> Fault:
    return Fault.body(200, _PAGE, {"Content-Type": "text/html"}, when=hit.fits)


def _omitted_ids(hit: Hit) -> Fault:
    def rewrite(asked: tuple[str, ...]) -> list[str]:
        left_out = _some(asked, hit.random)
        return [job_id for job_id in asked if job_id not in left_out]

    return Fault.answer_for(rewrite, when=hit.fits)


def _foreign_ids(hit: Hit) -> Fault:
    def rewrite(asked: tuple[str, ...]) -> list[str]:
        strangers = [job_id for job_id in hit.strangers if job_id not in asked] or ["jnobodyaskedforthisone"]
        replaced = _some(asked, hit.random)
        return [hit.random.choice(strangers) if job_id in replaced else job_id for job_id in asked]

    return Fault.answer_for(rewrite, when=hit.fits)


def _duplicate_ids(hit: Hit) -> Fault:
    def rewrite(asked: tuple[str, ...]) -> list[str]:
        doubled = [*asked, *_some(asked, hit.random)]
        hit.random.shuffle(doubled)
        return doubled

    return Fault.answer_for(rewrite, when=hit.fits)


def _swapped(hit: Hit) -> Fault:
    async def act(exchange: Exchange) -> None:
        swapped = await hit.desk.swap(hit.connection, exchange.answer())
        if swapped is None:
            exchange.request.fault = None
            await exchange.send(exchange.answer())
        else:
            hit.count()
            await exchange.send(swapped)

    return Fault("", 1, hit.fits, act)


def _slow_loris(hit: Hit) -> Fault:
    async def act(exchange: Exchange) -> None:
        head, body = _whole(exchange)
        for position in range(len(head)):
            hit.connection.write(head[position : position + 1])
            if not await exchange.wait(hit.drip):
                return
        hit.connection.write(body)

    return Fault("", 1, hit.fits, act)


def _gzip_bomb(hit: Hit) -> Fault:
    return Fault.body(200, _bomb(hit.bomb_bytes), {"Content-Encoding": "gzip"}, when=hit.fits)


_MAKERS: Final = {
    WireFault.INTERNAL_ERROR: _internal_error,
    WireFault.SLOW_DOWN_503: _slow_down_503,
    WireFault.SLOW_DOWN_429: _slow_down_429,
    WireFault.RESET_BEFORE_HEAD: _reset_before_head,
    WireFault.RESET_IN_BODY: _reset_in_body,
    WireFault.TRUNCATED: _truncated,
    WireFault.STALL: _stall,
    WireFault.GARBAGE: _garbage,
    WireFault.HTML: _html,
    WireFault.OMITTED_IDS: _omitted_ids,
    WireFault.FOREIGN_IDS: _foreign_ids,
    WireFault.DUPLICATE_IDS: _duplicate_ids,
    WireFault.SWAPPED: _swapped,
    WireFault.SLOW_LORIS: _slow_loris,
    WireFault.GZIP_BOMB: _gzip_bomb,
}


def _bytes(answer: Answer) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)


def _whole(exchange: Exchange) -> tuple[bytes, bytes]:
    """Return head and body of the right answer as they would stand on the wire."""
    answer = exchange.answer()
    exchange.request.status = answer.status
    body = _bytes(answer)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    return render_head(answer.status, [*headers, (b"Content-Length", b"%d" % len(body))]), body


def _within(body: bytes, random: Random) -> int:
    return random.randrange(len(body))


def _some(asked: tuple[str, ...], random: Random) -> set[str]:
    """Return between one and all of the ids."""
    return set(random.sample(asked, random.randint(1, len(asked)))) if asked else set()


@cache
def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    piece = bytes(65_536)
    pieces = [packer.compress(piece[: min(len(piece), size - start)]) for start in range(0, size, len(piece))]
    return b"".join([*pieces, packer.flush()])
