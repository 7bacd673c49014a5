"""Waiting for jobs: many who wait, one who asks."""

from ._schedule import PollSchedule
from ._stats import WatcherStats
from ._watcher import JobWatcher

__all__ = ["JobWatcher", "PollSchedule", "WatcherStats"]
