"""What a job does, where it writes to, and what came of it: the nodes of all kinds of jobs."""

from typing import TYPE_CHECKING, Annotated, cast

from pydantic import BeforeValidator, Field

from ._job_input import JobInput
from ._late import Late
from ._wire import WireBool, WireInt, WireModel, WireStr, XmlList, XmlOne, no_items

if TYPE_CHECKING:
    from ._analysis import DnaConfig, DnaResult, QualityEstimate, QualityEstimateConfig
    from ._concat import ConcatTemplate
    from ._editing import (
        FillConcat,
        Segment,
        SegmentVideoBody,
        SplitVideoInfoResult,
        SplitVideoParts,
        VideoMontage,
        VideoSynthesis,
    )
    from ._enhancement import SDRtoHDR, SuperResolution, VideoEnhance, VideoProcess
    from ._frames import Animation, SmartCover, Snapshot
    from ._image import ImageInspect, ImageInspectResult, PicProcess, PicProcessResult, PosterProduction
    from ._image_ocr import ImageOCR, OCRDetection
    from ._language import AITranslateResult, Translation, WordsGeneralize, WordsGeneralizeResult
    from ._media_info import MediaInfo
    from ._media_result import MediaResult
    from ._sound import (
        NoiseReduction,
        SoundHoundResult,
        TtsConfig,
        TtsTpl,
        VocalScore,
        VocalScoreResult,
        VoiceSeparate,
    )
    from ._speech import SpeechRecognition, SpeechRecognitionResult
    from ._transcode_job import Subtitles, Transcode
    from ._video_tag import VideoTag, VideoTagResult
    from ._video_target import VideoTargetRec, VideoTargetRecResult
    from ._watermark import DigitalWatermark, ExtractDigitalWatermark, RemoveWatermark, Watermark

__all__ = ["JobOutput", "Operation", "StreamExtractOutput"]


class StreamExtractOutput(WireModel):
    """One stream to extract, and where to.

    Source: Tencent Cloud CI API, submit a stream separation job, StreamExtract.
    """

    index: WireInt = None
    """Number of the stream in the input, from 0."""

    object: WireStr = None
    """Key of the file to write."""

    output: WireStr = None
    """What callbacks call ``object``; it is there too, then. Not for requests."""


def _with_object(value: object) -> object:
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, object]", value)
    return (
        members
        if "Object" in members or "Output" not in members
        else {**members, "Object": members["Output"]}
    )


class JobOutput(WireModel):
    """Where a job writes to.

    Source: Tencent Cloud CI API, DescribeMediaJob, Output.
    """

    region: WireStr = None
    """Region of the bucket."""

    bucket: WireStr = None
    """Bucket, with the APPID at its end."""

    object: WireStr = None
    """Key to write, its wildcards as submitted; `MediaResult` has the keys that were written."""

    sprite_object: WireStr = None
    """Key of the sprite sheet; snapshot jobs only."""

    au_object: WireStr = None
    """Key of the vocals; voice separation jobs only."""

    bass_object: WireStr = None
    """Key of the bass; voice separation jobs only."""

    drum_object: WireStr = None
    """Key of the drums; voice separation jobs only."""

    stream_extract: XmlList[Annotated[StreamExtractOutput, BeforeValidator(_with_object)]] = Field(
        default_factory=no_items
    )
    """The streams to extract, at most 10; stream separation jobs only."""

    force: WireStr = None
    """Whether an existing object is replaced, as sent."""


