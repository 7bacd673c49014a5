"""Jobs that say what a video is about."""

from pydantic import Field

from ._wire import WireFloat, WireInt, WireModel, WireStr, XmlList, XmlOne, no_items

__all__ = [
    "ActionTag",
    "BoundingBox",
    "DetailPerSecond",
    "ObjectTag",
    "ObjectTagItem",
    "PersonTag",
    "PlaceTag",
    "VideoTag",
    "VideoTagData",
    "VideoTagItem",
    "VideoTagLabel",
    "VideoTagResult",
    "VideoTagStreamData",
]


class VideoTag(WireModel):
    """How a video is tagged.

    Source: Tencent Cloud CI API, submit a video tagging job, VideoTag.
    """

    scenario: WireStr = None
    """``Stream``; SDKs name ``ShortVideo`` too; required."""

    text: WireStr = None
    """Text that goes with the video."""


class BoundingBox(WireModel):
    """A rectangle in the picture; 0 is left or top, 1 is right or bottom.

    Source: Tencent Cloud CI API, video tagging job, BBox.
    """

    x1: WireFloat = None
    """Left edge: 0 to 1."""

    x2: WireFloat = None
    """Right edge: 0 to 1."""

    y1: WireFloat = None
    """Top edge: 0 to 1."""

    y2: WireFloat = None
    """Bottom edge: 0 to 1."""


class VideoTagItem(WireModel):
    """One tag.

    Source: Tencent Cloud CI API, video tagging job, Tags.
    """

    tag: WireStr = None
    """Name of the tag."""

    tag_cls: WireStr = None
    """Class of the tag."""

    confidence: WireFloat = None
    """How sure the service is: 0 to 1."""


class DetailPerSecond(WireModel):
    """A person at one moment.

    Source: Tencent Cloud CI API, video tagging job, DetailPerSecond.
    """

    time_stamp: WireFloat = None
    """The moment, in seconds."""

    name: WireStr = None
    """Name of the person."""

    confidence: WireFloat = None
    """How sure the service is: 0 to 1."""

    b_box: XmlList[BoundingBox] = Field(default_factory=no_items)
    """Where the person is."""


class PersonTag(WireModel):
    """A person seen in a video.

    Source: Tencent Cloud CI API, video tagging job, PersonTags.
    """

    name: WireStr = None
    """Name of the person."""

    confidence: WireFloat = None
    """How sure the service is: 0 to 1."""

    count: WireInt = None
    """How often the person is seen."""

    detail_per_second: XmlList[DetailPerSecond] = Field(default_factory=no_items)
    """When and where the person is seen."""


class PlaceTag(WireModel):
    """Where a stretch of a video was taken.

    Source: Tencent Cloud CI API, video tagging job, PlaceTags.
    """

    tags: XmlList[VideoTagItem] = Field(default_factory=no_items)
    """The tags of the stretch."""

    clip_frame_result: XmlList[str] = Field(default_factory=no_items)
    """What single frames show, as free text."""

    start_time: WireFloat = None
    """Where the stretch starts, in seconds."""

    end_time: WireFloat = None
    """Where the stretch ends, in seconds."""

    start_index: WireInt = None
    """Number of its first frame."""

    end_index: WireInt = None
    """Number of its last frame."""


class ActionTag(WireModel):
    """What is done in a stretch of a video.

    Source: Tencent Cloud CI API, video tagging job, ActionTags.
    """

    tags: XmlList[VideoTagItem] = Field(default_factory=no_items)
    """The tags of the stretch."""

    start_time: WireFloat = None
    """Where the stretch starts, in seconds."""

    end_time: WireFloat = None
    """Where the stretch ends, in seconds."""


class ObjectTagItem(WireModel):
    """A thing seen at one moment.

    Source: Tencent Cloud CI API, video tagging job, Objects.
    """

    name: WireStr = None
    """Name of the thing."""

    confidence: WireFloat = None
    """How sure the service is: 0 to 1."""

    b_box: XmlList[BoundingBox] = Field(default_factory=no_items)
    """Where it is."""


class ObjectTag(WireModel):
    """The things seen at one moment.

    Source: Tencent Cloud CI API, video tagging job, ObjectTags.
    """

    time_stamp: WireFloat = None
    """The moment, in seconds."""

    objects: XmlList[ObjectTagItem] = Field(default_factory=no_items)
    """The things."""


class VideoTagLabel(WireModel):
    """A label of the whole video, on two levels.

    Source: Tencent Cloud Go SDK for COS, Labels.
    """

    first: WireStr = None
    """The wider label."""

    second: WireStr = None
    """The narrower label."""

    confidence: WireFloat = None
    """How sure the service is: 0 to 1."""


class VideoTagData(WireModel):
    """What a video is about.

    Source: Tencent Cloud CI API, video tagging job, Data.
    """

    tags: XmlList[VideoTagItem] = Field(default_factory=no_items)
    """Tags of the whole video."""

    person_tags: XmlList[PersonTag] = Field(default_factory=no_items)
    """The persons seen."""

    place_tags: XmlList[PlaceTag] = Field(default_factory=no_items)
    """Where it was taken, by stretches."""

    action_tags: XmlList[ActionTag] = Field(default_factory=no_items)
    """What is done, by stretches."""

    object_tags: XmlList[ObjectTag] = Field(default_factory=no_items)
    """The things seen, by moments."""

    labels: XmlList[VideoTagLabel] = Field(default_factory=no_items)
    """Labels of the whole video."""


class VideoTagStreamData(WireModel):
    """The result of one analysis.

    Source: Tencent Cloud CI API, video tagging job, StreamData.
    """

    sub_err_code: WireInt = None
    """Error code of the analysis; 0 when all went well."""

    sub_err_msg: WireStr = None
    """Error description; ``ok`` when all went well."""

    data: XmlOne[VideoTagData] = None
    """What was found."""


class VideoTagResult(WireModel):
    """What a video is about.

    Source: Tencent Cloud CI API, video tagging job, VideoTagResult.
    """

    stream_data: XmlOne[VideoTagStreamData] = None
    """The result of the scenario ``Stream``."""
