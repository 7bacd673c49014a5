"""When to look again: the settings, and what experience with a kind of job adds to them. Pure."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final

from tencent_ci_async.errors import ConfigurationError

__all__ = ["Experience", "History", "PollSchedule"]

# The share of jobs that end sooner than the moment from which a job is looked at closely.
_EARLY_SHARE: Final = 0.02
_FEWEST_ENDS: Final = 50
_DURATIONS_KEPT: Final = 256
_ENDS_BETWEEN_QUANTILES: Final = 16

_FEWEST_PREDICTIONS: Final = 10
_TOLERATED_ERROR: Final = 0.2
_ERROR_WEIGHT: Final = 0.05
# Of the time that a job seems to need still, this share is not looked at.
_SKIPPED_SHARE: Final = 0.6

_KINDS_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class PollSchedule:
    """How closely jobs are watched, in seconds. It has nothing to do with retries, which are the session's.

    Args:
        interval: Between two looks at a job. It grows by itself where the rate allows no more.
        gather: The share of the interval for which a job that is due waits for others, so that requests are
            full: 0 to 1.
        early_interval: Between two looks at a job that is too young to have ended, as far as fifty jobs of
            its kind have shown.
        longest_skip: The most that is waited between two looks at a job whose ``Progress`` says that it needs
            longer still, and whose kind has told the truth so far. Equal to ``interval``, nothing is skipped.
        not_found_grace: How long "does not exist" is not believed: of an id that was never seen, since it was
            first asked for; of a job that was seen, since it went missing.

    Raises:
        ConfigurationError: A value is out of range.
    """

    interval: float = 5.0
    gather: float = 0.2
    early_interval: float = 30.0
    longest_skip: float = 10.0
    not_found_grace: float = 30.0

    def __post_init__(self) -> None:
        for name, value, positive in (
            ("interval", self.interval, True),
            ("early_interval", self.early_interval, True),
            ("longest_skip", self.longest_skip, True),
            ("not_found_grace", self.not_found_grace, False),
        ):
            if not math.isfinite(value) or value < 0 or (positive and value == 0):
                least = "more than 0" if positive else "0 or more"
                raise ConfigurationError(f"{name} is {value}: it must be {least} seconds")
        if not 0 <= self.gather <= 1:
            raise ConfigurationError(f"gather is {self.gather}: it must be a share, 0 to 1")


class Experience:
    """What jobs of one kind have shown: how long they take, and how true their progress is."""

    def __init__(self) -> None:
        self._durations: deque[float] = deque(maxlen=_DURATIONS_KEPT)
        self._ends = 0
        self._early = 0.0
        self._error = 0.0
        self._predictions = 0

    @property
    def early(self) -> float:
        """The age, in seconds, below which hardly any job ends; 0 while too few have ended."""
        return self._early

    @property
    def trusts_progress(self) -> bool:
        """Whether predictions made from the progress have come true, enough of them and well enough."""
        return self._predictions >= _FEWEST_PREDICTIONS and self._error < _TOLERATED_ERROR

    def ended(self, duration: float) -> None:
        """Note how many seconds after its submission a job ended."""
        self._durations.append(duration)
        self._ends += 1
        if self._ends >= _FEWEST_ENDS and (self._ends - _FEWEST_ENDS) % _ENDS_BETWEEN_QUANTILES == 0:
            in_order = sorted(self._durations)
            self._early = in_order[int(_EARLY_SHARE * len(in_order))]

    def judge(self, predicted: float, actual: float) -> None:
        """Note how long a job was predicted to run, and how long it ran, in seconds."""
        error = min(1.0, abs(predicted - actual) / max(actual, 1.0))
        self._predictions += 1
        # The plain mean at first, then what is recent counts most.
        weight = max(_ERROR_WEIGHT, 1 / self._predictions)
        self._error += weight * (error - self._error)

    def wait(
        self, schedule: PollSchedule, interval: float, *, age: float, ran: float, progress: int | None
    ) -> float:
        """Return the seconds until the next look at a job that has not ended.

        Args:
            schedule: The settings.
            interval: The present interval between two looks, at least that of the schedule.
            age: Seconds since the job was submitted.
            ran: Seconds since it began to run; 0 when it has not.
            progress: Its progress in percent, if it tells any.
        """
        if age < self._early:
            return max(interval, min(schedule.early_interval, self._early - age))
        if progress is not None and 0 < progress < 100 and ran > 0 and self.trusts_progress:
            left = ran * (100 - progress) / progress
            return max(interval, min(schedule.longest_skip, _SKIPPED_SHARE * left))
        return interval


class History:
    """The experience with each kind of job, of the kinds met last."""

    def __init__(self) -> None:
        self._kinds: OrderedDict[str, Experience] = OrderedDict()

    def of(self, tag: str | None) -> Experience:
        """Return the experience with jobs of a kind; None is a kind too."""
        key = tag or ""
        found = self._kinds.get(key)
        if found is None:
            found = self._kinds[key] = Experience()
            if len(self._kinds) > _KINDS_KEPT:
                self._kinds.popitem(last=False)
        else:
            self._kinds.move_to_end(key)
        return found
