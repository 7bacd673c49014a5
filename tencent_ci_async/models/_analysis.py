"""Jobs that measure a video or find it again."""

from pydantic import Field

from ._wire import WireBool, WireFloat, WireInt, WireModel, WireStr, XmlList, XmlOne, no_items

__all__ = [
    "DnaAudio",
    "DnaConfig",
    "DnaDetection",
    "DnaMatchDetail",
    "DnaResult",
    "QualityEstimate",
    "QualityEstimateConfig",
    "VqaDetail",
    "VqaItem",
    "VqaPlusResult",
]


class QualityEstimateConfig(WireModel):
    """How quality is estimated.

    Source: Tencent Cloud Go SDK for COS, QualityEstimateConfig.
    """

    rotate: WireInt = None
    """Rotation of the video, in degrees: 0, 90, 180 or 270."""

    mode: WireStr = None
    """Which faults are looked for, as sent."""


class VqaItem(WireModel):
    """One place with a fault.

    Source: Tencent Cloud Go and Java SDKs for COS, VqaPlusResult, Items.
    """

    confidence: WireInt = None
    """How sure the service is, in percent."""

    start_time_offset: WireFloat = None
    """Where the fault starts, in seconds."""

    end_time_offset: WireFloat = None
    """Where the fault ends, in seconds."""

    area_coord_set: XmlList[int] = Field(default_factory=no_items)
    """Where in the picture it is: coordinates, in pixels."""


class VqaDetail(WireModel):
    """The places with one kind of fault.

    Source: Tencent Cloud Go and Java SDKs for COS, VqaPlusResult, DetailedResult.
    """

    type: WireStr = None
    """Kind of fault."""

    items: XmlList[VqaItem] = Field(default_factory=no_items)
    """The places."""


class VqaPlusResult(WireModel):
    """The faults of a video.

    Source: Tencent Cloud Go and Java SDKs for COS, VqaPlusResult.
    """

    no_audio: WireBool = None
    """Whether there is no audio."""

    no_video: WireBool = None
    """Whether there is no video."""

    detailed_result: XmlList[VqaDetail] = Field(default_factory=no_items)
    """The faults by kind."""


class QualityEstimate(WireModel):
    """The quality of a video.

    Source: Tencent Cloud CI API, quality estimation job, QualityEstimate.
    """

    score: WireFloat = None
    """The score: 0 to 10; from 6 it is good."""

    vqa_plus_result: XmlOne[VqaPlusResult] = None
    """The faults found."""


class DnaConfig(WireModel):
    """How a video's fingerprint is used.

    Source: Tencent Cloud Go SDK for COS, DnaConfig.
    """

    rule_type: WireStr = None
    """What is done: ``GetFingerPrint``, and others."""

    dna_db_id: WireStr = None
    """Id of the collection of fingerprints."""

    video_id: WireStr = None
    """Id of the video in the collection."""


class DnaMatchDetail(WireModel):
    """One stretch that two videos share.

    Source: Tencent Cloud Go SDK for COS, MatchDetail.
    """

    match_start_time: WireInt = None
    """Where it starts in the video found, as sent."""

    match_end_time: WireInt = None
    """Where it ends in the video found, as sent."""

    src_start_time: WireInt = None
    """Where it starts in the input, as sent."""

    src_end_time: WireInt = None
    """Where it ends in the input, as sent."""


class DnaAudio(WireModel):
    """How much the audio agrees.

    Source: Tencent Cloud Go SDK for COS, Detection, Audio.
    """

    similar: WireInt = None
    """Similarity, as sent."""


class DnaDetection(WireModel):
    """A video with a similar fingerprint.

    Source: Tencent Cloud Go SDK for COS, Detection.
    """

    video_id: WireStr = None
    """Id of the video in the collection."""

    similar: WireInt = None
    """Similarity, as sent."""

    similar_duration: WireInt = None
    """Length of what is similar, as sent."""

    duration: WireInt = None
    """Length of the video, as sent."""

    match_detail: XmlList[DnaMatchDetail] = Field(default_factory=no_items)
    """The stretches that agree."""

    audio: XmlOne[DnaAudio] = None
    """How much the audio agrees."""


class DnaResult(WireModel):
    """The fingerprint of a video, and the videos like it.

    Source: Tencent Cloud Go SDK for COS, DnaResult.
    """

    video_id: WireStr = None
    """Id of the input in the collection."""

    duration: WireInt = None
    """Length of the input, as sent."""

    detection: XmlList[DnaDetection] = Field(default_factory=no_items)
    """The similar videos."""
