"""The queues that jobs wait in."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import BeforeValidator, Field

from ._late import Late
from ._response import ServiceResult
from ._wire import WireInt, WireModel, WireStr, WireTime, XmlList, XmlOne, no_items, text_or_none

if TYPE_CHECKING:
    from ._request import KafkaConfig

__all__ = [
    "DescribeMediaQueuesResult",
    "MediaQueue",
    "NotifyConfig",
    "QueueState",
    "UpdateMediaQueueResult",
]


class QueueState(StrEnum):
    """The states of a queue.

    Source: Tencent Cloud CI API, DescribeMediaQueues, State.
    """

    ACTIVE = "Active"
    """Its jobs are worked on."""

    PAUSED = "Paused"
    """Its jobs wait; those that run already go on. It takes no new ones."""


_State: TypeAlias = Annotated[
    Annotated[QueueState | str, Field(union_mode="left_to_right")] | None, BeforeValidator(text_or_none)
]


class NotifyConfig(WireModel):
    """Where the service calls back to when something in a queue has ended.

    Source: Tencent Cloud CI API, UpdateMediaQueue, NotifyConfig; Tencent Cloud Go SDK for COS.
    """

    state: WireStr = None
    """Whether it calls back: ``On``, or ``Off`` by default."""

    event: WireStr = None
    """What it tells, joined by commas: ``TaskFinish``, ``WorkflowFinish``."""

    result_format: WireStr = None
    """Format of the callback: ``XML`` by default, or ``JSON``."""

    type: WireStr = None
    """Way of the callback: ``Url``, ``TDMQ`` or ``Kafka``."""

    url: WireStr = None
    """Address to call, for ``Url``; not a private one."""

    mq_mode: WireStr = None
    """How the message queue is used, for ``TDMQ``: ``Topic`` or ``Queue``."""

    mq_region: WireStr = None
    """Region of the message queue, for ``TDMQ``: ``sh``, ``bj``, ``gz``, ``cd`` or ``hk``."""

    mq_name: WireStr = None
    """Name of the topic or queue, for ``TDMQ``."""

    kafka_config: XmlOne[Late["KafkaConfig"]] = None
    """Topic of the message queue, for ``Kafka``."""


class MediaQueue(WireModel):
    """A queue that jobs wait in.

    Source: Tencent Cloud CI API, DescribeMediaQueues, QueueList.
    """

    queue_id: WireStr = None
    """Id of the queue: what the submit of a job may name."""

    name: WireStr = None
    """Name of the queue: up to 128 letters, digits, ``_``, ``-`` and ``*``."""

    state: _State = None
    """Whether its jobs are worked on: a `QueueState`, or text where the service names one unknown here."""

    notify_config: XmlOne[NotifyConfig] = None
    """Where the service calls back to; a job's own callback beats it."""

    max_size: WireInt = None
    """Most jobs that may wait in it."""

    max_concurrent: WireInt = None
    """Most jobs of it that are worked on at once."""

    create_time: WireTime = None
    """When it was made."""

    update_time: WireTime = None
    """When it was last changed."""

    bucket_id: WireStr = None
    """Bucket that it belongs to, with the APPID at its end."""

    category: WireStr = None
    """Kind of queue, such as ``Transcoding`` or ``SpeedTranscoding``."""

    @property
    def is_active(self) -> bool:
        """Whether its jobs are worked on; False in a state unknown here."""
        return self.state == QueueState.ACTIVE


class DescribeMediaQueuesResult(ServiceResult):
    """One page of the queues that were looked for.

    Source: Tencent Cloud CI API, DescribeMediaQueues.
    """

    total_count: WireInt = None
    """Number of queues on all pages."""

    page_number: WireInt = None
    """Number of this page, from 1."""

    page_size: WireInt = None
    """Most queues on a page."""

    queue_list: XmlList[MediaQueue] = Field(default_factory=no_items)
    """The queues of this page."""

    non_exist_pids: XmlList[str] = Field(default_factory=no_items, alias="NonExistPIDs")
    """The ids asked for that the service knows no queue for."""


class UpdateMediaQueueResult(ServiceResult):
    """A queue after it was changed.

    Source: Tencent Cloud CI API, UpdateMediaQueue.
    """

    queue: MediaQueue = Field(default_factory=MediaQueue)
    """The queue as it is now."""
