"""The files that a job wrote."""

from pydantic import Field

from ._wire import WireModel, WireStr, XmlList, XmlOne, no_items

__all__ = ["Md5Info", "MediaResult", "OutputFile", "SpriteOutputFile"]


class Md5Info(WireModel):
    """The checksum of one file.

    Source: Tencent Cloud CI API, DescribeMediaJob, Md5Info.
    """

    object_name: WireStr = None
    """Key of the file."""

    md5: WireStr = None
    """MD5 of the content, 32 hexadecimal digits."""


class SpriteOutputFile(WireModel):
    """The sprite sheets that a snapshot job wrote.

    Source: Tencent Cloud CI API, snapshot job callback, SpriteOutputFile.
    """

    bucket: WireStr = None
    """Bucket of the files."""

    region: WireStr = None
    """Region of the bucket."""

    object_prefix: WireStr = None
    """What the keys of the files begin with; None unless they are numbered."""

    object_name: XmlList[str] = Field(default_factory=no_items)
    """Keys of the files, or what follows the prefix in them."""

    md5_info: XmlList[Md5Info] = Field(default_factory=no_items)
    """Checksums of the files."""


class OutputFile(WireModel):
    """The files that a job wrote.

    Source: Tencent Cloud CI API, DescribeMediaJob, OutputFile.
    """

    bucket: WireStr = None
    """Bucket of the files."""

    region: WireStr = None
    """Region of the bucket."""

    object_prefix: WireStr = None
    """What the keys of the files begin with; None unless the job writes numbered files."""

    object_name: XmlList[str] = Field(default_factory=no_items)
    """Keys of the files; with a prefix, what follows it (segment jobs leave out the extension)."""

    md5_info: XmlList[Md5Info] = Field(default_factory=no_items)
    """Checksums of the files; empty for some kinds of jobs."""

    sprite_output_file: XmlOne[SpriteOutputFile] = None
    """Sprite sheets; snapshot jobs only."""


class MediaResult(WireModel):
    """The outcome of a job that writes files; None on jobs that have not ended.

    Source: Tencent Cloud CI API, DescribeMediaJob, MediaResult.
    """

    output_file: XmlOne[OutputFile] = None
    """The files that the job wrote."""
