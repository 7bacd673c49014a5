"""Watermarks: the visible ones, and the digital ones that nobody sees."""

from ._wire import WireBool, WireFloat, WireInt, WireModel, WireStr, XmlOne

__all__ = [
    "DigitalWatermark",
    "ExtractDigitalWatermark",
    "RemoveWatermark",
    "SlideConfig",
    "Watermark",
    "WatermarkImage",
    "WatermarkText",
]


class SlideConfig(WireModel):
    """How a watermark moves.

    Source: Tencent Cloud CI API, watermark template, SlideConfig.
    """

    slide_mode: WireStr = None
    """``Default`` (it stays) or ``ScrollFromLeft``; required."""

    x_slide_speed: WireInt = None
    """Speed from side to side: 0 to 10; required."""

    y_slide_speed: WireInt = None
    """Speed up and down: 0 to 10; required."""


class WatermarkImage(WireModel):
    """The picture of a watermark.

    Source: Tencent Cloud CI API, watermark template, Image.
    """

    url: WireStr = None
    """Address of the picture, URL-encoded, in the bucket of the input; required."""

    mode: WireStr = None
    """Size: ``Original``, ``Proportion`` (of the video) or ``Fixed``; required."""

    width: WireInt = None
    """Width: in percent for ``Proportion``; in pixels, 8 to 4096, for ``Fixed``."""

    height: WireInt = None
    """Height: in percent for ``Proportion``; in pixels, 8 to 4096, for ``Fixed``."""

    transparency: WireInt = None
    """Transparency, in percent: 1 to 100; required."""

    background: WireBool = None
    """Whether the picture is the background of the video; no by default."""


class WatermarkText(WireModel):
    """The text of a watermark.

    Source: Tencent Cloud CI API, watermark template, Text.
    """

    text: WireStr = None
    """The text: at most 64 letters (CJK too), digits, ``_``, ``-`` and ``*``; required."""

    font_size: WireInt = None
    """Size of the font, in pixels: 5 to 100; required."""

    font_type: WireStr = None
    """Font; required."""

    font_color: WireStr = None
    """Colour of the font, as ``0xRRGGBB``; required."""

    transparency: WireInt = None
    """Transparency, in percent: 1 to 100; required."""


class Watermark(WireModel):
    """A visible watermark.

    Source: Tencent Cloud CI API, watermark template, Watermark.
    """

    type: WireStr = None
    """``Text`` or ``Image``; required."""

    loc_mode: WireStr = None
    """What the offsets are: ``Relativity`` (in percent) or ``Absolute`` (in pixels); required."""

    dx: WireFloat = None
    """Offset from the side: 0 to 100 %, or 0 to 4096 pixels; less than 0 for backgrounds; required."""

    dy: WireFloat = None
    """Offset upright: 0 to 100 %, or 0 to 4096 pixels; less than 0 for backgrounds; required."""

    pos: WireStr = None
    """Where it stands: ``TopLeft``, ``Top``, ``Center``, ``BottomRight`` and so on; required."""

    start_time: WireFloat = None
    """When it appears, in seconds; 0 by default."""

    end_time: WireFloat = None
    """When it disappears, in seconds; the end of the video by default."""

    slide_config: XmlOne[SlideConfig] = None
    """How it moves."""

    image: XmlOne[WatermarkImage] = None
    """The picture; required for the type ``Image``."""

    text: XmlOne[WatermarkText] = None
    """The text; required for the type ``Text``."""


class RemoveWatermark(WireModel):
    """The part of the picture from which a watermark is removed.

    Source: Tencent Cloud CI API, transcoding job, RemoveWatermark.
    """

    dx: WireInt = None
    """Distance from the left edge, in pixels: 0 to 4096 (one page says 1 to 4096); required."""

    dy: WireInt = None
    """Distance from the top edge, in pixels: 0 to 4096 (one page says 1 to 4096); required."""

    width: WireInt = None
    """Width, in pixels: 1 to 4096; required."""

    height: WireInt = None
    """Height, in pixels: 1 to 4096; required."""


class DigitalWatermark(WireModel):
    """A digital watermark to hide in a video.

    Source: Tencent Cloud CI API, submit a digital watermark job, DigitalWatermark.
    """

    message: WireStr = None
    """What it says: at most 64 letters (CJK too), digits, ``_``, ``-`` and ``*``; required."""

    type: WireStr = None
    """``Text``, the only one; required."""

    version: WireStr = None
    """``V1``, the only one; required."""

    ignore_error: WireBool = None
    """Whether the job goes on when the watermark cannot be hidden; no by default."""

    state: WireStr = None
    """How far it is: ``Running``, ``Success`` or ``Failed``; in answers only."""


class ExtractDigitalWatermark(WireModel):
    """A digital watermark to find in a video, and what it says.

    Source: Tencent Cloud CI API, submit a watermark extraction job, ExtractDigitalWatermark.
    """

    type: WireStr = None
    """``Text``, the only one; required."""

    version: WireStr = None
    """``V1``, the only one; required."""

    message: WireStr = None
    """What the watermark says: the result; in answers only."""
