"""What is worked on, and where the result goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tencent_ci_async.models import JobInput, JobOutput, JobTag, NodeNeed, Operation

from ._paths import at, is_given
from ._problems import Problems

__all__ = ["check_input", "check_output"]

_TAKES_URL: Final = frozenset({JobTag.VIDEO_TARGET_REC, JobTag.SPEECH_RECOGNITION})
_PICTURES: Final = frozenset({"jpg", "jpeg", "png"})
_SPRITES: Final = frozenset({"OnlySprite", "SnapshotAndSprite"})
_UNCUT: Final = frozenset({"hls", "m3u8"})
_NUMBER: Final = re.compile(r"\$\{(number|time)\}", re.IGNORECASE)
_OUTPUTS_OF_ONE_KIND: Final = {
    "sprite_object": JobTag.SNAPSHOT,
    "au_object": JobTag.VOICE_SEPARATE,
    "bass_object": JobTag.VOICE_SEPARATE,
    "drum_object": JobTag.VOICE_SEPARATE,
    "stream_extract": JobTag.STREAM_EXTRACT,
}


# --- Input ------------------------------------------------------------------------------------------


def check_input(job_input: JobInput | None, tags: Sequence[JobTag], found: Problems) -> None:
    """Check what is worked on; the operations share it.

    Args:
        job_input: The input.
        tags: The kinds of the operations that are known.
        found: Where to note problems.

    Source: Tencent Cloud CI API, CreateMediaJobs, Input.
    """
    needing = [tag for tag in tags if tag.nodes.input == NodeNeed.REQUIRED]
    if job_input is None or not is_given(job_input):
        if needing:
            found.missing(
                "input", f"jobs of kind {needing[0].value} need one, such as JobInput(object='in.mp4')"
            )
        return
    if tags and all(tag.nodes.input == NodeNeed.NONE for tag in tags):
        found.doubt("input", f"would be ignored: jobs of kind {tags[0].value} have none")
        return
    _check_source(job_input, tags, found)
    _check_document(job_input, tags, found)


def _check_source(job_input: JobInput, tags: Sequence[JobTag], found: Problems) -> None:
    takes_url = any(tag in _TAKES_URL for tag in tags)
    if job_input.url is not None and tags and not takes_url:
        found.doubt("input.url", f"would be ignored: jobs of kind {tags[0].value} take the key of an object")
    elif job_input.url is not None and job_input.object is not None:
        found.doubt("input.url", "would be ignored: object beats it; give one of the two")
    if is_given(job_input.vod) and job_input.object is not None:
        found.doubt("input.vod", "stands next to object: give one of the two")
    if job_input.object is None and not is_given(job_input.vod) and not (takes_url and job_input.url):
        instead = ", or url, a public address" if takes_url else ""
        found.missing("input.object", f"the key of an object in the bucket{instead}")


def _check_document(job_input: JobInput, tags: Sequence[JobTag], found: Problems) -> None:
    if tags and JobTag.TRANSLATION not in tags:
        for name in ("lang", "type", "basic_type"):
            if getattr(job_input, name) is not None:
                found.doubt(
                    at("input", name), "would be ignored: it counts only for jobs of kind Translation"
                )
        return
    if not tags:
        return
    if job_input.lang is None:
        found.missing("input.lang", "the language to translate from")
    if job_input.type is None:
        found.missing("input.type", "the type of the document, such as 'docx'")
    elif job_input.basic_type is not None and job_input.type not in {"pdf", *_PICTURES}:
        what = "would be ignored: it counts only where type is 'pdf' or that of a picture"
        found.doubt("input.basic_type", what)


# --- Output -----------------------------------------------------------------------------------------


def check_output(
    operation: Operation, tag: JobTag, path: str, found: Problems, *, job_input: JobInput | None
) -> None:
    """Check where an operation writes to; bucket and region are the session's business.

    Args:
        operation: The operation.
        tag: Its kind.
        path: Where it stands.
        found: Where to note problems.
        job_input: What is worked on.

    Source: Tencent Cloud CI API, CreateMediaJobs, Output.
    """
    output = operation.output
    place = at(path, "output")
    if output is None or not is_given(output):
        if _needs_output(operation, tag, path, found, job_input):
            found.missing(place, f"jobs of kind {tag.value} write a file: {_hint(tag)}")
        return
    if tag.nodes.output == NodeNeed.NONE:
        found.doubt(place, f"would be ignored: jobs of kind {tag.value} write no file")
        return
    for name, only in _OUTPUTS_OF_ONE_KIND.items():
        if tag is not only and is_given(getattr(output, name)):
            found.doubt(at(place, name), f"would be ignored: it counts only for jobs of kind {only.value}")
    _check_keys(operation, output, tag, place, found)
    if output.object is not None and _NUMBER.search(output.object) is None:
        _check_wildcard(operation, tag, at(place, "object"), found)


def _check_keys(operation: Operation, output: JobOutput, tag: JobTag, place: str, found: Problems) -> None:
    if tag is JobTag.STREAM_EXTRACT:
        if not output.stream_extract:
            found.missing(at(place, "stream_extract"), "it names the streams to extract, and where to")
    elif tag is JobTag.SNAPSHOT:
        _check_sprites(operation, output, place, found)
    elif tag is JobTag.VOICE_SEPARATE:
        if not any((output.object, output.au_object, output.bass_object, output.drum_object)):
            found.missing(at(place, "object"), "the key of the background; or au_object, that of the voice")
    elif output.object is None:
        found.missing(at(place, "object"), "the key of the file to write")


def _hint(tag: JobTag) -> str:
    if tag is JobTag.STREAM_EXTRACT:
        return "give JobOutput(stream_extract=[...])"
    return "give JobOutput(object='...')"


def _needs_output(
    operation: Operation, tag: JobTag, path: str, found: Problems, job_input: JobInput | None
) -> bool:
    if tag is not JobTag.TRANSLATION:
        return tag.nodes.output == NodeNeed.REQUIRED
    if not operation.no_need_output:
        return True
    kind = job_input.type if job_input is not None else None
    if kind is not None and kind not in _PICTURES:
        what = f"is for pictures: input.type is {kind!r}, so there must be an output"
        found.wrong(at(path, "no_need_output"), what)
    return False


def _check_sprites(operation: Operation, output: JobOutput, place: str, found: Problems) -> None:
    sprite_object = output.sprite_object
    if sprite_object is not None and not sprite_object.lower().endswith(".jpg"):
        found.doubt(at(place, "sprite_object"), f"is {sprite_object!r}: sprites are written as jpg")
    if operation.template_id is not None or operation.snapshot is None:
        # What a template asks for is not known here.
        if output.object is None and sprite_object is None:
            found.missing(
                at(place, "object"), "the key of the snapshots; or sprite_object, that of the sprites"
            )
        return
    mode = operation.snapshot.snapshot_out_mode
    if mode in _SPRITES and sprite_object is None:
        found.missing(at(place, "sprite_object"), f"snapshot_out_mode is {mode!r}, so sprites are written")
    elif mode not in _SPRITES and sprite_object is not None:
        found.doubt(at(place, "sprite_object"), "would be ignored: snapshot_out_mode asks for no sprites")
    if mode != "OnlySprite" and output.object is None:
        found.missing(at(place, "object"), "the key of the snapshots, with the wildcard ${number}")


def _check_wildcard(operation: Operation, tag: JobTag, path: str, found: Problems) -> None:
    several = False
    if operation.template_id is not None:
        return
    if tag is JobTag.SNAPSHOT and operation.snapshot is not None:
        snapshot = operation.snapshot
        several = snapshot.count != 1 and snapshot.snapshot_out_mode != "OnlySprite"
    elif tag is JobTag.SMART_COVER:
        several = operation.smart_cover is None or operation.smart_cover.count != 1
    elif tag is JobTag.SEGMENT and operation.segment is not None:
        segment = operation.segment
        several = segment.duration is not None and (segment.format or "").lower() not in _UNCUT
    if several:
        what = f"is the key of several files, so it needs the wildcard ${{number}}, as in {_numbered(tag)!r}"
        found.doubt(path, what)


def _numbered(tag: JobTag) -> str:
    return "part-${number}.mp4" if tag is JobTag.SEGMENT else "picture-${number}.jpg"
