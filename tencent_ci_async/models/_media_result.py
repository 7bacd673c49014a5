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


def _whole_keys(prefix: str | None, names: list[str]) -> tuple[str, ...]:
    # What the service names besides a prefix is what follows it, as a rule.
    return tuple(name if name.startswith(prefix or "") else f"{prefix}{name}" for name in names)


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

    @property
    def object_keys(self) -> tuple[str, ...]:
        """Whole keys of the files, with the prefix where there is one."""
        return _whole_keys(self.object_prefix, self.object_name)


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
    """Keys of the files; with a prefix, what follows it: see ``object_keys``."""

    md5_info: XmlList[Md5Info] = Field(default_factory=no_items)
    """Checksums of the files; empty for some kinds of jobs."""

    sprite_output_file: XmlOne[SpriteOutputFile] = None
    """Sprite sheets; snapshot jobs only."""

    @property
    def object_keys(self) -> tuple[str, ...]:
        """Whole keys of the files, with the prefix where there is one; without the sprite sheets."""
        return _whole_keys(self.object_prefix, self.object_name)


class MediaResult(WireModel):
    """The outcome of a job that writes files; None on jobs that have not ended.

    Source: Tencent Cloud CI API, DescribeMediaJob, MediaResult.
    """

    output_file: XmlOne[OutputFile] = None
    """The files that the job wrote."""
