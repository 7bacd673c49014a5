"""The check of a whole request."""

from __future__ import annotations

from typing import cast

from tencent_ci_async.errors import ConfigurationError
from tencent_ci_async.models import JobTag, MediaJobRequest, WireModel
from tencent_ci_async.models._request import typed_request

from ._kinds import check_kind, needs_operation
from ._paths import is_given
from ._places import check_input, check_output
from ._problems import Problems, did_you_mean
from ._walk import check_node

__all__ = ["check_node_alone", "check_request"]


def check_request(request: MediaJobRequest, *, allow_unknown: bool = False) -> MediaJobRequest:
    """Return a request that has been checked, or raise one error that tells all that is wrong with it.

    Args:
        request: The request.
        allow_unknown: Whether to overlook what this library does not know the service to take: other
            fields, nodes and kinds of jobs, values beyond the known limits, and what is known to be ignored.

    Raises:
        ConfigurationError: Something is missing, contradicts itself, would be ignored or is not known.
    """
    if not isinstance(cast("object", request), MediaJobRequest):
        raise ConfigurationError(f"the request is of type {type(request).__name__}, not MediaJobRequest")
    request = typed_request(request)
    found = Problems(allow_unknown=allow_unknown)
    check_node(request, "", found)
    tags = _tags(request, found)
    known = [tag for tag in tags if tag is not None]
    # What a kind that is not known needs is not known either.
    if len(known) == len(tags):
        check_input(request.input, list(dict.fromkeys(known)), found)
    for number, (operation, tag) in enumerate(zip(request.operation, tags, strict=False)):
        if tag is None:
            continue
        path = "operation" if len(request.operation) == 1 else f"operation[{number}]"
        check_kind(operation, tag, path, found, with_input=is_given(request.input))
        check_output(operation, tag, path, found, job_input=request.input)
    if not request.operation and (not known or needs_operation(known[0])):
        found.missing("operation", "it says what to do")
    found.raise_if_any()
    return request


def _tags(request: MediaJobRequest, found: Problems) -> list[JobTag | None]:
    """Return the kinds of the operations, with None for what is not known or not there."""
    operations = request.operation
    if len(operations) < 2:
        if request.tag is None:
            found.missing("tag", "the kind of the job, such as JobTag.CONCAT")
        own = operations[0].tag if operations else None
        if own is not None and request.tag is not None and own != request.tag:
            what = f"is {str(own)!r}, but the tag of the request is {str(request.tag)!r}: leave it out"
            found.wrong("operation.tag", what)
        return [_known(request.tag, "tag", found)]
    if request.tag is not None:
        what = "would be ignored: with several operations, each has a tag of its own"
        found.doubt("tag", what)
    for number, operation in enumerate(operations):
        if operation.tag is None:
            why = "with several operations, each has a tag of its own"
            found.missing(f"operation[{number}].tag", why)
    return [_known(each.tag, f"operation[{number}].tag", found) for number, each in enumerate(operations)]


def _known(tag: str | None, path: str, found: Problems) -> JobTag | None:
    if tag is None:
        return None
    if tag in set(JobTag):
        return JobTag(tag)
    found.doubt(path, f"is {str(tag)!r}, a kind of job that is not known{did_you_mean(tag, JobTag)}")
    return None


def check_node_alone(node: WireModel, path: str, *, allow_unknown: bool = False) -> None:
    """Check parameters that are sent outside of a request for a job, such as a template's.

    Args:
        node: The parameters.
        path: What the user calls them.
        allow_unknown: As for `check_request`.

    Raises:
        ConfigurationError: Something is missing, contradicts itself, would be ignored or is not known.
    """
    found = Problems(allow_unknown=allow_unknown)
    check_node(node, path, found)
    found.raise_if_any()
