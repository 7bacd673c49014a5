"""Jobs and errors as the documents that the service sends.

Every value is an invention of this package; the names and their places are the service's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, cast
from xml.sax.saxutils import escape

from ._jobs import FakeJob, JobMoment

__all__ = ["WRITES_NOTHING", "compose", "describe_document", "error_document", "job_node"]

WRITES_NOTHING: Final = frozenset(
    {
        "DNA",
        "ExtractDigitalWatermark",
        "ImageInspect",
        "MediaInfo",
        "QualityEstimate",
        "SoundHound",
        "SplitVideoParts",
        "VideoTag",
        "VideoTargetRec",
        "VocalScore",
        "WordsGeneralize",
    }
)
_TELLS_MEDIA_INFO: Final = frozenset(
    {
        "Animation",
        "Concat",
        "DigitalWatermark",
        "MediaInfo",
        "QualityEstimate",
        "SDRtoHDR",
        "Segment",
        "SuperResolution",
        "Transcode",
        "Tts",
        "VideoMontage",
        "VideoProcess",
        "VoiceSeparate",
        "Watermark",
    }
)
_SERVICE_ZONE: Final = timezone(timedelta(hours=8))
_NOT_REACHED: Final = "-"
_FORBIDDEN_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_FORMAT: Final = {
    "NumStream": "2",
    "NumProgram": "0",
    "FormatName": "mov,mp4,m4a,3gp,3g2,mj2",
    "FormatLongName": "QuickTime / MOV",
    "StartTime": "0.000000",
    "Duration": "42.500000",
    "Bitrate": "1843.207000",
    "Size": "9792037",
}
_VIDEO: Final = {
    "Index": "0",
    "CodecName": "h264",
    "CodecLongName": "H.264 / AVC / MPEG-4 AVC / MPEG-4 part 10",
    "CodecTimeBase": "1/50",
    "CodecTagString": "avc1",
    "CodecTag": "0x31637661",
    "ColorPrimaries": "bt709",
    "ColorRange": "tv",
    "ColorTransfer": "bt709",
    "Profile": "High",
    "Width": "1280",
    "Height": "720",
    "HasBFrame": "2",
    "RefFrames": "4",
    "Sar": "1:1",
    "Dar": "16:9",
    "PixFormat": "yuv420p",
    "FieldOrder": "progressive",
    "Level": "31",
    "Fps": "25.000000",
    "AvgFps": "25.000000",
    "Timebase": "1/12800",
    "StartTime": "0.000000",
    "Duration": "42.480000",
    "Bitrate": "1712.441000",
    "NumFrames": "1062",
    "Language": "und",
    "Rotation": "0.000000",
}
_AUDIO: Final = {
    "Index": "1",
    "CodecName": "aac",
    "CodecLongName": "AAC (Advanced Audio Coding)",
    "CodecTimeBase": "1/44100",
    "CodecTagString": "mp4a",
    "CodecTag": "0x6134706d",
    "SampleFmt": "fltp",
    "SampleRate": "44100",
    "Channel": "2",
    "ChannelLayout": "stereo",
    "Timebase": "1/44100",
    "StartTime": "0.000000",
    "Duration": "42.492000",
    "Bitrate": "128.006000",
    "Language": "und",
}
_MEDIA_INFO: Final = {"Format": _FORMAT, "Stream": {"Video": _VIDEO, "Audio": _AUDIO, "Subtitle": None}}


def describe_document(
    jobs: Iterable[FakeJob], missing: Iterable[str], now: float, *, bucket: str, region: str
) -> bytes:
    """Return the answer to DescribeMediaJob.

    Args:
        jobs: The jobs found, in the order to show them.
        missing: The ids that the service does not know.
        now: The moment to show, in epoch seconds.
        bucket: The bucket of inputs and outputs.
        region: Its region.

    Source: Tencent Cloud CI API, DescribeMediaJob.
    """
    details = [job_node(job, job.moment(now), bucket, region) for job in jobs]
    return compose("Response", {"JobsDetail": details, "NonExistJobIds": list(missing)})


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


def job_node(job: FakeJob, moment: JobMoment, bucket: str, region: str) -> dict[str, object]:
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
    node["CreationTime"] = _wire_time(job.created)
    node["StartTime"] = _wire_time(moment.started)
    node["EndTime"] = _wire_time(moment.ended)
    node["QueueId"] = job.queue_id
    if job.input_object is not None:
        node["Input"] = {"BucketId": bucket, "Object": job.input_object, "Region": region}
    node["Operation"] = _operation_node(job, moment, bucket, region)
    return node


def _operation_node(job: FakeJob, moment: JobMoment, bucket: str, region: str) -> dict[str, object]:
    node: dict[str, object] = {}
    if job.tag == "Concat":
        node["ConcatTemplate"] = _concat_template(job)
    node["JobLevel"] = "0"
    if job.output_object is not None:
        node["Output"] = {"Bucket": bucket, "Object": job.output_object, "Region": region}
    if moment.state == "Success":
        if job.tag in _TELLS_MEDIA_INFO:
            node["MediaInfo"] = _MEDIA_INFO
        if job.output_object is not None:
            node["MediaResult"] = {"OutputFile": _output_file(job, job.output_object, bucket, region)}
    return {**node, **job.operation}


def _output_file(job: FakeJob, key: str, bucket: str, region: str) -> dict[str, object]:
    digest = hashlib.sha256(job.job_id.encode()).hexdigest()[:32]
    return {
        "Bucket": bucket,
        "Md5Info": {"Md5": digest, "ObjectName": key},
        "ObjectName": key,
        "ObjectPrefix": None,
        "Region": region,
    }


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


def _wire_time(seconds: float | None) -> str:
    if seconds is None:
        return _NOT_REACHED
    # From the epoch by addition: fromtimestamp() of some platforms refuses what lies before it.
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
    return moment.astimezone(_SERVICE_ZONE).strftime("%Y-%m-%dT%H:%M:%S%z")
