"""A service in process whose answers are written by the test, and which checks every signature itself."""

import time
from xml.etree import ElementTree as ET

import httpx

from support.verifier import WireRequest, problem
from tencent_ci_async import CISession, Credentials, RetryPolicy

BUCKET, REGION = "examplebucket-1250000000", "ap-chongqing"
KEYS = Credentials("AKID", "SECRET")
NO_WAIT = RetryPolicy(base_delay=0, throttled_base_delay=0)


class Scripted:
    """Answers each request by what the test's callable says, and keeps what crossed the wire.

    An answer is a body, a pair of status and body, or an exception to raise instead.
    """

    def __init__(self, answer):
        self.answer = answer
        self.requests = []

    async def handle(self, request):
        headers = tuple((name.decode(), value.decode()) for name, value in request.headers.raw)
        wire = WireRequest(request.method, request.url.raw_path.decode(), headers, request.content)
        self.requests.append(wire)
        wrong = problem(wire, secret_id="AKID", secret_key="SECRET", now=time.time())
        assert not wrong, wrong
        answer = self.answer(wire)
        if isinstance(answer, BaseException):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        ids = {"x-ci-request-id": f"R{len(self.requests)}"}
        return httpx.Response(status, headers=ids, content=body.encode())

    def session(self, **settings):
        """A session that reaches this service."""
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.handle))
        return CISession(BUCKET, REGION, credentials=KEYS, client=client, **{"retry": NO_WAIT, **settings})


def refusal(status, code, message=""):
    """An error answer of the service."""
    return status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"


def as_tree(body):
    """An XML body as nested pairs of name and content, by the standard library's reading."""

    def pair(element):
        return element.tag, [pair(each) for each in element] if len(element) else element.text

    return pair(ET.fromstring(body))  # noqa: S314 - what is read is what we have sent
