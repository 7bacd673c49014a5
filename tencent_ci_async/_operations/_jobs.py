"""The calls about jobs."""

from __future__ import annotations

from collections.abc import Sequence

from tencent_ci_async.models import DescribeMediaJobResult

from ._family import JobFamily
from ._operation import Operation

__all__ = ["describe_media_job"]


def describe_media_job(
    job_ids: Sequence[str], *, family: JobFamily = JobFamily.MEDIA
) -> Operation[DescribeMediaJobResult]:
    """Return the call that asks for jobs, all by one request.

    Args:
        job_ids: Ids that have been checked; at most ten, as far as the service's pages say.
        family: The family of the jobs.

    Source: Tencent Cloud CI API, DescribeMediaJob.
    """
    return Operation(
        name="DescribeMediaJob",
        method="GET",
        path=f"/{family.value}/{','.join(job_ids)}",
        idempotent=True,
        result=DescribeMediaJobResult,
    )
