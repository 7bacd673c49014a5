"""Questions about jobs, and how an answer or a failure is shared out among them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ._outcomes import JobOutcome
from .errors import (
    CIError,
    JobNotFoundError,
    NoAnswerError,
    NotFoundError,
    RequestError,
    ResponseTooLargeError,
    ServerError,
    ThrottledError,
    UnreadableAnswerError,
)
from .models import DescribeMediaJobResult

__all__ = [
    "OMISSIONS_IN_COMPANY",
    "Batch",
    "Question",
    "Verdict",
    "after_answer",
    "after_failure",
    "is_batch_at_fault",
    "may_pass",
]

LATER_ROUNDS: Final = 2
OMISSIONS_IN_COMPANY: Final = 3

# For these a batch is at fault, not the service: halves tell which id is the culprit.
_TOO_MUCH_OR_MALFORMED: Final = frozenset({400, 414})


@dataclass(frozen=True, slots=True)
class Question:
    """One id, and how often answers have left it out."""

    job_id: str
    omissions: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Questions that are asked by one request.

    Attributes:
        questions: At most as many as one request takes.
        round: How many requests with these questions failed after all their attempts.
    """

    questions: tuple[Question, ...]
    round: int = 0

    @property
    def job_ids(self) -> tuple[str, ...]:
        """The ids to ask for."""
        return tuple(question.job_id for question in self.questions)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from one request.

    Attributes:
        outcomes: Ids that are done.
        again: Batches to ask at once.
        later: Batches to ask in a later round, after a pause.
        in_company: Questions to ask again together with others.
    """

    outcomes: list[JobOutcome] = field(default_factory=list[JobOutcome])
    again: list[Batch] = field(default_factory=list[Batch])
    later: list[Batch] = field(default_factory=list[Batch])
    in_company: list[Question] = field(default_factory=list[Question])


def after_answer(batch: Batch, result: DescribeMediaJobResult) -> Verdict:
    """Share an answer out among the questions that it answers.

    A job that nobody asked for is passed over, and of a job that comes twice the first counts. An id that
    the answer leaves out is asked for again, three times in company and once alone.
    """
    verdict = Verdict()
    jobs = {job.job_id: job for job in reversed(result.jobs_detail) if job.job_id}
    missing = set(result.non_exist_job_ids)
    for question in batch.questions:
        job_id = question.job_id
        if (job := jobs.get(job_id)) is not None:
            verdict.outcomes.append(JobOutcome(job_id, job=job))
        elif job_id in missing:
            error = JobNotFoundError(job_id, request_id=result.request_id)
            verdict.outcomes.append(JobOutcome(job_id, error=error))
        elif question.omissions < OMISSIONS_IN_COMPANY:
            verdict.in_company.append(replace(question, omissions=question.omissions + 1))
        elif question.omissions == OMISSIONS_IN_COMPANY:
            verdict.again.append(Batch((replace(question, omissions=question.omissions + 1),)))
        else:
            verdict.outcomes.append(JobOutcome(job_id, error=_left_out(job_id, result)))
    return verdict


def after_failure(batch: Batch, failure: CIError) -> Verdict:
    """Decide what becomes of the questions whose request failed after all its attempts.

    A batch that the service finds malformed or too long, or whose answer was too large, is halved until the
    culprit stands alone. What may pass is asked again in up to two later rounds; if it was the answer that
    could not be read, in smaller batches each time. A refusal is final.
    """
    if len(batch.questions) > 1 and is_batch_at_fault(failure):
        return Verdict(again=_split(batch, parts=2, round_=batch.round))
    if batch.round < LATER_ROUNDS and may_pass(failure):
        parts = 1
        if isinstance(failure, UnreadableAnswerError):
            parts = 2 if batch.round == 0 else len(batch.questions)
        return Verdict(later=_split(batch, parts=parts, round_=batch.round + 1))
    return Verdict(outcomes=[JobOutcome(job_id, error=failure) for job_id in batch.job_ids])


def is_batch_at_fault(failure: CIError) -> bool:
    """Whether smaller batches would fare better: malformed, too long, or too much to answer."""
    # Keys, clock, load and faults of the service have a 400 too at times; halving would not help there.
    if isinstance(failure, RequestError | NotFoundError):
        return failure.status in _TOO_MUCH_OR_MALFORMED
    return isinstance(failure, ResponseTooLargeError)


def may_pass(failure: CIError) -> bool:
    """Whether the same question may be answered later."""
    if isinstance(failure, ResponseTooLargeError):
        return False
    return isinstance(failure, NoAnswerError | ServerError | ThrottledError | UnreadableAnswerError)


def _split(batch: Batch, *, parts: int, round_: int) -> list[Batch]:
    parts = min(parts, len(batch.questions))
    size = -(-len(batch.questions) // parts)
    return [Batch(questions, round_) for questions in _chunks(batch.questions, size)]


def _chunks(questions: Sequence[Question], size: int) -> list[tuple[Question, ...]]:
    return [tuple(questions[start : start + size]) for start in range(0, len(questions), size)]


def _left_out(job_id: str, result: DescribeMediaJobResult) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        f"the service left job {job_id} out of every answer: it said neither how the job is nor that it does "
        "not exist",
        request_id=result.request_id,
        response=result.response,
    )
