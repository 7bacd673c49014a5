"""The answer to a question about jobs."""

from typing import Annotated, TypeAlias, cast

from pydantic import AfterValidator, BeforeValidator, Field

from tencent_ci_async.errors import ConfigurationError, JobNotFoundError, UnreadableAnswerError

from ._frozen_list import FrozenList
from ._job import JobDetail
from ._response import ServiceResult
from ._wire import XmlList, is_blank, no_items

__all__ = ["DescribeMediaJobResult"]


def _split_ids(value: object) -> object:
    if value is None:
        return []
    items = cast("list[object]", value) if isinstance(value, list | tuple) else [value]
    ids: list[object] = []
    for item in items:
        parts = item.split(",") if isinstance(item, str) else [item]
        ids.extend(part.strip() if isinstance(part, str) else part for part in parts if not is_blank(part))
    return ids


_JobIds: TypeAlias = Annotated[list[str], BeforeValidator(_split_ids), AfterValidator(FrozenList)]


class DescribeMediaJobResult(ServiceResult):
    """What the service knows about the jobs asked for.

    Source: Tencent Cloud CI API, DescribeMediaJob.
    """

    jobs_detail: XmlList[JobDetail] = Field(default_factory=no_items)
    """The jobs that exist."""

    non_exist_job_ids: _JobIds = Field(default_factory=no_items)
    """The ids that the service does not know. Right after a submit it may be wrong for some seconds."""

    @property
    def job(self) -> JobDetail:
        """The only job, when one was asked for.

        Raises:
            JobNotFoundError: The service does not know the job.
            ConfigurationError: The answer is about several jobs: use ``jobs_detail``.
            UnreadableAnswerError: The answer holds neither a job nor an id that does not exist.
        """
        jobs, missing = self.jobs_detail, self.non_exist_job_ids
        if len(jobs) == 1 and not missing:
            return jobs[0]
        if jobs:
            message = (
                f"the answer is about several jobs ({len(jobs)} found, {len(missing)} not): "
                "use jobs_detail and non_exist_job_ids instead of job"
            )
            raise ConfigurationError(message)
        if missing:
            raise JobNotFoundError(", ".join(dict.fromkeys(missing)), request_id=self.request_id)
        message = "the answer holds neither a job nor an id that does not exist"
        raise UnreadableAnswerError(message, request_id=self.request_id, response=self.response)
