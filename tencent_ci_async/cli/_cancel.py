"""``cancel``: jobs that are not to be done after all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from tencent_ci_async import (
    AccessError,
    CIError,
    CISession,
    ConflictError,
    CredentialsError,
    JobDetail,
    JobOutcome,
    JobState,
    NoAnswerError,
)

from ._describe import Complaints, show_jobs
from ._failures import Exit, exit_code, worst
from ._formats import JobWriter, chosen_format
from ._ids import IdSource, collect_ids
from ._notes import note
from ._options import DEFAULTS, Files, Format, Ids, Service
from ._runner import execute

__all__ = ["cancel"]


def cancel(*job_ids: Ids, file: Files = (), output: Format = None, service: Service = DEFAULTS) -> int:
    """Cancel jobs that are not being worked on yet."""
    source = collect_ids(job_ids, file)
    form = chosen_format(output)

    async def work(session: CISession) -> int:
        source.remember_order()
        writer = JobWriter(form, source, show_jobs)
        complaints, codes, done = Complaints(), set[Exit](), 0
        total = 0
        async with aclosing(_cancel_all(session, source, service.max_in_flight)) as outcomes:
            async for outcome in outcomes:
                total += 1
                codes.add(_verdict(outcome.error))
                complaints.add(outcome)
                done += outcome.error is None
                writer.write(outcome)
        writer.finish()
        complaints.tell()
        if not service.quiet and codes:
            note(f"{done:,} of {total:,} cancelled")
        return worst(codes)

    return execute(service, work)


async def _cancel_all(session: CISession, source: IdSource, width: int) -> AsyncGenerator[JobOutcome, None]:
    """Yield what became of each job; some are under way at once.

    Raises:
        CIError: No other job can fare better.
    """
    under_way: set[asyncio.Task[JobOutcome]] = set()
    some_done = False
    try:
        async with aclosing(source.each()) as job_ids:
            async for job_id in job_ids:
                under_way.add(asyncio.create_task(_cancel(session, job_id), name="tencent-ci-cancel"))
                if len(under_way) < width:
                    continue
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    some_done |= _check(task.result(), some_done=some_done)
                    yield task.result()
        while under_way:
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                some_done |= _check(task.result(), some_done=some_done)
                yield task.result()
    finally:
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)


async def _cancel(session: CISession, job_id: str) -> JobOutcome:
    try:
        await session.cancel_media_job(job_id)
    except CIError as error:
        return JobOutcome(job_id, error=error)
    return JobOutcome(job_id, job=JobDetail(job_id=job_id, state=JobState.CANCEL))


def _check(outcome: JobOutcome, *, some_done: bool) -> bool:
    error = outcome.error
    if isinstance(error, AccessError | CredentialsError) or (
        isinstance(error, NoAnswerError) and not some_done
    ):
        raise error
    return error is None


def _verdict(error: CIError | None) -> Exit:
    return Exit.JOB if isinstance(error, ConflictError) else exit_code(error)
