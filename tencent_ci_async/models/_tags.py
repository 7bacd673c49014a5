"""The kinds of jobs, and which nodes belong to each: what a request gives, and what an answer adds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["JobNodes", "JobTag", "NodeNeed"]


class NodeNeed(StrEnum):
    """Whether a request for a job has a node."""

    REQUIRED = "required"
    """It must have it."""

    OPTIONAL = "optional"
    """It may have it."""

    NONE = "none"
    """It has no use for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobNodes:
    """The nodes of one kind of job, by their names on the wire; but for its input, all are in `Operation`.

    Attributes:
        parameters: Nodes that say how the job is done.
        results: Nodes that say what came of it.
        required: The parameters that a request must have.
        one_of: Groups of which a request must have one member each; ``TemplateId`` may be one.
        template: Whether a template can stand in for parameters.
        input: Whether a request has an ``Input``.
        output: Whether a request has an ``Output``.
    """

    parameters: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    template: bool = False
    input: NodeNeed = NodeNeed.REQUIRED
    output: NodeNeed = NodeNeed.NONE


class JobTag(StrEnum):
    """The kinds of jobs.

    Source: Tencent Cloud CI API, DescribeMediaJob, Tag; Tencent Cloud SDKs for COS.
    """

    TRANSCODE = "Transcode"
    """Transcodes a file."""

    ANIMATION = "Animation"
    """Makes an animation from a video."""

    SNAPSHOT = "Snapshot"
    """Takes snapshots of a video."""

    SMART_COVER = "SmartCover"
    """Chooses covers for a video."""

    CONCAT = "Concat"
    """Joins media files."""

    VOICE_SEPARATE = "VoiceSeparate"
    """Separates a voice from its background."""

    VIDEO_MONTAGE = "VideoMontage"
    """Makes a reel of highlights."""

    SDR_TO_HDR = "SDRtoHDR"
    """Turns SDR into HDR."""

    VIDEO_PROCESS = "VideoProcess"
    """Enhances colours and details of a video."""

    SUPER_RESOLUTION = "SuperResolution"
    """Scales a video up."""

    SEGMENT = "Segment"
    """Splits a file."""

    DIGITAL_WATERMARK = "DigitalWatermark"
    """Hides a digital watermark in a video."""

    EXTRACT_DIGITAL_WATERMARK = "ExtractDigitalWatermark"
    """Finds a digital watermark in a video."""

    VIDEO_TAG = "VideoTag"
    """Says what a video is about."""

    MEDIA_INFO = "MediaInfo"
    """Describes a media file."""

    STREAM_EXTRACT = "StreamExtract"
    """Separates streams of a file; which ones is told in its output."""

    QUALITY_ESTIMATE = "QualityEstimate"
    """Estimates the quality of a video."""

    TTS = "Tts"
    """Speaks a text."""

    NOISE_REDUCTION = "NoiseReduction"
    """Reduces noise."""

    WATERMARK = "Watermark"
    """Adds visible watermarks to a video."""

    VIDEO_TARGET_REC = "VideoTargetRec"
    """Finds people, animals and cars in a video."""

    SPEECH_RECOGNITION = "SpeechRecognition"
    """Writes down what is said."""

    TRANSLATION = "Translation"
    """Translates a document; a picture needs no output."""

    WORDS_GENERALIZE = "WordsGeneralize"
    """Splits a text into words."""

    PIC_PROCESS = "PicProcess"
    """Processes a picture."""

    VIDEO_ENHANCE = "VideoEnhance"
    """Enhances a video in several ways; named by an SDK only."""

    SPLIT_VIDEO_PARTS = "SplitVideoParts"
    """Divides a video into scenes; named by an SDK only."""

    SEGMENT_VIDEO_BODY = "SegmentVideoBody"
    """Cuts people out of a video; named by SDKs only."""

    SOUND_HOUND = "SoundHound"
    """Recognises songs; named by SDKs only."""

    FILL_CONCAT = "FillConcat"
    """Joins files with gaps between them; named by an SDK only."""

    VIDEO_SYNTHESIS = "VideoSynthesis"
    """Places videos in one picture; named by an SDK only."""

    DNA = "DNA"
    """Finds videos by their fingerprints; named by an SDK only."""

    VOCAL_SCORE = "VocalScore"
    """Judges singing; named by an SDK only."""

    IMAGE_INSPECT = "ImageInspect"
    """Finds what a picture hides; named by SDKs only."""

    IMAGE_OCR = "ImageOCR"
    """Finds text in a picture; named by an SDK only."""

    POSTER_PRODUCTION = "PosterProduction"
    """Makes a poster; named by an SDK only."""

    GENERATE_PLAY_LIST = "GeneratePlayList"
    """Makes a play list that is transcoded as it is played; named by an SDK only."""

    @property
    def nodes(self) -> JobNodes:
        """The nodes that belong to jobs of this kind."""
        return _NODES[self]


