"""Where requests go: bucket, region and job ids checked, then made into an URL."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from .errors import ConfigurationError

__all__ = ["Endpoint", "check_job_ids"]

_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?-[0-9]{1,20}")
_REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_DNS_LABEL_LENGTH = 63
_DNS_NAME_LENGTH = 253


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The place that all requests of a session go to.

    Attributes:
        origin: Scheme, host and port, without a slash at the end.
        is_loopback: Whether it is this machine.
    """

    origin: str
    is_loopback: bool = False

    @classmethod
    def of(
        cls, bucket: str, region: str, endpoint: str | None = None, *, allow_plain_http: bool = False
    ) -> Endpoint:
        """Check a bucket, a region and an optional base URL, and return where to send requests.

        Args:
            bucket: The full bucket name, ``<BucketName>-<APPID>``.
            region: The region, such as ``ap-chongqing``; new regions need no new release.
            endpoint: Another base URL, such as ``http://127.0.0.1:8000``; None for the public service.
            allow_plain_http: Whether an ``http`` base URL may lead to another machine.

        Raises:
            ConfigurationError: One of them is not usable.

        Source: Tencent Cloud CI API, request domain names.
        """
        if not _fits(_BUCKET, bucket) or len(bucket) > _DNS_LABEL_LENGTH:
            raise ConfigurationError(
                f"bucket {bucket!r} is not a bucket name: give it with its APPID, "
                "such as 'examplebucket-1250000000'"
            )
        if not _fits(_REGION, region) or len(region) > _DNS_LABEL_LENGTH:
            raise ConfigurationError(f"region {region!r} is not a region name such as 'ap-chongqing'")
        if endpoint is None:
            return cls(f"https://{bucket}.ci.{region}.myqcloud.com")
        return cls._of_base_url(endpoint, allow_plain_http=allow_plain_http)

    @classmethod
    def _of_base_url(cls, endpoint: object, *, allow_plain_http: bool) -> Endpoint:
        if not isinstance(endpoint, str):
            raise ConfigurationError(f"endpoint is a {type(endpoint).__name__}, not an URL as text")
        shown = repr(_without_user(endpoint))
        if not endpoint.isascii() or not endpoint.isprintable():
            raise ConfigurationError(f"endpoint {shown} is not an URL in printable ASCII")
        parts = _split(endpoint)
        if parts is None:
            raise ConfigurationError(f"endpoint {shown} is not an URL")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigurationError(
                f"endpoint {shown} must look like 'https://host' or 'http://127.0.0.1:8000'"
            )
        if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
            raise ConfigurationError(
                f"endpoint {shown} must be scheme, host and port alone: "
                "the path is signed, so nothing can stand before it"
            )
        host, port = parts.hostname, parts.port
        if not _AUTHORITY.fullmatch(parts.netloc) or not _is_host(host):
            raise ConfigurationError(f"endpoint {shown} has a host that is no host name")
        loopback = _is_loopback(host)
        if parts.scheme == "http" and not loopback and not allow_plain_http:
            raise ConfigurationError(
                f"endpoint {shown} would send signatures in the clear: "
                "use https, or say allow_plain_http=True"
            )
        named = f"[{host}]" if ":" in host else host
        return cls(f"{parts.scheme}://{named}" + (f":{port}" if port is not None else ""), loopback)

    @property
    def host(self) -> str:
        """The host, without brackets."""
        return urlsplit(self.origin).hostname or ""

    @property
    def port(self) -> int:
        """The port, whether it was named or not."""
        parts = urlsplit(self.origin)
        return parts.port or (80 if parts.scheme == "http" else 443)

    def url(self, path: str, query: Iterable[tuple[str, str]] = ()) -> str:
        """Return the URL of a decoded path and decoded query, in the one spelling that we send.

        A space is ``%20`` rather than a plus sign, and a parameter without a value keeps its equals sign.
        """
        url = self.origin + quote(path, safe="/,-_.~")
        text = "&".join(f"{quote(key, safe='-_.~')}={quote(value, safe='-_.~')}" for key, value in query)
        return f"{url}?{text}" if text else url


def check_job_ids(job_ids: Iterable[object], *, at_most: int) -> tuple[str, ...]:
    """Return the distinct job ids in the order given, each checked.

    Args:
        job_ids: The ids as the caller gave them.
        at_most: How many distinct ids one request takes.

    Raises:
        ConfigurationError: There is no id, there are too many, or one is not a job id.

    Source: Tencent Cloud CI API, DescribeMediaJob.
    """
    distinct: dict[str, None] = {}
    for job_id in job_ids:
        if not isinstance(job_id, str):
            raise ConfigurationError(
                f"a job id is text, not {type(job_id).__name__}; "
                "several ids are separate arguments: describe_media_job(*job_ids)"
            )
        # A dash alone is how the service writes nothing, so that no answer could name it.
        if not _JOB_ID.fullmatch(job_id) or job_id == "-":
            raise ConfigurationError(
                f"{job_id[:140]!r} is not a job id: 1 to 128 letters, digits, '-' and '_', one id each"
            )
        distinct[job_id] = None
    if not distinct:
        raise ConfigurationError("no job id was given")
    if len(distinct) > at_most:
        raise ConfigurationError(f"{len(distinct)} job ids were given, but one request takes {at_most}")
    return tuple(distinct)


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _without_user(url: str) -> str:
    # Where the user ends is hard to tell in what is no URL, so that everything up to the last "@" goes.
    return re.sub(r"^(https?://)?.*@", r"\1***@", url, flags=re.DOTALL)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        # It is looked at when asked for only.
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True
    labels = host.removesuffix(".").split(".")
    return len(host) <= _DNS_NAME_LENGTH and all(0 < len(label) <= _DNS_LABEL_LENGTH for label in labels)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
