"""Jobs that cut videos, put them together, or cut people out of them."""

from pydantic import Field

from ._transcode import Audio, AudioMix, Container
from ._transcode_job import AIGCMetadata, HlsEncrypt
from ._wire import WireBool, WireFloat, WireInt, WireModel, WireRate, WireStr, XmlList, XmlOne, no_items

__all__ = [
    "FillConcat",
    "FillInput",
    "Segment",
    "SegmentVideoBody",
    "SpliceInfo",
    "SplitVideoInfoResult",
    "SplitVideoParts",
    "TimeInfo",
    "VideoMontage",
    "VideoMontageVideo",
    "VideoSynthesis",
]


class VideoMontageVideo(WireModel):
    """How the video of a highlight reel is encoded.

    Source: Tencent Cloud CI API, submit a highlights job, Video.
    """

    codec: WireStr = None
    """Codec: ``H.264`` or ``H.265``."""

    width: WireInt = None
    """Width, in pixels: 128 to 4096, even. Without the height, the aspect ratio is kept."""

    height: WireInt = None
    """Height, in pixels: 128 to 4096, even. Without the width, the aspect ratio is kept."""

    fps: WireRate = None
    """Frame rate, in frames per second: over 0, up to 60."""

    bitrate: WireInt = None
    """Bit rate, in kbit/s: 10 to 50000."""

    crf: WireFloat = None
    """Constant rate factor: over 0, up to 51. Beats the bit rate."""

    rotate: WireInt = None
    """Rotation, in degrees: 0 to 359."""

    remove: WireBool = None
    """Whether the video is left out."""


class VideoMontage(WireModel):
    """How highlights become a reel.

    Source: Tencent Cloud CI API, submit a highlights job, VideoMontage.
    """

    container: XmlOne[Container] = None
    """Format of the file to write: ``mp4``, ``flv``, ``hls``, ``ts`` or ``mkv``."""

    video: XmlOne[VideoMontageVideo] = None
    """How the video is encoded."""

    audio: XmlOne[Audio] = None
    """How the audio is encoded: ``aac`` or ``mp3``."""

    duration: WireFloat = None
    """Length of the reel, in seconds; chosen by the service by default."""

    scene: WireStr = None
    """What is shown in the input, as sent."""

    audio_mix: XmlList[AudioMix] = Field(default_factory=no_items)
    """Sounds to mix in."""

    audio_mix_array: XmlList[AudioMix] = Field(default_factory=no_items)
    """Sounds to mix in, at most 2; not looked at when there is an ``audio_mix``."""


class Segment(WireModel):
    """How a file is split.

    Source: Tencent Cloud CI API, submit a segment job, Segment.
    """

    format: WireStr = None
    """``mp4``, ``ts``, ``mkv``, ``avi``, ``hls``, ``m3u8``, ``aac``, ``mp3`` or ``flac``; required."""

    duration: WireInt = None
    """Length of a part, in seconds: at least 5. Without it, only the format is changed."""

    transcode_index: WireStr = None
    """Number of the stream to work on."""

    hls_encrypt: XmlOne[HlsEncrypt] = None
    """How HLS segments are encrypted; the format ``hls`` only."""

    start_time: WireFloat = None
    """Where the first part starts, in seconds."""

    end_time: WireFloat = None
    """Where the last part ends, in seconds."""

    aigc_metadata: XmlOne[AIGCMetadata] = Field(
        default=None, validation_alias="AIGCMetadata", serialization_alias="AIGCMetadata"
    )
    """The implicit label of generated content."""


class SegmentVideoBody(WireModel):
    """How people are cut out of a video.

    Source: Tencent Cloud Python and Go SDKs for COS, SegmentVideoBody.
    """

    mode: WireStr = None
    """What is written: ``Mask``, ``Foreground`` or ``Combination`` (on a picture); required."""

    segment_type: WireStr = None
    """``HumanSeg`` (the default), ``GreenScreenSeg`` or ``SolidColorSeg``."""

    background_red: WireInt = None
    """Red of the background: 0 (the default) to 255; the mode ``Foreground`` only."""

    background_green: WireInt = None
    """Green of the background: 0 (the default) to 255; the mode ``Foreground`` only."""

    background_blue: WireInt = None
    """Blue of the background: 0 (the default) to 255; the mode ``Foreground`` only."""

    background_logo_url: WireStr = None
    """Address of the picture behind, in the same bucket; required for ``Combination``."""

    binary_threshold: WireInt = None
    """From which value a pixel belongs to the person: 0 (the default) to 255."""

    remove_red: WireInt = None
    """Red of the colour to remove: 0 (the default) to 255; ``SolidColorSeg`` only."""

    remove_green: WireInt = None
    """Green of the colour to remove: 0 (the default) to 255; ``SolidColorSeg`` only."""

    remove_blue: WireInt = None
    """Blue of the colour to remove: 0 (the default) to 255; ``SolidColorSeg`` only."""


class FillInput(WireModel):
    """A file or a gap: one of the two is required.

    Source: Tencent Cloud Go SDK for COS, FillInput.
    """

    url: WireStr = None
    """Address of the file."""

    fill_time: WireFloat = None
    """Length of the gap to fill, in seconds."""


class FillConcat(WireModel):
    """How files are joined with gaps between them.

    Source: Tencent Cloud Go SDK for COS, FillConcat.
    """

    format: WireStr = None
    """Format of the file to write; required."""

    fill_input: XmlList[FillInput] = Field(default_factory=no_items)
    """The files and gaps, in order; required."""

    ref_mode: WireStr = None
    """How the file of reference is chosen, as sent."""

    ref_index: WireInt = None
    """Number of the file of reference."""


class SpliceInfo(WireModel):
    """One of the videos to place in one picture.

    Source: Tencent Cloud Go SDK for COS, SpliceInfo.
    """

    url: WireStr = None
    """Address of the video."""

    x: WireInt = None
    """Distance from the left edge, in pixels."""

    y: WireInt = None
    """Distance from the top edge, in pixels."""

    width: WireInt = None
    """Width, in pixels."""

    height: WireInt = None
    """Height, in pixels."""


class VideoSynthesis(WireModel):
    """How videos are placed in one picture.

    Source: Tencent Cloud Go SDK for COS, VideoSynthesis.
    """

    keep_audio_track: WireBool = None
    """Whether the audio is kept."""

    splice_info: XmlList[SpliceInfo] = Field(default_factory=no_items)
    """The videos."""


class SplitVideoParts(WireModel):
    """How a video is divided into scenes.

    Source: Tencent Cloud Go SDK for COS, SplitVideoParts.
    """

    mode: WireStr = None
    """How scenes are told apart: ``SHOTDETECT``."""


class TimeInfo(WireModel):
    """One scene.

    Source: Tencent Cloud Go SDK for COS, TimeInfo.
    """

    index: WireInt = None
    """Number of the scene."""

    part_begin: WireFloat = None
    """Where it begins, in seconds."""

    part_end: WireFloat = None
    """Where it ends, in seconds."""


class SplitVideoInfoResult(WireModel):
    """The scenes of a video.

    Source: Tencent Cloud Go SDK for COS, SplitVideoInfoResult.
    """

    time_info: XmlList[TimeInfo] = Field(default_factory=no_items)
    """The scenes."""
