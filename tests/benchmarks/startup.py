"""What it costs to begin: importing, and making a session."""

import asyncio
import json
import subprocess
import sys

import httpx
from bodies import CREDENTIALS, Body
from fanout import job_template
from loopback import serving_any_id
from measure import Case, Row, Table, measure, repeated
from place import BUCKET, REGION, SECRET_ID, SECRET_KEY

from tencent_ci_async import CISession

_IMPORT = """
import json, time
{before}
wall, cpu = time.perf_counter(), time.process_time()
{measured}
print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall]))
"""
# pydantic loads nothing before it is asked for something.
_OTHERS = "import httpx, xmltodict; from pydantic import BaseModel"
_OURS = "import tencent_ci_async"


def import_table(*, rounds: int) -> Table:
    """Import in a fresh interpreter; what the interpreter itself takes is left out."""
    plan = {
        "httpx + pydantic + xmltodict": ("", _OTHERS),
        "tencent_ci_async, those three included": ("", _OURS),
        "tencent_ci_async after those three": (_OTHERS, _OURS),
    }
    rows = {name: Row(name) for name in plan}
    for number in range(rounds):
        for name in list(plan)[:: -1 if number % 2 else 1]:
            before, measured = plan[name]
            script = _IMPORT.format(before=before, measured=measured)
            done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
            cpu, wall = json.loads(done.stdout)
            rows[name].cpu.append(cpu * 1e6)
            rows[name].wall.append(wall * 1e6)
    others, *_ = rows.values()
    return Table("Importing", list(rows.values()), others, "import")


_FIRST_CALL = """
import asyncio, json, time
from tencent_ci_async import CISession, Credentials

async def main():
    def lap():
        laps.append((time.process_time(), time.perf_counter()))
    laps = []
    lap()
    keys = Credentials({keys[0]!r}, {keys[1]!r})
    session = CISession({place[0]!r}, {place[1]!r}, credentials=keys, endpoint={base!r})
    if {opened}:
        await session.__aenter__()
    lap()
    for _ in range(2):
        await session.describe_media_job("j1")
        lap()
    await session.aclose()
    print(json.dumps([[b - a for a, b in zip(*pair)] for pair in zip(laps, laps[1:])]))

asyncio.run(main())
"""


def first_call_table(one: Body, *, rounds: int) -> Table:
    """Open a session and call twice, in a fresh interpreter that has imported the package."""
    steps = ("it is made", "its first call", "its second call")
    rows = {
        opened: [Row(f"{step}, {'by' if opened else 'without'} async with") for step in steps]
        for opened in (True, False)
    }
    with serving_any_id(job_template(one)) as base:
        for _ in range(rounds):
            for opened, found in rows.items():
                script = _FIRST_CALL.format(
                    keys=(SECRET_ID, SECRET_KEY), place=(BUCKET, REGION), base=base, opened=opened
                )
                done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
                for row, (cpu, wall) in zip(found, json.loads(done.stdout), strict=True):
                    row.cpu.append(cpu * 1e6)
                    row.wall.append(wall * 1e6)
    opened, lazy = rows.values()
    return Table("The first calls of a process", [*opened, *lazy], opened[-1], "step of a session's life")


def session_table(*, rounds: int) -> Table:
    """Make a session, and open and close one, beside httpx's client."""

    def construct() -> CISession:
        return CISession(BUCKET, REGION, credentials=CREDENTIALS)

    async def open_and_close(times: int) -> None:
        for _ in range(times):
            async with construct():
                pass

    async def open_and_close_httpx(times: int) -> None:
        for _ in range(times):
            async with httpx.AsyncClient():
                pass

    with asyncio.Runner() as runner:
        rows = measure(
            [
                Case(
                    "async with httpx.AsyncClient()", lambda times: runner.run(open_and_close_httpx(times)), 5
                ),
                Case("async with CISession(...)", lambda times: runner.run(open_and_close(times)), 5),
                Case("CISession(...), not used yet", repeated(construct), 500),
            ],
            rounds=rounds,
        )
    return Table("Making a session", rows, rows[0], "session")
