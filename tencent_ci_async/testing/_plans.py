"""What becomes of jobs that are submitted: plans by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from tencent_ci_async.errors import ConfigurationError

from ._jobs import check_seconds

__all__ = ["JobPlan", "Plans"]

# So that a share such as 0.1, which binary floats miss by a little, makes the tenth job fail.
_ROUNDING: Final = 1e-9


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
    fail_share: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.fail_share <= 1:
            raise ConfigurationError(f"fail_share must lie between 0 and 1, not {self.fail_share!r}")
        check_seconds(waits_for=self.waits_for, runs_for=self.runs_for, appears_after=self.appears_after)


@dataclass(slots=True)
class _Entry:
    tag: str | None
    plan: JobPlan
    left: int | None
    taken: int = 0

    def take(self) -> JobPlan:
        """Return the plan of one more job."""
        if self.left is not None:
            self.left -= 1
        self.taken += 1
        share = self.plan.fail_share
        fails = int(self.taken * share + _ROUNDING) > int((self.taken - 1) * share + _ROUNDING)
        return replace(self.plan, outcome="Failed") if fails else self.plan


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
                return entry.take()
        return JobPlan()
