"""Which call a request is: by its path and its method."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from ._documents import describe_document
from ._families import FAMILIES, MEDIA, Family
from ._jobs import FakeJob
from ._listing import list_jobs
from ._log import RecordedRequest
from ._queues import describe_queues, update_queue
from ._refusals import RefusedError, invalid_argument
from ._state import State
from ._submits import cancel_job, create_jobs
from ._templates import create_template, delete_template, describe_templates, update_template

__all__ = ["Handler", "describe_jobs", "listed_family", "route"]

Handler = Callable[[State, RecordedRequest], bytes]


def route(request: RecordedRequest) -> Handler:
    """Return what answers a request.

    Raises:
        RefusedError: There is nothing at the path, or the method is not for it.
    """
    parts = request.path.split("/")
    handlers = _HANDLERS.get((parts[1], len(parts) == 3 and parts[2] != "")) if 2 <= len(parts) <= 3 else None
    if handlers is None or parts[-1] == "":
        raise RefusedError(404, "InvalidUrl", "There is nothing at this path")
    handler = handlers.get(request.method)
    if handler is None:
        allow = ", ".join(sorted(handlers))
        raise RefusedError(
            405, "MethodNotAllowed", f"Only {allow} is allowed here", headers=(("Allow", allow),)
        )
    return handler


def listed_family(request: RecordedRequest) -> Family | None:
    """Return the family whose jobs a request lists; None when it is another request."""
    return FAMILIES.get(request.path.removeprefix("/")) if request.method == "GET" else None


def describe_jobs(state: State, job_ids: Iterable[str], family: Family = MEDIA) -> bytes:
    """Return the document for these ids, as they stand now."""
    now = state.clock()
    found: list[FakeJob] = []
    missing: list[str] = []
    for job_id in job_ids:
        job = state.look_up(job_id, family, now)
        if job is not None:
            found.append(job)
        else:
            missing.append(job_id)
    return describe_document(found, missing, now, state.place)


def _describe(state: State, request: RecordedRequest, family: Family) -> bytes:
    job_ids = request.job_ids
    if not all(job_ids):
        raise invalid_argument("A job id is empty")
    limit = state.max_ids_per_request
    if len(job_ids) > limit:
        raise invalid_argument(f"At most {limit} job ids can be described at once")
    return describe_jobs(state, dict.fromkeys(job_ids), family)


def _of_family(handler: Callable[[State, RecordedRequest, Family], bytes], family: Family) -> Handler:
    def handle(state: State, request: RecordedRequest) -> bytes:
        return handler(state, request, family)

    return handle


def _of_item(handler: Callable[[State, RecordedRequest, str], bytes]) -> Handler:
    def handle(state: State, request: RecordedRequest) -> bytes:
        return handler(state, request, request.path.rpartition("/")[2])

    return handle


def _handlers() -> dict[tuple[str, bool], dict[str, Handler]]:
    """Return handlers by method, by the first part of the path and whether a second one follows."""
    handlers: dict[tuple[str, bool], dict[str, Handler]] = {
        ("template", False): {"GET": describe_templates, "POST": create_template},
        ("template", True): {"PUT": _of_item(update_template), "DELETE": _of_item(delete_template)},
    }
    for family in FAMILIES.values():
        handlers[family.path, False] = {
            "GET": _of_family(list_jobs, family),
            "POST": _of_family(create_jobs, family),
        }
        handlers[family.path, True] = {
            "GET": _of_family(_describe, family),
            "PUT": _of_family(cancel_job, family),
        }
        handlers[family.queue_path, False] = {"GET": _of_family(describe_queues, family)}
        handlers[family.queue_path, True] = {"PUT": _of_family(update_queue, family)}
    return handlers


_HANDLERS: Final = _handlers()