_NODES: Final = {
    JobTag.TRANSCODE: JobNodes(
        parameters=(
            "Transcode",
            "Watermark",
            "WatermarkTemplateId",
            "RemoveWatermark",
            "DigitalWatermark",
            "Subtitles",
            "FreeTranscode",
        ),
        results=("MediaInfo", "MediaResult"),
        one_of=(("TemplateId", "Transcode"),),
        template=True,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.ANIMATION: JobNodes(
        parameters=("Animation",),
        results=("MediaInfo", "MediaResult"),
        one_of=(("TemplateId", "Animation"),),
        template=True,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.SNAPSHOT: JobNodes(
        parameters=("Snapshot",),
        results=("MediaInfo", "MediaResult"),
        one_of=(("TemplateId", "Snapshot"),),
        template=True,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.SMART_COVER: JobNodes(
        parameters=("SmartCover",),
        results=("MediaInfo", "MediaResult"),
        template=True,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.CONCAT: JobNodes(
        parameters=("ConcatTemplate",),
        results=("MediaInfo", "MediaResult"),
        one_of=(("TemplateId", "ConcatTemplate"),),
        template=True,
        input=NodeNeed.OPTIONAL,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.VOICE_SEPARATE: JobNodes(
        parameters=("VoiceSeparate",),
        results=("MediaInfo", "MediaResult"),
        one_of=(("TemplateId", "VoiceSeparate"),),
        template=True,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.VIDEO_MONTAGE: JobNodes(
        parameters=("VideoMontage",),
        results=("MediaInfo", "MediaResult"),
        one_of=(("TemplateId", "VideoMontage"),),
        template=True,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.SDR_TO_HDR: JobNodes(
        parameters=("Transcode", "TranscodeTemplateId", "Watermark", "WatermarkTemplateId", "SDRtoHDR"),
        results=("MediaInfo", "MediaResult"),
        required=("SDRtoHDR",),
        one_of=(("TranscodeTemplateId", "Transcode"),),
        output=NodeNeed.REQUIRED,
    ),
    JobTag.VIDEO_PROCESS: JobNodes(
        parameters=(
            "Transcode",
            "TranscodeTemplateId",
            "Watermark",
            "WatermarkTemplateId",
            "DigitalWatermark",
            "VideoProcess",
        ),
        results=("MediaInfo", "MediaResult"),
        one_of=(("TemplateId", "VideoProcess"), ("TranscodeTemplateId", "Transcode")),
        template=True,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.SUPER_RESOLUTION: JobNodes(
        parameters=(
            "Transcode",
            "TranscodeTemplateId",
            "Watermark",
            "WatermarkTemplateId",
            "DigitalWatermark",
            "SuperResolution",
        ),
        results=("MediaInfo", "MediaResult"),
        one_of=(("TemplateId", "SuperResolution"), ("TranscodeTemplateId", "Transcode")),
        template=True,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.SEGMENT: JobNodes(
        parameters=("Segment",),
        results=("MediaInfo", "MediaResult"),
        required=("Segment",),
        output=NodeNeed.REQUIRED,
    ),
    JobTag.DIGITAL_WATERMARK: JobNodes(
        parameters=("DigitalWatermark",),
        results=("MediaInfo", "MediaResult"),
        required=("DigitalWatermark",),
        output=NodeNeed.REQUIRED,
    ),
    JobTag.EXTRACT_DIGITAL_WATERMARK: JobNodes(
        parameters=("ExtractDigitalWatermark",),
        results=("ExtractDigitalWatermark",),
        required=("ExtractDigitalWatermark",),
    ),
    JobTag.VIDEO_TAG: JobNodes(parameters=("VideoTag",), results=("VideoTagResult",), required=("VideoTag",)),
    JobTag.MEDIA_INFO: JobNodes(results=("MediaInfo",)),
    JobTag.STREAM_EXTRACT: JobNodes(results=("MediaResult",), output=NodeNeed.REQUIRED),
    JobTag.QUALITY_ESTIMATE: JobNodes(
        parameters=("QualityEstimateConfig",), results=("MediaInfo", "MediaResult", "QualityEstimate")
    ),
    JobTag.TTS: JobNodes(
        parameters=("TtsTpl", "TtsConfig"),
        results=("MediaInfo", "MediaResult"),
        required=("TtsConfig",),
        one_of=(("TemplateId", "TtsTpl"),),
        template=True,
        input=NodeNeed.NONE,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.NOISE_REDUCTION: JobNodes(parameters=("NoiseReduction",), template=True, output=NodeNeed.REQUIRED),
    JobTag.WATERMARK: JobNodes(
        parameters=("Watermark", "WatermarkTemplateId"),
        results=("MediaInfo", "MediaResult"),
        one_of=(("WatermarkTemplateId", "Watermark"),),
        output=NodeNeed.REQUIRED,
    ),
    JobTag.VIDEO_TARGET_REC: JobNodes(
        parameters=("VideoTargetRec", "SnapshotPrefix"),
        results=("VideoTargetRecResult",),
        one_of=(("TemplateId", "VideoTargetRec"),),
        template=True,
    ),
    JobTag.SPEECH_RECOGNITION: JobNodes(
        parameters=("SpeechRecognition",),
        results=("SpeechRecognitionResult",),
        one_of=(("TemplateId", "SpeechRecognition"),),
        template=True,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.TRANSLATION: JobNodes(
        parameters=("Translation", "NoNeedOutput"),
        results=("AITranslateResult",),
        required=("Translation",),
        output=NodeNeed.OPTIONAL,
    ),
    JobTag.WORDS_GENERALIZE: JobNodes(
        parameters=("WordsGeneralize",), results=("WordsGeneralizeResult",), required=("WordsGeneralize",)
    ),
    JobTag.PIC_PROCESS: JobNodes(
        parameters=("PicProcess",),
        results=("PicProcessResult",),
        one_of=(("TemplateId", "PicProcess"),),
        template=True,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.VIDEO_ENHANCE: JobNodes(
        parameters=("VideoEnhance",),
        one_of=(("TemplateId", "VideoEnhance"),),
        template=True,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.SPLIT_VIDEO_PARTS: JobNodes(
        parameters=("SplitVideoParts",), results=("SplitVideoInfoResult",), required=("SplitVideoParts",)
    ),
    JobTag.SEGMENT_VIDEO_BODY: JobNodes(
        parameters=("SegmentVideoBody",), required=("SegmentVideoBody",), output=NodeNeed.REQUIRED
    ),
    JobTag.SOUND_HOUND: JobNodes(results=("SoundHoundResult",)),
    JobTag.FILL_CONCAT: JobNodes(
        parameters=("FillConcat",), required=("FillConcat",), input=NodeNeed.NONE, output=NodeNeed.REQUIRED
    ),
    JobTag.VIDEO_SYNTHESIS: JobNodes(
        parameters=("Transcode", "Watermark", "VideoSynthesis"),
        required=("VideoSynthesis", "Transcode"),
        input=NodeNeed.NONE,
        output=NodeNeed.REQUIRED,
    ),
    JobTag.DNA: JobNodes(parameters=("DnaConfig",), results=("DnaResult",), required=("DnaConfig",)),
    JobTag.VOCAL_SCORE: JobNodes(
        parameters=("VocalScore",), results=("VocalScoreResult",), required=("VocalScore",)
    ),
    JobTag.IMAGE_INSPECT: JobNodes(parameters=("ImageInspect",), results=("ImageInspectResult",)),
    JobTag.IMAGE_OCR: JobNodes(
        parameters=("ImageOCR",),
        results=("Detection",),
        one_of=(("TemplateId", "ImageOCR"),),
        template=True,
        output=NodeNeed.OPTIONAL,
    ),
    JobTag.POSTER_PRODUCTION: JobNodes(
        parameters=("PosterProduction",), required=("PosterProduction",), output=NodeNeed.REQUIRED
    ),
    JobTag.GENERATE_PLAY_LIST: JobNodes(
        parameters=("Transcode", "Watermark", "WatermarkTemplateId"),
        required=("Transcode",),
        output=NodeNeed.REQUIRED,
    ),
}
