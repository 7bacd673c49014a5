"""What comes of a job: the result nodes of each kind, with the files that its output asks for."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

from ._jobs import FakeJob
from ._result_nodes import ANALYSES, MEDIA_INFO, MEDIA_SECONDS

__all__ = ["WRITES_NOTHING", "output_key", "result_nodes"]

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
# Kinds whose answer says nothing of the file that they write, as far as any source shows.
_SAYS_NOTHING_OF_ITS_FILE: Final = frozenset(
    {
        "FillConcat",
        "GeneratePlayList",
        "ImageOCR",
        "NoiseReduction",
        "PicProcess",
        "PosterProduction",
        "SegmentVideoBody",
        "SpeechRecognition",
        "Translation",
        "VideoEnhance",
        "VideoSynthesis",
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
_TAKES_PICTURES: Final = frozenset({"SmartCover", "Snapshot"})
_KEYS_OF_VOICES: Final = ("Object", "AuObject", "BassObject", "DrumObject")
_NUMBER: Final = re.compile(r"\$\{(?:number|time)\}", re.IGNORECASE)
_JOB_ID: Final = re.compile(r"\$\{jobid\}", re.IGNORECASE)
_EXTENSION: Final = re.compile(r"\$\{ext\}", re.IGNORECASE)
_USUAL_COUNT: Final = 3
_MOST_FILES: Final = 10


def output_key(operation: Mapping[str, object]) -> str | None:
    """Return the first key that an ``Operation`` writes to; None when it names none."""
    output = _node(operation, "Output")
    streams = [each.get("Object") for each in _nodes(output, "StreamExtract")]
    keys = [output.get(name) for name in (*_KEYS_OF_VOICES, "SpriteObject")] + streams
    return next((str(key) for key in keys if key), None)


def result_nodes(
    job: FakeJob, operation: Mapping[str, object], *, bucket: str, region: str
) -> dict[str, object]:
    """Return what a job that has succeeded adds to its ``Operation``.

    Args:
        job: The job.
        operation: The nodes that it has without results.
        bucket: The bucket of its output, unless it names another.
        region: The region of that.

    Source: Tencent Cloud CI API, DescribeMediaJob, the page of each kind of job.
    """
    results: dict[str, object] = {}
    if job.tag in _TELLS_MEDIA_INFO:
        results["MediaInfo"] = MEDIA_INFO
    elif job.tag in _TAKES_PICTURES:
        results["MediaInfo"] = None
    if job.tag == "QualityEstimate":
        results["MediaResult"] = {"OutputFile": None}
    elif job.output_object is not None and job.tag not in WRITES_NOTHING | _SAYS_NOTHING_OF_ITS_FILE:
        results["MediaResult"] = {"OutputFile": _output_file(job, operation, bucket, region)}
    for name, analysis in ANALYSES.get(job.tag, {}).items():
        # A kind whose parameters and results share a node has both in it.
        results[name] = {**analysis, **_node(operation, name)} if name == job.tag else analysis
    if job.tag in {"PicProcess", "SpeechRecognition"} and job.output_object is not None:
        name = f"{job.tag}Result"
        results[name] = {**_node(results, name), "ObjectName": _expand(job.output_object, job, operation)}
    return results


def _output_file(
    job: FakeJob, operation: Mapping[str, object], bucket: str, region: str
) -> dict[str, object]:
    output = _node(operation, "Output")
    place: dict[str, object] = {
        "Bucket": str(output.get("Bucket") or bucket),
        "Region": str(output.get("Region") or region),
    }
    sprite = output.get("SpriteObject")
    snapshots = output.get("Object") is not None or sprite is None
    node = {**place, **_files(_keys(job, output), job, operation)} if snapshots else {**place}
    if sprite is not None:
        node["SpriteOutputFile"] = {**place, **_files([str(sprite)], job, operation)}
    return node


def _keys(job: FakeJob, output: Mapping[str, object]) -> list[str]:
    streams = [str(each.get("Object") or each.get("Output")) for each in _nodes(output, "StreamExtract")]
    voices = [str(output[name]) for name in _KEYS_OF_VOICES if output.get(name)]
    return streams or voices or [str(job.output_object)]


def _files(keys: Sequence[str], job: FakeJob, operation: Mapping[str, object]) -> dict[str, object]:
    written = [_expand(key, job, operation) for key in keys]
    prefix: str | None = None
    names = written
    if len(written) == 1 and (number := _NUMBER.search(written[0])):
        prefix, suffix = written[0][: number.start()], written[0][number.end() :]
        names = [f"{each}{suffix}" for each in range(_count(job.tag, operation))]
        written = [f"{prefix}{name}" for name in names]
    sums = [{"Md5": _md5(job, key), "ObjectName": key} for key in written]
    return {
        "Md5Info": None if job.tag in _TAKES_PICTURES else _lone(sums),
        "ObjectName": _lone(names),
        "ObjectPrefix": prefix,
    }


def _lone(values: Sequence[object]) -> object:
    return values[0] if len(values) == 1 else list(values)


def _expand(key: str, job: FakeJob, operation: Mapping[str, object]) -> str:
    written = _JOB_ID.sub(job.job_id, key)
    return _EXTENSION.sub(_format(operation), written)


def _format(operation: Mapping[str, object]) -> str:
    for each in operation.values():
        if isinstance(each, Mapping):
            parameters = cast("Mapping[str, object]", each)
            found = _node(parameters, "Container").get("Format") or parameters.get("Format")
            if found:
                return str(found)
    return "mp4"


def _count(tag: str, operation: Mapping[str, object]) -> int:
    parameters = _node(operation, tag)
    if tag == "Segment":
        seconds = _positive(parameters.get("Duration"))
        return min(_MOST_FILES, math.ceil(MEDIA_SECONDS / seconds)) if seconds else _USUAL_COUNT
    return min(_MOST_FILES, int(_positive(parameters.get("Count"))) or _USUAL_COUNT)


def _positive(written: object) -> float:
    try:
        return max(0.0, float(str(written)))
    except ValueError:
        return 0.0


def _md5(job: FakeJob, key: str) -> str:
    own = job.job_id if key == job.output_object else f"{job.job_id} {key}"
    return hashlib.sha256(own.encode()).hexdigest()[:32]


def _node(parent: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = parent.get(name)
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _nodes(parent: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    value = parent.get(name)
    values = cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else [value]
    return [cast("Mapping[str, object]", each) for each in values if isinstance(each, Mapping)]
