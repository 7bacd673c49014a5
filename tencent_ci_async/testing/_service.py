"""The service itself: state, keys and rules; a request in, an answer out, no I/O."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final, NamedTuple

from ._documents import error_document
from ._log import RecordedRequest
from ._refusals import Headers, RefusedError
from ._routes import Handler, route
from ._signature import Key, SignatureVerdict, WireRequest, verify
from ._state import State

__all__ = ["Answer", "Service", "make_request_id", "override"]

_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - a user has asked for it


class Answer(NamedTuple):
    """An HTTP answer. A body of several pieces is sent without a length, piece by piece."""

    status: int
    headers: Headers
    body: bytes | Iterable[bytes]


@dataclass(slots=True, kw_only=True)
class Service:
    """One bucket in one region, and the rules that hold for every request.

    Attributes:
        state: The jobs and all else that requests change or ask for.
        keys: The keys by secret id.
        check_signatures: Whether signatures are looked at.
        maximum_skew: How far, in seconds, a ``Date`` header may be from the clock.
        strict: Whether all that should be signed must be signed.
    """

    state: State
    keys: dict[str, Key]
    check_signatures: bool
    maximum_skew: float
    strict: bool

    @property
    def host(self) -> str:
        """The host name of the bucket."""
        return f"{self.state.bucket}.ci.{self.state.region}.myqcloud.com"

    def judge(self, wire: WireRequest) -> SignatureVerdict:
        """Return the verdict on a request's signature."""
        if not self.check_signatures:
            return SignatureVerdict(accepted=True, message="signatures are not checked")
        now = self.state.clock()
        return verify(wire, self.keys, now, maximum_skew=self.maximum_skew, strict=self.strict)

    def answer(
        self, request: RecordedRequest, listens_on: str | None, handler: Handler | None = None
    ) -> Answer:
        """Return what the service answers now.

        Args:
            request: The request, with the verdict on its signature.
            listens_on: Another host name that is right; None when there is none.
            handler: What answers a request that is in order; None for what its path and method say.
        """
        try:
            self._check_host(request, listens_on)
            usual = route(request)
            verdict = request.signature
            if verdict.status is not None and verdict.code is not None:
                raise RefusedError(verdict.status, verdict.code, verdict.message)
            body = (handler or usual)(self.state, request)
        except RefusedError as refusal:
            return self.error(request, refusal.status, refusal.code, refusal.message, refusal.headers)
        headers = self.headers(request)
        if not body:
            headers = tuple(pair for pair in headers if pair[0] != "Content-Type")
        return Answer(200, headers, body)

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
            ("Date", formatdate(self.state.clock(), usegmt=True)),
            ("Content-Type", "application/xml"),
            ("x-ci-request-id", request.request_id),
        )

    def _check_host(self, request: RecordedRequest, listens_on: str | None) -> None:
        host = re.sub(r":[0-9]*$", "", request.headers.get("host", "")).lower()
        if listens_on in _EVERYWHERE:
            # It is reached from other machines and containers then, by whatever name they have for this one.
            return
        if host not in {self.host, listens_on, "localhost"} and not _is_loopback(host):
            raise RefusedError(400, "InvalidHost", f"The host must be {self.host}")


def override(headers: Headers, by: Iterable[tuple[str, str]]) -> Headers:
    """Return ``headers`` with those in ``by`` in place of their namesakes."""
    new = tuple(by)
    replaced = {name.lower() for name, _ in new}
    return (*(pair for pair in headers if pair[0].lower() not in replaced), *new)


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
