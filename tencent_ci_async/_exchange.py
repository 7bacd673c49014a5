"""One HTTP exchange: the only room that sends.

httpx 0.28 loses a pool's connections when callers are cancelled while requests queue in the pool. So nothing
ever queues there: callers wait at a gate of our own, and the exchange runs in a task of its own, which a
caller's cancellation does not touch. The permit belongs to that task and is given back when the body
has been read. This holds for any client, one that the caller brought included.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Never, Protocol

import httpx

from ._answer_body import read_body
from .errors import (
    CIError,
    ConnectError,
    NoAnswerError,
    RequestTimeoutError,
    SessionClosedError,
    UnreadableAnswerError,
)
from .models import ResponseHeaders, ResponseInfo

__all__ = ["Answer", "Exchanger", "HTTPClient", "Lanes", "translate"]


class HTTPClient(Protocol):
    """What a session needs of a client that you bring: an ``httpx.AsyncClient`` has it, and so has httpx2's.

    It is looked at, and asked to make and to send requests; it is never closed.
    """

    @property
    def is_closed(self) -> bool:
        """Whether its owner has closed it."""
        ...

    def build_request(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: tuple[float | None, float | None, float | None, float | None] = ...,
    ) -> object:
        """Make a request; the timeouts are those to connect, to read, to write and to get a connection."""
        ...

    def send(
        self,
        # A client sends requests of its own kind, such as it has made itself.
        request: Never,
        *,
        stream: bool = ...,
        auth: None = ...,
        follow_redirects: bool = ...,
    ) -> Awaitable[object]:
        """Send a request that it has made, and return the answer, its body still to be read."""
        ...


class Answer(NamedTuple):
    """A whole answer: status and headers, and the body, inflated."""

    response: ResponseInfo
    body: bytes


class Lanes:
    """The clients that requests go through, one exchange at a time each.

    A client of our own has a single connection, because the pool of httpx looks at every connection twice for
    each request: eight clients with one connection each cost half of what one client with eight does.
    A client that the caller lent stands on every lane.

    Args:
        make_client: Makes the client of a lane, when the lane is first needed.
        count: How many lanes there are.
        lent: Whether the client belongs to the caller, and is not ours to close.
    """

    def __init__(self, make_client: Callable[[], httpx.AsyncClient], count: int, *, lent: bool) -> None:
        self._make_client = make_client
        self._unmade = count
        self._free: list[httpx.AsyncClient] = []
        self._made: list[httpx.AsyncClient] = []
        self.lent = lent
        self.count = count

    def take(self) -> httpx.AsyncClient:
        """Take a lane; the one used last, since its connection is the likeliest to be still open."""
        if not self._free:
            self._unmade -= 1
            self._free.append(self._make_client())
            self._made.append(self._free[-1])
        return self._free.pop()

    def give_back(self, client: httpx.AsyncClient) -> None:
        """Give a lane back."""
        self._free.append(client)

    def warm_up(self) -> None:
        """Make the first client before it is needed: httpx then imports most of itself."""
        if not self._made:
            self.give_back(self.take())

    async def aclose(self) -> None:
        """Close the clients that are ours."""
        if not self.lent:
            for client in self._made:
                await client.aclose()


class Exchanger:
    """Sends requests, at most so many at a time as there are lanes.

    Args:
        lanes: What the requests go through.
        max_response_bytes: The longest body, in bytes, as received and once inflated.
        grace: Seconds that an exchange nobody waits for any more may still take before it is cut.
    """

    def __init__(self, lanes: Lanes, *, max_response_bytes: int, grace: float = 5.0) -> None:
        self._lanes = lanes
        self._permits = asyncio.Semaphore(lanes.count)
        self._max_response_bytes = max_response_bytes
        self._grace = grace
        self._flights: dict[asyncio.Task[Answer | CIError], _Flight] = {}
        self._closed = False

    @property
    def in_flight(self) -> int:
        """How many exchanges are under way, those included that nobody waits for any more."""
        return len(self._flights)

    def warm_up(self) -> None:
        """Do what the first exchange would otherwise have to do first."""
        self._lanes.warm_up()

    async def exchange(
        self,
        prepare: Callable[[httpx.AsyncClient], Awaitable[httpx.Request]],
        *,
        launched: Callable[[], None],
    ) -> Answer:
        """Return the answer to a request.

        Args:
            prepare: Makes the request by the client it is given, and signs it; called when its turn has
                come, so that the signature is young however long the queue was.
            launched: Called when the request goes on its way.

        Raises:
            NoAnswerError: No complete answer arrived.
            UnreadableAnswerError: The body of a good answer is too large or cannot be inflated.
            SessionClosedError: `aclose` was called.
        """
        await self._permits.acquire()
        try:
            # A queue that waits at the gate when it closes passes one permit along until all have left.
            self._check_open()
            client = self._lanes.take()
        except BaseException:
            self._permits.release()
            raise
        try:
            request = await prepare(client)
            self._check_open()
            # Before its task is made, so that whoever traces it can put it where it belongs.
            launched()
        except BaseException:
            self._land(client)
            raise
        flight = _Flight(asyncio.get_running_loop().create_future(), client)
        task = asyncio.create_task(self._fly(request, flight), name="tencent-ci-exchange")
        self._flights[task] = flight
        task.add_done_callback(self._landed)
        try:
            return await flight.waiter
        finally:
            flight.leave(self._grace)

    async def aclose(self) -> None:
        """Turn away whoever waits, and return when no exchange is under way and our clients are closed.

        Exchanges on lanes of our own are cut at once. For the sake of a client that lives on, those on a
        lent one may end by themselves for some seconds.
        """
        self._closed = True
        for flight in self._flights.values():
            flight.settle(_closed())
        self._permits.release()
        if self._flights and self._lanes.lent:
            await asyncio.wait(self._flights, timeout=self._grace)
        for task in self._flights:
            task.cancel()
        if self._flights:
            await asyncio.wait(self._flights)
        await self._lanes.aclose()

    def _check_open(self) -> None:
        if self._closed:
            raise _closed()

    def _land(self, client: httpx.AsyncClient) -> None:
        self._lanes.give_back(client)
        self._permits.release()

    def _landed(self, task: asyncio.Task[Answer | CIError]) -> None:
        flight = self._flights.pop(task)
        self._land(flight.client)
        if task.cancelled():
            flight.settle(_closed())
        else:
            flight.settle(task.exception() or task.result())

    async def _fly(self, request: httpx.Request, flight: _Flight) -> Answer | CIError:
        # A foreign exception carries the frames of httpx and below, with every header in their locals. So our
        # error is made from it and returned, and the foreign one ends here.
        try:
            async with flight.time_limit():
                return await self._send(request, flight.client)
        except CIError as error:
            return error
        except Exception as error:
            translated = translate(error, client_closed=flight.client.is_closed)
            if translated is None:
                raise
            return translated
        finally:
            flight.end()

    async def _send(self, request: httpx.Request, client: httpx.AsyncClient) -> Answer:
        # Neither a redirection nor another auth may touch what was signed.
        response = await client.send(request, stream=True, auth=None, follow_redirects=False)
        try:
            info = ResponseInfo(response.status_code, ResponseHeaders(response.headers.multi_items()))
            try:
                return Answer(info, await read_body(response, info, self._max_response_bytes))
            except UnreadableAnswerError:
                if response.is_success:
                    raise
                # An error's status says more than that its body cannot be read.
                return Answer(info, b"")
        finally:
            await response.aclose()


class _Flight:
    """An exchange under way, its lane, and the caller who waits for it, as long as there is one."""

    __slots__ = ("_limit", "_timeout", "client", "waiter")

    def __init__(self, waiter: asyncio.Future[Answer], client: httpx.AsyncClient) -> None:
        self.waiter = waiter
        self.client = client
        self._limit: float | None = None
        self._timeout: asyncio.Timeout | None = None

    def time_limit(self) -> asyncio.Timeout:
        """The limit that `leave` sets, to be entered by the exchange."""
        self._timeout = asyncio.timeout_at(self._limit)
        return self._timeout

    def settle(self, outcome: Answer | BaseException) -> None:
        """Give the outcome to the caller, if there still is one."""
        if self.waiter.done() or self._limit is not None:
            return
        if isinstance(outcome, BaseException):
            self.waiter.set_exception(outcome)
        else:
            self.waiter.set_result(outcome)

    def leave(self, grace: float) -> None:
        """Note that the caller has gone: one that left early does not let the exchange go on for ever."""
        if self.waiter.done() and not self.waiter.cancelled():
            # Cancelled at the very moment of a failure, the caller never sees it; asyncio would complain.
            self.waiter.exception()
            return
        # The waiter of a coroutine that was closed rather than cancelled is not even done.
        self._limit = self.waiter.get_loop().time() + grace
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(self._limit)

    def end(self) -> None:
        """Note that the exchange has ended: a caller may still leave, but there is nothing to limit."""
        self._timeout = None


def translate(  # noqa: PLR0911 - a table, in the order that counts
    error: Exception, *, client_closed: bool = False
) -> CIError | None:
    """Return our error for one that httpx raised, or None when it is not httpx's to raise.

    The class is found by name along the inheritance, so that a client of a fork of httpx, whose
    exceptions share no class with httpx's, is understood as well.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    kind = type(error).__name__
    said = f"{kind}: {str(error)[:200]}" if str(error) else kind
    if "LocalProtocolError" in names:
        # Its text may quote a header.
        return ConnectError("the request could not be sent, for it breaks HTTP's rules (LocalProtocolError)")
    if _broke_in_aiohttp(error):
        return NoAnswerError(f"the connection broke before the answer was complete ({str(error)[:200]})")
    if names & {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}:
        return ConnectError(f"the request was not sent: no connection could be made ({said})")
    if names & {"TimeoutException", "TimeoutError"}:
        return RequestTimeoutError(f"no answer in time ({said}): the request may have been executed")
    if names & {"TransportError", "OSError", "ClientError"}:
        # ClientError is aiohttp's, some of whose errors httpx-aiohttp lets pass as they are.
        return NoAnswerError(f"the connection broke before the answer was complete ({said})")
    if client_closed:
        return SessionClosedError("the httpx client that the session was given has been closed")
    return None


def _broke_in_aiohttp(error: Exception) -> bool:
    """Return whether a connection of aiohttp's broke that had been made.

    httpx-aiohttp calls that ``ConnectTimeout`` as well, and a submit that may have been executed would be
    sent once more.
    """
    names = {kind.__name__ for kind in type(error.__cause__).__mro__}
    return "ClientConnectionError" in names and not names & {"ClientConnectorError", "ServerTimeoutError"}


def _closed() -> SessionClosedError:
    return SessionClosedError("the session is closed: make a new one, or close it later")
