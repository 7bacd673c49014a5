"""Checks the signature of a request as it stands on the wire.

Written from the API page alone and apart from the package's signer, so that the two cannot share a mistake.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

__all__ = ["Key", "SignatureVerdict", "WireRequest", "verify"]

_TOKEN_HEADER: Final = "x-ci-security-token"  # noqa: S105 - a name, not a value
_TOKEN_HEADERS: Final = (_TOKEN_HEADER, "x-cos-security-token")
_FIELDS: Final = (
    "q-sign-algorithm",
    "q-ak",
    "q-sign-time",
    "q-key-time",
    "q-header-list",
    "q-url-param-list",
    "q-signature",
)
_WINDOW: Final = re.compile(r"([0-9]{1,12});([0-9]{1,12})")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{40}")
_PORT: Final = re.compile(rb":[0-9]*$")


@dataclass(frozen=True, slots=True)
class Key:
    """What the service knows of one secret id."""

    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


class WireRequest(NamedTuple):
    """The parts of a request that a signature can cover, as they came."""

    method: str
    raw_path: bytes
    raw_query: bytes
    headers: Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerdict:
    """What the simulator thinks of a request's signature, and why.

    Attributes:
        accepted: Whether the request may pass.
        status: The HTTP status of the refusal; None when it passed.
        code: The error code of the refusal; None when it passed.
        message: The reason.
        secret_id: The id that signed; None when no id could be read.
        start: The first second of the validity window, in epoch seconds.
        end: The last second of it.
        signed_headers: The header names said to be signed, encoded.
        signed_parameters: The query parameters said to be signed, encoded.
        http_string: The text that was expected to be signed. It holds a signed token in plain text.
        string_to_sign: The text made of its digest.
    """

    accepted: bool
    status: int | None = None
    code: str | None = None
    message: str = ""
    secret_id: str | None = field(default=None, repr=False)
    start: int | None = None
    end: int | None = None
    signed_headers: tuple[str, ...] = ()
    signed_parameters: tuple[str, ...] = ()
    http_string: str | None = field(default=None, repr=False)
    string_to_sign: str | None = field(default=None, repr=False)


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class _Authorization(NamedTuple):
    secret_id: str
    window: str
    start: int
    end: int
    headers: tuple[str, ...]
    parameters: tuple[str, ...]
    signature: str


class _Expectation(NamedTuple):
    http_string: bytes
    string_to_sign: str
    signature: str


def verify(
    request: WireRequest, keys: Mapping[str, Key], now: float, *, maximum_skew: float, strict: bool
) -> SignatureVerdict:
    """Return whether a request is signed as the service demands.

    Args:
        request: The request as it came.
        keys: The known secret ids.
        now: The service's clock, in epoch seconds.
        maximum_skew: How far, in seconds, a ``Date`` header may be from that clock.
        strict: Whether the host, all query parameters, the token and the ``Content-*`` headers must be
            signed.

    Source: Tencent Cloud CI API, Request Signature and Common Request Headers.
    """
    authorization: _Authorization | None = None
    expected: _Expectation | None = None
    refusal: _RefusedError | None = None
    try:
        authorization = _read_authorization(_values(request.headers, "authorization"))
        key = keys.get(authorization.secret_id)
        if key is None:
            raise _RefusedError(401, "SecretidNotExist", "The secret id does not exist")
        if not authorization.start <= now <= authorization.end:
            raise _RefusedError(401, "SignatureExpired", "The service's time is outside the signed window")
        candidates = [
            _expect(request, authorization, key, host=host) for host in _host_candidates(request.headers)
        ]
        expected = candidates[0]
        _check_signature(authorization, candidates)
        _check_token(request, key)
        if strict:
            _check_coverage(request, authorization)
        _check_date(request, now, maximum_skew)
    except _RefusedError as error:
        refusal = error
    return SignatureVerdict(
        accepted=refusal is None,
        status=refusal.status if refusal else None,
        code=refusal.code if refusal else None,
        message=refusal.message if refusal else "the signature is right",
        secret_id=authorization.secret_id if authorization else None,
        start=authorization.start if authorization else None,
        end=authorization.end if authorization else None,
        signed_headers=authorization.headers if authorization else (),
        signed_parameters=authorization.parameters if authorization else (),
        http_string=expected.http_string.decode(errors="replace") if expected else None,
        string_to_sign=expected.string_to_sign if expected else None,
    )


def _values(headers: Iterable[tuple[bytes, bytes]], name: str) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in headers if key.lower() == name.encode()]


def _read_authorization(values: Sequence[str]) -> _Authorization:
    if not values or not values[0]:
        raise _RefusedError(401, "MissingAuthorization", "The Authorization header is missing")
    pairs = [pair.partition("=") for pair in values[0].split("&")]
    fields = {name: value for name, _, value in pairs}
    if len(values) > 1 or sorted(name for name, _, _ in pairs) != sorted(_FIELDS):
        raise _malformed("it must have exactly the seven q- fields, each once")
    if fields["q-sign-algorithm"] != "sha1":
        raise _malformed("q-sign-algorithm must be sha1")
    window = _WINDOW.fullmatch(fields["q-sign-time"])
    if window is None or fields["q-key-time"] != fields["q-sign-time"]:
        raise _malformed("q-sign-time and q-key-time must be the same <start>;<end>")
    if not _SIGNATURE.fullmatch(fields["q-signature"]):
        raise _malformed("q-signature must be 40 lower-case hexadecimal digits")
    return _Authorization(
        secret_id=fields["q-ak"],
        window=fields["q-sign-time"],
        start=int(window[1]),
        end=int(window[2]),
        headers=_names(fields["q-header-list"]),
        parameters=_names(fields["q-url-param-list"]),
        signature=fields["q-signature"],
    )


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(";")) if text else ()
    if list(names) != sorted(names) or text != text.lower():
        raise _malformed("its lists must be in lower case and sorted")
    return names


def _malformed(reason: str) -> _RefusedError:
    return _RefusedError(401, "InvalidAuthorization", f"The Authorization header is malformed: {reason}")


def _expect(
    request: WireRequest, authorization: _Authorization, key: Key, *, host: bytes | None
) -> _Expectation:
    headers = [
        (name, host if host is not None and name.lower() == b"host" else value.strip())
        for name, value in request.headers
    ]
    http_string = b"\n".join(
        (
            request.method.lower().encode(),
            unquote_to_bytes(request.raw_path),
            _canonical(_parameters(request.raw_query), authorization.parameters),
            _canonical(headers, authorization.headers),
            b"",
        )
    )
    string_to_sign = f"sha1\n{authorization.window}\n{_sha1(http_string)}\n"
    sign_key = _hmac_sha1(key.secret_key, authorization.window)
    return _Expectation(http_string, string_to_sign, _hmac_sha1(sign_key, string_to_sign))


def _sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()  # noqa: S324 - the protocol says so


def _hmac_sha1(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()


def _parameters(raw_query: bytes) -> list[tuple[bytes, bytes]]:
    pairs = [pair.partition(b"=") for pair in raw_query.split(b"&") if pair]
    return [(_decode_parameter(name), _decode_parameter(value)) for name, _, value in pairs]


def _decode_parameter(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _encode_name(name: bytes) -> str:
    return quote(name, safe="").lower()


def _canonical(pairs: Iterable[tuple[bytes, bytes]], listed: Sequence[str]) -> bytes:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(_encode_name(name), []).append(quote(value, safe=""))
    signed: list[str] = []
    for listed_name, times in sorted(Counter(listed).items()):
        found = values.get(listed_name, [])
        # Signers either list a repeated name as often as it is sent, or sign its last value only.
        chosen = sorted(found) if times == len(found) else found[-1:]
        signed.extend(f"{listed_name}={value}" for value in chosen)
    return "&".join(signed).encode()


def _host_candidates(headers: Iterable[tuple[bytes, bytes]]) -> list[bytes | None]:
    """Return what may stand for the host: as sent, and without its port, as some signers have it."""
    hosts = [value.strip() for name, value in headers if name.lower() == b"host"]
    if len(hosts) != 1:
        return [None]
    bare = _PORT.sub(b"", hosts[0])
    return list(dict.fromkeys((hosts[0], bare, bare.lower(), hosts[0].lower())))


def _check_signature(authorization: _Authorization, candidates: Iterable[_Expectation]) -> None:
    matches = [hmac.compare_digest(authorization.signature, each.signature) for each in candidates]
    if not any(matches):
        raise _RefusedError(
            403, "SignatureDoesNotMatch", "The signature differs from the one calculated here"
        )


def _check_token(request: WireRequest, key: Key) -> None:
    tokens = [token for name in _TOKEN_HEADERS for token in _values(request.headers, name)]
    if key.token is None:
        if tokens:
            raise _access_denied("a token was sent for a secret id that has none")
    elif not tokens:
        raise _access_denied(f"the header {_TOKEN_HEADER} is missing")
    elif len(tokens) > 1 or not hmac.compare_digest(tokens[0].encode(), key.token.encode()):
        raise _access_denied("the token does not belong to the secret id")


def _check_coverage(request: WireRequest, authorization: _Authorization) -> None:
    if not _values(request.headers, "host"):
        raise _access_denied("the header host is missing")
    names = [_encode_name(name) for name, _ in request.headers]
    for name in names:
        must_be_signed = name == "host" or name in _TOKEN_HEADERS or name.startswith("content-")
        if must_be_signed and name not in authorization.headers:
            raise _access_denied(f"the header {name} is not signed")
    for name in authorization.headers:
        if name not in names:
            raise _access_denied(f"the header {name} is said to be signed, but was not sent")
    sent = Counter(_encode_name(name) for name, _ in _parameters(request.raw_query))
    listed = Counter(authorization.parameters)
    for name in sent.keys() | listed.keys():
        if sent[name] != listed[name]:
            raise _access_denied(
                f"the query parameter {name} is sent {sent[name]} and signed {listed[name]} times"
            )


def _access_denied(reason: str) -> _RefusedError:
    return _RefusedError(403, "AccessDenied", f"Access denied: {reason}")


def _check_date(request: WireRequest, now: float, maximum_skew: float) -> None:
    for text in _values(request.headers, "date"):
        try:
            sent = parsedate_to_datetime(text).timestamp()
        except ValueError:
            raise _access_denied("the header date is not an HTTP date") from None
        if abs(sent - now) > maximum_skew:
            raise _RefusedError(
                403, "RequestTimeTooSkewed", "The header date is too far from the service's time"
            )
