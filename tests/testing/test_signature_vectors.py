"""The verifier against signatures made by running the vendor's signers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from urllib.parse import quote

import pytest

from tencent_ci_async.testing import FakeCI

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "signature_vectors.json").read_text())["vectors"]
# Here the Node client does not sort what it signs as it sorts the list of its names.
NODE_IS_WRONG = {"param-sort-node-differs", "header-duplicate-ci"}
CASES = [
    pytest.param(vector, authorization, id=f"{vector['id']}-{peer}")
    for vector in VECTORS
    if vector["source"] == "python-peer"
    for peer, authorization in (
        ("python", vector["authorization"]),
        ("go", vector.get("go_authorization")),
        ("node", vector.get("node_authorization")),
    )
    if authorization and not (peer == "node" and vector["id"] in NODE_IS_WRONG)
]


def scope_of(vector, authorization):
    """Return the request of a vector as an ASGI server would hand it over."""
    headers = [(name.lower().encode(), value.encode()) for name, value in vector["headers"]]
    if b"host" not in dict(headers):
        headers.append((b"host", vector["host"].encode()))
    bare = set(vector["valueless_params"])
    pairs = [
        quote(name, safe="") + ("" if name in bare else "=" + quote(value, safe=""))
        for name, value in vector["params"]
    ]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": vector["method"].upper(),
        "path": vector["path"],
        "raw_path": quote(vector["path"], safe="/,").encode(),
        "query_string": "&".join(pairs).encode(),
        "headers": [*headers, (b"authorization", authorization.encode())],
    }


async def receive():
    """Give an empty body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message):
    """Take the answer, whatever it is."""


@pytest.mark.parametrize(("vector", "authorization"), CASES)
async def test_signatures_of_the_vendor_clients_are_accepted(vector, authorization):
    """What the vendor's Python, Go and Node clients sign passes, and nothing else with that signature."""
    tokens = {value for name, value in vector["headers"] if name.lower().endswith("-security-token")}
    fake = FakeCI(
        credentials={vector["secret_id"]: vector["secret_key"]},
        token=next(iter(tokens), None),
        clock=lambda: vector["clock"],
        maximum_skew=math.inf,
        strict=False,
    )
    scope = scope_of(vector, authorization)
    await fake(scope, receive, send)
    await fake({**scope, "raw_path": scope["raw_path"] + b"x"}, receive, send)
    good, altered = (request.signature for request in fake.requests)
    assert good.accepted, good
    assert altered.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("field", ["http_string", "string_to_sign"])
@pytest.mark.parametrize("vector", [each for each in VECTORS if each["id"] == "list-all-params"])
async def test_the_log_keeps_what_was_expected_to_be_signed(vector, field):
    """After a refusal the log shows the text to compare one's own with."""
    fake = FakeCI(credentials=(vector["secret_id"], vector["secret_key"]), clock=lambda: vector["clock"])
    wrong = vector["authorization"][:-40] + "0" * 40
    await fake(scope_of(vector, wrong), receive, send)
    verdict = fake.requests[0].signature
    assert verdict.code == "SignatureDoesNotMatch"
    assert getattr(verdict, field) == vector[field]
