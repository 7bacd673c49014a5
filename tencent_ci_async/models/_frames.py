"""Jobs that take pictures from a video: snapshots, covers and animations."""

from pydantic import Field

from ._transcode import Container
from ._transcode_job import TimeInterval
from ._wire import WireBool, WireFloat, WireInt, WireModel, WireRate, WireStr, XmlOne

__all__ = ["Animation", "AnimationVideo", "SmartCover", "Snapshot", "SpriteSnapshotConfig"]


class SpriteSnapshotConfig(WireModel):
    """How snapshots are put together into sprite sheets.

    Source: Tencent Cloud CI API, snapshot template, SpriteSnapshotConfig.
    """

    cell_width: WireInt = None
    """Width of a snapshot on the sheet, in pixels: 8 to 4096."""

    cell_height: WireInt = None
    """Height of a snapshot on the sheet, in pixels: 8 to 4096."""

    padding: WireInt = None
    """Distance between snapshots, in pixels: 0 to 1024; 0 by default."""

    margin: WireInt = None
    """Distance from the edge of the sheet, in pixels: 0 to 1024; 0 by default."""

    color: WireStr = None
    """Colour of the background, by its name in FFmpeg; required."""

    columns: WireInt = None
    """Number of columns: 1 to 10000; required."""

    lines: WireInt = None
    """Number of rows: 1 to 10000; required."""

    scale_method: WireStr = None
    """How a snapshot is fitted into its cell, as sent."""


class Snapshot(WireModel):
    """How snapshots are taken.

    Source: Tencent Cloud CI API, submit a snapshot job, Snapshot.
    """

    mode: WireStr = None
    """``Interval`` by default, ``Average`` or ``KeyFrame``."""

    start: WireFloat = None
    """When the first one is taken, in seconds; 0 by default."""

    time_interval: WireFloat = None
    """Time between two, in seconds: over 0, up to 3600."""

    count: WireInt = None
    """How many: 1 to 10000; required."""

    width: WireInt = None
    """Width, in pixels: 128 to 4096."""

    height: WireInt = None
    """Height, in pixels: 128 to 4096."""

    ci_param: WireStr = Field(default=None, validation_alias="CIParam", serialization_alias="CIParam")
    """How each picture is processed further, such as ``imageMogr2/format/png``."""

    is_check_count: WireBool = None
    """Whether the job fails when there are fewer snapshots than asked for; no by default."""

    is_check_black: WireBool = None
    """Whether black pictures are looked for; no by default."""

    black_level: WireInt = None
    """From which share of black pixels a picture is black, in percent: 30 to 100; 0 when unset."""

    pixel_black_threshold: WireInt = None
    """Up to which value a pixel is black: 0 to 255."""

    snapshot_out_mode: WireStr = None
    """``OnlySnapshot`` by default, ``OnlySprite`` or ``SnapshotAndSprite``."""

    sprite_snapshot_config: XmlOne[SpriteSnapshotConfig] = None
    """How the sprite sheets look."""


class SmartCover(WireModel):
    """How covers are chosen.

    Source: Tencent Cloud CI API, submit a cover job, SmartCover.
    """

    format: WireStr = None
    """Format: ``jpg`` by default, ``png`` or ``webp``."""

    width: WireInt = None
    """Width, in pixels: 128 to 4096; that of the video by default."""

    height: WireInt = None
    """Height, in pixels: 128 to 4096; that of the video by default."""

    count: WireInt = None
    """How many: 1 to 10; 3 by default."""

    delete_duplicates: WireBool = None
    """Whether covers that look alike are left out; no by default."""


class AnimationVideo(WireModel):
    """How an animation is encoded.

    Source: Tencent Cloud CI API, submit an animation job, Video.
    """

    codec: WireStr = None
    """Codec: ``gif`` or ``webp``; required."""

    width: WireInt = None
    """Width, in pixels: 128 to 4096, even. Without the height, the aspect ratio is kept."""

    height: WireInt = None
    """Height, in pixels: 128 to 4096, even. Without the width, the aspect ratio is kept."""

    fps: WireRate = None
    """Frame rate, in frames per second: over 0, up to 60."""

    animate_only_keep_key_frame: WireBool = None
    """Whether only key frames are kept; no by default."""

    animate_time_interval_of_frame: WireFloat = None
    """Time between two frames to keep, in seconds."""

    animate_frames_per_second: WireFloat = None
    """Frames to keep, per second; beats the other two ways to choose frames."""

    quality: WireInt = None
    """Quality, in percent: from 1, below 100; ``webp`` only."""


class Animation(WireModel):
    """How an animation is made.

    Source: Tencent Cloud CI API, submit an animation job, Animation.
    """

    container: XmlOne[Container] = None
    """Format of the file to write: ``gif``, ``hgif`` or ``webp``."""

    video: XmlOne[AnimationVideo] = None
    """How it is encoded."""

    time_interval: XmlOne[TimeInterval] = None
    """The part of the input to show; all of it by default."""
