"""A marker secret is looked for wherever secrets leak from; it is found nowhere."""

import asyncio
import logging

import pytest
from support.told import told
from support.verifier import fields
from support.wire import answer, wire_server

from tencent_ci_async import CIError, CISession, Credentials, RequestTimeoutError, RetryPolicy, Timeouts

MARKERS = {"id": "AKIDMARKERMARKER", "key": "KEYMARKERMARKER", "token": "TOKENMARKERMARKER"}
QUICK = RetryPolicy(base_delay=0, throttled_base_delay=0)


def credentials():
    return Credentials(MARKERS["id"], MARKERS["key"], MARKERS["token"])


def secrets(server):
    """The keys, the token, and every signature and header that was made from them."""
    found = [MARKERS["key"], MARKERS["token"]]
    for request in server.requests:
        authorization = request.header("Authorization")
        found += [authorization, fields(authorization)["q-signature"]]
    return found


async def stall(_request, _writer):
    await asyncio.sleep(3_600)


ENDINGS = {
    "good": [answer()],
    "refused": [answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")],
    "clock": [
        answer(401, b"<Error><Code>SignatureExpired</Code></Error>", Date="Thu, 15 Jun 2017 12:37:29 GMT")
    ],
    "fault": [answer(500)],
    "reset": [None],
    "garbage": [b"\x00\x01\x02\r\n\r\n"],
    "unreadable": [answer(200, b"<html></html>")],
    "another document": [answer(200, b"<Response><JobsDetail>text</JobsDetail></Response>")],
    "badly compressed": [answer(200, b"text", Content_Encoding="gzip")],
    "stall": [stall],
}


@pytest.mark.parametrize("script", ENDINGS.values(), ids=ENDINGS.keys())
async def test_no_secret_in_logs_exceptions_or_tracebacks_with_locals(script, caplog):
    """Every logger at DEBUG (ours, httpx's, httpcore's), and every frame of ours that an error passed."""
    caplog.set_level(logging.DEBUG)
    error = None
    async with wire_server(*script) as server:
        session = CISession(
            "examplebucket-1250000000",
            "ap-chongqing",
            credentials=credentials(),
            endpoint=server.url,
            retry=QUICK,
            timeout=Timeouts(total=1, read=0.05),
        )
        async with session:
            try:
                await session.describe_media_job("j1")
            except CIError as caught:
                error = caught
            seen = [
                repr(session),
                str(vars(session)),
                str(vars(session._auth)),
                str(vars(session._exchanger)),
            ]
        assert (error is None) is (script is ENDINGS["good"])
        if error is not None:
            seen += told(error)
        seen += [f"{record.getMessage()} {record.args} {vars(record)}" for record in caplog.records]
        assert {record.name.split(".")[0] for record in caplog.records} >= {"httpcore"}
        for secret in [*secrets(server), MARKERS["id"]]:
            assert [text for text in seen if secret in text] == []


async def test_no_secret_when_the_deadline_cuts_a_call_short():
    async with wire_server(stall) as server:
        settings = {"endpoint": server.url, "timeout": 0.05, "credentials": credentials()}
        async with CISession("examplebucket-1250000000", "ap-chongqing", **settings) as session:
            with pytest.raises(RequestTimeoutError) as caught:
                await session.describe_media_job("j1")
        for secret in [*secrets(server), MARKERS["id"]]:
            assert [text for text in told(caught.value) if secret in text] == []
