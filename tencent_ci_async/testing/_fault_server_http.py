"""HTTP/1.1 on a socket, down to the byte: reads requests, and writes what it is told, right or wrong."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Final, NamedTuple, cast

from ._exchange import CONNECTION, Message, Scope

__all__ = ["HTTPConnection", "HTTPRequest", "render_head"]

_LONGEST_HEAD: Final = 65_536
_END_OF_HEAD: Final = b"\r\n\r\n"
# Linger for no time: the kernel then sends a reset in place of a farewell.
_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)

RawHeaders = list[tuple[bytes, bytes]]


class HTTPRequest(NamedTuple):
    """A request as it came; header names in lower case."""

    method: str
    target: bytes
    headers: RawHeaders
    body: bytes

    @property
    def ends_connection(self) -> bool:
        """Whether the client wants no other request on this connection."""
        return b"close" in _value(self.headers, b"connection").lower()


class _MalformedError(Exception):
    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


Serve = Callable[["HTTPConnection", HTTPRequest], Awaitable[None]]


class HTTPConnection(asyncio.Protocol):
    """One connection: it hands requests to ``serve`` one after the other, until either side ends it.

    Args:
        serve: Answers one request, by `send` or by `write`.
        listens_on: The host name or address that the server was told to listen on.
        opened: Called with the task that serves the connection.
    """

    def __init__(self, serve: Serve, listens_on: str, opened: Callable[[asyncio.Task[None]], None]) -> None:
        self._serve = serve
        self._listens_on = listens_on
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._news = asyncio.Event()
        self._gone = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._unread: HTTPRequest | None = None
        self._is_chunked = False

    # --- What the loop calls ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve."""
        self._transport = cast("asyncio.Transport", transport)
        self._opened(asyncio.ensure_future(self._live()))

    def data_received(self, data: bytes) -> None:
        """Keep what came until a whole request is there."""
        self._received += data
        self._news.set()

    def pause_writing(self) -> None:
        """Hold back: the client does not read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Wake whoever waits for the client."""
        self._gone.set()
        self._news.set()
        self._writable.set()

    # --- What a fault may do ------------------------------------------------------------------------

    @property
    def listens_on(self) -> str:
        """The host name or address that the server was told to listen on."""
        return self._listens_on

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """End the connection in good order, once all is sent."""
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Break the connection at once: the client's kernel is told so by a reset."""
        if self._transport is None or self._gone.is_set():
            return
        # On a duplicate, since the sockets that event loops show do not all let their options be set.
        descriptor = self._transport.get_extra_info("socket").fileno()
        if descriptor >= 0:
            with socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as duplicate:
                duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._transport.abort()

    # --- ASGI -----------------------------------------------------------------------------------------

    def scope(self, request: HTTPRequest) -> Scope:
        """Return the scope of a request, this connection in its extensions."""
        path, _, query = request.target.partition(b"?")
        transport = self._transport
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "http",
            "method": request.method,
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query,
            "headers": request.headers,
            "client": transport.get_extra_info("peername") if transport is not None else None,
            "extensions": {CONNECTION: self},
        }

    async def receive(self) -> Message:
        """Return the request's body, and from then on wait until the client goes away."""
        request, self._unread = self._unread, None
        if request is not None:
            return {"type": "http.request", "body": request.body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Send a head or a piece of a body; without ``Content-Length`` the body goes in chunks."""
        if message["type"] == "http.response.start":
            headers = list(cast("Iterable[tuple[bytes, bytes]]", message["headers"]))
            self._is_chunked = not _value(headers, b"content-length")
            if self._is_chunked:
                headers.append((b"transfer-encoding", b"chunked"))
            self.write(render_head(cast("int", message["status"]), headers))
            return
        body = cast("bytes", message.get("body", b""))
        if self._is_chunked:
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + (
                b"" if message.get("more_body", False) else b"0\r\n\r\n"
            )
        self.write(body)
        await self._writable.wait()

    # --- Requests -------------------------------------------------------------------------------------

    async def _live(self) -> None:
        try:
            while (request := await self._next_request()) is not None:
                self._unread = request
                await self._serve(self, request)
                if request.ends_connection:
                    return
        except _MalformedError as error:
            self.write(render_head(error.status, [(b"content-length", b"0"), (b"connection", b"close")]))
        finally:
            self.close()

    async def _next_request(self) -> HTTPRequest | None:
        """Return the next request; None when the client has gone.

        Raises:
            _MalformedError: It is no request that this server reads.
        """
        while _END_OF_HEAD not in self._received:
            if len(self._received) > _LONGEST_HEAD:
                raise _MalformedError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            if not await self._more():
                return None
        size = self._received.index(_END_OF_HEAD) + len(_END_OF_HEAD)
        method, target, headers = _parse_head(bytes(self._received[:size]))
        if _value(headers, b"transfer-encoding"):
            raise _MalformedError(HTTPStatus.LENGTH_REQUIRED)
        length = _value(headers, b"content-length") or b"0"
        if not length.isdigit():
            raise _MalformedError(HTTPStatus.BAD_REQUEST)
        end = size + int(length)
        while len(self._received) < end:
            if not await self._more():
                return None
        body = bytes(self._received[size:end])
        del self._received[:end]
        return HTTPRequest(method, target, headers, body)

    async def _more(self) -> bool:
        """Wait for more bytes; return whether the client is still there."""
        if not self._gone.is_set():
            self._news.clear()
            await self._news.wait()
        return not self._gone.is_set()


def render_head(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the head of an answer, its empty line included."""
    known = {each.value: each.phrase for each in HTTPStatus}
    first = f"HTTP/1.1 {status} {known.get(status, '')}".encode("latin-1")
    return b"\r\n".join([first, *(b"%b: %b" % pair for pair in headers), b"", b""])


def _parse_head(head: bytes) -> tuple[str, bytes, RawHeaders]:
    first, *lines = head.removesuffix(_END_OF_HEAD).split(b"\r\n")
    words = first.split(b" ")
    pairs = [line.partition(b":") for line in lines]
    if len(words) != 3 or not words[2].startswith(b"HTTP/1.") or not all(colon for _, colon, _ in pairs):
        raise _MalformedError(HTTPStatus.BAD_REQUEST)
    headers = [(name.lower(), value.strip()) for name, _, value in pairs]
    return words[0].decode("latin-1"), words[1], headers


def _value(headers: RawHeaders, name: bytes) -> bytes:
    return next((value for each, value in headers if each == name), b"")
