"""Failures that leave open whether the service has done what it was asked for."""

from __future__ import annotations

from tencent_ci_async.errors import CIError, NoAnswerError, ServerError, UnreadableAnswerError

__all__ = ["may_have_worked"]


def may_have_worked(failure: CIError) -> bool:
    """Whether one of a call's attempts may have been executed although the call failed."""
    return any(_is_open(each) for each in (failure, *failure.earlier))


def _is_open(failure: CIError) -> bool:
    if isinstance(failure, NoAnswerError):
        return failure.may_have_arrived
    return isinstance(failure, ServerError | UnreadableAnswerError)
