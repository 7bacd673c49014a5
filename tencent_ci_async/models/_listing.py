"""One page of a list of jobs."""

from pydantic import Field

from ._job import JobDetail
from ._response import ServiceResult
from ._wire import WireStr, XmlList, no_items

__all__ = ["DescribeMediaJobsResult"]


class DescribeMediaJobsResult(ServiceResult):
    """One page of the jobs that were looked for.

    Source: Tencent Cloud CI API, DescribeMediaJobs.
    """

    jobs_detail: XmlList[JobDetail] = Field(default_factory=no_items)
    """The jobs of this page, in the order asked for; it may be empty though more pages follow."""

    next_token: WireStr = None
    """What leads to the next page; None on the last one."""
