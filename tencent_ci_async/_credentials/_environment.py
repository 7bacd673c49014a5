"""Keys from environment variables, under the names that Tencent Cloud's own tools use."""

from __future__ import annotations

import os
from collections.abc import Mapping

from tencent_ci_async.errors import ConfigurationError

from ._keys import Credentials

__all__ = ["EnvironmentProvider"]

# Each family is taken whole or not at all: a key of one never meets the token of another.
# Sources: Tencent Cloud SDK and Terraform provider; Serverless Cloud Function runtime; COS SDK examples.
_ENVIRONMENT_FAMILIES = (
    ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_SECURITY_TOKEN"),
    ("TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY", "TENCENTCLOUD_SESSIONTOKEN"),
    ("COS_SECRETID", "COS_SECRETKEY", "COS_SECURITY_TOKEN"),
)


class EnvironmentProvider:
    """Reads the environment anew at each call, so that a changed environment is seen.

    Three naming families are looked at in this order, each taken whole: ``TENCENTCLOUD_SECRET_ID``,
    ``TENCENTCLOUD_SECRET_KEY``, ``TENCENTCLOUD_SECURITY_TOKEN``; then ``TENCENTCLOUD_SECRETID``,
    ``TENCENTCLOUD_SECRETKEY``, ``TENCENTCLOUD_SESSIONTOKEN``, as cloud functions have them; then
    ``COS_SECRETID``, ``COS_SECRETKEY``, ``COS_SECURITY_TOKEN``. The token may be absent.

    Args:
        environment: Another mapping to read; None for ``os.environ``.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    async def __call__(self) -> Credentials:
        """Return the first complete family.

        Raises:
            ConfigurationError: No family is complete.
        """
        for id_name, key_name, token_name in _ENVIRONMENT_FAMILIES:
            if self._value(id_name) and self._value(key_name):
                return Credentials(
                    self._value(id_name), self._value(key_name), self._value(token_name) or None
                )
        id_name, key_name, token_name = _ENVIRONMENT_FAMILIES[0]
        half = [name for names in _ENVIRONMENT_FAMILIES for name in names[:2] if self._value(name)]
        raise ConfigurationError(
            f"no credentials: pass credentials=Credentials(...), or set {id_name} and {key_name} "
            f"(and {token_name} for temporary keys)" + (f"; only {', '.join(half)} is set" if half else "")
        )

    def _value(self, name: str) -> str:
        # A line feed at the end is what a secret mounted from a file often brings along.
        return self._environment.get(name, "").strip()
