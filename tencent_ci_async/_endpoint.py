"""Where requests go: bucket, region and job ids checked, then made into an URL."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from .errors import ConfigurationError

__all__ = ["Endpoint", "check_job_ids"]

_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?-[0-9]{1,20}")
_REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_DNS_LABEL_LENGTH = 63


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
        if not isinstance(endpoint, str) or not endpoint.isascii() or not endpoint.isprintable():
            raise ConfigurationError(f"endpoint {endpoint!r} is not an URL in printable ASCII")
        try:
            parts = urlsplit(endpoint)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise ConfigurationError(f"endpoint {endpoint!r} is not an URL: {error}") from None
        if parts.scheme not in {"http", "https"} or not host:
            raise ConfigurationError(
                f"endpoint {endpoint!r} must look like 'https://host' or 'http://127.0.0.1:8000'"
            )
        if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
            raise ConfigurationError(
                f"endpoint {_without_user(endpoint)!r} must be scheme, host and port alone: "
                "the path is signed, so nothing can stand before it"
            )
        if re.search(r"[^A-Za-z0-9.:_\[\]-]", parts.netloc):
            raise ConfigurationError(f"endpoint {endpoint!r} has a host that is no host name")
        loopback = _is_loopback(host)
        if parts.scheme == "http" and not loopback and not allow_plain_http:
            raise ConfigurationError(
                f"endpoint {endpoint!r} would send signatures in the clear: "
                "use https, or say allow_plain_http=True"
            )
        shown = f"[{host}]" if ":" in host else host
        return cls(f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else ""), loopback)

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
        if not _JOB_ID.fullmatch(job_id):
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
    return re.sub(r"//[^/@]*@", "//***@", url)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
