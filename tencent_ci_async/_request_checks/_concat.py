"""Splices: which files, in which order, and what joining them without transcoding rules out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ._encoding import check_encoding, check_mixes
from ._paths import at, is_given
from ._problems import Problems

if TYPE_CHECKING:
    from tencent_ci_async.models import ConcatFragment, ConcatTemplate

__all__ = ["check_concat"]

_FORMATS: Final = ("mp4", "flv", "hls", "ts", "mp3", "aac")
_SOUND_CODECS: Final = ("aac", "mp3")
_NEEDS_TRANSCODING: Final = ("audio", "video", "audio_mix", "audio_mix_array", "scene_change_info")


def check_concat(template: ConcatTemplate, path: str, found: Problems, *, with_input: bool) -> None:
    """Check how files are joined.

    Args:
        template: The parameters.
        path: Where they stand.
        found: Where to note problems.
        with_input: Whether the request has an input, which is joined as well.

    Source: Tencent Cloud CI API, submit a splicing job, ConcatTemplate; Tencent Cloud SDKs for COS.
    """
    fragments = template.concat_fragment
    _check_files(fragments, path, found, with_input=with_input)
    if template.index is not None and not 0 <= template.index <= len(fragments):
        what = f"is {template.index}: it must be from 0 up to the number of fragments, {len(fragments)}"
        found.doubt(at(path, "index"), what)
    _check_order(fragments, at(path, "concat_fragment"), found)
    if template.direct_concat:
        _check_direct(template, path, found)
        check_encoding(path, found, container=template.container, formats=_FORMATS)
        return
    check_encoding(
        path,
        found,
        container=template.container,
        video=template.video,
        audio=template.audio,
        formats=_FORMATS,
    )
    _check_codecs(template, path, found)
    check_mixes(path, found, mix=template.audio_mix, several=template.audio_mix_array, audio=template.audio)


def _check_files(
    fragments: Sequence[ConcatFragment], path: str, found: Problems, *, with_input: bool
) -> None:
    if not fragments:
        why = "it names the files to join" + ("" if with_input else ", and there is no input either")
        found.missing(at(path, "concat_fragment"), why)
    elif len(fragments) + with_input < 2:
        what = "names a single file, and there is no input: it takes two files to join"
        found.doubt(at(path, "concat_fragment"), what)


def _check_order(fragments: Sequence[ConcatFragment], path: str, found: Problems) -> None:
    places = [fragment.fragment_index or 0 for fragment in fragments]
    if not any(places):
        # As good as none: they are joined in the order given.
        return
    for number, place in enumerate(places):
        if (first := places.index(place)) < number:
            what = f"is {place} again, as in fragment {first}: give each fragment a place of its own, or none"
            found.doubt(at(f"{path}[{number}]", "fragment_index"), what)


def _check_direct(template: ConcatTemplate, path: str, found: Problems) -> None:
    why = "would be ignored: direct_concat joins without transcoding"
    for name in _NEEDS_TRANSCODING:
        if is_given(getattr(template, name)):
            found.doubt(at(path, name), why)
    for number, fragment in enumerate(template.concat_fragment):
        for name in ("start_time", "end_time"):
            if getattr(fragment, name) is not None:
                found.doubt(at(path, f"concat_fragment[{number}].{name}"), why)


def _check_codecs(template: ConcatTemplate, path: str, found: Problems) -> None:
    audio, video = template.audio, template.video
    if audio is not None and audio.codec is not None and audio.codec.lower() not in _SOUND_CODECS:
        what = f"is {audio.codec!r}: a splice has one of {', '.join(_SOUND_CODECS)}"
        found.doubt(at(path, "audio.codec"), what)
    if video is not None and video.codec is not None and video.codec.upper() != "H.264":
        found.doubt(at(path, "video.codec"), f"is {video.codec!r}: a splice has 'H.264' only")
