"""What it costs to begin: importing, and making a session."""

import asyncio
import json
import subprocess
import sys

import httpx
from bodies import BUCKET, CREDENTIALS, REGION
from measure import Case, Row, Table, measure, repeated

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
