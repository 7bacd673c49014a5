"""``list``: jobs by their kind, state and time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Final

from cyclopts import Parameter

from tencent_ci_async import CISession, JobDetail, JobOutcome

from ._arguments import moment, states, tag
from ._describe import show_jobs
from ._failures import Exit, UsageError
from ._formats import JobWriter, chosen_format
from ._notes import note
from ._options import ARGUMENTS, DEFAULTS, AllowUnknown, Format, Service, option
from ._runner import execute

__all__ = ["list_jobs"]

_MOST_ON_A_PAGE: Final = 100


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Which jobs are listed, and which come first."""

    state: Annotated[
        tuple[str, ...],
        option("--state", "-s", text="Only jobs in this state, such as Failed; several joined by commas."),
    ] = ()
    since: Annotated[
        str | None,
        option(
            "--since",
            text="Only jobs submitted since then: how long ago, such as 2h or 3d; today, yesterday, or a "
            "time such as 2026-03-10T08:00, by this machine's clock unless it has an offset.",
        ),
    ] = None
    until: Annotated[str | None, option("--until", text="Only jobs submitted until then.")] = None
    queue_id: Annotated[str | None, option("--queue-id", text="Only jobs of this queue.")] = None
    workflow_id: Annotated[
        str | None, option("--workflow-id", text="Only jobs that this workflow started.")
    ] = None
    input_object: Annotated[str | None, option("--input", text="Only jobs on the object with this key.")] = (
        None
    )
    user_data: Annotated[
        str | None,
        option("--user-data", text="Only jobs submitted with this text. All the others are read as well."),
    ] = None
    oldest_first: Annotated[bool, option("--oldest-first", text="The oldest jobs first, not the newest.")] = (
        False
    )


_ALL: Final = Conditions()


def list_jobs(
    kind: Annotated[
        str,
        Parameter(help="The kind of jobs, such as Concat or Transcode.", group=ARGUMENTS, show_default=False),
    ],
    /,
    *,
    conditions: Annotated[Conditions, Parameter(name="*")] = _ALL,
    limit: Annotated[
        int, option("--limit", "-n", text="How many jobs at most, 100 by default; 0 for all.")
    ] = 100,
    allow_unknown: AllowUnknown = False,
    output: Format = None,
    service: Service = DEFAULTS,
) -> int:
    """List jobs, as many pages as there are."""
    if limit < 0:
        raise UsageError(f"--limit is {limit}", "Give the number of jobs, or 0 for all.")
    look = _looking_for(conditions, kind, limit=limit, allow_unknown=allow_unknown)
    form = chosen_format(output)

    async def work(session: CISession) -> int:
        writer = JobWriter(form, None, show_jobs)
        found, cut = 0, False
        async with aclosing(look(session)) as jobs:
            async for job in jobs:
                if not _has_user_data(job, conditions.user_data):
                    continue
                if limit and found == limit:
                    cut = True
                    break
                found += 1
                writer.write(JobOutcome(job.job_id or "", job=job))
        writer.finish()
        if not service.quiet:
            if not found:
                note("No job meets the conditions.")
            elif cut:
                note(f"There are more than these {limit:,}: --limit 0 lists all.")
        return Exit.OK

    return execute(service, work)


def _looking_for(
    conditions: Conditions, kind: str, *, limit: int, allow_unknown: bool
) -> Callable[[CISession], AsyncGenerator[JobDetail, None]]:
    """Return what lists the jobs that meet the conditions, but for their user data.

    Raises:
        UsageError: A condition is none.
    """
    job_tag = tag(kind, allow_unknown=allow_unknown)
    chosen_states = states(conditions.state, allow_unknown=allow_unknown)
    start, end = moment("--since", conditions.since), moment("--until", conditions.until)
    if start is not None and end is not None and start > end:
        raise UsageError("--since is later than --until", "Exchange them.")
    # One more than is shown tells whether there are more.
    few = 0 < limit < _MOST_ON_A_PAGE and conditions.user_data is None
    page_size = limit + 1 if few else _MOST_ON_A_PAGE

    def look(session: CISession) -> AsyncGenerator[JobDetail, None]:
        return session.describe_media_jobs(
            tag=job_tag,
            states=chosen_states,
            queue_id=conditions.queue_id,
            newest_first=not conditions.oldest_first,
            start_creation_time=start,
            end_creation_time=end,
            workflow_id=conditions.workflow_id,
            input_object=conditions.input_object,
            page_size=page_size,
        )

    return look


def _has_user_data(job: JobDetail, user_data: str | None) -> bool:
    return user_data is None or (job.operation is not None and job.operation.user_data == user_data)
