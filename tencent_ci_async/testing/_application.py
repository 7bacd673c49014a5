"""The ASGI front: reads a request, writes it down, lets a fault or the service answer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final, cast
from urllib.parse import quote, unquote

import httpx

from ._exchange import Channel, Exchange, Message, Receive, Scope, Send
from ._families import job_ids_in
from ._faults import FaultQueue
from ._log import RecordedRequest, RequestLog
from ._service import Service, make_request_id
from ._signature import WireRequest

__all__ = ["Application", "read_body"]

_ABSOLUTE_FORM: Final = re.compile(rb"https?://[^/?]*", re.IGNORECASE)


class Application:
    """An ASGI application around the service, its faults and its log."""

    def __init__(
        self,
        service: Service,
        faults: FaultQueue,
        log: RequestLog,
        sleep: Callable[[float], Awaitable[None]],
        latency: float,
    ) -> None:
        self._latency = latency
        self._service = service
        self._faults = faults
        self._log = log
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope of ASGI: HTTP, or the lifespan."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            self._log.enter()
            try:
                await self._serve(scope, receive, send)
            finally:
                self._log.leave()
        else:
            raise NotImplementedError(f"the simulator does not speak {scope['type']}")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        if body is None:
            return
        request = self._record(scope, body)
        exchange = Exchange(self._service, request, Channel(scope, receive, send), self._sleep)
        fault = self._faults.take(request)
        self._log.add(request)
        if self._latency and not await exchange.wait(self._latency):
            return
        if fault is None:
            await exchange.send(exchange.answer())
        else:
            await fault.act(exchange)

    def _record(self, scope: Scope, body: bytes) -> RecordedRequest:
        method = str(scope["method"])
        raw_path = _raw_path(scope)
        raw_query = cast("bytes", scope.get("query_string", b""))
        raw_headers = list(cast("list[tuple[bytes, bytes]]", scope["headers"]))
        path = unquote(raw_path.decode("latin-1"))
        number = self._log.next_number()
        return RecordedRequest(
            number=number,
            time=self._service.state.clock(),
            method=method,
            raw_path=raw_path.decode("latin-1"),
            path=path,
            raw_query=raw_query.decode("latin-1"),
            query=httpx.QueryParams(raw_query),
            headers=httpx.Headers(raw_headers),
            body=body,
            client=cast("tuple[str, int] | None", scope.get("client")),
            job_ids=job_ids_in(path),
            signature=self._service.judge(WireRequest(method, raw_path, raw_query, raw_headers)),
            request_id=make_request_id(number),
        )


def _raw_path(scope: Scope) -> bytes:
    raw_path = scope.get("raw_path")
    path = raw_path if isinstance(raw_path, bytes) else quote(str(scope["path"])).encode()
    # A client that goes through a proxy names the host in the request line as well.
    return _ABSOLUTE_FORM.sub(b"", path.partition(b"?")[0], count=1) or b"/"


async def read_body(receive: Receive) -> bytes | None:
    """Return the body of a request; None when its client went away before the end."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(cast("bytes", message.get("body", b"")))
        if not message.get("more_body", False):
            return b"".join(pieces)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message: Message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
