"""The calls that submit jobs, and find them again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tencent_ci_async._operations import JobFamily, create_media_job, written_time
from tencent_ci_async.errors import (
    CIError,
    ConfigurationError,
    NoAnswerError,
    ServerError,
    SessionClosedError,
    SubmissionUnknownError,
    UnreadableAnswerError,
)
from tencent_ci_async.models import JobDetail

from ._list import ListCalls

if TYPE_CHECKING:
    from tencent_ci_async.models import CreateMediaJobsResult, MediaJobRequest

__all__ = ["SubmitCalls"]

# A clock that is further ahead than this is noticed, because signatures begin to hold that long ago.
_CLOCK_TOLERANCE: Final = timedelta(seconds=60)


class SubmitCalls(ListCalls):
    """Jobs to be done."""

    async def create_media_job(
        self,
        request: MediaJobRequest,
        *,
        family: JobFamily = JobFamily.MEDIA,
        allow_unknown: bool = False,
    ) -> CreateMediaJobsResult:
        """Submit the one to six jobs of a request, never twice.

        The request is checked before anything is sent; see `MediaJobRequest`. Where an ``output`` leaves
        out its bucket or its region, they are the session's.

        It is sent again only when it cannot have left this machine, or was refused before any work (too many
        requests, a full queue). A failure that leaves it open whether the jobs exist ends the call. So does
        cancelling it, by ``asyncio.timeout`` for instance: then nothing is known either, and no error says
        so. Better let the session's ``timeout`` end it.

        Args:
            request: What to do.
            family: The family of the jobs, where it is not that of media jobs.
            allow_unknown: Whether to send also what this library does not know the service to take: other
                fields (by their names on the wire), nodes and kinds of jobs, values beyond the known limits,
                and what the service is known to ignore.

        Returns:
            The jobs in the order of the operations; of a single one, ``result.job`` is the job.

        Raises:
            ConfigurationError: The request cannot be right; the message lists all that is wrong, by the names
                of the fields. Or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            SubmissionUnknownError: The jobs may exist, or not: no answer arrived after the request was sent,
                the service failed with a status of 5xx, its answer could not be read, or the session was
                closed meanwhile. Its ``failure`` says which; `find_submitted` finds out.
            CredentialsError: The credentials provider failed.
            NoAnswerError: The request never left (`ConnectError`, `RequestTimeoutError`), also after retries.
            ServiceError: The service refused, so no job exists (`AccessError`, `RequestError`,
                `NotFoundError`, `ConflictError`, `ServerError` with a status below 500, and `ThrottledError`
                after retries).

        Source: Tencent Cloud CI API, CreateMediaJobs.
        """
        self._check_usable()
        # Programs that only ask for jobs do without the tables of the checks.
        from tencent_ci_async._request_checks import check_request  # noqa: PLC0415 - see above

        checked = check_request(request, allow_unknown=allow_unknown)
        placed = _placed(checked, bucket=self._bucket, region=self._region)
        started = self._timing.clock()
        try:
            result = await self._caller.call(create_media_job(placed, family=family))
        except CIError as error:
            failure = error
        else:
            if result.jobs_detail:
                return result
            failure = UnreadableAnswerError(
                "the answer to CreateMediaJobs holds no job",
                request_id=result.request_id,
                response=result.response,
            )
            failure.attempts = 1
        if not _may_exist(failure):
            raise failure
        # By now the service's clock may be known better than when the call began.
        sent_at = datetime.fromtimestamp(self._auth.now() - (self._timing.clock() - started), UTC)
        raise _unknown(failure, request, sent_at)

    async def find_submitted(
        self,
        *,
        user_data: str,
        tag: str,
        since: datetime,
        queue_id: str | None = None,
        family: JobFamily = JobFamily.MEDIA,
    ) -> list[JobDetail]:
        """Return the jobs that carry a ``user_data``, by listing the jobs of their kind.

        A job may take some seconds to appear. So after a `SubmissionUnknownError`, jobs found prove that the
        submit went through, but none found proves nothing before some seconds have passed.

        Args:
            user_data: What the operation was submitted with.
            tag: The kind of the job, such as ``JobTag.CONCAT``.
            since: When the jobs were submitted at the earliest, with its offset from UTC; such as the
                ``sent_at`` of the error. Clocks differ, so a minute before it is looked through as well.
            queue_id: The queue to look in; any by default.
            family: The family of the jobs, where it is not that of media jobs.

        Returns:
            The jobs, the newest first. All jobs of that kind since then are read, 100 by each request.

        Raises:
            ConfigurationError: An argument is not usable, or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: An answer was not the document expected, also after retries.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, DescribeMediaJobs.
        """
        # Blanks around a text do not survive XML.
        sought = user_data.strip()
        if not sought:
            raise ConfigurationError("user_data is empty: it would find every job that has none")
        written_time("since", since)
        jobs = self.describe_media_jobs(
            tag=tag, queue_id=queue_id, start_creation_time=since - _CLOCK_TOLERANCE, family=family
        )
        return [job async for job in jobs if job.operation is not None and job.operation.user_data == sought]


def _placed(request: MediaJobRequest, *, bucket: str, region: str) -> MediaJobRequest:
    """Return a request whose outputs all name a bucket and a region."""
    operations = [
        operation
        if (output := operation.output) is None
        else operation.model_copy(
            update={
                "output": output.model_copy(
                    update={"bucket": output.bucket or bucket, "region": output.region or region}
                )
            }
        )
        for operation in request.operation
    ]
    return request.model_copy(update={"operation": operations})


def _unknown(failure: CIError, request: MediaJobRequest, sent_at: datetime) -> SubmissionUnknownError:
    operations = request.operation
    marked = next((each for each in operations if each.user_data is not None), None)
    tag = request.tag if len(operations) < 2 else (marked or operations[0]).tag
    sought = None if tag is None else str(tag)
    user_data = None if marked is None else marked.user_data
    if user_data is None:
        advice = (
            "The request has no user_data, so nothing tells its jobs from others; "
            "give each operation its own user_data, and they can be found"
        )
    else:
        advice = (
            "Before submitting again, find out: await session.find_submitted("
            f"user_data={user_data!r}, tag={sought!r}, since=error.sent_at)"
        )
    said = str(failure)
    if isinstance(failure, ServerError):
        # To try again later is just what would be wrong here.
        said = said.removesuffix(failure.advice).rstrip(" .")
    message = f"the jobs may have been submitted, or not ({said}). {advice}"
    return SubmissionUnknownError(message, failure=failure, tag=sought, user_data=user_data, sent_at=sent_at)


def _may_exist(failure: CIError) -> bool:
    """Whether the jobs of a submit that failed may exist all the same."""
    if isinstance(failure, NoAnswerError):
        return failure.may_have_arrived
    if isinstance(failure, SessionClosedError):
        # Of the attempts that were sent, one has no failure of its own: it was under way.
        return failure.attempts > len(failure.earlier)
    if isinstance(failure, ServerError):
        # What is refused with 4xx was not begun; 408 is what a proxy says that has waited in vain.
        return failure.status >= 500 or failure.status == 408
    return isinstance(failure, UnreadableAnswerError)
