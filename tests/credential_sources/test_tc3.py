"""The TC3 signature, against a second reading of it and against fixed values."""

import pytest
from support.tc3 import tc3_problem
from support.verifier import WireRequest

from tencent_ci_async._credential_sources._tc3 import CONTENT_TYPE, tc3_authorization


def request(content, *, host="sts.example", action="AssumeRole", timestamp=1_700_000_000, key="SecretKey"):
    authorization = tc3_authorization(
        "AKIDEXAMPLE", key, host=host, service="sts", action=action, content=content, timestamp=timestamp
    )
    headers = {
        "Authorization": authorization,
        "Content-Type": CONTENT_TYPE,
        "Host": host,
        "X-TC-Action": action,
        "X-TC-Timestamp": str(timestamp),
    }
    return WireRequest("POST", "/", tuple(headers.items()), content)


def verdict(signed, now=1_700_000_000):
    return tc3_problem(signed, secret_id="AKIDEXAMPLE", secret_key="SecretKey", now=now)


@pytest.mark.parametrize("content", [b"", b"{}", '{"RoleSessionName":"剪辑"}'.encode(), bytes(range(256))])
@pytest.mark.parametrize("host", ["sts.tencentcloudapi.com", "STS.Example", "127.0.0.1:8000"])
@pytest.mark.parametrize("timestamp", [0, 1_699_999_999, 1_700_006_399, 1_700_006_400, 4_000_000_000])
def test_an_independent_verifier_accepts_every_request(content, host, timestamp):
    """Whatever is sent, wherever, on either side of midnight UTC."""
    assert verdict(request(content, host=host, timestamp=timestamp), now=timestamp) == ""


@pytest.mark.parametrize(
    "changes",
    [{"key": "another"}, {"action": "GetCallerIdentity"}, {"host": "elsewhere.example"}],
)
def test_every_part_counts(changes):
    """A signature of something else is none."""
    signed = request(b"{}")
    other = request(b"{}", **changes)
    swapped = WireRequest("POST", "/", (other.headers[0], *signed.headers[1:]), b"{}")
    assert verdict(swapped) == "AuthFailure.SignatureFailure"
    assert verdict(WireRequest("POST", "/", signed.headers, b"{ }")) == "AuthFailure.SignatureFailure"


def test_a_fixed_request_has_a_fixed_signature():
    """Its digest was computed once by the vendor's SDK, so that the verifier and we cannot drift together."""
    assert request(b'{"RoleArn": "qcs::cam::uin/1:roleName/r"}').header("Authorization") == (
        "TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2023-11-14/sts/tc3_request, "
        "SignedHeaders=content-type;host;x-tc-action, "
        "Signature=a1aac7a2d038675ad138dc5f067075bd12543e4d224253b90e1c26c9ac410d63"
    )
