"""Jobs and errors as the documents that the service sends.

Every value is an invention of this package; the names and their places are the service's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, NamedTuple, cast
from xml.sax.saxutils import escape

from ._jobs import FakeJob, JobMoment
from ._results import result_nodes

__all__ = [
    "Place",
    "compose",
    "create_document",
    "describe_document",
    "error_document",
    "job_node",
    "list_document",
    "wire_time",
]

_SERVICE_ZONE: Final = timezone(timedelta(hours=8))
_NOT_REACHED: Final = "-"
_FORBIDDEN_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


_SUBMITTED: Final = JobMoment("Submitted", 0, None, None)


class Place(NamedTuple):
    """Where inputs and outputs are."""

    bucket: str
    region: str


def describe_document(jobs: Iterable[FakeJob], missing: Iterable[str], now: float, place: Place) -> bytes:
    """Return the answer to DescribeMediaJob.

    Args:
        jobs: The jobs found, in the order to show them.
        missing: The ids that the service does not know.
        now: The moment to show, in epoch seconds.
        place: The bucket of inputs and outputs.

    Source: Tencent Cloud CI API, DescribeMediaJob.
    """
    details = [job_node(job, job.moment(now), place) for job in jobs]
    return compose("Response", {"JobsDetail": details, "NonExistJobIds": list(missing)})


def create_document(jobs: Sequence[FakeJob], place: Place) -> bytes:
    """Return the answer to CreateMediaJobs: whatever their plans are, new jobs are ``Submitted``.

    Where there are several, each has its kind in its ``Operation``, and not beside it.

    Source: Tencent Cloud CI API, CreateMediaJobs.
    """
    details = [job_node(job, _SUBMITTED, place) for job in jobs]
    if len(jobs) > 1:
        for detail in details:
            operation = cast("dict[str, object]", detail["Operation"])
            detail["Operation"] = {"Tag": detail.pop("Tag"), **operation}
    return compose("Response", {"JobsDetail": details})


def list_document(jobs: Iterable[FakeJob], next_token: str | None, now: float, place: Place) -> bytes:
    """Return the answer to DescribeMediaJobs; the last page has no ``NextToken``.

    Source: Tencent Cloud CI API, DescribeMediaJobs.
    """
    details = [job_node(job, job.moment(now), place) for job in jobs]
    tokens = [] if next_token is None else [next_token]
    return compose("Response", {"JobsDetail": details, "NextToken": tokens})


def error_document(code: str, message: str, *, request_id: str, trace_id: str) -> bytes:
    """Return an error body as CI writes it, which has no ``Resource``.

    Source: Tencent Cloud CI API, Error Codes.
    """
    return compose("Error", {"Code": code, "Message": message, "RequestId": request_id, "TraceId": trace_id})


def compose(root: str, children: Mapping[str, object]) -> bytes:
    """Return a document: texts, None for empty elements, mappings, and lists of what repeats."""
    return ('<?xml version="1.0" encoding="utf-8"?>\n' + _element(root, children)).encode()


def _element(name: str, value: object) -> str:
    """Return an element, or one for each item of a list.

    Written out, since it takes a sixth of xmltodict's time, and a test may ask for a hundred thousand jobs.
    """
    if isinstance(value, str):
        return f"<{name}>{escape(_FORBIDDEN_IN_XML.sub('?', value))}</{name}>"
    if value is None:
        return f"<{name}/>"
    if isinstance(value, Mapping):
        children = cast("Mapping[str, object]", value)
        return f"<{name}>{''.join([_element(key, child) for key, child in children.items()])}</{name}>"
    if isinstance(value, (list, tuple)):
        return "".join([_element(name, item) for item in cast("Sequence[object]", value)])
    return f"<{name}>{escape(str(value).lower() if isinstance(value, bool) else str(value))}</{name}>"


def job_node(job: FakeJob, moment: JobMoment, place: Place) -> dict[str, object]:
    """Return what stands in ``JobsDetail`` for a job as it stands at a moment."""
    failed = moment.state == "Failed"
    node: dict[str, object] = {
        "Code": job.code if failed else "Success",
        "Message": job.message if failed else None,
        "JobId": job.job_id,
        "Tag": job.tag,
        "State": moment.state,
    }
    if job.reports_progress and moment.progress is not None:
        node["Progress"] = str(moment.progress)
    node["CreationTime"] = wire_time(job.created)
    node["StartTime"] = _time_reached(moment.started)
    node["EndTime"] = _time_reached(moment.ended)
    node["QueueId"] = job.queue_id
    if job.input is not None:
        node["Input"] = {"BucketId": place.bucket, "Region": place.region, **job.input}
    elif job.input_object is not None:
        node["Input"] = {"BucketId": place.bucket, "Object": job.input_object, "Region": place.region}
    node["Operation"] = _operation_node(job, moment, place)
    if job.workflow_id is not None:
        node["Workflow"] = {
            "RunId": f"i{job.job_id[1:]}",
            "WorkflowId": job.workflow_id,
            "WorkflowName": "example-workflow",
            "Name": f"{job.tag}_{int(job.created * 1000)}",
        }
    return node


def _operation_node(job: FakeJob, moment: JobMoment, place: Place) -> dict[str, object]:
    node: dict[str, object] = {}
    if job.tag == "Concat":
        node["ConcatTemplate"] = _concat_template(job)
    node["JobLevel"] = "0"
    if job.output_object is not None:
        node["Output"] = {"Bucket": place.bucket, "Object": job.output_object, "Region": place.region}
    node |= job.operation
    watermark = node.get("DigitalWatermark")
    if isinstance(watermark, Mapping):
        state = moment.state if moment.state in {"Success", "Failed"} else "Running"
        node["DigitalWatermark"] = {"State": state, **cast("Mapping[str, object]", watermark)}
    if moment.state == "Success":
        results = job.results
        if results is None:
            results = result_nodes(job, node, bucket=place.bucket, region=place.region)
        # What a test gave stays as it is.
        node |= {
            name: value for name, value in results.items() if name not in job.operation or name == job.tag
        }
    return node


def _concat_template(job: FakeJob) -> dict[str, object]:
    return {
        "Audio": {"Bitrate": "128", "Channels": "2", "Codec": "aac", "Samplerate": "44100"},
        "ConcatFragment": [
            {"FragmentIndex": "0", "StartTime": "0", "EndTime": "21.25", "Url": job.input_object},
            {"FragmentIndex": "1", "StartTime": "3", "EndTime": "24.25", "Url": "input/part-2.mp4"},
        ],
        "Container": {"Format": "mp4"},
        "DirectConcat": "false",
        "Index": "0",
        "Video": {"Bitrate": "1700", "Codec": "H.264", "Fps": "25", "Height": "720", "Width": "1280"},
    }


def wire_time(seconds: float) -> str:
    """Return epoch seconds as the service writes times."""
    # From the epoch by addition: fromtimestamp() of some platforms refuses what lies before it.
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
    return moment.astimezone(_SERVICE_ZONE).strftime("%Y-%m-%dT%H:%M:%S%z")


def _time_reached(seconds: float | None) -> str:
    return _NOT_REACHED if seconds is None else wire_time(seconds)
