"""This package, over aiohttp: the extra ``aiohttp``."""

import httpx
from httpx_aiohttp import AiohttpTransport

from .ours import CISession, Ours


class OverAiohttp(Ours):
    """A session whose client sends by aiohttp."""

    async def open(self, client: httpx.AsyncClient | None = None) -> CISession:
        limits = httpx.Limits(max_connections=self.width, max_keepalive_connections=self.width)
        self.client = client or httpx.AsyncClient(transport=AiohttpTransport(limits=limits))
        return await super().open(self.client)

    def close(self) -> None:
        self.run(self.session.aclose())
        self.run(self.client.aclose())
        super().close()
