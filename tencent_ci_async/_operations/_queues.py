"""The calls about the queues that jobs wait in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, cast

from tencent_ci_async import models
from tencent_ci_async.errors import ConfigurationError

from ._arguments import checked_count, checked_id, checked_text, joined
from ._body import document
from ._family import JobFamily, checked_family
from ._operation import Operation

if TYPE_CHECKING:
    from tencent_ci_async.models import DescribeMediaQueuesResult, MediaQueue, UpdateMediaQueueResult

__all__ = ["describe_media_queues", "media_queue_conditions", "update_media_queue"]

_PATHS: Final = {
    JobFamily.MEDIA: "queue",
    JobFamily.AI: "ai_queue",
    JobFamily.ASR: "asrqueue",
    JobFamily.DOCUMENT: "docqueue",
    JobFamily.FILE: "file_queue",
    JobFamily.PICTURE: "picqueue",
}
_MOST_IDS: Final = 10
_MOST_ON_A_PAGE: Final = 100
_LONGEST_NAME: Final = 128
_NEEDED_BY_TYPE: Final = {"Url": ("url",), "TDMQ": ("mq_mode", "mq_region", "mq_name")}


def media_queue_conditions(
    *, queue_ids: Iterable[str] | None, state: str | None, category: str | None, page_size: int
) -> tuple[tuple[str, str], ...]:
    """Return the query parameters that all pages of a list of queues share.

    Raises:
        ConfigurationError: A condition is not usable.

    Source: Tencent Cloud CI API, DescribeMediaQueues.
    """
    query: list[tuple[str, str]] = []
    if queue_ids is not None:
        query.append(("queueIds", joined("queue_ids", queue_ids, at_most=_MOST_IDS)))
    if state is not None:
        query.append(("state", checked_text("state", state)))
    if category is not None:
        query.append(("category", checked_text("category", category)))
    query.append(("pageSize", str(checked_count("page_size", page_size, at_most=_MOST_ON_A_PAGE))))
    return tuple(query)


def describe_media_queues(
    conditions: Sequence[tuple[str, str]], *, page_number: int, family: JobFamily = JobFamily.MEDIA
) -> Operation[DescribeMediaQueuesResult]:
    """Return the call that asks for one page of queues.

    Args:
        conditions: Those of `media_queue_conditions`.
        page_number: The number of the page, from 1.
        family: The family of the queues.

    Raises:
        ConfigurationError: The number of the page is not usable, or there is no such family.

    Source: Tencent Cloud CI API, DescribeMediaQueues; for the other families, Tencent Cloud SDKs for COS.
    """
    return Operation(
        name="DescribeMediaQueues",
        method="GET",
        path=f"/{_PATHS[checked_family(family)]}",
        idempotent=True,
        result=models.DescribeMediaQueuesResult,
        query=(*conditions, ("pageNumber", str(checked_count("page_number", page_number)))),
    )


def update_media_queue(
    queue_id: str, queue: MediaQueue, *, family: JobFamily = JobFamily.MEDIA
) -> Operation[UpdateMediaQueueResult]:
    """Return the call that gives a queue another name, state and callback; the service wants all three.

    Args:
        queue_id: The queue.
        queue: Holds the three, and nothing else that counts.
        family: The family of the queue.

    Raises:
        ConfigurationError: The name, the state or the callback is not usable, or there is no such family.

    Source: Tencent Cloud CI API, UpdateMediaQueue.
    """
    name = checked_text("name", queue.name)
    if len(name) > _LONGEST_NAME:
        raise ConfigurationError(f"name is longer than {_LONGEST_NAME} characters")
    checked_text("state", queue.state)
    notify_config = queue.notify_config or models.NotifyConfig(state="Off")
    if not isinstance(cast("object", notify_config), models.NotifyConfig):
        raise ConfigurationError(f"notify_config is a {type(notify_config).__name__}, not a NotifyConfig")
    if notify_config.state == "On":
        needed = ("event", "type", *_NEEDED_BY_TYPE.get(notify_config.type or "", ()))
        for field in needed:
            if getattr(notify_config, field) is None:
                raise ConfigurationError(
                    f"notify_config.{field} is missing: a callback that is On needs {', '.join(needed)}"
                )
    request = models.MediaQueue(name=name, state=queue.state, notify_config=notify_config)
    return Operation(
        name="UpdateMediaQueue",
        method="PUT",
        path=f"/{_PATHS[checked_family(family)]}/{checked_id('queue_id', queue_id)}",
        idempotent=True,
        result=models.UpdateMediaQueueResult,
        body=document("Request", request),
    )
