"""Container, picture and sound: what fits together in one file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ._paths import at, is_given
from ._problems import Problems

if TYPE_CHECKING:
    from tencent_ci_async.models import Audio, AudioMix, Container, Video

__all__ = ["check_encoding", "check_mixes"]

_SOUND_ONLY: Final = frozenset({"mp3", "aac", "flac", "amr", "wav", "m4a", "ogg"})
# The formats that are named as the one codec that they hold.
_OWN_CODEC: Final = frozenset({"mp3", "aac", "flac", "amr"})
_CUT: Final = frozenset({"hls", "dash"})


def check_encoding(
    path: str,
    found: Problems,
    *,
    container: Container | None,
    video: Video | None = None,
    audio: Audio | None = None,
    formats: Sequence[str] = (),
) -> None:
    """Check the parts of one encoding against each other.

    Args:
        path: The node that they are fields of.
        found: Where to note problems.
        container: The format of the file.
        video: How the picture is encoded.
        audio: How the sound is encoded.
        formats: The formats that the kind of job writes; empty for no limit.

    Source: Tencent Cloud CI API, transcode template, Container, Video, Audio.
    """
    if container is not None and container.format is not None:
        _check_format(path, found, container, formats)
    form = container.format.lower() if container is not None and container.format else ""
    removed = audio is not None and bool(audio.remove)
    unseen = video is not None and bool(video.remove)
    if removed and (unseen or form in _SOUND_ONLY):
        found.wrong(at(path, "audio.remove"), "leaves nothing to write: there is no picture either")
    if form in _SOUND_ONLY and is_given(video) and not unseen:
        found.doubt(at(path, "video"), f"would be ignored: a file of format {form!r} holds no picture")
    if form in _OWN_CODEC and audio is not None and audio.codec is not None and audio.codec.lower() != form:
        found.doubt(
            at(path, "audio.codec"), f"is {audio.codec!r}: a file of format {form!r} holds {form} only"
        )
    if video is not None:
        _check_video(at(path, "video"), found, video)


def _check_format(path: str, found: Problems, container: Container, formats: Sequence[str]) -> None:
    written = str(container.format)
    form = written.lower()
    place = at(path, "container")
    if formats and form not in formats:
        what = f"is {written!r}: it must be one of {', '.join(formats)}"
        found.doubt(at(place, "format"), what)
    if is_given(container.clip_config) and form not in _CUT:
        what = "would be ignored: it counts only where format is 'hls' or 'dash'"
        found.doubt(at(place, "clip_config"), what)


def _check_video(path: str, found: Problems, video: Video) -> None:
    codec = (video.codec or "H.264").upper()
    if video.profile is not None and codec != "H.264":
        found.doubt(at(path, "profile"), "would be ignored: it counts only where codec is 'H.264'")
    if codec in {"VP8", "VP9"}:
        for name, value in (("bufsize", video.bufsize), ("maxrate", video.maxrate)):
            if value:
                found.doubt(at(path, name), f"would be ignored: codec {video.codec!r} has none")


def check_mixes(
    path: str,
    found: Problems,
    *,
    mix: Sequence[AudioMix],
    several: Sequence[AudioMix],
    audio: Audio | None,
) -> None:
    """Check the sounds to mix in.

    Args:
        path: The node that they are fields of.
        found: Where to note problems.
        mix: The one sound.
        several: The sounds, where they are more.
        audio: How the sound is encoded.

    Source: Tencent Cloud CI API, audio mix parameters.
    """
    if mix and several:
        found.doubt(at(path, "audio_mix_array"), "would be ignored: audio_mix beats it; give one of the two")
    if audio is not None and audio.remove:
        for name, sounds in (("audio_mix", mix), ("audio_mix_array", several)):
            if sounds:
                found.doubt(at(path, name), "would be ignored: audio.remove leaves the sound out")
