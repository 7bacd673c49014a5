"""Jobs about voices and sounds, but for speech recognition."""

from pydantic import Field

from ._wire import WireFloat, WireInt, WireModel, WireStr, XmlList, XmlOne, no_items

__all__ = [
    "AudioConfig",
    "NoiseReduction",
    "SentenceScore",
    "Song",
    "SoundHoundResult",
    "TtsConfig",
    "TtsTpl",
    "VocalScore",
    "VocalScoreItem",
    "VocalScoreResult",
    "VoiceSeparate",
]


class AudioConfig(WireModel):
    """How separated sound is encoded.

    Source: Tencent Cloud CI API, submit a voice separation job, AudioConfig.
    """

    codec: WireStr = None
    """Codec: ``aac`` by default, ``mp3``, ``flac`` or ``amr``."""

    samplerate: WireInt = None
    """Sampling rate, in Hz: 44100 by default; what is allowed depends on the codec."""

    bitrate: WireInt = None
    """Bit rate, in kbit/s: 8 to 1000."""

    channels: WireInt = None
    """Number of channels; what is allowed depends on the codec."""


class VoiceSeparate(WireModel):
    """How a voice is separated from its background.

    Source: Tencent Cloud CI API, submit a voice separation job, VoiceSeparate.
    """

    audio_mode: WireStr = None
    """What is written: ``IsAudio`` (the voice), ``IsBackground`` or ``AudioAndBackground``."""

    audio_config: XmlOne[AudioConfig] = None
    """How it is encoded."""


class TtsTpl(WireModel):
    """How text is spoken.

    Source: Tencent Cloud CI API, submit a speech synthesis job, TtsTpl.
    """

    mode: WireStr = None
    """``Asyc`` (the default, spelt so) or ``Sync``."""

    codec: WireStr = None
    """``wav``, ``mp3`` or ``pcm``; by default ``pcm`` for ``Asyc`` and ``wav`` for ``Sync``."""

    voice_type: WireStr = None
    """Voice; ``ruxue`` by default."""

    volume: WireInt = None
    """Volume: -10 to 10; 0 by default."""

    speed: WireInt = None
    """Speed, in percent: 50 to 200; 100 by default."""


class TtsConfig(WireModel):
    """What is spoken.

    Source: Tencent Cloud CI API, submit a speech synthesis job, TtsConfig.
    """

    input_type: WireStr = None
    """What the input is: ``Url`` or ``Text``; required."""

    input: WireStr = None
    """Up to 300 characters, or the address of a text in COS of at most 10 MB; required."""


class NoiseReduction(WireModel):
    """How noise is reduced.

    Source: Tencent Cloud Android and Go SDKs for COS, NoiseReduction.
    """

    format: WireStr = None
    """Format: ``mp3``, ``m4a`` or ``wav``."""

    samplerate: WireInt = None
    """Sampling rate, in Hz: 8000, 12000, 16000, 24000, 32000, 44100 or 48000."""


class VocalScore(WireModel):
    """What singing is compared with.

    Source: Tencent Cloud Go SDK for COS, VocalScore.
    """

    standard_object: WireStr = None
    """Key of the original."""


class SentenceScore(WireModel):
    """The score of one line.

    Source: Tencent Cloud Go SDK for COS, SentenceScore.
    """

    start_time: WireFloat = None
    """Where the line starts, in seconds."""

    end_time: WireFloat = None
    """Where the line ends, in seconds."""

    score: WireFloat = None
    """The score."""


class VocalScoreItem(WireModel):
    """The score for one quality of the singing.

    Source: Tencent Cloud Go SDK for COS, PitchScore and RhythemScore.
    """

    total_score: WireFloat = None
    """The score of the whole song."""

    sentence_scores: XmlList[SentenceScore] = Field(default_factory=no_items)
    """The scores of its lines."""


class VocalScoreResult(WireModel):
    """How good the singing is.

    Source: Tencent Cloud Go SDK for COS, VocalScoreResult.
    """

    pitch_score: XmlOne[VocalScoreItem] = None
    """The score for pitch."""

    rhythem_score: XmlOne[VocalScoreItem] = None
    """The score for rhythm; spelt so by the service."""


class Song(WireModel):
    """A song that was recognised.

    Source: Tencent Cloud Go SDK for COS, SongList.
    """

    inlier: WireInt = None
    """How much of it agrees."""

    singer_name: WireStr = None
    """Name of the singer."""

    song_name: WireStr = None
    """Name of the song."""


class SoundHoundResult(WireModel):
    """The songs that were recognised.

    Source: Tencent Cloud Go SDK for COS, SoundHoundResult.
    """

    song_list: XmlList[Song] = Field(default_factory=no_items)
    """The songs."""
