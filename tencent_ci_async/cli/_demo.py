"""``demo``: the library at work, without an account."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Annotated

from tencent_ci_async import CIError, JobError, ServiceError, __version__

from ._notes import note
from ._options import flag

if TYPE_CHECKING:
    from ._demo_story import Report, Step

__all__ = ["demo", "present"]


def demo(
    *,
    json: Annotated[
        bool, flag("--json", text="Write one JSON document instead of a page for people.")
    ] = False,
) -> int:
    """Ask a simulator about media jobs, over real HTTP, without an account."""
    from ._demo_story import perform  # noqa: PLC0415 - imported when the command runs

    return present(asyncio.run(perform()), json=json)


def present(report: Report, *, json: bool) -> int:
    """Show what happened, as a page or as JSON, and return the exit code.

    Args:
        report: What happened.
        json: Whether machines read it.
    """
    from ._console import show, write_json  # noqa: PLC0415 - imported when the command runs
    from ._demo_page import demo_page  # noqa: PLC0415 - imported when the command runs

    if json:
        write_json(_document(report))
        note(f"{len(report.requests)} requests to a simulator; without --json this is a page for people")
    else:
        show(demo_page(report))
    for complaint in report.complaints:
        note(f"not as expected: {complaint}")
    return 1 if report.complaints else 0


def _document(report: Report) -> dict[str, object]:
    return {
        "version": __version__,
        "endpoint": report.base_url,
        "bucket": report.bucket,
        "region": report.region,
        "as_expected": not report.complaints,
        "counts": {
            "calls": len(report.steps),
            "requests": len(report.requests),
            "signatures_verified": report.verified,
            "signatures_refused": report.refused,
        },
        "steps": [_step_node(step) for step in report.steps],
        "many_jobs": {
            "requests": report.many.requests,
            "progress": [dataclasses.asdict(each) for each in report.many.progress],
            "complaints": list(report.many.complaints),
        },
    }


def _step_node(step: Step) -> dict[str, object]:
    result = step.result
    return {
        "name": step.name,
        "requests": [
            {
                "method": request.method,
                "path": request.raw_path,
                "status": request.status,
                "request_id": request.request_id,
                "signature_verified": request.signature.accepted,
            }
            for request in step.requests
        ],
        "result": result and result.model_dump(by_alias=True, mode="json", exclude_none=True),
        "error": step.error and _error_node(step.error),
        "complaints": list(step.complaints),
    }


def _error_node(error: CIError) -> dict[str, object]:
    node: dict[str, object] = {"type": type(error).__name__, "text": str(error)}
    if isinstance(error, ServiceError):
        node |= {"status": error.status, "code": error.code, "request_id": error.request_id}
    if isinstance(error, JobError):
        node["job_id"] = error.job_id
    return node
