"""A real Redis for a while, on a free port, which keeps nothing."""

import asyncio
import contextlib
import shutil
import socket

import pytest
import redis.asyncio

HOW_TO_GET_IT = (
    "these tests need redis-server: on Debian and Ubuntu 'apt-get install redis-server', "
    "on macOS 'brew install redis'"
)


class RedisServer:
    """A server that can be killed and started again, at the same address.

    Args:
        directory: Where its log goes.
    """

    def __init__(self, directory):
        self.program = shutil.which("redis-server") or shutil.which("valkey-server")
        if self.program is None:
            pytest.fail(HOW_TO_GET_IT)
        self.directory = directory
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process = None

    def client(self, **settings):
        return redis.asyncio.Redis.from_url(self.url, **settings)

    async def start(self):
        settings = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        settings |= {"dir": self.directory, "logfile": self.directory / "redis.log"}
        options = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
        self.process = await asyncio.create_subprocess_exec(self.program, *options)
        async with asyncio.timeout(20), self.client() as client:
            while True:
                with contextlib.suppress(redis.asyncio.RedisError):
                    await client.ping()
                    return
                await asyncio.sleep(0.05)

    async def kill(self):
        self.process.kill()
        await self.process.wait()

    async def stop(self):
        if self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()
