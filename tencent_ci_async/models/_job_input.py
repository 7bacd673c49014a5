"""What a job works on."""

from pydantic import Field

from ._wire import WireModel, WireStr, XmlList, XmlOne, no_items

__all__ = ["CosHeader", "JobInput", "VodInfo"]


class CosHeader(WireModel):
    """One header stored with the input object.

    Source: Tencent Cloud CI API, workflow callback, CosHeaders.
    """

    key: WireStr = None
    """Name of the header."""

    value: WireStr = None
    """Value of the header."""


class VodInfo(WireModel):
    """A file in the Video on Demand service.

    Source: Tencent Cloud Go SDK for COS, VodInfo.
    """

    file_id: WireStr = None
    """Id of the file."""

    sub_app_id: WireStr = None
    """Id of the application that owns it."""


class JobInput(WireModel):
    """What a job works on.

    Source: Tencent Cloud CI API, DescribeMediaJob, Input.
    """

    object: WireStr = None
    """Key of the object in the bucket."""

    url: WireStr = None
    """Public address, for the kinds of jobs that take one instead of a key."""

    bucket_id: WireStr = None
    """Bucket, with the APPID at its end."""

    region: WireStr = None
    """Region of the bucket."""

    cos_headers: XmlList[CosHeader] = Field(default_factory=no_items)
    """Headers stored with the object; only on jobs started by a workflow."""

    lang: WireStr = None
    """Language of the document; translation jobs only."""

    type: WireStr = None
    """Type of the document; translation jobs only."""

    basic_type: WireStr = None
    """Type of the translated document; translation jobs only."""

    vod: XmlOne[VodInfo] = None
    """File in the Video on Demand service, instead of a key."""
