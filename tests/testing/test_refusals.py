"""What the simulator refuses, and how."""

from __future__ import annotations

import re

import httpx
import pytest

from tencent_ci_async.errors import ConfigurationError
from tencent_ci_async.testing import FakeCI, Fault

ERROR = re.compile(
    r'<\?xml version="1\.0" encoding="utf-8"\?>\n<Error><Code>(?P<code>\w+)</Code><Message>(?P<message>[^<]+)'
    r"</Message><RequestId>(?P<request_id>[^<]+)</RequestId><TraceId>(?P<trace_id>[^<]+)</TraceId></Error>"
)


@pytest.fixture
async def client(fake):
    async with httpx.AsyncClient(transport=fake.transport(), base_url=f"https://{fake.host}") as client:
        yield client


def refusal(response):
    """Return status, code and message, after a look at the shape that all refusals have."""
    match = ERROR.fullmatch(response.text)
    assert match, response.text
    assert match["request_id"] == response.headers["x-ci-request-id"]
    assert match["trace_id"] == response.headers["x-ci-trace-id"]
    assert response.headers["server"] == "tencent-ci"
    assert response.headers["content-type"] == "application/xml"
    return response.status_code, match["code"], match["message"]


async def test_a_request_without_authorization(client):
    status, code, _ = refusal(await client.get("/jobs/j1"))
    assert (status, code) == (401, "MissingAuthorization")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("q-sign-algorithm=sha1", "q-sign-algorithm=sha256"),
        ("q-sign-time=1", "q-sign-time=x"),
        ("q-key-time=1", "q-key-time=2"),
        ("q-header-list=host", "q-header-list=Host"),
        ("q-header-list=host", "q-header-list=host;date"),
        ("&q-url-param-list=", ""),
        ("q-signature=", "q-signature=Z"),
        ("q-ak=", "q-ak=a&q-ak="),
        ("q-", "z-"),
    ],
)
async def test_a_malformed_authorization(client, fake, signer, old, new):
    headers = signer(f"https://{fake.host}/jobs/j1")
    headers["authorization"] = headers["authorization"].replace(old, new)
    status, code, _ = refusal(await client.get("/jobs/j1", headers=headers))
    assert (status, code) == (401, "InvalidAuthorization")


async def test_two_authorizations(client, fake, signer):
    headers = signer(f"https://{fake.host}/jobs/j1")
    status, code, _ = refusal(
        await client.get("/jobs/j1", headers=[*headers.items(), ("authorization", "second")])
    )
    assert (status, code) == (401, "InvalidAuthorization")


async def test_an_unknown_secret_id(client, fake, signer):
    signer.secret_id = "AKIDSOMEONEELSE"
    response = await client.get("/jobs/j1", headers=signer(f"https://{fake.host}/jobs/j1"))
    assert refusal(response)[:2] == (401, "SecretidNotExist")


async def test_a_wrong_key(client, fake, signer):
    signer.secret_key = "another key"
    response = await client.get("/jobs/j1", headers=signer(f"https://{fake.host}/jobs/j1"))
    assert refusal(response)[:2] == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("sent", ["/jobs/j2", "/jobs/j1?a=b", "/jobs/J1"])
async def test_a_request_other_than_the_signed_one(client, fake, signer, sent):
    """Path and query belong to the signature."""
    headers = signer(f"https://{fake.host}/jobs/j1")
    status, code, _ = refusal(await client.get(sent, headers=headers))
    assert (status, code) in {(403, "SignatureDoesNotMatch"), (403, "AccessDenied")}


@pytest.mark.parametrize("window", [(-700, -1), (1, 600), (1740, 2400)])
async def test_a_window_that_does_not_hold_the_services_clock(client, fake, signer, window):
    """Both a signature of the past and one of the future are refused, with the service's time in Date."""
    headers = signer(f"https://{fake.host}/jobs/j1", window=window)
    response = await client.get("/jobs/j1", headers=headers)
    assert refusal(response)[:2] == (401, "SignatureExpired")
    assert response.headers["date"] == "Tue, 14 Nov 2023 22:13:20 GMT"


async def test_a_clock_that_is_off(make_signer, clock):
    """An offset clock makes the simulator refuse what an honest client signs."""
    fake = FakeCI(clock=lambda: clock() + 1800)
    signer = make_signer(fake.secret_id, fake.secret_key, clock)
    async with httpx.AsyncClient(transport=fake.transport(), base_url=f"https://{fake.host}") as client:
        response = await client.get("/jobs/j1", headers=signer(f"https://{fake.host}/jobs/j1"))
    assert refusal(response)[:2] == (401, "SignatureExpired")


