"""The parameters of a job that joins media files."""

from pydantic import Field

from ._transcode import Audio, AudioMix, Container, Video
from ._wire import WireBool, WireFloat, WireInt, WireModel, WireStr, XmlList, XmlOne, no_items

__all__ = ["ConcatFragment", "ConcatTemplate", "SceneChangeInfo"]


class ConcatFragment(WireModel):
    """One of the files to join.

    Source: Tencent Cloud CI API, submit a splicing job, ConcatFragment.
    """

    url: WireStr = None
    """Address of the file, in the bucket of the job."""

    fragment_index: WireInt = None
    """Place among the fragments, from 0."""

    start_time: WireFloat = None
    """Where the part to use starts, in seconds; the start of the file by default."""

    end_time: WireFloat = None
    """Where the part to use ends, in seconds; the end of the file by default."""

    mode: WireStr = None
    """Whether it stands before or after the input: ``Start`` or ``End``."""

    duration: WireFloat = None
    """Length, in seconds."""


class SceneChangeInfo(WireModel):
    """The transition between two fragments.

    Source: Tencent Cloud Python and Go SDKs for COS, SceneChangeInfo.
    """

    mode: WireStr = None
    """``Default`` (none), ``FADE`` or ``GRADIENT``."""

    time: WireFloat = None
    """Length of the transition, in seconds: over 0, up to 5; 3 by default."""

    transition_type: WireStr = None
    """Kind of transition, as sent."""


class ConcatTemplate(WireModel):
    """How media files are joined.

    Source: Tencent Cloud CI API, submit a splicing job, ConcatTemplate.
    """

    concat_fragment: XmlList[ConcatFragment] = Field(default_factory=no_items)
    """The files to join, in this order."""

    audio: XmlOne[Audio] = None
    """How the audio is encoded."""

    video: XmlOne[Video] = None
    """How the video is encoded."""

    container: XmlOne[Container] = None
    """Format of the file to write."""

    audio_mix: XmlList[AudioMix] = Field(default_factory=no_items)
    """Sounds to mix in."""

    audio_mix_array: XmlList[AudioMix] = Field(default_factory=no_items)
    """Sounds to mix in, at most 2; the service ignores them when there is an ``audio_mix``."""

    index: WireInt = None
    """Place of the job's input among the fragments, from 0."""

    direct_concat: WireBool = None
    """Whether the files are joined without transcoding; start and end times are then ignored."""

    scene_change_info: XmlOne[SceneChangeInfo] = None
    """The transition between fragments."""
