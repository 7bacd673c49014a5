"""Jobs about pictures, but for finding text in them."""

from ._wire import WireBool, WireInt, WireMap, WireModel, WireStr, XmlOne

__all__ = [
    "ImageInspect",
    "ImageInspectAutoProcessResult",
    "ImageInspectProcessResult",
    "ImageInspectResult",
    "PicImageInfo",
    "PicOriginalInfo",
    "PicProcess",
    "PicProcessResult",
    "PicProcessedInfo",
    "PosterProduction",
]


class ImageInspect(WireModel):
    """What is done with a picture that hides something.

    Source: Tencent Cloud Python and Go SDKs for COS, ImageInspect.
    """

    auto_process: WireBool = None
    """Whether something is done by itself; no by default."""

    process_type: WireStr = None
    """``BackupObject`` (the default), ``SwitchObjectToPrivate`` or ``DeleteObject``."""


class ImageInspectAutoProcessResult(WireModel):
    """Whether the picture was dealt with.

    Source: Tencent Cloud Go SDK for COS, AutoProcessResult.
    """

    code: WireStr = None
    """Error code."""

    message: WireStr = None
    """Error description."""


class ImageInspectProcessResult(WireModel):
    """What was found in a picture.

    Source: Tencent Cloud Go SDK for COS, ProcessResult.
    """

    pic_size: WireInt = None
    """Size of the picture, in bytes."""

    pic_type: WireStr = None
    """Type of the picture."""

    suspicious: WireBool = None
    """Whether it hides something."""

    suspicious_begin_byte: WireInt = None
    """Where that begins, in bytes."""

    suspicious_end_byte: WireInt = None
    """Where that ends, in bytes."""

    suspicious_size: WireInt = None
    """Size of it, in bytes."""

    suspicious_type: WireStr = None
    """Type of it."""

    auto_process_result: XmlOne[ImageInspectAutoProcessResult] = None
    """Whether the picture was dealt with."""


class ImageInspectResult(WireModel):
    """The inspection of a picture.

    Source: Tencent Cloud Go SDK for COS, ImageInspectResult.
    """

    state: WireStr = None
    """State of the inspection, as sent."""

    code: WireStr = None
    """Error code."""

    message: WireStr = None
    """Error description."""

    input_object_name: WireStr = None
    """Key of the picture."""

    input_object_url: WireStr = None
    """Address of the picture."""

    process_result: XmlOne[ImageInspectProcessResult] = None
    """What was found."""


class PicProcess(WireModel):
    """How a picture is processed.

    Source: Tencent Cloud CI API, submit a picture processing job, PicProcess.
    """

    is_pic_info: WireBool = None
    """Whether the original is described in the answer."""

    process_rule: WireStr = None
    """What is done, as in ``imageMogr2/rotate/90``."""


class PicImageInfo(WireModel):
    """A picture described.

    Source: Tencent Cloud CI API, picture processing job, ImageInfo.
    """

    format: WireStr = None
    """Format."""

    width: WireInt = None
    """Width, in pixels."""

    height: WireInt = None
    """Height, in pixels."""

    quality: WireInt = None
    """Quality, in percent."""

    ave: WireStr = None
    """Average colour, as ``0xRRGGBB``."""

    orientation: WireInt = None
    """Orientation, as EXIF counts it; 0 when it is not known."""


class PicOriginalInfo(WireModel):
    """The picture before.

    Source: Tencent Cloud CI API, picture processing job, OriginalInfo.
    """

    etag: WireStr = None
    """ETag of the object, in its double quotes."""

    image_info: XmlOne[PicImageInfo] = None
    """What it looks like."""


class PicProcessedInfo(WireModel):
    """The picture after.

    Source: Tencent Cloud CI API, picture processing job, ProcessResult.
    """

    format: WireStr = None
    """Format."""

    width: WireInt = None
    """Width, in pixels."""

    height: WireInt = None
    """Height, in pixels."""

    size: WireInt = None
    """Size, in bytes."""

    quality: WireInt = None
    """Quality, in percent."""

    etag: WireStr = None
    """ETag of the object, in its double quotes."""


class PicProcessResult(WireModel):
    """What became of a picture.

    Source: Tencent Cloud CI API, picture processing job, PicProcessResult.
    """

    object_name: WireStr = None
    """Key of the file written."""

    original_info: XmlOne[PicOriginalInfo] = None
    """The picture before."""

    process_result: XmlOne[PicProcessedInfo] = None
    """The picture after."""

    upload_result: WireMap = None
    """The same in another form, as parsed: an SDK names it, no page shows it."""


class PosterProduction(WireModel):
    """How a poster is made.

    Source: Tencent Cloud Go SDK for COS, PosterProduction.
    """

    template_id: WireStr = None
    """Id of the poster template."""

    info: WireMap = None
    """What goes where in the template: texts and addresses, by the names of its elements."""
