"""The calls that look for jobs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from tencent_ci_async._operations import JobFamily, describe_media_jobs, media_jobs_conditions
from tencent_ci_async._paging import Page, follow_tokens
from tencent_ci_async.models import JobDetail

from ._core import SessionCore

if TYPE_CHECKING:
    from tencent_ci_async.models import DescribeMediaJobsResult

__all__ = ["ListCalls"]


class ListCalls(SessionCore):
    """Jobs by their kind, state, queue, time and more."""

    def describe_media_jobs(  # noqa: PLR0913 - the conditions that the service knows, all by keyword
        self,
        *,
        tag: str,
        states: Iterable[str] | None = None,
        queue_id: str | None = None,
        queue_type: str | None = None,
        newest_first: bool = True,
        start_creation_time: datetime | None = None,
        end_creation_time: datetime | None = None,
        workflow_id: str | None = None,
        inventory_trigger_job_id: str | None = None,
        input_object: str | None = None,
        page_size: int = 100,
        family: JobFamily = JobFamily.MEDIA,
    ) -> AsyncGenerator[JobDetail, None]:
        """Return an async iterator over all jobs that meet the conditions, as many pages as there are.

        Nothing is asked before the loop begins, and a page only when the one before it has been looped over.
        Each job comes once, in the state in which it was first seen; while the list is read, jobs go on, and
        new ones arrive. An id is remembered for at least 131,072 others, and memory is bounded. Leaving the
        loop early stops the requests.

        Args:
            tag: The kind of jobs, such as ``Concat`` or ``JobTag.CONCAT``.
            states: The states to look for, such as ``["Failed"]``; all by default.
            queue_id: The queue to look in; any by default.
            queue_type: The type of queue to look in, such as ``Transcoding``; ``queue_id`` beats it.
            newest_first: Whether the jobs submitted last come first, and not last.
            start_creation_time: Only jobs submitted since then, to the second; with its offset from UTC. The
                service's pages disagree on whether a job of this very second is among them.
            end_creation_time: Only jobs submitted until then; the same holds.
            workflow_id: The workflow that started the jobs.
            inventory_trigger_job_id: The batch job that started the jobs.
            input_object: The whole key of the jobs' input.
            page_size: Jobs on a page, 1 to 100; the fewer, the more requests.
            family: The family of the jobs, where it is not that of media jobs.

        Raises:
            ConfigurationError: A condition is not usable: a time has no offset, ``states`` is a single text;
                or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: An answer was not the document expected, also after retries; or the pages
                lead back to one another. The jobs before it have been handed over.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, DescribeMediaJobs.
        """
        self._check_usable()
        conditions = media_jobs_conditions(
            tag=tag,
            states=states,
            queue_id=queue_id,
            queue_type=queue_type,
            newest_first=newest_first,
            start_creation_time=start_creation_time,
            end_creation_time=end_creation_time,
            workflow_id=workflow_id,
            inventory_trigger_job_id=inventory_trigger_job_id,
            input_object=input_object,
            page_size=page_size,
        )

        async def fetch(token: str | None) -> Page[JobDetail]:
            result = await self._caller.call(describe_media_jobs(conditions, next_token=token, family=family))
            jobs = [(job.job_id, job) for job in result.jobs_detail]
            return Page(jobs, result, next_token=result.next_token)

        return follow_tokens(fetch)

    async def describe_media_jobs_page(  # noqa: PLR0913 - the conditions that the service knows
        self,
        *,
        tag: str,
        next_token: str | None = None,
        states: Iterable[str] | None = None,
        queue_id: str | None = None,
        queue_type: str | None = None,
        newest_first: bool = True,
        start_creation_time: datetime | None = None,
        end_creation_time: datetime | None = None,
        workflow_id: str | None = None,
        inventory_trigger_job_id: str | None = None,
        input_object: str | None = None,
        page_size: int = 100,
        family: JobFamily = JobFamily.MEDIA,
    ) -> DescribeMediaJobsResult:
        """Return one page of the jobs that meet the conditions, for a page of your own to show.

        Args:
            tag: The kind of jobs, such as ``Concat`` or ``JobTag.CONCAT``.
            next_token: The ``next_token`` of the page before, together with the same conditions; None for
                the first page.
            states: As in `describe_media_jobs`, which also says what the rest means.
            queue_id: The queue to look in.
            queue_type: The type of queue to look in.
            newest_first: Whether the jobs submitted last come first.
            start_creation_time: Only jobs submitted since then.
            end_creation_time: Only jobs submitted until then.
            workflow_id: The workflow that started the jobs.
            inventory_trigger_job_id: The batch job that started the jobs.
            input_object: The whole key of the jobs' input.
            page_size: Jobs on the page, 1 to 100.
            family: The family of the jobs.

        Returns:
            The jobs in ``jobs_detail``, and in ``next_token`` what leads to the next page, None on the last.

        Raises:
            ConfigurationError: A condition is not usable, or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: The answer was not the document expected, also after retries.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, DescribeMediaJobs.
        """
        self._check_usable()
        conditions = media_jobs_conditions(
            tag=tag,
            states=states,
            queue_id=queue_id,
            queue_type=queue_type,
            newest_first=newest_first,
            start_creation_time=start_creation_time,
            end_creation_time=end_creation_time,
            workflow_id=workflow_id,
            inventory_trigger_job_id=inventory_trigger_job_id,
            input_object=input_object,
            page_size=page_size,
        )
        operation = describe_media_jobs(conditions, next_token=next_token, family=family)
        return await self._caller.call(operation)
