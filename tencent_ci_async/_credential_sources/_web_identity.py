"""Temporary keys of a role, in exchange for the token of an identity provider, as pods in TKE have it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tencent_ci_async._credentials import Credentials
from tencent_ci_async._credentials._looking import Absence, Variables
from tencent_ci_async._timing import Timing
from tencent_ci_async.errors import ConfigurationError, CredentialsError

from ._http import Question
from ._sts import SESSION_NAME, STS_ENDPOINT, RoleSession, Sts, refused, sts_question

__all__ = ["WebIdentityProvider", "pod_identity"]

_NAMES = ("TKE_ROLE_ARN", "TKE_PROVIDER_ID", "TKE_WEB_IDENTITY_TOKEN_FILE", "TKE_REGION")
_LARGEST_TOKEN = 65_536


class _Identity(NamedTuple):
    """What a pod is told: the role, its identity provider, where its token is, and the region."""

    role_arn: str
    provider_id: str
    token_file: str
    region: str


class _Token:
    """A token; its repr, being the plain one, shows nothing."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class WebIdentityProvider:
    """Assumes a role by the token of an identity provider (OIDC), as pods in TKE do.

    No keys are needed, and the request is not signed. The token's file is read anew, in a thread, at each
    refresh, since the token in it is replaced from time to time. STS is reached as ``HTTPS_PROXY`` and
    ``SSL_CERT_FILE`` say, unless it is on this machine.

    Args:
        role_arn: The role; None for ``TKE_ROLE_ARN``.
        provider_id: The name of the identity provider; None for ``TKE_PROVIDER_ID``.
        token_file: Where the token is; None for ``TKE_WEB_IDENTITY_TOKEN_FILE``.
        region: The region that is told to STS; None for ``TKE_REGION``.
        session_name: What the session is called in the audit log, 2 to 128 characters.
        duration: Seconds that the keys are to hold, at most 43,200; a role may have a smaller maximum.
        endpoint: Another base URL of STS.
        environment: Another mapping to read the variables from; None for ``os.environ``.
        timing: The clocks; only tests need others.

    Source: Tencent Cloud STS API, AssumeRoleWithWebIdentity; Tencent Cloud SDK, TKE OIDC credentials.
    """

    def __init__(  # noqa: PLR0913 - those of the API, by keyword
        self,
        role_arn: str | None = None,
        provider_id: str | None = None,
        token_file: str | os.PathLike[str] | None = None,
        *,
        region: str | None = None,
        session_name: str = SESSION_NAME,
        duration: int = 7200,
        endpoint: str = STS_ENDPOINT,
        environment: Mapping[str, str] | None = None,
        timing: Timing | None = None,
    ) -> None:
        path = None if token_file is None else os.fspath(token_file)
        self._given = (role_arn, provider_id, path, region)
        self._session_name = session_name
        self._duration = duration
        self._endpoint = endpoint
        self._variables = Variables(environment)
        self._timing = timing or Timing()

    async def __call__(self) -> Credentials:
        """Return fresh keys of the role.

        Raises:
            CredentialsError: STS refused or did not answer, or the token cannot be read.
            ConfigurationError: An argument is not usable, or missing and not in the environment either.
        """
        identity = self._identity()
        role = RoleSession(identity.role_arn, self._session_name, self._duration)
        sts = Sts(self._endpoint, identity.region, self._timing)
        token = await asyncio.to_thread(_read_token, identity.token_file)
        if isinstance(token, str):
            raise CredentialsError(f"the token file {identity.token_file} {token}")

        def prepare(now: float) -> Question:
            parameters = role.parameters()
            parameters |= {"ProviderId": identity.provider_id, "WebIdentityToken": token.text}
            return sts_question(sts, "AssumeRoleWithWebIdentity", parameters, None, now)

        keys = await sts.keys(prepare, lambda text: text.replace(token.text, "***"))
        if isinstance(keys, str):
            raise refused(role, keys)
        return keys

    def _identity(self) -> _Identity:
        values = [
            given or self._variables.value(name) for given, name in zip(self._given, _NAMES, strict=True)
        ]
        missing = [name for value, name in zip(values, _NAMES, strict=True) if not value]
        if missing:
            raise ConfigurationError(
                f"web identity is set up in part: {', '.join(missing)} is not set; bind the pod's service "
                "account to a role, or give WebIdentityProvider what is missing"
            )
        return _Identity(*values)


def pod_identity(variables: Variables) -> Absence | None:
    """Return why there is no pod identity; None if there is one, be it in part."""
    # The region alone is of no account: it is set where there is no identity, too.
    return None if variables.those_set(_NAMES[:3]) else Absence(f"{_NAMES[0]} is not set")


def _read_token(path: str) -> _Token | str:
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(_LARGEST_TOKEN + 1)
    except (OSError, ValueError) as error:
        return f"cannot be read ({type(error).__name__})"
    text = content.decode("ascii", "replace").strip()
    if not text:
        return "is empty"
    if len(content) > _LARGEST_TOKEN or not text.isascii() or not text.isprintable():
        return "holds something else than a token"
    return _Token(text)
