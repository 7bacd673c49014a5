"""Lists of jobs, page by page; also those that a client should not trust."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ._documents import list_document
from ._families import Family
from ._jobs import FakeJob
from ._log import RecordedRequest
from ._paging import parameters, whole_number
from ._refusals import invalid_argument
from ._state import State

__all__ = ["list_jobs"]

_QUERY: Final = frozenset(
    {
        "queueId",
        "queueType",
        "tag",
        "orderByTime",
        "nextToken",
        "size",
        "states",
        "startCreationTime",
        "endCreationTime",
        "workflowId",
        "inventoryTriggerJobId",
        "inputObject",
    }
)
_STATES: Final = frozenset({"All", "Submitted", "Running", "Success", "Failed", "Pause", "Cancel"})
_TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%S%z"
_LARGEST_PAGE: Final = 100


def list_jobs(
    state: State,
    request: RecordedRequest,
    family: Family,
    *,
    repeats_token: bool = False,
    repeats_jobs: int = 0,
) -> bytes:
    """Answer DescribeMediaJobs.

    Both bounds of the creation time are taken to belong to the range; pages contradict each other there.

    Args:
        state: The jobs.
        request: The request.
        family: The family whose path was asked.
        repeats_token: Whether the answer names the token that it was asked with as the next one.
        repeats_jobs: How many jobs of the page before come once more.

    Source: Tencent Cloud CI API, DescribeMediaJobs.
    """
    asked = parameters(request, _QUERY, strict=state.strict)
    size = whole_number(asked, "size", default=10, largest=_LARGEST_PAGE)
    order = asked.get("orderByTime", "Desc")
    if order not in {"Desc", "Asc"}:
        raise invalid_argument("orderByTime must be Desc or Asc")
    now = state.clock()
    token = asked.get("nextToken")
    place = None if token is None else _place(token)
    found = sorted(_found(state, asked, family, now), key=_key, reverse=order == "Desc")
    first = 0
    if place is not None:
        first = next(
            (
                i
                for i, job in enumerate(found)
                if (_key(job) < place if order == "Desc" else _key(job) > place)
            ),
            len(found),
        )
    shown = found[max(0, first - repeats_jobs) : first + size]
    following = _token(found[first + size - 1]) if first + size < len(found) else None
    return list_document(shown, token if repeats_token and token else following, now, state.place)


def _found(state: State, asked: Mapping[str, str], family: Family, now: float) -> list[FakeJob]:
    tag = asked.get("tag")
    if tag is None:
        raise invalid_argument("tag is missing")
    states = asked.get("states", "All").split(",")
    for each in states:
        if each not in _STATES:
            raise invalid_argument(f"states: there is no state {each}")
    queue_id = asked.get("queueId")
    if queue_id is not None and queue_id not in state.queues:
        raise invalid_argument(f"queueId: the queue {queue_id} does not exist")
    earliest, latest = _time(asked, "startCreationTime"), _time(asked, "endCreationTime")
    return [
        job
        for job in state.seen(family, now)
        if job.tag == tag
        and ("All" in states or job.moment(now).state in states)
        and (earliest is None or int(job.created) >= earliest)
        and (latest is None or int(job.created) <= latest)
        and _fits(state, job, asked)
    ]


def _fits(state: State, job: FakeJob, asked: Mapping[str, str]) -> bool:
    queue_id, category = asked.get("queueId"), asked.get("queueType")
    if queue_id is not None:
        in_queue = job.queue_id == queue_id
    else:
        in_queue = category is None or state.queues[job.queue_id].category == category
    return (
        in_queue
        and asked.get("workflowId") in {None, job.workflow_id}
        and asked.get("inputObject") in {None, job.input_object}
        # No job of the simulator was started by an inventory.
        and "inventoryTriggerJobId" not in asked
    )


def _time(asked: Mapping[str, str], name: str) -> int | None:
    written = asked.get(name)
    if written is None:
        return None
    try:
        return int(datetime.strptime(written, _TIME_FORMAT).timestamp())  # noqa: DTZ007 - the format has an offset
    except ValueError:
        hint = ", and its + as %2B" if " " in written else ""
        raise invalid_argument(f"{name} must be written as 2022-06-27T15:23:12+0800{hint}") from None


def _key(job: FakeJob) -> tuple[float, int]:
    return job.created, job.number


def _token(job: FakeJob) -> str:
    """Return what continues after a job; also when that job is forgotten, or others have come."""
    written = f"{job.created!r} {job.number}"
    return base64.b64encode(f"{_check(written)} {written}".encode()).decode()


def _place(token: str) -> tuple[float, int]:
    try:
        check, created, number = base64.b64decode(token, validate=True).decode().split(" ")
        if check != _check(f"{created} {number}"):
            raise ValueError
        return float(created), int(number)
    except ValueError:
        raise invalid_argument("nextToken is none of those that were given out") from None


def _check(written: str) -> str:
    return hashlib.sha256(written.encode()).hexdigest()[:8]
