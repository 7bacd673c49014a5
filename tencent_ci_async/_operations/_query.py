"""What a list of jobs is to hold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tencent_ci_async.errors import ConfigurationError

from ._arguments import checked_count, checked_text, joined, written_time

__all__ = ["media_jobs_conditions"]

_MOST_ON_A_PAGE = 100


def media_jobs_conditions(  # noqa: PLR0913 - the conditions that the service knows
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
    page_size: int = _MOST_ON_A_PAGE,
) -> tuple[tuple[str, str], ...]:
    """Return the query parameters that all pages of a list of jobs share, decoded.

    Raises:
        ConfigurationError: A condition is not usable.

    Source: Tencent Cloud CI API, DescribeMediaJobs.
    """
    parameters = [("tag", checked_text("tag", tag))]
    if states is not None:
        parameters.append(("states", joined("states", states)))
    texts = {
        "queueId": ("queue_id", queue_id),
        "queueType": ("queue_type", queue_type),
        "workflowId": ("workflow_id", workflow_id),
        "inventoryTriggerJobId": ("inventory_trigger_job_id", inventory_trigger_job_id),
        "inputObject": ("input_object", input_object),
    }
    parameters += [
        (wire_name, checked_text(name, value))
        for wire_name, (name, value) in texts.items()
        if value is not None
    ]
    times = {
        "startCreationTime": ("start_creation_time", start_creation_time),
        "endCreationTime": ("end_creation_time", end_creation_time),
    }
    parameters += [
        (wire_name, written_time(name, value))
        for wire_name, (name, value) in times.items()
        if value is not None
    ]
    if start_creation_time and end_creation_time and start_creation_time > end_creation_time:
        raise ConfigurationError("start_creation_time is later than end_creation_time")
    parameters.append(("orderByTime", "Desc" if newest_first else "Asc"))
    parameters.append(("size", str(checked_count("page_size", page_size, at_most=_MOST_ON_A_PAGE))))
    return tuple(parameters)
