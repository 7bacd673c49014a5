"""Temporary keys of the role that is bound to a cloud server, from its metadata.

Source: Tencent Cloud CVM, instance metadata; Tencent Cloud CAM, roles of instances.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote

from tencent_ci_async._credentials import Credentials
from tencent_ci_async._credentials._looking import Absence
from tencent_ci_async._timing import Timing
from tencent_ci_async.errors import ConfigurationError, CredentialsError

from ._http import Failure, Question, Reply, ask, checked_base_url

__all__ = ["METADATA_URL", "CVMRoleProvider", "Metadata", "role_keys"]

METADATA_URL: Final = "http://metadata.tencentyun.com"
_PATH: Final = "/latest/meta-data/cam/security-credentials/"
_PAUSE: Final = 0.2
_NEXT = "; bind a role to the instance in the CVM console, or give credentials in another way"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where a server's metadata are asked, and how patiently.

    Attributes:
        base_url: The place.
        role_name: The role; empty for the one that is bound.
        time_limit: Seconds for one request.
        attempts: How often it is sent.
        timing: The clocks.

    Raises:
        ConfigurationError: One of them is not usable.
    """

    base_url: str
    role_name: str
    time_limit: float
    attempts: int
    timing: Timing

    def __post_init__(self) -> None:
        checked_base_url(self.base_url, name="base_url", plain_http=True)
        if self.role_name and not _is_role_name(self.role_name):
            raise ConfigurationError(f"role_name {self.role_name!r} is no role's name")
        if not 0 < self.time_limit <= 30:
            raise ConfigurationError(f"time_limit is {self.time_limit}: it must lie between 0 and 30 seconds")
        if self.attempts < 1:
            raise ConfigurationError(f"attempts is {self.attempts}: it must be at least 1")

    @classmethod
    def for_a_look(cls, base_url: str, role_name: str, timing: Timing) -> Metadata:
        """Return what is asked when it is not known whether there are metadata at all.

        Whoever has none waits for nothing, so that it takes less than two seconds.
        """
        return cls(base_url, role_name, 0.8, 2, timing)

    async def get(self, name: str) -> Reply | Failure:
        """Ask for the bound role (the empty name) or for a role's keys, again after a fault that may pass."""
        url = f"{self.base_url.rstrip('/')}{_PATH}{quote(name, safe='')}"
        attempt = 1
        while True:
            # No proxy could see this machine's own metadata.
            reply = await ask(Question("GET", url, {}), time_limit=self.time_limit, direct=True)
            passing = isinstance(reply, Failure) or reply.status >= 500 or reply.status == 429
            if not passing or attempt == self.attempts:
                return reply
            await self.timing.sleep(_PAUSE * self.timing.random())
            attempt += 1


class CVMRoleProvider:
    """Asks the metadata of a cloud server (CVM) for the keys of the role that is bound to it.

    The metadata are asked directly, never through a proxy.

    Args:
        role_name: The role; None for the one that is bound.
        base_url: Another place of the metadata, for tests.
        time_limit: Seconds for one request; there are two for each refresh.
        attempts: How often each is sent when there is no answer.
        timing: The clocks; only tests need others.

    Raises:
        ConfigurationError: An argument is not usable.

    Source: Tencent Cloud CVM, instance metadata.
    """

    def __init__(
        self,
        role_name: str | None = None,
        *,
        base_url: str = METADATA_URL,
        time_limit: float = 1.0,
        attempts: int = 3,
        timing: Timing | None = None,
    ) -> None:
        self._metadata = Metadata(base_url, role_name or "", time_limit, attempts, timing or Timing())

    async def __call__(self) -> Credentials:
        """Return the role's present keys.

        Raises:
            CredentialsError: No role is bound to this machine, or its metadata answered nothing of use.
        """
        found = await role_keys(self._metadata)
        if isinstance(found, Absence):
            raise CredentialsError(f"no keys of a CVM role: {found.reason}{_NEXT}")
        return found


async def role_keys(metadata: Metadata) -> Credentials | Absence:
    """Return the keys of the role that is bound to this machine, or why there are none.

    Raises:
        CredentialsError: There is a role, and its keys could not be had.
    """
    role_name = metadata.role_name
    if not role_name:
        reply = await metadata.get("")
        found = _role_name(reply)
        if isinstance(found, Absence):
            return found
        role_name = found
    reply = await metadata.get(role_name)
    keys = _keys(reply)
    if isinstance(keys, str):
        raise CredentialsError(f"the keys of CVM role {role_name!r} could not be had: {keys}")
    return keys


def _role_name(reply: Reply | Failure) -> str | Absence:
    if isinstance(reply, Failure):
        return Absence(f"instance metadata {reply.reason}")
    if reply.status == 404:
        return Absence("no role is bound to this instance")
    if reply.status != 200:
        return Absence(f"instance metadata answered HTTP {reply.status}")
    name = reply.body.decode("utf-8", "replace").strip().partition("\n")[0].strip()
    if not name:
        return Absence("no role is bound to this instance")
    return name if _is_role_name(name) else Absence("instance metadata answered no role's name")


def _is_role_name(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_+=,.@-]{1,128}", name) is not None


def _keys(reply: Reply | Failure) -> Credentials | str:
    if isinstance(reply, Reply) and reply.status == 200:
        return _understood(reply)
    if isinstance(reply, Reply) and reply.status == 404:
        return "this role is not bound to this instance; look at its role in the CVM console"
    what = reply.reason if isinstance(reply, Failure) else f"answered HTTP {reply.status}"
    return f"instance metadata {what}"


def _understood(reply: Reply) -> Credentials | str:
    try:
        document = cast("object", json.loads(reply.body))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return "instance metadata answered no JSON object"
    values = cast("dict[str, object]", document)
    code = values.get("Code")
    if code != "Success":
        # Only what looks like a code is repeated: anything else might be worth hiding.
        known = (
            code if isinstance(code, str) and re.fullmatch(r"[A-Za-z][A-Za-z.]{0,60}", code) else "nothing"
        )
        return f"instance metadata says {known} in the place of Success; look at the role in the CAM console"
    end = values.get("ExpiredTime")
    if not isinstance(end, int | float) or isinstance(end, bool):
        return "instance metadata answered no ExpiredTime"
    secret_id, secret_key, token = (values.get(name) for name in ("TmpSecretId", "TmpSecretKey", "Token"))
    try:
        return Credentials(
            cast("str", secret_id), cast("str", secret_key), cast("str", token or ""), expires_at=end
        )
    except (ConfigurationError, OverflowError) as error:
        return f"instance metadata answered no usable keys: {error}"
