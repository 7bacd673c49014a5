"""What the rooms that ask about many jobs know of the world: a callable that asks, and a source of ids."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from typing import Protocol

from .errors import ConfigurationError
from .models import DescribeMediaJobResult

__all__ = ["Describe", "JobIds", "check_describe"]

JobIds = Iterable[str] | AsyncIterable[str]
"""Where job ids come from: anything to loop over, by ``for`` or by ``async for``."""


class Describe(Protocol):
    """Asks about some jobs by one request; ``CISession.describe_media_job`` does."""

    async def __call__(self, *job_ids: str) -> DescribeMediaJobResult:
        """Return what the service says about them."""
        ...


def check_describe(describe: object) -> None:
    """Refuse what cannot be called, such as a session itself.

    Raises:
        ConfigurationError: It cannot.
    """
    if not callable(describe):
        raise ConfigurationError(
            f"describe is a {type(describe).__name__}: give a callable, such as session.describe_media_job"
        )
