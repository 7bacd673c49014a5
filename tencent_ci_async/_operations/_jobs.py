"""The calls about jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tencent_ci_async import models
from tencent_ci_async.models import DescribeMediaJobResult, ServiceResult

from ._arguments import checked_text
from ._body import document
from ._family import JobFamily, checked_family
from ._operation import Operation

if TYPE_CHECKING:
    from tencent_ci_async.models import CreateMediaJobsResult, DescribeMediaJobsResult, MediaJobRequest

__all__ = ["cancel_media_job", "create_media_job", "describe_media_job", "describe_media_jobs"]


def describe_media_job(
    job_ids: Sequence[str], *, family: JobFamily = JobFamily.MEDIA
) -> Operation[DescribeMediaJobResult]:
    """Return the call that asks for jobs, all by one request.

    Args:
        job_ids: Ids that have been checked; at most ten, as far as the service's pages say.
        family: The family of the jobs.

    Raises:
        ConfigurationError: There is no such family.

    Source: Tencent Cloud CI API, DescribeMediaJob.
    """
    return Operation(
        name="DescribeMediaJob",
        method="GET",
        path=f"/{checked_family(family).value}/{','.join(job_ids)}",
        idempotent=True,
        result=DescribeMediaJobResult,
        job_ids=tuple(job_ids),
    )


def describe_media_jobs(
    conditions: Sequence[tuple[str, str]],
    *,
    next_token: str | None = None,
    family: JobFamily = JobFamily.MEDIA,
) -> Operation[DescribeMediaJobsResult]:
    """Return the call that asks for one page of a list of jobs.

    Args:
        conditions: Those of `media_jobs_conditions`.
        next_token: What the page before named; None for the first page.
        family: The family of the jobs.

    Raises:
        ConfigurationError: The token is not usable, or there is no such family.

    Source: Tencent Cloud CI API, DescribeMediaJobs.
    """
    token = () if next_token is None else (("nextToken", checked_text("next_token", next_token)),)
    return Operation(
        name="DescribeMediaJobs",
        method="GET",
        path=f"/{checked_family(family).value}",
        idempotent=True,
        result=models.DescribeMediaJobsResult,
        query=(*conditions, *token),
    )


def cancel_media_job(job_id: str, *, family: JobFamily = JobFamily.MEDIA) -> Operation[ServiceResult]:
    """Return the call that cancels a job.

    Args:
        job_id: An id that has been checked.
        family: The family of the job.

    Raises:
        ConfigurationError: There is no such family.

    Source: Tencent Cloud CI API, CancelMediaJob.
    """
    return Operation(
        name="CancelMediaJob",
        method="PUT",
        path=f"/{checked_family(family).value}/{job_id}",
        # Sent twice, it is refused at worst.
        idempotent=True,
        result=ServiceResult,
        query=(("cancel", ""),),
        says_nothing=True,
        job_ids=(job_id,),
    )


def create_media_job(
    request: MediaJobRequest, *, family: JobFamily = JobFamily.MEDIA
) -> Operation[CreateMediaJobsResult]:
    """Return the call that submits jobs.

    Args:
        request: A request that has been checked.
        family: The family of the jobs.

    Raises:
        ConfigurationError: There is no such family.

    Source: Tencent Cloud CI API, CreateMediaJobs.
    """
    return Operation(
        name="CreateMediaJobs",
        method="POST",
        path=f"/{checked_family(family).value}",
        # Sent twice, it makes jobs twice.
        idempotent=False,
        result=models.CreateMediaJobsResult,
        body=document("Request", request),
    )
