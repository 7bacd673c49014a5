"""The q-sign signature (HMAC-SHA1) of COS and CI, as pure functions of plain values.

Everything here takes *decoded* text: the path as the service will see it after percent-decoding, and the
parameters and headers as pairs. The wire may spell the same request in several ways; the signature has one.

Source: Tencent Cloud CI API, request signature.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

__all__ = ["CanonicalRequest", "canonical_request", "sign", "sign_key", "sign_with_key", "string_to_sign"]


class CanonicalRequest(NamedTuple):
    """What a request looks like to the signature.

    Attributes:
        http_string: Method, path, parameters and headers, a line each.
        header_list: The names of the headers signed, joined by semicolons.
        url_param_list: The names of the parameters signed, joined by semicolons.
    """

    http_string: str
    header_list: str
    url_param_list: str


def _encode(text: str) -> str:
    # Bytes that are no UTF-8 reach us as surrogates and must leave as the same bytes.
    return quote(text, safe="-_.~", errors="surrogateescape")


def _canonical_pairs(pairs: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Return the joined ``key=value`` text and the joined keys.

    Keys are encoded, then lower-cased, escapes included; the order is that of the keys alone. Two keys
    that differ only in case are one to the service, and the last value holds.
    """
    encoded = {_encode(key).lower(): _encode(value) for key, value in pairs}
    ordered = sorted(encoded)
    return "&".join(f"{key}={encoded[key]}" for key in ordered), ";".join(ordered)


def canonical_request(
    method: str, path: str, params: Iterable[tuple[str, str]], headers: Iterable[tuple[str, str]]
) -> CanonicalRequest:
    """Return the canonical form of a request: its HttpString and the two lists of names.

    Args:
        method: The HTTP method, in any case.
        path: The decoded path, starting with a slash; its case is kept and nothing is encoded.
        params: Decoded query parameters; one without a value has the empty text.
        headers: The headers to sign, all of them and no others.
    """
    http_parameters, url_param_list = _canonical_pairs(params)
    http_headers, header_list = _canonical_pairs((name, value.strip()) for name, value in headers)
    http_string = f"{method.lower()}\n{path}\n{http_parameters}\n{http_headers}\n"
    return CanonicalRequest(http_string, header_list, url_param_list)


def string_to_sign(key_time: str, http_string: str) -> str:
    """Return the StringToSign of a canonical request within a KeyTime."""
    digest = hashlib.sha1(http_string.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
    return f"sha1\n{key_time}\n{digest}\n"


def sign_key(secret_key: str, key_time: str) -> bytes:
    """Return the SignKey of a KeyTime, as the lower-case hexadecimal text that is the next HMAC's key."""
    return hmac.new(secret_key.encode(), key_time.encode(), hashlib.sha1).hexdigest().encode()


def sign_with_key(request: CanonicalRequest, *, secret_id: str, key: bytes, key_time: str) -> str:
    """Return the Authorization value for a canonical request, signed with a SignKey already derived."""
    to_sign = string_to_sign(key_time, request.http_string).encode()
    signature = hmac.new(key, to_sign, hashlib.sha1).hexdigest()
    return (
        f"q-sign-algorithm=sha1&q-ak={secret_id}&q-sign-time={key_time}&q-key-time={key_time}"
        f"&q-header-list={request.header_list}&q-url-param-list={request.url_param_list}"
        f"&q-signature={signature}"
    )


def sign(
    method: str,
    path: str,
    params: Iterable[tuple[str, str]],
    headers: Iterable[tuple[str, str]],
    *,
    secret_id: str,
    secret_key: str,
    start: int,
    end: int,
) -> str:
    """Return the value of the ``Authorization`` header for one request.

    Args:
        method: The HTTP method, in any case.
        path: The decoded path, starting with a slash.
        params: Decoded query parameters, in any order; one without a value has the empty text.
        headers: The headers to sign, in any order: exactly these are signed.
        secret_id: The SecretId.
        secret_key: The SecretKey.
        start: When the signature begins to hold, in epoch seconds.
        end: When it ceases to hold, in epoch seconds.

    Source: Tencent Cloud CI API, request signature.
    """
    key_time = f"{start};{end}"
    request = canonical_request(method, path, params, headers)
    return sign_with_key(request, secret_id=secret_id, key=sign_key(secret_key, key_time), key_time=key_time)
