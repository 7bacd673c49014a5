"""The values that single fields may have, by the names of the models and of their fields.

Only limits that the service's pages state stand here. A list of documented words is no limit: the service
learns new ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, cast

__all__ = ["LIMITS", "Limit"]


class Limit(Protocol):
    """Says what is wrong with a value."""

    def complaint(self, value: object) -> str | None:
        """Return what is wrong with a value; None if nothing is."""


@dataclass(frozen=True, slots=True)
class _Between:
    """A number within bounds; those that are not to be reached are told by name."""

    low: float
    high: float | None = None
    unit: str = ""
    over: bool = False
    under: bool = False
    even: bool = False
    words: tuple[str, ...] = ()
    # The service writes 0 for some values that were not set, so that 0 may be sent back.
    zero: bool = False

    def complaint(self, value: object) -> str | None:
        if isinstance(value, str) and value in self.words:
            return None
        number = _number(value)
        if number is not None:
            if self.zero and number == 0:
                return None
            above = number > self.low or (number == self.low and not self.over)
            below = self.high is None or number < self.high or (number == self.high and not self.under)
            if above and below and not (self.even and number % 2):
                return None
        return f"is {_shown(value)}: it must be {self}"

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        text = f"over {self.low:g}" if self.over else f"at least {self.low:g}"
        if self.high is not None:
            end = f"below {self.high:g}" if self.under else f"up to {self.high:g}"
            text = f"over {self.low:g} and {end}" if self.over else f"from {self.low:g} {end}"
        return f"{'even and ' if self.even else ''}{text}{unit}" + "".join(f", or {w!r}" for w in self.words)


@dataclass(frozen=True, slots=True)
class _OneOf:
    values: tuple[object, ...]

    def complaint(self, value: object) -> str | None:
        if value in self.values:
            return None
        return f"is {_shown(value)}: it must be one of {', '.join(map(str, self.values))}"


@dataclass(frozen=True, slots=True)
class _AtMost:
    """So many items, or characters."""

    count: int
    instead: str = ""

    def complaint(self, value: object) -> str | None:
        length = len(cast("Sequence[object]", value))
        if length <= self.count:
            return None
        things = "characters" if isinstance(value, str) else "items"
        return f"has {length} {things}: at most {self.count} are allowed{self.instead}"


@dataclass(frozen=True, slots=True)
class _Matching:
    pattern: re.Pattern[str]
    says: str

    def complaint(self, value: object) -> str | None:
        if isinstance(value, str) and self.pattern.fullmatch(value):
            return None
        return f"is {_shown(value)}: it must be {self.says}"


def _number(value: object) -> float | None:
    try:
        return float(cast("float", value))
    except (TypeError, ValueError, OverflowError):
        return None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


_ADDRESS: Final = _Matching(re.compile(r"https?://[^/\s]+\S*"), "an address such as 'https://host/key'")
_EVEN_PIXELS: Final = _Between(128, 4096, "pixels", even=True)
_FADE: Final = _Between(0, unit="seconds")
_FPS: Final = _Between(0, 60, "frames per second", over=True)
_PIXELS: Final = _Between(128, 4096, "pixels")
_CELL: Final = _Between(8, 4096, "pixels")
_CORNER: Final = _Between(0, 4096, "pixels")
_SHADE: Final = _Between(0, 255)
_MARK: Final = _Matching(
    re.compile(r"[\w*-]{1,64}"), "1 to 64 letters of any script, digits, '_', '-' and '*'"
)
_SECONDS: Final = _Between(0, unit="seconds")
_SOUND_RATE: Final = _Between(8, 1000, "kbit/s")
_THREE: Final = _AtMost(3)

LIMITS: Final[Mapping[str, Mapping[str, Limit]]] = {
    "MediaJobRequest": {
        "operation": _AtMost(6),
        "call_back": _Matching(re.compile(r"no|https?://[!-~]+"), "an http or https URL, or 'no'"),
        "call_back_format": _OneOf(("XML", "JSON")),
        "call_back_type": _OneOf(("Url", "TDMQ", "Kafka")),
    },
    "Operation": {
        "job_level": _Between(0, 2),
        "user_data": _Matching(re.compile(r"[ -~]{1,1024}"), "printable ASCII, at most 1024 characters"),
        "watermark": _THREE,
        "watermark_template_id": _THREE,
    },
    "JobOutput": {"stream_extract": _AtMost(10)},
    "StreamExtractOutput": {"index": _Between(0)},
    "ClipConfig": {"duration": _Between(0, unit="seconds", over=True)},
    "TimeInterval": {"start": _SECONDS, "duration": _SECONDS},
    "Video": {
        "width": _EVEN_PIXELS,
        "height": _EVEN_PIXELS,
        "fps": _FPS,
        "bitrate": _Between(10, 50_000, "kbit/s", words=("auto",)),
        "crf": _Between(0, 51, over=True),
        "gop": _Between(1, 100_000, "frames"),
        "bufsize": _Between(1000, 128_000, "kbit", zero=True),
        "maxrate": _Between(10, 50_000, "kbit/s", zero=True),
        "rotate": _Between(0, 360, "degrees", under=True),
    },
    "Audio": {
        "samplerate": _OneOf(
            (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000)
        ),
        "bitrate": _SOUND_RATE,
    },
    "AudioConfig": {"bitrate": _SOUND_RATE},
    "EffectConfig": {"start_fadein_time": _FADE, "end_fadeout_time": _FADE, "bgm_fade_time": _FADE},
    "Transcode": {
        "audio_mix": _AtMost(1, ": give several as audio_mix_array"),
        "audio_mix_array": _AtMost(2),
    },
    "VideoMontage": {
        "audio_mix": _AtMost(1, ": give several as audio_mix_array"),
        "audio_mix_array": _AtMost(2),
        "duration": _SECONDS,
    },
    "ConcatTemplate": {
        "audio_mix": _AtMost(1, ": give several as audio_mix_array"),
        "audio_mix_array": _AtMost(2),
    },
    "ConcatFragment": {
        "url": _ADDRESS,
        "fragment_index": _Between(0),
        "start_time": _SECONDS,
        "end_time": _SECONDS,
    },
    "SceneChangeInfo": {"time": _Between(0, 5, "seconds", over=True)},
    "Watermark": {"start_time": _SECONDS, "end_time": _SECONDS},
    "SlideConfig": {"x_slide_speed": _Between(0, 10), "y_slide_speed": _Between(0, 10)},
    "WatermarkImage": {"transparency": _Between(1, 100)},
    "WatermarkText": {
        # Which characters it may have is left to the service: its page breaks its own rule.
        "text": _AtMost(64),
        "font_size": _Between(5, 100, "pixels"),
        "font_color": _Matching(re.compile(r"0[xX][0-9a-fA-F]{6}"), "a colour such as '0xFF8800'"),
        "transparency": _Between(1, 100),
    },
    "RemoveWatermark": {
        "dx": _CORNER,
        "dy": _CORNER,
        "width": _Between(1, 4096, "pixels"),
        "height": _Between(1, 4096, "pixels"),
    },
    "DigitalWatermark": {"message": _MARK},
    "Snapshot": {
        "start": _SECONDS,
        "time_interval": _Between(0, 3600, "seconds", over=True),
        "count": _Between(1, 10_000),
        "width": _PIXELS,
        "height": _PIXELS,
        "black_level": _Between(30, 100, zero=True),
        "pixel_black_threshold": _SHADE,
    },
    "SpriteSnapshotConfig": {
        "cell_width": _CELL,
        "cell_height": _CELL,
        "padding": _Between(0, 1024, "pixels"),
        "columns": _Between(1, 10_000),
        "lines": _Between(1, 10_000),
    },
    "SmartCover": {"width": _PIXELS, "height": _PIXELS, "count": _Between(1, 10)},
    "AnimationVideo": {"fps": _FPS, "quality": _Between(1, 100, under=True)},
    "ColorEnhance": {
        "contrast": _Between(0, 100),
        "correction": _Between(0, 1000),
        "saturation": _Between(0, 300),
    },
    "MsSharpen": {"sharpen_level": _Between(0, 10)},
    "Segment": {"duration": _Between(5, unit="seconds"), "start_time": _SECONDS, "end_time": _SECONDS},
    "SegmentVideoBody": {
        "background_red": _SHADE,
        "background_green": _SHADE,
        "background_blue": _SHADE,
        "binary_threshold": _SHADE,
    },
    "FillInput": {"fill_time": _SECONDS},
    "TtsTpl": {"volume": _Between(-10, 10), "speed": _Between(50, 200)},
    "SpeechRecognition": {"speaker_number": _Between(0, 10)},
    "VideoTargetRec": {"snapshot_time_interval": _Between(1, 300, "seconds")},
}
"""What a value must be, beyond its type. Source: Tencent Cloud CI API, the pages of the kinds of jobs."""
