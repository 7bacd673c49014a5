"""What the service found out about a media file."""

from pydantic import Field

from ._wire import WireFloat, WireInt, WireModel, WireRate, WireStr, XmlList, XmlOne, no_items

__all__ = ["AudioStream", "MediaFormat", "MediaInfo", "MediaStream", "SubtitleStream", "VideoStream"]


class MediaFormat(WireModel):
    """The container of a media file.

    Source: Tencent Cloud CI API, DescribeMediaJob, Format.
    """

    num_stream: WireInt = None
    """Number of streams."""

    num_program: WireInt = None
    """Number of programs."""

    format_name: WireStr = None
    """Short name, often several joined by commas for one format: ``mov,mp4,m4a,3gp,3g2,mj2``."""

    format_long_name: WireStr = None
    """Name in words."""

    start_time: WireFloat = None
    """Start, in seconds."""

    duration: WireFloat = None
    """Length, in seconds."""

    bitrate: WireFloat = None
    """Bit rate, in kbit/s."""

    size: WireInt = None
    """Size, in bytes."""


class VideoStream(WireModel):
    """One video stream of a media file.

    Source: Tencent Cloud CI API, DescribeMediaJob, Video.
    """

    index: WireInt = None
    """Number of the stream in the file, from 0."""

    codec_name: WireStr = None
    """Short name of the codec: ``h264``, ``hevc``, ``gif``."""

    codec_long_name: WireStr = None
    """Name of the codec in words."""

    codec_time_base: WireStr = None
    """Time base of the codec, in seconds, as a ratio such as ``1/50``; may be ``0/1``."""

    codec_tag_string: WireStr = None
    """Tag of the codec as text: ``avc1``, or ``[0][0][0][0]`` when there is none."""

    codec_tag: WireStr = None
    """Tag of the codec as a hexadecimal number: ``0x31637661``."""

    color_primaries: WireStr = None
    """Colour primaries."""

    color_range: WireStr = None
    """Colour range."""

    color_transfer: WireStr = None
    """Colour transfer."""

    profile: WireStr = None
    """Profile of the codec: ``High``."""

    width: WireInt = None
    """Width, in pixels."""

    height: WireInt = None
    """Height, in pixels."""

    has_b_frame: WireInt = None
    """Whether there are B frames; 0 means none. Documented as a flag, but larger numbers occur."""

    ref_frames: WireInt = None
    """Number of reference frames."""

    sar: WireStr = None
    """Sample aspect ratio, such as ``1:1``; may be ``0:1``."""

    dar: WireStr = None
    """Display aspect ratio, such as ``16:9``; may be ``0:1``."""

    pix_format: WireStr = None
    """Pixel format: ``yuv420p``."""

    field_order: WireStr = None
    """Order of the fields: ``progressive``."""

    level: WireInt = None
    """Level of the codec; -99 when it has none."""

    fps: WireRate = None
    """Frame rate, in frames per second."""

    avg_fps: WireStr = None
    """Average frame rate, in frames per second, as text: ``25.000000`` and ``24/1`` both occur."""

    timebase: WireStr = None
    """Time base of the stream, in seconds, as a ratio such as ``1/12800``."""

    start_time: WireFloat = None
    """Start, in seconds."""

    duration: WireFloat = None
    """Length, in seconds."""

    bitrate: WireFloat = None
    """Bit rate, in kbit/s; None for GIF."""

    num_frames: WireInt = None
    """Number of frames."""

    language: WireStr = None
    """Language; ``und`` when it is not known."""

    rotation: WireFloat = None
    """Rotation, in degrees."""


class AudioStream(WireModel):
    """One audio stream of a media file.

    Source: Tencent Cloud CI API, DescribeMediaJob, Audio.
    """

    index: WireInt = None
    """Number of the stream in the file, from 0."""

    codec_name: WireStr = None
    """Short name of the codec: ``aac``."""

    codec_long_name: WireStr = None
    """Name of the codec in words."""

    codec_time_base: WireStr = None
    """Time base of the codec, in seconds, as a ratio such as ``1/44100``; may be ``0/1``."""

    codec_tag_string: WireStr = None
    """Tag of the codec as text: ``mp4a``."""

    codec_tag: WireStr = None
    """Tag of the codec as a hexadecimal number: ``0x6134706d``."""

    sample_fmt: WireStr = None
    """Sample format: ``fltp``."""

    sample_rate: WireInt = None
    """Sampling rate, in Hz."""

    channel: WireInt = None
    """Number of channels."""

    channel_layout: WireStr = None
    """Layout of the channels: ``stereo``."""

    timebase: WireStr = None
    """Time base of the stream, in seconds, as a ratio such as ``1/44100``."""

    start_time: WireFloat = None
    """Start, in seconds."""

    duration: WireFloat = None
    """Length, in seconds."""

    bitrate: WireFloat = None
    """Bit rate, in kbit/s."""

    language: WireStr = None
    """Language; ``und`` when it is not known."""


class SubtitleStream(WireModel):
    """One subtitle stream of a media file.

    Source: Tencent Cloud CI API, DescribeMediaJob, Subtitle.
    """

    index: WireInt = None
    """Number of the stream in the file, from 0."""

    language: WireStr = None
    """Language; ``und`` when it is not known."""


class MediaStream(WireModel):
    """The streams of a media file, by kind.

    Source: Tencent Cloud CI API, DescribeMediaJob, Stream.
    """

    video: XmlList[VideoStream] = Field(default_factory=no_items)
    """Video streams; empty when there are none."""

    audio: XmlList[AudioStream] = Field(default_factory=no_items)
    """Audio streams; empty when there are none."""

    subtitle: XmlList[SubtitleStream] = Field(default_factory=no_items)
    """Subtitle streams; empty when there are none."""


class MediaInfo(WireModel):
    """A media file described: of the output, or of the input for jobs that only analyse.

    Source: Tencent Cloud CI API, DescribeMediaJob, MediaInfo.
    """

    format: XmlOne[MediaFormat] = None
    """The container."""

    stream: XmlOne[MediaStream] = None
    """The streams inside."""
