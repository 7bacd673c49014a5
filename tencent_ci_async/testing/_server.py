"""The simulator on a real socket: uvicorn's HTTP protocol in the running loop.

Only the protocol is taken. uvicorn's ``Server`` would catch the signals of the process, tick ten times a
second and take a tenth of a second to stop, and none of that suits a test.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, cast

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from ._exchange import CONNECTION, ASGIApplication, Receive, Scope, Send

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

__all__ = ["serving"]

_KEEP_ALIVE_SECONDS: Final = 75
_BACKLOG: Final = 2048
# Linger for no time: the kernel then sends a reset in place of a farewell.
_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class _Connection:
    """A connection as the faults see it."""

    def __init__(self, transport: asyncio.Transport, listens_on: str) -> None:
        self.listens_on = listens_on
        self._transport = transport

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def close(self) -> None:
        self._transport.close()

    def reset(self) -> None:
        # On a duplicate, since the sockets that event loops show do not all let their options be set.
        descriptor = self._transport.get_extra_info("socket").fileno()
        with socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as duplicate:
            duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._transport.abort()


class _Protocol(H11Protocol):
    """uvicorn's protocol, with its connection in the scope of each request."""

    listens_on: str = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.access_log = False
        application = cast("ASGIApplication", self.app)
        connection = _Connection(transport, self.listens_on)

        async def connected(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {CONNECTION: connection}
            await application(scope, receive, send)

        self.app = cast("ASGI3Application", connected)


@asynccontextmanager
async def serving(application: ASGIApplication, host: str, port: int) -> AsyncGenerator[str]:
    """Serve an application on a socket for the length of the block, and yield its base URL."""
    loop = asyncio.get_running_loop()
    state = ServerState()
    config = Config(
        cast("ASGI3Application", application),
        ws="none",
        lifespan="off",
        log_config=None,
        interface="asgi3",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    config.load()

    def make_protocol() -> _Protocol:
        protocol = _Protocol(config, state, {}, loop)
        protocol.listens_on = host.lower()
        return protocol

    server = await loop.create_server(make_protocol, host, port, backlog=_BACKLOG)
    try:
        yield _base_url(host, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for protocol in list(state.connections):
            protocol.transport.abort()
        # The requests under way see that their clients are gone, and end by themselves.
        while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0)
        await server.wait_closed()


def _base_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
