"""Transcoding parameters that several kinds of jobs share."""

from ._wire import WireBool, WireFloat, WireInt, WireModel, WireRate, WireStr, XmlOne

__all__ = ["Audio", "AudioMix", "ClipConfig", "ColorParam", "Container", "EffectConfig", "Video"]


class ClipConfig(WireModel):
    """How a file is cut into segments; HLS and DASH only.

    Source: Tencent Cloud CI API, transcode template, ClipConfig.
    """

    duration: WireFloat = None
    """Length of a segment, in seconds; 5 by default."""


class Container(WireModel):
    """The format of the file to write.

    Source: Tencent Cloud CI API, transcode template, Container.
    """

    format: WireStr = None
    """Format: ``mp4``, ``flv``, ``hls``, ``ts``, ``mp3``, ``aac`` and more, depending on the kind of job."""

    clip_config: XmlOne[ClipConfig] = None
    """How the file is cut into segments; HLS and DASH only."""


class ColorParam(WireModel):
    """Colour parameters of the video to write, in the terms of FFmpeg.

    Source: Tencent Cloud Go SDK for COS, ColorParam.
    """

    color_range: WireStr = None
    """Colour range."""

    color_space: WireStr = None
    """Colour space."""

    color_trc: WireStr = None
    """Colour transfer characteristics."""

    color_primaries: WireStr = None
    """Colour primaries."""


class Video(WireModel):
    """How the video is encoded.

    Source: Tencent Cloud CI API, transcode template, Video.
    """

    codec: WireStr = None
    """Codec: ``H.264`` by default, ``H.265``, ``VP8``, ``VP9``, ``AV1``."""

    width: WireInt = None
    """Width, in pixels: even, 128 to 4096. Without the height, the aspect ratio is kept."""

    height: WireInt = None
    """Height, in pixels: even, 128 to 4096. Without the width, the aspect ratio is kept."""

    fps: WireRate = None
    """Frame rate, in frames per second: over 0, up to 60."""

    bitrate: WireStr = None
    """Bit rate, in kbit/s: 10 to 50000, as text because ``auto`` occurs too."""

    crf: WireFloat = None
    """Constant rate factor: over 0, up to 51. Beats the bit rate."""

    gop: WireInt = None
    """Most frames between two key frames: 1 to 100000."""

    preset: WireStr = None
    """Speed against quality: ``medium`` by default, ``veryfast`` to ``slower``; depends on the codec."""

    profile: WireStr = None
    """Profile: ``high`` by default, ``main``, ``baseline``, ``auto``; H.264 only."""

    bufsize: WireInt = None
    """Rate control buffer, in kbit: 1000 to 128000; 0 when unset."""

    maxrate: WireInt = None
    """Peak bit rate, in kbit/s: 10 to 50000; 0 when unset."""

    pixfmt: WireStr = None
    """Pixel format: ``yuv420p`` and others, or ``auto``."""

    long_short_mode: WireBool = None
    """Whether width and height stand for the longer and the shorter side."""

    rotate: WireInt = None
    """Rotation, in degrees: 0 to 359."""

    remove: WireBool = None
    """Whether the video is left out."""

    roi: WireStr = None
    """Strength of the region-of-interest encoding: ``none`` by default, ``low``, ``medium``, ``high``."""

    crop: WireStr = None
    """Part of the picture to keep, as ``width:height:left:top``."""

    interlaced: WireBool = None
    """Whether the video is interlaced."""

    color_param: XmlOne[ColorParam] = None
    """Colour parameters."""

    std_ext_info: WireStr = None
    """Further options for the encoder, such as ``single-pps=1``."""

    hls_ts_time: WireStr = None
    """Length of an HLS segment, in seconds, as sent."""

    dash_segment: WireStr = None
    """Length of a DASH segment, in seconds, as sent."""

    scan_mode: WireStr = None
    """Scan mode, as sent; seen on old jobs only."""


class Audio(WireModel):
    """How the audio is encoded.

    Source: Tencent Cloud CI API, transcode template, Audio.
    """

    codec: WireStr = None
    """Codec: ``aac`` by default, ``mp3``, and others for some kinds of jobs."""

    samplerate: WireInt = None
    """Sampling rate, in Hz: 44100 by default; what is allowed depends on the codec."""

    bitrate: WireInt = None
    """Bit rate, in kbit/s: 8 to 1000."""

    channels: WireInt = None
    """Number of channels: 1, 2, 4, 5, 6 or 8, depending on the codec."""

    remove: WireBool = None
    """Whether the audio is left out."""

    keep_two_tracks: WireBool = None
    """Whether both audio tracks are kept."""

    switch_track: WireBool = None
    """Whether the tracks are switched."""

    sample_format: WireStr = None
    """Sample format: ``fltp``, ``s16``, ``s32``, ``s16p``, ``s32p``."""


class EffectConfig(WireModel):
    """How mixed-in sound fades.

    Source: Tencent Cloud CI API, audio mix parameters, EffectConfig.
    """

    enable_start_fadein: WireBool = None
    """Whether the sound fades in."""

    start_fadein_time: WireFloat = None
    """Length of the fade-in, in seconds: over 0."""

    enable_end_fadeout: WireBool = None
    """Whether the sound fades out."""

    end_fadeout_time: WireFloat = None
    """Length of the fade-out, in seconds: over 0; 0 may be sent when there is none."""

    enable_bgm_fade: WireBool = None
    """Whether the sound fades where it begins again."""

    bgm_fade_time: WireFloat = None
    """Length of that fade, in seconds: over 0."""


class AudioMix(WireModel):
    """A sound to mix in.

    Source: Tencent Cloud CI API, audio mix parameters, AudioMix.
    """

    audio_source: WireStr = None
    """Address of the sound, in the bucket of the input."""

    mix_mode: WireStr = None
    """``Repeat`` (the default) plays it over and over, ``Once`` a single time."""

    replace: WireBool = None
    """Whether it replaces the audio of the input."""

    effect_config: XmlOne[EffectConfig] = None
    """How it fades."""
