"""The simulator in process: httpx's ASGI transport, with the read timeout that it lacks."""

from __future__ import annotations

import asyncio

import httpx

__all__ = ["FakeTransport"]


class FakeTransport(httpx.ASGITransport):
    """An ASGI transport in which a client's read timeout counts, so that a stall ends as on the wire."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request.

        Raises:
            httpx.ReadTimeout: The answer takes longer than the read timeout of the request.
        """
        timeout: float | None = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(timeout):
                return await super().handle_async_request(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout("the simulator did not answer in time", request=request) from error
