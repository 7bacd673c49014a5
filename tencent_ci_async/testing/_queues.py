"""Queues: what they are, and the calls about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ._documents import compose, wire_time
from ._families import FAMILIES, Family
from ._log import RecordedRequest
from ._paging import page_of, parameters, split_ids
from ._reading import allow_only, node, read_request, text
from ._refusals import invalid_argument
from ._state import State

__all__ = [
    "DEFAULT_QUEUE_ID",
    "FakeQueue",
    "change_queue",
    "default_queues",
    "describe_queues",
    "update_queue",
]

DEFAULT_QUEUE_ID: Final = "p0123456789abcdef0123456789abcdef"
_STATES: Final = ("Active", "Paused")
_QUERY: Final = frozenset({"queueIds", "state", "pageNumber", "pageSize", "category"})
_REQUEST: Final = frozenset({"Name", "QueueID", "State", "NotifyConfig"})
_NOTIFY: Final = frozenset(
    {"Url", "State", "Type", "Event", "ResultFormat", "MqMode", "MqRegion", "MqName", "KafkaConfig"}
)
_LONGEST_NAME: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeQueue:
    """A queue of the simulator.

    Attributes:
        queue_id: The id.
        name: The name.
        family: The path of the family whose jobs it takes, such as ``jobs``.
        category: What the service says that it is for, such as ``Transcoding``.
        state: ``Active``, or ``Paused``: then it takes no jobs, and those that wait are held back.
        max_size: How many jobs may wait in it.
        max_concurrent: What it says of the jobs that run at once; the simulator runs all.
        notify_config: Its callback, by the wire names; empty for none.
        created: When it was made, in epoch seconds.
        updated: When it was changed last, in epoch seconds.
    """

    queue_id: str
    name: str
    family: str = "jobs"
    category: str = "Transcoding"
    state: str = "Active"
    max_size: int = 10_000
    max_concurrent: int = 10
    notify_config: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    created: float = 0.0
    updated: float = 0.0


def default_queues(now: float) -> dict[str, FakeQueue]:
    """Return a queue for each family, made at ``now``, in epoch seconds."""
    queues: dict[str, FakeQueue] = {}
    for number, family in enumerate(FAMILIES.values()):
        queue_id = DEFAULT_QUEUE_ID if number == 0 else f"p{number:032x}"
        name = f"queue-{family.path.replace('_', '-').removesuffix('-jobs')}"
        queues[queue_id] = FakeQueue(
            queue_id=queue_id,
            name=name,
            family=family.path,
            category=family.category,
            created=now,
            updated=now,
        )
    return queues


def change_queue(state: State, queue: FakeQueue) -> None:
    """Put a queue in the place of the one with its id, and hold back or release the jobs in it."""
    now = state.clock()
    state.queues[queue.queue_id] = replace(queue, updated=now)
    for job in list(state.jobs.values()):
        if job.queue_id == queue.queue_id:
            state.jobs[job.job_id] = job.hold(now) if queue.state == "Paused" else job.release(now)


def describe_queues(state: State, request: RecordedRequest, family: Family) -> bytes:
    """Answer DescribeMediaQueues.

    Source: Tencent Cloud CI API, DescribeMediaQueues.
    """
    asked = parameters(request, _QUERY, strict=state.strict)
    wanted = asked.get("state", "All")
    if wanted not in {"All", *_STATES}:
        raise invalid_argument("state must be All, Active or Paused")
    category = asked.get("category", family.category)
    found = [
        queue
        for queue in state.queues.values()
        if queue.family == family.path
        and category in {"CateAll", queue.category}
        and wanted in {"All", queue.state}
    ]
    head: dict[str, object] = {"RequestId": request.request_id}
    if "queueIds" in asked:
        ids = split_ids(asked["queueIds"])
        # Pages that show an answer about certain ids have no counts in it.
        missing = [queue_id for queue_id in ids if _find(state, queue_id, family) is None]
        shown = [_queue_node(state, queue) for queue in found if queue.queue_id in ids]
        return compose("Response", {**head, "QueueList": shown, "NonExistPIDs": missing})
    page = page_of(found, asked)
    shown = [_queue_node(state, queue) for queue in page.items]
    return compose("Response", {**head, **page.counts, "QueueList": shown})


def update_queue(state: State, request: RecordedRequest, family: Family) -> bytes:
    """Answer UpdateMediaQueue.

    Source: Tencent Cloud CI API, UpdateMediaQueue.
    """
    children = read_request(request)
    queue_id = request.path.rpartition("/")[2]
    queue = _find(state, queue_id, family)
    if queue is None:
        raise invalid_argument(f"The queue {queue_id} does not exist")
    if state.strict:
        allow_only(children, _REQUEST, "Request")
    name = text(children, "Name")
    if name is None or len(name) > _LONGEST_NAME:
        raise invalid_argument(f"Name is missing, or longer than {_LONGEST_NAME} characters")
    queue_state = text(children, "State")
    if queue_state is None or queue_state not in _STATES:
        raise invalid_argument("State must be Active or Paused")
    notify = node(children, "NotifyConfig")
    if notify is None:
        raise invalid_argument("NotifyConfig is missing")
    _check_notify(notify, strict=state.strict)
    change_queue(state, replace(queue, name=name, state=queue_state, notify_config=dict(notify)))
    updated = _queue_node(state, state.queues[queue_id])
    return compose("Response", {"RequestId": request.request_id, "Queue": updated})


def _find(state: State, queue_id: str, family: Family) -> FakeQueue | None:
    queue = state.queues.get(queue_id)
    return queue if queue is not None and queue.family == family.path else None


def _check_notify(notify: Mapping[str, object], *, strict: bool) -> None:
    if strict:
        allow_only(notify, _NOTIFY, "NotifyConfig")
    switch = text(notify, "State") or "Off"
    if switch not in {"On", "Off"}:
        raise invalid_argument("NotifyConfig.State must be On or Off")
    if (text(notify, "ResultFormat") or "XML") not in {"XML", "JSON"}:
        raise invalid_argument("NotifyConfig.ResultFormat must be XML or JSON")
    if switch == "Off":
        return
    if text(notify, "Event") is None:
        raise invalid_argument("NotifyConfig.Event is missing")
    by_url = (text(notify, "Type") or "Url") == "Url"
    for name in ("Url",) if by_url else ("MqMode", "MqRegion", "MqName"):
        if text(notify, name) is None and text(notify, "Type") != "Kafka":
            raise invalid_argument(f"NotifyConfig.{name} is missing")


def _queue_node(state: State, queue: FakeQueue) -> dict[str, object]:
    notify = queue.notify_config
    return {
        "QueueId": queue.queue_id,
        "Name": queue.name,
        "State": queue.state,
        "NotifyConfig": {
            "Url": notify.get("Url"),
            "Event": notify.get("Event"),
            "Type": notify.get("Type"),
            "State": notify.get("State") or "Off",
            "ResultFormat": notify.get("ResultFormat") or "XML",
            **{name: value for name, value in notify.items() if name.startswith(("Mq", "Kafka"))},
        },
        "MaxSize": queue.max_size,
        "MaxConcurrent": queue.max_concurrent,
        "UpdateTime": wire_time(queue.updated),
        "CreateTime": wire_time(queue.created),
        "BucketId": state.bucket,
        "Category": queue.category,
    }