@pytest.mark.parametrize(
    ("date", "code"),
    [
        ("Tue, 14 Nov 2023 22:28:20 GMT", None),
        ("Tue, 14 Nov 2023 22:28:21 GMT", "RequestTimeTooSkewed"),
        ("Tue, 14 Nov 2023 21:58:19 GMT", "RequestTimeTooSkewed"),
        ("yesterday", "AccessDenied"),
    ],
)
async def test_a_date_header_too_far_from_the_services_clock(client, fake, signer, date, code):
    """A Date within 15 minutes passes."""
    headers = {**signer(f"https://{fake.host}/jobs/j1"), "date": date}
    await client.get("/jobs/j1", headers=headers)
    assert fake.requests[-1].signature.code == code


@pytest.mark.parametrize(
    ("unsigned", "headers", "url", "message"),
    [
        ("host", {}, "/jobs/j1", "the header host is not signed"),
        ("a", {}, "/jobs/j1?a=1&b=2", "the query parameter a is sent 1 and signed 0 times"),
        ("content-md5", {"content-md5": "x"}, "/jobs/j1", "the header content-md5 is not signed"),
        (
            "x-ci-security-token",
            {"x-ci-security-token": "T"},
            "/jobs/j1",
            "the header x-ci-security-token is not signed",
        ),
    ],
)
async def test_what_is_not_signed(clock, make_signer, unsigned, headers, url, message):
    """The simulator is a strict teacher, unless told otherwise."""
    token = headers.get("x-ci-security-token")
    fake = FakeCI(clock=clock, token=token)
    lenient = FakeCI(clock=clock, token=token, strict=False)
    signer = make_signer(fake.secret_id, fake.secret_key, clock, unsigned=frozenset({unsigned}))
    signed = signer(f"https://{fake.host}{url}", headers=headers)
    async with httpx.AsyncClient(transport=fake.transport()) as client:
        response = await client.get(f"https://{fake.host}{url}", headers=signed)
    assert refusal(response) == (403, "AccessDenied", f"Access denied: {message}")
    async with httpx.AsyncClient(transport=lenient.transport()) as client:
        response = await client.get(f"https://{lenient.host}{url}", headers=signed)
    assert response.status_code == 200


async def test_a_header_said_to_be_signed_but_not_sent(client, fake, signer):
    """The lists are not signed themselves, so each name in them is looked for."""
    headers = signer(f"https://{fake.host}/jobs/j1")
    headers["authorization"] = headers["authorization"].replace("list=host", "list=host;x-ci-other")
    status, code, message = refusal(await client.get("/jobs/j1", headers=headers))
    assert (status, code) == (403, "AccessDenied")
    assert "x-ci-other is said to be signed, but was not sent" in message


async def test_a_request_without_a_host(fake, signer, clock):
    """It is refused for its host; its signature can be right only where the simulator is lenient."""
    lenient = FakeCI(clock=clock, strict=False)
    signer.unsigned = frozenset({"host"})
    authorization = signer(f"https://{fake.host}/jobs/j1")["authorization"].encode()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/jobs/j1",
        "headers": [(b"authorization", authorization)],
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    for each in (fake, lenient):
        await each(scope, receive, send)
    assert [message["status"] for message in sent[::2]] == [400, 400]
    assert fake.requests[0].signature.message == "Access denied: the header host is missing"
    assert lenient.requests[0].signature.accepted


async def test_signed_parameters_pass_whatever_they_hold(client, fake, signer):
    url = "/jobs/j1?b=%2B%20%2F&a=&c=%E5%80%BC&c=2"
    assert (await client.get(url, headers=signer(f"https://{fake.host}{url}"))).status_code == 200


