"""The parameters of a transcoding job; several other kinds of jobs take them too."""

from pydantic import Field

from ._transcode import Audio, AudioMix, Container, Video
from ._wire import WireBool, WireFloat, WireInt, WireModel, WireStr, XmlList, XmlOne, no_items

__all__ = [
    "AIGCMetadata",
    "DashEncrypt",
    "HlsEncrypt",
    "SubtitleBurn",
    "Subtitles",
    "TargetSubtitle",
    "TimeInterval",
    "TransConfig",
    "Transcode",
]


class TimeInterval(WireModel):
    """The part of a file to work on.

    Source: Tencent Cloud CI API, transcode template, TimeInterval.
    """

    start: WireFloat = None
    """Where the part starts, in seconds to the millisecond; 0 by default."""

    duration: WireFloat = None
    """Length of the part, in seconds; up to the end of the file by default."""


class HlsEncrypt(WireModel):
    """How HLS segments are encrypted.

    Source: Tencent Cloud CI API, transcode template, HlsEncrypt.
    """

    is_hls_encrypt: WireBool = None
    """Whether they are encrypted; no by default."""

    uri_key: WireStr = None
    """Address of the key; used only with encryption."""


class DashEncrypt(WireModel):
    """How DASH segments are encrypted.

    Source: Tencent Cloud CI API, transcode template, DashEncrypt.
    """

    is_encrypt: WireBool = None
    """Whether they are encrypted; no by default."""

    uri_key: WireStr = None
    """Address of the key; used only with encryption."""


class AIGCMetadata(WireModel):
    """The implicit label of generated content, written into the file.

    Source: Tencent Cloud Python and Go SDKs for COS, AIGCMetadata.
    """

    label: WireStr = None
    """Whether the content is generated, as the label's standard writes it; required."""

    content_producer: WireStr = None
    """Who made the content; required."""

    produce_id: WireStr = Field(default=None, validation_alias="ProduceID", serialization_alias="ProduceID")
    """The producer's number of the content; required."""

    reserved_code_1: WireStr = None
    """The producer's own check value, in Base64."""

    content_propagator: WireStr = None
    """Who spreads the content."""

    propagate_id: WireStr = Field(
        default=None, validation_alias="PropagateID", serialization_alias="PropagateID"
    )
    """The spreader's number of the content."""

    reserved_code_2: WireStr = None
    """The spreader's own check value, in Base64."""


class TransConfig(WireModel):
    """What a transcoding job does beyond encoding.

    Source: Tencent Cloud CI API, transcode template, TransConfig.
    """

    adj_dar_method: WireStr = None
    """How the aspect ratio is changed: ``none`` by default, ``scale``, ``crop`` or ``pad``."""

    is_check_reso: WireBool = None
    """Whether the resolution is compared with the source's; no by default."""

    reso_adj_method: WireInt = None
    """When it is above the source's: 0 takes the source's (the default), 1 fails."""

    is_check_video_bitrate: WireBool = None
    """Whether the video bit rate is compared with the source's; no by default."""

    video_bitrate_adj_method: WireInt = None
    """When it is above the source's: 0 takes the source's (the default), 1 fails."""

    is_check_audio_bitrate: WireBool = None
    """Whether the audio bit rate is compared with the source's; no by default."""

    audio_bitrate_adj_method: WireInt = None
    """When it is above the source's: 0 takes the source's (the default), 1 fails."""

    is_check_video_fps: WireBool = None
    """Whether the frame rate is compared with the source's; no by default."""

    video_fps_adj_method: WireInt = None
    """When it is above the source's: 0 takes the source's (the default), 1 fails."""

    delete_metadata: WireBool = None
    """Whether the metadata of the file is deleted; no by default."""

    is_hdr2sdr: WireBool = None
    """Whether HDR becomes SDR; no by default."""

    transcode_index: WireStr = None
    """Number of the stream to work on."""

    hls_encrypt: XmlOne[HlsEncrypt] = None
    """How HLS segments are encrypted."""

    dash_encrypt: XmlOne[DashEncrypt] = None
    """How DASH segments are encrypted."""

    aigc_metadata: XmlOne[AIGCMetadata] = Field(
        default=None, validation_alias="AIGCMetadata", serialization_alias="AIGCMetadata"
    )
    """The implicit label of generated content."""

    initial_clip_num: WireInt = None
    """Number of segments that are transcoded at first; play list jobs only."""

    cos_tag: WireStr = None
    """Tags for the segments, as ``a=a&b=b``; play list jobs only."""


class TargetSubtitle(WireModel):
    """What becomes of the subtitles of the source.

    Source: Tencent Cloud Go SDK for COS, TargetSubtitle.
    """

    remove: WireBool = None
    """Whether they are left out."""


class Transcode(WireModel):
    """How a file is transcoded.

    Source: Tencent Cloud CI API, submit a transcoding job, Transcode.
    """

    container: XmlOne[Container] = None
    """Format of the file to write."""

    video: XmlOne[Video] = None
    """How the video is encoded; without it, the video is left out."""

    audio: XmlOne[Audio] = None
    """How the audio is encoded; without it, the audio is left out."""

    time_interval: XmlOne[TimeInterval] = None
    """The part of the input to transcode; all of it by default."""

    trans_config: XmlOne[TransConfig] = None
    """What is done beyond encoding."""

    audio_mix: XmlList[AudioMix] = Field(default_factory=no_items)
    """Sounds to mix in; only where the audio is not removed."""

    audio_mix_array: XmlList[AudioMix] = Field(default_factory=no_items)
    """Sounds to mix in, at most 2; not looked at when there is an ``audio_mix``."""

    subtitle: XmlOne[TargetSubtitle] = None
    """What becomes of the subtitles of the source."""


class SubtitleBurn(WireModel):
    """A subtitle file to add to a video.

    Source: Tencent Cloud Go SDK for COS, Subtitle.
    """

    url: WireStr = None
    """Address of the subtitle file."""

    embed: WireBool = None
    """Whether it is embedded."""

    font_type: WireStr = None
    """Font."""

    font_size: WireInt = None
    """Size of the font."""

    font_color: WireStr = None
    """Colour of the font."""

    outline_color: WireStr = None
    """Colour of the outline."""

    v_margin: WireInt = None
    """Vertical margin."""


class Subtitles(WireModel):
    """Subtitles to add to a video.

    Source: Tencent Cloud Go SDK for COS, Subtitles.
    """

    subtitle: XmlList[SubtitleBurn] = Field(default_factory=no_items)
    """The subtitle files."""
