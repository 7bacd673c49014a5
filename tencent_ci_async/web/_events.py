"""What becomes of jobs, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Final

from tencent_ci_async._watcher import JobWatcher
from tencent_ci_async.errors import CIError, ConfigurationError, SessionClosedError, WatcherClosedError
from tencent_ci_async.models import JobDetail

from ._answers import error_summary, http_status, job_summary

__all__ = ["job_events"]

# A browser whose stream ends before its jobs have ended comes back after this long.
_HELLO: Final = b"retry: 2000\n\n"
_HEARTBEAT: Final = b": still here\n\n"

_logger = logging.getLogger("tencent_ci_async.web")


def job_events(
    watcher: JobWatcher,
    *job_ids: str,
    heartbeat: float = 15.0,
    payload: Callable[[JobDetail], Mapping[str, object]] = job_summary,
) -> AsyncGenerator[bytes, None]:
    """Return an async iterator over server-sent events about jobs, until all of them have ended.

    Send it as it is, with the content type ``text/event-stream``. Per job there is an event ``job`` as it is
    first seen, at each change of state or progress, and when it has ended. A job that cannot be followed has
    an event ``trouble`` with what `error_summary` says, its ``job_id`` included. Streams share the watcher's
    requests: a second viewer of a job costs none, and one who leaves takes nothing along.

    When the watcher is closed, the streams end without a word: a browser's ``EventSource`` then comes back
    by itself, to the next process. The page closes its ``EventSource`` when all its jobs have ended.

    Args:
        watcher: The watcher that all requests share.
        job_ids: The jobs that one page shows; a repeated one is followed once.
        heartbeat: Seconds of silence after which a comment is sent, so that proxies keep the connection and
            servers notice who has gone.
        payload: Turns a job into what the event carries as JSON.

    Raises:
        ConfigurationError: An id is none, there is no id at all, or ``heartbeat`` is out of range. This is
            raised at once, before anything is sent.
        WatcherClosedError: The watcher is closed, or belongs to another event loop; at once as well.

    Source: WHATWG HTML, server-sent events.
    """
    if not job_ids:
        raise ConfigurationError("job_events needs at least one job id")
    if not 0 < heartbeat < math.inf:
        raise ConfigurationError(f"heartbeat must be some seconds, not {heartbeat!r}")
    followed = {job_id: watcher.watch(job_id) for job_id in job_ids}
    return _stream(followed, heartbeat, payload)


async def _stream(
    followed: dict[str, AsyncGenerator[JobDetail, None]],
    heartbeat: float,
    payload: Callable[[JobDetail], Mapping[str, object]],
) -> AsyncGenerator[bytes, None]:
    awaited: dict[asyncio.Task[JobDetail | None], str] = {}
    try:
        yield _HELLO
        for job_id, jobs in followed.items():
            awaited[_next(jobs)] = job_id
        while awaited:
            done, _ = await asyncio.wait(awaited, timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                yield _HEARTBEAT
            for task in done:
                job_id = awaited.pop(task)
                try:
                    job = task.result()
                except (WatcherClosedError, SessionClosedError):
                    return
                except CIError as error:
                    yield _trouble(job_id, error)
                    continue
                if job is not None:
                    yield _event("job", payload(job))
                    awaited[_next(followed[job_id])] = job_id
    finally:
        for task in awaited:
            task.cancel()
        await asyncio.gather(*awaited, return_exceptions=True)
        for jobs in followed.values():
            await jobs.aclose()


def _next(jobs: AsyncGenerator[JobDetail, None]) -> asyncio.Task[JobDetail | None]:
    async def follow() -> JobDetail | None:
        return await anext(jobs, None)

    return asyncio.create_task(follow(), name="tencent-ci-events")


def _trouble(job_id: str, error: CIError) -> bytes:
    summary = error_summary(error)
    if http_status(error) >= 500:
        # The browser is not told why.
        _logger.warning("a stream about job %s was given up: %s", job_id, error)
    return _event("trouble", {**summary, "job_id": job_id})


def _event(name: str, data: Mapping[str, object]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()
