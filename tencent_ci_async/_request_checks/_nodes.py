"""Fields of one node that depend on each other, whatever kind of job the node belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from ._encoding import check_encoding, check_mixes
from ._paths import at, is_given
from ._problems import Problems

if TYPE_CHECKING:
    from tencent_ci_async.models import (
        Animation,
        AnimationVideo,
        ConcatFragment,
        DashEncrypt,
        EffectConfig,
        FillInput,
        HlsEncrypt,
        MediaJobRequest,
        SceneChangeInfo,
        Segment,
        SegmentVideoBody,
        Snapshot,
        Transcode,
        TtsConfig,
        VideoMontage,
        VideoProcess,
        Watermark,
        WatermarkImage,
    )

__all__ = ["NODE_RULES"]

_MONTAGE_FORMATS: Final = ("mp4", "flv", "hls", "ts", "mkv")
_ANIMATION_FORMATS: Final = ("gif", "hgif", "webp")
_TTS_CHARACTERS: Final = 300

_EFFECTS: Final = (
    ("enable_start_fadein", "start_fadein_time"),
    ("enable_end_fadeout", "end_fadeout_time"),
    ("enable_bgm_fade", "bgm_fade_time"),
)


def _check_order(node: ConcatFragment | Segment | Watermark, path: str, found: Problems) -> None:
    start, end = node.start_time, node.end_time
    if end is not None and end <= (start or 0):
        found.wrong(at(path, "end_time"), f"is {end:g}: it must be later than start_time, {start or 0:g}")


def _check_callback(node: MediaJobRequest, path: str, found: Problems) -> None:
    for kind, name, config in (
        ("TDMQ", "call_back_mq_config", node.call_back_mq_config),
        ("Kafka", "call_back_kafka_config", node.call_back_kafka_config),
    ):
        if node.call_back_type == kind and not is_given(config):
            found.missing(at(path, name), f"call_back_type is {kind!r}, so the service must know where to")
        elif node.call_back_type != kind and is_given(config):
            found.doubt(at(path, name), f"would be ignored: it counts only where call_back_type is {kind!r}")


def _check_effects(node: EffectConfig, path: str, found: Problems) -> None:
    for switch, length in _EFFECTS:
        enabled, seconds = getattr(node, switch), getattr(node, length)
        if enabled and seconds is None:
            found.missing(at(path, length), f"{switch} is set, so it must say how many seconds")
        elif enabled and seconds == 0:
            found.doubt(at(path, length), "is 0: it must be over 0 seconds")
        elif seconds and not enabled:
            found.doubt(at(path, length), f"would be ignored: {switch} is not set")


def _check_scene_change(node: SceneChangeInfo, path: str, found: Problems) -> None:
    if node.mode == "Default":
        for name in ("time", "transition_type"):
            if is_given(getattr(node, name)):
                found.doubt(at(path, name), "would be ignored: mode 'Default' means no transition")


def _check_transcode(node: Transcode, path: str, found: Problems) -> None:
    check_encoding(path, found, container=node.container, video=node.video, audio=node.audio)
    check_mixes(path, found, mix=node.audio_mix, several=node.audio_mix_array, audio=node.audio)


def _check_montage(node: VideoMontage, path: str, found: Problems) -> None:
    check_encoding(path, found, container=node.container, audio=node.audio, formats=_MONTAGE_FORMATS)
    check_mixes(path, found, mix=node.audio_mix, several=node.audio_mix_array, audio=node.audio)


def _check_animation(node: Animation, path: str, found: Problems) -> None:
    check_encoding(path, found, container=node.container, formats=_ANIMATION_FORMATS)


def _check_animation_video(node: AnimationVideo, path: str, found: Problems) -> None:
    if node.quality is not None and node.codec not in {None, "webp"}:
        found.doubt(at(path, "quality"), "would be ignored: it counts only where codec is 'webp'")


def _check_encryption(node: HlsEncrypt | DashEncrypt, path: str, found: Problems) -> None:
    switch = "is_hls_encrypt" if hasattr(node, "is_hls_encrypt") else "is_encrypt"
    if node.uri_key is not None and not getattr(node, switch):
        found.doubt(at(path, "uri_key"), f"would be ignored: {switch} is not set")


def _check_watermark(node: Watermark, path: str, found: Problems) -> None:
    _check_order(node, path, found)
    for kind, name, content in (("Image", "image", node.image), ("Text", "text", node.text)):
        if node.type == kind and not is_given(content):
            found.missing(at(path, name), f"type is {kind!r}")
        elif node.type is not None and node.type != kind and is_given(content):
            found.doubt(at(path, name), f"would be ignored: it counts only where type is {kind!r}")
    relative = node.loc_mode == "Relativity"
    background = node.image is not None and bool(node.image.background)
    low = 0 if not background else -300 if relative else -4096
    high, unit = (100, "percent") if relative else (4096, "pixels")
    for name, value in (("dx", node.dx), ("dy", node.dy)):
        if value is not None and not low <= value <= high:
            found.doubt(at(path, name), f"is {value:g}: it must be from {low} up to {high} {unit}")


def _check_watermark_image(node: WatermarkImage, path: str, found: Problems) -> None:
    if node.mode == "Fixed":
        for name, value in (("width", node.width), ("height", node.height)):
            if value is not None and not 8 <= value <= 4096:
                found.doubt(at(path, name), f"is {value}: it must be from 8 up to 4096 pixels")


def _check_snapshot(node: Snapshot, path: str, found: Problems) -> None:
    sprites = node.snapshot_out_mode in {"OnlySprite", "SnapshotAndSprite"}
    if not sprites and is_given(node.sprite_snapshot_config):
        why = "would be ignored: snapshot_out_mode asks for no sprites"
        found.doubt(at(path, "sprite_snapshot_config"), why)


def _check_process(node: VideoProcess, path: str, found: Problems) -> None:
    if is_given(node) and not is_given(node.color_enhance) and not is_given(node.ms_sharpen):
        found.missing(at(path, "color_enhance"), "either it or ms_sharpen is needed")


def _check_segment(node: Segment, path: str, found: Problems) -> None:
    _check_order(node, path, found)
    encrypted = node.hls_encrypt is not None and node.hls_encrypt.is_hls_encrypt
    if encrypted and node.format is not None and node.format.lower() not in {"hls", "m3u8"}:
        found.doubt(at(path, "hls_encrypt"), "would be ignored: it counts only where format is 'hls'")


def _check_body(node: SegmentVideoBody, path: str, found: Problems) -> None:
    if node.mode == "Combination" and node.background_logo_url is None:
        why = "mode is 'Combination', so a picture must stand behind"
        found.missing(at(path, "background_logo_url"), why)


def _check_fill(node: FillInput, path: str, found: Problems) -> None:
    if node.url is None and node.fill_time is None:
        found.missing(at(path, "url"), "either it or fill_time is needed")
    elif node.url is not None and node.fill_time is not None:
        found.wrong(at(path, "fill_time"), "stands next to url: an item is a file or a gap")


def _check_speech(node: TtsConfig, path: str, found: Problems) -> None:
    if node.input_type == "Text" and node.input is not None and len(node.input) > _TTS_CHARACTERS:
        found.doubt(
            at(path, "input"),
            f"has {len(node.input)} characters: at most {_TTS_CHARACTERS} are allowed; "
            "put longer texts into a file and give its address, with input_type 'Url'",
        )


NODE_RULES: Final[Mapping[str, Callable[..., None]]] = {
    "MediaJobRequest": _check_callback,
    "EffectConfig": _check_effects,
    "SceneChangeInfo": _check_scene_change,
    "ConcatFragment": _check_order,
    "Transcode": _check_transcode,
    "VideoMontage": _check_montage,
    "Animation": _check_animation,
    "AnimationVideo": _check_animation_video,
    "HlsEncrypt": _check_encryption,
    "DashEncrypt": _check_encryption,
    "Watermark": _check_watermark,
    "WatermarkImage": _check_watermark_image,
    "Snapshot": _check_snapshot,
    "VideoProcess": _check_process,
    "Segment": _check_segment,
    "SegmentVideoBody": _check_body,
    "FillInput": _check_fill,
    "TtsConfig": _check_speech,
}
"""The rules of single nodes, by the names of their models."""
