"""What one signature costs."""

import asyncio
import re
import time

import httpx
import requests
from bodies import CREDENTIALS
from measure import Case, Table, measure, repeated
from place import BUCKET, REGION
from vendor import CosS3Auth, vendor_config

from tencent_ci_async import CIAuth
from tencent_ci_async._signing import sign

_HOST = f"{BUCKET}.ci.{REGION}.myqcloud.com"
_PATH = "/jobs/j8a1f0c2e4b6d48d09f7e5c3b1a907e5d"
_URL = f"https://{_HOST}{_PATH}"


def signing_table(*, rounds: int) -> Table:
    """Sign one and the same GET, of which both sides cover the path and the host."""
    config = vendor_config()
    vendor_request = requests.Request("GET", _URL).prepare()
    ours = httpx.Request("GET", _URL)
    auth = CIAuth(CREDENTIALS)

    def sign_from_values() -> str:
        start = int(time.time()) - 60
        return _sign(start, start + 600)

    def sign_as_the_vendor() -> None:
        # A new one for each request, as its client does it.
        CosS3Auth(config, _PATH, params={})(vendor_request)

    async def sign_a_request(times: int) -> None:
        for _ in range(times):
            await auth.sign(ours)

    with asyncio.Runner() as runner:
        vendor, values, request = measure(
            [
                Case("CosS3Auth of cos-python-sdk-v5", repeated(sign_as_the_vendor), 2_000),
                Case("_signing.sign, its key derived anew", repeated(sign_from_values), 2_000),
                Case(
                    "CIAuth.sign of an httpx.Request", lambda times: runner.run(sign_a_request(times)), 2_000
                ),
            ],
            rounds=rounds,
        )
    _check_equal(vendor_request.headers["Authorization"])
    return Table("Signing a request", [vendor, values, request], vendor, "signature")


def _sign(start: int, end: int) -> str:
    return sign(
        "GET",
        _PATH,
        (),
        [("host", _HOST)],
        secret_id=CREDENTIALS.secret_id,
        secret_key=CREDENTIALS.secret_key,
        start=start,
        end=end,
    )


def _check_equal(theirs: str) -> None:
    """Two signers that do not agree did not do the same work."""
    window = re.search(r"q-key-time=(\d+);(\d+)", theirs)
    assert window is not None
    assert theirs == _sign(int(window[1]), int(window[2])), theirs
