"""Requests for jobs of every kind, as small as they can be."""

from tencent_ci_async import (
    Animation,
    AnimationVideo,
    AudioMix,
    ConcatFragment,
    ConcatTemplate,
    ConfigurationError,
    Container,
    DigitalWatermark,
    DnaConfig,
    EffectConfig,
    ExtractDigitalWatermark,
    FillConcat,
    FillInput,
    ImageOCR,
    JobInput,
    JobOutput,
    JobTag,
    MediaJobRequest,
    Operation,
    PicProcess,
    PosterProduction,
    SDRtoHDR,
    Segment,
    SegmentVideoBody,
    Snapshot,
    SpeechRecognition,
    SplitVideoParts,
    SpriteSnapshotConfig,
    StreamExtractOutput,
    SuperResolution,
    Transcode,
    Translation,
    TtsConfig,
    TtsTpl,
    VideoEnhance,
    VideoMontage,
    VideoProcess,
    VideoSynthesis,
    VideoTag,
    VideoTargetRec,
    VocalScore,
    VoiceSeparate,
    Watermark,
    WatermarkText,
    WordsGeneralize,
)
from tencent_ci_async._request_checks import check_request

__all__ = [
    "FILES",
    "MP4",
    "PARAMETERS",
    "SOUND",
    "SPRITES",
    "concat",
    "effect",
    "field_of",
    "fragments",
    "only_problem",
    "operation_of",
    "places",
    "problems_of",
    "refused",
    "request_of",
    "segment",
    "snapshot",
    "transcode",
    "translation",
    "tts",
    "watermark",
]

SPRITES = SpriteSnapshotConfig(color="black", columns=2, lines=2)
SOUND = "https://b.example/sound.mp3"
MP4 = Container(format="mp4")
FILES = [
    "https://examplebucket-1250000000.cos.ap-chongqing.myqcloud.com/one.mp4",
    "https://b.example/two.mp4",
]
_TRANSCODE = Transcode(container=Container(format="mp4"))
_MARK = Watermark(
    type="Text",
    loc_mode="Absolute",
    dx=8,
    dy=8,
    pos="TopRight",
    text=WatermarkText(
        text="sample", font_size=20, font_type="simfang.ttf", font_color="0xFF8800", transparency=50
    ),
)
_FRAGMENTS = [ConcatFragment(url=url) for url in FILES]

PARAMETERS = {
    JobTag.TRANSCODE: {"transcode": _TRANSCODE},
    JobTag.ANIMATION: {"animation": Animation(video=AnimationVideo(codec="gif"))},
    JobTag.SNAPSHOT: {"snapshot": Snapshot(count=3)},
    JobTag.SMART_COVER: {},
    JobTag.CONCAT: {
        "concat_template": ConcatTemplate(concat_fragment=_FRAGMENTS, container=Container(format="mp4"))
    },
    JobTag.VOICE_SEPARATE: {"voice_separate": VoiceSeparate(audio_mode="IsAudio")},
    JobTag.VIDEO_MONTAGE: {"video_montage": VideoMontage(container=Container(format="mp4"))},
    JobTag.SDR_TO_HDR: {"sdr_to_hdr": SDRtoHDR(hdr_mode="HLG"), "transcode": _TRANSCODE},
    JobTag.VIDEO_PROCESS: {
        "video_process": VideoProcess(ms_sharpen={"Enable": "true"}),
        "transcode": _TRANSCODE,
    },
    JobTag.SUPER_RESOLUTION: {
        "super_resolution": SuperResolution(resolution="sdtohd"),
        "transcode": _TRANSCODE,
    },
    JobTag.SEGMENT: {"segment": Segment(format="mp4")},
    JobTag.DIGITAL_WATERMARK: {
        "digital_watermark": DigitalWatermark(message="mine", type="Text", version="V1")
    },
    JobTag.EXTRACT_DIGITAL_WATERMARK: {
        "extract_digital_watermark": ExtractDigitalWatermark(type="Text", version="V1")
    },
    JobTag.VIDEO_TAG: {"video_tag": VideoTag(scenario="Stream")},
    JobTag.MEDIA_INFO: {},
    JobTag.STREAM_EXTRACT: {},
    JobTag.QUALITY_ESTIMATE: {},
    JobTag.TTS: {"tts_tpl": TtsTpl(speed=100), "tts_config": TtsConfig(input_type="Text", input="Hello")},
    JobTag.NOISE_REDUCTION: {},
    JobTag.WATERMARK: {"watermark": [_MARK]},
    JobTag.VIDEO_TARGET_REC: {"video_target_rec": VideoTargetRec(car=True)},
    JobTag.SPEECH_RECOGNITION: {
        "speech_recognition": SpeechRecognition(engine_model_type="16k_en", channel_num=1, res_text_format=0)
    },
    JobTag.TRANSLATION: {"translation": Translation(lang="en", type="docx")},
    JobTag.WORDS_GENERALIZE: {"words_generalize": WordsGeneralize(ner_method="DL")},
    JobTag.PIC_PROCESS: {"pic_process": PicProcess(process_rule="imageMogr2/rotate/90")},
    JobTag.VIDEO_ENHANCE: {"video_enhance": VideoEnhance(transcode=_TRANSCODE)},
    JobTag.SPLIT_VIDEO_PARTS: {"split_video_parts": SplitVideoParts(mode="SHOTDETECT")},
    JobTag.SEGMENT_VIDEO_BODY: {"segment_video_body": SegmentVideoBody(mode="Mask")},
    JobTag.SOUND_HOUND: {},
    JobTag.FILL_CONCAT: {
        "fill_concat": FillConcat(format="mp4", fill_input=[FillInput(url=FILES[0]), FillInput(fill_time=2)])
    },
    JobTag.VIDEO_SYNTHESIS: {
        "video_synthesis": VideoSynthesis(keep_audio_track=False),
        "transcode": _TRANSCODE,
    },
    JobTag.DNA: {"dna_config": DnaConfig(rule_type="GetFingerPrint")},
    JobTag.VOCAL_SCORE: {"vocal_score": VocalScore(standard_object="song.mp3")},
    JobTag.IMAGE_INSPECT: {},
    JobTag.IMAGE_OCR: {"image_ocr": ImageOCR(type="general")},
    JobTag.POSTER_PRODUCTION: {"poster_production": PosterProduction(info={"Title": "Spring"})},
    JobTag.GENERATE_PLAY_LIST: {"transcode": _TRANSCODE},
}
"""What a job of each kind has to be told; of parameters that may stand for one another, the inline one."""

