"""The fields that a node must have, and those that only the service writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["ANSWERED", "REQUIRED"]

REQUIRED: Final[Mapping[str, Mapping[str, str]]] = {
    "CallBackMqConfig": {
        "mq_region": "the region of the message queue, such as 'bj'",
        "mq_mode": "'Queue' or 'Topic'",
        "mq_name": "the name of the queue or topic",
    },
    "StreamExtractOutput": {
        "index": "the number of the stream in the input",
        "object": "the key of the file to write",
    },
    "Container": {"format": "the format of the file to write"},
    "AIGCMetadata": {
        "label": "the label",
        "content_producer": "who made the content",
        "produce_id": "the producer's number for it",
    },
    "AudioMix": {"audio_source": "the address of the sound to mix in"},
    "Watermark": {
        "type": "'Text' or 'Image'",
        "loc_mode": "'Relativity' for percents, 'Absolute' for pixels",
        "dx": "the horizontal distance",
        "dy": "the vertical distance",
        "pos": "the corner or side that it is measured from, such as 'TopRight'",
    },
    "SlideConfig": {
        "slide_mode": "'Default' or 'ScrollFromLeft'",
        "x_slide_speed": "the horizontal speed, 0 to 10",
        "y_slide_speed": "the vertical speed, 0 to 10",
    },
    "WatermarkImage": {
        "url": "the address of the picture",
        "mode": "'Original', 'Proportion' or 'Fixed'",
        "transparency": "1 to 100",
    },
    "WatermarkText": {
        "text": "what to write",
        "font_size": "5 to 100 pixels",
        "font_type": "the font",
        "font_color": "a colour such as '0xFF8800'",
        "transparency": "1 to 100",
    },
    "RemoveWatermark": {
        "dx": "the left side of the area",
        "dy": "the upper side of the area",
        "width": "the width of the area",
        "height": "the height of the area",
    },
    "DigitalWatermark": {"message": "the text to hide", "type": "'Text'", "version": "'V1'"},
    "ExtractDigitalWatermark": {"type": "'Text'", "version": "'V1'"},
    "Snapshot": {"count": "how many snapshots to take, up to 10000"},
    "SpriteSnapshotConfig": {
        "color": "the background, by FFmpeg's name of the colour",
        "columns": "the number of columns",
        "lines": "the number of lines",
    },
    "AnimationVideo": {"codec": "'gif' or 'webp'"},
    "ConcatTemplate": {"container": "the format of the file to write"},
    "ConcatFragment": {"url": "the address of the file, in the bucket of the job"},
    "SceneChangeInfo": {"mode": "'Default', 'FADE' or 'GRADIENT'"},
    "SDRtoHDR": {"hdr_mode": "'HLG' or 'HDR10'"},
    "SuperResolution": {"resolution": "'sdtohd' or 'hdto4k'"},
    "Segment": {"format": "the format of the pieces, such as 'mp4'"},
    "SegmentVideoBody": {"mode": "'Mask', 'Foreground' or 'Combination'"},
    "TtsConfig": {"input_type": "'Text' or 'Url'", "input": "the text to speak, or its address"},
    "VideoTag": {"scenario": "'Stream'"},
    "SpeechRecognition": {
        "engine_model_type": "the engine, such as '16k_zh'",
        "channel_num": "the number of channels, 1 or 2",
        "res_text_format": "the form of the result, 0 to 2",
    },
    "Translation": {"lang": "the language to translate into", "type": "the type of the file to write"},
    "FillConcat": {"format": "the format of the file to write", "fill_input": "what to join"},
}
"""Required fields, and what to put there. Source: Tencent Cloud CI API, the pages of the kinds of jobs."""

_RESULT: Final = "is what the service answers with: leave it out"

ANSWERED: Final[Mapping[str, Mapping[str, str]]] = {
    "JobInput": {
        "bucket_id": "is what the service answers with: the input lies in the bucket of the session",
        "region": "is what the service answers with: the input lies in the region of the session",
        "cos_headers": _RESULT,
    },
    "StreamExtractOutput": {"output": "is what callbacks call it: a request has object"},
    "Operation": dict.fromkeys(
        (
            "template_name",
            "input",
            "media_info",
            "media_result",
            "quality_estimate",
            "video_tag_result",
            "video_target_rec_result",
            "split_video_info_result",
            "dna_result",
            "vocal_score_result",
            "sound_hound_result",
            "speech_recognition_result",
            "ai_translate_result",
            "words_generalize_result",
            "pic_process_result",
            "image_inspect_result",
            "detection",
        ),
        _RESULT,
    ),
    "Video": {"scan_mode": _RESULT},
    "DigitalWatermark": {"state": _RESULT},
    "ExtractDigitalWatermark": {"message": _RESULT},
}
"""Fields that only answers have."""
