"""What becomes of jobs that are submitted: plans by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tencent_ci_async.errors import ConfigurationError

from ._jobs import check_seconds

__all__ = ["JobPlan", "Plans"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlan:
    """The life that a submitted job will have; by default it is done at once."""

    waits_for: float = 0.0
    runs_for: float = 0.0
    appears_after: float = 0.0
    outcome: str = "Success"
    code: str = "ResourceNotSupported"
    message: str = "The input object can not be decoded"
    results: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        check_seconds(waits_for=self.waits_for, runs_for=self.runs_for, appears_after=self.appears_after)


@dataclass(slots=True)
class _Entry:
    tag: str | None
    plan: JobPlan
    left: int | None


class Plans:
    """The plans; of those that fit a job, the one that was made last counts."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def add(self, tag: str | None, plan: JobPlan, times: int | None) -> None:
        """Add a plan for a kind of job, or for all of them.

        Raises:
            ConfigurationError: It is for no job at all.
        """
        if times is not None and times < 1:
            raise ConfigurationError(f"times must be 1 or more, or None for ever, not {times!r}")
        self._entries.append(_Entry(tag, plan, times))

    def knows(self, tag: str) -> bool:
        """Return whether a plan was made for this very kind of job."""
        return any(entry.tag == tag for entry in self._entries)

    def take(self, tag: str) -> JobPlan:
        """Return the plan for one more job of a kind."""
        for entry in reversed(self._entries):
            if entry.tag in {None, tag} and entry.left != 0:
                if entry.left is not None:
                    entry.left -= 1
                return entry.plan
        return JobPlan()
