"""What is asked of STS and how its answers are understood: temporary keys of a role, or a refusal.

Source: Tencent Cloud STS API, version 2018-08-13.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, cast

from tencent_ci_async._credentials import Credentials
from tencent_ci_async._retry import http_date
from tencent_ci_async._timing import Timing
from tencent_ci_async.errors import ConfigurationError, CredentialsError

from ._http import Failure, Question, Reply, ask, checked_base_url
from ._tc3 import CONTENT_TYPE, tc3_authorization

__all__ = ["SESSION_NAME", "STS_ENDPOINT", "STS_REGION", "RoleSession", "Sts", "refused", "sts_question"]

STS_ENDPOINT: Final = "https://sts.tencentcloudapi.com"
STS_REGION: Final = "ap-guangzhou"
SESSION_NAME: Final = "tencent-ci-async"
_VERSION: Final = "2018-08-13"
_ATTEMPTS: Final = 3
_TIME_LIMIT: Final = 5.0
_PAUSE: Final = 1.0
_LONGEST_MESSAGE: Final = 300
_LONGEST_SESSION: Final = 43_200

_MAY_PASS: Final = re.compile(
    r"RequestLimitExceeded(\..*)?|InternalError(\.(SystemError|DbError|UnknownError))?|ServiceUnavailable"
)
_CLOCK_REFUSAL: Final = "AuthFailure.SignatureExpire"
# The first that fits says what to do next.
_ADVICE: Final = (
    (r"SignatureExpire", "Set this machine's clock."),
    (
        r"TokenFailure|InvalidSecretId|SecretIdNotFound|SignatureFailure",
        "Check the keys that ask for the role: they are wrong, disabled or expired.",
    ),
    (
        r"WebIdentity|[Oo][Ii][Dd][Cc]",
        "Check that the token is a fresh one for this identity provider, and that the role trusts it.",
    ),
    (r"NotFound|NotExist|GetRoleError|IllegalRole", "Check role_arn: its account and the role's name."),
    (
        r"Unauthorized|AuthFailure|AccessDenied",
        (
            "The role's trust policy must name the caller (and its external id, if it asks for one), and the "
            "caller must be allowed sts:AssumeRole."
        ),
    ),
    (r"OverTime|Duration", "Ask for a shorter duration: each role has a maximum of its own."),
    (r"Policy|Strategy", "Check the policy: it must be valid and may not name a principal."),
    (r"RequestLimitExceeded|InternalError|ServiceUnavailable", "Try again later."),
)


@dataclass(frozen=True, slots=True)
class RoleSession:
    """The role that is wanted, and how.

    Attributes:
        role_arn: The role.
        session_name: What the session is called in the audit log.
        duration: Seconds that the keys are to hold.

    Raises:
        ConfigurationError: One of them is not usable.

    Source: Tencent Cloud STS API, AssumeRole.
    """

    role_arn: str
    session_name: str
    duration: int

    def __post_init__(self) -> None:
        if not re.fullmatch(r"qcs:[!-~]+", self.role_arn):
            raise ConfigurationError(
                f"role_arn {self.role_arn!r} is no role: it must look like "
                "'qcs::cam::uin/100000000001:roleName/reader'"
            )
        if not re.fullmatch(r"[A-Za-z0-9_+=,.@-]{2,128}", self.session_name):
            raise ConfigurationError(
                f"session_name {self.session_name!r} must have 2 to 128 letters, digits or any of _+=,.@-"
            )
        if not 1 <= self.duration <= _LONGEST_SESSION:
            raise ConfigurationError(
                f"duration is {self.duration}: it must lie between 1 and {_LONGEST_SESSION} seconds"
            )

    def parameters(self) -> dict[str, object]:
        """Return it as the API has it."""
        return {
            "RoleArn": self.role_arn,
            "RoleSessionName": self.session_name,
            "DurationSeconds": self.duration,
        }


@dataclass(frozen=True, slots=True)
class Sts:
    """Where STS is asked.

    Attributes:
        endpoint: Its base URL.
        region: The region that is told to it.
        timing: The clocks.
        host: What the ``Host`` header says.
        is_loopback: Whether it is this machine, where no proxy leads.

    Raises:
        ConfigurationError: One of them is not usable.
    """

    endpoint: str
    region: str
    timing: Timing
    host: str = field(init=False)
    is_loopback: bool = field(init=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9-]{1,63}", self.region):
            raise ConfigurationError(f"region {self.region!r} is not a region name such as 'ap-chongqing'")
        url, host, is_loopback = checked_base_url(self.endpoint, name="endpoint")
        object.__setattr__(self, "endpoint", url)
        object.__setattr__(self, "host", host)
        object.__setattr__(self, "is_loopback", is_loopback)

    async def keys(
        self, prepare: Callable[[float], Question], redact: Callable[[str], str]
    ) -> Credentials | str:
        """Ask for keys, again after a fault that may pass, and return them or why there are none.

        Args:
            prepare: Makes the question anew, given the time in epoch seconds.
            redact: Takes secrets out of what STS says.
        """
        offset = 0.0
        corrected = False
        attempt = 1
        while True:
            reply = await ask(
                prepare(self.timing.wall_clock() + offset), time_limit=_TIME_LIMIT, direct=self.is_loopback
            )
            outcome = _understood(reply, offset, redact)
            if isinstance(outcome, Credentials):
                return outcome
            if outcome.code == _CLOCK_REFUSAL and not corrected and isinstance(reply, Reply):
                now = http_date(reply.date)
                if now is not None:
                    offset, corrected = now - self.timing.wall_clock(), True
                    continue
            if attempt == _ATTEMPTS or not outcome.may_pass:
                return redact(outcome.reason)
            await self.timing.sleep(_PAUSE * 2 ** (attempt - 1) * self.timing.random())
            attempt += 1


def sts_question(
    sts: Sts, action: str, parameters: Mapping[str, object], keys: Credentials | None, now: float
) -> Question:
    """Return a question for STS.

    Args:
        sts: Where it goes.
        action: What is wanted.
        parameters: Of the action.
        keys: Whose signature it gets; None for none.
        now: Epoch seconds.
    """
    content = json.dumps(parameters).encode()
    timestamp = int(now)
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Host": sts.host,
        "X-TC-Action": action,
        "X-TC-Version": _VERSION,
        "X-TC-Region": sts.region,
        "X-TC-Timestamp": str(timestamp),
        "Authorization": "SKIP",
    }
    if keys is not None:
        headers["Authorization"] = tc3_authorization(
            keys.secret_id,
            keys.secret_key,
            host=sts.host,
            service="sts",
            action=action,
            content=content,
            timestamp=timestamp,
        )
        if keys.token is not None:
            headers["X-TC-Token"] = keys.token
    return Question("POST", f"{sts.endpoint}/", headers, content)


class _Refusal(NamedTuple):
    """Why there are no keys: in words, by the service's code, and whether asking again may help."""

    reason: str
    code: str = ""
    may_pass: bool = False


