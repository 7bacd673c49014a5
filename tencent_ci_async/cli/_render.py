"""How models and errors look to people. All words are ASCII, for terminals that know nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tencent_ci_async import AudioStream, CIError, JobDetail, JobState, MediaFormat, OutputFile, VideoStream

from ._console import PLAIN_WIDTH

__all__ = ["JobTable", "error_text", "job_details", "named_values"]

_NOTHING: Final = "-"
_TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S %z"
_STATE_STYLES: Final[dict[str | None, str]] = {
    JobState.SUBMITTED: "cyan",
    JobState.RUNNING: "yellow",
    JobState.SUCCESS: "green",
    JobState.FAILED: "bold red",
    JobState.PAUSE: "magenta",
    JobState.CANCEL: "dim",
}


class JobTable:
    """Jobs, one in a row; where the columns do not fit, one after the other. Nothing is ever cut off.

    Args:
        jobs: The jobs, in the order to show them.
    """

    def __init__(self, jobs: Sequence[JobDetail]) -> None:
        self._jobs = jobs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the widest form that fits."""
        times = [time for job in self._jobs for time in (job.creation_time, job.end_time) if time]
        is_one_day = len({(time.date(), time.utcoffset()) for time in times}) == 1
        full, short = self._table(_TIME_FORMAT), self._table("%H:%M:%S")
        if _width(full, console, options) <= options.max_width:
            yield full
        elif is_one_day and _width(short, console, options) <= options.max_width:
            yield short
            yield Text(f"Times are of {times[0]:%Y-%m-%d, UTC%z}.", "dim")
        else:
            for job in self._jobs:
                yield from _record(job)
            return
        for job in self._jobs:
            if failure := _failure(job):
                yield Text.assemble(f"{job.job_id}: ", (failure, "red"), overflow="fold")

    def _table(self, time_format: str) -> Table:
        table = Table(
            box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold"
        )
        for name in ("Job", "Tag", "State", "Done", "Created", "Ended", "Output"):
            table.add_column(name, overflow="fold", justify="right" if name == "Done" else "left")
        for job in self._jobs:
            table.add_row(
                job.job_id or _NOTHING,
                _tag(job) or _NOTHING,
                _state(job),
                _progress(job) or _NOTHING,
                _time(job.creation_time, time_format) or _NOTHING,
                _time(job.end_time, time_format) or _NOTHING,
                "\n".join(_outputs(job)) or _NOTHING,
            )
        return table


def job_details(job: JobDetail) -> Table:
    """Return all that is worth knowing about one job, a line for each thing that it has."""
    return named_values(_details(job))


def named_values(pairs: Iterable[tuple[str, Text | str]]) -> Table:
    """Return names and their values in two columns, without those that have none."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            grid.add_row(name, value)
    return grid


def error_text(error: CIError) -> Text:
    """Return an error as the last line of a traceback shows it."""
    return Text.assemble((type(error).__name__, "bold red"), f": {error}", overflow="fold")


def _details(job: JobDetail) -> Iterator[tuple[str, Text | str]]:
    yield "Job", job.job_id or ""
    yield "Tag", _tag(job)
    yield "State", _state(job)
    yield "Reason", Text(_failure(job), "red")
    yield "Done", _progress(job)
    yield "Created", _time(job.creation_time)
    yield "Started", _time(job.start_time)
    yield "Ended", _time(job.end_time) + _elapsed(job)
    yield "Queue", job.queue_id or ""
    if job.input:
        yield "Input", job.input.object or job.input.url or ""
    yield "Joins", "\n".join(_fragments(job))
    yield "Output", "\n".join(_outputs(job))
    yield "Md5", "\n".join(info.md5 for info in (_written(job) or OutputFile()).md5_info if info.md5)
    media = job.operation.media_info if job.operation else None
    if media and media.format:
        yield "Format", _format(media.format)
    if media and media.stream:
        yield "Video", "\n".join(map(_video, media.stream.video))
        yield "Audio", "\n".join(map(_audio, media.stream.audio))


def _record(job: JobDetail) -> RenderResult:
    facts = [
        _tag(job),
        _progress(job),
        job.creation_time and f"created {_time(job.creation_time)}",
        job.end_time and f"ended {_time(job.end_time)}",
        *_outputs(job),
    ]
    yield Text(job.job_id or _NOTHING, "bold", overflow="fold")
    parts = [_state(job), *(Text(fact) for fact in facts if fact)]
    if failure := _failure(job):
        parts.append(Text(failure, "red"))
    yield Padding(Text(", ", overflow="fold").join(parts), (0, 0, 0, 2))


def _width(table: Table, console: Console, options: ConsoleOptions) -> int:
    return Measurement.get(console, options.update(width=PLAIN_WIDTH), table).maximum


def _tag(job: JobDetail) -> str:
    # Where several jobs were submitted in one request, each operation has its own.
    return job.tag or (job.operation.tag if job.operation else None) or ""


def _state(job: JobDetail) -> Text:
    return Text(job.state or _NOTHING, _STATE_STYLES.get(job.state, "bold"))


def _failure(job: JobDetail) -> str:
    # In other states the code and the message mean nothing.
    parts = (job.code, job.message) if job.state == JobState.FAILED else ()
    return ": ".join(part for part in parts if part)


def _progress(job: JobDetail) -> str:
    return "" if job.progress is None else f"{job.progress} %"


def _time(time: datetime | None, time_format: str = _TIME_FORMAT) -> str:
    return "" if time is None else f"{time:{time_format}}"


def _elapsed(job: JobDetail) -> str:
    if job.start_time is None or job.end_time is None:
        return ""
    return f", {(job.end_time - job.start_time).total_seconds():g} s after it started"


def _written(job: JobDetail) -> OutputFile | None:
    result = job.operation.media_result if job.operation else None
    return result.output_file if result else None


def _outputs(job: JobDetail) -> list[str]:
    """Return the keys that were written or, before the end, the one that will be."""
    written = _written(job)
    if written is not None:
        return [f"{written.object_prefix or ''}{name}" for name in written.object_name]
    planned = job.operation.output if job.operation else None
    return [] if planned is None or planned.object is None or job.is_terminal else [planned.object]


def _fragments(job: JobDetail) -> Iterator[str]:
    template = job.operation.concat_template if job.operation else None
    for fragment in template.concat_fragment if template else ():
        part = fragment.url or _NOTHING
        if fragment.end_time is not None:
            part += f", from {fragment.start_time or 0:g} s to {fragment.end_time:g} s"
        yield part


def _format(media: MediaFormat) -> str:
    return _listed(
        media.format_long_name,
        _quantity(media.duration, "s"),
        _quantity(media.size, "bytes"),
        _quantity(media.bitrate, "kbit/s"),
    )


def _video(stream: VideoStream) -> str:
    return _listed(
        " ".join(part for part in (stream.codec_name, stream.profile) if part),
        f"{stream.width} x {stream.height}" if stream.width and stream.height else None,
        _quantity(stream.fps, "fps"),
        _quantity(stream.bitrate, "kbit/s"),
    )


def _audio(stream: AudioStream) -> str:
    return _listed(
        stream.codec_name,
        stream.channel_layout,
        _quantity(stream.sample_rate, "Hz"),
        _quantity(stream.bitrate, "kbit/s"),
    )


def _quantity(number: float | None, unit: str) -> str | None:
    return None if number is None else f"{round(number, 2):,} {unit}"


def _listed(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
