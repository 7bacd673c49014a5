"""Temporary keys of a role, in exchange for other keys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import cast
from urllib.parse import quote

from tencent_ci_async._credentials import Credentials, CredentialsProvider
from tencent_ci_async._timing import Timing
from tencent_ci_async.errors import ConfigurationError, CredentialsError

from ._http import Question
from ._sts import SESSION_NAME, STS_ENDPOINT, STS_REGION, RoleSession, Sts, refused, sts_question

__all__ = ["AssumeRoleProvider"]


class AssumeRoleProvider:
    """Assumes a role through STS: temporary keys, in exchange for other keys.

    The other keys are asked for at each refresh. A fault that may pass (no answer, throttling, an internal
    error) is met by up to two more attempts; a refused clock is corrected by what STS says. STS is reached
    as ``HTTPS_PROXY`` and ``SSL_CERT_FILE`` say, unless it is on this machine.

    Args:
        role_arn: The role, such as ``qcs::cam::uin/100000000001:roleName/reader``.
        base: The keys that may assume it: `Credentials`, an async callable that returns them, or None for the
            default chain.
        session_name: What the session is called in the audit log, 2 to 128 characters.
        duration: Seconds that the keys are to hold, at most 43,200; a role may have a smaller maximum.
        external_id: What the role's trust policy asks for, if it does.
        policy: What the session is narrowed down to: a policy, as JSON text or as a mapping.
        region: The region that is told to STS.
        endpoint: Another base URL, such as ``https://sts.ap-shanghai.tencentcloudapi.com``.
        timing: The clocks; only tests need others.

    Raises:
        ConfigurationError: An argument is not usable.

    Source: Tencent Cloud STS API, AssumeRole.
    """

    def __init__(  # noqa: PLR0913 - those of the API, by keyword
        self,
        role_arn: str,
        base: Credentials | CredentialsProvider | None = None,
        *,
        session_name: str = SESSION_NAME,
        duration: int = 7200,
        external_id: str | None = None,
        policy: str | Mapping[str, object] | None = None,
        region: str = STS_REGION,
        endpoint: str = STS_ENDPOINT,
        timing: Timing | None = None,
    ) -> None:
        timing = timing or Timing()
        self._role = RoleSession(role_arn, session_name, duration)
        self._sts = Sts(endpoint, region, timing)
        self._parameters = self._role.parameters()
        if external_id is not None:
            if not re.fullmatch(r"[A-Za-z0-9_+=,.@:/-]{2,128}", external_id):
                raise ConfigurationError("external_id must have 2 to 128 letters, digits or any of _+=,.@:/-")
            self._parameters["ExternalId"] = external_id
        if policy is not None:
            self._parameters["Policy"] = quote(_policy_text(policy), safe="")
        if not (base is None or isinstance(base, Credentials) or callable(base)):
            raise ConfigurationError(
                f"base is {type(base).__name__}: give Credentials(...), an async callable that returns them, "
                "or None for the default chain"
            )
        if base is None:
            from ._default import DefaultProvider  # noqa: PLC0415 - it knows this module

            base = DefaultProvider(timing=timing)
        self._base = base

    async def __call__(self) -> Credentials:
        """Return fresh keys of the role.

        Raises:
            CredentialsError: STS refused or did not answer, or the provider of the other keys failed.
            ConfigurationError: There are no other keys.
        """
        base = await self._base_keys()

        def prepare(now: float) -> Question:
            return sts_question(self._sts, "AssumeRole", self._parameters, base, now)

        def redact(text: str) -> str:
            for secret in (base.secret_key, base.token, base.secret_id):
                text = text.replace(secret, "***") if secret else text
            return text

        keys = await self._sts.keys(prepare, redact)
        if isinstance(keys, str):
            raise refused(self._role, keys)
        return keys

    async def _base_keys(self) -> Credentials:
        if isinstance(self._base, Credentials):
            return self._base
        try:
            base = cast("object", await self._base())
        except (ConfigurationError, CredentialsError):
            raise
        except Exception as error:
            raise refused(
                self._role, f"the provider of the keys that ask for it failed ({type(error).__name__})"
            ) from error
        if not isinstance(base, Credentials):
            raise refused(
                self._role,
                f"the provider of the keys that ask for it returned {type(base).__name__}; it must return "
                "Credentials",
            )
        return base


def _policy_text(policy: str | Mapping[str, object]) -> str:
    try:
        if not isinstance(policy, str):
            return json.dumps(policy, separators=(",", ":"))
        document = cast("object", json.loads(policy))
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"policy is no JSON ({type(error).__name__})") from None
    if not isinstance(document, dict):
        raise ConfigurationError("policy is no JSON object")
    return policy
