"""The signature: golden vectors made by running the vendor's signer, and the laws that must hold."""

import json
import string
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async import _signing

VECTORS = json.loads((Path(__file__).parent / "data" / "signature_vectors.json").read_text("utf-8"))[
    "vectors"
]
WHOLE = [vector for vector in VECTORS if vector.get("authorization")]
FRAGMENTS = [vector for vector in VECTORS if not vector.get("authorization")]

text = st.text(max_size=20)
pairs = st.lists(
    st.tuples(st.text(min_size=1, max_size=8), text), max_size=6, unique_by=lambda p: p[0].lower()
)


def signed_pairs(vector):
    """The parameters and headers that a vector says were signed."""
    headers = [tuple(pair) for pair in vector["headers"]]
    if vector.get("sign_host") and "host" not in {name.lower() for name, _ in headers}:
        headers.append(("Host", urlsplit(vector["url"]).hostname))
    names = set(vector["header_list"].split(";"))
    params = [tuple(pair) for pair in vector["params"]] if vector.get("sign_params", True) else []
    return params, [pair for pair in headers if pair[0].lower() in names]


@pytest.mark.parametrize("vector", WHOLE, ids=lambda vector: vector["id"])
def test_golden_vectors_byte_for_byte(vector):
    """Every vector gives the vendor's Authorization, and every string on the way to it."""
    params, headers = signed_pairs(vector)
    canonical = _signing.canonical_request(vector["method"], vector["path"], params, headers)
    assert canonical.http_string == vector["http_string"]
    assert canonical.header_list == vector["header_list"]
    assert canonical.url_param_list == vector["url_param_list"]
    assert _signing.string_to_sign(vector["key_time"], canonical.http_string) == vector["string_to_sign"]
    assert _signing.sign_key(vector["secret_key"], vector["key_time"]).decode() == vector["sign_key"]
    authorization = _signing.sign(
        vector["method"],
        vector["path"],
        params,
        headers,
        secret_id=vector["secret_id"],
        secret_key=vector["secret_key"],
        start=vector["start"],
        end=vector["end"],
    )
    assert authorization == vector["authorization"]


@pytest.mark.parametrize("vector", FRAGMENTS, ids=lambda vector: vector["id"])
def test_documented_fragments(vector):
    """The fragments worked out on the official page come out the same."""
    params = [tuple(pair) for pair in vector["params"]]
    headers = [tuple(pair) for pair in vector["headers"]]
    canonical = _signing.canonical_request("GET", "/", params, headers)
    assert canonical.http_string == f"get\n/\n{vector['http_parameters']}\n{vector['http_headers']}\n"
    assert canonical.url_param_list == vector["url_param_list"]
    assert canonical.header_list == vector["header_list"]


def test_every_vector_is_used():
    assert len(WHOLE) + len(FRAGMENTS) == len(VECTORS) == 78


def test_reserved_characters_are_encoded_and_the_unreserved_are_not():
    """Exactly letters, digits and ``-_.~`` stay as they are."""
    plain = set(string.ascii_letters + string.digits + "-_.~")
    for number in range(0x20, 0x7F):
        character = chr(number)
        canonical = _signing.canonical_request("GET", "/", [("k", character)], [])
        expected = character if character in plain else f"%{number:02X}"
        assert canonical.http_string == f"get\n/\nk={expected}\n\n"


def sign(params=(), headers=(), method="GET", path="/jobs/j1", **changes):
    values = {"secret_id": "AKID", "secret_key": "SK", "start": 100, "end": 700} | changes
    return _signing.sign(method, path, params, headers, **values)


@given(pairs, pairs, st.randoms())
def test_the_order_of_parameters_and_headers_is_irrelevant(params, headers, random):
    expected = sign(params, headers)
    random.shuffle(params)
    random.shuffle(headers)
    assert sign(params, headers) == expected


@given(pairs, pairs)
def test_the_case_of_names_is_irrelevant(params, headers):
    ascii_only = [pair for pair in params if pair[0].isascii()]
    assert sign([(name.upper(), value) for name, value in ascii_only], headers) == sign(
        [(name.lower(), value) for name, value in ascii_only], headers
    )


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_another_value_is_another_signature(one, other):
    same = one.strip() == other.strip()
    assert (sign([], [("x-ci-meta", one)]) == sign([], [("x-ci-meta", other)])) is same
    assert (sign([("k", one)]) == sign([("k", other)])) is (one == other)
    assert (sign(path=f"/{one}") == sign(path=f"/{other}")) is (one == other)


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": "/jobs/J1"},
        {"params": [("cancel", "")]},
        {"headers": [("host", "h")]},
        {"secret_id": "AKID2"},
        {"secret_key": "SK2"},
        {"start": 101},
        {"end": 701},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_input_counts(change):
    assert sign(**change) != sign()


def test_bytes_that_are_no_utf8_are_signed_as_themselves():
    """A path that holds any byte, undecodable ones included, is signed as those bytes."""
    undecodable = b"/jobs/\xff".decode("utf-8", "surrogateescape")
    assert "%FF" in _signing.canonical_request("GET", "/", [("k", undecodable)], []).http_string
    assert sign(path=undecodable) != sign(path="/jobs/")
