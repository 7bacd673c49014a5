"""Models that most programs never meet: imported when one is first named, read or written.

There are more than a hundred kinds of nodes, a job has two or three of them, and making the class of one
costs more than reading a whole job.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar, cast

from pydantic import BaseModel, GetJsonSchemaHandler, PlainValidator, WrapSerializer

from ._wire import WireModel

__all__ = ["HOMES", "Late", "load", "make_ready"]

T = TypeVar("T")

_CONTENTS: Final = {
    "_analysis": (
        "DnaAudio DnaConfig DnaDetection DnaMatchDetail DnaResult QualityEstimate QualityEstimateConfig "
        "VqaDetail VqaItem VqaPlusResult"
    ),
    "_concat": "ConcatFragment ConcatTemplate SceneChangeInfo",
    "_editing": (
        "FillConcat FillInput Segment SegmentVideoBody SpliceInfo SplitVideoInfoResult SplitVideoParts "
        "TimeInfo VideoMontage VideoMontageVideo VideoSynthesis"
    ),
    "_enhancement": (
        "ColorEnhance FrameEnhance MsSharpen SDRtoHDR SuperResolution VideoEnhance VideoProcess"
    ),
    "_frames": "Animation AnimationVideo SmartCover Snapshot SpriteSnapshotConfig",
    "_image": (
        "ImageInspect ImageInspectAutoProcessResult ImageInspectProcessResult ImageInspectResult "
        "PicImageInfo PicOriginalInfo PicProcess PicProcessResult PicProcessedInfo PosterProduction"
    ),
    "_image_ocr": (
        "ImageOCR OCRDetection OCRItemPolygon OCRPoint OCRTextDetection OCRWord OCRWordCoordPoint "
        "OCRWordPolygon"
    ),
    "_language": (
        "AITranslateResult Translation WordsGeneralize WordsGeneralizeLabel WordsGeneralizeResult "
        "WordsGeneralizeToken"
    ),
    "_listing": "DescribeMediaJobsResult",
    "_media_info": "AudioStream MediaFormat MediaInfo MediaStream SubtitleStream VideoStream",
    "_media_result": "Md5Info MediaResult OutputFile SpriteOutputFile",
    "_queue": "DescribeMediaQueuesResult MediaQueue NotifyConfig QueueState UpdateMediaQueueResult",
    "_request": "CallBackMqConfig CreateMediaJobsResult KafkaConfig MediaJobRequest",
    "_sound": (
        "AudioConfig NoiseReduction SentenceScore Song SoundHoundResult TtsConfig TtsTpl VocalScore "
        "VocalScoreItem VocalScoreResult VoiceSeparate"
    ),
    "_speech": (
        "FlashResult FlashSentence FlashWord SpeechRecognition SpeechRecognitionResult SpeechResultDetail "
        "SpeechResultWord"
    ),
    "_tags": "JobNodes JobTag NodeNeed",
    "_template": ("DeleteMediaTemplateResult DescribeMediaTemplatesResult MediaTemplate MediaTemplateResult"),
    "_transcode": "Audio AudioMix ClipConfig ColorParam Container EffectConfig Video",
    "_transcode_job": (
        "AIGCMetadata DashEncrypt HlsEncrypt SubtitleBurn Subtitles TargetSubtitle TimeInterval "
        "TransConfig Transcode"
    ),
    "_video_tag": (
        "ActionTag BoundingBox DetailPerSecond ObjectTag ObjectTagItem PersonTag PlaceTag VideoTag "
        "VideoTagData VideoTagItem VideoTagLabel VideoTagResult VideoTagStreamData"
    ),
    "_video_target": (
        "BodyRecognition CarRecognition FaceRecognition LicenseRecognition PetRecognition TargetInfo "
        "TargetLocation VideoTargetRec VideoTargetRecResult"
    ),
    "_watermark": (
        "DigitalWatermark ExtractDigitalWatermark RemoveWatermark SlideConfig Watermark WatermarkImage "
        "WatermarkText"
    ),
}

HOMES: Final = {name: module for module, names in _CONTENTS.items() for name in names.split()}
"""The module of every name that is imported late."""


def load(name: str) -> object:
    """Return what is meant by a name that is imported late."""
    return getattr(import_module(f"{__package__}.{HOMES[name]}"), name)


_MAKING_READY: Final = Lock()


def make_ready(model: type[BaseModel]) -> None:
    """Let pydantic build a model now rather than when it is first used, which holds up the event loop."""
    # Large answers are read in threads, and pydantic does not expect two to build the same model at once.
    if not model.__pydantic_complete__:
        with _MAKING_READY:
            model.model_rebuild()


class _LateModel:
    """What pydantic is told about a model that is not there yet."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._read: Callable[[object], object] = self._load_and_read

    def model(self) -> type[WireModel]:
        """Return the model, ready for use."""
        model = cast("type[WireModel]", load(self._name))
        make_ready(model)
        return model

    def read(self, value: object) -> object:
        return self._read(value)

    def _load_and_read(self, value: object) -> object:
        self._read = self.model().__pydantic_validator__.validate_python
        return self._read(value)

    def write(self, value: object, handler: Any) -> object:
        # What has been unpickled was not read here, and early releases of pydantic 2 leave it unready then.
        if isinstance(value, BaseModel):
            make_ready(type(value))
        return handler(value)

    def __get_pydantic_json_schema__(self, _schema: object, handler: GetJsonSchemaHandler) -> object:
        return handler(self.model().__pydantic_core_schema__)


if TYPE_CHECKING:
    Late: TypeAlias = Annotated[T, ...]
    """The model of that name, which is imported when its first node is read: ``Late["Transcode"]``."""
else:

    class Late:
        @classmethod
        @cache
        def __class_getitem__(cls, name: str) -> object:
            late = _LateModel(name)
            # Whoever looks at the annotation finds something that is called as the model is.
            stand_in = type(name, (), {"__module__": f"{__package__}.{HOMES[name]}"})
            return Annotated[stand_in, PlainValidator(late.read), WrapSerializer(late.write), late]