def _understood(
    reply: Reply | Failure, offset: float, redact: Callable[[str], str]
) -> Credentials | _Refusal:
    if isinstance(reply, Failure):
        return _Refusal(f"STS {reply.reason}", may_pass=True)
    try:
        document = cast("object", json.loads(reply.body))
    except (ValueError, RecursionError):
        document = None
    response = _object(_object(document).get("Response"))
    error = _object(response.get("Error"))
    request_id = _text(response, "RequestId") or "unknown"
    if error:
        # Cut after that: of a secret that was cut before, the rest would stay.
        code, message = _text(error, "Code"), redact(_text(error, "Message"))[:_LONGEST_MESSAGE]
        advice = next((advice for pattern, advice in _ADVICE if re.search(pattern, code)), "")
        reason = f"STS refused: {code} - {message} (request id {request_id}). {advice}".rstrip()
        return _Refusal(reason, code, may_pass=bool(_MAY_PASS.fullmatch(code)))
    if reply.status != 200 or not response:
        return _Refusal(
            f"STS answered HTTP {reply.status} and no document of its own", may_pass=reply.status >= 500
        )
    keys, end = _object(response.get("Credentials")), response.get("ExpiredTime")
    problem = f"STS answered no usable keys (request id {request_id})"
    if not isinstance(end, int | float) or isinstance(end, bool):
        return _Refusal(f"{problem}: ExpiredTime is missing")
    try:
        # The end is told by the service's clock, and will be compared with this machine's.
        return Credentials(
            _text(keys, "TmpSecretId"),
            _text(keys, "TmpSecretKey"),
            _text(keys, "Token"),
            expires_at=end - offset,
        )
    except (ConfigurationError, OverflowError) as error:
        return _Refusal(f"{problem}: {error}")


def _object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _text(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def refused(role: RoleSession, reason: str) -> CredentialsError:
    """Return the error of a role that could not be assumed."""
    return CredentialsError(f"role {role.role_arn} cannot be assumed: {reason}")
