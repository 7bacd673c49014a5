"""Callbacks as the service sends them: the body in each of its forms, and the delivery."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias, cast, get_args

import httpx

from tencent_ci_async.errors import ConfigurationError

from ._documents import Place, compose, job_node
from ._jobs import FakeJob
from ._state import State

__all__ = ["CallbackBody", "CallbackForm", "DueCallback", "callback_body", "deliver", "due_callback"]

CallbackForm: TypeAlias = Literal["XML", "JSON", "JSON array", "JSON wrapped"]
"""The forms of a callback: ``XML``, and in JSON, with ``JobsDetail`` as

- ``JSON``: an object,
- ``JSON array``: an array, also of one,
- ``JSON wrapped``: an object, and ``Response`` around it all, as in XML.
"""

_EVENT: Final = "TaskFinish"
_CALLS_BACK: Final = frozenset({"Success", "Failed"})
_EMPTY: Final[tuple[object, ...]] = (None, "", {}, [])
_DELIVERY_SECONDS: Final = 5.0


class CallbackBody(NamedTuple):
    """The body of a callback, and its content type."""

    body: bytes
    content_type: str


class DueCallback(NamedTuple):
    """Where a callback goes, and in which form: ``XML`` or ``JSON``."""

    url: str
    result_format: str


def callback_body(job: FakeJob, now: float, form: str, place: Place) -> CallbackBody:
    """Return what the service would post about a job as it stands at ``now``, in epoch seconds.

    Raises:
        ConfigurationError: There is no such form.

    Source: Tencent Cloud CI API, callback content.
    """
    if form not in get_args(CallbackForm):
        raise ConfigurationError(f"form must be one of {', '.join(get_args(CallbackForm))}, not {form!r}")
    node = job_node(job, job.moment(now), place)
    if form == "XML":
        document = compose("Response", {"EventName": _EVENT, "JobsDetail": _alphabetical(node)})
        return CallbackBody(document, "application/xml")
    detail = _json_node(node, level_as_number=form == "JSON")
    content = {"EventName": _EVENT, "JobsDetail": [detail] if form == "JSON array" else detail}
    told = {"Response": content} if form == "JSON wrapped" else content
    return CallbackBody(json.dumps(told, ensure_ascii=False).encode(), "application/json")


def due_callback(state: State, job_id: str) -> DueCallback | None:
    """Return the callback that a job's end calls for; None while there is none to be sent by HTTP."""
    job = state.jobs[job_id]
    if job.moment(state.clock()).state not in _CALLS_BACK:
        return None
    if job.callback_url is not None:
        return DueCallback(job.callback_url, job.callback_format) if job.callback_url != "no" else None
    notify = state.queues[job.queue_id].notify_config
    url, event = notify.get("Url"), str(notify.get("Event") or "")
    if notify.get("State") != "On" or not url or _EVENT not in event.split(","):
        return None
    return DueCallback(str(url), str(notify.get("ResultFormat") or "XML"))


async def deliver(callback: CallbackBody, url: str, client: httpx.AsyncClient | None) -> httpx.Response:
    """Post a callback and return what was answered."""
    if client is None:
        # A proxy of the environment would be asked for this machine's own addresses too.
        async with httpx.AsyncClient(trust_env=False, timeout=_DELIVERY_SECONDS) as own:
            return await deliver(callback, url, own)
    headers = {"Content-Type": callback.content_type}
    return await client.post(url, content=callback.body, headers=headers, follow_redirects=False)


def _alphabetical(value: object) -> object:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return {name: _alphabetical(members[name]) for name in sorted(members)}
    if isinstance(value, (list, tuple)):
        return [_alphabetical(item) for item in cast("Sequence[object]", value)]
    return value


def _json_node(value: object, *, level_as_number: bool) -> object:
    """Return what JSON has for a node: every leaf is text, what is empty is left out, one item is alone."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        nodes = {name: _json_node(members[name], level_as_number=level_as_number) for name in sorted(members)}
        if level_as_number and nodes.get("JobLevel") in {"0", "1", "2"}:
            nodes["JobLevel"] = int(str(nodes["JobLevel"]))
        # A container whose children are all left out stays, itself empty.
        return {
            name: node for name, node in nodes.items() if node not in _EMPTY or members[name] not in _EMPTY
        }
    if isinstance(value, (list, tuple)):
        items = [
            _json_node(item, level_as_number=level_as_number) for item in cast("Sequence[object]", value)
        ]
        return items[0] if len(items) == 1 else items
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