class Operation(WireModel):
    """What a job does, and what came of it.

    Which of the nodes a kind of job has is told by `JobTag`.

    Source: Tencent Cloud CI API, DescribeMediaJob, Operation.
    """

    tag: WireStr = None
    """Kind of job; only where several jobs were submitted in one request."""

    template_id: WireStr = None
    """Id of the template; it beats parameters given along with it."""

    template_name: WireStr = None
    """Name of the template."""

    user_data: WireStr = None
    """The submitter's own note: printable ASCII, at most 1024 characters."""

    job_level: WireInt = None
    """Priority: 0 (the default), 1 or 2; higher goes first."""

    output: XmlOne[JobOutput] = None
    """Where the job writes to; None for jobs that only analyse."""

    input: XmlOne[JobInput] = None
    """More about the input; only on speech synthesis jobs started by a workflow."""

    custom_id: WireStr = None
    """The submitter's own id, as sent."""

    # What the job was told to do.

    transcode: XmlOne[Late["Transcode"]] = None
    """How files are transcoded; some other kinds of jobs take it as well."""

    transcode_template_id: WireStr = None
    """Id of a transcoding template; beats ``transcode``."""

    watermark: XmlList[Late["Watermark"]] = Field(default_factory=no_items)
    """Watermarks, at most 3."""

    watermark_template_id: XmlList[str] = Field(default_factory=no_items)
    """Ids of watermark templates, at most 3; they beat ``watermark``."""

    remove_watermark: XmlOne[Late["RemoveWatermark"]] = None
    """From where a watermark is removed; not with H.265; ``Transcode`` only."""

    digital_watermark: XmlOne[Late["DigitalWatermark"]] = None
    """A digital watermark to hide; required by jobs with that tag."""

    extract_digital_watermark: XmlOne[Late["ExtractDigitalWatermark"]] = None
    """A digital watermark to find, and the text found."""

    subtitles: XmlOne[Late["Subtitles"]] = None
    """Subtitles to add; ``Transcode`` only."""

    free_transcode: WireStr = None
    """``true`` or ``false``, as sent; an SDK names it, no page explains it."""

    animation: XmlOne[Late["Animation"]] = None
    """How an animation is made; ``Animation`` only."""

    snapshot: XmlOne[Late["Snapshot"]] = None
    """How snapshots are taken; ``Snapshot`` only."""

    smart_cover: XmlOne[Late["SmartCover"]] = None
    """How covers are chosen; ``SmartCover`` only. By default 3, as large as the video."""

    concat_template: XmlOne[Late["ConcatTemplate"]] = None
    """How media files are joined; ``Concat`` only."""

    voice_separate: XmlOne[Late["VoiceSeparate"]] = None
    """How a voice is separated; ``VoiceSeparate`` only."""

    video_montage: XmlOne[Late["VideoMontage"]] = None
    """How highlights become a reel; ``VideoMontage`` only."""

    video_process: XmlOne[Late["VideoProcess"]] = None
    """How a video is enhanced; ``VideoProcess`` only."""

    video_enhance: XmlOne[Late["VideoEnhance"]] = None
    """How a video is enhanced in several ways; ``VideoEnhance`` only."""

    sdr_to_hdr: XmlOne[Late["SDRtoHDR"]] = Field(
        default=None, validation_alias="SDRtoHDR", serialization_alias="SDRtoHDR"
    )
    """How SDR becomes HDR; ``SDRtoHDR`` only."""

    super_resolution: XmlOne[Late["SuperResolution"]] = None
    """How a video is scaled up; ``SuperResolution`` only."""

    segment: XmlOne[Late["Segment"]] = None
    """How a file is split; ``Segment`` only."""

    segment_video_body: XmlOne[Late["SegmentVideoBody"]] = None
    """How people are cut out; ``SegmentVideoBody`` only."""

    fill_concat: XmlOne[Late["FillConcat"]] = None
    """How files are joined with gaps; ``FillConcat`` only."""

    video_synthesis: XmlOne[Late["VideoSynthesis"]] = None
    """How videos are placed in one picture; ``VideoSynthesis`` only."""

    split_video_parts: XmlOne[Late["SplitVideoParts"]] = None
    """How a video is divided into scenes; ``SplitVideoParts`` only."""

    tts_tpl: XmlOne[Late["TtsTpl"]] = None
    """How text is spoken; ``Tts`` only."""

    tts_config: XmlOne[Late["TtsConfig"]] = None
    """What is spoken; required by ``Tts``."""

    noise_reduction: XmlOne[Late["NoiseReduction"]] = None
    """How noise is reduced; ``NoiseReduction`` only."""

    vocal_score: XmlOne[Late["VocalScore"]] = None
    """What singing is compared with; ``VocalScore`` only."""

    quality_estimate_config: XmlOne[Late["QualityEstimateConfig"]] = None
    """How quality is estimated; ``QualityEstimate`` only."""

    dna_config: XmlOne[Late["DnaConfig"]] = None
    """How a fingerprint is used; ``DNA`` only."""

    video_tag: XmlOne[Late["VideoTag"]] = None
    """How a video is tagged; ``VideoTag`` only."""

    video_target_rec: XmlOne[Late["VideoTargetRec"]] = None
    """What is looked for; ``VideoTargetRec`` only."""

    snapshot_prefix: WireStr = None
    """What the keys of snapshots begin with; presumably ``VideoTargetRec`` only."""

    speech_recognition: XmlOne[Late["SpeechRecognition"]] = None
    """How speech is recognised; ``SpeechRecognition`` only."""

    translation: XmlOne[Late["Translation"]] = None
    """What a document is translated into; ``Translation`` only."""

    no_need_output: WireBool = None
    """Whether no file is written; ``Translation`` of pictures only."""

    words_generalize: XmlOne[Late["WordsGeneralize"]] = None
    """How text is split into words; ``WordsGeneralize`` only."""

    pic_process: XmlOne[Late["PicProcess"]] = None
    """How a picture is processed; ``PicProcess`` only."""

    image_inspect: XmlOne[Late["ImageInspect"]] = None
    """What is done with a picture that hides something; ``ImageInspect`` only."""

    image_ocr: XmlOne[Late["ImageOCR"]] = Field(
        default=None, validation_alias="ImageOCR", serialization_alias="ImageOCR"
    )
    """How text is found in a picture; ``ImageOCR`` only."""

    poster_production: XmlOne[Late["PosterProduction"]] = None
    """How a poster is made; ``PosterProduction`` only."""

    # What came of it.

    media_info: XmlOne[Late["MediaInfo"]] = None
    """The output described (the input, for jobs that only analyse); None until the job has succeeded."""

    media_result: XmlOne[Late["MediaResult"]] = None
    """The files written; None until the job has succeeded."""

    quality_estimate: XmlOne[Late["QualityEstimate"]] = None
    """The quality of a video; the result of ``QualityEstimate``."""

    video_tag_result: XmlOne[Late["VideoTagResult"]] = None
    """What a video is about; the result of ``VideoTag``."""

    video_target_rec_result: XmlOne[Late["VideoTargetRecResult"]] = None
    """What was found in a video; the result of ``VideoTargetRec``."""

    split_video_info_result: XmlOne[Late["SplitVideoInfoResult"]] = None
    """The scenes of a video; the result of ``SplitVideoParts``."""

    dna_result: XmlOne[Late["DnaResult"]] = None
    """The videos with a similar fingerprint; the result of ``DNA``."""

    vocal_score_result: XmlOne[Late["VocalScoreResult"]] = None
    """How good singing is; the result of ``VocalScore``."""

    sound_hound_result: XmlOne[Late["SoundHoundResult"]] = None
    """The songs recognised; the result of ``SoundHound``."""

    speech_recognition_result: XmlOne[Late["SpeechRecognitionResult"]] = None
    """What was said; the result of ``SpeechRecognition``."""

    ai_translate_result: XmlOne[Late["AITranslateResult"]] = Field(
        default=None, validation_alias="AITranslateResult", serialization_alias="AITranslateResult"
    )
    """The text of a picture, translated; the result of ``Translation``."""

    words_generalize_result: XmlOne[Late["WordsGeneralizeResult"]] = None
    """The words of a text; the result of ``WordsGeneralize``."""

    pic_process_result: XmlOne[Late["PicProcessResult"]] = None
    """What became of a picture; the result of ``PicProcess``."""

    image_inspect_result: XmlOne[Late["ImageInspectResult"]] = None
    """The inspection of a picture; the result of ``ImageInspect``."""

    detection: XmlOne[Late["OCRDetection"]] = None
    """The text in a picture; the result of ``ImageOCR``."""

    @property
    def output_keys(self) -> tuple[str, ...]:
        """Keys of the files that the job wrote; see `JobDetail.output_keys`."""
        keys: list[str | None] = []
        written = self.media_result.output_file if self.media_result is not None else None
        if written is not None:
            keys += written.object_keys
            keys += written.sprite_output_file.object_keys if written.sprite_output_file is not None else ()
        if self.pic_process_result is not None:
            keys.append(self.pic_process_result.object_name)
        if self.speech_recognition_result is not None:
            keys.append(self.speech_recognition_result.object_name)
            keys.append(self.speech_recognition_result.detail_object_name)
        return tuple(dict.fromkeys(key for key in keys if key is not None))
