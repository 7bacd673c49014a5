"""The families of jobs, which differ in their path alone."""

from __future__ import annotations

from enum import StrEnum

from tencent_ci_async.errors import ConfigurationError

__all__ = ["JobFamily", "checked_family"]


class JobFamily(StrEnum):
    """The families of jobs; the service takes all kinds of jobs as `MEDIA` ones today.

    Source: Tencent Cloud CI API, jobs; Tencent Cloud SDKs for COS.
    """

    MEDIA = "jobs"
    """Media jobs, and in the present API all others as well."""

    AI = "ai_jobs"
    """Jobs about what words and pictures mean."""

    ASR = "asr_jobs"
    """Jobs about speech."""

    DOCUMENT = "doc_jobs"
    """Jobs about documents."""

    FILE = "file_jobs"
    """Jobs about files, such as archives."""

    PICTURE = "pic_jobs"
    """Jobs about pictures."""


def checked_family(family: object) -> JobFamily:
    """Return the family that a path names, whether it came as a member or as text.

    Raises:
        ConfigurationError: There is none.
    """
    if isinstance(family, str) and family in set(JobFamily):
        return JobFamily(family)
    known = ", ".join(f"JobFamily.{each.name}" for each in JobFamily)
    raise ConfigurationError(f"family is {family!r}: it must be one of {known}")
