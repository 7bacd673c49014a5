"""The limits of numbers and texts that are checked before a request is sent."""

import pytest
from support.requests import (
    SPRITES,
    concat,
    only_problem,
    places,
    refused,
    request_of,
    segment,
    transcode,
    watermark,
)

from tencent_ci_async import (
    Animation,
    AnimationVideo,
    Container,
    JobOutput,
    JobTag,
    MediaJobRequest,
    RemoveWatermark,
    SlideConfig,
    Snapshot,
)

LIMITS = [
    # The place, what is too small, what just fits, what just fits, what is too large.
    ("operation.job_level", -1, 0, 2, 3),
    ("operation.transcode.video.width", 126, 128, 4096, 4098),
    ("operation.transcode.video.height", 129, 130, 4094, 4095),
    ("operation.transcode.video.fps", 0, 0.1, 60, 60.1),
    ("operation.transcode.video.bitrate", "9", "10", "50000", "50001"),
    ("operation.transcode.video.bitrate", "fast", "auto", "1500", "-1"),
    ("operation.transcode.video.crf", 0, 0.5, 51, 51.5),
    ("operation.transcode.video.gop", 0, 1, 100_000, 100_001),
    ("operation.transcode.video.bufsize", 999, 1000, 128_000, 128_001),
    ("operation.transcode.video.maxrate", 9, 0, 50_000, 50_001),
    ("operation.transcode.video.rotate", -1, 0, 359, 360),
    ("operation.transcode.audio.samplerate", 7999, 8000, 96_000, 96_001),
    ("operation.transcode.audio.bitrate", 7, 8, 1000, 1001),
    ("operation.transcode.time_interval.start", -0.1, 0, 1e6, -1),
    ("operation.transcode.container.clip_config.duration", 0, 0.1, 60, -1),
    ("operation.voice_separate.audio_config.bitrate", 7, 8, 1000, 1001),
    ("operation.remove_watermark.dx", -1, 0, 4096, 4097),
    ("operation.remove_watermark.width", 0, 1, 4096, 4097),
    ("operation.watermark[0].text.font_size", 4, 5, 100, 101),
    ("operation.watermark[0].text.transparency", 0, 1, 100, 101),
    ("operation.watermark[0].text.text", None, "x", "x" * 64, "x" * 65),
    ("operation.watermark[0].text.font_color", "red", "0xff8800", "0xFF8800", "0xFF88001"),
    ("operation.watermark[0].slide_config.x_slide_speed", -1, 0, 10, 11),
    ("operation.digital_watermark.message", "a b", "a", "水" * 64, "x" * 65),
    ("operation.snapshot.count", 0, 1, 10_000, 10_001),
    ("operation.snapshot.time_interval", 0, 0.1, 3600, 3600.1),
    ("operation.snapshot.width", 127, 128, 4096, 4097),
    ("operation.snapshot.black_level", 29, 0, 100, 101),
    ("operation.snapshot.pixel_black_threshold", -1, 0, 255, 256),
    ("operation.snapshot.sprite_snapshot_config.cell_width", 7, 8, 4096, 4097),
    ("operation.snapshot.sprite_snapshot_config.padding", -1, 0, 1024, 1025),
    ("operation.snapshot.sprite_snapshot_config.columns", 0, 1, 10_000, 10_001),
    ("operation.smart_cover.count", 0, 1, 10, 11),
    ("operation.smart_cover.height", 127, 128, 4096, 4097),
    ("operation.animation.video.quality", 0, 1, 99, 100),
    ("operation.video_process.color_enhance.correction", -1, 0, 1000, 1001),
    ("operation.video_process.color_enhance.contrast", -1, 0, 100, 101),
    ("operation.video_process.color_enhance.saturation", -1, 0, 300, 301),
    ("operation.video_process.ms_sharpen.sharpen_level", -1, 0, 10, 11),
    ("operation.segment.duration", 4, 5, 10_000, -1),
    ("operation.segment_video_body.background_red", -1, 0, 255, 256),
    ("operation.tts_tpl.volume", -11, -10, 10, 11),
    ("operation.tts_tpl.speed", 49, 50, 200, 201),
    ("operation.speech_recognition.speaker_number", -1, 0, 10, 11),
    ("operation.video_target_rec.snapshot_time_interval", 0, 1, 300, 301),
    ("operation.concat_template.concat_fragment[0].fragment_index", -1, 0, 7, -2),
    ("operation.concat_template.index", -1, 0, 2, 3),
]
SPRITE_SHOTS = Snapshot(count=1, snapshot_out_mode="SnapshotAndSprite", sprite_snapshot_config=SPRITES)
BASES = {
    "job_level": request_of(JobTag.MEDIA_INFO),
    "transcode": transcode(container=Container(format="hls")),
    "voice_separate": request_of(JobTag.VOICE_SEPARATE),
    "remove_watermark": request_of(
        JobTag.TRANSCODE, remove_watermark=RemoveWatermark(dx=1, dy=1, width=1, height=1)
    ),
    "watermark": watermark(slide_config=SlideConfig(slide_mode="Default", x_slide_speed=1, y_slide_speed=1)),
    "digital_watermark": request_of(JobTag.DIGITAL_WATERMARK),
    "snapshot": request_of(
        JobTag.SNAPSHOT,
        snapshot=SPRITE_SHOTS,
        output=JobOutput(object="${number}.jpg", sprite_object="s.jpg"),
    ),
    "smart_cover": request_of(JobTag.SMART_COVER),
    "animation": request_of(JobTag.ANIMATION, animation=Animation(video=AnimationVideo(codec="webp"))),
    "video_process": request_of(JobTag.VIDEO_PROCESS),
    "segment": segment("part-${number}.mp4"),
    "segment_video_body": request_of(JobTag.SEGMENT_VIDEO_BODY),
    "tts_tpl": request_of(JobTag.TTS),
    "speech_recognition": request_of(JobTag.SPEECH_RECOGNITION),
    "video_target_rec": request_of(JobTag.VIDEO_TARGET_REC),
    "concat_template": concat(fragments=places(None, 6)),
}


def with_value(request, path, value):
    """The request with another value at a dotted path."""
    written = request.model_dump(exclude_none=True)
    place = written
    *steps, last = path.replace("[0]", ".0").replace("operation.", "operation.0.", 1).split(".")
    for step in steps:
        place = place[int(step)] if step.isdecimal() else place.setdefault(step, {})
    place[last] = value
    return MediaJobRequest.model_validate(written)


@pytest.mark.parametrize("case", LIMITS, ids=lambda case: f"{case[0]}-{case[2]}")
def test_numbers_and_texts_have_the_limits_that_the_pages_state(case):
    """Below the lower and above the upper bound a value is refused by its path; the bounds are allowed."""
    path, below, lower, upper, above = case
    base = BASES[path.removeprefix("operation.").partition(".")[0].partition("[")[0]]
    assert refused(base) == []
    for value in (below, above):
        if value is not None:
            assert only_problem(with_value(base, path, value)).startswith(f"{path} ")
    for value in (lower, upper):
        assert refused(with_value(base, path, value)) == []
