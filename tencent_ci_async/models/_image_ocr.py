"""Jobs that find text in pictures."""

from pydantic import Field

from ._wire import WireBool, WireInt, WireModel, WireStr, XmlList, no_items

__all__ = [
    "ImageOCR",
    "OCRDetection",
    "OCRItemPolygon",
    "OCRPoint",
    "OCRTextDetection",
    "OCRWord",
    "OCRWordCoordPoint",
    "OCRWordPolygon",
]


class ImageOCR(WireModel):
    """How text is found.

    Source: Tencent Cloud Go SDK for COS, ImageOCR.
    """

    type: WireStr = None
    """Kind of text, as sent."""

    language_type: WireStr = None
    """Language, as sent."""

    is_pdf: WireBool = None
    """Whether the input is a PDF file."""

    pdf_page_number: WireInt = None
    """Number of the page of a PDF file."""

    is_word: WireBool = None
    """Whether single characters are told as well."""

    enable_word_polygon: WireBool = None
    """Whether the corners of words are told as well."""


class OCRPoint(WireModel):
    """A point in the picture.

    Source: Tencent Cloud Go SDK for COS, Polygon.
    """

    x: WireInt = None
    """Distance from the left edge, in pixels."""

    y: WireInt = None
    """Distance from the top edge, in pixels."""


class OCRItemPolygon(WireModel):
    """A rectangle in the picture.

    Source: Tencent Cloud Go SDK for COS, ItemPolygon.
    """

    x: WireInt = None
    """Distance from the left edge, in pixels."""

    y: WireInt = None
    """Distance from the top edge, in pixels."""

    width: WireInt = None
    """Width, in pixels."""

    height: WireInt = None
    """Height, in pixels."""


class OCRWordCoordPoint(WireModel):
    """The corners of a character.

    Source: Tencent Cloud Go SDK for COS, WordCoordPoint.
    """

    word_coordinate: XmlList[OCRPoint] = Field(default_factory=no_items)
    """The corners."""


class OCRWord(WireModel):
    """One character.

    Source: Tencent Cloud Go SDK for COS, Words.
    """

    confidence: WireInt = None
    """How sure the service is, in percent."""

    character: WireStr = None
    """The character."""

    word_coord_point: XmlList[OCRWordCoordPoint] = Field(default_factory=no_items)
    """Where it is."""


class OCRWordPolygon(WireModel):
    """The corners of a word.

    Source: Tencent Cloud Go SDK for COS, WordPolygon.
    """

    left_top: XmlList[OCRPoint] = Field(default_factory=no_items)
    """The corner at the top left."""

    right_top: XmlList[OCRPoint] = Field(default_factory=no_items)
    """The corner at the top right."""

    left_bottom: XmlList[OCRPoint] = Field(default_factory=no_items)
    """The corner at the bottom left."""

    right_bottom: XmlList[OCRPoint] = Field(default_factory=no_items)
    """The corner at the bottom right."""


class OCRTextDetection(WireModel):
    """One line of text.

    Source: Tencent Cloud Go SDK for COS, TextDetections.
    """

    detected_text: WireStr = None
    """The text."""

    confidence: WireInt = None
    """How sure the service is, in percent."""

    polygon: XmlList[OCRPoint] = Field(default_factory=no_items)
    """The corners of the line."""

    item_polygon: XmlList[OCRItemPolygon] = Field(default_factory=no_items)
    """Where the line is, once turned upright."""

    words: XmlList[OCRWord] = Field(default_factory=no_items)
    """Its characters."""

    word_polygon: XmlList[OCRWordPolygon] = Field(default_factory=no_items)
    """The corners of its words."""


class OCRDetection(WireModel):
    """The text in a picture.

    Source: Tencent Cloud Go SDK for COS, Detection.
    """

    input_object_name: WireStr = None
    """Key of the picture."""

    input_object_url: WireStr = None
    """Address of the picture."""

    object_name: WireStr = None
    """Key of the object, as sent."""

    object_url: WireStr = None
    """Address of the object, as sent."""

    code: WireStr = None
    """Error code."""

    state: WireStr = None
    """State, as sent."""

    message: WireStr = None
    """Error description."""

    language: WireStr = None
    """Language."""

    angel: WireStr = None
    """Angle by which the text is turned; spelt so by the service."""

    pdf_page_size: WireInt = None
    """Number of pages of a PDF file."""

    text_detections: XmlList[OCRTextDetection] = Field(default_factory=no_items)
    """The lines of text."""
