"""The TC3-HMAC-SHA256 signature of Tencent Cloud's APIs, as a pure function of plain values.

Source: Tencent Cloud API, signature v3.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

__all__ = ["CONTENT_TYPE", "tc3_authorization"]

CONTENT_TYPE = "application/json; charset=utf-8"
_SIGNED_HEADERS = "content-type;host;x-tc-action"


def tc3_authorization(
    secret_id: str,
    secret_key: str,
    *,
    host: str,
    service: str,
    action: str,
    content: bytes,
    timestamp: int,
) -> str:
    """Return the value of the ``Authorization`` header for a POST of JSON to the path ``/``.

    Args:
        secret_id: The SecretId.
        secret_key: The SecretKey.
        host: The ``Host`` header, as it will be sent.
        service: The API, such as ``sts``.
        action: The ``X-TC-Action`` header.
        content: The body, as it will be sent.
        timestamp: The ``X-TC-Timestamp`` header: epoch seconds.

    Source: Tencent Cloud API, signature v3.
    """
    canonical = "\n".join(
        (
            "POST",
            "/",
            "",
            f"content-type:{CONTENT_TYPE}",
            f"host:{host.lower()}",
            f"x-tc-action:{action.lower()}",
            "",
            _SIGNED_HEADERS,
            hashlib.sha256(content).hexdigest(),
        )
    )
    date = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
    scope = f"{date}/{service}/tc3_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{digest}"
    key = f"TC3{secret_key}".encode()
    for part in (date, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    credential = f"Credential={secret_id}/{scope}"
    return f"TC3-HMAC-SHA256 {credential}, SignedHeaders={_SIGNED_HEADERS}, Signature={signature}"
