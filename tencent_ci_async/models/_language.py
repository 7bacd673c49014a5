"""Jobs about written language."""

from pydantic import Field

from ._wire import WireInt, WireModel, WireStr, XmlList, no_items

__all__ = [
    "AITranslateResult",
    "Translation",
    "WordsGeneralize",
    "WordsGeneralizeLabel",
    "WordsGeneralizeResult",
    "WordsGeneralizeToken",
]


class Translation(WireModel):
    """What a document is translated into.

    Source: Tencent Cloud CI API, submit a translation job, Translation.
    """

    lang: WireStr = None
    """Language, such as ``en``; required."""

    type: WireStr = None
    """Type of the document to write, such as ``pdf``; required."""


class AITranslateResult(WireModel):
    """The translation of a picture.

    Source: Tencent Cloud CI API, translation job, AITranslateResult.
    """

    result: WireStr = None
    """The text."""


class WordsGeneralize(WireModel):
    """How text is split into words.

    Source: Tencent Cloud CI API, submit a word splitting job, WordsGeneralize.
    """

    ner_method: WireStr = None
    """How names are found: ``DL`` (the default) or ``NerBasic``."""

    seg_method: WireStr = None
    """How words are told apart: ``MIX`` (the default) or ``SegBasic``."""


class WordsGeneralizeLabel(WireModel):
    """What a text is about.

    Source: Tencent Cloud CI API, word splitting job, WordsGeneralizeLable.
    """

    category: WireStr = None
    """The kind of thing."""

    word: WireStr = None
    """The word that stands for it."""


class WordsGeneralizeToken(WireModel):
    """One word of a text.

    Source: Tencent Cloud CI API, word splitting job, WordsGeneralizeToken.
    """

    word: WireStr = None
    """The word."""

    offset: WireInt = None
    """Where it starts in the text, in characters from 0."""

    length: WireInt = None
    """Its length, in characters."""

    pos: WireStr = None
    """Its part of speech."""


class WordsGeneralizeResult(WireModel):
    """The words of a text.

    Source: Tencent Cloud CI API, word splitting job, WordsGeneralizeResult.
    """

    words_generalize_lable: XmlList[WordsGeneralizeLabel] = Field(default_factory=no_items)
    """What the text is about; spelt so by the service."""

    words_generalize_token: XmlList[WordsGeneralizeToken] = Field(default_factory=no_items)
    """The words, in order."""
