"""No source shows a secret: not in logs at DEBUG, not in errors, not in tracebacks with locals."""

import json
import logging

import pytest
from support.key_services import ROLE, StsServer, document, role_document
from support.told import told
from support.wire import answer, wire_server

from tencent_ci_async import (
    AssumeRoleProvider,
    CIError,
    Credentials,
    CVMRoleProvider,
    DefaultProvider,
    EnvironmentProvider,
    ProfileProvider,
    Timing,
    WebIdentityProvider,
    from_sdk,
)

SECRET = "MARKERSECRET"
BASE = Credentials("AKIDBASE", f"Base{SECRET}", f"token{SECRET}")


async def no_sleep(_seconds):
    pass


TIMING = Timing(sleep=no_sleep)


class SDKCredential:
    secret_id = "AKIDSDK"
    secret_key = f"{SECRET}\n"
    token = None


@pytest.fixture
def files(tmp_path):
    (tmp_path / "token").write_text(f"Base{SECRET}")
    (tmp_path / "credentials").write_text(f"[default]\nsecret_id=A\nsecret_key={SECRET} é\n")
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "default.credential").write_text(json.dumps({"secretKey": SECRET}))
    return tmp_path


def sources(url, files):
    """Each source, made to fail with a secret in its hands."""
    half = {"TENCENTCLOUD_SECRET_KEY": SECRET}
    odd = {"TENCENTCLOUD_SECRET_ID": "AKID", "TENCENTCLOUD_SECRET_KEY": f"{SECRET}é"}
    pod = {
        "TKE_REGION": "ap-nanjing",
        "TKE_PROVIDER_ID": "cls-1example",
        "TKE_WEB_IDENTITY_TOKEN_FILE": str(files / "token"),
        "TKE_ROLE_ARN": ROLE,
    }
    elsewhere = {"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": str(files), "SOMETHING_ELSE": SECRET}
    return [
        CVMRoleProvider(base_url=url, timing=TIMING),
        CVMRoleProvider("render-role", base_url=url, timing=TIMING),
        AssumeRoleProvider(ROLE, BASE, endpoint=url, timing=TIMING),
        AssumeRoleProvider(ROLE, CVMRoleProvider("r1", base_url=url, timing=TIMING), endpoint=url),
        WebIdentityProvider(environment=pod, endpoint=url, timing=TIMING),
        EnvironmentProvider(half),
        EnvironmentProvider(odd),
        ProfileProvider(directory=files),
        ProfileProvider(directory=files / "json"),
        DefaultProvider(half, metadata_url=url, timing=TIMING),
        DefaultProvider(elsewhere, metadata_url=url, timing=TIMING),
        DefaultProvider({**pod, **elsewhere, "TENCENTCLOUD_PROFILE": "x"}, sts_endpoint=url, timing=TIMING),
        from_sdk(SDKCredential()),
    ]


ENDINGS = {
    "reset": None,
    "500": answer(500, SECRET.encode()),
    "garbage": b"\x00" + SECRET.encode() + b"\r\n\r\n",
    "text": answer(200, f"<{SECRET}>".encode()),
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + SECRET.encode(),
    "huge": answer(200, SECRET.encode() * 10_000),
    "half a role": role_document(TmpSecretKey=SECRET, Token=None),
    "an odd role": role_document(TmpSecretKey=f"{SECRET}\n"),
    "half of keys": document(Response={"Credentials": {"TmpSecretKey": SECRET}, "ExpiredTime": 1}),
    "refused": document(Response={"Error": {"Code": "AuthFailure", "Message": f"of Base{SECRET}"}}),
}


async def cut(_request, writer):
    """Half of an answer, and then nothing."""
    writer.write(ENDINGS["cut"])
    await writer.drain()
    writer.transport.abort()


@pytest.mark.parametrize(
    "ending", [cut if name == "cut" else step for name, step in ENDINGS.items()], ids=ENDINGS
)
async def test_no_secret_in_logs_exceptions_or_tracebacks_with_locals(ending, files, caplog):
    """Every source, every fault, every logger at DEBUG, every frame of ours that the error passed."""
    caplog.set_level(logging.DEBUG)
    async with wire_server(ending) as server:
        for source in sources(server.url, files):
            with pytest.raises(CIError) as caught:
                await source()
            seen = [*told(caught.value), repr(source)]
            assert [text for text in seen if SECRET in text] == [], source
    # What is no HTTP at all is quoted by httpcore at DEBUG, out of our reach.
    records = [each for each in caplog.records if ending != ENDINGS["garbage"] or "httpcore" not in each.name]
    seen = [f"{record.getMessage()} {record.args} {vars(record)}" for record in records]
    assert [text for text in seen if SECRET in text] == []


async def test_no_secret_in_logs_when_all_is_well(caplog):
    caplog.set_level(logging.DEBUG)
    sts = StsServer(keys=("AKIDBASE", f"Base{SECRET}", f"token{SECRET}"))
    async with wire_server(sts) as server:
        provider = AssumeRoleProvider(
            ROLE, BASE, endpoint=server.url, timing=Timing(wall_clock=lambda: 1_000.0)
        )
        keys = await provider()
        sent = server.requests[0].header("Authorization").rpartition("=")[2]
    assert caplog.records
    for record in caplog.records:
        text = f"{record.getMessage()} {record.args} {vars(record)}"
        assert not any(secret in text for secret in (SECRET, keys.secret_key, keys.token, sent))
    assert SECRET not in f"{provider!r} {vars(provider)}"
