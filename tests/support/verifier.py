"""A second reading of the signature, from raw bytes on the wire; it shares nothing with the library."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes


@dataclass(frozen=True)
class WireRequest:
    """A request as it crossed the wire."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name):
        values = [value for each, value in self.headers if each.lower() == name.lower()]
        assert len(values) <= 1, f"{name} was sent {len(values)} times"
        return values[0] if values else None

    @property
    def path(self):
        return self.target.partition("?")[0]


def as_wire(request):
    headers = tuple((name.decode(), value.decode()) for name, value in request.headers.raw)
    return WireRequest(request.method, request.url.raw_path.decode(), headers, request.content)


PARTS = [
    "q-sign-algorithm",
    "q-ak",
    "q-sign-time",
    "q-key-time",
    "q-header-list",
    "q-url-param-list",
    "q-signature",
]


def _escape(raw):
    """Percent-encode bytes, leaving RFC 3986's unreserved characters."""
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
    return "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in raw)


def _hmac(key, message):
    return hmac.new(key, message, hashlib.sha1).hexdigest()


def fields(authorization):
    """The parts of an Authorization value."""
    return dict(part.partition("=")[::2] for part in authorization.split("&"))


def problem(  # noqa: PLR0911 - a list of reasons
    request, *, secret_id, secret_key, now, token=None, longest=600
):
    """What is wrong with the signature of a request; empty when it is good and signs all that matters."""
    authorization = request.header("Authorization")
    if not authorization:
        return "no Authorization"
    parts = fields(authorization)
    if list(parts) != PARTS:
        return "Authorization has other parts"
    if parts["q-sign-algorithm"] != "sha1" or parts["q-ak"] != secret_id:
        return "another algorithm or SecretId"
    if not re.fullmatch(r"\d+;\d+", parts["q-sign-time"]) or parts["q-sign-time"] != parts["q-key-time"]:
        return "the times are malformed"
    start, end = map(int, parts["q-key-time"].split(";"))
    if not start <= now < end or end - start > longest:
        return f"the window {start};{end} does not suit {now}"
    if request.header("x-ci-security-token") != token:
        return "the token is another"
    return _unsigned(request, parts) or _mismatch(request, parts, secret_key)


def _decode(text):
    return unquote_to_bytes(text.replace("+", " "))


def _query(request):
    _, _, query = request.target.partition("?")
    pairs = [part.partition("=")[::2] for part in query.split("&")] if query else []
    return {_escape(_decode(key)).lower(): _decode(value) for key, value in pairs}


def _unsigned(request, parts):
    signed = parts["q-header-list"].split(";")
    wanted = [
        name.lower()
        for name, _ in request.headers
        if name.lower() == "host" or name.lower().startswith(("content-", "x-ci-", "x-cos-"))
    ]
    if missing := sorted(set(wanted) - set(signed)):
        return f"not signed: {missing}"
    if ";".join(sorted(_query(request))) != parts["q-url-param-list"]:
        return "not every parameter is signed"
    return ""


def _mismatch(request, parts, secret_key):
    headers = [
        f"{name}={_escape(request.header(name).strip().encode('utf-8'))}"
        for name in parts["q-header-list"].split(";")
        if request.header(name) is not None
    ]
    query = _query(request)
    parameters = [f"{key}={_escape(query[key])}" for key in sorted(query)]
    http_string = b"\n".join(
        [
            request.method.lower().encode(),
            unquote_to_bytes(request.path),
            "&".join(parameters).encode(),
            "&".join(headers).encode(),
            b"",
        ]
    )
    digest = hashlib.sha1(http_string, usedforsecurity=False).hexdigest()
    to_sign = f"sha1\n{parts['q-sign-time']}\n{digest}\n"
    key = _hmac(secret_key.encode(), parts["q-key-time"].encode())
    expected = _hmac(key.encode(), to_sign.encode())
    return "" if hmac.compare_digest(expected, parts["q-signature"]) else "the signature differs"
