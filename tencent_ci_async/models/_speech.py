"""Jobs that write down what is said."""

from pydantic import Field

from ._wire import WireBool, WireFloat, WireInt, WireModel, WireStr, XmlList, no_items

__all__ = [
    "FlashResult",
    "FlashSentence",
    "FlashWord",
    "SpeechRecognition",
    "SpeechRecognitionResult",
    "SpeechResultDetail",
    "SpeechResultWord",
]


class SpeechRecognition(WireModel):
    """How speech is recognised.

    Source: Tencent Cloud CI API, submit a speech recognition job, SpeechRecognition.
    """

    engine_model_type: WireStr = None
    """Sampling rate and language: ``16k_zh``, ``16k_en``, ``8k_zh`` and others; required."""

    channel_num: WireInt = None
    """Number of channels: 1 or 2; required."""

    res_text_format: WireInt = None
    """How much is told: 0 the text, 1 words too, 2 words with punctuation; required."""

    filter_dirty: WireInt = None
    """Swear words: 0 kept (the default), 1 left out, 2 replaced by ``*``."""

    filter_modal: WireInt = None
    """Filler words: 0 kept (the default), 1 some left out, 2 all left out."""

    convert_num_mode: WireInt = None
    """Numbers: 0 in words, 1 in digits where it fits, 3 as in mathematics; 0 by default."""

    speaker_diarization: WireInt = None
    """Whether speakers are told apart: 1 yes, 0 no (the default)."""

    speaker_number: WireInt = None
    """Number of speakers: 0 (found out, the default) to 10."""

    filter_punc: WireInt = None
    """Punctuation: 0 kept (the default), 1 left out at the end of sentences, 2 left out."""

    output_file_type: WireStr = None
    """Format of the file to write: ``txt`` (the default) or ``srt``."""

    flash_asr: WireBool = None
    """Whether flash recognition is used."""

    format: WireStr = None
    """Format of the input; flash recognition only."""

    first_channel_only: WireInt = None
    """Whether only the first channel is recognised: 1 yes, 0 no; flash recognition only."""

    word_info: WireInt = None
    """How much is told about words, as sent; flash recognition only."""

    sentence_max_length: WireInt = None
    """Most characters in a sentence; flash recognition only."""


class FlashWord(WireModel):
    """One word.

    Source: Tencent Cloud CI API, speech recognition job, FlashResult, word_list.
    """

    word: WireStr = Field(default=None, alias="word")
    """The word."""

    start_time: WireInt = Field(default=None, alias="start_time")
    """Where it starts, in milliseconds."""

    end_time: WireInt = Field(default=None, alias="end_time")
    """Where it ends, in milliseconds."""


class FlashSentence(WireModel):
    """One sentence.

    Source: Tencent Cloud CI API, speech recognition job, FlashResult, sentence_list.
    """

    text: WireStr = Field(default=None, alias="text")
    """The sentence."""

    start_time: WireInt = Field(default=None, alias="start_time")
    """Where it starts, in milliseconds."""

    end_time: WireInt = Field(default=None, alias="end_time")
    """Where it ends, in milliseconds."""

    speaker_id: WireInt = Field(default=None, alias="speaker_id")
    """Number of the speaker."""

    word_list: XmlList[FlashWord] = Field(default_factory=no_items, alias="word_list")
    """Its words."""


class FlashResult(WireModel):
    """What was said on one channel, by flash recognition.

    Source: Tencent Cloud CI API, speech recognition job, FlashResult.
    """

    channel_id: WireInt = Field(default=None, alias="channel_id")
    """Number of the channel, from 0."""

    text: WireStr = Field(default=None, alias="text")
    """All that was said."""

    sentence_list: XmlList[FlashSentence] = Field(default_factory=no_items, alias="sentence_list")
    """Its sentences."""


class SpeechResultWord(WireModel):
    """One word.

    Source: Tencent Cloud CI API, speech recognition job, ResultDetail, Words.
    """

    word: WireStr = None
    """The word."""

    offset_start_ms: WireInt = None
    """Where it starts in the sentence, in milliseconds."""

    offset_end_ms: WireInt = None
    """Where it ends in the sentence, in milliseconds."""

    voice_type: WireInt = None
    """Kind of voice, as sent."""


class SpeechResultDetail(WireModel):
    """One sentence.

    Source: Tencent Cloud CI API, speech recognition job, ResultDetail.
    """

    final_sentence: WireStr = None
    """The sentence."""

    slice_sentence: WireStr = None
    """The sentence with blanks between its words."""

    start_ms: WireInt = None
    """Where it starts, in milliseconds."""

    end_ms: WireInt = None
    """Where it ends, in milliseconds."""

    words_num: WireInt = None
    """Number of its words."""

    speech_speed: WireFloat = None
    """Speed, in words per second."""

    speaker_id: WireInt = None
    """Number of the speaker."""

    words: XmlList[SpeechResultWord] = Field(default_factory=no_items)
    """Its words."""


class SpeechRecognitionResult(WireModel):
    """What was said.

    Source: Tencent Cloud CI API, speech recognition job, SpeechRecognitionResult.
    """

    audio_time: WireFloat = None
    """Length of the audio, in seconds."""

    result: XmlList[str] = Field(default_factory=no_items)
    """All that was said."""

    object_name: WireStr = None
    """Key of the file with the text."""

    detail_object_name: WireStr = None
    """Key of the file with the details."""

    flash_result: XmlList[FlashResult] = Field(default_factory=no_items)
    """What was said, by channels, by flash recognition."""

    result_detail: XmlList[SpeechResultDetail] = Field(default_factory=no_items)
    """The sentences."""
