"""The calls that ask for jobs by their ids."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from tencent_ci_async._describing import JobIds
from tencent_ci_async._endpoint import check_job_ids
from tencent_ci_async._fanout import Fanout
from tencent_ci_async._operations import JobFamily, describe_media_job
from tencent_ci_async._outcomes import FanoutProgress, JobOutcome
from tencent_ci_async.errors import ConfigurationError
from tencent_ci_async.models import DescribeMediaJobResult

from ._core import SessionCore

__all__ = ["DescribeCalls"]


class DescribeCalls(SessionCore):
    """One job, ten, or any number."""

    async def describe_media_job(
        self, *job_ids: str, family: JobFamily = JobFamily.MEDIA
    ) -> DescribeMediaJobResult:
        """Return the present state and details of one to ten jobs, asked for by one request.

        Args:
            job_ids: The ids, each 1 to 128 letters, digits, ``-`` and ``_``; a repeated one is asked for
                once. The service wants jobs of one processing family in a request.
            family: The family of the jobs, where it is not that of media jobs. For a `JobWatcher` of
                another family, use ``functools.partial``.

        Returns:
            The jobs that exist in ``jobs_detail`` and the ids that do not in ``non_exist_job_ids``. Of a
            question about a single job, ``result.job`` is the job.

        Raises:
            ConfigurationError: No id, too many, or one that is no job id; or there are no credentials.
                Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: The answer was not the document expected, also after retries.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, DescribeMediaJob.
        """
        self._check_usable()
        checked = check_job_ids(job_ids, at_most=self._max_ids_per_request)
        return await self._caller.call(describe_media_job(checked, family=family))

    def describe_many(
        self,
        job_ids: JobIds,
        *,
        raise_on_error: bool = False,
        progress: Callable[[FanoutProgress], None] | None = None,
    ) -> AsyncGenerator[JobOutcome, None]:
        """Return an async iterator over the outcomes of any number of jobs, as they arrive.

        Every distinct id has exactly one outcome, whatever happens to single requests: a batch that is
        refused for one id is halved until that id stands alone, an id that an answer leaves out is asked
        for again, and what failed is asked for again in up to two later rounds. Memory is bounded however
        long the source is; a slow consumer slows the requests. Leaving the loop early stops them.

        Args:
            job_ids: The ids, by ``for`` or by ``async for``; the source need not end. Duplicates are asked
                for once: always if the source is a collection, else as far as the last 131,072 distinct
                ids.
            raise_on_error: Whether to raise one `BatchError` in the end, when any id ended in an error.
            progress: Called with a `FanoutProgress` after each request.

        Raises:
            ConfigurationError: ``job_ids`` is a single text; or there are no credentials.
            SessionClosedError: The session is closed, or belongs to another event loop.
            BatchError: An id ended in an error, and ``raise_on_error`` is set; it comes after the last
                outcome.
        """
        return self._fan_out(job_ids, raise_on_error=raise_on_error, progress=progress).run()

    async def describe_all(
        self,
        job_ids: JobIds,
        *,
        raise_on_error: bool = False,
        progress: Callable[[FanoutProgress], None] | None = None,
    ) -> dict[str, JobOutcome]:
        """Return the outcomes of any number of jobs by id, in the order of the ids.

        Args:
            job_ids: The ids, by ``for`` or by ``async for``; the source must end.
            raise_on_error: Whether to raise one `BatchError` in the end, when any id ended in an error.
            progress: Called with a `FanoutProgress` after each request.

        Raises:
            ConfigurationError: ``job_ids`` is a single text; or there are no credentials.
            SessionClosedError: The session is closed, or belongs to another event loop.
            BatchError: An id ended in an error, and ``raise_on_error`` is set.
        """
        return await self._fan_out(job_ids, raise_on_error=raise_on_error, progress=progress).collect()

    def _fan_out(
        self,
        job_ids: JobIds,
        *,
        raise_on_error: bool,
        progress: Callable[[FanoutProgress], None] | None,
    ) -> Fanout:
        self._check_usable()
        if isinstance(job_ids, str | bytes):
            raise ConfigurationError("job_ids is a single text; give a list, or use describe_media_job")
        return Fanout(
            self.describe_media_job,
            job_ids,
            batch_size=self._max_ids_per_request,
            width=self._max_in_flight,
            timing=self._timing,
            report=progress,
            raise_on_error=raise_on_error,
        )
