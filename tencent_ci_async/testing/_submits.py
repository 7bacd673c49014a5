"""Submits and cancels: how jobs begin, and how some of them end early."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, cast
from urllib.parse import urlsplit

from tencent_ci_async.models import NodeNeed

from ._documents import create_document
from ._families import Family
from ._jobs import FakeJob
from ._log import RecordedRequest
from ._paging import parameters
from ._queues import FakeQueue
from ._reading import allow_only, items, node, read_request, text
from ._refusals import RefusedError, invalid_argument
from ._results import output_key
from ._rules import check_job, complete_kind, needs_operation
from ._state import State
from ._templates import FakeTemplate, fits, job_parameters

__all__ = ["cancel_job", "create_jobs"]

_REQUEST: Final = frozenset(
    {
        "Tag",
        "Input",
        "Operation",
        "QueueId",
        "QueueType",
        "CallBack",
        "CallBackFormat",
        "CallBackType",
        "CallBackMqConfig",
        "CallBackKafkaConfig",
    }
)
_INPUT: Final = frozenset({"Object", "Url", "Lang", "Type", "BasicType", "Vod"})
_CALLBACK_CONFIGS: Final = {
    "TDMQ": ("CallBackMqConfig", ("MqRegion", "MqMode", "MqName")),
    "Kafka": ("CallBackKafkaConfig", ("Region", "InstanceId", "Topic")),
}
_MOST_JOBS: Final = 6
_WAITING: Final = frozenset({"Submitted", "Pause"})
_NOT_MODIFIABLE: Final = "The job provided can not be modified"


class _Draft(NamedTuple):
    tag: str
    operation: dict[str, object]
    input: Mapping[str, object] | None = None


def create_jobs(state: State, request: RecordedRequest, family: Family) -> bytes:
    """Answer CreateMediaJobs: one job for each ``Operation``, or none at all.

    Source: Tencent Cloud CI API, CreateMediaJobs.
    """
    parameters(request, frozenset(), strict=state.strict)
    children = read_request(request)
    if state.strict:
        allow_only(children, _REQUEST, "Request")
    drafts = _drafts(children)
    given_input = node(children, "Input")
    if given_input is not None and state.strict:
        allow_only(given_input, _INPUT, "Input")
    drafts = [_checked(state, draft, given_input, shared=len(drafts) > 1) for draft in drafts]
    callback = _callback(children)
    queue = _queue(state, children, family, len(drafts))
    jobs = [_job(state, draft, callback, queue, family) for draft in drafts]
    return create_document(jobs, state.place)


def cancel_job(state: State, request: RecordedRequest, family: Family) -> bytes:
    """Answer CancelMediaJob; the answer to a good one is empty.

    That an unknown id is a 404, and how a cancel that comes too late is refused, are assumptions: no page
    tells.

    Source: Tencent Cloud CI API, CancelMediaJob.
    """
    if request.query.multi_items() != [("cancel", "")]:
        raise invalid_argument("The query must be cancel, and nothing else")
    (job_id, *others) = request.job_ids
    if others:
        raise invalid_argument("One job can be cancelled at once")
    now = state.clock()
    job = state.look_up(job_id, family, now)
    if job is None:
        raise RefusedError(404, "NoSuchJob", f"The job {job_id} does not exist")
    if job.moment(now).state not in _WAITING:
        raise RefusedError(*state.cancel_refusal, _NOT_MODIFIABLE)
    state.jobs[job_id] = job.pin("Cancel", now)
    return b""


def _drafts(children: Mapping[str, object]) -> list[_Draft]:
    operations = items(children, "Operation")
    if len(operations) > _MOST_JOBS:
        raise invalid_argument(f"Operation is there more than {_MOST_JOBS} times")
    for operation in operations:
        if not isinstance(operation, Mapping):
            raise invalid_argument("Operation must hold elements")
    nodes = [dict(cast("Mapping[str, object]", operation)) for operation in operations]
    if len(nodes) > 1:
        tags = [text(each, "Tag") for each in nodes]
        if None in tags:
            raise invalid_argument("Operation.Tag is missing: several jobs need one each")
        return [_Draft(str(tag), each) for tag, each in zip(tags, nodes, strict=True)]
    tag = text(children, "Tag")
    if tag is None:
        raise invalid_argument("Tag is missing")
    if not nodes and needs_operation(tag):
        raise invalid_argument("Operation is missing")
    return [_Draft(tag, nodes[0] if nodes else {})]


def _checked(
    state: State, draft: _Draft, given_input: Mapping[str, object] | None, *, shared: bool
) -> _Draft:
    """Return a draft as it will be a job."""
    kind = complete_kind(draft.tag)
    # An input that several jobs share is for those that have a use for it.
    own = None if shared and kind is not None and kind.nodes.input is NodeNeed.NONE else given_input
    operation = _with_template(state, draft)
    planned = state.plans.knows(draft.tag)
    check_job(draft.tag, own, operation, planned=planned, strict=state.strict)
    return _Draft(draft.tag, _with_template_name(state, operation), own)


def _with_template(state: State, draft: _Draft) -> dict[str, object]:
    """Return an operation in which the parameters of its template beat those given along with it."""
    operation = draft.operation
    for name, tag in (("TranscodeTemplateId", "Transcode"), ("WatermarkTemplateId", "Watermark")):
        for each in items(operation, name):
            _find_template(state, str(each), tag, name)
    template_id = text(operation, "TemplateId")
    kind = complete_kind(draft.tag)
    if template_id is None or (kind is not None and not kind.nodes.template):
        return operation
    template = _find_template(state, template_id, draft.tag, "TemplateId")
    return {**operation, **job_parameters(template)}


def _find_template(state: State, template_id: str, tag: str, where: str) -> FakeTemplate:
    template = state.templates.get(template_id)
    if template is None:
        raise invalid_argument(f"Operation.{where}: the template {template_id} does not exist")
    if not fits(template, tag):
        raise invalid_argument(f"Operation.{where}: the template {template_id} is not for {tag}")
    return template


def _with_template_name(state: State, operation: dict[str, object]) -> dict[str, object]:
    template_id = text(operation, "TemplateId")
    if template_id is None:
        return operation
    named = {"TemplateId": template_id, "TemplateName": state.templates[template_id].name}
    return {**named, **{name: value for name, value in operation.items() if name != "TemplateId"}}


def _callback(children: Mapping[str, object]) -> tuple[str | None, str]:
    """Return where to call back, and in which form."""
    result_format = text(children, "CallBackFormat") or "XML"
    if result_format not in {"XML", "JSON"}:
        raise invalid_argument("CallBackFormat must be XML or JSON")
    kind = text(children, "CallBackType") or "Url"
    if kind != "Url" and kind not in _CALLBACK_CONFIGS:
        raise invalid_argument("CallBackType must be Url, TDMQ or Kafka")
    if kind in _CALLBACK_CONFIGS:
        name, required = _CALLBACK_CONFIGS[kind]
        config = node(children, name)
        for each in required:
            if config is None or text(config, each) is None:
                raise invalid_argument(f"{name}.{each} is missing")
        return "no", result_format
    url = text(children, "CallBack")
    parts = urlsplit(url or "")
    if url not in {None, "no"} and (parts.scheme not in {"http", "https"} or not parts.netloc):
        raise invalid_argument("CallBack must be an address, or no")
    return url, result_format


def _queue(state: State, children: Mapping[str, object], family: Family, count: int) -> FakeQueue:
    queue_id, category = text(children, "QueueId"), text(children, "QueueType")
    if queue_id is not None:
        queue = state.queues.get(queue_id)
    elif category is None:
        queue = state.default_queue(family)
    else:
        queue = next((each for each in state.queues.values() if each.category == category), None)
    if queue is None:
        asked = f"QueueType {category}" if queue_id is None else f"QueueId {queue_id}"
        raise invalid_argument(f"There is no queue of {asked}")
    if queue.state == "Paused":
        raise RefusedError(403, "QueuePaused", f"The queue {queue.queue_id} is paused")
    now = state.clock()
    waiting = sum(
        job.moment(now).state in _WAITING for job in state.jobs.values() if job.queue_id == queue.queue_id
    )
    if waiting + count > queue.max_size:
        raise RefusedError(403, "QueueSaturated", f"The queue {queue.queue_id} is full")
    return queue


def _job(
    state: State,
    draft: _Draft,
    callback: tuple[str | None, str],
    queue: FakeQueue,
    family: Family,
) -> FakeJob:
    plan = state.plans.take(draft.tag)
    told: dict[str, object] = {name: value for name, value in draft.operation.items() if name != "Tag"}
    told.setdefault("JobLevel", "0")
    job = FakeJob(
        job_id=state.next_job_id(family),
        tag=draft.tag,
        created=state.clock(),
        waits_for=plan.waits_for,
        runs_for=plan.runs_for,
        appears_after=plan.appears_after,
        outcome=plan.outcome,
        code=plan.code,
        message=plan.message,
        input_object=text(draft.input or {}, "Object"),
        output_object=output_key(told),
        queue_id=queue.queue_id,
        family=family.path,
        number=state.next_number(),
        input=draft.input,
        callback_url=callback[0],
        callback_format=callback[1],
        reports_progress=draft.tag == "Transcode",
        operation=told,
        results=plan.results,
    )
    state.add(job)
    return state.jobs[job.job_id]