_INPUTS = {
    JobTag.CONCAT: None,
    JobTag.TTS: None,
    JobTag.FILL_CONCAT: None,
    JobTag.VIDEO_SYNTHESIS: None,
    JobTag.TRANSLATION: JobInput(object="in.docx", lang="zh", type="docx"),
}
_OUTPUTS = {
    JobTag.SNAPSHOT: JobOutput(object="shot-${number}.jpg"),
    JobTag.SMART_COVER: JobOutput(object="cover-${Number}.jpg"),
    JobTag.STREAM_EXTRACT: JobOutput(stream_extract=[StreamExtractOutput(index=0, object="0.mp4")]),
    **dict.fromkeys(
        (
            JobTag.EXTRACT_DIGITAL_WATERMARK,
            JobTag.VIDEO_TAG,
            JobTag.MEDIA_INFO,
            JobTag.QUALITY_ESTIMATE,
            JobTag.VIDEO_TARGET_REC,
            JobTag.WORDS_GENERALIZE,
            JobTag.SPLIT_VIDEO_PARTS,
            JobTag.SOUND_HOUND,
            JobTag.DNA,
            JobTag.VOCAL_SCORE,
            JobTag.IMAGE_INSPECT,
            JobTag.IMAGE_OCR,
        )
    ),
}


def operation_of(tag, /, **changes):
    """The operation of a small request of a kind, with other values for some fields."""
    values = {"output": _OUTPUTS.get(tag, JobOutput(object="out.mp4")), **PARAMETERS[tag], **changes}
    return Operation(**values)


def request_of(tag, /, **changes):
    """A small request of a kind; names of the request's own fields change it, others its operation."""
    own = {name: changes.pop(name) for name in list(changes) if name in MediaJobRequest.model_fields}
    values = {"tag": tag, "input": _INPUTS.get(tag, JobInput(object="in.mp4"))}
    return MediaJobRequest(**{**values, "operation": operation_of(tag, **changes), **own})


def concat(*, fragments=None, request=None, **template):
    """A splice of two files, with other values for some of its parameters."""
    given = [ConcatFragment(url=url) for url in FILES] if fragments is None else fragments
    values = {"container": Container(format="mp4"), **template}
    operation = Operation(
        concat_template=ConcatTemplate(concat_fragment=given, **values), output=JobOutput(object="out.mp4")
    )
    return MediaJobRequest(**{"tag": JobTag.CONCAT, "operation": operation, **(request or {})})


def problems_of(error):
    """The problems that a message tells, one by one."""
    head, *lines = str(error).splitlines()
    if lines:
        return [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    return [
        head.removeprefix("the request was not sent: ").removesuffix(
            " (allow_unknown=True sends it as it is)"
        )
    ]


def refused(request, **settings):
    """The problems that a request is refused for; none if it is not."""
    try:
        assert check_request(request, **settings) is request
    except ConfigurationError as error:
        return problems_of(error)
    return []


def only_problem(request):
    problems = refused(request)
    assert len(problems) == 1, problems
    return problems[0]


def field_of(wire_name):
    fields = Operation.model_fields.items()
    return next(name for name, field in fields if field.serialization_alias == wire_name)


def transcode(**parameters):
    return request_of(JobTag.TRANSCODE, transcode=Transcode(**{"container": MP4, **parameters}))


def snapshot(output=None, **parameters):
    return request_of(
        JobTag.SNAPSHOT,
        snapshot=Snapshot(**{"count": 3, **parameters}),
        output=output or JobOutput(object="${number}.jpg"),
    )


def watermark(**changes):
    mark = PARAMETERS[JobTag.WATERMARK]["watermark"][0]
    return request_of(JobTag.WATERMARK, watermark=[mark.model_copy(update=changes)])


def fragments(*ranges):
    return [ConcatFragment(url=FILES[0], start_time=start, end_time=end) for start, end in ranges]


def places(*indexes):
    return [ConcatFragment(url=FILES[0], fragment_index=index) for index in indexes]


def effect(**config):
    return concat(audio_mix=[AudioMix(audio_source=SOUND, effect_config=EffectConfig(**config))])


def segment(output="out.mp4", **parameters):
    return request_of(
        JobTag.SEGMENT,
        segment=Segment(**{"format": "mp4", **parameters}),
        output=JobOutput(object=output),
    )


def translation(no_need_output=None, output=None, **source):
    job_input = JobInput(**{"object": "in.docx", "lang": "zh", "type": "docx", **source})
    return request_of(JobTag.TRANSLATION, input=job_input, no_need_output=no_need_output, output=output)


def tts(**config):
    return request_of(JobTag.TTS, tts_config=TtsConfig(**{"input_type": "Text", **config}))
