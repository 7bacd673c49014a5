"""A server on a real socket that records what crosses the wire and answers byte for byte as told."""

import asyncio
from contextlib import asynccontextmanager

from support.verifier import WireRequest

GOOD_BODY = b"<Response><JobsDetail><JobId>j1</JobId><State>Running</State></JobsDetail></Response>"


def answer(status=200, body=GOOD_BODY, **headers):
    """The bytes of a whole answer."""
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class WireServer:
    """Answers each request with the next of the scripted answers, the last one for ever.

    An answer is bytes, or an async callable that is given the request and the writer; None resets the
    connection.
    """

    def __init__(self):
        self.script = [answer()]
        self.requests = []
        self.connections = 0
        self.port = 0
        self._news = asyncio.Condition()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def received(self, count):
        """Wait until so many requests have come."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.requests) >= count)

    async def handle(self, reader, writer):
        self.connections += 1
        try:
            while True:
                request = await self._read(reader)
                self.requests.append(request)
                async with self._news:
                    self._news.notify_all()
                step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if step is None:
                    writer.transport.abort()
                    return
                if callable(step):
                    await step(request, writer)
                else:
                    writer.write(step)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _read(self, reader):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")[:-2]
        method, target, _ = first.split(" ")
        headers = tuple(tuple(part.strip() for part in line.split(":", 1)) for line in lines)
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        return WireRequest(method, target, headers, await reader.readexactly(length))


@asynccontextmanager
async def wire_server(*script):
    """A `WireServer` on a free loopback port, with the answers given."""
    served = WireServer()
    if script:
        served.script = list(script)
    handlers = set()

    def connected(reader, writer):
        task = asyncio.ensure_future(served.handle(reader, writer))
        handlers.add(task)
        task.add_done_callback(handlers.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await server.wait_closed()
