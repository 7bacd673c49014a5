"""``submit``: jobs to be done."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import quote

from cyclopts import Parameter

from tencent_ci_async import CISession, JobOutcome

from ._describe import show_jobs
from ._failures import Exit, UsageError
from ._formats import JobWriter, chosen_format
from ._ids import IdSource
from ._notes import note
from ._options import (
    ARGUMENTS,
    DEFAULTS,
    Format,
    Interval,
    Patience,
    Service,
    ServiceOptions,
    Timeout,
    flag,
    option,
)
from ._runner import execute
from ._watching import WatchSettings

if TYPE_CHECKING:
    from tencent_ci_async import MediaJobRequest

__all__ = ["concat"]

_URL: Final = re.compile(r"https?://", re.IGNORECASE)
_GRACE: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class SpliceOptions:
    """How files are joined, and where the job goes."""

    container: Annotated[
        str | None,
        option(
            "--format",
            text="What kind of file to write: mp4, flv, hls, ts, mp3 or aac. By default what --to ends in.",
        ),
    ] = None
    template_id: Annotated[
        str | None, option("--template-id", text="A template that says how to join them.")
    ] = None
    direct: Annotated[bool, flag("--direct", text="Join without transcoding; all files must be alike.")] = (
        False
    )
    queue_id: Annotated[
        str | None, option("--queue-id", text="The queue. The service chooses one by default.")
    ] = None
    user_data: Annotated[
        str | None,
        option("--user-data", text="Text that the job carries, to find it by. An invented one by default."),
    ] = None
    callback: Annotated[
        str | None,
        option("--callback", text="The address that the service tells of the job's end; no for nowhere."),
    ] = None


_PLAIN: Final = SpliceOptions()


def concat(  # noqa: PLR0913 - options, all but the arguments by keyword
    *inputs: Annotated[
        str,
        Parameter(
            help="The files to join, in this order: keys of objects in the bucket, or addresses.",
            group=ARGUMENTS,
            show_default=False,
        ),
    ],
    to: Annotated[str, option("--to", text="The key of the object to write, such as talks/42.mp4.")],
    splice: Annotated[SpliceOptions, Parameter(name="*")] = _PLAIN,
    wait: Annotated[bool, flag("--wait", "-w", text="Watch the job until it has ended.")] = False,
    allow_unknown: Annotated[
        bool, flag("--allow-unknown", text="Send also what the service is not known to take.")
    ] = False,
    timeout: Timeout = None,
    interval: Interval = "5s",
    patience: Patience = "5m",
    output: Format = None,
    service: Service = DEFAULTS,
) -> int:
    """Submit a job that joins media files."""
    _check_inputs(inputs, allow_unknown=allow_unknown)
    if timeout is not None and not wait:
        raise UsageError("--timeout is for --wait", "Add --wait, or leave the timeout out.")
    settings = WatchSettings.of(timeout, interval, patience).after_submitting(grace=_GRACE)
    form = chosen_format(output)

    async def work(session: CISession) -> int:
        request = _request([_address(each, service) for each in inputs], to, splice)
        job = (await session.create_media_job(request, allow_unknown=allow_unknown)).job
        if not wait or job.job_id is None:
            writer = JobWriter(form, None, show_jobs)
            writer.write(JobOutcome(job.job_id or "", job=job))
            writer.finish()
            return Exit.OK
        if not service.quiet:
            note(f"Submitted {job.job_id}.")
        from ._watch import watch_jobs  # noqa: PLC0415 - imported when the command runs

        return await watch_jobs(session, IdSource([job.job_id], follows=False), form, settings, service)

    return execute(service, work)


def _check_inputs(inputs: Sequence[str], *, allow_unknown: bool) -> None:
    if not inputs:
        raise UsageError(
            "no file to join was given", "Name them in their order: keys of objects, or addresses."
        )
    if len(inputs) == 1 and not allow_unknown:
        raise UsageError(
            "a single file was given, and it takes two to join", "Name all of them, in their order."
        )


def _request(urls: list[str], to: str, splice: SpliceOptions) -> MediaJobRequest:
    from tencent_ci_async import (  # noqa: PLC0415 - models that the other commands do without
        ConcatFragment,
        ConcatTemplate,
        Container,
        JobOutput,
        JobTag,
        MediaJobRequest,
        Operation,
    )

    container = splice.container or (None if splice.template_id else _ending(to))
    template = ConcatTemplate(
        concat_fragment=[ConcatFragment(url=url) for url in urls],
        container=None if container is None else Container(format=container),
        direct_concat=True if splice.direct else None,
    )
    operation = Operation(
        concat_template=template,
        template_id=splice.template_id,
        output=JobOutput(object=to),
        user_data=f"tencent-ci-{uuid.uuid4()}" if splice.user_data is None else splice.user_data,
    )
    return MediaJobRequest(
        tag=JobTag.CONCAT, operation=operation, queue_id=splice.queue_id, call_back=splice.callback
    )


def _address(given: str, service: ServiceOptions) -> str:
    """Return the address of a file: of the key of an object, that in the bucket."""
    if _URL.match(given):
        return given
    key = given.removeprefix(f"cos://{service.bucket}/").lstrip("/")
    return f"https://{service.bucket}.cos.{service.region}.myqcloud.com/{quote(key)}"


def _ending(key: str) -> str:
    name = key.rpartition("/")[2]
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if not ending:
        raise UsageError(f"{key} does not tell what kind of file to write", "Add --format mp4, or another.")
    return "hls" if ending == "m3u8" else ending
