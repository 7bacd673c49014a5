"""The call that cancels a job."""

from __future__ import annotations

from tencent_ci_async._endpoint import check_job_ids
from tencent_ci_async._operations import JobFamily, cancel_media_job, describe_media_job
from tencent_ci_async.errors import (
    CIError,
    ConflictError,
    JobNotFoundError,
    JobNotModifiableError,
    NotFoundError,
    RequestError,
)
from tencent_ci_async.models import DescribeMediaJobResult, JobState

from ._core import SessionCore
from ._doubt import may_have_worked

__all__ = ["CancelCalls"]


class CancelCalls(SessionCore):
    """Jobs that are not to be done after all."""

    async def cancel_media_job(self, job_id: str, *, family: JobFamily = JobFamily.MEDIA) -> None:
        """Cancel a job that is not being worked on yet.

        When this returns, the service has taken the request; its answer does not tell the state of the job.
        A request that may or may not have arrived is repeated. If in the end it is still open whether one
        did, the job is read, and a job that is cancelled by then is what was wanted. For this the time limit
        of a call holds anew.

        Args:
            job_id: The id of the job.
            family: The family of the job, where it is not that of media jobs.

        Raises:
            ConfigurationError: It is no job id; or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            JobNotModifiableError: It is too late: the job runs or has ended, perhaps by being cancelled
                earlier. Its ``job`` is the job as it was then, or None when it could not be read.
            JobNotFoundError: The service does not know the job.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries, and
                the job was not cancelled then, or could not be read.
            UnreadableAnswerError: The answer was not the one expected, also after retries; as before.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, CancelMediaJob.
        """
        self._check_usable()
        (checked,) = check_job_ids([job_id], at_most=1)
        try:
            await self._caller.call(cancel_media_job(checked, family=family))
        except CIError as error:
            failure = error
        else:
            return
        in_doubt = may_have_worked(failure)
        refused = isinstance(failure, ConflictError | NotFoundError | RequestError)
        found = await self._read_back(checked, family) if in_doubt or refused else None
        if found is None:
            raise failure
        if checked in found.non_exist_job_ids:
            raise JobNotFoundError(checked, request_id=found.request_id) from failure
        job = next((each for each in found.jobs_detail if each.job_id == checked), None)
        if in_doubt and job is not None and job.state == JobState.CANCEL:
            return
        if isinstance(failure, JobNotModifiableError):
            failure.job = job
        raise failure

    async def _read_back(self, job_id: str, family: JobFamily) -> DescribeMediaJobResult | None:
        try:
            return await self._caller.call(describe_media_job([job_id], family=family))
        except CIError:
            # What has gone wrong first says more.
            return None
