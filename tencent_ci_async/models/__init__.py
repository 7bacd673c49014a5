"""What the service answers, as immutable models.

Field names are those of the service in snake case; ``model_dump(by_alias=True)`` gives back the names on
the wire. Every field of an answer is optional: None, or an empty list, where the service sent nothing.
"""

from ._concat import ConcatFragment, ConcatTemplate, SceneChangeInfo
from ._describe import DescribeMediaJobResult
from ._job import (
    CosHeader,
    JobDetail,
    JobInput,
    JobOutput,
    JobState,
    Operation,
    StreamExtractOutput,
    VodInfo,
    Workflow,
)
from ._media_info import AudioStream, MediaFormat, MediaInfo, MediaStream, SubtitleStream, VideoStream
from ._media_result import Md5Info, MediaResult, OutputFile, SpriteOutputFile
from ._response import ResponseHeaders, ResponseInfo, ServiceResult
from ._transcode import Audio, AudioMix, ClipConfig, ColorParam, Container, EffectConfig, Video
from ._wire import WireModel

__all__ = [
    "Audio",
    "AudioMix",
    "AudioStream",
    "ClipConfig",
    "ColorParam",
    "ConcatFragment",
    "ConcatTemplate",
    "Container",
    "CosHeader",
    "DescribeMediaJobResult",
    "EffectConfig",
    "JobDetail",
    "JobInput",
    "JobOutput",
    "JobState",
    "Md5Info",
    "MediaFormat",
    "MediaInfo",
    "MediaResult",
    "MediaStream",
    "Operation",
    "OutputFile",
    "ResponseHeaders",
    "ResponseInfo",
    "SceneChangeInfo",
    "ServiceResult",
    "SpriteOutputFile",
    "StreamExtractOutput",
    "SubtitleStream",
    "Video",
    "VideoStream",
    "VodInfo",
    "WireModel",
    "Workflow",
]
