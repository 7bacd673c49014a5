"""What the service demands of a job, node by node; each refusal names the node."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, cast

from tencent_ci_async.models import JobTag, NodeNeed

from ._reading import allow_only, items, node, text
from ._refusals import invalid_argument

__all__ = ["check_concat", "check_job", "complete_kind", "needs_operation"]

# Kinds of jobs about documents and files, of which the simulator knows no more than their names.
_KINDS_BY_NAME: Final = frozenset({"DocProcess", "FileCompress", "FileHashCode", "FileUncompress"})
_COMMON: Final = ("Tag", "TemplateId", "UserData", "JobLevel", "Output", "CustomId")
_OUTPUT: Final = frozenset(
    {
        "Region",
        "Bucket",
        "Object",
        "SpriteObject",
        "AuObject",
        "BassObject",
        "DrumObject",
        "StreamExtract",
        "Force",
    }
)
_LEVELS: Final = frozenset({"0", "1", "2"})
_LONGEST_USER_DATA: Final = 1024
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")
_MOST_STREAMS: Final = 10
_VOICES: Final = ("Object", "AuObject", "BassObject", "DrumObject")
_NUMBERED: Final = re.compile(r"\$\{(number|time)\}", re.IGNORECASE)

# Source: Tencent Cloud CI API, CreateMediaJobs, the page of each kind of job.
_REQUIRED_CHILDREN: Final[Mapping[str, tuple[str, ...]]] = {
    "Snapshot": ("Count",),
    "SDRtoHDR": ("HdrMode",),
    "SuperResolution": ("Resolution",),
    "Segment": ("Format",),
    "DigitalWatermark": ("Message", "Type", "Version"),
    "ExtractDigitalWatermark": ("Type", "Version"),
    "RemoveWatermark": ("Dx", "Dy", "Width", "Height"),
    "Watermark": ("Type", "LocMode", "Dx", "Dy", "Pos"),
    "VideoTag": ("Scenario",),
    "TtsConfig": ("InputType", "Input"),
    "SpeechRecognition": ("EngineModelType", "ChannelNum", "ResTextFormat"),
    "Translation": ("Lang", "Type"),
    "SegmentVideoBody": ("Mode",),
    "FillConcat": ("Format", "FillInput"),
}
_INPUT_BY_URL: Final = frozenset({JobTag.VIDEO_TARGET_REC, JobTag.SPEECH_RECOGNITION})
_REQUIRED_INPUT: Final[Mapping[JobTag, tuple[str, ...]]] = {JobTag.TRANSLATION: ("Lang", "Type")}


def complete_kind(tag: str) -> JobTag | None:
    """Return a kind of job whose nodes are known; None for another."""
    try:
        return JobTag(tag)
    except ValueError:
        return None


def needs_operation(tag: str) -> bool:
    """Return whether a request for such a job must have an ``Operation``."""
    kind = complete_kind(tag)
    if kind is None:
        return True
    nodes = kind.nodes
    return bool(nodes.required or nodes.one_of) or nodes.output is NodeNeed.REQUIRED


def check_job(
    tag: str,
    given_input: Mapping[str, object] | None,
    operation: Mapping[str, object],
    *,
    planned: bool,
    strict: bool,
) -> None:
    """Check one job of a request.

    Args:
        tag: The kind of job.
        given_input: The ``Input`` of the request; None when it has none.
        operation: The ``Operation``, with what its template stands for.
        planned: Whether a kind of job that is unknown here passes.
        strict: Whether what the kind of job has no use for is refused.

    Raises:
        RefusedError: Something is missing, wrong or useless.
    """
    kind = complete_kind(tag)
    if strict and kind is None and tag not in _KINDS_BY_NAME and not planned:
        raise invalid_argument(f"Tag: there is no kind of job {tag}")
    _check_common(operation)
    if kind is None:
        return
    _check_input(kind, given_input)
    if strict:
        _check_useless(kind, given_input, operation)
    _check_nodes(kind, operation)
    for name in kind.nodes.parameters:
        _check_children(operation, name)
    _check_output(kind, operation)
    if kind is JobTag.CONCAT and "ConcatTemplate" in operation:
        check_concat(operation, "Operation", has_input=given_input is not None, strict=strict)


def check_concat(parent: Mapping[str, object], where: str, *, has_input: bool, strict: bool) -> None:
    """Check how media files are to be joined.

    Args:
        parent: The node with ``ConcatTemplate`` in it.
        where: Its name.
        has_input: Whether an input comes on top of the fragments.
        strict: Whether fragments must be addresses, as they are in all examples of the service.

    Raises:
        RefusedError: Something is missing or wrong.

    Source: Tencent Cloud CI API, submit a splicing job.
    """
    template = node(parent, "ConcatTemplate")
    if template is None:
        raise invalid_argument(f"{where}.ConcatTemplate is missing")
    container = node(template, "Container")
    if container is None or text(container, "Format") is None:
        raise invalid_argument(f"{where}.ConcatTemplate.Container.Format is missing")
    fragments = items(template, "ConcatFragment")
    if not fragments and not has_input:
        raise invalid_argument(f"{where}.ConcatTemplate.ConcatFragment is missing")
    for fragment in fragments:
        url = text(cast("Mapping[str, object]", fragment), "Url") if isinstance(fragment, Mapping) else None
        if url is None:
            raise invalid_argument(f"{where}.ConcatTemplate.ConcatFragment.Url is missing")
        if strict and not url.startswith(("http://", "https://")):
            raise invalid_argument(f"{where}.ConcatTemplate.ConcatFragment.Url must be an address")
    index = text(template, "Index") or "0"
    if not index.isdecimal() or int(index) > len(fragments):
        raise invalid_argument(f"{where}.ConcatTemplate.Index must not exceed the number of fragments")


def _check_common(operation: Mapping[str, object]) -> None:
    user_data = text(operation, "UserData") or ""
    if len(user_data) > _LONGEST_USER_DATA or not _PRINTABLE.fullmatch(user_data):
        raise invalid_argument(
            f"Operation.UserData must be printable ASCII, at most {_LONGEST_USER_DATA} characters"
        )
    if (text(operation, "JobLevel") or "0") not in _LEVELS:
        raise invalid_argument("Operation.JobLevel must be 0, 1 or 2")


def _check_input(kind: JobTag, given: Mapping[str, object] | None) -> None:
    need = kind.nodes.input
    if given is None:
        if need is NodeNeed.REQUIRED:
            raise invalid_argument("Input is missing")
        return
    if need is NodeNeed.NONE or node(given, "Vod"):
        return
    if text(given, "Object") is None and (kind not in _INPUT_BY_URL or text(given, "Url") is None):
        raise invalid_argument("Input.Object is missing")
    for name in _REQUIRED_INPUT.get(kind, ()):
        if text(given, name) is None:
            raise invalid_argument(f"Input.{name} is missing")


def _check_useless(
    kind: JobTag, given_input: Mapping[str, object] | None, operation: Mapping[str, object]
) -> None:
    nodes, where = kind.nodes, f"The Operation of a {kind} job"
    if given_input is not None and nodes.input is NodeNeed.NONE:
        raise invalid_argument(f"A {kind} job has no use for Input")
    allow_only(operation, frozenset({*_COMMON, *nodes.parameters}), where)
    if "TemplateId" in operation and not nodes.template:
        raise invalid_argument(f"{where} has no use for TemplateId")
    if "Output" in operation and nodes.output is NodeNeed.NONE:
        raise invalid_argument(f"{where} has no use for Output")
    allow_only(node(operation, "Output") or {}, _OUTPUT, "Operation.Output")


def _check_nodes(kind: JobTag, operation: Mapping[str, object]) -> None:
    nodes = kind.nodes
    for name in nodes.required:
        if operation.get(name) is None:
            raise invalid_argument(f"Operation.{name} is missing")
    for group in nodes.one_of:
        if all(operation.get(name) is None for name in group):
            raise invalid_argument(f"Operation.{' or Operation.'.join(group)} is missing")


def _check_children(operation: Mapping[str, object], name: str) -> None:
    for each in items(operation, name):
        if not isinstance(each, Mapping):
            continue
        children = cast("Mapping[str, object]", each)
        for child in _REQUIRED_CHILDREN.get(name, ()):
            if children.get(child) is None:
                raise invalid_argument(f"Operation.{name}.{child} is missing")
        if name == "Watermark" and children.get(shown := text(children, "Type") or "") is None:
            raise invalid_argument(f"Operation.{name}.{shown} is missing")
        container = node(children, "Container")
        if container is not None and text(container, "Format") is None:
            raise invalid_argument(f"Operation.{name}.Container.Format is missing")


def _check_output(kind: JobTag, operation: Mapping[str, object]) -> None:
    output = node(operation, "Output")
    need = kind.nodes.output
    if kind is JobTag.TRANSLATION and text(operation, "NoNeedOutput") != "true":
        need = NodeNeed.REQUIRED
    if output is None:
        if need is NodeNeed.REQUIRED:
            raise invalid_argument("Operation.Output is missing")
        return
    if need is NodeNeed.NONE:
        return
    for name in ("Region", "Bucket", *_keys_needed(kind, operation, output)):
        if output.get(name) is None:
            raise invalid_argument(f"Operation.Output.{name} is missing")
    if kind is JobTag.STREAM_EXTRACT:
        _check_streams(items(output, "StreamExtract"))
    key = text(output, "Object")
    if key is not None and _writes_several(kind, operation) and not _NUMBERED.search(key):
        raise invalid_argument("Operation.Output.Object must hold ${number}: the job writes several files")


def _keys_needed(
    kind: JobTag, operation: Mapping[str, object], output: Mapping[str, object]
) -> tuple[str, ...]:
    if kind is JobTag.STREAM_EXTRACT:
        return ("StreamExtract",)
    if kind is JobTag.VOICE_SEPARATE:
        return () if any(output.get(name) for name in _VOICES) else ("Object",)
    if kind is JobTag.SNAPSHOT:
        mode = text(node(operation, "Snapshot") or {}, "SnapshotOutMode")
        sprites = {"OnlySprite": ("SpriteObject",), "SnapshotAndSprite": ("Object", "SpriteObject")}
        return sprites.get(mode or "", ("Object",))
    return ("Object",)


def _check_streams(streams: list[object]) -> None:
    if len(streams) > _MOST_STREAMS:
        raise invalid_argument(f"Operation.Output.StreamExtract is there more than {_MOST_STREAMS} times")
    for stream in streams:
        for name in ("Index", "Object"):
            if not isinstance(stream, Mapping) or text(cast("Mapping[str, object]", stream), name) is None:
                raise invalid_argument(f"Operation.Output.StreamExtract.{name} is missing")


def _writes_several(kind: JobTag, operation: Mapping[str, object]) -> bool:
    if kind is JobTag.SNAPSHOT:
        return text(node(operation, "Snapshot") or {}, "Count") not in {None, "1"}
    if kind is JobTag.SMART_COVER:
        return text(node(operation, "SmartCover") or {}, "Count") != "1"
    if kind is JobTag.SEGMENT:
        segment = node(operation, "Segment") or {}
        whole = text(segment, "Format") in {"hls", "m3u8"}
        return text(segment, "Duration") is not None and not whole
    return False
