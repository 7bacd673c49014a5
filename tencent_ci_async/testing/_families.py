"""The families of jobs: one table, from which paths, queues and job ids follow."""

from __future__ import annotations

from typing import Final, NamedTuple

from tencent_ci_async.errors import ConfigurationError

__all__ = ["FAMILIES", "MEDIA", "Family", "job_ids_in", "known_family"]


class Family(NamedTuple):
    """A family of jobs.

    Attributes:
        path: The path of its jobs, without the slash before it.
        queue_path: The path of its queues.
        letter: What its job ids begin with.
        category: What its queues say that they are for.
    """

    path: str
    queue_path: str
    letter: str
    category: str


# Source: Tencent Cloud CI API, jobs and queues; Tencent Cloud SDKs for COS. The letters d and f are guesses.
FAMILIES: Final = {
    family.path: family
    for family in (
        Family("jobs", "queue", "j", "Transcoding"),
        Family("pic_jobs", "picqueue", "c", "PicProcess"),
        Family("ai_jobs", "ai_queue", "a", "AIProcess"),
        Family("asr_jobs", "asrqueue", "s", "Speeching"),
        Family("doc_jobs", "docqueue", "d", "DocProcess"),
        Family("file_jobs", "file_queue", "f", "FileProcess"),
    )
}
MEDIA: Final = FAMILIES["jobs"]


def known_family(path: str) -> Family:
    """Return the family of a path.

    Raises:
        ConfigurationError: There is none.
    """
    family = FAMILIES.get(path)
    if family is None:
        raise ConfigurationError(f"family must be one of {', '.join(FAMILIES)}, not {path!r}")
    return family


def job_ids_in(path: str) -> tuple[str, ...]:
    """Return the ids in a decoded path; none when it names no job."""
    parts = path.split("/")
    if len(parts) != 3 or parts[1] not in FAMILIES or not parts[2]:
        return ()
    return tuple(parts[2].split(","))
