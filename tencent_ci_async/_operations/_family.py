"""The families of jobs, which differ in their path alone."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["JobFamily"]


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
