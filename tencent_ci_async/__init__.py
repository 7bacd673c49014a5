"""The asyncio-native client for Tencent Cloud CI (Cloud Infinite) media jobs.

Start with `CISession`. `models` holds what the service answers, `errors` what can go wrong; all public
names are importable from here too. `tencent_ci_async.testing` holds a simulator of the service.
"""

import logging
from importlib import import_module
from typing import TYPE_CHECKING

from . import errors, events, models
from ._auth import CIAuth
from ._credentials import Credentials, CredentialsProvider, EnvironmentProvider
from ._describing import Describe, JobIds
from ._exchange import HTTPClient
from ._operations import JobFamily
from ._outcomes import FanoutProgress, JobOutcome
from ._pace import RateLimiter
from ._retry import RetryPolicy
from ._session import CISession, Timeouts
from ._timing import Timing
from ._version import __version__
from .errors import (
    AccessError,
    BatchError,
    CIError,
    ConfigurationError,
    ConflictError,
    ConnectError,
    CredentialsError,
    JobCancelledError,
    JobError,
    JobFailedError,
    JobNotFoundError,
    JobNotModifiableError,
    JobPausedError,
    JobWaitTimeoutError,
    NoAnswerError,
    NotFoundError,
    RequestError,
    RequestTimeoutError,
    ResponseTooLargeError,
    ServerError,
    ServiceError,
    SessionClosedError,
    SubmissionUnknownError,
    ThrottledError,
    UnreadableAnswerError,
    UnreadableCallbackError,
    WatcherClosedError,
)

if TYPE_CHECKING:
    from ._batching import BatchingDescriber
    from ._credential_sources import DefaultProvider
    from ._credential_sources._metadata import CVMRoleProvider
    from ._credential_sources._roles import AssumeRoleProvider
    from ._credential_sources._web_identity import WebIdentityProvider
    from ._credentials._profile import ProfileProvider
    from ._credentials._sdk import from_sdk
    from ._redis_limiter import RedisRateLimiter
    from ._redis_script import RedisClient
    from ._submit_ledger import RedisSubmitLedger
    from ._watcher import JobWatcher, PollSchedule, WatcherStats
    from .models import (
        ActionTag,
        AIGCMetadata,
        AITranslateResult,
        Animation,
        AnimationVideo,
        Audio,
        AudioConfig,
        AudioMix,
        AudioStream,
        BodyRecognition,
        BoundingBox,
        CallBackMqConfig,
        CarRecognition,
        ClipConfig,
        ColorEnhance,
        ColorParam,
        ConcatFragment,
        ConcatTemplate,
        Container,
        CosHeader,
        CreateMediaJobsResult,
        DashEncrypt,
        DeleteMediaTemplateResult,
        DescribeMediaJobResult,
        DescribeMediaJobsResult,
        DescribeMediaQueuesResult,
        DescribeMediaTemplatesResult,
        DetailPerSecond,
        DigitalWatermark,
        DnaAudio,
        DnaConfig,
        DnaDetection,
        DnaMatchDetail,
        DnaResult,
        EffectConfig,
        ExtractDigitalWatermark,
        FaceRecognition,
        FillConcat,
        FillInput,
        FlashResult,
        FlashSentence,
        FlashWord,
        FrameEnhance,
        HlsEncrypt,
        ImageInspect,
        ImageInspectAutoProcessResult,
        ImageInspectProcessResult,
        ImageInspectResult,
        ImageOCR,
        JobDetail,
        JobInput,
        JobNodes,
        JobOutput,
        JobState,
        JobTag,
        KafkaConfig,
        LicenseRecognition,
        Md5Info,
        MediaFormat,
        MediaInfo,
        MediaJobRequest,
        MediaQueue,
        MediaResult,
        MediaStream,
        MediaTemplate,
        MediaTemplateResult,
        MsSharpen,
        NodeNeed,
        NoiseReduction,
        NotifyConfig,
        ObjectTag,
        ObjectTagItem,
        OCRDetection,
        OCRItemPolygon,
        OCRPoint,
        OCRTextDetection,
        OCRWord,
        OCRWordCoordPoint,
        OCRWordPolygon,
        Operation,
        OutputFile,
        PersonTag,
        PetRecognition,
        PicImageInfo,
        PicOriginalInfo,
        PicProcess,
        PicProcessedInfo,
        PicProcessResult,
        PlaceTag,
        PosterProduction,
        QualityEstimate,
        QualityEstimateConfig,
        QueueState,
        RemoveWatermark,
        ResponseHeaders,
        ResponseInfo,
        SceneChangeInfo,
        SDRtoHDR,
        Segment,
        SegmentVideoBody,
        SentenceScore,
        ServiceResult,
        SlideConfig,
        SmartCover,
        Snapshot,
        Song,
        SoundHoundResult,
        SpeechRecognition,
        SpeechRecognitionResult,
        SpeechResultDetail,
        SpeechResultWord,
        SpliceInfo,
        SplitVideoInfoResult,
        SplitVideoParts,
        SpriteOutputFile,
        SpriteSnapshotConfig,
        StreamExtractOutput,
        SubtitleBurn,
        Subtitles,
        SubtitleStream,
        SuperResolution,
        TargetInfo,
        TargetLocation,
        TargetSubtitle,
        TimeInfo,
        TimeInterval,
        Transcode,
        TransConfig,
        Translation,
        TtsConfig,
        TtsTpl,
        UpdateMediaQueueResult,
        Video,
        VideoEnhance,
        VideoMontage,
        VideoMontageVideo,
        VideoProcess,
        VideoStream,
        VideoSynthesis,
        VideoTag,
        VideoTagData,
        VideoTagItem,
        VideoTagLabel,
        VideoTagResult,
        VideoTagStreamData,
        VideoTargetRec,
        VideoTargetRecResult,
        VocalScore,
        VocalScoreItem,
        VocalScoreResult,
        VodInfo,
        VoiceSeparate,
        VqaDetail,
        VqaItem,
        VqaPlusResult,
        Watermark,
        WatermarkImage,
        WatermarkText,
        WireModel,
        WordsGeneralize,
        WordsGeneralizeLabel,
        WordsGeneralizeResult,
        WordsGeneralizeToken,
        Workflow,
    )

