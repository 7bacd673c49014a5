"""``simulate``: the simulator as a server, for tests in any language."""

from __future__ import annotations

import asyncio
import json
import math
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from tencent_ci_async import ConfigurationError

from ._failures import Exit, UsageError
from ._notes import note
from ._options import flag, option

if TYPE_CHECKING:
    from tencent_ci_async.testing import FakeCI

__all__ = ["simulate"]

_SHARE_OF_LIFE_WAITED: Final = 0.1
_AN_EXAMPLE: Final = 'It holds a list such as [{"tag": "Concat", "runs_for": 60, "outcome": "Failed"}].'

_HOST: Final = "The address to listen on; by default 127.0.0.1."
_PORT: Final = "The port; by default 0, which takes a free one."
_BUCKET: Final = "The bucket; by default examplebucket-1250000000."
_REGION: Final = "The region; by default ap-chongqing."
_SECRET_ID: Final = "The secret id that may sign; by default an invented one."  # noqa: S105 - a help text
_SECRET_KEY: Final = "Its key; by default an invented one."  # noqa: S105 - a help text
_JOBS: Final = "A JSON file with the jobs to begin with."
_LIFE: Final = "Seconds that a submitted job takes, a tenth of them waiting; by default 0."
_FAIL_SHARE: Final = "The share of the submitted jobs that fails, 0 to 1; by default 0."
_LATENCY: Final = "Seconds that every answer takes; by default 0."
_UNSIGNED: Final = "Take requests whose signature is missing or wrong."
_CONTROL: Final = "Let tests add jobs, inject faults and read the log by HTTP, under /_fake."


def simulate(  # noqa: PLR0913 - the settings of a server, all by name
    *,
    host: Annotated[str, option("--host", text=_HOST)] = "127.0.0.1",
    port: Annotated[int, option("--port", text=_PORT)] = 0,
    bucket: Annotated[str, option("--bucket", text=_BUCKET)] = "examplebucket-1250000000",
    region: Annotated[str, option("--region", text=_REGION)] = "ap-chongqing",
    secret_id: Annotated[str | None, option("--secret-id", text=_SECRET_ID)] = None,
    secret_key: Annotated[str | None, option("--secret-key", text=_SECRET_KEY)] = None,
    jobs: Annotated[Path | None, option("--jobs", text=_JOBS)] = None,
    life: Annotated[float, option("--life", text=_LIFE)] = 0.0,
    fail_share: Annotated[float, option("--fail-share", text=_FAIL_SHARE)] = 0.0,
    latency: Annotated[float, option("--latency", text=_LATENCY)] = 0.0,
    unsigned: Annotated[bool, flag("--unsigned", text=_UNSIGNED)] = False,
    control: Annotated[bool, flag("--control", text=_CONTROL)] = False,
) -> int:
    """Serve a simulator of the service until a signal ends it, for tests in any language.

    One line of JSON on stdout says where it is and who may sign. It comes when the simulator listens.

    Returns:
        0 after SIGTERM, 130 after Ctrl-C (SIGINT).
    """
    from tencent_ci_async.testing import FakeCI  # noqa: PLC0415 - few commands need it

    if not life >= 0:
        raise UsageError(f"--life must be 0 seconds or more, not {life:g}")
    invented = FakeCI()
    try:
        fake = FakeCI(
            bucket=bucket,
            region=region,
            credentials=(secret_id or invented.secret_id, secret_key or invented.secret_key),
            check_signatures=not unsigned,
            latency=latency,
        )
        waits_for = life * _SHARE_OF_LIFE_WAITED if math.isfinite(life) else 0.0
        fake.plan(waits_for=waits_for, runs_for=life - waits_for, fail_share=fail_share)
    except ConfigurationError as error:
        raise UsageError(f"--{str(error).replace('fail_share', 'fail-share')}") from error
    if jobs is not None:
        _load(jobs, fake)
    return asyncio.run(_serve(fake, host, port, control=control))


def _load(path: Path, fake: FakeCI) -> None:
    try:
        fake.load_jobs(json.loads(path.read_bytes()))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        # What is no JSON, and what tells of no jobs.
        raise UsageError(f"{path}: {error}", _AN_EXAMPLE) from error


async def _serve(fake: FakeCI, host: str, port: int, *, control: bool) -> int:
    ended = _end_by_signal()
    async with AsyncExitStack() as stack:
        try:
            base = await stack.enter_async_context(fake.serve(host, port, control=control))
        except (OSError, OverflowError) as error:
            said = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise UsageError(
                f"cannot listen on {host}, port {port}: {said}",
                "Choose another --host or --port; 0 takes a free port.",
            ) from error
        _announce(fake, base, control=control)
        return await ended


def _announce(fake: FakeCI, base: str, *, control: bool) -> None:
    document = {
        "endpoint": base,
        "control": f"{base}/_fake" if control else None,
        "bucket": fake.bucket,
        "region": fake.region,
        "secret_id": fake.secret_id,
        "secret_key": fake.secret_key,
    }
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()
    note(f"The simulator listens on {base}; Ctrl-C ends it.")


def _end_by_signal() -> asyncio.Future[Exit]:
    """Return what a signal settles, with the exit code that it calls for."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Exit] = loop.create_future()

    def end(code: Exit) -> None:
        if not ended.done():
            ended.set_result(code)

    # Windows has no such handlers; Ctrl-C then cancels the main task, and comes out as KeyboardInterrupt.
    if sys.platform != "win32":
        loop.add_signal_handler(signal.SIGTERM, end, Exit.OK)
        loop.add_signal_handler(signal.SIGINT, end, Exit.INTERRUPTED)
    return ended
