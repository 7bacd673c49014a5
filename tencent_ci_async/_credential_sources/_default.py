"""Where keys are looked for when none are given: the first place that has some is kept to."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import NamedTuple

from tencent_ci_async._credentials import Credentials, CredentialsProvider, EnvironmentProvider
from tencent_ci_async._credentials._environment import FIRST_HINT, environment_keys
from tencent_ci_async._credentials._looking import Absence, Variables
from tencent_ci_async._timing import Timing
from tencent_ci_async.errors import ConfigurationError

__all__ = ["DefaultProvider"]

_ROLE = "TENCENTCLOUD_ASSUME_ROLE_ARN"
_SESSION_NAME = "TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME"
_DURATION = "TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION"
_EXTERNAL_ID = "TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID"
_METADATA_DISABLED = "TENCENTCLOUD_METADATA_DISABLED"
_METADATA_ROLE = "TENCENTCLOUD_CAM_ROLE_NAME"

_logger = logging.getLogger("tencent_ci_async.credentials")


class _Source(NamedTuple):
    """A place that has keys: what it is called, how it is asked again, and what it gave first."""

    name: str
    provider: CredentialsProvider
    keys: Credentials


class DefaultProvider:
    """The default chain: looks where keys usually are, and keeps to the first place that has some.

    The places are, in this order: environment variables (see `EnvironmentProvider`); profile files (see
    `ProfileProvider`); the identity of a pod in TKE, if its variables are set (see `WebIdentityProvider`);
    the role of a cloud server (see `CVMRoleProvider`; ``TENCENTCLOUD_CAM_ROLE_NAME`` names it, and
    ``TENCENTCLOUD_METADATA_DISABLED=true`` turns the place off).

    A place that is set up in part, or does not work, is an error: another identity never takes its place.
    When no place has keys, finding out takes less than two seconds.

    With ``TENCENTCLOUD_ASSUME_ROLE_ARN`` set, that role is assumed with the keys found (see
    `AssumeRoleProvider`), as ``..._SESSION_NAME``, ``..._SESSION_DURATION`` (seconds) and ``..._EXTERNAL_ID``
    say; ``TENCENTCLOUD_REGION`` is told to STS.

    Args:
        environment: Another mapping to read all variables from; None for ``os.environ``.
        metadata_url: Another place of instance metadata, for tests.
        sts_endpoint: Another base URL of STS.
        timing: The clocks; only tests need others.

    Source: Tencent Cloud SDK, default credential provider; Terraform provider, assume role.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        *,
        metadata_url: str | None = None,
        sts_endpoint: str | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._environment = environment
        self._variables = Variables(environment)
        self._metadata_url = metadata_url
        self._sts_endpoint = sts_endpoint
        self._timing = timing or Timing()
        self._chosen: CredentialsProvider | None = None

    async def __call__(self) -> Credentials:
        """Return keys of the first place that has some, and of the same place ever after.

        Raises:
            ConfigurationError: No place has keys, or one is set up in part.
            CredentialsError: The place that should have keys failed, or the role was refused.
        """
        if self._chosen is not None:
            return await self._chosen()
        source = await self._find()
        role = self._role(source)
        _logger.info(
            "credentials come from %s%s",
            source.name,
            "" if role is None else ", and assume the role in " + _ROLE,
        )
        self._chosen = source.provider if role is None else role
        return source.keys if role is None else await role()

    async def _find(self) -> _Source:
        reasons: list[str] = []
        for name, look in (
            ("the environment", self._in_environment),
            ("profile files", self._in_profiles),
            ("pod identity", self._in_pod),
            ("CVM role", self._in_metadata),
        ):
            found = await look(name)
            if isinstance(found, _Source):
                return found
            reasons.append(f"{name}: {found.reason}")
        raise ConfigurationError(f"{FIRST_HINT}. Looked for in {' | '.join(reasons)}")

    async def _in_environment(self, name: str) -> _Source | Absence:
        found = environment_keys(self._variables)
        if isinstance(found, Absence):
            return found
        return _Source(name, EnvironmentProvider(self._environment), found)

    # The other places are imported when they are looked at: most programs have their keys in the environment.

    async def _in_profiles(self, name: str) -> _Source | Absence:
        from tencent_ci_async._credentials._profile import (  # noqa: PLC0415 - see above
            ProfilePlaces,
            ProfileProvider,
            profile_keys,
        )

        places = ProfilePlaces.of(None, None, self._variables)
        found = await profile_keys(places, self._timing, set())
        if isinstance(found, Absence):
            return found
        return _Source(name, ProfileProvider(environment=self._environment, timing=self._timing), found)

    async def _in_pod(self, name: str) -> _Source | Absence:
        from ._sts import STS_ENDPOINT  # noqa: PLC0415 - see above
        from ._web_identity import WebIdentityProvider, pod_identity  # noqa: PLC0415 - see above

        absence = pod_identity(self._variables)
        if absence is not None:
            return absence
        provider = WebIdentityProvider(
            endpoint=self._sts_endpoint or STS_ENDPOINT, environment=self._environment, timing=self._timing
        )
        return _Source(name, provider, await provider())

    async def _in_metadata(self, name: str) -> _Source | Absence:
        from ._metadata import METADATA_URL, CVMRoleProvider, Metadata, role_keys  # noqa: PLC0415 - see above

        if self._variables.value(_METADATA_DISABLED).lower() in {"1", "true", "yes", "on"}:
            return Absence(f"turned off by {_METADATA_DISABLED}")
        role_name = self._variables.value(_METADATA_ROLE)
        base_url = self._metadata_url or METADATA_URL
        found = await role_keys(Metadata.for_a_look(base_url, role_name, self._timing))
        if isinstance(found, Absence):
            return found
        return _Source(name, CVMRoleProvider(role_name, base_url=base_url, timing=self._timing), found)

    def _role(self, source: _Source) -> CredentialsProvider | None:
        role_arn = self._variables.value(_ROLE)
        if not role_arn:
            return None
        from ._roles import AssumeRoleProvider  # noqa: PLC0415 - see above
        from ._sts import SESSION_NAME, STS_ENDPOINT, STS_REGION  # noqa: PLC0415 - see above

        duration = self._variables.value(_DURATION) or "7200"
        if not duration.isdecimal():
            raise ConfigurationError(f"{_DURATION} is {duration!r}: it must be a number of seconds")
        return AssumeRoleProvider(
            role_arn,
            source.provider,
            session_name=self._variables.value(_SESSION_NAME) or SESSION_NAME,
            duration=int(duration),
            external_id=self._variables.value(_EXTERNAL_ID) or None,
            region=self._variables.value("TENCENTCLOUD_REGION") or STS_REGION,
            endpoint=self._sts_endpoint or STS_ENDPOINT,
            timing=self._timing,
        )
