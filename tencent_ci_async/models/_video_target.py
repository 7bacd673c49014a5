"""Jobs that find people, animals and cars in a video."""

from pydantic import Field

from ._transcode_job import Transcode
from ._wire import WireBool, WireFloat, WireInt, WireModel, WireStr, XmlList, XmlOne, no_items

__all__ = [
    "BodyRecognition",
    "CarRecognition",
    "FaceRecognition",
    "LicenseRecognition",
    "PetRecognition",
    "TargetInfo",
    "TargetLocation",
    "VideoTargetRec",
    "VideoTargetRecResult",
]


class VideoTargetRec(WireModel):
    """What is looked for.

    Source: Tencent Cloud CI API, submit a target recognition job, VideoTargetRec.
    """

    body: WireBool = None
    """Whether people are."""

    pet: WireBool = None
    """Whether pets are."""

    car: WireBool = None
    """Whether cars are."""

    face: WireBool = None
    """Whether faces are."""

    plate: WireBool = None
    """Whether number plates are."""

    process_type: WireStr = None
    """What is done with what is found, as sent."""

    trans_tpl: XmlOne[Transcode] = None
    """How the processed video is encoded: container and video only."""

    car_plate: WireBool = None
    """Whether number plates are looked for in a live stream."""

    snapshot_time_interval: WireInt = None
    """Time between two pictures of a live stream, in seconds: 1 (the default) to 300."""


class TargetLocation(WireModel):
    """Where in the picture something is.

    Source: Tencent Cloud CI API, target recognition job, Location.
    """

    x: WireFloat = None
    """Distance from the left edge, in pixels."""

    y: WireFloat = None
    """Distance from the top edge, in pixels."""

    height: WireFloat = None
    """Height, in pixels."""

    width: WireFloat = None
    """Width, in pixels."""


class TargetInfo(WireModel):
    """Something that was found.

    Source: Tencent Cloud CI API, target recognition job, BodyInfo, PetInfo and CarInfo.
    """

    name: WireStr = None
    """What it is."""

    score: WireInt = None
    """How sure the service is, in percent: 0 to 100."""

    location: XmlOne[TargetLocation] = None
    """Where it is."""


class BodyRecognition(WireModel):
    """The people in one picture.

    Source: Tencent Cloud CI API, target recognition job, BodyRecognition.
    """

    time: WireFloat = None
    """When the picture was taken, in seconds."""

    url: WireStr = None
    """Address of the picture."""

    body_info: XmlList[TargetInfo] = Field(default_factory=no_items)
    """The people."""


class PetRecognition(WireModel):
    """The pets in one picture.

    Source: Tencent Cloud CI API, target recognition job, PetRecognition.
    """

    time: WireFloat = None
    """When the picture was taken, in seconds."""

    url: WireStr = None
    """Address of the picture."""

    pet_info: XmlList[TargetInfo] = Field(default_factory=no_items)
    """The pets."""


class CarRecognition(WireModel):
    """The cars in one picture.

    Source: Tencent Cloud CI API, target recognition job, CarRecognition.
    """

    time: WireFloat = None
    """When the picture was taken, in seconds."""

    url: WireStr = None
    """Address of the picture."""

    car_info: XmlList[TargetInfo] = Field(default_factory=no_items)
    """The cars."""


class FaceRecognition(WireModel):
    """The faces in one picture.

    Source: Tencent Cloud Go SDK for COS, FaceRecognition.
    """

    time: WireFloat = None
    """When the picture was taken, in seconds."""

    url: WireStr = None
    """Address of the picture."""

    face_info: XmlList[TargetInfo] = Field(default_factory=no_items)
    """The faces."""


class LicenseRecognition(WireModel):
    """The number plates in one picture.

    Source: Tencent Cloud Go SDK for COS, LicenseRecognitionResult.
    """

    time: WireFloat = None
    """When the picture was taken, in seconds."""

    url: WireStr = None
    """Address of the picture."""

    plate_info: XmlList[TargetInfo] = Field(default_factory=no_items)
    """The number plates."""


class VideoTargetRecResult(WireModel):
    """What was found in a video.

    Source: Tencent Cloud CI API, target recognition job, VideoTargetRecResult.
    """

    body_recognition: XmlList[BodyRecognition] = Field(default_factory=no_items)
    """The people, by pictures."""

    pet_recognition: XmlList[PetRecognition] = Field(default_factory=no_items)
    """The pets, by pictures."""

    car_recognition: XmlList[CarRecognition] = Field(default_factory=no_items)
    """The cars, by pictures."""

    face_recognition: XmlList[FaceRecognition] = Field(default_factory=no_items)
    """The faces, by pictures."""

    license_recognition_result: XmlList[LicenseRecognition] = Field(default_factory=no_items)
    """The number plates, by pictures."""

    car_plate_recognition: XmlList[dict[str, object]] = Field(default_factory=no_items)
    """The number plates in a live stream, as parsed: their shape is not documented."""

    sensitive: WireStr = None
    """Whether there is something sensitive, as sent."""
