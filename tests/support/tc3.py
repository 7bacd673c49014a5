"""A second reading of the TC3 signature, from raw bytes on the wire; it shares nothing with the library."""

import hashlib
import hmac
import re
import time

FORM = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<service>\w+)/tc3_request, "
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


def _mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256)


def tc3_problem(request, *, secret_id, secret_key, now, token=None):
    """The code by which the API would refuse a request as it crossed the wire; empty if it would not."""
    if (read := FORM.fullmatch(request.header("Authorization") or "")) is None:
        return "AuthFailure.InvalidAuthorization"
    if read["id"] != secret_id:
        return "AuthFailure.SecretIdNotFound"
    if request.header("X-TC-Token") != token:
        return "AuthFailure.TokenFailure"
    stamp = request.header("X-TC-Timestamp")
    if abs(now - int(stamp)) > 300 or time.strftime("%Y-%m-%d", time.gmtime(int(stamp))) != read["date"]:
        return "AuthFailure.SignatureExpire"
    names = read["names"].split(";")
    if names != sorted(names) or not {"content-type", "host"} <= set(names):
        return "AuthFailure.SignatureFailure"
    lines = [request.method, request.path, request.target.partition("?")[2]]
    lines += [f"{name}:{request.header(name).strip().lower()}" for name in names]
    lines += ["", read["names"], hashlib.sha256(request.body).hexdigest()]
    canonical = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    scope = f"{read['date']}/{read['service']}/tc3_request"
    key = _mac(b"TC3" + secret_key.encode(), read["date"]).digest()
    key = _mac(_mac(key, read["service"]).digest(), "tc3_request").digest()
    expected = _mac(key, f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{canonical}").hexdigest()
    return "" if hmac.compare_digest(expected, read["signature"]) else "AuthFailure.SignatureFailure"