async def test_a_blank_written_as_plus(client, fake, signer):
    """The wire may have + where the signature has %20."""
    headers = signer(f"https://{fake.host}/jobs/j1?a=b%20c")
    assert (await client.get("/jobs/j1?a=b+c", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("expected", "sent", "message"),
    [
        ("T", None, "the header x-ci-security-token is missing"),
        ("T", "U", "the token does not belong to the secret id"),
        (None, "T", "a token was sent for a secret id that has none"),
    ],
)
async def test_a_wrong_token(clock, make_signer, expected, sent, message):
    fake = FakeCI(clock=clock, token=expected)
    signer = make_signer(fake.secret_id, fake.secret_key, clock, token=sent)
    async with httpx.AsyncClient(transport=fake.transport()) as client:
        url = f"https://{fake.host}/jobs/j1"
        response = await client.get(url, headers=signer(url))
    assert refusal(response) == (403, "AccessDenied", f"Access denied: {message}")


async def test_keys_can_be_rotated(client, fake, signer, make_signer, clock):
    """A new key works beside the old one, until the old one is revoked."""
    url = f"https://{fake.host}/jobs/j1"
    fake.allow("AKIDNEW", "new key", token="new token")
    new = make_signer("AKIDNEW", "new key", clock, token="new token")
    assert (await client.get(url, headers=signer(url))).status_code == 200
    assert (await client.get(url, headers=new(url))).status_code == 200
    fake.revoke(fake.secret_id)
    assert refusal(await client.get(url, headers=signer(url)))[:2] == (401, "SecretidNotExist")
    assert (await client.get(url, headers=new(url))).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "examplebucket-1250000000.cos.ap-chongqing.myqcloud.com",
        "examplebucket-1250000000.ci.ap-beijing.myqcloud.com",
        "otherbucket-1250000000.ci.ap-chongqing.myqcloud.com",
        "10.0.0.1",
    ],
)
async def test_a_wrong_host(client, signer, host):
    url = f"https://{host}/jobs/j1"
    assert refusal(await client.get(url, headers=signer(url)))[:2] == (400, "InvalidHost")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:80"])
async def test_loopback_names_are_right_as_well(client, signer, host):
    url = f"http://{host}/jobs/j1"
    assert (await client.get(url, headers=signer(url))).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/", "/jobs/", "/jobs/j1/", "/jobs/..%2Fqueue", "/Jobs/j1", "/queues", "/template/", "/jobs/j1/j2"],
)
async def test_a_wrong_path(client, fake, signer, path):
    url = f"https://{fake.host}{path}"
    assert refusal(await client.get(url, headers=signer(url)))[:2] == (404, "InvalidUrl")


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH"])
async def test_a_wrong_method(client, fake, signer, method):
    url = f"https://{fake.host}/jobs/j1"
    response = await client.request(method, url, headers=signer(url, method=method))
    assert refusal(response)[:2] == (405, "MethodNotAllowed")
    assert response.headers["allow"] == "GET, PUT"


async def test_more_ids_than_allowed(ask):
    """Ten ids are the limit, repetitions included."""
    assert (await ask(*["j1"] * 10)).status_code == 200
    assert refusal(await ask(*["j1"] * 11))[:2] == (400, "InvalidArgument")


async def test_an_empty_id(ask):
    assert refusal(await ask("j1", "", "j2"))[:2] == (400, "InvalidArgument")


async def test_signatures_need_not_be_checked(clock):
    fake = FakeCI(clock=clock, check_signatures=False)
    async with httpx.AsyncClient(transport=fake.transport()) as client:
        assert (await client.get(f"https://{fake.host}/jobs/j1")).status_code == 200


def test_settings_that_make_no_sense():
    """They are refused when they are given, not when they would hurt."""
    fake = FakeCI()
    job_id = fake.add_job()
    with pytest.raises(ConfigurationError):
        FakeCI(credentials={})
    with pytest.raises(ConfigurationError):
        fake.add_job(runs_for=-1)
    with pytest.raises(ConfigurationError):
        fake.add_job(waits_for=float("nan"))
    with pytest.raises(ConfigurationError):
        fake.add_job(job_id=job_id)
    with pytest.raises(ConfigurationError, match="queue"):
        fake.add_job(queue_id="p-nobody")
    with pytest.raises(ConfigurationError, match="family must be one of jobs, pic_jobs"):
        fake.add_job(family="video_jobs")
    with pytest.raises(ConfigurationError):
        fake.add_queue(queue_id=fake.queue_id)
    with pytest.raises(ConfigurationError):
        fake.change_queue("p-nobody", state="Paused")
    with pytest.raises(ConfigurationError):
        fake.add_template(template_id=fake.add_template())
    with pytest.raises(ConfigurationError, match="runs_for"):
        fake.plan(runs_for=-1)
    with pytest.raises(ConfigurationError):
        fake.plan(times=0)
    with pytest.raises(ConfigurationError):
        Fault.stall(times=0)