# fmt: off
__all__ = [
    "AIGCMetadata", "AITranslateResult", "AccessError", "ActionTag", "Animation", "AnimationVideo",
    "AssumeRoleProvider", "Audio", "AudioConfig", "AudioMix", "AudioStream", "BatchError",
    "BatchingDescriber", "BodyRecognition", "BoundingBox", "CIAuth", "CIError", "CISession",
    "CVMRoleProvider", "CallBackMqConfig", "CarRecognition", "ClipConfig", "ColorEnhance", "ColorParam",
    "ConcatFragment", "ConcatTemplate", "ConfigurationError", "ConflictError", "ConnectError",
    "Container", "CosHeader", "CreateMediaJobsResult", "Credentials", "CredentialsError",
    "CredentialsProvider", "DashEncrypt", "DefaultProvider", "DeleteMediaTemplateResult", "Describe",
    "DescribeMediaJobResult", "DescribeMediaJobsResult", "DescribeMediaQueuesResult",
    "DescribeMediaTemplatesResult", "DetailPerSecond", "DigitalWatermark", "DnaAudio", "DnaConfig",
    "DnaDetection", "DnaMatchDetail", "DnaResult", "EffectConfig", "EnvironmentProvider",
    "ExtractDigitalWatermark", "FaceRecognition", "FanoutProgress", "FillConcat", "FillInput",
    "FlashResult", "FlashSentence", "FlashWord", "FrameEnhance", "HTTPClient", "HlsEncrypt",
    "ImageInspect", "ImageInspectAutoProcessResult", "ImageInspectProcessResult", "ImageInspectResult",
    "ImageOCR", "JobCancelledError", "JobDetail", "JobError", "JobFailedError", "JobFamily", "JobIds",
    "JobInput", "JobNodes", "JobNotFoundError", "JobNotModifiableError", "JobOutcome", "JobOutput",
    "JobPausedError", "JobState", "JobTag", "JobWaitTimeoutError", "JobWatcher", "KafkaConfig",
    "LicenseRecognition", "Md5Info", "MediaFormat", "MediaInfo", "MediaJobRequest", "MediaQueue",
    "MediaResult", "MediaStream", "MediaTemplate", "MediaTemplateResult", "MsSharpen", "NoAnswerError",
    "NodeNeed", "NoiseReduction", "NotFoundError", "NotifyConfig", "OCRDetection", "OCRItemPolygon",
    "OCRPoint", "OCRTextDetection", "OCRWord", "OCRWordCoordPoint", "OCRWordPolygon", "ObjectTag",
    "ObjectTagItem", "Operation", "OutputFile", "PersonTag", "PetRecognition", "PicImageInfo",
    "PicOriginalInfo", "PicProcess", "PicProcessResult", "PicProcessedInfo", "PlaceTag", "PollSchedule",
    "PosterProduction", "ProfileProvider", "QualityEstimate", "QualityEstimateConfig", "QueueState",
    "RateLimiter", "RedisClient", "RedisRateLimiter", "RedisSubmitLedger", "RemoveWatermark",
    "RequestError", "RequestTimeoutError", "ResponseHeaders", "ResponseInfo", "ResponseTooLargeError",
    "RetryPolicy", "SDRtoHDR", "SceneChangeInfo", "Segment", "SegmentVideoBody", "SentenceScore",
    "ServerError", "ServiceError", "ServiceResult", "SessionClosedError", "SlideConfig", "SmartCover",
    "Snapshot", "Song", "SoundHoundResult", "SpeechRecognition", "SpeechRecognitionResult",
    "SpeechResultDetail", "SpeechResultWord", "SpliceInfo", "SplitVideoInfoResult", "SplitVideoParts",
    "SpriteOutputFile", "SpriteSnapshotConfig", "StreamExtractOutput", "SubmissionUnknownError",
    "SubtitleBurn", "SubtitleStream", "Subtitles", "SuperResolution", "TargetInfo", "TargetLocation",
    "TargetSubtitle", "ThrottledError", "TimeInfo", "TimeInterval", "Timeouts", "Timing", "TransConfig",
    "Transcode", "Translation", "TtsConfig", "TtsTpl", "UnreadableAnswerError",
    "UnreadableCallbackError", "UpdateMediaQueueResult", "Video", "VideoEnhance", "VideoMontage",
    "VideoMontageVideo", "VideoProcess", "VideoStream", "VideoSynthesis", "VideoTag", "VideoTagData",
    "VideoTagItem", "VideoTagLabel", "VideoTagResult", "VideoTagStreamData", "VideoTargetRec",
    "VideoTargetRecResult", "VocalScore", "VocalScoreItem", "VocalScoreResult", "VodInfo",
    "VoiceSeparate", "VqaDetail", "VqaItem", "VqaPlusResult", "WatcherClosedError", "WatcherStats",
    "Watermark", "WatermarkImage", "WatermarkText", "WebIdentityProvider", "WireModel",
    "WordsGeneralize", "WordsGeneralizeLabel", "WordsGeneralizeResult", "WordsGeneralizeToken",
    "Workflow", "__version__", "errors", "events", "from_sdk", "models",
]
# fmt: on

# A library stays quiet until its user asks.
logging.getLogger(__name__).addHandler(logging.NullHandler())

if not TYPE_CHECKING:
    # Imported when first named: a program that only asks need not load what waits.
    _LATE = {
        "AssumeRoleProvider": "_credential_sources._roles",
        "BatchingDescriber": "_batching",
        "CVMRoleProvider": "_credential_sources._metadata",
        "DefaultProvider": "_credential_sources",
        "JobWatcher": "_watcher",
        "PollSchedule": "_watcher",
        "ProfileProvider": "_credentials._profile",
        "RedisClient": "_redis_script",
        "RedisRateLimiter": "_redis_limiter",
        "RedisSubmitLedger": "_submit_ledger",
        "WatcherStats": "_watcher",
        "WebIdentityProvider": "_credential_sources._web_identity",
        "from_sdk": "_credentials._sdk",
    }

    def __getattr__(name: str) -> object:
        if name in _LATE:
            home = import_module(f".{_LATE[name]}", __name__)
        elif name in models.__all__:
            home = models
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(home, name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
