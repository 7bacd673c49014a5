"""The simulator in a thread of its own, for code that blocks or that brings its own event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from threading import Thread

__all__ = ["serving_in_thread"]


@contextmanager
def serving_in_thread(server: AbstractAsyncContextManager[str]) -> Generator[str]:
    """Run a server in a thread for the length of the block, and yield its base URL."""
    started: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    ended: Future[None] = Future()

    async def serve() -> None:
        stop = asyncio.Event()
        async with server as base:
            started.set_result((base, asyncio.get_running_loop(), stop))
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - the thread that waits is to meet it
            (ended if started.done() else started).set_exception(error)
        else:
            ended.set_result(None)

    thread = Thread(target=run, name="tencent-ci-simulator", daemon=True)
    thread.start()
    try:
        base, loop, stop = started.result()
        try:
            yield base
        finally:
            loop.call_soon_threadsafe(stop.set)
            ended.result()
    finally:
        thread.join()
