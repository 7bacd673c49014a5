"""``describe``: jobs as they are now."""

from __future__ import annotations

import sys
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tencent_ci_async import (
    AccessError,
    CIError,
    CISession,
    CredentialsError,
    DescribeMediaJobResult,
    FanoutProgress,
    JobNotFoundError,
    JobOutcome,
    JobState,
    JobWaitTimeoutError,
    NoAnswerError,
    NotFoundError,
)

from ._failures import GO_ON, NOT_KNOWN, Exit, exit_code, in_words, worst
from ._formats import JobWriter, chosen_format
from ._ids import collect_ids
from ._notes import complain, note, one_line
from ._options import DEFAULTS, Files, Format, Ids, Service
from ._runner import execute

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from ._ids import IdSource

__all__ = ["Complaints", "describe", "show_jobs", "verdict"]

_SHOWN_IDS: Final = 5
_SHOWN_KINDS: Final = 5
_FEWEST_FOR_A_BAR: Final = 50
_ONE_REQUEST: Final = 10


def describe(*job_ids: Ids, file: Files = (), output: Format = None, service: Service = DEFAULTS) -> int:
    """Show jobs as they are now, ten ids to a request."""
    source = collect_ids(job_ids, file)

    async def work(session: CISession) -> int:
        return await _describe(session, source, JobWriter(chosen_format(output), source, show_jobs), service)

    return execute(service, work)


async def _describe(session: CISession, source: IdSource, writer: JobWriter, service: Service) -> int:
    if not writer.streams:
        source.remember_order()
    progress = [FanoutProgress(total=source.total)]
    complaints = Complaints()
    codes: set[Exit] = set()
    shown = not writer.streams or not sys.stdout.isatty()
    async with (
        _bar(progress, quiet=service.quiet, shown=shown),
        aclosing(_ask(session, source)) as outcomes,
    ):
        async for outcome in outcomes:
            if outcome.error is not None and _is_hopeless(outcome.error, found_some=progress[0].found > 0):
                raise outcome.error
            progress[0] = _counted(progress[0], outcome)
            codes.add(verdict(outcome))
            complaints.add(outcome)
            writer.write(outcome)
    writer.finish()
    complaints.tell()
    return worst(codes)


async def _ask(session: CISession, source: IdSource) -> AsyncGenerator[JobOutcome, None]:
    """Yield the outcomes. The first ids are asked for alone, so that what is wrong for all is told soon.

    Raises:
        CIError: No id can fare better.
    """
    job_ids = source.stream()
    if isinstance(job_ids, list) and job_ids:
        first = job_ids[:_ONE_REQUEST]
        result = await _attempt(session, first)
        if result is not None:
            jobs = {job.job_id: job for job in reversed(result.jobs_detail) if job.job_id}
            missing = set(result.non_exist_job_ids)
            for job_id in first:
                if job_id in jobs:
                    yield JobOutcome(job_id, job=jobs[job_id])
                elif job_id in missing:
                    yield JobOutcome(job_id, error=JobNotFoundError(job_id, request_id=result.request_id))
            left_out = [job_id for job_id in first if job_id not in jobs and job_id not in missing]
            job_ids = [*left_out, *job_ids[_ONE_REQUEST:]]
    async with aclosing(session.describe_many(job_ids)) as outcomes:
        async for outcome in outcomes:
            yield outcome


async def _attempt(session: CISession, job_ids: list[str]) -> DescribeMediaJobResult | None:
    """Return the answer to one request; None where asking in other ways may find out more."""
    try:
        return await session.describe_media_job(*job_ids)
    except CIError as error:
        if _is_hopeless(error, found_some=False):
            raise
        return None


def _counted(progress: FanoutProgress, outcome: JobOutcome) -> FanoutProgress:
    if outcome.job is not None:
        return replace(progress, found=progress.found + 1)
    if isinstance(outcome.error, JobNotFoundError):
        return replace(progress, missing=progress.missing + 1)
    return replace(progress, failed=progress.failed + 1)


def verdict(outcome: JobOutcome) -> Exit:
    """Return the exit code that a job stands for."""
    ended_badly = outcome.job is not None and outcome.job.state in {JobState.FAILED, JobState.CANCEL}
    return Exit.JOB if ended_badly else exit_code(outcome.error)


def show_jobs(outcomes: Sequence[JobOutcome]) -> None:
    """Show jobs as a table; of a single job, all that is worth knowing."""
    from ._console import show  # noqa: PLC0415 - imported when the command runs
    from ._render import JobTable, job_details  # noqa: PLC0415 - imported when the command runs

    lone = outcomes[0].job if len(outcomes) == 1 else None
    show(JobTable(outcomes) if lone is None else job_details(lone))


class Complaints:
    """What stood in the way of jobs, told in a few lines however many jobs there are."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], tuple[CIError, list[str]]] = {}

    def add(self, outcome: JobOutcome) -> None:
        """Note what stood in the way of a job, if anything did."""
        error = outcome.error
        if error is None:
            return
        # A time-out says how far the job had come, which is not another kind of error.
        text = "" if isinstance(error, JobWaitTimeoutError) else str(error)
        # First the request id: by chance, the id of the job may stand in it.
        for own in (getattr(error, "request_id", None), outcome.job_id):
            text = text.replace(str(own), "") if own else text
        self._kinds.setdefault((type(error).__name__, text), (error, []))[1].append(outcome.job_id)

    def tell(self) -> None:
        """Say it on stderr: a line for each kind, with the first of its jobs."""
        for error, job_ids in list(self._kinds.values())[:_SHOWN_KINDS]:
            if len(job_ids) == 1:
                what, what_next = in_words(error)
                is_named = job_ids[0][:40] in what or ascii(job_ids[0])[1:-1][:40] in what
                named = "" if is_named else f"{one_line(job_ids[0][:40])}: "
                complain(f"{named}{what}", what_next)
                continue
            shown = ", ".join(one_line(job_id[:40]) for job_id in job_ids[:_SHOWN_IDS])
            if len(job_ids) > _SHOWN_IDS:
                shown += f" and {len(job_ids) - _SHOWN_IDS:,} more"
            if isinstance(error, JobNotFoundError):
                complain(f"the service does not know {len(job_ids):,} jobs: {shown}", NOT_KNOWN)
            elif isinstance(error, JobWaitTimeoutError):
                complain(f"the time was up before {len(job_ids):,} jobs had ended: {shown}", GO_ON)
            else:
                what, what_next = in_words(error)
                complain(f"{len(job_ids):,} jobs: {shown}; the first: {what}", what_next)
        if (left := len(self._kinds) - _SHOWN_KINDS) > 0:
            note(f"  and {left:,} other kinds of errors; --output jsonl tells all")


def _is_hopeless(error: CIError, *, found_some: bool) -> bool:
    """Whether no other job can fare better."""
    if isinstance(error, AccessError | CredentialsError):
        return True
    return not found_some and isinstance(error, NoAnswerError | NotFoundError)


def _bar(progress: list[FanoutProgress], *, quiet: bool, shown: bool) -> AbstractAsyncContextManager[None]:
    if quiet or not shown or (progress[0].total or _FEWEST_FOR_A_BAR) < _FEWEST_FOR_A_BAR:
        return nullcontext()
    from ._drawing import drawing, fan_out_bar, may_draw  # noqa: PLC0415 - imported when the command runs

    if not may_draw(quiet=quiet):
        return nullcontext()
    return drawing(lambda _: fan_out_bar("Asking", progress[0]))
