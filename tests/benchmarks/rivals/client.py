"""What every client of the first table does."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from loopback import ends_at

INTERVAL = 1.0
"""Seconds between two looks at a job that is waited for."""


class Client(ABC):
    """A client of one kind, with the connections it needs.

    Args:
        base: The URL of the service.
        width: How many requests may be under way at once.
    """

    def __init__(self, base: str, width: int) -> None:
        self.base = base
        self.width = width

    @abstractmethod
    def one_by_one(self, job_ids: Sequence[str]) -> object:
        """Ask for a job, and when the answer is there, for the next."""

    @abstractmethod
    def all_at_once(self, job_ids: Sequence[str]) -> object:
        """Answer many callers who each want one job, all at the same moment."""

    @abstractmethod
    def fan_out(self, job_ids: Sequence[str]) -> object:
        """Ask for many jobs, all known beforehand."""

    def poll(self, job_ids: Sequence[str], sweeps: int) -> None:
        """Look at the same jobs again and again."""
        for _ in range(sweeps):
            self.fan_out(job_ids)

    def wait(self, job_ids: Sequence[str]) -> list[float]:
        """Wait until all jobs have ended, and return how many seconds late each end was seen."""
        running, late = set(job_ids), list[float]()
        while running:
            begun = time.monotonic()
            self.fan_out_ended(running, late)
            if running:
                time.sleep(max(0.0, begun + INTERVAL - time.monotonic()))
        return late

    def fan_out_ended(self, running: set[str], late: list[float]) -> None:
        """Ask for jobs, take out those that have ended, and note how late that was seen."""
        raise NotImplementedError

    @abstractmethod
    def close(self) -> None:
        """Close what is open."""


class AsyncClient(Client):
    """A client with an event loop of its own."""

    def __init__(self, base: str, width: int) -> None:
        super().__init__(base, width)
        self.runner = asyncio.Runner()

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def close(self) -> None:
        self.runner.close()


def batches(job_ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Cut a list of ids into parts."""
    return (job_ids[start : start + size] for start in range(0, len(job_ids), size))


def note_ended(running: set[str], late: list[float], job_ids: Sequence[str]) -> None:
    """Note the jobs that were seen to have ended."""
    now = time.monotonic()
    late.extend(now - ends_at(job_id) for job_id in job_ids)
    running.difference_update(job_ids)
