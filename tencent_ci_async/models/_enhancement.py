"""Jobs that make a video look better."""

from pydantic import Field

from ._transcode_job import Transcode
from ._wire import WireBool, WireInt, WireModel, WireStr, XmlOne

__all__ = [
    "ColorEnhance",
    "FrameEnhance",
    "MsSharpen",
    "SDRtoHDR",
    "SuperResolution",
    "VideoEnhance",
    "VideoProcess",
]


class ColorEnhance(WireModel):
    """How colours are enhanced.

    Source: Tencent Cloud CI API, video enhancement template, ColorEnhance.
    """

    enable: WireBool = None
    """Whether they are; no by default."""

    contrast: WireInt = None
    """Contrast: 0 to 100; chosen by the service by default."""

    correction: WireInt = None
    """Colour correction: 0 to 1000; chosen by the service by default."""

    saturation: WireInt = None
    """Saturation: 0 to 300; chosen by the service by default."""


class MsSharpen(WireModel):
    """How details are sharpened.

    Source: Tencent Cloud CI API, video enhancement template, MsSharpen.
    """

    enable: WireBool = None
    """Whether they are; no by default."""

    sharpen_level: WireInt = None
    """Strength: 0 to 10; chosen by the service by default."""


class VideoProcess(WireModel):
    """How a video is enhanced: one of the two ways is required.

    Source: Tencent Cloud CI API, submit a video enhancement job, VideoProcess.
    """

    color_enhance: XmlOne[ColorEnhance] = None
    """How colours are enhanced."""

    ms_sharpen: XmlOne[MsSharpen] = None
    """How details are sharpened."""


class SDRtoHDR(WireModel):
    """How SDR becomes HDR.

    Source: Tencent Cloud CI API, submit an SDR to HDR job, SDRtoHDR.
    """

    hdr_mode: WireStr = None
    """``HLG`` or ``HDR10``; required."""


class SuperResolution(WireModel):
    """How a video is scaled up.

    Source: Tencent Cloud CI API, submit a super resolution job, SuperResolution.
    """

    resolution: WireStr = None
    """``sdtohd`` or ``hdto4k``; required."""

    enable_scale_up: WireBool = None
    """Whether inputs of other sizes are scaled as well; no by default."""

    version: WireStr = None
    """``Base`` (the default) or ``Enhance``."""


class FrameEnhance(WireModel):
    """How frames are enhanced.

    Source: Tencent Cloud Go SDK for COS, FrameEnhance.
    """

    frame_doubling: WireBool = None
    """Whether the frame rate is doubled."""


class VideoEnhance(WireModel):
    """Several ways to enhance a video in one job.

    Source: Tencent Cloud Go SDK for COS, VideoEnhance.
    """

    transcode: XmlOne[Transcode] = None
    """How the result is encoded."""

    super_resolution: XmlOne[SuperResolution] = None
    """How it is scaled up."""

    color_enhance: XmlOne[ColorEnhance] = None
    """How colours are enhanced."""

    ms_sharpen: XmlOne[MsSharpen] = None
    """How details are sharpened."""

    sdr_to_hdr: XmlOne[SDRtoHDR] = Field(
        default=None, validation_alias="SDRtoHDR", serialization_alias="SDRtoHDR"
    )
    """How SDR becomes HDR."""

    frame_enhance: XmlOne[FrameEnhance] = None
    """How frames are enhanced."""
