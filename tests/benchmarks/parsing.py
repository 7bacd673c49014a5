"""What it costs to read an answer: bytes to dictionary to models."""

from functools import partial

import xmltodict
from bodies import Body
from measure import Case, Table, measure, repeated
from vendor import xml_to_dict

from tencent_ci_async._operations import decipher, describe_media_job
from tencent_ci_async._xml import parse_document
from tencent_ci_async.models import DescribeMediaJobResult, ResponseHeaders, ResponseInfo

_RESPONSE = ResponseInfo(
    200, ResponseHeaders({"content-type": "application/xml", "x-ci-request-id": "NjJiOTU2OWRf"})
)
_ELEMENTS_PER_ROUND = 20_000


def parsing_table(body: Body, *, rounds: int) -> Table:
    """Read one answer, whole and step by step."""
    operation = describe_media_job(body.job_ids)
    children = parse_document(body.content).children
    assert parse_document(body.content) == (*xmltodict.parse(body.content).keys(), children)
    assert len(xml_to_dict(body.content)) > 0
    calls = max(10, _ELEMENTS_PER_ROUND // body.elements)

    def validate() -> None:
        DescribeMediaJobResult.model_validate(children).with_response(_RESPONSE)

    steps = {
        "xml_to_dict of cos-python-sdk-v5, no models": partial(xml_to_dict, body.content),
        "this package: bytes to models": partial(decipher, operation, _RESPONSE, body.content, now=0.0),
        "_xml.parse_document: bytes to dictionary": partial(parse_document, body.content),
        "xmltodict.parse alone": partial(xmltodict.parse, body.content, xml_attribs=False),
        "pydantic: dictionary to models": validate,
    }
    rows = measure([Case(name, repeated(step), calls) for name, step in steps.items()], rounds=rounds)
    vendor, whole, parsed, raw, validated = rows
    saved = raw.minus(parsed, "what the short way saves")
    title = f"Reading {body.title} ({len(body.content):,} bytes, {body.elements:,} elements)"
    return Table(title, [vendor, whole, parsed, raw, saved, validated], vendor, "answer")
