"""Keys from environment variables, under the names that Tencent Cloud's own tools use."""

from __future__ import annotations

from collections.abc import Mapping

from tencent_ci_async.errors import ConfigurationError

from ._keys import Credentials
from ._looking import Absence, Variables

__all__ = ["FIRST_HINT", "EnvironmentProvider", "environment_keys"]

# Each family is taken whole or not at all: a key of one never meets the token of another.
# Sources: Tencent Cloud SDK and Terraform provider; Serverless Cloud Function runtime; COS SDK examples. The
# first family's token has two more names: that of TCCLI, and that of the SDK for Node.js.
_ENVIRONMENT_FAMILIES = (
    (
        ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"),
        ("TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SESSION_TOKEN"),
    ),
    (("TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY"), ("TENCENTCLOUD_SESSIONTOKEN",)),
    (("COS_SECRETID", "COS_SECRETKEY"), ("COS_SECURITY_TOKEN",)),
)

FIRST_HINT = (
    "no credentials: pass credentials=Credentials(...), or set TENCENTCLOUD_SECRET_ID and "
    "TENCENTCLOUD_SECRET_KEY (and TENCENTCLOUD_SECURITY_TOKEN for temporary keys)"
)


class EnvironmentProvider:
    """Reads the environment anew at each call, so that a changed environment is seen.

    Three naming families are looked at in this order, each taken whole: ``TENCENTCLOUD_SECRET_ID``,
    ``TENCENTCLOUD_SECRET_KEY``, ``TENCENTCLOUD_SECURITY_TOKEN``; then ``TENCENTCLOUD_SECRETID``,
    ``TENCENTCLOUD_SECRETKEY``, ``TENCENTCLOUD_SESSIONTOKEN``, as cloud functions have them; then
    ``COS_SECRETID``, ``COS_SECRETKEY``, ``COS_SECURITY_TOKEN``. The token may be absent; that of the first
    family may also be called ``TENCENTCLOUD_TOKEN`` or ``TENCENTCLOUD_SESSION_TOKEN``.

    Args:
        environment: Another mapping to read; None for ``os.environ``.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._variables = Variables(environment)

    async def __call__(self) -> Credentials:
        """Return the first complete family.

        Raises:
            ConfigurationError: No family is complete.
        """
        found = environment_keys(self._variables)
        if isinstance(found, Absence):
            raise ConfigurationError(FIRST_HINT)
        return found


def environment_keys(variables: Variables) -> Credentials | Absence:
    """Return the first complete family of names.

    Raises:
        ConfigurationError: Only half of one is set.
    """
    half: list[str] = []
    for keys, tokens in _ENVIRONMENT_FAMILIES:
        present = variables.those_set(keys)
        if len(present) == len(keys):
            token = variables.those_set(tokens)
            return Credentials(*map(variables.value, [*keys, *token[:1]]))
        half += present
    if half:
        raise ConfigurationError(f"{FIRST_HINT}; only {', '.join(half)} is set")
    return Absence("none of these variables is set")
