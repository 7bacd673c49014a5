"""One request and the ways to answer it, or not to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, MutableMapping
from typing import Final, NamedTuple, Protocol, cast

import httpx

from ._log import RecordedRequest
from ._refusals import Headers
from ._routes import Handler
from ._service import Answer, Service, override

__all__ = [
    "CONNECTION",
    "ASGIApplication",
    "Channel",
    "Connection",
    "Exchange",
    "Message",
    "Receive",
    "Scope",
    "Send",
]

Message = MutableMapping[str, object]
Scope = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

CONNECTION: Final = "tencent_ci_async.testing.connection"


class Connection(Protocol):
    """What a real connection can do below HTTP; the server puts it into the scope's extensions."""

    @property
    def listens_on(self) -> str:
        """The host name or address that the server was told to listen on."""
        ...

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        ...

    def close(self) -> None:
        """End the connection in good order, once all is sent."""
        ...

    def reset(self) -> None:
        """Break the connection at once."""
        ...


class Channel(NamedTuple):
    """The three things that ASGI hands to an application."""

    scope: Scope
    receive: Receive
    send: Send


class Exchange:
    """One request under way.

    Without a real connection, as in process, what would break one is raised as the error that
    httpx has for it.
    """

    def __init__(
        self,
        service: Service,
        request: RecordedRequest,
        channel: Channel,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.service = service
        self.request = request
        self._receive = channel.receive
        self._send = channel.send
        self._sleep = sleep
        self._connection = _connection_in(channel.scope)

    def answer(self, handler: Handler | None = None) -> Answer:
        """Return what the service answers at this moment, or what ``handler`` does in its place."""
        listens_on = self._connection.listens_on if self._connection is not None else None
        return self.service.answer(self.request, listens_on, handler)

    async def send(self, answer: Answer) -> None:
        """Send an answer, unless the client goes away."""
        if isinstance(answer.body, bytes):
            await self._start(answer, length=len(answer.body))
            await self._send({"type": "http.response.body", "body": answer.body, "more_body": False})
        else:
            await self._start(answer, length=None)
            await self._while_connected(self._send_pieces(answer.body, 0.0))

    async def send_slowly(self, answer: Answer, *, piece_bytes: int, interval: float) -> None:
        """Send the body in pieces of ``piece_bytes``, ``interval`` seconds apart."""
        body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
        pieces = [body[start : start + piece_bytes] for start in range(0, len(body), piece_bytes)]
        await self._start(answer, length=len(body))
        await self._while_connected(self._send_pieces(pieces, interval))

    async def send_cut(self, answer: Answer, *, after_bytes: int) -> None:
        """Send the head and ``after_bytes`` of the body, then end the connection."""
        body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
        await self._start(answer, length=max(len(body), after_bytes + 1))
        await self._send({"type": "http.response.body", "body": body[:after_bytes], "more_body": True})
        await self.close("peer closed connection without sending complete message body")

    async def send_raw(self, data: bytes) -> None:
        """Send bytes as they are in place of an answer, then end the connection."""
        if self._connection is not None:
            self._connection.write(data)
        await self.close("the answer is not what HTTP allows")

    async def wait(self, seconds: float) -> bool:
        """Wait; return whether the client is still there."""
        return await self._while_connected(_as_coroutine(self._sleep(seconds)))

    async def until_gone(self) -> None:
        """Wait until the client goes away."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def close(self, reason: str = "Server disconnected without sending a response.") -> None:
        """End the connection in good order, without a (further) byte.

        Raises:
            httpx.RemoteProtocolError: In process.
        """
        if self._connection is None:
            raise httpx.RemoteProtocolError(reason)
        self._connection.close()
        await self.until_gone()

    async def reset(self) -> None:
        """Break the connection.

        Raises:
            httpx.ReadError: In process.
        """
        if self._connection is None:
            raise httpx.ReadError("connection reset by peer")
        self._connection.reset()
        await self.until_gone()

    async def _start(self, answer: Answer, *, length: int | None) -> None:
        own: Headers = (("Connection", self._persistence()),)
        if length is not None:
            own = (*own, ("Content-Length", str(length)))
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in override(own, answer.headers)
        ]
        self.request.status = answer.status
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})

    def _persistence(self) -> str:
        asked = self.request.headers.get("connection", "").lower()
        return "close" if "close" in asked else "keep-alive"

    async def _send_pieces(self, pieces: Iterable[bytes], interval: float) -> None:
        for piece in pieces:
            # A pause of nothing still gives way, so that an endless body ends with its connection.
            await (self._sleep(interval) if interval else asyncio.sleep(0))
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _while_connected(self, work: Coroutine[object, object, None]) -> bool:
        worker = asyncio.ensure_future(work)
        watcher = asyncio.ensure_future(self.until_gone())
        try:
            await asyncio.wait((worker, watcher), return_when=asyncio.FIRST_COMPLETED)
            finished = worker.done()
            if finished:
                worker.result()
            return finished
        finally:
            worker.cancel()
            watcher.cancel()
            await asyncio.gather(worker, watcher, return_exceptions=True)


async def _as_coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable


def _connection_in(scope: Scope) -> Connection | None:
    extensions = scope.get("extensions")
    if not isinstance(extensions, dict):
        return None
    return cast("dict[str, Connection]", extensions).get(CONNECTION)
