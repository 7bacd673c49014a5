"""The service itself: jobs, keys and rules; a request in, an answer out, no I/O."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final, NamedTuple

from tencent_ci_async.errors import JobNotFoundError

from ._documents import describe_document, error_document
from ._jobs import FakeJob
from ._log import RecordedRequest
from ._signature import Key, SignatureVerdict, WireRequest, verify

__all__ = ["Answer", "Service", "job_ids_in", "make_request_id"]

Headers = tuple[tuple[str, str], ...]

_DESCRIBED: Final = re.compile(r"/jobs/([^/]+)")


class Answer(NamedTuple):
    """An HTTP answer. A body of several pieces is sent without a length, piece by piece."""

    status: int
    headers: Headers
    body: bytes | Iterable[bytes]


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


@dataclass(slots=True, kw_only=True)
class Service:
    """The state of one bucket in one region, and the rules of the API.

    Attributes:
        bucket: The full bucket name.
        region: The region.
        clock: The service's clock, in epoch seconds.
        jobs: The jobs by id.
        keys: The keys by secret id.
        max_ids_per_request: How many ids one describe request may hold.
        check_signatures: Whether signatures are looked at.
        maximum_skew: How far, in seconds, a ``Date`` header may be from the clock.
        strict: Whether all that should be signed must be signed.
    """

    bucket: str
    region: str
    clock: Callable[[], float]
    jobs: dict[str, FakeJob]
    keys: dict[str, Key]
    max_ids_per_request: int
    check_signatures: bool
    maximum_skew: float
    strict: bool

    @property
    def host(self) -> str:
        """The host name of the bucket."""
        return f"{self.bucket}.ci.{self.region}.myqcloud.com"

    def find(self, job_id: str) -> FakeJob:
        """Return a job.

        Raises:
            JobNotFoundError: There is none with that id.
        """
        job = self.jobs.get(job_id)
        if job is None:
            raise JobNotFoundError(job_id)
        return job

    def judge(self, wire: WireRequest) -> SignatureVerdict:
        """Return the verdict on a request's signature."""
        if not self.check_signatures:
            return SignatureVerdict(accepted=True, message="signatures are not checked")
        return verify(wire, self.keys, self.clock(), maximum_skew=self.maximum_skew, strict=self.strict)

    def answer(self, request: RecordedRequest, listens_on: str | None) -> Answer:
        """Return what the service answers now.

        Args:
            request: The request, with the verdict on its signature.
            listens_on: Another host name that is right; None when there is none.
        """
        try:
            self._check_host(request, listens_on)
            handler = _route(request)
            verdict = request.signature
            if verdict.status is not None and verdict.code is not None:
                raise _RefusedError(verdict.status, verdict.code, verdict.message)
            body = handler(self, request)
        except _RefusedError as refusal:
            return self.error(request, refusal.status, refusal.code, refusal.message, refusal.headers)
        return Answer(200, self.headers(request), body)

    def error(
        self, request: RecordedRequest, status: int, code: str, message: str, headers: Headers = ()
    ) -> Answer:
        """Return an error as the service writes it; ``headers`` come on top of its own."""
        trace_id = _invented_id("trace", request.number)
        body = error_document(code, message, request_id=request.request_id, trace_id=trace_id)
        own = (*self.headers(request), ("x-ci-trace-id", trace_id))
        return Answer(status, override(own, headers), body)

    def headers(self, request: RecordedRequest) -> Headers:
        """Return the headers of every answer."""
        return (
            ("Server", "tencent-ci"),
            ("Date", formatdate(self.clock(), usegmt=True)),
            ("Content-Type", "application/xml"),
            ("x-ci-request-id", request.request_id),
        )

    def describe(self, job_ids: Iterable[str]) -> bytes:
        """Return the document for these ids, as they stand now."""
        now = self.clock()
        found: list[FakeJob] = []
        missing: list[str] = []
        for job_id in job_ids:
            job = self.jobs.get(job_id)
            if job is not None and job.is_visible(now):
                found.append(job)
            else:
                missing.append(job_id)
        return describe_document(found, missing, now, bucket=self.bucket, region=self.region)

    def _check_host(self, request: RecordedRequest, listens_on: str | None) -> None:
        host = re.sub(r":[0-9]*$", "", request.headers.get("host", "")).lower()
        if host not in {self.host, listens_on, "localhost"} and not _is_loopback(host):
            raise _RefusedError(400, "InvalidHost", f"The host must be {self.host}")


def override(headers: Headers, by: Iterable[tuple[str, str]]) -> Headers:
    """Return ``headers`` with those in ``by`` in place of their namesakes."""
    new = tuple(by)
    replaced = {name.lower() for name, _ in new}
    return (*(pair for pair in headers if pair[0].lower() not in replaced), *new)


def job_ids_in(path: str) -> tuple[str, ...]:
    """Return the ids in a decoded path; none when it asks for no job."""
    match = _DESCRIBED.fullmatch(path)
    return tuple(match[1].split(",")) if match else ()


def make_request_id(number: int) -> str:
    """Return the request id of the request with that number: always the same."""
    return _invented_id("request", number)


def _invented_id(kind: str, number: int) -> str:
    return base64.b64encode(hashlib.sha256(f"{kind}-{number}".encode()).digest()[:24]).decode()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _describe_media_job(service: Service, request: RecordedRequest) -> bytes:
    job_ids = request.job_ids
    if not all(job_ids):
        raise _RefusedError(400, "InvalidArgument", "A job id is empty")
    if len(job_ids) > service.max_ids_per_request:
        limit = service.max_ids_per_request
        raise _RefusedError(400, "InvalidArgument", f"At most {limit} job ids can be described at once")
    return service.describe(dict.fromkeys(job_ids))


class _Route(NamedTuple):
    method: str
    path: re.Pattern[str]
    handler: Callable[[Service, RecordedRequest], bytes]


_ROUTES: Final[Sequence[_Route]] = (_Route("GET", _DESCRIBED, _describe_media_job),)


def _route(request: RecordedRequest) -> Callable[[Service, RecordedRequest], bytes]:
    routes = {route.method: route for route in _ROUTES if route.path.fullmatch(request.path)}
    if not routes:
        raise _RefusedError(404, "InvalidUrl", "There is nothing at this path")
    route = routes.get(request.method)
    if route is None:
        allow = ", ".join(sorted(routes))
        raise _RefusedError(
            405, "MethodNotAllowed", f"Only {allow} is allowed here", headers=(("Allow", allow),)
        )
    return route.handler
